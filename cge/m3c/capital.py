r"""Capital: real formation adds to the stock, and services move with it.

.. math:: K_{r,t+1} = (1 - \delta_{rt}) K_{rt} + I_{rt} , \qquad
          \text{services}_{rt} = \text{services}_{r0} \, K_{rt} / K_{r0} .

Formation is what investors buy, fixed investment and additions to stocks in the proportions of the
base year, less the goods D that they sell out of stocks, all at base-year prices; saving S pays for
it at the prices of the year,

.. math:: I_{rt} = \sum_i \bigl( B_{rit} - D_{rit} \bigr) , \qquad
          S_{rt} = \sum_i p^A_{rit} \bigl( B_{rit} - D_{rit} \bigr) , \qquad
          D_{rit} = D_{ri0} \prod_{s < t} (1 - \delta_{rs}) .

Stocks are part of capital. What is added to them keeps its proportion to fixed investment, for they
grow with production; what is drawn cannot, for no stock falls for ever. Those drawn on are the base
year's, and yield in proportion to what is left of its capital: :math:`D_{ri0} / \delta_r` in all
where :math:`\delta` is constant, fourteen times the fall of the base year at 7 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Report, Stock, Values, Year
from cge.equilibrium import State
from cge.language import Agent, Model, Parameter, leontief
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices
from cge.m3c.trade import world_growth
from cge.setting import Setting
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Capital(Block):
    """The stock of capital, its services, and the investor who adds to it, ``INV`` (r).

    Attributes:
        investor: buys capital goods in fixed proportions with what is saved, and what goods out of
            stocks are sold for.
        drawdown: goods sold out of stocks (r i).
        supply: services of capital in base-year rentals, 1e8 CNY (r).
        outside_saving: foreign exchange lent by the world and by other regions, 1e8 CNY (r).
        lent_more: what regions receive of further foreign saving, in multiples of base-year
            exports: in proportion to their base-year purchases of capital goods (r).
        markets: where services are let.
        prices: what prices are relative to.
    """

    investor: Agent
    drawdown: Parameter
    supply: Parameter
    outside_saving: Parameter
    lent_more: Parameter
    markets: Markets
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls, m: Model, k: Markets, agents: Agents, b: Benchmark, prices: ConsumerPrices
    ) -> Capital:
        """Declare who owns capital and who invests."""
        supply = m.parameter("capital_supply", "r", _services(b))
        agents.enterprises.owns(k.capital["r"], supply)
        outside = m.parameter("outside_saving", "r", _lent(b))
        drawdown = m.parameter("drawdown", "r i", ("r i", b.demand.drawdown))
        agents.investor.owns(k.exchange[""], outside).owns(k.composite["r i"], drawdown)
        invested = b.demand.investment.sum(axis=1)
        more = b.production.export.sum() * invested / invested.sum()
        lent_more = m.parameter("lent_more", "r", more)
        bought = k.composite["r i"](("r i", b.demand.investment), name="goods")
        agents.investor.spends(leontief(bought))
        return cls(agents.investor, drawdown, supply, outside, lent_more, k, prices)

    def parameters(self, at: Year) -> Values:
        """Services of the stock, what is drawn from stocks of goods, and saving from outside."""
        b = at.setting.benchmark
        return {
            self.drawdown: b.demand.drawdown * _standing(at)[:, None],
            self.supply: _services(b) * at.stocks["capital"] / _first(at.setting),
            self.outside_saving: _lent(b) * world_growth(at),
        }

    def investment(self, state: State) -> Any:
        """Capital formation at base-year prices, 1e8 CNY (region)."""
        bought = state.quantity(self.investor.flow("goods"))  # region, good
        return bought.sum(1) - state.parameter(self.drawdown).sum(1)

    def price(self, at: Year) -> Array:
        """Price of a unit of capital formation relative to consumer prices (region)."""
        bought = at.state.quantity(self.investor.flow("goods"))  # region, good
        formed = bought - at.state.parameter(self.drawdown)
        paid = np.nan_to_num(self.prices.relative(at, self.markets.composite)) * formed
        price: Array = ratio(paid.sum(axis=1), formed.sum(axis=1), np.nan)
        return price

    def reports(self) -> Sequence[Report]:
        """The stock, what is added to it, what it earns."""
        return (
            Report(
                "investment", "region", "1e8 CNY", "capital formation at base-year prices",
                lambda at: self.investment(at.state), total="sum",
            ),
            Report(
                "investment_price", "region", "index",
                "price of capital formation relative to consumer prices, base year = 1",
                self.price,
            ),
            Report(
                "capital", "region", "1e8 CNY", "capital stock at base-year prices",
                lambda at: at.stocks["capital"], total="sum",
            ),
            Report(
                "return_to_capital", "region", "index",
                "rental of capital relative to consumer prices, base year = 1",
                lambda at: self.prices.relative(at, self.markets.capital),
            ),
        )  # fmt: skip

    def stocks(self) -> Sequence[Stock]:
        """The capital stock at base-year prices."""
        return (Stock("capital", "region", "1e8 CNY", _first, self._next),)

    def _next(self, at: Year) -> Array:
        """The law of motion of capital."""
        decay = at.setting.driver("depreciation", at.year)
        stock: Array = (1.0 - decay) * at.stocks["capital"] + self.investment(at.state)
        return stock


def _first(setting: Setting) -> Array:
    return setting.driver("capital_stock", setting.dataset.base_year)


def _standing(at: Year) -> Array:
    """What is left in a year of the base year's capital, as a share (region)."""
    rates = at.setting.dataset.driver("depreciation")
    past = (rates.index >= at.setting.dataset.base_year) & (rates.index < at.year)
    left: Array = np.prod(1.0 - rates.loc[past].to_numpy(dtype=float), axis=0)
    return left


def _services(b: Benchmark) -> Array:
    """Services of capital in the base year, 1e8 CNY (region)."""
    services: Array = b.production.capital.sum(axis=1)
    return services


def _lent(b: Benchmark) -> Array:
    """Saving from the world and from other regions in the base year, 1e8 CNY (region)."""
    lent: Array = b.institutions.foreign_saving + b.institutions.interregional_saving
    return lent
