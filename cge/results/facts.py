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
import xarray as xr

from calibration.facts import FactRow
from sam.accounts import NATIONAL

if TYPE_CHECKING:
    from cge.path import Pathway

NATION: Final = NATIONAL

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
    rows = [
        (row.variable, row.label, row.region, row.year, row.value, found, _ratio(row, found))
        for row in path.assumptions.facts.rows
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
        stands = _of_technologies(path.data["capacity"], row.label).sum("region")
        moved, by = "capacity", float(stands.sel(year=row.year) / stands.isel(year=0))
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
    if (
        not _is_nation(path)
        or row.year not in path.data["year"]
        or not set(reports) <= set(path.data)
    ):
        return None
    known = [str(code) for code in path.data["region"].to_numpy()]
    if row.region != NATION and row.region not in known:
        return None
    part = path.data.sel(region=known if row.region == NATION else [row.region])
    found = of(part, row, path)
    return float(found) if found is not None and np.isfinite(float(found)) else None


def _is_nation(path: Pathway) -> bool:
    """Whether the base year makes the electricity of the nation."""
    first = int(path.data["year"][0]) if path.data.sizes.get("year") else -1
    if first < 0 or "generation_twh" not in path.data:
        return False
    made = float(path.data["generation_twh"].sel(year=first).sum())
    return path.assumptions.facts.tell_of(first, made)


def _of_technologies(data: xr.DataArray, label: str) -> xr.DataArray:
    """The technologies of the model that one of statistics covers."""
    known = [str(name) for name in data["technology"].to_numpy()]
    if label == "total":
        return data.sum("technology")
    mine = [name for name in TECHNOLOGIES.get(label, (label,)) if name in known]
    return data.sel(technology=mine).sum("technology")


def _generation(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
    return _of_technologies(data["generation_twh"], row.label).sel(year=row.year).sum()


def _generation_share(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
    return _generation(data, row, path) / data["generation_twh"].sel(year=row.year).sum()


def _capacity(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
    if row.year + 1 not in data["year"] or row.label in ("total", "pumped_hydro", "hydro"):
        return None  # pumped stations are no capacity of generation
    ends = _of_technologies(data["capacity"], row.label).sel(year=[row.year, row.year + 1])
    return ends.mean("year").sum()


def _electricity(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
    first = int(path.data["year"][0])
    told = path.assumptions.facts.series("electricity_use", row.region).get(first)
    used = data["electricity_sector"].sum(["region", "sector"])
    used = used + data["electricity_household"].sum(["region", "household"])
    return None if told is None else told * used.sel(year=row.year) / used.sel(year=first)


def _electrification(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
    now = data.sel(year=row.year)
    return (now["electrification"] * now["final_energy"]).sum() / now["final_energy"].sum()


def _energy(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
    return data["primary_energy"].sel(year=row.year).sum()


def _energy_share(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
    now = data.sel(year=row.year)
    if row.label == "non_fossil":
        part = now["non_fossil_share"] * now["primary_energy"]
    elif f"primary_{row.label}" in now:
        part = now[f"primary_{row.label}"]
    else:
        return None
    return part.sum() / now["primary_energy"].sum()


def _since(year_of: Callable[[FactRow, int], int], per_gdp: bool = False) -> Any:
    """Change of CO2 since a year."""

    def change(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
        tons = data["co2_direct"].sum("region")
        if per_gdp:
            tons = tons / data["gdp_real"].sum("region")
        before = year_of(row, int(path.data["year"][0]))
        if before not in tons["year"]:
            return None
        return tons.sel(year=row.year) / tons.sel(year=before) - 1.0

    return change


def _mass(name: str) -> Any:
    return lambda data, row, path: data[name].sel(year=row.year).sum(skipna=False)


def _growth(data: xr.Dataset, row: FactRow, path: Pathway) -> Any:
    real = data["gdp_real"].sum("region")
    if row.year - 1 not in real["year"]:
        return None
    return real.sel(year=row.year) / real.sel(year=row.year - 1) - 1.0


_OF: Final[Mapping[str, tuple[tuple[str, ...], Any]]] = {
    "generation": (("generation_twh",), _generation),
    "generation_share": (("generation_twh",), _generation_share),
    "capacity": (("capacity",), _capacity),
    "electricity_use": (("electricity_sector", "electricity_household"), _electricity),
    "electrification": (("electrification", "final_energy"), _electrification),
    "energy_use": (("primary_energy",), _energy),
    "energy_share": (("primary_energy", "non_fossil_share"), _energy_share),
    "co2_change": (("co2_direct",), _since(lambda row, first: row.year - 1)),
    "co2_since_2020": (("co2_direct",), _since(lambda row, first: first)),
    "co2_per_gdp_since_2020": (
        ("co2_direct", "gdp_real"), _since(lambda row, first: first, per_gdp=True),
    ),
    "cement": (("cement",), _mass("cement")),
    "crude_steel": (("steel",), _mass("steel")),
    "gdp_growth": (("gdp_real",), _growth),
}  # fmt: skip
"""Reports that a path has a fact from, and how, by its variable."""
