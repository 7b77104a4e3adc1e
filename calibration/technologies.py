"""Technologies of generation: what a kWh costs, and what that money buys.

``data/technologies.csv`` gives each technology its cost per kWh and the split of that cost over
fuel, capital, labour, the fixed factor (sites, reactors' permits, river) and materials;
``data/technology_fuels.csv`` the fuels it burns. Each value has its source and quality.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from itertools import product
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from calibration.errors import AssumptionError, unknown
from calibration.tables import Row, Table, check_sector, known_sectors, source_of, table_rows

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

    @classmethod
    def in_order(cls, rows: Sequence[Self]) -> list[Self]:
        """Technologies as they come, which is their order in the model, and items by name."""
        names = list(dict.fromkeys(row.technology for row in rows))
        return sorted(rows, key=lambda row: (names.index(row.technology), row.item))


class FuelRow(Row):
    """Share of one fuel in the fuel cost of a technology."""

    technology: str
    fuel: str
    value: float = Field(ge=0.0, le=1.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """The fuel mix of a technology is one thing: it is replaced as a whole."""
        return self.technology == other.technology


@dataclass(frozen=True)
class Technologies:
    """Cost structure of generation.

    Attributes:
        rows: costs and cost shares with their sources; technologies in model order.
        fuel_rows: shares of fuels in the fuel cost of a technology, with their sources.
        source: file the costs come from, for messages.
        fuels_source: file the fuels come from, for messages.

    Raises:
        AssumptionError: an item is missing, or shares do not sum to one.
    """

    rows: tuple[TechnologyRow, ...]
    fuel_rows: tuple[FuelRow, ...]
    source: str = field(default="technologies", compare=False)
    fuels_source: str = field(default="technology_fuels", compare=False)

    def __post_init__(self) -> None:
        given = {(row.technology, row.item) for row in self.rows}
        for name, item in product(self.names, ("cost", *COST_ITEMS)):
            if (name, item) not in given:
                complete = [
                    other
                    for other in self.names
                    if all((other, each) in given for each in ("cost", *COST_ITEMS))
                ]
                near = get_close_matches(name, complete, n=1)
                hint = f", or did you mean {near[0]!r}?" if near else ""
                raise AssumptionError(
                    f"{self.source}: technology {name!r} has no row for {item!r}; add it{hint}"
                )
        _check_sums(self.shares, self.names, self.source, "cost shares")
        burning = self.share("fuel") > 0.0
        burners = [name for name, burns in zip(self.names, burning, strict=True) if burns]
        mix = self.fuel_mix(self.fuels)[burning]
        _check_sums(mix, burners, self.fuels_source, "fuel shares")

    @property
    def names(self) -> tuple[str, ...]:
        """Technologies, in model order."""
        return tuple(dict.fromkeys(row.technology for row in self.rows))

    @property
    def fuels(self) -> tuple[str, ...]:
        """Commodities burnt by some technology."""
        return tuple(dict.fromkeys(row.fuel for row in self.fuel_rows))

    @property
    def cost(self) -> Array:
        """Cost of generation, yuan/kWh (technology)."""
        return self._values("cost")

    @property
    def shares(self) -> Array:
        """Split of the cost over ``COST_ITEMS`` (technology, item), rows sum to one."""
        return np.stack([self.share(item) for item in COST_ITEMS], axis=1)

    def share(self, item: str) -> Array:
        """Share of an item of ``COST_ITEMS`` in the cost of each technology."""
        return self._values(item)

    def fuel_mix(self, fuels: Sequence[str]) -> Array:
        """Split of each technology's fuel cost over the given fuels (technology, fuel)."""
        table = {(row.technology, row.fuel): row.value for row in self.fuel_rows}
        return np.array([[table.get((name, fuel), 0.0) for fuel in fuels] for name in self.names])

    def main_fuel(self, technology: str) -> str:
        """The fuel with the largest share in a technology's fuel cost; empty where it has none."""
        shares = {row.fuel: row.value for row in self.fuel_rows if row.technology == technology}
        return max(shares, key=lambda fuel: (shares[fuel], fuel), default="")

    def _values(self, item: str) -> Array:
        table = {row.technology: row.value for row in self.rows if row.item == item}
        return np.array([table[name] for name in self.names])


def load_technologies(
    path: Table | None = None,
    fuels_path: Table | None = None,
    *,
    sectors: Iterable[str] = (),
    whole: bool = False,
) -> Technologies:
    """Read the cost structure of generation.

    Arguments:
        path: CSV with the columns of ``data/technologies.csv``; none: the table of the project.
        fuels_path: CSV with the columns of ``data/technology_fuels.csv``; none: that of the
            project.
        sectors: sector codes of a dataset beyond the 40 of this project, which may be burnt.
        whole: the files are whole tables; else their rows are laid over those of the project.

    Raises:
        AssumptionError: an item is missing or given twice, a fuel or technology is unknown, or
            shares do not sum to one.
    """
    rows = table_rows("technologies", path, TechnologyRow, AssumptionError, whole=whole)
    if path is not None and not whole:
        order = [row.technology for row in (*load_technologies().rows, *rows)]
        rows = tuple(sorted(rows, key=lambda row: order.index(row.technology)))
    names = dict.fromkeys(row.technology for row in rows)
    known = known_sectors(sectors)

    def check(row: FuelRow) -> None:
        if row.technology not in names:
            raise ValueError(unknown("technology", row.technology, names))
        check_sector(row.fuel, known)

    return Technologies(
        rows,
        table_rows("technology_fuels", fuels_path, FuelRow, AssumptionError, check, whole=whole),
        source_of("technologies", path),
        source_of("technology_fuels", fuels_path),
    )


def _check_sums(shares: Array, names: Iterable[str], source: str, what: str) -> None:
    for name, total in zip(names, shares.sum(axis=1), strict=True):
        if abs(total - 1.0) > 1e-9:
            raise AssumptionError(
                f"{source}: the {what} of {name!r} sum to {total:.12g}, not 1; correct them"
            )
