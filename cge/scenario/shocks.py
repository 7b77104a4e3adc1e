r"""Shocks: what a scenario sets of the economy from outside, beside its pools.

A shock moves one lever, for some of its labels and from some year on: to a level, by a factor, or
by an addition to what would hold without it,

.. math:: x_t = \bar x_t , \qquad x_t = f_t \, x^0_t , \qquad x_t = x^0_t + a_t .

Its path is linear between the years given and constant after the last one; before the first one
nothing is moved. Several shocks of one lever take effect in their order. The baseline has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import model_validator

from calibration.errors import unknown
from cge.scenario import trajectories
from cge.scenario.errors import Misplaced
from cge.scenario.values import Name, Names, Path, Strict

LEVERS: Mapping[str, tuple[str, ...]] = {
    "productivity": ("region",),
    "labour_force": ("region",),
    "energy_efficiency": ("region", "sector"),
    "coverage": ("sector", "pool"),
    "household_coverage": ("fuel", "pool"),
    "pool_cap": ("pool",),
    "storage_limit": ("region",),
    "removal_limit": ("region", "option"),
    "generation_share": ("region", "technology"),
    "generation_cost": ("region", "technology"),
    "generation_efficiency": ("region", "technology"),
    "generation_capacity": ("region", "technology"),
    "output_limit": ("region", "sector"),
}
"""What may be moved, with its dimensions; the economy says what it means (``cge.blocks.Lever``)."""

Rule = Literal["level", "factor", "add"]
RULES: tuple[Rule, ...] = ("level", "factor", "add")
"""How a lever is moved."""


class Shock(Strict):
    """A lever of the economy, moved for some years.

    Attributes:
        lever: one of ``LEVERS``.
        level: what it is set to, in its unit.
        factor: what it is multiplied by.
        add: what is added to it, in its unit.
        region, sector, technology, fuel, option, pool: labels for which it is moved; all by
            default. One of them or a list, of the lever's dimensions only.
    """

    lever: Name
    level: Path | None = None
    factor: Path | None = None
    add: Path | None = None
    region: Names | None = None
    sector: Names | None = None
    technology: Names | None = None
    fuel: Names | None = None
    option: Names | None = None
    pool: Names | None = None

    @property
    def rule(self) -> Rule:
        """How the lever is moved."""
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

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The labels that are named, by dimension."""
        named = {dim: getattr(self, dim) for dim in LEVERS[self.lever]}
        return {dim: tuple(labels) for dim, labels in named.items() if labels is not None}

    def amount(self, year: int) -> float | None:
        """By how much in a year; None before it begins."""
        if year < self.begin:
            return None
        return float(trajectories.linear(self.path, [year])[0])

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.lever not in LEVERS:
            raise Misplaced(unknown("lever", self.lever, LEVERS), "lever")
        given = [rule for rule in RULES if getattr(self, rule) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise Misplaced(
                f"a shock has one of {', '.join(RULES)}, found {found}; give one", *given[1:2]
            )
        dims = LEVERS[self.lever]
        for dim in (name for names in LEVERS.values() for name in names):
            if getattr(self, dim) is not None and dim not in dims:
                raise Misplaced(
                    f"{self.lever} varies over {', '.join(dims)}, not over {dim}; remove the key",
                    dim,
                )
        return self
