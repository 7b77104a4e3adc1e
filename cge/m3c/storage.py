r"""Storage of CO2: basins take so much a year, and what is caught elsewhere is piped to them.

The market of injection ``PI`` clears in every region q of a basin, its price being the rent of the
fund that owns it,

.. math:: 0 \le \bar S_q - \sum_{ro} \rho_{rq}\, C_{ro} \perp p^S_q \ge 0 ,

with tons C of owner o in region r, an option of removal and capture or a technology of generation,
and :math:`\rho_{rq}` the share of the CO2 of r that is piped to q. Whoever stores tons buys room
and the goods of transport and injection (``Storage.claim``).

Options of removal and capture cost the same however much they run, so that a price alone would not
share out what is short among them. They are allotted room at the beginning of a year, after what
technologies of generation have stored, in the order of what a ton costs at base-year prices with
the way to the basin, the cheapest first. Pipes follow what is allotted. The rent of room is then
its price, and what the dearest option that is held back earns on a ton.

Pipes of technologies of generation, whose plants stand where they do, last: a tenth is laid anew
every year, to where room is and the way and rent were cheapest in the year before,

.. math::

   \rho_{rq}' = (1 - \kappa) \rho_{rq} + \kappa \frac{\bar S_q e^{-c_{rq} / \theta}}
   {\sum_s \bar S_s e^{-c_{rs} / \theta}} .
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Abatement, Benchmark
from calibration.abatement import UNLIMITED
from calibration.plants import BASE
from cge.blocks import Block, Check, Lever, Report, Stock, Values, Year, parameter_lever
from cge.equilibrium import State
from cge.language import Leaf, Model, Parameter
from cge.m3c.carbon import YUAN_PER_TON
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices
from cge.setting import Setting

Array = npt.NDArray[np.float64]

SPARE = 1.0
"""Room of a region without basins, Mt, which nobody needs: its price is zero for a reason."""

ALLOTTED = 0.999
"""Share of the room that is allotted: a market that is not quite used up has a price of zero."""

GROWTH = 1.6
"""Room kept for technologies of generation, relative to what they stored in the year before: more
than their plants can grow (``entry_most`` of ``calibration.plants``) and run longer in a year."""


RELAID = 0.1
"""Share of the pipes of technologies that is laid anew in a year."""

SPREAD = 30.0
"""Difference of cost, yuan per ton, that makes a basin e times as attractive as another."""


@dataclass(frozen=True, eq=False)
class Way:
    """Pipes to basins.

    Attributes:
        routes: share of the CO2 of a region that is piped to a basin (r q).
        carriage: goods for transport and injection of a ton, 1e8 CNY per Mt (r i).
    """

    routes: Parameter
    carriage: Parameter


@dataclass(frozen=True, eq=False)
class Stored:
    """Tons that somebody catches or removes and stores.

    Attributes:
        tons: Mt at a state (region).
        removed: whether they come from the air, as those of bioenergy do.
    """

    tons: Callable[[State], Array]
    removed: bool = False


@dataclass(frozen=True, eq=False)
class Storage(Block):
    """Basins, pipes, and what is in them.

    Attributes:
        limit: the most that basins take in a year, Mt (r).
        way: pipes of removal and capture.
        pipes: pipes of technologies of generation.
        markets: where room is sold.
        prices: what prices are relative to.
    """

    limit: Parameter
    way: Way
    pipes: Way
    markets: Markets
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls,
        m: Model,
        k: Markets,
        agents: Agents,
        b: Benchmark,
        table: Abatement,
        prices: ConsumerPrices,
    ) -> Storage:
        """Declare who owns basins, and the pipes of the base year."""
        limit = m.parameter("injection_limit", "r", SPARE)
        agents.fund.owns(k.injection["r"], limit)
        first = _nearest(table.routes(BASE, b.regions), table.injection(BASE, b.regions))
        goods = ("r i", _carriage(table, b, BASE, first))
        way, pipes = (
            Way(
                m.parameter(f"{name}_routes", "r q", first),
                m.parameter(f"{name}_carriage", "r i", goods),
            )
            for name in ("co2", "pipe")
        )
        return cls(limit, way, pipes, k, prices)

    def claim(self, m: Model, owner: str, tons: Parameter, way: Way) -> tuple[Leaf, Leaf]:
        """Room and carriage for the tons that an activity stores at its reference level.

        Arguments:
            m: the model.
            owner: name of the activity.
            tons: Mt at the reference level of the activity, region first (``r ...``).
            way: the pipes it uses.

        Returns:
            Inputs of the activity, in fixed proportions with the tons.
        """
        letters = tons.letters
        room = m.product(f"{owner}.injection.quantity", f"{letters}q", tons, way.routes)
        goods = m.product(f"{owner}.carriage.quantity", f"{letters}i", tons, way.carriage)
        return (
            self.markets.injection["q"](room, name="injection"),
            self.markets.composite["r i"](goods, name="carriage"),
        )

    def parameters(self, at: Year) -> Values:
        """Room of the year, and pipes of technologies as they were laid."""
        setting, b = at.setting, at.setting.benchmark
        table, pipes = setting.assumptions.removal, at.stocks["pipes"]
        room = table.injection(at.year, b.regions)
        return {
            self.limit: np.where(room > 0.0, room, SPARE),
            self.pipes.routes: pipes,
            self.pipes.carriage: _carriage(table, b, setting.cost_year(at.year), pipes),
        }

    def piped(self, at: Year, flows: Array) -> Values:
        """Pipes for what is allotted, to the nearest basin where nothing is, and what they cost.

        Arguments:
            at: the year.
            flows: tons that may flow, Mt (region, to).
        """
        setting, b = at.setting, at.setting.benchmark
        table, year = setting.assumptions.removal, setting.cost_year(at.year)
        nearest = _nearest(table.routes(year, b.regions), table.injection(at.year, b.regions))
        total = flows.sum(axis=1, keepdims=True)
        routes = np.where(total > 0.0, flows / np.maximum(total, 1e-300), nearest)
        return {
            self.way.routes: routes,
            self.way.carriage: _carriage(table, b, year, routes),
        }

    def allotted(self, at: Year, wanted: Array, reserved: Array) -> tuple[Array, Array]:
        """Tons of options that find room, in the order of what they cost with the way to a basin.

        Arguments:
            at: the year.
            wanted: what they could catch or remove, Mt (region, option).
            reserved: tons for which room is kept first, Mt (region).

        Returns:
            Tons (region, option), and where they may flow (region, to).
        """
        setting, regions = at.setting, at.setting.benchmark.regions
        table, year = setting.assumptions.removal, setting.cost_year(at.year)
        way, left = table.routes(year, regions), ALLOTTED * table.injection(at.year, regions)
        kept = reserved[:, None] * at.stocks["pipes"]  # region, to
        left = np.maximum(left - kept.sum(axis=0), 0.0)
        found = _put(left, table.cost(year)[:, None] + way[:, None], wanted)
        return found.sum(axis=2), found.sum(axis=1)

    def reports(self) -> Sequence[Report]:
        """What is stored, and what could be."""
        return (
            Report(
                "stored", "region", "Mt CO2", "CO2 put into the basins of a region", self.stored,
                iamc="Carbon Storage", total="sum",
            ),
            Report(
                "storage_limit", "region", "Mt CO2", "the most that its basins take in the year",
                self.room, total="sum",
            ),
            Report(
                "stored_in_all", "region", "Mt CO2",
                "CO2 put into the basins of a region since the base year, this year included",
                lambda at: at.stocks["stored_before"] + self.stored(at), total="sum",
            ),
        )  # fmt: skip

    def stocks(self) -> Sequence[Stock]:
        """Pipes of technologies, and what has been stored."""
        return (
            Stock("pipes", "region origin", "fraction", _first_pipes, self._relaid),
            Stock(
                "stored_before", "region", "Mt CO2",
                lambda setting: np.zeros(len(setting.benchmark.regions)),
                lambda at: at.stocks["stored_before"] + self.stored(at),
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """The limits."""
        return (
            parameter_lever(
                "storage_limit", "region", "Mt CO2", "the most that basins take in a year",
                self.limit, least=1e-9,
            ),
        )  # fmt: skip

    def stored(self, at: Year) -> Array:
        """CO2 put into basins, Mt (region): all room that anybody buys."""
        bought: Array = np.asarray(at.state.demand(self.markets.injection))
        return bought

    def room(self, at: Year) -> Array:
        """The most that basins take in the year, Mt, zero where there are none (region)."""
        there = (
            at.setting.assumptions.removal.injection(at.year, at.setting.benchmark.regions) > 0.0
        )
        return np.where(there, at.parameter(self.limit), 0.0)

    def rent(self, at: Year) -> Array:
        """Price of room, yuan per ton at base-year consumer prices (region)."""
        rent: Array = YUAN_PER_TON * self.prices.relative(at, self.markets.injection)
        return rent

    def _relaid(self, at: Year) -> Array:
        """Pipes of technologies in the next year."""
        setting, regions = at.setting, at.setting.benchmark.regions
        table, year = setting.assumptions.removal, at.year + 1
        way = table.routes(setting.cost_year(year), regions) + self.rent(at)
        aim = _cheapest(way, table.injection(year, regions))
        pipes: Array = (1.0 - RELAID) * at.stocks["pipes"] + RELAID * aim
        return pipes

    def checks(self) -> Sequence[Check]:
        """No basin takes more than it can."""
        return (
            Check(
                "storage", "region", "CO2 put into basins, and the most that they take",
                self.excess,
            ),
        )  # fmt: skip

    def excess(self, at: Year) -> Array:
        """What is stored beyond a yearly limit or what basins hold, relative to it (region)."""
        stored, room, in_all = self.stored(at), self.room(at), at.stocks["stored_before"]
        holds = at.setting.assumptions.removal.capacity(at.setting.benchmark.regions)
        over = np.maximum(stored - room, in_all + stored - holds)
        beyond: Array = np.maximum(over, 0.0) / np.maximum(room, SPARE)
        return beyond


def _cheapest(way: Array, room: Array) -> Array:
    """Where pipes are laid: more to where there is room and the way is cheap (region, to)."""
    nearest = np.where(room > 0.0, way, np.inf).min(axis=1, keepdims=True)
    nearest = np.where(np.isfinite(nearest), nearest, 0.0)
    weight = np.minimum(room, UNLIMITED) * np.exp(-np.maximum(way - nearest, 0.0) / SPREAD)
    lost = weight.sum(axis=1) == 0.0  # nowhere to go: at home, where there is no room
    weight = np.where(lost[:, None], np.eye(len(way)), weight)
    shares: Array = weight / weight.sum(axis=1, keepdims=True)
    return shares


def _first_pipes(setting: Setting) -> Array:
    table, b, year = setting.assumptions.removal, setting.benchmark, setting.dataset.base_year
    return _cheapest(table.routes(year, b.regions), table.injection(year, b.regions))


def _put(left: Array, cost: Array, tons: Array) -> Array:
    """Where tons find room, the cheapest first; takes it from what is left.

    Arguments:
        left: room that is left (to).
        cost: of a ton, infinite where there is no way (region, option, to).
        tons: to be stored (region, option).
    """
    found = np.zeros(cost.shape)
    order = np.argsort(cost, axis=None)
    for r, n, q in zip(*np.unravel_index(order, cost.shape), strict=True):
        if np.isfinite(cost[r, n, q]):
            found[r, n, q] = min(tons[r, n] - found[r, n].sum(), left[q])
            left[q] -= found[r, n, q]
    return found


def _nearest(way: Array, room: Array) -> Array:
    """All to the basin with room that is nearest, home where there is none (region, to)."""
    reached = np.where(room > 0.0, way, np.inf)
    lost = ~np.isfinite(reached).any(axis=1)
    nearest = np.where(lost, np.arange(len(way)), np.argmin(reached, axis=1))
    shares: Array = np.eye(len(way))[nearest]
    return shares


def _carriage(table: Abatement, b: Benchmark, year: int, routes: Array) -> Array:
    """Goods for transport and injection of a ton, 1e8 CNY per Mt (region, good)."""
    way = table.routes(year, b.regions)
    cost = (routes * np.where(np.isfinite(way), way, 0.0)).sum(axis=1)
    _, goods = table.split("storage", b.sectors)
    bought: Array = cost[:, None] / YUAN_PER_TON * goods
    return bought
