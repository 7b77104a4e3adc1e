"""Published totals of the nation beside the official table, which the accounts follow instead.

GDP by industry and trade by customs and the balance of services are other counts of the same
nation; what the accounts have of each stands in the note.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from recipes.yrd2020.inputs import Inputs
from recipes.yrd2020.official import Official
from recipes.yrd2020.physical_controls import COMPARISON
from recipes.yrd2020.totals import by_group, goods_of, in_statistics
from sam.accounts import HOUSEHOLDS, NATIONAL, USES
from sam.report import MISSING

FILE = Path(__file__).parent / "data" / "comparisons.csv"

COLUMNS = ["item", "region", "value", "unit", "source", "quality", "note"]


def comparisons(
    official: Official, year: int, farm_services: float, inputs: Inputs
) -> pd.DataFrame:
    """Published totals of a year with what the official table has, as rows of provenance.

    Arguments:
        official: the national table.
        year: its year; totals of other years are not compared.
        farm_services: share of farming that statistics count as tertiary.
        inputs: service industries and trade in goods of the nation.
    """
    table = pd.read_csv(FILE)
    table = table[table["year"] == year]
    known = inputs.table[inputs.table["region"] == NATIONAL]
    named = known["item"].str.startswith(("industry_", "goods_")) | (known["item"] == "gdp")
    printed = ~known["source"].str.startswith(MISSING)
    rows = pd.concat([table, known[named & printed]], ignore_index=True)
    found = _found(official, farm_services)
    rows["note"] = [f"the official table has {found[item]:.6g}" for item in rows["item"]]
    return rows.assign(item=COMPARISON + rows["item"])[COLUMNS]


def _found(official: Official, farm_services: float) -> dict[str, float]:
    """What the official table has of every total that may be compared."""
    goods, made = goods_of(official.sectors), by_group(official.made, official.sectors)
    groups = {
        f"gdp_{name}": sum(share * made[g] for g, share in parts)
        for name, parts in in_statistics(farm_services).items()
    }
    use = dict(zip(USES, official.final.sum(0), strict=True))
    absorbed = float(official.final.sum() + (official.exports - official.imports).sum())
    homes = sum(use[name] for name in HOUSEHOLDS)
    found = {
        "gdp": sum(made),
        **groups,
        "gdp_secondary": groups["gdp_industry"] + groups["gdp_construction"],
        "household_consumption": homes / absorbed,
        "government_consumption": use["GOV"] / absorbed,
    }
    for side in ("exports", "imports"):
        values = getattr(official, side)
        found[f"goods_{side}"] = float(values[goods].sum())
        found[f"services_{side}"] = float(values[~goods].sum())
        pairs = zip(official.sectors, values, strict=True)
        found |= {f"{side}_{sector}": float(value) for sector, value in pairs}
    named = zip(official.sectors, official.made, strict=True)
    return found | {f"industry_{sector}": float(value) for sector, value in named}
