"""Institutions: who receives income and what it is used for.

Enterprises own capital, natural resources and plants. They distribute what these earn, pay company
tax and retain the rest; where saving falls, households get what is retained less. Production tax is
shared between province and centre, duties are central, and the centre gives all of it back as
transfers; provincial governments consume and save, and pay first for the running of projects.
Households, investors and funds have blocks of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Lever, Report, Values, Year
from cge.equilibrium import State
from cge.language import Agent, Model, Parameter, cobb_douglas
from cge.m3c.households import growth_of_people, saving_factor, shared
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Institutions(Block):
    """Enterprises ``ENT``, tax office ``TAX``, governments ``CGOV`` and ``GOV``.

    Attributes:
        enterprises: owners of capital, resources and plants (r).
        government: provincial government (r).
        distributed_share: share of enterprises' income that households receive (r h).
        retained_share: share of it that is saved (r).
        owed: goods that run projects, which governments owe, negative, 1e8 CNY (r i).
        prices: what prices are relative to.
    """

    enterprises: Agent
    government: Agent
    distributed_share: Parameter
    retained_share: Parameter
    owed: Parameter
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls, m: Model, k: Markets, agents: Agents, b: Benchmark, prices: ConsumerPrices
    ) -> Institutions:
        """Declare what is handed on to whom."""
        shares = m.parameter("distributed_share", "r h", ("r h", _distributed(b)))
        retained = m.parameter("retained_share", "r", _retained(b))
        _enterprises(agents, b, shares, retained)
        _taxes(agents, b)
        state, government = b.institutions, agents.government
        revenue = b.demand.government.sum(axis=1) + state.government_saving
        saved = ("r", state.government_saving / revenue)
        government.gives(saved, agents.investor["r"], name="public_saving")
        bought = k.composite["r i"](("r i", b.demand.government), name="goods")
        owed = m.parameter("project_running", "r i", 0.0)
        government.owns(k.composite["r i"], owed)
        government.spends(cobb_douglas(bought))
        return cls(agents.enterprises, government, shares, retained, owed, prices)

    def parameters(self, at: Year) -> Values:
        """Profits move to where people are, and are distributed where less is saved."""
        b = at.setting.benchmark
        people = growth_of_people(at.setting, at.year)
        flows = b.institutions
        profits = shared(flows.enterprise_to_household, people)
        distributed = profits.sum(axis=1)
        retained = np.where(distributed > 0.0, saving_factor(at), 1.0) * flows.enterprise_saving
        more = ratio(flows.enterprise_saving - retained, distributed, 0.0)
        income = flows.capital_income
        return {
            self.retained_share: retained / income,
            self.distributed_share: profits * (1.0 + more)[:, None] / income[:, None],
        }

    def consumption(self, state: State) -> Any:
        """Government consumption at base-year prices, 1e8 CNY (region)."""
        bought = state.quantity(self.government.flow("goods"))  # region, good
        return (bought - state.parameter(self.owed)).sum(1)

    def levers(self) -> Sequence[Lever]:
        """What running projects takes."""
        return (
            Lever(
                "project_running", "region good", "1e8 CNY",
                "goods that running projects takes, at base-year prices, paid by the government "
                "of their region out of what it would consume and save",
                lambda at: 0.0 - at.parameter(self.owed), lambda at, goods: {self.owed: -goods},
                least=0.0,
            ),
        )  # fmt: skip

    def reports(self) -> Sequence[Report]:
        """Consumption of governments; rents and who gets them."""
        return (
            Report(
                "government", "region", "1e8 CNY", "government consumption at base-year prices",
                lambda at: self.consumption(at.state), iamc="Government Consumption", total="sum",
            ),
            Report(
                "rents", "region", "1e8 CNY",
                "rents of capital, natural resources and plants, which enterprises own, at "
                "base-year consumer prices",
                self._rents, total="sum",
            ),
            Report(
                "rents_distributed", "region", "1e8 CNY",
                "rents that households receive, at base-year consumer prices",
                lambda at: self._rents(at) * at.state.parameter(self.distributed_share).sum(1),
                total="sum",
            ),
            Report(
                "rents_retained", "region", "1e8 CNY",
                "rents that enterprises save, at base-year consumer prices; tax is what is left",
                lambda at: self._rents(at) * at.state.parameter(self.retained_share),
                total="sum",
            ),
        )  # fmt: skip

    def _rents(self, at: Year) -> Array:
        rents: Array = np.asarray(at.state.income(self.enterprises)) / self.prices.level(at)
        return rents


def _distributed(b: Benchmark) -> Any:
    flows = b.institutions
    return flows.enterprise_to_household / flows.capital_income[:, None]


def _retained(b: Benchmark) -> Array:
    share: Array = b.institutions.enterprise_saving / b.institutions.capital_income
    return share


def _enterprises(agents: Agents, b: Benchmark, shares: Parameter, retained: Parameter) -> None:
    flows, owner = b.institutions, agents.enterprises
    owner.gives(shares, agents.households["r h"])
    tax = ("r", flows.enterprise_tax / flows.capital_income)
    owner.gives(tax, agents.government["r"], name="company_tax_rate")
    owner.gives(retained, agents.investor["r"])


def _taxes(agents: Agents, b: Benchmark) -> None:
    """Production tax to province and centre, and what the centre gives back."""
    flows = b.institutions
    central = flows.production_tax_central_share
    agents.tax_office.gives(("r", central), agents.centre[""], name="central_share")
    agents.tax_office.gives(("r", 1.0 - central), agents.government["r"], name="local_share")
    transfers = ("r", flows.central_transfer / flows.central_transfer.sum())
    agents.centre.gives(transfers, agents.government["r"], name="transfer_share")
