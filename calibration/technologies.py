"""Technologies of generation: what a kWh costs, and what that money buys.

``data/technologies.csv`` gives each technology its cost per kWh and the split of that cost over
fuel, capital, labour, the fixed factor (sites, reactors' permits, river) and materials;
``data/technology_fuels.csv`` the fuels it burns. Each value has its source and quality.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from calibration.errors import AssumptionError
from calibration.tables import DATA, Row, read_rows
from sam.accounts import FUELS

Array = npt.NDArray[np.float64]

COST_ITEMS = ("fuel", "capital", "labour", "fixed", "materials")
"""Items over which the cost of a technology is split."""


class TechnologyRow(Row):
    """One property of a technology: its cost in yuan/kWh or an item's share of the cost."""

    technology: str
    item: Literal["cost", "fuel", "capital", "labour", "fixed", "materials"]
    value: float = Field(ge=0.0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.item == "cost" and not self.value > 0.0:
            raise ValueError("a cost per kWh must be positive")
        if self.item != "cost" and self.value > 1.0:
            raise ValueError("a cost share must not exceed 1")
        return self


class FuelRow(Row):
    """Share of one fuel in the fuel cost of a technology."""

    technology: str
    fuel: str
    value: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)


@dataclass(frozen=True, eq=False)
class Technologies:
    """Cost structure of generation.

    Attributes:
        names: technologies, in model order.
        cost: cost of generation, yuan/kWh (technology).
        shares: split of the cost over ``COST_ITEMS`` (technology, item), rows sum to one.
        fuels: commodities burnt by some technology.
        fuel_shares: split of the fuel cost (technology, fuel), rows sum to one or are zero.
    """

    names: tuple[str, ...]
    cost: Array
    shares: Array
    fuels: tuple[str, ...]
    fuel_shares: Array

    def share(self, item: str) -> Array:
        """Share of an item of ``COST_ITEMS`` in the cost of each technology."""
        column: Array = self.shares[:, COST_ITEMS.index(item)]
        return column

    def fuel_mix(self, fuels: Sequence[str]) -> Array:
        """Split of each technology's fuel cost over the given fuels (technology, fuel)."""
        mix = np.zeros((len(self.names), len(fuels)))  # technology, fuel
        for f, fuel in enumerate(fuels):
            if fuel in self.fuels:
                mix[:, f] = self.fuel_shares[:, self.fuels.index(fuel)]
        return mix


def load_technologies(
    path: str | Path | None = None, fuels_path: str | Path | None = None
) -> Technologies:
    """Read the cost structure of generation.

    Arguments:
        path: CSV with the columns of ``data/technologies.csv``; default: that file.
        fuels_path: CSV with the columns of ``data/technology_fuels.csv``; default: that file.

    Raises:
        AssumptionError: an item is missing or given twice, or shares do not sum to one.
    """
    file = Path(path) if path is not None else DATA / "technologies.csv"
    fuels_file = Path(fuels_path) if fuels_path is not None else DATA / "technology_fuels.csv"
    rows = read_rows(file, TechnologyRow, AssumptionError)
    names = tuple(dict.fromkeys(row.technology for row in rows))
    table: dict[tuple[str, str], float] = {(row.technology, row.item): row.value for row in rows}
    cost = np.array([_entry(table, name, "cost", file) for name in names])
    shares = np.array([[_entry(table, name, item, file) for item in COST_ITEMS] for name in names])
    _check_sums(shares, names, file, "cost shares")
    fuels, mix = _load_fuels(names, fuels_file)
    burning = shares[:, COST_ITEMS.index("fuel")] > 0.0
    burners = [name for name, burns in zip(names, burning, strict=True) if burns]
    _check_sums(mix[burning], burners, fuels_file, "fuel shares")
    return Technologies(names, cost, shares, fuels, mix)


def _load_fuels(names: Sequence[str], file: Path) -> tuple[tuple[str, ...], Array]:
    def check(row: FuelRow) -> None:
        if row.technology not in names:
            raise ValueError(f"unknown technology; use one of {', '.join(names)}")
        if row.fuel not in FUELS:
            raise ValueError(f"{row.fuel} is no fuel; use one of {', '.join(FUELS)}")

    rows = read_rows(file, FuelRow, AssumptionError, check)
    table = {(row.technology, row.fuel): row.value for row in rows}
    fuels = tuple(dict.fromkeys(row.fuel for row in rows))
    return fuels, np.array([[table.get((name, fuel), 0.0) for fuel in fuels] for name in names])


def _entry(table: dict[tuple[str, str], float], name: str, item: str, file: Path) -> float:
    if (name, item) not in table:
        raise AssumptionError(f"{file}: technology {name!r} has no row for {item!r}; add it")
    return table[name, item]


def _check_sums(shares: Array, names: Iterable[str], file: Path, what: str) -> None:
    for name, total in zip(names, shares.sum(axis=1), strict=True):
        if abs(total - 1.0) > 1e-9:
            raise AssumptionError(
                f"{file}: the {what} of {name!r} sum to {total:g}, not 1; correct them"
            )
