"""Money that goes round, and stocks that fall: goods out of stocks in place of imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from sam import SAM, Dataset
from sam.matrix import COLUMNS, from_payments

Account = tuple[str, str, str]

DRAWN: Mapping[tuple[str, str], float] = {
    ("A", "COL"): 8.0,  # coal and refined oil, which nobody invests in
    ("A", "REF"): 5.0,
    ("B", "REF"): 3.0,
    ("B", "FER"): 4.0,  # steel, which is a capital good too
    ("B", "GEM"): -6.0,  # machines, of which stocks grow
}
"""Goods sold out of stocks by region and commodity, 1e8 CNY; negative: added to them."""


def circulate(sam: SAM, value: float, *accounts: Account) -> SAM:
    """Money that goes round: each account pays the next one, the last one the first.

    Arguments:
        sam: balanced, and so is the result.
        value: what goes round, 1e8 CNY; a negative one takes from the payments that there are.
        accounts: region, kind and name of each.
    """
    payers = pd.DataFrame(list(accounts), columns=list(COLUMNS[3:6]))
    receivers = pd.DataFrame([*accounts[1:], accounts[0]], columns=list(COLUMNS[:3]))
    added = pd.concat([receivers, payers], axis=1).assign(value=value)
    frame = pd.concat([sam.frame, added])
    sums = frame.groupby(list(COLUMNS[:-1]), sort=False)[["value"]].sum().reset_index()
    return from_payments(sums.itertuples(index=False, name=None), sam.unit)


def drawn_from_stocks(dataset: Dataset, drawn: Mapping[tuple[str, str], float] = DRAWN) -> Dataset:
    """A dataset in which goods out of stocks take the place of imports, and of foreign saving.

    Arguments:
        dataset: one whose imports of these goods are larger than what is drawn.
        drawn: by region and commodity, 1e8 CNY.
    """
    sam, world = dataset.sam, ("ROW", "row", "ROW")
    for (region, good), value in drawn.items():
        market, investor = (region, "commodity", good), (region, "investment", "INV")
        sam = circulate(sam, -value, market, world, investor, (region, "inventory", "STK"))
    return replace(dataset, sam=sam)


def bought_and_sold(dataset: Dataset, region: str, good: str, value: float) -> Dataset:
    """A dataset whose investor buys a good, 1e8 CNY, and sells as much of it out of stocks."""
    market, investor = (region, "commodity", good), (region, "investment", "INV")
    sam = circulate(dataset.sam, value, market, (region, "inventory", "STK"), investor)
    return replace(dataset, sam=sam)
