"""What is wrong with a text."""

from __future__ import annotations

from cge.language.errors import DeclarationError


class MPSGEError(DeclarationError):
    """The text cannot be read, or says what cannot be translated: names the line."""


class MPSGEWarning(UserWarning):
    """An equality of the text does not hold, since its variable is at a bound."""


def at(line: int, what: str) -> MPSGEError:
    """An error with its line, once."""
    place = f"line {line}: "
    return MPSGEError(place + what.removeprefix(place))
