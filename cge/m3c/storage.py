r"""Storage of CO2: basins take so much a year, and what is caught elsewhere is piped to them.

The market of injection ``PI`` clears in every region q of a basin, its price being the rent of the
fund that owns it,

.. math:: 0 \le \bar S_q - \sum_{ro} \rho_{rq}\, C_{ro} \perp p^S_q \ge 0 ,

with tons C of owner o in region r, an option of removal and capture or a technology of generation,
and :math:`\rho_{rq}` the share of the CO2 of r that is piped to q. Pipes last: a tenth of them is
laid anew every year, to where delivery and rent were cheapest in the year before,

.. math::

   \rho_{rq}' = (1 - \kappa) \rho_{rq} + \kappa \frac{\bar S_q e^{-c_{rq} / \theta}}
   {\sum_s \bar S_s e^{-c_{rs} / \theta}} .

Whoever stores tons buys room and the goods of transport and injection (``Storage.claim``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Abatement, Benchmark
from calibration.abatement import UNLIMITED
from calibration.plants import BASE
from cge.blocks import Block, Lever, Report, Stock, Values, Year, parameter_lever
from cge.equilibrium import State
from cge.language import Leaf, Model, Parameter
from cge.m3c.carbon import YUAN_PER_TON
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices
from cge.setting import Setting

Array = npt.NDArray[np.float64]

SPARE = 1.0
"""Room of a region without basins, Mt, which nobody needs: its price is zero for a reason."""

RELAID = 0.1
"""Share of the pipes that is laid anew in a year."""

SPREAD = 30.0
"""Difference of cost, yuan per ton, that makes a basin e times as attractive as another."""


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
        routes: share of the CO2 of a region that is piped to a basin (r q).
        carriage: goods for transport and injection of a ton, 1e8 CNY per Mt (r i).
        markets: where room is sold.
        prices: what prices are relative to.
    """

    limit: Parameter
    routes: Parameter
    carriage: Parameter
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
        first = _cheapest(table.routes(BASE, b.regions), table.injection(BASE, b.regions))
        routes = m.parameter("co2_routes", "r q", first)
        goods = ("r i", _carriage(table, b, BASE, first))
        return cls(limit, routes, m.parameter("co2_carriage", "r i", goods), k, prices)

    def claim(self, m: Model, owner: str, tons: Parameter) -> tuple[Leaf, Leaf]:
        """Room and carriage for the tons that an activity stores at its reference level.

        Arguments:
            m: the model.
            owner: name of the activity.
            tons: Mt at the reference level of the activity, region first (``r ...``).

        Returns:
            Inputs of the activity, in fixed proportions with the tons.
        """
        letters = tons.letters
        room = m.product(f"{owner}.injection.quantity", f"{letters}q", tons, self.routes)
        goods = m.product(f"{owner}.carriage.quantity", f"{letters}i", tons, self.carriage)
        return (
            self.markets.injection["q"](room, name="injection"),
            self.markets.composite["r i"](goods, name="carriage"),
        )

    def parameters(self, at: Year) -> Values:
        """Room of the year, pipes as they were laid, and what carriage costs."""
        setting, b = at.setting, at.setting.benchmark
        table, routes = setting.assumptions.removal, at.stocks["co2_routes"]
        room = table.injection(at.year, b.regions)
        return {
            self.limit: np.where(room > 0.0, room, SPARE),
            self.routes: routes,
            self.carriage: _carriage(table, b, setting.cost_year(at.year), routes),
        }

    def reports(self) -> Sequence[Report]:
        """What is stored, what could be, and the rent of room."""
        return (
            Report(
                "stored", "region", "Mt CO2", "CO2 put into the basins of a region", self.stored,
                iamc="Carbon Capture|Storage", total="sum",
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
            Report(
                "storage_rent", "region", "CNY/t",
                "rent of room for a ton in its basins, at base-year consumer prices",
                self.rent, total="mean", by="stored",
            ),
        )  # fmt: skip

    def stocks(self) -> Sequence[Stock]:
        """Pipes, and what has been stored."""
        return (
            Stock("co2_routes", "region origin", "fraction", _first_routes, self._relaid),
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
        """Rent of room, yuan per ton at base-year consumer prices (region)."""
        rent: Array = YUAN_PER_TON * self.prices.relative(at, self.markets.injection)
        return rent

    def excess(self, at: Year) -> float:
        """What is stored beyond a yearly limit or beyond what basins hold, relative to it."""
        stored, room, in_all = self.stored(at), self.room(at), at.stocks["stored_before"]
        holds = at.setting.assumptions.removal.capacity(at.setting.benchmark.regions)
        over = np.maximum(stored - room, in_all + stored - holds)
        return float(np.max(over / np.maximum(room, SPARE), initial=0.0))

    def _relaid(self, at: Year) -> Array:
        """Pipes of the next year."""
        setting, regions = at.setting, at.setting.benchmark.regions
        table, year = setting.assumptions.removal, at.year + 1
        way = table.routes(setting.cost_year(year), regions) + self.rent(at)
        aim = _cheapest(way, table.injection(year, regions))
        routes: Array = (1.0 - RELAID) * at.stocks["co2_routes"] + RELAID * aim
        return routes


def _cheapest(way: Array, room: Array) -> Array:
    """Where pipes are laid: more to where there is room and the way is cheap (region, to)."""
    room = np.minimum(room, UNLIMITED)
    nearest = np.where(room > 0.0, way, np.inf).min(axis=1, keepdims=True)
    nearest = np.where(np.isfinite(nearest), nearest, 0.0)
    weight = room * np.exp(-np.maximum(way - nearest, 0.0) / SPREAD)
    lost = weight.sum(axis=1) == 0.0  # nowhere to go: at home, where there is no room
    weight = np.where(lost[:, None], np.eye(len(way)), weight)
    shares: Array = weight / weight.sum(axis=1, keepdims=True)
    return shares


def _carriage(table: Abatement, b: Benchmark, year: int, routes: Array) -> Array:
    """Goods for transport and injection of a ton, 1e8 CNY per Mt (region, good)."""
    way = table.routes(year, b.regions)
    cost = (routes * np.where(np.isfinite(way), way, 0.0)).sum(axis=1)
    _, goods = table.split("storage", b.sectors)
    bought: Array = cost[:, None] / YUAN_PER_TON * goods
    return bought


def _first_routes(setting: Setting) -> Array:
    table, b, year = setting.assumptions.removal, setting.benchmark, setting.dataset.base_year
    return _cheapest(table.routes(year, b.regions), table.injection(year, b.regions))
