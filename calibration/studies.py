"""Published studies of China's way to carbon neutrality, which results are held beside.

``data/studies.csv`` holds what they print for the nation: by study, kind of scenario
(``SCENARIOS``), quantity (``STUDIED``, with units) and year; two rows, ``least`` and ``most``, give
a range. Studies differ in coverage (with or without industrial processes) and in prices (those of
the year in which they are written), so a comparison is one of orders. They are inputs of nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, Self

import pandas as pd
from pydantic import Field, model_validator

from calibration.errors import AssumptionError, unknown
from calibration.tables import Row, source_of, table_frame, table_rows

Kind = Literal["no_policy", "current_policies", "neutrality"]

SCENARIOS: Final[Mapping[Kind, str]] = {
    "no_policy": "nobody has a climate policy",
    "current_policies": "policies in force or pledged for 2030, continued",
    "neutrality": "CO2 neutrality by 2060",
}
"""Kinds of scenarios by name."""

STUDIED: Final[Mapping[str, tuple[str, str]]] = {
    "co2": ("Gt", "CO2 before sinks of forests"),
    "co2_peak": ("Gt", "highest CO2 of a path, whatever its year"),
    "carbon_price": ("yuan/t", "price of carbon"),
    "gdp": ("fraction", "real GDP against the scenario without the target"),
    "electricity": ("PWh", "electricity made"),
    "electricity_growth": ("ratio", "electricity made over that of 2020"),
    "nuclear": ("PWh", "electricity of nuclear power"),
    "wind_solar_share": ("fraction", "share of wind and solar power in generation"),
    "renewable_share": ("fraction", "share of renewables in generation"),
    "non_fossil_share": ("fraction", "share of non-fossil energy in primary energy"),
    "electrification": ("fraction", "share of electricity in final energy"),
    "ccus": ("Gt", "CO2 captured or removed, and stored"),
    "coal_change": ("fraction", "primary coal against 2020"),
    "oil_change": ("fraction", "primary oil against 2020"),
    "gas_change": ("fraction", "primary gas against 2020"),
}
"""Quantities of studies: unit and meaning."""

_SIGNED = ("gdp", "coal_change", "oil_change", "gas_change")


class StudyRow(Row):
    """A number that a study prints for the nation."""

    study: str = Field(min_length=1)
    scenario: Kind
    quantity: str
    year: int = Field(ge=2020, le=2100)
    bound: Literal["exactly", "about", "least", "most"]
    value: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.quantity not in STUDIED:
            raise ValueError(unknown("quantity", self.quantity, STUDIED))
        if self.quantity not in _SIGNED and self.value < 0.0:
            raise ValueError(f"{self.quantity} must not be negative ({self.unit})")
        return self

    @property
    def unit(self) -> str:
        """Unit of the value."""
        return STUDIED[self.quantity][0]


@dataclass(frozen=True)
class Finding:
    """What a study says of a quantity: a number, or a range.

    Attributes:
        study: name of the study.
        scenario: kind of its scenario.
        quantity: one of ``STUDIED``.
        year: the year.
        rows: one row, or the two ends of a range.
    """

    study: str
    scenario: Kind
    quantity: str
    year: int
    rows: tuple[StudyRow, ...]

    @property
    def least(self) -> float:
        """The lower end; minus infinity where there is none."""
        ends = [row.value for row in self.rows if row.bound != "most"]
        return min(ends, default=-float("inf"))

    @property
    def most(self) -> float:
        """The upper end; infinity where there is none."""
        ends = [row.value for row in self.rows if row.bound != "least"]
        return max(ends, default=float("inf"))

    def holds(self, found: float) -> bool:
        """Whether a number lies in the range."""
        return self.least <= found <= self.most


@dataclass(frozen=True)
class Studies:
    """What studies print.

    Attributes:
        rows: their numbers with sources.
        source: file they come from, for messages.
    """

    rows: tuple[StudyRow, ...]
    source: str = field(default="studies", compare=False)

    def __post_init__(self) -> None:
        for finding in self.findings():
            if finding.least > finding.most:
                raise AssumptionError(
                    f"{self.source}: {finding.study}, {finding.quantity} {finding.year}: the least "
                    f"({finding.least:g}) exceeds the most ({finding.most:g}); correct the rows"
                )

    def findings(self) -> tuple[Finding, ...]:
        """Numbers and ranges, in the order of the table."""
        grouped: dict[tuple[str, Kind, str, int], list[StudyRow]] = {}
        for row in self.rows:
            key = (row.study, row.scenario, row.quantity, row.year)
            grouped.setdefault(key, []).append(row)
        return tuple(Finding(*key, tuple(rows)) for key, rows in grouped.items())

    def to_frame(self) -> pd.DataFrame:
        """The table with one line per number, with its unit."""
        return table_frame(self.rows).assign(unit=[row.unit for row in self.rows])


def load_studies(path: str | Path | None = None, *, whole: bool = False) -> Studies:
    """Read what studies print.

    Arguments:
        path: CSV with the columns of ``data/studies.csv``; none: the table of the project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a quantity or kind of scenario is unknown, a range is empty, or a row is
            wrong or given twice.
    """
    rows = table_rows("studies", path, StudyRow, AssumptionError, whole=whole)
    return Studies(rows, source_of("studies", path))
