r"""Prices of energy implied by money and physical quantity, and whether they are believable.

What a user pays for a fuel over what it takes of it,

.. math:: p_{ruf} = 100 \, V_{ruf} / Q_{ruf} ,

with V in 1e8 CNY, Q in Mtce and p in CNY per tce. In consistent hybrid accounts the price of a
fuel differs among its users by taxes, margins and contracts, not by orders of magnitude.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
import pandas as pd

from sam.accounts import ACTIVITY, COMMODITY, HOUSEHOLD
from sam.dataset import Dataset
from sam.ranking import worst_first

KEYS = ["region", "user", "fuel"]
FACTOR = 3.0
"""Largest factor between a user's price and the fuel's median that is believable."""


def implied_prices(dataset: Dataset) -> pd.DataFrame:
    """Price that every user pays for every fuel and for electricity.

    Arguments:
        dataset: SAM and the table ``energy``.

    Returns:
        Columns ``region, user, fuel, value, mtce, price, median, ratio``: what the user pays
        (1e8 CNY), what it takes (Mtce), the price (CNY per tce), the median price of the fuel over
        all regions and users that pay for some, and the price over the median. Fuel that is taken
        and not paid for has price zero; fuel that is paid for and not taken an infinite price.
    """
    taken = dataset.energy.groupby(KEYS, sort=False)["mtce"].sum()
    paid = purchases(dataset, sorted(set(dataset.energy["fuel"])))
    table = pd.concat([taken.rename("mtce"), paid.rename("value")], axis=1).fillna(0.0)
    table = table[(table["mtce"] > 0.0) | (table["value"] > 0.0)].reset_index()
    with np.errstate(divide="ignore"):
        table["price"] = 100.0 * table["value"].to_numpy() / table["mtce"].to_numpy()
    sold = table[(table["mtce"] > 0.0) & (table["value"] > 0.0)]
    table["median"] = table["fuel"].map(sold.groupby("fuel")["price"].median())
    table["ratio"] = table["price"] / table["median"]
    return table[[*KEYS, "value", "mtce", "price", "median", "ratio"]]


def purchases(dataset: Dataset, fuels: Collection[str]) -> pd.Series:
    """Payments of activities and households for fuels by region, user and fuel, 1e8 CNY.

    Arguments:
        dataset: its SAM.
        fuels: commodities.
    """
    frame = dataset.sam.frame
    bought = frame[
        (frame["row_kind"] == COMMODITY)
        & frame["col_kind"].isin((ACTIVITY, HOUSEHOLD))
        & frame["row"].isin(fuels)
    ]
    return bought.groupby(["col_region", "col", "row"], sort=False)["value"].sum().rename_axis(KEYS)


def hybrid_consistency(dataset: Dataset, factor: float = FACTOR) -> pd.DataFrame:
    """Implied prices with a mark on those beyond a factor of the fuel's median.

    Arguments:
        dataset: SAM and the table ``energy``.
        factor: largest believable ratio of a price to the median, and of the median to a price.

    Returns:
        ``implied_prices`` with the column ``outlier``, marked rows first, the largest deviation
        (in logs, ties by value) first.

    Raises:
        ValueError: the factor is not above one.
    """
    if not factor > 1.0:
        raise ValueError(f"hybrid_consistency: factor is {factor!r}; give a number above 1")
    table = implied_prices(dataset)
    ratio = table["ratio"].to_numpy(float)
    with np.errstate(divide="ignore"):
        far = np.nan_to_num(np.abs(np.log(ratio)), nan=np.inf, posinf=np.inf)
    table["outlier"] = far > np.log(factor)
    by_value = worst_first(table["value"])
    order = by_value[worst_first(far[by_value])]
    return table.iloc[order].reset_index(drop=True)
