"""Paths of made-up numbers that satisfy the identities of results, to test what is done with them.

No model is behind them: emissions are random, the parts add up, net is gross minus removal, and the
second scenario caps, prices, removes and loses welfare.
"""

from __future__ import annotations

from types import MappingProxyType

import numpy as np
import pandas as pd
import xarray as xr

from calibration import load_assumptions
from cge.dynamics import Path
from cge.scenario import Scenario, load_scenario

REGIONS = ("SH", "JS", "ZJ", "AH", "RCN")
LABELS = {
    "sector": ["AGR", "FER", "ELE"],
    "household": ["RUR", "URB"],
    "fuel": ["COL", "GAS"],
    "technology": ["coal", "wind"],
}
UNITS = MappingProxyType(
    {
        "co2_fuel": ("Mt", ("fuel", "sector")),
        "co2_household": ("Mt", ("fuel",)),
        "co2_power": ("Mt", ("technology",)),
        "co2_process": ("Mt", ("sector",)),
        "co2_indirect": ("Mt", ()),
        "removal": ("Mt", ()),
        "offsets": ("Mt", ()),
        "cap": ("Mt", ()),
        "gdp_real": ("1e8 CNY", ()),
        "consumption": ("1e8 CNY", ()),
        "population": ("million", ()),
        "carbon_price": ("yuan/t", ()),
        "equivalent_variation": ("1e8 CNY", ()),
    }
)


def made_up(scenario: Scenario, last: int | None = None) -> Path:
    """A path of made-up numbers for a scenario, up to a year."""
    years = range(scenario.first, (last or scenario.last) + 1)
    rng = np.random.default_rng(len(scenario.pools))
    coords = {"region": list(REGIONS), "year": list(years), **LABELS}
    data = xr.Dataset(coords=coords)
    for name, (unit, extra) in UNITS.items():
        dims = ("region", "year", *extra)
        values = rng.uniform(1.0, 100.0, [len(coords[dim]) for dim in dims])
        if not scenario.pools and name in ("removal", "offsets", "carbon_price"):
            values = 0.0 * values
        if name == "equivalent_variation":
            values = -values if scenario.pools else 0.0 * values
        data[name] = (dims, values, {"units": unit, "long_name": name})
    parts = ("co2_fuel", "co2_household", "co2_power", "co2_process")
    gross = sum(
        data[p].sum([d for d in data[p].dims if d not in ("region", "year")]) for p in parts
    )
    data["co2_direct"] = gross
    data["co2_net"] = data["co2_direct"] - data["removal"]
    data["carbon_price"] = data["carbon_price"].where(
        data["region"] == "RCN", data["carbon_price"].sel(region="SH")
    )
    versions = {"dataset": "made up", "program": "0"}
    return Path(scenario, load_assumptions(), data, solves(list(years)), versions)


def solves(years: list[int]) -> pd.DataFrame:
    """How each year was solved."""
    columns = {"status": "solved", "rounds": 3, "worst": 1e-12, "walras": 1e-13}
    return pd.DataFrame({"year": years, **columns})


def baseline_and_policy() -> list[Path]:
    """Both paths of the main job."""
    policy = load_scenario("enhanced_carbon_neutrality")
    return [made_up(policy.baseline()), made_up(policy)]
