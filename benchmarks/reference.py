"""Do the shipped scenarios still give the same economy? For changes that must not change results.

``python -m benchmarks.reference`` solves them and compares aggregates with those in
``reference.csv``, computed when the transition was given plants, services and structure;
``python -m benchmarks.reference FIRST.nc SECOND.nc`` compares all variables of two results. A
difference is relative to the largest entry of its variable. Exit code 1 where one exceeds 1e-9.

``python -m benchmarks.reference --write RESULTS.nc...`` takes new aggregates from results, where
results were meant to change.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

FILE = Path(__file__).with_name("reference.csv")

SCENARIOS = ("enhanced_carbon_neutrality", "enhanced_carbon_neutrality_rcn_uncapped")
YEARS = (2020, 2030, 2045, 2060)
AGGREGATES = (
    "gdp_real", "consumption", "government", "investment", "exports", "imports", "capital",
    "productivity", "wage", "return_to_capital", "exchange_rate", "equivalent_variation",
    "co2_fuel", "co2_power", "co2_household", "co2_process", "co2_direct", "co2_indirect",
    "co2_net", "removal", "captured", "offsets", "cap", "carbon_price", "output",
    "generation_twh", "electricity_use",
)  # fmt: skip
TOLERANCE = 1e-9


def aggregates(data: xr.Dataset) -> pd.DataFrame:
    """Sums by scenario, region and year of the variables in ``AGGREGATES``, in long format."""
    parts = []
    for name in AGGREGATES:
        part = data[name].sel(year=list(YEARS))
        others = [dim for dim in part.dims if dim not in ("scenario", "region", "year")]
        total = part.sum(others, skipna=False).rename("value")
        if "region" not in total.dims:
            total = total.expand_dims(region=["all"])
        parts.append(total.to_dataframe().reset_index().assign(variable=name))
    columns = ["scenario", "variable", "region", "year", "value"]
    return pd.concat(parts, ignore_index=True)[columns]


def differences(first: pd.DataFrame, second: pd.DataFrame) -> pd.Series[float]:
    """Largest difference of each variable, relative to its largest entry, worst first."""
    keys = ["scenario", "variable", "region", "year"]
    both = first.merge(second, on=keys, how="left", validate="one_to_one")
    one, two = both["value_x"], both["value_y"]
    gap = (one - two).abs().where(~(one.isna() & two.isna()), 0.0).fillna(np.inf)
    size = one.abs().groupby(both["variable"]).max().replace(0.0, 1.0)
    worst = gap.groupby(both["variable"]).max() / size
    return worst.sort_values(ascending=False)


def all_differences(first: xr.Dataset, second: xr.Dataset) -> pd.Series[float]:
    """The same over every entry of every variable of two results."""
    found = {}
    for name, one in first.data_vars.items():
        if one.dtype.kind == "f" and not str(name).startswith("solve_"):
            two = second[name].transpose(*one.dims).to_numpy()
            gap = np.abs(one.to_numpy() - two)
            gap = np.where(np.isnan(one.to_numpy()) & np.isnan(two), 0.0, gap)
            size = float(np.nanmax(np.abs(one.to_numpy()), initial=0.0)) or 1.0
            found[str(name)] = float(np.where(np.isnan(gap), np.inf, gap).max(initial=0.0)) / size
    return pd.Series(found).sort_values(ascending=False)


def solved() -> pd.DataFrame:
    """Aggregates of the shipped scenarios, each policy with one baseline."""
    import cge
    from cge.results import combine

    scenarios = [cge.load_scenario(name) for name in SCENARIOS]
    baseline = cge.run(scenarios[0].baseline())
    policies = [cge.run(scenario, baseline=baseline) for scenario in scenarios]
    return aggregates(combine([baseline, *policies]))


def read(file: str | Path) -> xr.Dataset:
    """Results of a run."""
    return xr.load_dataset(file, engine="h5netcdf")


def main(arguments: Sequence[str]) -> int:
    """See the module."""
    if arguments[:1] == ["--write"]:
        table = pd.concat([aggregates(read(file)) for file in arguments[1:]])
        table = table.drop_duplicates(["scenario", "variable", "region", "year"])
        table.to_csv(FILE, index=False, float_format="%.13g", lineterminator="\n")
        return 0
    if len(arguments) == 2:
        found = all_differences(*(read(file) for file in arguments))
    else:
        found = differences(pd.read_csv(FILE), solved())
    print(found.map("{:.1e}".format).to_string())
    return int(not float(found.max()) <= TOLERANCE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
