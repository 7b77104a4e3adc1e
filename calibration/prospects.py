"""Prospects: how what the model takes as given outside the drivers of a dataset changes over time.

``data/prospects.csv`` gives factors relative to the base year, log-linear between given years:
``world`` demand for exports, natural ``resource`` endowments, and ``site`` endowments of generation
technologies (places for wind, sun, reactors and dams). What is not named stays as it is.
``capture`` is the share of the CO2 of large plants that can be captured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from calibration.errors import AssumptionError
from calibration.tables import DATA, Row, read_rows

Array = npt.NDArray[np.float64]


class ProspectRow(Row):
    """A factor relative to the base year."""

    item: Literal["world", "resource", "site", "capture"]
    label: str = ""
    year: int = Field(ge=1900, le=2200)
    value: float = Field(gt=0.0, allow_inf_nan=False)


@dataclass(frozen=True)
class Prospects:
    """Factors of growth relative to the base year.

    Attributes:
        rows: factors with their sources.
    """

    rows: tuple[ProspectRow, ...]

    def factors(self, item: str, labels: Sequence[str], years: Sequence[int]) -> Array:
        """Factors (label, year), one where nothing is said; an empty label holds for all others."""
        return np.stack([self._path(item, label, years) for label in labels])

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


def load_prospects(path: str | Path | None = None) -> Prospects:
    """Read the factors of growth.

    Arguments:
        path: CSV with the columns of ``data/prospects.csv``; default: that file.

    Raises:
        AssumptionError: a value is not positive, an item is unknown, or a row is given twice.
    """
    file = Path(path) if path is not None else DATA / "prospects.csv"
    return Prospects(tuple(read_rows(file, ProspectRow, AssumptionError)))
