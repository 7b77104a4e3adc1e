"""Facts of 2019-2025 that a baseline is anchored to and held against, and the claims of a report.

``data/facts.csv`` holds what statistics say: by variable (``VARIABLES``, with units), label (a
technology of generation, a fuel), region (``CN`` for the nation) and year. ``data/claims.csv``
holds every quantified claim of the report on the Yangtze River Delta, by quantity (``QUANTITIES``,
with the quantity of a model that it speaks to): claims are compared with results and are inputs of
none. Units that the report misprints are set right, and the note says what was printed.

Two counts of electricity exist in China: the statistics bureau has all plants, the Electricity
Council leaves out some of those that serve their own works (thermal power of 2020: 5330 against
5177 TWh). Generation is the bureau's here, capacity and use are the Council's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, Self

import numpy as np
import pandas as pd
from pydantic import Field, model_validator

from calibration.errors import AssumptionError, unknown
from calibration.tables import Row, Table, source_of, table_frame, table_rows
from sam.accounts import NATIONAL

VARIABLES: Final[Mapping[str, str]] = {
    "generation": "TWh",
    "generation_share": "fraction of generation",
    "capacity": "GW at the end of the year",
    "electricity_use": "TWh",
    "electrification": "fraction of final energy",
    "energy_use": "Mtce, coal-equivalent method",
    "energy_share": "fraction of energy use",
    "co2_change": "change on the year before, fraction",
    "co2_per_gdp_since_2020": "change on 2020, fraction",
    "co2_since_2020": "change on 2020, fraction",
    "cement": "Mt",
    "crude_steel": "Mt",
    "gdp_growth": "change on the year before, fraction",
}
"""Variables of facts by name, with their units."""

QUANTITIES: Final[Mapping[str, tuple[str, str]]] = {
    "co2_with_indirect": ("Mt", "CO2 of the region and of the electricity that it takes in"),
    "co2_by_source": ("Mt", "CO2 by sector; indirect: of electricity taken in"),
    "co2_share": ("fraction of CO2 with indirect", "CO2 by source over CO2 with indirect"),
    "sinks": ("Mt", "sinks of forests, given"),
    "bioenergy_capture": ("Mt in all", "CO2 of bioenergy captured and stored, summed over years"),
    "gdp_per_co2": ("10 thousand yuan per t", "real GDP over CO2 with indirect"),
    "primary_energy": ("Mtce", "primary energy, electricity taken in at coal equivalent"),
    "non_fossil_share": ("fraction", "share of non-fossil energy in primary energy"),
    "coal_share": ("fraction", "share of coal in primary energy"),
    "oil_share": ("fraction", "share of oil in primary energy"),
    "dependence": ("fraction", "primary energy from outside the region over all"),
    "energy_production": ("Mtce", "primary energy made in the region"),
    "energy_production_non_fossil": ("fraction", "non-fossil share of primary energy made"),
    "energy_production_electric": ("Mtce", "non-fossil electricity made, at 0.1229 kgce/kWh"),
    "fuel_imports": ("Mtce", "fuel taken in from other regions and abroad, net"),
    "final_energy_share": ("fraction", "final energy by user over all"),
    "renewable_share": ("fraction", "renewable share of generation"),
    "renewable_energy_share": ("fraction", "renewable share of primary energy"),
    "generation": ("TWh", "generation by technology"),
    "generation_share": ("fraction", "generation of a technology over all"),
    "footprint_from_outside": ("fraction", "footprint of final demand emitted elsewhere over all"),
    "footprint_pull": ("t per t", "CO2 induced elsewhere per ton emitted here"),
    "population": ("million", "population, given"),
    "gdp": ("trillion yuan", "real GDP, whose baseline is given"),
    "investment": ("trillion yuan", "investment by area, summed over years"),
    "projects": ("trillion yuan", ""),
}
"""Quantities of claims: unit, and the quantity of a model that they speak to, empty for none."""

SAME_NATION: Final = 0.01
"""Relative difference in generation up to which an economy is that of the facts."""

REGIONS: Final = (NATIONAL, "YRD", "SH", "JS", "ZJ", "AH", "RCN")
"""Nation, Yangtze River Delta and the regions of the embedded dataset."""

_SIGNED = ("co2_change", "co2_per_gdp_since_2020", "co2_since_2020", "gdp_growth")


class FactRow(Row):
    """What statistics say of a year."""

    variable: str
    label: str = ""
    region: str
    year: int = Field(ge=1900, le=2200)
    value: float = Field(allow_inf_nan=False)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.variable not in VARIABLES:
            raise ValueError(unknown("variable", self.variable, VARIABLES))
        _check_region(self.region)
        if self.variable not in _SIGNED and self.value < 0.0:
            raise ValueError(f"{self.variable} must not be negative ({VARIABLES[self.variable]})")
        if VARIABLES[self.variable].startswith("fraction") and self.value > 1.0:
            raise ValueError(f"{self.variable} must not exceed 1 ({VARIABLES[self.variable]})")
        return self


class ClaimRow(Row):
    """A number that the report prints or that follows from what it prints."""

    quantity: str
    label: str = ""
    region: str
    year: int = Field(ge=1900, le=2200)
    bound: Literal["exactly", "about", "above", "below"]
    note: str = ""
    value: float = Field(ge=0.0, allow_inf_nan=False)

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        """What the claim is about: how sharp it is, is part of the value."""
        return ("quantity", "label", "region", "year")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.quantity not in QUANTITIES:
            raise ValueError(unknown("quantity", self.quantity, QUANTITIES))
        _check_region(self.region)
        return self

    @property
    def unit(self) -> str:
        """Unit of the value."""
        return QUANTITIES[self.quantity][0]

    @property
    def of_model(self) -> str:
        """Quantity of a model that the claim speaks to; empty where there is none."""
        return QUANTITIES[self.quantity][1]


@dataclass(frozen=True)
class Facts:
    """What statistics say of the years to 2025.

    Attributes:
        rows: facts with their sources.
        source: file they come from, for messages.
    """

    rows: tuple[FactRow, ...]
    source: str = field(default="facts", compare=False)

    def value(self, variable: str, region: str, year: int, label: str = "") -> float:
        """A fact, in the unit of ``VARIABLES``.

        Raises:
            AssumptionError: nothing is known of it; names the years or labels that are known.
        """
        mine = self._of(variable, region)
        found = [row.value for row in mine if (row.label, row.year) == (label, year)]
        if not found:
            known = [f"{row.label} {row.year}".strip() for row in mine]
            raise AssumptionError(
                f"{self.source}: no {variable} of {region}, {f'{label} {year}'.strip()}; known: "
                f"{', '.join(known) or 'none'}"
            )
        return found[0]

    def tell_of(self, year: int, generation: float) -> bool:
        """Whether they are of the nation that made so much electricity in a year, TWh."""
        told = self.series("generation", NATIONAL, "total")
        return year in told and abs(generation / told[year] - 1.0) < SAME_NATION

    def series(self, variable: str, region: str, label: str = "") -> dict[int, float]:
        """Facts by year, in order; empty where nothing is known.

        Raises:
            AssumptionError: the variable or region is unknown.
        """
        mine = [row for row in self._of(variable, region) if row.label == label]
        return {row.year: row.value for row in sorted(mine, key=lambda row: row.year)}

    def to_frame(self) -> pd.DataFrame:
        """The table with one line per value, with units, sources and qualities."""
        frame = table_frame(self.rows)
        return frame.assign(unit=frame["variable"].map(VARIABLES))

    def _of(self, variable: str, region: str) -> list[FactRow]:
        if variable not in VARIABLES:
            raise AssumptionError(f"{self.source}: {unknown('variable', variable, VARIABLES)}")
        if region not in REGIONS:
            raise AssumptionError(f"{self.source}: {unknown('region', region, REGIONS)}")
        return [row for row in self.rows if (row.variable, row.region) == (variable, region)]


@dataclass(frozen=True)
class Claims:
    """What the report claims.

    Attributes:
        rows: claims with their places in the report.
        source: file they come from, for messages.
    """

    rows: tuple[ClaimRow, ...]
    source: str = field(default="claims", compare=False)

    def of(self, quantity: str) -> tuple[ClaimRow, ...]:
        """Claims on a quantity.

        Raises:
            AssumptionError: the quantity is unknown.
        """
        if quantity not in QUANTITIES:
            raise AssumptionError(f"{self.source}: {unknown('quantity', quantity, QUANTITIES)}")
        return tuple(row for row in self.rows if row.quantity == quantity)

    def to_frame(self) -> pd.DataFrame:
        """The table with one line per claim, its unit and the quantity that it speaks to."""
        frame = table_frame(self.rows)
        units = [row.unit for row in self.rows]
        return frame.assign(unit=units, of_model=[row.of_model for row in self.rows])


def agrees(claim: ClaimRow, found: float, *, tolerance: float = 0.1) -> bool:
    """Whether a result is what a claim says.

    Arguments:
        claim: of a report.
        found: the same quantity in a model, in the same unit.
        tolerance: relative difference that counts as equal; what is claimed to be above or below a
            value has none.
    """
    if claim.bound == "above":
        return found > claim.value
    if claim.bound == "below":
        return found < claim.value
    return bool(np.isclose(found, claim.value, rtol=tolerance, atol=0.0))


def load_facts(path: Table | None = None, *, whole: bool = False) -> Facts:
    """Read the facts.

    Arguments:
        path: CSV with the columns of ``data/facts.csv``; none: the table of the project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a variable or region is unknown, or a row is wrong or given twice.
    """
    rows = table_rows("facts", path, FactRow, AssumptionError, whole=whole)
    return Facts(rows, source_of("facts", path))


def load_claims(path: Table | None = None, *, whole: bool = False) -> Claims:
    """Read the claims of the report.

    Arguments:
        path: CSV with the columns of ``data/claims.csv``; none: the table of the project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a quantity or region is unknown, or a row is wrong or given twice.
    """
    rows = table_rows("claims", path, ClaimRow, AssumptionError, whole=whole)
    return Claims(rows, source_of("claims", path))


def _check_region(region: str) -> None:
    if region not in REGIONS:
        raise ValueError(unknown("region", region, REGIONS))
