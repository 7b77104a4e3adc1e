"""Institutions: who receives income and what it is used for.

Enterprises distribute what they earn, pay company tax and retain the rest; production tax is shared
between province and centre, duties are central, and the centre gives all of it back as transfers;
provincial governments consume and save. Households, investors and funds have blocks of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from calibration import Benchmark
from cge.blocks import Block, Report, Values, Year
from cge.equilibrium import State
from cge.language import Agent, Model, Parameter, cobb_douglas
from cge.m3c.households import growth_of_people, shared
from cge.m3c.markets import Agents, Markets


@dataclass(frozen=True, eq=False)
class Institutions(Block):
    """Enterprises ``ENT``, tax office ``TAX``, governments ``CGOV`` and ``GOV``.

    Attributes:
        government: provincial government (r).
        distributed_share: share of enterprises' income that households receive (r h).
    """

    government: Agent
    distributed_share: Parameter

    @classmethod
    def declare(cls, m: Model, k: Markets, agents: Agents, b: Benchmark) -> Institutions:
        """Declare what is handed on to whom."""
        shares = m.parameter("distributed_share", "r h", ("r h", _distributed(b)))
        _enterprises(agents, b, shares)
        _taxes(agents, b)
        state, government = b.institutions, agents.government
        revenue = b.demand.government.sum(axis=1) + state.government_saving
        saved = ("r", state.government_saving / revenue)
        government.gives(saved, agents.investor["r"], name="public_saving")
        bought = k.composite["r i"](("r i", b.demand.government), name="goods")
        government.spends(cobb_douglas(bought))
        return cls(government, shares)

    def parameters(self, at: Year) -> Values:
        """Profits move to where people are."""
        b = at.setting.benchmark
        people = growth_of_people(at.setting, at.year)
        profits = shared(b.institutions.enterprise_to_household, people)
        return {self.distributed_share: profits / b.institutions.capital_income[:, None]}

    def consumption(self, state: State) -> Any:
        """Government consumption at base-year prices, 1e8 CNY (region)."""
        return state.quantity(self.government.flow("goods")).sum(1)

    def reports(self) -> Sequence[Report]:
        """Consumption of governments."""
        return (
            Report(
                "government", "region", "1e8 CNY", "government consumption at base-year prices",
                lambda at: self.consumption(at.state), total="sum",
            ),
        )  # fmt: skip


def _distributed(b: Benchmark) -> Any:
    flows = b.institutions
    return flows.enterprise_to_household / flows.capital_income[:, None]


def _enterprises(agents: Agents, b: Benchmark, shares: Parameter) -> None:
    flows, owner = b.institutions, agents.enterprises
    owner.gives(shares, agents.households["r h"])
    tax = ("r", flows.enterprise_tax / flows.capital_income)
    owner.gives(tax, agents.government["r"], name="company_tax_rate")
    retained = ("r", flows.enterprise_saving / flows.capital_income)
    owner.gives(retained, agents.investor["r"], name="retained_share")


def _taxes(agents: Agents, b: Benchmark) -> None:
    """Production tax to province and centre, and what the centre gives back."""
    flows = b.institutions
    central = flows.production_tax_central_share
    agents.tax_office.gives(("r", central), agents.centre[""], name="central_share")
    agents.tax_office.gives(("r", 1.0 - central), agents.government["r"], name="local_share")
    transfers = ("r", flows.central_transfer / flows.central_transfer.sum())
    agents.centre.gives(transfers, agents.government["r"], name="transfer_share")
