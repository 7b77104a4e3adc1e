r"""Prices in real terms: relative to an index of prices.

.. math:: P = \frac{\sum_k w_k p_k}{\sum_k w_k p^0_k} , \qquad \text{real price} = p / P .
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cge.language import Commodity, Parameter, Quantity
from cge.language.swaps import State
from closures.errors import ClosureError


def price_index(basket: Mapping[Commodity, Parameter]) -> Quantity:
    """Price of a basket relative to the benchmark (scalar).

    Arguments:
        basket: quantities by commodity, over the letters of each, e.g. base-year consumption; a
            model whose numeraire is an index has its basket in ``Model.index``.

    Raises:
        ClosureError: a quantity lacks letters of its commodity.
    """
    for commodity, weight in basket.items():
        if weight.letters != commodity.letters:
            raise ClosureError(
                f"price index: {weight.name!r} over '{weight.letters}' weighs {commodity.name} "
                f"over '{commodity.letters}'; give it the same letters"
            )

    def index(state: State) -> Any:
        total = base = 0.0
        for commodity, weight in basket.items():
            amounts = state.parameter(weight.name)
            total = total + (amounts * state.price(commodity)).sum()
            base = base + (commodity.start * amounts).sum()
        return total / base

    return index


def real_price(commodity: Commodity, index: Quantity) -> Quantity:
    """Price of a commodity relative to an index (letters of the commodity)."""

    def relative(state: State) -> Any:
        return state.price(commodity) / index(state)

    return relative
