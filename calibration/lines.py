r"""Lines between regions: how much electricity they carry, and what is lost on the way.

``data/lines.csv`` gives the capacity of each direction, GW, linear between its years and constant
before and after, and the share of what enters a line that does not arrive. Of a flow f from o to d

.. math:: 0 \le f_{od} \le 8.76 \, \kappa_{od} \ \text{TWh a year}

the share :math:`1 - \ell_{od}` arrives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, model_validator

from calibration.errors import AssumptionError, unknown
from calibration.plants import BASE
from calibration.tables import Row, Table, source_of, table_frame, table_rows

Array = npt.NDArray[np.float64]


class LineRow(Row):
    """Capacity of a line in a year, GW, or the share lost on it."""

    origin: str = Field(min_length=1)
    destination: str = Field(min_length=1)
    item: Literal["capacity", "loss"]
    year: int = Field(ge=1900, le=2200)
    value: float = Field(ge=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A path is replaced as a whole, whatever its years."""
        mine = (self.origin, self.destination, self.item)
        return mine == (other.origin, other.destination, other.item)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.origin == self.destination:
            raise ValueError(f"a line ends in another region than {self.origin}")
        if self.item == "loss" and not self.value < 1.0:
            raise ValueError("a loss must be below 1: something arrives")
        return self


@dataclass(frozen=True)
class Lines:
    """Lines between regions, each direction apart.

    Attributes:
        rows: capacities and losses with their sources.
        source: file they come from, for messages.

    Raises:
        AssumptionError: a line has a capacity and no loss, or the reverse, or a path begins after
            2020.
    """

    rows: tuple[LineRow, ...]
    source: str = field(default="lines", compare=False)

    def __post_init__(self) -> None:
        begin: dict[tuple[str, str, str], int] = {}
        for row in self.rows:
            key = (row.origin, row.destination, row.item)
            begin[key] = min(row.year, begin.get(key, row.year))
        for (origin, destination, item), year in begin.items():
            other = "loss" if item == "capacity" else "capacity"
            if (origin, destination, other) not in begin:
                raise AssumptionError(
                    f"{self.source}: the line from {origin} to {destination} has no row for "
                    f"{other!r}; add it"
                )
            if year > BASE:
                raise AssumptionError(
                    f"{self.source}: {item} of the line from {origin} to {destination} begins in "
                    f"{year}; a path is replaced as a whole, so add its row of {BASE}"
                )

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions with lines."""
        ends = [end for row in self.rows for end in (row.origin, row.destination)]
        return tuple(dict.fromkeys(ends))

    def capacity(self, regions: Sequence[str], years: Sequence[int]) -> Array:
        """Capacity of lines, GW (origin, destination, year), zero where there is none.

        Raises:
            AssumptionError: a region has no line at all.
        """
        return self._values("capacity", regions, years)

    def loss(self, regions: Sequence[str], years: Sequence[int]) -> Array:
        """Share lost on lines (origin, destination, year), zero where there is none.

        Raises:
            AssumptionError: a region has no line at all.
        """
        return self._values("loss", regions, years)

    def to_frame(self) -> pd.DataFrame:
        """The table with one line per value, its source and quality."""
        return table_frame(self.rows)

    def _values(self, item: str, regions: Sequence[str], years: Sequence[int]) -> Array:
        for region in regions:
            if region not in self.regions:
                raise AssumptionError(f"{self.source}: {unknown('region', region, self.regions)}")
        paths: dict[tuple[str, str], list[tuple[int, float]]] = {}
        for row in self.rows:
            if row.item == item:
                paths.setdefault((row.origin, row.destination), []).append((row.year, row.value))
        result = np.zeros((len(regions), len(regions), len(years)))  # origin, destination, year
        for o, origin in enumerate(regions):
            for d, destination in enumerate(regions):
                points = sorted(paths.get((origin, destination), []))
                if points:
                    at, value = zip(*points, strict=True)
                    result[o, d] = np.interp(years, at, value)
        return result


def load_lines(path: Table | None = None, *, whole: bool = False) -> Lines:
    """Read the lines between regions.

    Arguments:
        path: CSV with the columns of ``data/lines.csv``; none: the table of the project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a line lacks its capacity or loss, or a row is wrong or given twice.
    """
    rows = table_rows("lines", path, LineRow, AssumptionError, whole=whole)
    return Lines(rows, source_of("lines", path))
