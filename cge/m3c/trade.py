r"""Trade: composite (Armington) goods of three levels, export demand, foreign exchange.

A composite good of region r is bought from abroad, from the region itself, from other regions q::

    PA <- CES[foreign]( imports at FX, CES[local]( own goods PD, CES[origin]( PD of each q )))

(Armington 1969). Of electricity the kWh add up: its nests are additive (ACES), an origin counts
with the TWh that a unit of its value is, and what a region pays an origin beyond or below the price
of the origin is a wedge whose sum over the buyers is zero in the base year. Between regions it
takes a line, whose price is zero while it is not full,

.. math:: 0 \le 10^{-3} h \, \kappa_{qr} - F_{qr} \perp p^L_{qr} \ge 0 .

Exports leave production in CET proportions; the world buys

.. math:: x_{ri} = \bar x_{ri} \left(\frac{p^X_{ri}}{p^{FX}}\right)^{-\epsilon_i} .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Report, Values, Year
from cge.equilibrium import State
from cge.language import Activity, Model, Parameter, aces, leontief
from cge.m3c.markets import Agents, Markets
from cge.m3c.mix import YUAN_PER_MWH
from cge.m3c.parameters import elasticity
from cge.m3c.prices import ConsumerPrices
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

WORLD_SIZE = 10.0
"""Foreign exchange owned by the rest of the world, in multiples of base-year exports. Any size that
exceeds what exports earn gives the same equilibrium."""


LINE_HOURS = 6500.0
"""Most hours a year at which a line carries its capacity (order of the best direct-current lines of
State Grid, 5,500 to 6,500 hours)."""

NO_LIMIT = 1e6
"""What a line carries where none is in the table, TWh."""

KEPT = 8
"""Benchmarks whose electricity in trade is kept; those used longest ago go first."""


@dataclass(frozen=True, eq=False)
class Trade(Block):
    """Composite goods ``A`` (r i) and the rest of the world.

    Attributes:
        armington: the composite goods.
        export_demand: exports at base-year prices, negative as what the world buys (r i).
        world_income: foreign exchange owned by the world.
        lines: the most that lines carry in a year, TWh (origin, region).
        wedge: what a region pays an origin beyond its price, for electricity (q r i).
        markets: where goods and exchange are traded.
        prices: what prices are relative to.
    """

    armington: Activity
    export_demand: Parameter
    world_income: Parameter
    lines: Parameter
    wedge: Parameter
    markets: Markets
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls, m: Model, k: Markets, agents: Agents, b: Benchmark, prices: ConsumerPrices
    ) -> Trade:
        """Declare composite goods, whose duty goes to the centre, and the world."""
        exports = b.production.export
        demand = m.parameter("export_demand", "r i", ("r i", -exports))
        income = m.parameter("world_income", "", WORLD_SIZE * exports.sum())
        world = agents.world.owns(k.exchange[""], income).owns(
            k.exports["r i"],
            demand,
            elasticity=("i", -b.elasticities["export_demand"]),
            relative_to=k.exchange[""],
        )
        world.spends(k.exchange[""]((WORLD_SIZE - 1.0) * exports.sum(), name="exchange"))
        lines = m.parameter("lines", "q r", NO_LIMIT)
        agents.enterprises.owns(k.lines["q r"], lines)
        wedge = m.parameter("flow_wedge", "q r i", ("q r i", Sent.of(b).wedge))
        return cls(_armington(m, k, agents, b, wedge), demand, income, lines, wedge, k, prices)

    def parameters(self, at: Year) -> Values:
        """World demand and income grow alike; what lines between regions carry."""
        exports, growth = at.setting.benchmark.production.export, world_growth(at)
        return {
            self.lines: carried(at),
            self.export_demand: -exports * growth,
            self.world_income: WORLD_SIZE * exports.sum() * growth,
        }

    def inflow(self, at: Year) -> Array:
        """Purchases from other regions at base-year prices, 1e8 CNY (region, good, origin)."""
        return np.asarray(self.bought_from(at.state))

    def bought_from(self, state: State) -> Any:
        """Purchases from other regions at base-year prices paid, 1e8 CNY (region, good, origin)."""
        paid = 1.0 + self.wedge.value.transpose(1, 2, 0)  # region, good, origin
        return state.quantity(self.armington.flow("inflow")) * paid

    def imports(self, at: Year) -> Array:
        """Imports at base-year prices, 1e8 CNY (region, good)."""
        bought: Array = at.state.quantity(self.armington.flow("import"))
        return bought

    def reports(self) -> Sequence[Report]:
        """Trade and prices of goods; electricity among them."""
        return (
            Report(
                "imports", "region", "1e8 CNY", "imports from the world at base-year prices",
                lambda at: self.imports(at).sum(axis=1), iamc="Imports", total="sum",
            ),
            Report(
                "exchange_rate", "", "index",
                "price of foreign exchange relative to consumer prices, base year = 1",
                lambda at: self.prices.relative(at, self.markets.exchange),
            ),
            Report(
                "price", "region sector", "index",
                "price of goods to users, permits apart, relative to consumer prices, base year "
                "= 1; not a number where nobody buys",
                lambda at: self.prices.relative(at, self.markets.composite),
            ),
            Report(
                "electricity_use", "region", "1e8 CNY", "electricity bought at base-year prices",
                lambda at: at.state.quantity(self.armington.flow("composite"))[:, _power(at)],
                total="sum",
            ),
            Report(
                "electricity_inflow", "region origin", "1e8 CNY",
                "electricity bought from other regions at base-year prices",
                lambda at: self.inflow(at)[:, _power(at)],
            ),
            Report(
                "line_price", "region origin", "CNY/MWh",
                "what a MWh pays on a full line from the origin, at base-year consumer prices",
                lambda at: YUAN_PER_MWH * self.prices.relative(at, self.markets.lines).T,
            ),
            Report(
                "electricity_price", "region", "index",
                "price of electricity to users relative to consumer prices, base year = 1",
                lambda at: self.prices.relative(at, self.markets.composite)[:, _power(at)],
            ),
        )  # fmt: skip


def world_growth(at: Year) -> float:
    """World demand relative to the base year; saving from outside grows with it."""
    return float(at.setting.prospect("world", ("",), at.year)[0])


def carried(at: Year) -> Array:
    """The most that lines between regions carry in a year, TWh (origin, region).

    At least what they carried in the base year; without limit where a region has no line in the
    table.
    """
    b, lines = at.setting.benchmark, at.setting.assumptions.lines
    most = np.full((len(b.regions), len(b.regions)), NO_LIMIT)
    known = [r for r, region in enumerate(b.regions) if region in lines.regions]
    names = [b.regions[r] for r in known]
    if names:
        able = LINE_HOURS / 1e3 * lines.capacity(names, [at.year])[:, :, 0]
        most[np.ix_(known, known)] = np.maximum(able, b.grid.flow[np.ix_(known, known)])
    return most


def _power(at: Year) -> int:
    return at.setting.benchmark.electricity_place


def unit_value(b: Benchmark) -> Array:
    """Value of a TWh to users, before wedges, 1e8 CNY (region)."""
    return ratio(b.absorption[:, b.electricity_place], b.grid.total_use)


def electricity_only(b: Benchmark) -> Array:
    """One for electricity, whose kWh add up, zero for other goods (good)."""
    return np.array([float(sector == b.electricity) for sector in b.sectors])


def _armington(m: Model, k: Markets, agents: Agents, b: Benchmark, wedge: Parameter) -> Activity:
    duty = m.parameter("tariff", "r i", ("r i", b.trade.tariff)).to(agents.centre[""])
    sent = Sent.of(b)
    adds = ("i", electricity_only(b))
    own_wedge = m.parameter("own_wedge", "r i", ("r i", _own(sent.wedge)))
    bought = b.trade.inflow / (1.0 + sent.wedge)
    on_lines = bought * sent.content[:, None] * electricity_only(b)  # origin, region, good: TWh
    inflow = leontief(
        k.goods["q i"](
            ("q r i", bought),
            taxes=wedge.to(agents.tax_office["q"]),
            yields=("q i", sent.content),
            name="inflow",
        ),
        k.lines["q r"](("q r i", on_lines), name="line"),
        each="q",
    )
    origins = aces(elasticity(m, b, "origin", "i"), inflow, only=adds, allow_dear=True)
    home = aces(
        elasticity(m, b, "local", "i"),
        k.goods["r i"](
            ("r i", b.trade.local / (1.0 + _own(sent.wedge))),
            taxes=own_wedge.to(agents.tax_office["r"]),
            yields=("r i", sent.content),
            name="local",
        ),
        origins,
        only=adds,
        allow_dear=True,
    )
    imports = k.exchange[""](
        ("r i", b.trade.imports), taxes=duty, yields=("r i", sent.imported), name="import"
    )
    return m.activity(
        "A",
        "r i",
        makes=k.composite["r i"](("r i", b.absorption), name="composite"),
        uses=aces(elasticity(m, b, "foreign", "i"), imports, home, only=adds, allow_dear=True),
        meaning="composite (Armington) goods, bought abroad, at home and from other regions",
    )


@dataclass(frozen=True, eq=False)
class Sent:
    """Electricity in the trade of all goods.

    Attributes:
        wedge: what a region pays an origin beyond its price (origin, region, good).
        content: TWh per unit of what an origin sells; one of other goods (origin, good).
        imported: TWh per unit of what a region imports; one of other goods (region, good).
    """

    wedge: Array
    content: Array
    imported: Array

    @classmethod
    @lru_cache(maxsize=KEPT)
    def of(cls, b: Benchmark) -> Sent:
        """As in the base year."""
        wedge = np.zeros((len(b.regions), *b.trade.local.shape))
        content, imported = np.ones_like(b.trade.local), np.ones_like(b.trade.imports)
        if b.makes_electricity:
            e = b.electricity_place
            wedge[:, :, e] = b.grid.flow_wedge
            value = (b.trade.inflow[:, :, e] + np.diag(b.trade.local[:, e])).sum(axis=1)
            content[:, e] = ratio(b.grid.flow.sum(axis=1), value, 1.0)
            imported[:, e] = ratio(b.grid.imports, b.trade.imports[:, e], 1.0)
        for each in (wedge, content, imported):
            each.setflags(write=False)  # it is handed out again
        return cls(wedge, content, imported)


def _own(flow: Array) -> Array:
    """The part of a flow that stays in its region (region, good)."""
    places = np.arange(len(flow))
    own: Array = flow[places, places]
    return own
