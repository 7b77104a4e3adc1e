"""Errors of scenarios: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ScenarioError(ValueError):
    """A scenario cannot be read, contradicts itself, or does not fit its dataset."""


class Misplaced(ScenarioError):
    """A wrong value, with the keys that lead to it in the document.

    Attributes:
        keys: for example ``("pools", 0, "regions", 2)``.
    """

    def __init__(self, message: str, *keys: str | int) -> None:
        super().__init__(message)
        self.keys = keys


def place(keys: Iterable[str | int]) -> str:
    """Keys as they are written in Python: ``pools[0].regions[2]``."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text


def unknown(what: str, found: object, known: Iterable[object]) -> str:
    """Say that a name is unknown, which known one is nearest, and all known ones.

    Arguments:
        what: kind of the name, such as ``"region"``.
        found: the unknown name.
        known: the names that would be right.
    """
    names = [str(name) for name in known]
    folded = {name.lower(): name for name in names}
    near = get_close_matches(str(found).lower(), folded, n=1)
    hint = f"did you mean {folded[near[0]]!r}? " if near else ""
    return f"unknown {what} {str(found)!r}; {hint}known: {', '.join(names) or 'none'}"
