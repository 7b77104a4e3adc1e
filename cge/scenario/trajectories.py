r"""Arithmetic of paths over years: caps, and limits of removal.

A cap is a ratio to the emissions of the base year, given in a few years and log-linear between
them, so that it falls by the same percentage every year,

.. math:: c_t = c_a \left(\frac{c_b}{c_a}\right)^{(t - a)/(b - a)} , \qquad a \le t \le b .

Levels may be continued by yearly rates of growth, :math:`c_b = c_a (1 + g)^{b - a}`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cge.scenario.errors import Misplaced

Array = npt.NDArray[np.float64]


def compound(
    levels: Mapping[int, float], growth: Mapping[int, float], base: float = 1.0
) -> dict[int, float]:
    """Ratios to the base year from levels and the yearly growth that continues them.

    Arguments:
        levels: level by year, in any unit.
        growth: yearly growth (0.02 is 2 %) by the year in which it ends; it begins in the given
            year before, of either kind.
        base: level of the base year, in the unit of ``levels``.

    Returns:
        Ratio to the base year by year, years ascending.

    Raises:
        Misplaced: a year has both a level and growth, or growth has no level before it.
    """
    ratios: dict[int, float] = {}
    for year in sorted({*levels, *growth}):
        if year in levels and year in growth:
            raise Misplaced(f"{year} has a level and growth; remove one of them", "growth", year)
        if year in levels:
            ratios[year] = levels[year] / base
        elif not ratios:
            raise Misplaced(
                f"growth up to {year} has no level before it; give the level of an earlier year",
                "growth",
                year,
            )
        else:
            begin = max(ratios)
            ratios[year] = ratios[begin] * (1.0 + growth[year]) ** (year - begin)
    return ratios


def log_linear(points: Mapping[int, float], years: Sequence[int]) -> Array:
    """A path of constant percentage change between given years.

    Arguments:
        points: positive value by year.
        years: years wanted.

    Returns:
        Value by year: NaN before the first given year, the last value after the last one.
    """
    given = sorted(points)
    logs = np.log([points[year] for year in given])
    path: Array = np.exp(np.interp(years, given, logs, left=np.nan))  # year
    return path


def linear(points: Mapping[int, float], years: Sequence[int]) -> Array:
    """A path of constant absolute change between given years.

    Arguments:
        points: value by year.
        years: years wanted.

    Returns:
        Value by year: the first and last values hold before and after the given years.
    """
    given = sorted(points)
    path: Array = np.interp(years, given, [points[year] for year in given])  # year
    return path
