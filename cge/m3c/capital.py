r"""Capital: each sector's own within the year; formation adds to it where it earns most.

Within a year capital stays in its sector, and each sector has its own rental :math:`R_{rj}`. A unit
of the stock of a region yields the same services in all its sectors, for stocks of the base year
are taken to have earned the same,

.. math:: \text{services}_{rjt} = \rho_r K_{rjt} , \qquad
          \rho_r = \sum_j \text{services}_{rj0} \Big/ \sum_j K_{rj0} , \qquad
          K_{rj,t+1} = (1 - \delta_{rt}) K_{rjt} + I_{rjt} .

What is invested in a region is shared out to sectors by their rates of return
(``cge.m3c.accumulation``), what other blocks invest on their own account (plants) apart. The net
return to capital, at the price :math:`p^I` of formation,

.. math:: r_{rjt} = \frac{\rho_r R_{rjt}}{p^I_{rt}} - \delta_{rt} , \qquad
          \bar r_{rt} = \sum_j K_{rjt} r_{rjt} \Big/ \sum_j K_{rjt} .

Where capital is *mobile* instead (closure ``capital: mobile``), all sectors of a region pay one
rental for services of one stock :math:`K_{rt}`, and no part of it is a sector's.

Formation is what investors buy, fixed investment and additions to stocks in the proportions of the
base year, less the goods D that they sell out of stocks, and the goods G of projects, all at
base-year prices; saving S pays for it at the prices of the year,

.. math:: I_{rt} = \sum_i \bigl( B_{rit} + G_{rit} - D_{rit} \bigr) , \qquad
          S_{rt} = \sum_i p^A_{rit} \bigl( B_{rit} + G_{rit} - D_{rit} \bigr) , \qquad
          D_{rit} = D_{ri0} \prod_{s < t} (1 - \delta_{rs}) .

Projects (``cge.projects``) come first: what they buy is given, and other investment gives way. What
they build adds to the capital of sectors as far as it is said to, and else is equipment that yields
nothing but what is said of it. There are none unless they are set.

Stocks are part of capital. What is added to them keeps its proportion to fixed investment, for they
grow with production; what is drawn cannot, for no stock falls for ever. Those drawn on are the base
year's, and yield in proportion to what is left of its capital: :math:`D_{ri0} / \delta_r` in all
where :math:`\delta` is constant, fourteen times the fall of the base year at 7 %.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Check, Lever, Report, Stock, Values, Year, once, parameter_lever
from cge.equilibrium import State
from cge.language import Agent, Model, Parameter, leontief
from cge.m3c import cohorts
from cge.m3c.accumulation import shared_out
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices
from cge.m3c.trade import world_growth
from cge.setting import Setting
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

STOCK = "capital_by_sector"
"""Name of the stocks."""

Spent = Callable[[Year], Array]
"""What a block invests on its own account in a year, at base-year prices, 1e8 CNY (region)."""


@dataclass(frozen=True, eq=False)
class Capital(Block):
    """The stocks of capital, their services, and the investor who adds to them, ``INV`` (r).

    Attributes:
        investor: buys capital goods in fixed proportions with what is saved, and what goods out of
            stocks are sold for.
        drawdown: goods sold out of stocks (r i).
        supply: services of capital in base-year rentals, 1e8 CNY (r j; r where it is mobile).
        outside_saving: foreign exchange lent by the world and by other regions, 1e8 CNY (r).
        lent_more: what regions receive of further foreign saving, in multiples of base-year
            exports: in proportion to their base-year purchases of capital goods (r).
        owed: goods that investors owe to projects, negative, 1e8 CNY (r i).
        dedicated: capital that projects add to sectors, 1e8 CNY (r j).
        markets: where services are let.
        prices: what prices are relative to.
        elsewhere: investment of other blocks, which sectors do not get.
    """

    investor: Agent
    drawdown: Parameter
    supply: Parameter
    outside_saving: Parameter
    lent_more: Parameter
    owed: Parameter
    dedicated: Parameter
    markets: Markets
    prices: ConsumerPrices
    elsewhere: tuple[Spent, ...] = ()

    @classmethod
    def declare(
        cls, m: Model, k: Markets, agents: Agents, b: Benchmark, prices: ConsumerPrices
    ) -> Capital:
        """Declare who owns capital and who invests."""
        services = _services(b)
        if k.mobile:
            supply = m.parameter("capital_supply", "r", services.sum(axis=1))
        else:
            supply = m.parameter("capital_supply", "r j", ("r j", services))
        agents.enterprises.owns(k.capital_of("j"), supply)
        outside = m.parameter("outside_saving", "r", _lent(b))
        drawdown = m.parameter("drawdown", "r i", ("r i", b.demand.drawdown))
        agents.investor.owns(k.exchange[""], outside).owns(k.composite["r i"], drawdown)
        invested = b.demand.investment.sum(axis=1)
        more = b.production.export.sum() * invested / invested.sum()
        lent_more = m.parameter("lent_more", "r", more)
        owed = m.parameter("project_goods", "r i", 0.0)
        agents.investor.owns(k.composite["r i"], owed)
        dedicated = m.parameter("project_capital", "r j", 0.0)
        bought = k.composite["r i"](("r i", b.demand.investment), name="goods")
        agents.investor.spends(leontief(bought))
        given = (outside, lent_more, owed, dedicated)
        return cls(agents.investor, drawdown, supply, *given, k, prices)

    def less(self, *others: Spent) -> Capital:
        """The block with investment of other blocks, paid for out of saving like all formation.

        Arguments:
            others: each gives the goods that a block invests in a year at base-year prices, 1e8 CNY
                (region); what is left goes to sectors.
        """
        return replace(self, elsewhere=(*self.elsewhere, *others))

    def parameters(self, at: Year) -> Values:
        """Services of the stocks, what is drawn from stocks of goods, and saving from outside."""
        b = at.setting.benchmark
        services = _yield(at.setting)[:, None] * at.stocks[STOCK]
        return {
            self.drawdown: b.demand.drawdown * _standing(at)[:, None],
            self.supply: services.sum(axis=1) if self.markets.mobile else services,
            self.outside_saving: _lent(b) * world_growth(at),
        }

    def investment(self, state: State) -> Any:
        """Capital formation at base-year prices, 1e8 CNY (region)."""
        bought = state.quantity(self.investor.flow("goods"))  # region, good
        return (bought - state.parameter(self.drawdown) - state.parameter(self.owed)).sum(1)

    def price(self, at: Year) -> Array:
        """Price of a unit of capital formation relative to consumer prices (region)."""
        bought = at.state.quantity(self.investor.flow("goods"))  # region, good
        formed = bought - at.state.parameter(self.drawdown) - at.state.parameter(self.owed)
        paid = np.nan_to_num(self.prices.relative(at, self.markets.composite)) * formed
        price: Array = ratio(paid.sum(axis=1), formed.sum(axis=1), np.nan)
        return price

    @once
    def rentals(self, at: Year) -> Array:
        """Rental of a unit of services relative to consumer prices (region, sector), zero where
        there is no capital.
        """
        found = np.nan_to_num(self.prices.relative(at, self.markets.capital))
        return found[:, None] * np.ones_like(at.stocks[STOCK]) if self.markets.mobile else found

    def income(self, at: Year) -> Array:
        """What stocks earn at base-year consumer prices, 1e8 CNY (region, sector)."""
        earned: Array = self.rentals(at) * _yield(at.setting)[:, None] * at.stocks[STOCK]
        return earned

    @once
    def net_return(self, at: Year) -> Array:
        """Rental of a unit of the stock over its price, less depreciation (region)."""
        worth = self.price(at) * at.stocks[STOCK].sum(axis=1)
        net: Array = ratio(self.income(at).sum(axis=1), worth, np.nan) - self._decay(at)
        return net

    @once
    def by_sector(self, at: Year) -> Array:
        """What is invested in sectors at base-year prices, 1e8 CNY (region, sector).

        Where capital is mobile, in proportion to the stocks, which then say nothing of sectors.
        """
        total = np.asarray(self.investment(at.state)) - self._spent(at)
        stock, dedicated = at.stocks[STOCK], at.parameter(self.dedicated)
        if self.markets.mobile:
            shares: Array = ratio(stock, stock.sum(axis=1)[:, None], 0.0)
            return total[:, None] * shares + dedicated
        gross = ratio(_yield(at.setting), self.price(at), 0.0)[:, None] * self.rentals(at)
        excess = gross - (self.net_return(at) + self._decay(at))[:, None]
        return shared_out(total, stock, excess, at.setting.assumptions.investment) + dedicated

    def reports(self) -> Sequence[Report]:
        """The stocks, what is added to them, what they earn."""
        return (
            Report(
                "investment", "region", "1e8 CNY", "capital formation at base-year prices",
                lambda at: self.investment(at.state), iamc="Investment", total="sum",
            ),
            Report(
                "project_investment", "region", "1e8 CNY",
                "goods that projects buy to be built, part of capital formation",
                lambda at: self.commissioned(at).sum(axis=1), total="sum",
            ),
            Report(
                "investment_price", "region", "index",
                "price of capital formation relative to consumer prices, base year = 1",
                self.price,
            ),
            Report(
                "capital", "region", "1e8 CNY", "capital stock at base-year prices",
                lambda at: at.stocks[STOCK].sum(axis=1), iamc="Capital Stock", total="sum",
            ),
            Report(
                "return_to_capital", "region", "index",
                "rental of capital relative to consumer prices, base year = 1",
                self._mean_rental,
            ),
            Report(
                "net_return", "region", "fraction",
                "rental of capital over its price, less depreciation", self.net_return,
                total="mean", by="capital",
            ),
            Report(
                "capital_income", "region", "1e8 CNY",
                "what capital earns, at base-year consumer prices",
                lambda at: self.income(at).sum(axis=1), total="sum",
            ),
            *self._reports_by_sector(),
        )  # fmt: skip

    def _reports_by_sector(self) -> Sequence[Report]:
        mobile = "; not a number where capital is mobile"
        dims = "region sector"
        return (
            Report(
                "capital_by_sector", dims, "1e8 CNY",
                f"capital stock at base-year prices{mobile}",
                lambda at: self._of_sectors(at.stocks[STOCK]), total="sum",
            ),
            Report(
                "investment_by_sector", dims, "1e8 CNY",
                f"what is invested in a sector at base-year prices{mobile}",
                lambda at: self._of_sectors(self.by_sector(at)), total="sum",
            ),
            Report(
                "rental_by_sector", dims, "ratio",
                "rental of the capital of a sector relative to that of its region; not a number "
                "where there is none",
                self._relative_rental,
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """What projects buy and whose capital it becomes, and what is lent to a region."""
        return (
            Lever(
                "project_goods", "region good", "1e8 CNY",
                "goods that projects buy to be built, at base-year prices, out of the saving of "
                "their region",
                self.commissioned, lambda at, goods: {self.owed: -goods}, least=0.0,
            ),
            parameter_lever(
                "project_capital", "region sector", "1e8 CNY",
                "part of what projects build that is capital of a sector from the next year on",
                self.dedicated, least=0.0,
            ),
            parameter_lever(
                "outside_saving", "region", "1e8 CNY",
                "saving that the world and other regions lend to a region",
                self.outside_saving, least=-np.inf,
            ),
        )  # fmt: skip

    def commissioned(self, at: Year) -> Array:
        """Goods that projects buy to be built, at base-year prices, 1e8 CNY (region, good)."""
        goods: Array = 0.0 - at.parameter(self.owed)
        return goods

    def stocks(self) -> Sequence[Stock]:
        """Capital stocks at base-year prices."""
        return (Stock(STOCK, "region sector", "1e8 CNY", _first, self._next),)

    def checks(self) -> Sequence[Check]:
        """Stocks of the year after are what is left and what is formed, and formation is saved."""
        return (
            Check(
                "stocks", "region", "capital of the next year, and what is left and formed",
                self.missing,
            ),
            Check(
                "stocks", "region", "investment of sectors and plants, and capital formation",
                self.unspent,
            ),
        )  # fmt: skip

    def missing(self, at: Year) -> Array:
        """Capital of the year after that comes from nowhere, or is lost, relative to it (region).

        Formation is looked up from what investors buy, not from what sectors are given.
        """
        after = self._next(at).sum(axis=1)
        formed = np.asarray(self.investment(at.state)) - self._apart(at)
        left = (1.0 - self._decay(at)) * at.stocks[STOCK].sum(axis=1)
        return ratio(after - left - formed, after)

    def unspent(self, at: Year) -> Array:
        """Capital formation that is neither of sectors nor of other blocks, relative to it
        (region).
        """
        formed = np.asarray(self.investment(at.state))
        given = self.by_sector(at).sum(axis=1) + self._apart(at)
        return ratio(formed - given, formed)

    def _apart(self, at: Year) -> Array:
        """What is invested and is no capital of sectors, 1e8 CNY (region)."""
        apart: Array = self._spent(at) - at.parameter(self.dedicated).sum(axis=1)
        return apart

    def _spent(self, at: Year) -> Array:
        """What other blocks and projects invest, 1e8 CNY (region)."""
        parts = [self.commissioned(at).sum(axis=1), *(spent(at) for spent in self.elsewhere)]
        total: Array = np.sum([np.zeros(len(at.setting.benchmark.regions)), *parts], axis=0)
        return total

    def _next(self, at: Year) -> Array:
        """The law of motion of capital."""
        stock: Array = (1.0 - self._decay(at))[:, None] * at.stocks[STOCK] + self.by_sector(at)
        return stock

    def _decay(self, at: Year) -> Array:
        return at.setting.driver("depreciation", at.year)

    def _mean_rental(self, at: Year) -> Array:
        """Rental of a unit of services, by what there is in each sector (region)."""
        services = _yield(at.setting) * at.stocks[STOCK].sum(axis=1)
        return ratio(self.income(at).sum(axis=1), services, np.nan)

    def _relative_rental(self, at: Year) -> Array:
        mean = self._mean_rental(at)[:, None]
        return np.where(at.stocks[STOCK] > 0.0, self.rentals(at) / mean, np.nan)

    def _of_sectors(self, values: Array) -> Array:
        return np.full_like(values, np.nan) if self.markets.mobile else values


def _first(setting: Setting) -> Array:
    """Stocks of the base year, which all earn the same, 1e8 CNY (region, sector)."""
    stock: Array = _services(setting.benchmark) / _yield(setting)[:, None]
    return stock


def _yield(setting: Setting) -> Array:
    """Services of a unit of the stock in base-year rentals a year (region)."""
    services: Array = _services(setting.benchmark).sum(axis=1) / _of_region(setting)
    return services


def _of_region(setting: Setting) -> Array:
    """Capital stock of the base year that belongs to sectors, plants of generation apart, 1e8 CNY
    (region).
    """
    stock: Array = setting.driver("capital_stock", setting.dataset.base_year)
    return stock - cohorts.worth(setting)


def _standing(at: Year) -> Array:
    """What is left in a year of the base year's capital, as a share (region)."""
    rates = at.setting.dataset.driver("depreciation")
    past = (rates.index >= at.setting.dataset.base_year) & (rates.index < at.year)
    left: Array = np.prod(1.0 - rates.loc[past].to_numpy(dtype=float), axis=0)
    return left


def _services(b: Benchmark) -> Array:
    """Services of capital in the base year, those of plants apart, 1e8 CNY (region, sector)."""
    return b.production.capital


def _lent(b: Benchmark) -> Array:
    """Saving from the world and from other regions in the base year, 1e8 CNY (region)."""
    lent: Array = b.institutions.foreign_saving + b.institutions.interregional_saving
    return lent
