"""How far each control total may be missed, and why: quality, standard deviation and source.

A number that is printed is met (nearly) exactly, one that is computed from such within its
vintages' differences, and one that rests on an assumption gives way first. ``reliability.csv``
states this for every total; its first fitting row holds. A total that is a number of ``inputs.csv``
as it stands has that number's mark.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from recipes.yrd2020.inputs import Inputs
from sam.errors import DatasetError
from sam.report import MISSING

_FILE = Path(__file__).parent / "data" / "reliability.csv"
QUANTITIES = 2020
"""Year of the physical accounts."""

_PHYSICAL = "of the physical accounts"  # how the source of what follows quantities ends
_PLACE = "inputs.csv"
"""A source that begins so is that of a row there, ``inputs.csv: item@region``; what is left out is
the item or the region of the total itself."""


@dataclass(frozen=True)
class Evidence:
    """What a control total rests on.

    Attributes:
        quality: one of ``sam.dataset.QUALITIES``.
        deviation: standard deviation as a share of the total; 0 where it is met exactly.
        source: publication, or what it is computed from.
        note: vintage and treatment.
    """

    quality: str
    deviation: float
    source: str
    note: str = ""

    def text(self, *, implied: bool) -> str:
        """Vintage, treatment and what the balancing makes of the total, in words."""
        rule = f"standard deviation {self.deviation:.1%}" if self.deviation else "met exactly"
        rule = "follows from other totals" if implied else rule
        return f"{self.note}; {rule}" if self.note else rule


@dataclass(frozen=True, eq=False)
class Reliability:
    """Evidence of all control totals.

    Attributes:
        table: columns ``total, region, quality, deviation, source, note``; patterns in the first
            two. An empty quality is that of the row of ``inputs.csv`` that is the source.
        inputs: numbers with the sources that the table refers to.
        year: base year.
    """

    table: pd.DataFrame
    inputs: Inputs
    year: int

    @cached_property
    def _rows(self) -> list[dict[str, Any]]:
        return [{str(k): v for k, v in row.items()} for row in self.table.to_dict("records")]

    def evidence(self, item: str, region: str) -> Evidence:
        """Evidence of one total.

        Raises:
            DatasetError: no row of the table fits.
        """
        for row in self._rows:
            if fnmatchcase(item, row["total"]) and fnmatchcase(region, row["region"]):
                quality, source = self._origin(row, item, region)
                note = "" if pd.isna(row["note"]) else str(row["note"])
                return Evidence(quality, float(row["deviation"]), source, note)
        raise DatasetError(
            f"{_FILE.name}: no row for {item!r} of {region!r}; state its quality and deviation"
        )

    def _dated(self, quality: str, source: str) -> tuple[str, str]:
        """Quality and source of a total that quantities of one year stand behind."""
        if self.year == QUANTITIES or not source.endswith(_PHYSICAL):
            return quality, source
        return "assumed", f"{MISSING}{self.year}: quantities of {QUANTITIES}, {source}"

    def _origin(self, row: Mapping[str, Any], item: str, region: str) -> tuple[str, str]:
        """Quality and source of a total."""
        quality, source = row["quality"], str(row["source"])
        if not source.startswith(_PLACE):
            return self._dated(str(quality), source)
        other, _, place = source.removeprefix(_PLACE).lstrip(": ").partition("@")
        number = (other or item, place or region)
        if pd.isna(quality) or self.inputs.source(*number).startswith(MISSING):
            return self.inputs.quality(*number), self.inputs.source(*number)
        return str(quality), self.inputs.cited(*number)


def load_reliability(inputs: Inputs, year: int, path: Path = _FILE) -> Reliability:
    """Read the table of reliabilities, whose sources name the base year as ``{year}``."""
    table = pd.read_csv(path)
    source = table["source"].str.replace("{year}", str(year), regex=False)
    return Reliability(table.assign(source=source), inputs, year)
