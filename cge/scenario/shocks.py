"""Shocks: what a scenario sets of the economy from outside, beside its pools.

A shock moves one lever (``cge.scenario.moves``) for some of its labels. Several shocks of one lever
take effect in their order. The baseline has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from pydantic import model_validator

from calibration.errors import unknown
from cge.scenario.errors import Misplaced
from cge.scenario.moves import Move
from cge.scenario.values import Name, Names

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
    "emission_intensity": ("region", "sector"),
    "outside_saving": ("region",),
    "project_goods": ("region", "good"),
    "project_capital": ("region", "sector"),
    "project_plants": ("region", "technology"),
    "project_running": ("region", "good"),
}
"""What may be moved, with its dimensions; the economy says what it means (``cge.blocks.Lever``)."""


class Shock(Move):
    """A lever of the economy, moved for some years.

    Attributes:
        lever: one of ``LEVERS``.
        region, sector, technology, fuel, option, pool, good: labels for which it is moved; all by
            default. One of them or a list, of the lever's dimensions only.
    """

    lever: Name
    region: Names | None = None
    sector: Names | None = None
    technology: Names | None = None
    fuel: Names | None = None
    option: Names | None = None
    pool: Names | None = None
    good: Names | None = None

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The labels that are named, by dimension."""
        named = {dim: getattr(self, dim) for dim in LEVERS[self.lever]}
        return {dim: tuple(labels) for dim, labels in named.items() if labels is not None}

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.lever not in LEVERS:
            raise Misplaced(unknown("lever", self.lever, LEVERS), "lever")
        dims = LEVERS[self.lever]
        for dim in (name for names in LEVERS.values() for name in names):
            if getattr(self, dim) is not None and dim not in dims:
                raise Misplaced(
                    f"{self.lever} varies over {', '.join(dims)}, not over {dim}; remove the key",
                    dim,
                )
        return self
