r"""The official national table in model sectors, to which the regions add up.

The table is printed in seven digits; its rows and columns are made to balance exactly first (what
rounding leaves goes into operating surplus, ``NationalTable.balanced``):

.. math:: \sum_j Z_{ij} + \sum_u F_{iu} + E_i - M_i = X_i = \sum_j Z_{ji} + \sum_k V_{ki} .

Imports are c.i.f.; duties on them are part of the value added of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.sources import national_table_file
from sam.accounts import COMPONENTS, EXPORTS, IMPORTS, USES
from sam.comparison import cell_table, final_uses
from sam.concordance import load_sectors
from sam.national import model_sectors
from sam.readers import NationalTable, read_national_table

Array = npt.NDArray[np.float64]


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
    """

    sectors: tuple[str, ...]
    intermediate: Array
    value_added: Array
    final: Array
    exports: Array
    imports: Array

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
        blocks = (
            (self.sectors, self.sectors, self.intermediate),
            (self.sectors, USES, self.final),
            (self.sectors, (EXPORTS,), self.exports[:, None]),
            (self.sectors, (IMPORTS,), self.imports[:, None]),
            (COMPONENTS, self.sectors, self.value_added),
        )
        cells: pd.Series = pd.concat([cell_table(*block) for block in blocks])
        return cells


def read_official(sources: Path, year: int) -> Official:
    """The official table of a year, balanced, in model sectors.

    Arguments:
        sources: folder of official tables.
        year: year of the table.

    Raises:
        sam.errors.SourceError: the table is missing, not in its layout, or does not balance.
    """
    return from_table(model_sectors(read_national_table(national_table_file(sources, year))))


def from_table(table: NationalTable) -> Official:
    """A national table in model sectors with what the accounts tell apart.

    Raises:
        sam.errors.SourceError: rows and columns differ by more than rounding, or the table does not
            tell rural and urban households, government, fixed capital and stocks apart.
    """
    balanced = table.balanced()
    labour, tax, depreciation, surplus = balanced.value_added
    return Official(
        sectors=tuple(load_sectors()["code"]),
        intermediate=balanced.intermediate,
        value_added=np.stack([labour, tax, depreciation + surplus]),
        final=final_uses(balanced),
        exports=balanced.exports,
        imports=balanced.imports,
    )
