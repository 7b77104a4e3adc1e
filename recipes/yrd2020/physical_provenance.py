"""Every number of the physical half with its source, and the way from the inventories."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from recipes.yrd2020.combustion import Carbon
from recipes.yrd2020.inventory import DATA, REGIONS
from recipes.yrd2020.tables import Tables
from sam.accounts import NATIONAL
from sam.energy import emission_factors, process_factors

Array = npt.NDArray[np.float64]

COLUMNS = ["item", "region", "value", "unit", "source", "quality"]
"""Columns of every row; control totals have ``target, achieved, deviation, note`` as well."""

_BALANCE = "China Energy Statistical Yearbook 2022, provincial energy balances 2021 (extract)"
_WAY = "CEADs inventories 2019 and the recipe's step of this name"

_ASSUMPTIONS = (  # file, item, columns that name the row, unit where the file has none
    ("prices.csv", "price", ("fuel", "user"), "CNY per tce"),
    ("feedstock_prices.csv", "feedstock_price", ("fuel", "user"), "CNY per tce"),
    ("feedstock.csv", "feedstock", ("fuel", "user"), "Mtce"),
    ("tariffs.csv", "tariff", ("user",), "CNY per kWh"),
    ("electricity_industry.csv", "electricity", ("sector",), "TWh"),
    ("growth_2020.csv", "co2_2020_over_2019", ("fuel", "user"), "ratio"),
    ("drivers.csv", "driver", ("variable", "year"), ""),
)


def provenance(
    tables: Tables, carbon: Carbon, direct: Array, grid_factor: float, met: pd.DataFrame
) -> pd.DataFrame:
    """Every control total and assumption of the physical half.

    Arguments:
        tables: what was read.
        carbon: CO2 of 2020 and the steps to it.
        direct: direct CO2 of 2020, Mt (region).
        grid_factor: t CO2 per MWh drawn from outside the four provinces.
        met: control totals with what the accounts achieve, and published totals beside them.
    """
    parts = [tables.inputs.table[COLUMNS], _facts_used(tables), _balance_used(tables)]
    steps = {name: fuel.sum((1, 2)) for name, fuel in carbon.steps.items()}
    parts += [_way({**steps, "direct 2020": direct}), _blends(carbon), _moved(carbon), _factors()]
    parts += [_assumption(*table) for table in _ASSUMPTIONS]
    implied = (
        "what makes direct and indirect emissions meet the total of the report (Research on "
        "Pathways to Carbon Peaking and Carbon Neutrality in the Yangtze River Delta Region, 2025)"
    )
    row = ("grid_factor", "YRD", grid_factor, "t CO2 per MWh", implied, "derived")
    parts += [pd.DataFrame([row], columns=COLUMNS), met]
    return pd.concat(parts, ignore_index=True)


def _way(steps: dict[str, Array]) -> pd.DataFrame:
    rows = [
        (f"co2: {name}", region, float(value), "Mt CO2", _WAY, "derived")
        for name, values in steps.items()
        for region, value in zip(REGIONS, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _blends(carbon: Carbon) -> pd.DataFrame:
    """How the rest of the nation was made of the national and the provincial inventories."""
    source = "published consumption of the nation between two inventories (CEADs 2019)"
    rows = [
        (f"rest_of_china_{part}_{group}", REGIONS[-1], value, unit, source, "derived")
        for group, blend in carbon.blends.items()
        for part, value, unit in (
            ("provinces", blend.weight, "weight of the sum of provinces"),
            ("scale", blend.scale, "factor"),
        )
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def _moved(carbon: Carbon) -> pd.DataFrame:
    """Emissions whose fuel the national table has no payment for, by user and taker."""
    keys = ["region", "user", "fuel", "taken_by"]
    table = carbon.moved.groupby(keys, sort=False, as_index=False)["mt_co2"].sum()
    item = (
        "co2 moved: " + table["fuel"] + " of " + table["user"] + ", taken by " + table["taken_by"]
    )
    source = "CEADs inventories 2019; the national input-output table has no such payment"
    about = {"unit": "Mt CO2", "source": source, "quality": "derived"}
    return pd.DataFrame(
        {"item": item, "region": table["region"], "value": table["mt_co2"], **about}
    )


def _factors() -> pd.DataFrame:
    """Emission factors of fuels burnt and of processes."""
    fuels, processes = emission_factors(), process_factors()
    parts = [
        pd.DataFrame(
            {
                "item": prefix + table.index.astype(str),
                "value": table[column],
                "unit": unit,
                "source": table["source"],
                "quality": table["quality"],
            }
        )
        for table, prefix, column, unit in (
            (fuels, "co2_factor ", "t_per_tce", "t CO2 per tce"),
            (processes, "process_factor ", "factor", "t CO2 per t or tce"),
        )
    ]
    return pd.concat(parts, ignore_index=True).assign(region=NATIONAL)[COLUMNS]


def _facts_used(tables: Tables) -> pd.DataFrame:
    rows = []
    for fact in pd.read_csv(DATA / "facts_sources.csv").itertuples():
        values = tables.facts.loc[[fact.item]].to_numpy(float)[0]
        for region, value in zip(tables.facts.columns, values, strict=True):
            if np.isfinite(value):
                line = (fact.item, region, float(value), fact.unit, fact.source, fact.quality)
                rows.append(line)
    return pd.DataFrame(rows, columns=COLUMNS)


def _balance_used(tables: Tables) -> pd.DataFrame:
    rows = []
    for (fuel, process), values in zip(
        tables.balance.index, tables.balance.to_numpy(float), strict=True
    ):
        for region, value in zip(tables.balance.columns, values, strict=True):
            if np.isfinite(value):
                item = f"balance 2021: {fuel}, {process}"
                rows.append((item, region, float(value), "Mtce", _BALANCE, "published"))
    return pd.DataFrame(rows, columns=COLUMNS)


def _assumption(file: str, item: str, keys: tuple[str, ...], unit: str) -> pd.DataFrame:
    """Rows of an assumption table; rows for all users or regions keep their ``*``."""
    table = pd.read_csv(DATA / file)
    names = table[list(keys)].astype(str).agg(" ".join, axis=1)
    table["item"] = item + " " + names
    defaults = {"region": "*", "unit": unit}
    for column, value in defaults.items():
        if column not in table.columns:
            table[column] = value
    return table[[*COLUMNS, *(name for name in ("note",) if name in table.columns)]]
