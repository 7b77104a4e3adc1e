"""Control totals of the physical half: what a row says, and the tables it is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from recipes.yrd2020.inventory import DATA, REGIONS

FOUR = REGIONS[:-1]
"""The four provinces."""


@dataclass(frozen=True, eq=False)
class Physical:
    """Final tables of the physical half, as in ``PhysicalAccounts``."""

    purchases: pd.DataFrame
    combustion: pd.DataFrame
    process: pd.DataFrame
    indirect: pd.DataFrame
    generation: pd.DataFrame


@dataclass(frozen=True)
class Row:
    """One control total.

    Attributes:
        item: what is counted.
        region: model region, ``CN`` or ``YRD``.
        target: required value.
        achieved: value in the final tables.
        unit: of both.
        source: citable publication of the target.
        quality: quality mark of the target.
        note: coverage, and where the accounts depart from a publication on purpose.
    """

    item: str
    region: str
    target: float
    achieved: float
    unit: str
    source: str
    quality: str
    note: str = ""


def by_region(table: pd.DataFrame, column: str, **labels: str) -> pd.Series:
    """A column summed by region over rows with given labels; regions in model order."""
    for name, label in labels.items():
        table = table[table[name] == label]
    return table.groupby("region")[column].sum().reindex(list(REGIONS), fill_value=0.0)


def fact_source(item: str) -> str:
    """Citation of a fact of 2020."""
    table = pd.read_csv(DATA / "facts_sources.csv").set_index("item")
    return str(table.loc[item, "source"])
