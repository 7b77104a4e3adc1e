"""Natural resources: the rent of land and reserves in what a SAM books as capital income.

``data/resources.csv`` gives the share of the rent by sector, each with its source and quality.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import Field

from calibration.errors import AssumptionError
from calibration.tables import Row, Table, check_sector, known_sectors, table_rows

Array = npt.NDArray[np.float64]


class ResourceRow(Row):
    """Share of a sector's capital income that is the rent of its natural resource."""

    sector: str
    value: float = Field(ge=0.0, lt=1.0, allow_inf_nan=False)


@dataclass(frozen=True)
class Resources:
    """Natural resources.

    Attributes:
        rows: share in capital income by sector, with sources.
    """

    rows: tuple[ResourceRow, ...]

    def shares(self, sectors: Sequence[str]) -> Array:
        """Share of the resource in capital income (sector), zero where a sector owns none."""
        table = {row.sector: row.value for row in self.rows}
        return np.array([table.get(sector, 0.0) for sector in sectors])


def load_resources(
    path: Table | None = None, *, sectors: Iterable[str] = (), whole: bool = False
) -> Resources:
    """Read the shares of natural resources in capital income.

    Arguments:
        path: CSV with the columns of ``data/resources.csv``; none: the table of the project.
        sectors: sector codes of a dataset beyond the 40 of this project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a share is not between 0 and 1, a sector is unknown or given twice.
    """
    known = known_sectors(sectors)

    def check(row: ResourceRow) -> None:
        check_sector(row.sector, known)

    rows = table_rows("resources", path, ResourceRow, AssumptionError, check, whole=whole)
    return Resources(rows)
