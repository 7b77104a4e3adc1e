r"""Prospects: how what the model takes as given outside the drivers of a dataset changes over time.

``data/prospects.csv`` gives factors relative to the base year, log-linear between given years:
``world`` demand for exports, natural ``resource`` endowments, and rates of ``saving`` of households
and enterprises. Before the first and after the last given year values stay as they are there; what
is not named keeps its base-year value.

.. math:: f_t = f_a \left(\frac{f_b}{f_a}\right)^{(t - a)/(b - a)} , \qquad a \le t \le b .
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from calibration.errors import AssumptionError
from calibration.tables import Row, Table, check_sector, known_sectors, source_of, table_rows

Array = npt.NDArray[np.float64]


WITHOUT_LABEL = ("world", "saving")
"""Items of which there is one."""


class ProspectRow(Row):
    """A factor relative to the base year."""

    item: Literal["world", "resource", "saving"]
    label: str = ""
    year: int = Field(ge=1900, le=2200)
    value: float = Field(gt=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A path is replaced as a whole, whatever its years; without a label, all of the item."""
        return self.item == other.item and self.label in ("", other.label)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.label and self.item in WITHOUT_LABEL:
            raise ValueError(f"{self.item} has no labels; leave {self.label!r} out")
        return self


@dataclass(frozen=True)
class Prospects:
    """Factors of growth relative to the base year.

    Attributes:
        rows: factors with their sources.
        source: file they come from, for messages.
    """

    rows: tuple[ProspectRow, ...]
    source: str = field(default="prospects", compare=False)

    def factors(self, item: str, labels: Sequence[str], years: Sequence[int]) -> Array:
        """Factors over time; an empty label of the table holds for all others.

        Arguments:
            item: ``world``, ``resource`` or ``saving``.
            labels: sectors of resources; ``[""]`` for the others.
            years: years wanted.

        Returns:
            Value (label, year); where nothing is said, one.
        """
        return np.stack([self._path(item, label, years) for label in labels])

    def check_begin(self, own: Prospects) -> None:
        """Assert that no path begins later than those of its item in another table.

        What a path begins with holds in all years before: a row of 2060 alone would hold in 2020.

        Raises:
            AssumptionError: names the path and the year to add.
        """
        for item, label in dict.fromkeys((row.item, row.label) for row in self.rows):
            begin = min(row.year for row in self.rows if (row.item, row.label) == (item, label))
            first = min((row.year for row in own.rows if row.item == item), default=begin)
            if begin > first:
                raise AssumptionError(
                    f"{self.source}: {' '.join(filter(None, (item, label)))} begins in {begin}, "
                    "and that value would hold in all years before; a path is replaced as a "
                    f"whole, so add its row of {first}"
                )

    def _path(self, item: str, label: str, years: Sequence[int]) -> Array:
        mine = [row for row in self.rows if row.item == item and row.label == label]
        mine = mine or [row for row in self.rows if row.item == item and not row.label]
        if not mine:
            return np.ones(len(years))
        points = sorted((row.year, row.value) for row in mine)
        path: Array = np.exp(
            np.interp(years, [y for y, _ in points], np.log([v for _, v in points]))
        )
        return path


def load_prospects(
    path: Table | None = None, *, sectors: Iterable[str] = (), whole: bool = False
) -> Prospects:
    """Read the factors of growth.

    Arguments:
        path: CSV with the columns of ``data/prospects.csv``; none: the table of the project.
        sectors: sector codes of a dataset beyond the 40 of this project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a value is not positive, an item or a sector is unknown, or a row is given
            twice.
    """
    known = known_sectors(sectors)

    def check(row: ProspectRow) -> None:
        if row.item == "resource" and row.label:
            check_sector(row.label, known)

    rows = table_rows("prospects", path, ProspectRow, AssumptionError, check, whole=whole)
    return Prospects(rows, source_of("prospects", path))
