r"""Headline variables of a path, by region and in total.

Emissions are gross where they arise and net after removal,

.. math:: E^{net}_r = E^{energy}_r + E^{process}_r - R_r ,

where energy covers industry, power and households. Indirect emissions, of electricity that a
region draws from outside the pool, arise elsewhere and are never part of these. Totals are sums;
the price of a total is the mean price of its direct emissions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

if TYPE_CHECKING:
    from cge.dynamics import Path

DELTA = "Yangtze River Delta"
CHINA = "China"

_DELTA_MEMBERS = ("SH", "JS", "ZJ", "AH")

_SUMS = {
    "gdp": "gdp_real",
    "consumption": "consumption",
    "population": "population",
    "co2_direct": "co2_direct",
    "co2_process": "co2_process",
    "co2_indirect": "co2_indirect",
    "co2_net": "co2_net",
    "removal": "removal",
    "offsets": "offsets",
    "equivalent_variation": "equivalent_variation",
}
"""Headline variables that add up over regions, and their names in ``Path.data``."""


def headline(path: Path) -> xr.Dataset:
    """Headline variables by year and region, totals after the regions they consist of.

    Arguments:
        path: a solved path.

    Returns:
        Variables (region, year) ``gdp, consumption, equivalent_variation`` in 1e8 CNY,
        ``population`` in million, ``co2_direct, co2_energy, co2_process, co2_indirect, co2_net,
        removal, offsets`` in Mt, ``carbon_price`` in yuan per ton. Indirect emissions of all of
        China are missing: they arise within it.
    """
    data = path.data
    regions = [str(region) for region in data["region"].to_numpy()]
    groups = totals(regions)
    parts = {name: _over_regions(data[source]) for name, source in _SUMS.items()}
    parts["co2_energy"] = co2_energy(data)
    tables = {name: _with_sums(part, groups) for name, part in parts.items()}
    tables["carbon_price"] = _with_mean(data["carbon_price"], data["co2_direct"], groups)
    result = xr.Dataset(tables)
    within = result["region"] == CHINA
    result["co2_indirect"] = result["co2_indirect"].where(~within)
    return result.sel(region=display_order(regions))


def co2_energy(data: xr.Dataset) -> xr.DataArray:
    """CO2 of fuel burnt by industry, power and households, Mt (region, year)."""
    burnt = (data["co2_fuel"], data["co2_household"], data["co2_power"])
    industry, household, power = (_over_regions(part) for part in burnt)
    return industry + household + power


def totals(regions: Sequence[str]) -> dict[str, list[str]]:
    """Totals that can be formed, and the regions they consist of."""
    groups = {CHINA: list(regions)}
    if set(_DELTA_MEMBERS) <= set(regions):
        groups = {DELTA: list(_DELTA_MEMBERS), **groups}
    return groups


def display_order(regions: Sequence[str]) -> list[str]:
    """Regions and totals as tables show them: the Delta after its members, China last."""
    groups = totals(regions)
    members = groups.get(DELTA, [])
    others = [region for region in regions if region not in members]
    return [*members, *([DELTA] if members else []), *others, CHINA]


def _over_regions(part: xr.DataArray) -> xr.DataArray:
    return part.sum([dim for dim in part.dims if dim not in ("region", "year")])


def _with_sums(part: xr.DataArray, groups: Mapping[str, Sequence[str]]) -> xr.DataArray:
    rows = [part.sel(region=list(members)).sum("region") for members in groups.values()]
    return _append(part, rows, groups)


def _with_mean(
    price: xr.DataArray, weight: xr.DataArray, groups: Mapping[str, Sequence[str]]
) -> xr.DataArray:
    rows = []
    for members in groups.values():
        w = weight.sel(region=list(members))
        value = (price.sel(region=list(members)) * w).sum("region")
        rows.append(value / np.maximum(w.sum("region"), 1e-300))
    return _append(price, rows, groups)


def _append(
    part: xr.DataArray, rows: Sequence[xr.DataArray], names: Mapping[str, Sequence[str]]
) -> xr.DataArray:
    """The regions of a variable with its totals after them (region, year)."""
    plain = part.transpose("region", "year")
    values = np.vstack([plain.to_numpy(), *(row.to_numpy()[None, :] for row in rows)])
    regions = [*(str(region) for region in part["region"].to_numpy()), *names]
    coords = {"region": regions, "year": part["year"].to_numpy()}
    return xr.DataArray(values, coords=coords, dims=("region", "year"))
