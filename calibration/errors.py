"""Named errors of calibration: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 80  # letters of an unknown name that a message repeats


class CalibrationError(ValueError):
    """The base year and the assumptions do not give a benchmark.

    Attributes:
        place: the table and the number of the row that is wrong, of rows that stand in no file.
    """

    place: tuple[str, int] | None = None


class ElasticityError(CalibrationError):
    """A table of elasticities is incomplete, has unknown labels or values out of range."""


class AssumptionError(CalibrationError):
    """A table of assumptions is unknown, incomplete or contradicts itself."""


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
    shown = str(found) if len(str(found)) <= _LONGEST else f"{str(found)[:_LONGEST]}..."
    return f"unknown {what} {shown!r}; {hint}known: {', '.join(names) or 'none'}"
