"""The transition of the nation in a few numbers, scenarios side by side.

Carbon, its price, electricity and what makes it, energy, materials and what capital earns, for the
years of the table, from the reports of each path; what a path does not report is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from cge.results.table import table_years

if TYPE_CHECKING:
    from cge.path import Pathway

Row = tuple[str, str, int, tuple[str, ...], Callable[[xr.Dataset], xr.DataArray]]
"""Title, unit, digits, reports that it is made of, and how."""

WEATHER = ("onshore_wind", "offshore_wind", "utility_solar", "distributed_solar")

LABEL, WIDTH = 30, 9
"""Characters of the first and of every other column."""


def _sum(name: str, scale: float = 1.0) -> Callable[[xr.Dataset], xr.DataArray]:
    """A report over all but years, in other units."""
    return lambda data: _whole(data[name]) / scale


def _mean(name: str, weight: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """A report of regions, weighted with another."""
    return lambda data: _whole(data[name] * data[weight]) / _whole(data[weight])


def _part(name: str) -> Callable[[xr.Dataset], xr.DataArray]:
    """Wind and sun in a report by technology."""

    def share(data: xr.Dataset) -> xr.DataArray:
        known = [label for label in WEATHER if label in data["technology"]]
        return _whole(data[name].sel(technology=known)) / _whole(data[name])

    return share


def _whole(data: xr.DataArray) -> xr.DataArray:
    return data.sum([dim for dim in data.dims if dim != "year"])


ROWS: tuple[Row, ...] = (
    ("Direct CO2", "Gt", 2, ("co2_direct",), _sum("co2_direct", 1e3)),
    ("Net CO2", "Gt", 2, ("co2_net",), _sum("co2_net", 1e3)),
    ("Captured", "Mt", 0, ("captured",), _sum("captured")),
    ("Removed", "Mt", 0, ("removal",), _sum("removal")),
    ("Price of a permit", "yuan/t", 0, ("carbon_price", "co2_direct"),
     _mean("carbon_price", "co2_direct")),
    ("Electricity made", "TWh", 0, ("generation_twh",), _sum("generation_twh")),
    ("of it wind and sun", "%", 1, ("generation_twh",),
     lambda data: 100.0 * _part("generation_twh")(data)),
    ("Capacity", "GW", 0, ("capacity",), _sum("capacity")),
    ("Primary energy", "Mtce", 0, ("primary_energy",), _sum("primary_energy")),
    ("of it not fossil", "%", 1, ("non_fossil_share", "primary_energy"),
     lambda data: 100.0 * _mean("non_fossil_share", "primary_energy")(data)),
    ("Final energy", "Mtce", 0, ("final_energy",), _sum("final_energy")),
    ("of it electricity", "%", 1, ("electrification", "final_energy"),
     lambda data: 100.0 * _mean("electrification", "final_energy")(data)),
    ("Crude steel", "Mt", 0, ("steel",), _sum("steel")),
    ("Cement", "Mt", 0, ("cement",), _sum("cement")),
    ("Net return to capital", "%", 1, ("net_return", "capital"),
     lambda data: 100.0 * _mean("net_return", "capital")(data)),
    ("GDP", "trn yuan", 1, ("gdp_real",), _sum("gdp_real", 1e4)),
)  # fmt: skip


def transition(paths: Sequence[Pathway]) -> str:
    """The numbers of the nation as plain text, each with a line for every path.

    Arguments:
        paths: solved paths, the baseline first.
    """
    years = table_years(sorted({int(y) for path in paths for y in path.data["year"].to_numpy()}))
    lines = [_line(paths[0].geography.nation, [str(year) for year in years])]
    for title, unit, digits, reports, of in ROWS:
        told = [path for path in paths if set(reports) <= set(path.data.data_vars)]
        if told:
            lines.append(f"{title}, {unit}")
        for path in told:
            found = of(path.data).reindex(year=years).to_numpy()
            lines.append(_line(f"  {path.scenario.name}", [_cell(v, digits) for v in found]))
    return "\n".join(lines)


def _cell(value: float, digits: int) -> str:
    return f"{round(float(value), digits) + 0.0:,.{digits}f}" if np.isfinite(value) else "-"


def _line(first: str, cells: Sequence[str]) -> str:
    return f"{first[: LABEL - 1]:<{LABEL}}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)
