r"""Prices in real terms: relative to an index of prices.

.. math:: P = \frac{\sum_k w_k p_k}{\sum_k w_k p^0_k} , \qquad \text{real price} = p / P .
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.language import Commodity
from closures.swap import Quantity, State


def price_index(basket: Mapping[Commodity, npt.ArrayLike]) -> Quantity:
    """Price of a basket relative to the benchmark (scalar).

    Arguments:
        basket: quantities by commodity, over the letters of each, e.g. base-year consumption.
    """
    weights = {commodity: np.asarray(amount, float) for commodity, amount in basket.items()}
    base = sum(float(w.sum()) * commodity.start for commodity, w in weights.items())

    def index(state: State) -> Any:
        return sum((w * state.price(commodity)).sum() for commodity, w in weights.items()) / base

    return index


def real_price(commodity: Commodity, index: Quantity) -> Quantity:
    """Price of a commodity relative to an index (letters of the commodity)."""

    def relative(state: State) -> Any:
        return state.price(commodity) / index(state)

    return relative
