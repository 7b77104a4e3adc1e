r"""The official national table in model sectors, to which the regions add up.

The table is printed in seven digits; its rows and columns are made to balance exactly first (what
rounding leaves goes into operating surplus, ``NationalTable.balanced``):

.. math:: \sum_j Z_{ij} + \sum_u F_{iu} + E_i - M_i = X_i = \sum_j Z_{ji} + \sum_k V_{ki} .

Imports are c.i.f.; duties on them are part of the value added of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.sources import national_table_file
from sam.comparison import components, final_uses, table_cells
from sam.concordance import load_sectors
from sam.errors import SourceError
from sam.national import model_sectors
from sam.readers import NationalTable, read_national_table

Array = npt.NDArray[np.float64]


ROUNDING = 1e-6
"""Largest imbalance of a printed table, as a share of output, that seven digits explain."""

_FARMING = ("农产品", "林产品", "畜牧产品", "渔产品", "农、林、牧、渔服务产品")
"""Sectors of a national table that are farming, its services the last."""


@dataclass(frozen=True, eq=False)
class Official:
    """A national table in model sectors, 1e8 CNY at producer prices of its year.

    Attributes:
        sectors: codes, in model order.
        intermediate: purchases (commodity, activity).
        value_added: by (component, activity), in the order of ``COMPONENTS``.
        final: purchases (commodity, final use), in the order of ``USES``.
        exports: sales abroad (commodity).
        imports: purchases from abroad, c.i.f. (commodity).
        farm_services: share of farm services in the value added of farming, which statistics of GDP
            count as tertiary.
    """

    sectors: tuple[str, ...]
    intermediate: Array
    value_added: Array
    final: Array
    exports: Array
    imports: Array
    farm_services: float = 0.0

    @property
    def output(self) -> Array:
        """What activities cost (activity)."""
        return np.asarray(self.intermediate.sum(0) + self.value_added.sum(0))

    @property
    def made(self) -> Array:
        """Value added (activity)."""
        return np.asarray(self.value_added.sum(0))

    @property
    def gap(self) -> Array:
        """Uses and exports less imports and output (commodity): zero but for rounding."""
        use = self.intermediate.sum(1) + self.final.sum(1)
        return np.asarray(use + self.exports - self.imports - self.output)

    def places(self, names: Sequence[str]) -> list[int]:
        """Positions of sectors."""
        return [self.sectors.index(name) for name in names]

    @property
    def cells(self) -> pd.Series:
        """Every cell that is not zero by row and column, as ``sam.comparison`` labels them."""
        return table_cells(
            self.sectors,
            self.intermediate,
            self.value_added,
            self.final,
            self.exports,
            self.imports,
        )


def read_official(sources: Path, year: int) -> Official:
    """The official table of a year, balanced, in model sectors.

    Arguments:
        sources: folder of official tables.
        year: year of the table.

    Raises:
        sam.errors.SourceError: the table is missing, not in its layout, or does not balance.
    """
    printed = read_national_table(national_table_file(sources, year))
    return replace(from_table(model_sectors(printed)), farm_services=farm_services(printed))


def farm_services(table: NationalTable) -> float:
    """Share of farm services in the value added of farming.

    Raises:
        sam.errors.SourceError: the table does not tell them apart.
    """
    farms = [k for k, name in enumerate(table.names) if name in _FARMING]
    services = [k for k, name in enumerate(table.names) if name == _FARMING[-1]]
    if not services:
        raise SourceError(
            f"{table.name}: has no sector {_FARMING[-1]} (farm services); take a table of 149 or "
            "153 sectors"
        )
    made = table.value_added.sum(0)
    return float(made[services].sum() / made[farms].sum())


def from_table(table: NationalTable) -> Official:
    """A national table in model sectors with what the accounts tell apart.

    Raises:
        sam.errors.SourceError: rows and columns differ by more than rounding, or the table does not
            tell rural and urban households, government, fixed capital and stocks apart.
    """
    balanced = table.balanced(ROUNDING)
    return Official(
        sectors=tuple(load_sectors()["code"]),
        intermediate=balanced.intermediate,
        value_added=components(balanced),
        final=final_uses(balanced),
        exports=balanced.exports,
        imports=balanced.imports,
    )
