r"""What permits are worth, and who gets it: households, the government, or who pays a tax.

The fund of a region owns its permits, and the rents of its basins and of removal. What it has, V,
goes to households in proportion to their consumption of the base year, to the provincial
government, or to the tax office, one of whose taxes then falls by as many points for all who pay
it, until the office has what it would have had,

.. math:: t_{rj} = \bar t_{rj} + v_r , \qquad v_r B_r + V_r = 0 \perp v_r ,

with what the tax is paid on, B: of production tax sales at home D and abroad X at producer prices,
of the tax on labour the wages of all who work (``cge.m3c.factors``),

.. math:: B_r = \sum_j \bigl( p_{rj} D_{rj} + p^X_{rj} X_{rj} \bigr) , \qquad B_r = w_r L_r .

Of regions outside such pools v is zero. All who employ people pay the same rate on wages. So where
labour is in fixed supply, employers pay for it what they would have paid, the wage rises by what
the rate falls, and revenue is a lump sum in proportion to what households earn by work. Where a
floor of the real wage leaves people without work, it employs some of them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Report, Values, Year
from cge.equilibrium import State
from cge.language import Fixed, Freed, Model, Parameter, Swap, shift
from cge.m3c.factors import Factors
from cge.m3c.markets import Agents
from cge.m3c.prices import ConsumerPrices
from cge.m3c.production import Production
from cge.scenario.schema import LABOUR_TAX, PRODUCTION_TAX

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lowered:
    """A tax that revenue may lower.

    Attributes:
        name: the tax, as pools call it.
        rate: its rate, region first.
        base: what it is paid on, money (region).
        share: share of revenue that lowers it (r).
        change: points by which its rate changes (r).
    """

    name: str
    rate: Parameter
    base: Callable[[State], Any]
    share: Parameter
    change: Parameter

    @classmethod
    def declare(cls, m: Model, name: str, rate: Parameter, base: Callable[[State], Any]) -> Lowered:
        """Declare that nothing of revenue lowers it."""
        share = m.parameter(f"revenue_to_{name}", "r", 0.0)
        return cls(name, rate, base, share, m.parameter(f"{name}_change", "r", 0.0))

    def until(self, revenue: Callable[[State], Any]) -> Swap:
        """The rate adjusts until its base loses what the share of the revenue is worth.

        Arguments:
            revenue: what funds hand on, money (region).
        """

        def used(state: State) -> Any:
            received = state.parameter(self.share) * revenue(state)
            return 1.0 + state.parameter(self.change) + received / self.base(state)

        moves = {self.rate: shift, self.change: shift}
        meaning = f"{self.name.replace('_', ' ')}: the rate that raises what permits do not"
        freed = Freed(f"{self.name}_adjusts", "r", moves, meaning=meaning)
        return Swap(freed, Fixed(f"{self.name}_revenue_used", "r", used))

    def report(self) -> Report:
        """By how much it has changed."""
        return Report(
            f"{self.name}_change", "region", "fraction",
            f"change of the rate of {self.name.replace('_', ' ')} by what permits are worth",
            lambda at: at.state.parameter(self.change),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Recycling(Block):
    """Use of the revenue of pools.

    Attributes:
        homes: share of it that households get (r h).
        public: share that the government gets (r).
        taxes: taxes that it may lower.
        asked: names of those that some pool asks to be lowered.
        agents: the funds.
        prices: what prices are relative to.
    """

    homes: Parameter
    public: Parameter
    taxes: tuple[Lowered, ...]
    asked: Collection[str]
    agents: Agents
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls,
        m: Model,
        agents: Agents,
        b: Benchmark,
        production: Production,
        factors: Factors,
        asked: Collection[str],
        prices: ConsumerPrices,
    ) -> Recycling:
        """Declare what funds hand on.

        Arguments:
            m: the model.
            agents: the funds and who gets what they have.
            b: the benchmark.
            production: who pays production tax.
            factors: on which labour tax is paid.
            asked: names of taxes that some pool asks to be lowered.
            prices: what prices are relative to.
        """
        homes = m.parameter("revenue_share", "r h", ("r h", _by_consumption(b)))
        public = m.parameter("revenue_public", "r", 0.0)
        agents.fund.gives(homes, agents.households["r h"])
        agents.fund.gives(public, agents.government["r"])
        taxes = (
            Lowered.declare(m, PRODUCTION_TAX, production.output_tax, production.sales),
            Lowered.declare(m, LABOUR_TAX, factors.labour_tax, factors.wages),
        )
        for tax in taxes:
            if tax.name in asked:
                agents.fund.gives(tax.share, agents.tax_office["r"])
        return cls(homes, public, taxes, asked, agents, prices)

    def swaps(self) -> tuple[Swap, ...]:
        """Taxes adjust until the tax office has what it would have had."""
        return tuple(tax.until(self.revenue) for tax in self.taxes if tax.name in self.asked)

    def revenue(self, state: State) -> Any:
        """What funds hand on, money (region)."""
        return state.income(self.agents.fund)

    def parameters(self, at: Year) -> Values:
        """Who gets the revenue of each region."""
        b = at.setting.benchmark
        use = {r: pool.revenue for pool in at.setting.scenario.pools for r in pool.regions}

        def used(name: str) -> Array:
            return np.array([float(use.get(region) == name) for region in b.regions])

        public, lowers = used("government"), [used(tax.name) for tax in self.taxes]
        kept = 1.0 - public - np.sum(lowers, axis=0)
        return {
            self.homes: kept[:, None] * _by_consumption(b),
            self.public: public,
            **{tax.share: lower for tax, lower in zip(self.taxes, lowers, strict=True)},
        }

    def reports(self) -> Sequence[Report]:
        """Revenue, and what taxes change by."""
        return (
            Report(
                "carbon_revenue", "region", "1e8 CNY",
                "what the fund of a region hands on: worth of its permits, rents of its basins and "
                "of removal, at base-year consumer prices",
                lambda at: np.asarray(self.revenue(at.state)) / self.prices.level(at),
                total="sum",
            ),
            *(tax.report() for tax in self.taxes),
        )  # fmt: skip


def _by_consumption(b: Benchmark) -> Array:
    """Shares of households in the consumption of their region (region, household)."""
    received = b.demand.consumption.sum(axis=2)
    shares: Array = received / received.sum(axis=1, keepdims=True)
    return shares
