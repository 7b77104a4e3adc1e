r"""Consumer prices of the nation: what all reported prices are relative to.

.. math:: P = \frac{\sum_{ri} \bar c_{ri}\, p^A_{ri}}{\sum_{ri} \bar c_{ri}} ,

with base-year consumption :math:`\bar c`. The basket is a parameter of its own, so that a report
does not depend on what is chosen as numeraire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Year, once
from cge.equilibrium import State
from cge.language import Commodity, Model, Parameter
from cge.m3c.markets import Markets
from closures import price_index

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ConsumerPrices:
    """The index of consumer prices.

    Attributes:
        composite: the goods consumed (region, good).
        basket: base-year consumption, 1e8 CNY (region, good).
    """

    composite: Commodity
    basket: Parameter

    @classmethod
    def declare(cls, m: Model, k: Markets, b: Benchmark) -> ConsumerPrices:
        """Declare the basket; it is the numeraire too, and foreign exchange the market left out."""
        consumed = ("r i", b.demand.consumption.sum(axis=1))
        m.numeraire({k.composite: consumed, k.exchange: 0.0}, drop=k.exchange)
        return cls(k.composite, m.parameter("consumer_basket", "r i", consumed))

    def index(self, state: State) -> Any:
        """The index, one in the base year."""
        return price_index({self.composite: self.basket})(state)

    @once
    def level(self, at: Year) -> float:
        """The index in a solved year."""
        return float(self.index(at.state))

    def relative(self, at: Year, commodity: Commodity) -> Array:
        """Prices relative to consumer prices, base year = 1 where the price was one there.

        Not a number for goods that nobody trades, whose price nothing determines.
        """
        prices: Array = np.asarray(at.state.price(commodity)) / self.level(at)
        if commodity.zero_scale is not None:
            return prices
        return np.where(at.state.is_dead(commodity), np.nan, prices)
