"""Values that parts of scenarios are made of: names, years, numbers, and paths over years."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
)
from pydantic_core import ErrorDetails

from cge.scenario.errors import Misplaced


def _whole(value: Any) -> Any:
    """Whole numbers of NumPy as Python's; text, truth values and 2020.0 stay what they are."""
    return int(value) if isinstance(value, np.integer) else value


def _text(allowed: str, unseen: Collection[str]) -> AfterValidator:
    """Refuse characters that change a terminal or break a table, but for some that are allowed.

    Arguments:
        allowed: control characters that may stand there.
        unseen: further characters, or categories of them, that may not.
    """

    def check(text: str) -> str:
        for letter in text:
            kind = unicodedata.category(letter)
            if letter not in allowed and kind in _CONTROL:
                raise Misplaced(f"holds the control character {letter!r}; remove it")
            if letter in unseen or kind in unseen:
                raise Misplaced(f"holds the invisible character {letter!r}; remove it")
        return text

    return AfterValidator(check)


def _trimmed(name: str) -> str:
    """Refuse names that look empty, or like another one."""
    if name != name.strip():
        raise Misplaced(f"is {name!r}; a name has a visible character at both ends")
    return name


def alike(name: str) -> str:
    """A name in the spelling that all that look the same share."""
    return unicodedata.normalize("NFKC", name)


EARLIEST = 1900
"""Earliest year of anything."""

LONGEST_NAME = 200
"""Most letters of a name."""

_CONTROL = ("Cc", "Cs", "Zl", "Zp")  # control characters, half characters, line separators
_UNSEEN = ("Cf", "Co", "Cn")  # characters that only format, private ones, ones that are none
_REORDERING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"

Year = Annotated[int, BeforeValidator(_whole), Field(strict=True, ge=1900, le=2200)]
Positive = Annotated[float, Field(strict=True, gt=0.0, allow_inf_nan=False)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(strict=True, ge=0.0, allow_inf_nan=False)]
Rate = Annotated[float, Field(strict=True, gt=-1.0, lt=1.0, allow_inf_nan=False)]
Truth = Annotated[bool, Field(strict=True)]
Name = Annotated[
    str,
    Field(min_length=1, max_length=LONGEST_NAME),
    _text("", _UNSEEN),
    AfterValidator(_trimmed),
]
Prose = Annotated[str, _text("\n\t", _REORDERING)]


@dataclass(frozen=True)
class Unit:
    """The unit of a key's numbers, for the reference of keys: a part of the key's annotation.

    Attributes:
        text: the unit, in the spelling of reports where they have it.
    """

    text: str


class Strict(BaseModel):
    """Base of all parts: unknown keys are errors, values cannot be exchanged later."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WrongPart(Misplaced):
    """What pydantic found wrong inside a part that was checked on its own.

    Attributes:
        details: the error as pydantic describes it.
    """

    def __init__(self, details: ErrorDetails) -> None:
        super().__init__(details["msg"], *details["loc"])
        self.details = details


def by_importance(error: ValidationError) -> list[ErrorDetails]:
    """Errors with unknown keys first: a misspelt key also makes the right one missing."""
    return sorted(error.errors(), key=lambda details: details["type"] != "extra_forbidden")


def from_the_first(value: Any) -> Any:
    """Turn a list that holds for all years into one by year; leave anything else as it is."""
    return {EARLIEST: value} if isinstance(value, list) else value


def for_all_years(value: Any) -> Any:
    """Turn a number that holds for all years into a path; leave anything else as it is."""
    return {EARLIEST: value} if isinstance(value, int | float) else value


def _listed(value: Any) -> Any:
    """Turn a single name into a list; leave anything else as it is."""
    return [value] if isinstance(value, str) else value


Path = Annotated[dict[Year, Number], Field(min_length=1), BeforeValidator(for_all_years)]
"""Numbers by year, linear between the given years and constant after the last one; none before the
first one."""

Names = Annotated[list[Name], Field(min_length=1), BeforeValidator(_listed)]
"""One name, or several."""
