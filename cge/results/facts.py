r"""A path beside what statistics say of its years: what was anchored, and what was not.

A fact :math:`\hat Q` is held against the same quantity Q of the path, in the unit of the fact; what
is told as a change is compared as what it makes of the year that it is counted from,

.. math:: \rho = \frac{Q}{\hat Q} , \qquad \rho = \frac{1 + q}{1 + \hat q} .

Use of electricity, which the Electricity Council counts without some plants that serve their own
works, is compared in its growth since the base year. Capacity at the end of a year is the mean of
what stands in the year and in the next. Statistics of the nation are those of all regions together,
and of no other economy: where the base year makes other TWh, nothing is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from calibration.facts import FactRow
from cge.results.place import NATION, Place

if TYPE_CHECKING:
    from cge.path import Pathway

Found = Callable[[Place, str], float | None]
"""What a path has of a fact with a label, in its unit; None where it does not tell."""

MET: Final = 0.03
"""Relative difference up to which a fact is met."""

ANCHORS: Final = (2020, 2025)
"""First and last year whose facts a baseline is anchored to."""

THERMAL: Final = (
    "coal",
    "gas",
    "oil",
    "biomass",
    "coal_capture",
    "gas_capture",
    "bioenergy_capture",
)

TECHNOLOGIES: Final[Mapping[str, tuple[str, ...]]] = {
    "thermal": THERMAL,
    "wind": ("onshore_wind", "offshore_wind"),
    "solar": ("utility_solar", "distributed_solar"),
    "wind_and_solar": ("onshore_wind", "offshore_wind", "utility_solar", "distributed_solar"),
    "hydro_nuclear_wind_solar": (
        "hydro", "nuclear", "onshore_wind", "offshore_wind", "utility_solar", "distributed_solar",
    ),
}  # fmt: skip
"""Technologies of the model in those of statistics; others bear one name in both."""

CHANGES: Final = ("co2_change", "co2_per_gdp_since_2020", "co2_since_2020", "gdp_growth")
"""Facts that are told as changes."""

MOVED: Final[Mapping[tuple[str, str], str]] = {
    ("generation", "total"): "electricity_intensity",
    ("co2_since_2020", ""): "fuel_intensity",
}
"""Parameter of the baseline that is moved until a fact is met, by variable and label."""

OF_ANCHORS: Final = (
    "generation", "electricity_use", "co2_since_2020", "cement", "crude_steel", "energy_use",
    "energy_share",
)  # fmt: skip
"""Variables whose targets and results a run reports."""

BY_CAPACITY: Final = ("nuclear", "hydro", "wind", "solar")
"""Generation that is met by the capacity that is built."""

COLUMNS: Final = ("variable", "label", "region", "year", "fact", "found", "ratio")


def facts_against(path: Pathway) -> pd.DataFrame:
    """Facts of the years of a path beside what the path has.

    Arguments:
        path: a solved path.

    Returns:
        Columns ``variable, label, region, year, fact, found, ratio``; no lines for another economy
        than that of the facts, nor for what the path does not report.
    """
    told = path.assumptions.facts.rows if _is_nation(path) else ()
    rows = [
        (row.variable, row.label, row.region, row.year, row.value, found, _ratio(row, found))
        for row in told
        if (found := _found(path, row)) is not None
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS)).sort_values(
        ["variable", "label", "region", "year"], ignore_index=True
    )


def anchors(path: Pathway) -> list[dict[str, Any]]:
    """Targets of the years that a baseline is anchored in, and what the path achieves.

    Arguments:
        path: a solved path.

    Returns:
        Each with ``name, region, year, target, achieved``; ``moved``, the parameter that was moved
        to meet it, and ``by``, its value relative to the base year; None where nothing was.
    """
    table = facts_against(path)
    told = table["variable"].isin(OF_ANCHORS) & (table["region"] == NATION)
    return [
        _anchor(path, row) for row in table[told & table["year"].between(*ANCHORS)].itertuples()
    ]


def met(targets: list[dict[str, Any]]) -> int:
    """How many targets are met within ``MET``."""
    return sum(abs(_against(each) - 1.0) <= MET for each in targets)


def _against(target: Mapping[str, Any]) -> float:
    change = target["name"].split()[0] in CHANGES
    above, below = (target[side] + float(change) for side in ("achieved", "target"))
    return float(above / below)


def _anchor(path: Pathway, row: Any) -> dict[str, Any]:
    moved = MOVED.get((row.variable, row.label))
    by = None if moved is None else float(path.data[moved].sel(year=row.year))
    if row.variable == "generation" and row.label in BY_CAPACITY:
        now = Place(path, NATION, row.year)
        stands, stood = (
            _of_technologies(at, "capacity", row.label) for at in (now, now.at(now.years[0]))
        )
        moved, by = "capacity", stands / stood
    return {
        "name": f"{row.variable} {row.label}".strip(),
        "region": row.region,
        "year": row.year,
        "target": row.fact,
        "achieved": row.found,
        "moved": moved,
        "by": by,
    }


def _ratio(row: FactRow, found: float) -> float:
    change = float(row.variable in CHANGES)
    below = row.value + change
    return (found + change) / below if below else float("nan")


def _found(path: Pathway, row: FactRow) -> float | None:
    """What a path has of a fact, in its unit; None where it does not tell."""
    reports, of = _OF[row.variable]
    at = Place(path, row.region, row.year)
    if row.year not in at.years or not at.members or not set(reports) <= set(path.data):
        return None
    found = of(at, row.label)
    return found if found is not None and np.isfinite(found) else None


def _is_nation(path: Pathway) -> bool:
    """Whether the base year makes the electricity of the nation."""
    first = int(path.data["year"][0]) if path.data.sizes.get("year") else -1
    if first < 0 or "generation_twh" not in path.data:
        return False
    return path.assumptions.facts.tell_of(first, Place(path, NATION, first).of("generation_twh"))


def _of_technologies(at: Place, name: str, label: str) -> float:
    """A report of the technologies of the model that one of statistics covers."""
    if label == "total":
        return at.of(name)
    return at.of(name, technology=TECHNOLOGIES.get(label, (label,)))


def _generation(at: Place, label: str) -> float:
    return _of_technologies(at, "generation_twh", label)


def _generation_share(at: Place, label: str) -> float:
    return _generation(at, label) / at.of("generation_twh")


def _capacity(at: Place, label: str) -> float | None:
    if at.year + 1 not in at.years or label in ("total", "pumped_hydro", "hydro"):
        return None  # pumped stations are no capacity of generation
    begin, end = (
        _of_technologies(at.at(year), "capacity", label) for year in (at.year, at.year + 1)
    )
    return 0.5 * (begin + end)


def _electricity(at: Place, label: str) -> float | None:
    first = at.at(at.years[0])
    told = at.path.assumptions.facts.series("electricity_use", at.region).get(first.year)
    used, before = (
        each.of("electricity_sector") + each.of("electricity_household") for each in (at, first)
    )
    return None if told is None else told * used / before


def _energy_share(at: Place, label: str) -> float | None:
    if label == "non_fossil":
        return at.mean("non_fossil_share", "primary_energy")
    if f"primary_{label}" not in at.path.data:
        return None
    return at.of(f"primary_{label}") / at.of("primary_energy")


def _since(year_of: Callable[[Place], int], *, per_gdp: bool = False) -> Found:
    """Change of CO2 since a year."""

    def tons(at: Place) -> float:
        return at.of("co2_direct") / (at.of("gdp_real") if per_gdp else 1.0)

    def change(at: Place, label: str) -> float | None:
        before = at.at(year_of(at))
        return tons(at) / tons(before) - 1.0 if before.year in at.years else None

    return change


def _growth(at: Place, label: str) -> float | None:
    if at.year - 1 not in at.years:
        return None
    return at.of("gdp_real") / at.at(at.year - 1).of("gdp_real") - 1.0


_OF: Final[Mapping[str, tuple[tuple[str, ...], Found]]] = {
    "generation": (("generation_twh",), _generation),
    "generation_share": (("generation_twh",), _generation_share),
    "capacity": (("capacity",), _capacity),
    "electricity_use": (("electricity_sector", "electricity_household"), _electricity),
    "electrification": (
        ("electrification", "final_energy"),
        lambda at, label: at.mean("electrification", "final_energy"),
    ),
    "energy_use": (("primary_energy",), lambda at, label: at.of("primary_energy")),
    "energy_share": (("primary_energy", "non_fossil_share"), _energy_share),
    "co2_change": (("co2_direct",), _since(lambda at: at.year - 1)),
    "co2_since_2020": (("co2_direct",), _since(lambda at: at.years[0])),
    "co2_per_gdp_since_2020": (
        ("co2_direct", "gdp_real"), _since(lambda at: at.years[0], per_gdp=True),
    ),
    "cement": (("cement",), lambda at, label: at.of("cement")),
    "crude_steel": (("steel",), lambda at, label: at.of("steel")),
    "gdp_growth": (("gdp_real",), _growth),
}  # fmt: skip
"""Reports that a path has a fact from, and how, by its variable."""
