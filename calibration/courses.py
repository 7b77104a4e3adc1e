r"""Courses: values over the years between which a table gives some.

Linear between the years given, or of what multiplies linear in logs; constant before and after,

.. math:: v_t = v_a + (v_b - v_a) \frac{t - a}{b - a} , \qquad
          v_t = v_a \left(\frac{v_b}{v_a}\right)^{(t - a)/(b - a)} , \qquad a \le t \le b .
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Course:
    """Values in some years.

    Attributes:
        years: years in order (point).
        values: values in them (point).
    """

    years: Array
    values: Array

    @property
    def first(self) -> int:
        """The first year given."""
        return int(self.years[0])

    def over(self, years: Sequence[int]) -> Array:
        """Values over years (year)."""
        return np.interp(years, self.years, self.values)

    def at(self, year: int) -> float:
        """Value in a year."""
        return float(np.interp(year, self.years, self.values))

    def geometric(self, year: int) -> float:
        """Value in a year, linear in logs between the years given; values must be positive."""
        return float(np.exp(np.interp(year, self.years, np.log(self.values))))


def courses(lines: Iterable[tuple[Any, ...]]) -> Mapping[tuple[Any, ...], Course]:
    """Courses by what they are about.

    Arguments:
        lines: what a value is about, its year, and the value, which come last.
    """
    found: dict[tuple[Any, ...], list[tuple[int, float]]] = {}
    for *key, year, value in lines:
        found.setdefault(tuple(key), []).append((year, value))
    return {key: Course(*np.array(sorted(points), dtype=float).T) for key, points in found.items()}
