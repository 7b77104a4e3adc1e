r"""What permits are worth, and who gets it: households, the government, or who pays production tax.

The fund of a region owns its permits, and the rents of its basins and of removal. What it has, V,
goes to households in proportion to their consumption of the base year, to the provincial
government, or to the tax office, whose production tax t then falls by as many points for all
sectors, until it has what it would have had,

.. math:: t_{rj} = \bar t_{rj} + v_r , \qquad
          v_r \sum_j \bigl( p_{rj} D_{rj} + p^X_{rj} X_{rj} \bigr) + V_r = 0 \perp v_r ,

with sales at home D and abroad X at producer prices. Of regions outside such pools v is zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Report, Values, Year
from cge.equilibrium import State
from cge.language import Fixed, Freed, Model, Parameter, Swap, shift
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices
from cge.m3c.production import Production

Array = npt.NDArray[np.float64]

PRODUCTION_TAX = "production_tax"
"""Revenue that lowers production tax."""


@dataclass(frozen=True, eq=False)
class Recycling(Block):
    """Use of the revenue of pools.

    Attributes:
        homes: share of it that households get (r h).
        public: share that the government gets (r).
        recycled: share by which production tax falls (r).
        change: points by which production tax changes (r).
        agents: the funds.
        production: who pays production tax.
        markets: where they sell.
        prices: what prices are relative to.
    """

    homes: Parameter
    public: Parameter
    recycled: Parameter
    change: Parameter
    agents: Agents
    production: Production
    markets: Markets
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls,
        m: Model,
        k: Markets,
        agents: Agents,
        b: Benchmark,
        production: Production,
        prices: ConsumerPrices,
    ) -> Recycling:
        """Declare what funds hand on."""
        homes = m.parameter("revenue_share", "r h", ("r h", _by_consumption(b)))
        public = m.parameter("revenue_public", "r", 0.0)
        recycled = m.parameter("revenue_recycled", "r", 0.0)
        agents.fund.gives(homes, agents.households["r h"])
        agents.fund.gives(public, agents.government["r"])
        agents.fund.gives(recycled, agents.tax_office["r"])
        change = m.parameter("production_tax_change", "r", 0.0)
        return cls(homes, public, recycled, change, agents, production, k, prices)

    def swaps(self) -> tuple[Swap, ...]:
        """Production tax adjusts until the tax office has what it would have had."""
        moves = {self.production.output_tax: shift, self.change: shift}
        meaning = "rate of production tax that raises what permits do not"
        freed = Freed("production_tax_adjusts", "r", moves, meaning=meaning)
        return (Swap(freed, Fixed("revenue_used", "r", self._used)),)

    def _used(self, state: State) -> Any:
        """One where revenue and what production tax falls by are equal (region)."""
        received = state.parameter(self.recycled) * state.income(self.agents.fund)
        return 1.0 + state.parameter(self.change) + received / self.sales(state)

    def sales(self, state: State) -> Any:
        """What production tax is paid on, money (region)."""
        made = self.production.activity
        home = state.price(self.markets.goods) * state.quantity(made.flow("domestic"))
        abroad = state.price(self.markets.exports) * state.quantity(made.flow("export"))
        return (home + abroad).sum(1)

    def parameters(self, at: Year) -> Values:
        """Who gets the revenue of each region."""
        b = at.setting.benchmark
        use = {r: pool.revenue for pool in at.setting.scenario.pools for r in pool.regions}
        public, recycled = (
            np.array([float(use.get(region) == name) for region in b.regions])
            for name in ("government", PRODUCTION_TAX)
        )
        kept = 1.0 - public - recycled
        return {
            self.homes: kept[:, None] * _by_consumption(b),
            self.public: public,
            self.recycled: recycled,
        }

    def reports(self) -> Sequence[Report]:
        """Revenue, and what production tax falls by."""
        return (
            Report(
                "carbon_revenue", "region", "1e8 CNY",
                "what the fund of a region hands on: worth of its permits, rents of its basins and "
                "of removal, at base-year consumer prices",
                lambda at: np.asarray(at.state.income(self.agents.fund)) / self.prices.level(at),
                total="sum",
            ),
            Report(
                "production_tax_change", "region", "fraction",
                "change of the rate of production tax by what permits are worth",
                lambda at: at.state.parameter(self.change),
            ),
        )  # fmt: skip


def _by_consumption(b: Benchmark) -> Array:
    """Shares of households in the consumption of their region (region, household)."""
    received = b.demand.consumption.sum(axis=2)
    shares: Array = received / received.sum(axis=1, keepdims=True)
    return shares
