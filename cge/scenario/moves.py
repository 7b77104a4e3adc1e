r"""Moves: how a scenario changes a quantity from some year on.

To a level, by a factor, or by an addition to what would hold without it,

.. math:: x_t = \bar x_t , \qquad x_t = f_t \, x^0_t , \qquad x_t = x^0_t + a_t ,

on a path that is linear between the years given and constant after the last one; before the first
one nothing is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import model_validator

from cge.scenario import trajectories
from cge.scenario.errors import Misplaced
from cge.scenario.values import Path, Strict, Unit

Array = npt.NDArray[np.float64]

Rule = Literal["level", "factor", "add"]
RULES: tuple[Rule, ...] = ("level", "factor", "add")
"""How a quantity is moved."""

_MOVED: Mapping[Rule, Callable[[Array, float], Array]] = {
    "level": lambda before, amount: np.full_like(before, amount),
    "factor": lambda before, amount: before * amount,
    "add": lambda before, amount: before + amount,
}


class Move(Strict):
    """A path by which something is moved.

    Attributes:
        level: what it is set to, in its unit.
        factor: what it is multiplied by.
        add: what is added to it, in its unit.
    """

    level: Annotated[Path | None, Unit("that of what is moved")] = None
    factor: Annotated[Path | None, Unit("ratio")] = None
    add: Annotated[Path | None, Unit("that of what is moved")] = None

    @property
    def rule(self) -> Rule:
        """How it is moved."""
        return next(rule for rule in RULES if getattr(self, rule) is not None)

    @property
    def path(self) -> Mapping[int, float]:
        """By how much, by year."""
        path: Mapping[int, float] = getattr(self, self.rule)
        return path

    @property
    def begin(self) -> int:
        """The first year in which it holds."""
        return min(self.path)

    def amount(self, year: int) -> float | None:
        """By how much in a year; None before it begins."""
        if year < self.begin:
            return None
        return float(trajectories.linear(self.path, [year])[0])

    def moved(self, before: Array, year: int) -> Array:
        """What is left of something in a year."""
        amount = self.amount(year)
        return before if amount is None else _MOVED[self.rule](before, amount)

    @model_validator(mode="after")
    def _check_rule(self) -> Self:
        given = [rule for rule in RULES if getattr(self, rule) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise Misplaced(f"has one of {', '.join(RULES)}, found {found}; give one", *given[1:2])
        return self
