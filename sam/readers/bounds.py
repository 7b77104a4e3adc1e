"""Bounds that a caller sets to what a table may hold: checked where they come in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from numbers import Real

from sam.errors import SourceError
from sam.spelling import near


def interval(name: str, given: object) -> tuple[float, float]:
    """The least and the most of something, infinite where a side is open.

    Arguments:
        name: of the argument, for messages.
        given: what the caller gave.

    Raises:
        SourceError: these are not two numbers with the least below the most.
    """
    pair = list(given) if isinstance(given, (tuple, list)) else []
    if len(pair) == 2 and all(map(_is_number, pair)) and pair[0] < pair[1]:
        return float(pair[0]), float(pair[1])
    raise SourceError(
        f"{name}={given!r}: expected (low, high), two numbers with low below high; "
        "float('inf') leaves the upper, -float('inf') the lower side open"
    )


def intervals(
    name: str, given: object, usual: Mapping[str, tuple[float, float]]
) -> dict[str, tuple[float, float]]:
    """Intervals of several things, the usual ones where none is given.

    Raises:
        SourceError: a thing is unknown, or as ``interval``.
    """
    example = f"{name}={{{next(iter(usual))!r}: (low, high)}}"
    if not isinstance(given, Mapping):
        raise SourceError(f"{name}={given!r}: expected bounds by what they bound, {example}")
    for key in given:
        if key not in usual:
            raise SourceError(
                f"{name}: unknown {key!r}{near(str(key), usual)}; expected bounds of "
                f"{', '.join(map(repr, usual))}, such as {example}"
            )
    return {**usual, **{key: interval(f"{name}[{key!r}]", pair) for key, pair in given.items()}}


def at_least(name: str, given: object, least: float = 0.0) -> float:
    """A number that is not below another: a tolerance, a ratio.

    Raises:
        SourceError: it is, or it is not a number.
    """
    if _is_number(given) and given >= least:  # type: ignore[operator]
        return float(given)  # type: ignore[arg-type]
    raise SourceError(f"{name}={given!r}: expected a number >= {least:g}")


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real) and not math.isnan(value)
