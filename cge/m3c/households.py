r"""Households: labour, population, and a linear expenditure system.

Each household earns wages and distributed profits, pays tax, saves, and buys (Stone-Geary)

.. math:: x_i = \gamma_i + \frac{\beta_i}{p_i} \Big( m - \sum_k p_k \gamma_k \Big) ,

where fuels need permits beside them. Labour follows employment, subsistence :math:`\gamma` follows
population. So that income elasticities :math:`\eta` do not fade as people grow rich, the marginal
shares follow: at base-year prices and an income per head of y times the base year's (that of GDP)
a person would buy :math:`C_i \, y^{\eta_i}`, scaled to what is spent, and

.. math:: \beta_{it} \propto C_i \, y^{\eta_i} \, \frac{y \sum_k C_k}{\sum_k C_k y^{\eta_k}}
          - \gamma_i .

Welfare is real discretionary expenditure :math:`(m - p\gamma) / P`, and the equivalent
variation at the prices of a reference equilibrium 0, for equal committed quantities,

.. math:: EV = P^0 \Bigl( \frac{m - p\gamma}{P} - \frac{m^0 - p^0\gamma}{P^0} \Bigr) .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Lever, Report, Values, Year, once
from cge.equilibrium import State
from cge.language import Agent, Model, Node, Parameter, leontief, les
from cge.m3c.carbon import Claim, Permits
from cge.m3c.emissions import Source
from cge.m3c.markets import Agents, Markets
from cge.m3c.prices import ConsumerPrices
from cge.setting import Setting
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

LEAST_WANTED = 0.1
"""What of the base year's marginal share is left at least to any good."""


@dataclass(frozen=True, eq=False)
class Households(Block):
    """Households ``HH`` (r h).

    Attributes:
        agent: the households.
        combustion: CO2 of fuel burnt (r h f).
        labour_supply: labour in base-year wages, 1e8 CNY (r h).
        saving_rate: share of gross income that is saved (r h).
        committed_goods: subsistence without fuels, 1e8 CNY (r h i).
        committed_fuel: subsistence in fuels, 1e8 CNY (r h f).
        wedge: paid beyond the price of a good, for electricity (r h i).
        wanted_goods: what is bought beyond in the base year, as shares; without fuels (r h i).
        wanted_fuel: the same of fuels (r h f).
        markets: where they sell labour.
        prices: what prices are relative to.
    """

    agent: Agent
    combustion: Source
    labour_supply: Parameter
    saving_rate: Parameter
    committed_goods: Parameter
    committed_fuel: Parameter
    wedge: Parameter
    wanted_goods: Parameter
    wanted_fuel: Parameter
    markets: Markets
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls,
        m: Model,
        k: Markets,
        agents: Agents,
        b: Benchmark,
        permits: Permits,
        prices: ConsumerPrices,
    ) -> Households:
        """Declare income, tax, saving and demand."""
        agent, flows = agents.households, b.institutions
        gross = flows.labour_income + flows.enterprise_to_household
        labour = m.parameter("labour_supply", "r h", ("r h", flows.labour_income))
        saving = m.parameter("saving_rate", "r h", ("r h", _saving_rate(b)))
        agent.owns(k.labour["r"], labour)
        tax = ("r h", flows.income_tax / gross)
        agent.gives(tax, agents.government["r"], name="income_tax_rate")
        agent.gives(saving, agents.investor["r"])
        goods, committed = _without_fuels(b)
        needed_goods = m.parameter("HH.goods.minimum", "r h i", ("r h i", committed))
        needed_fuel, wanted_fuel, burnt, fuel = _fuel(m, k, b, permits)
        beyond = m.parameter("HH.goods.quantity", "r h i", ("r h i", goods - committed))
        wedge = m.parameter("home_wedge", "r h i", ("r h i", home_wedge(b)))
        bought = k.composite["r i"](
            beyond=beyond,
            minimum=needed_goods,
            taxes=wedge.to(agents.tax_office["r"]),
            name="goods",
        )
        agent.spends(les(fuel, bought))
        burns = agent.flow("fuel")
        source = Source(
            burnt.factor,
            lambda state: state.quantity(burns),
            burnt.covered,
            lambda b: b.emissions.household,
        )
        needs = (needed_goods, needed_fuel, wedge, beyond, wanted_fuel)
        return cls(agent, source, labour, saving, *needs, k, prices)

    def parameters(self, at: Year) -> Values:
        """Labour by household, what they save, and subsistence of the people there are."""
        setting, b = at.setting, at.setting.benchmark
        people = growth_of_people(setting, at.year)
        jobs = setting.driver("labour", at.year) / setting.driver("labour", b.base_year)
        _, goods = _without_fuels(b)
        fuel = b.demand.subsistence[:, :, b.fuel_places]
        beyond = wanted(b, grown_income(setting, at.year)) / (1.0 + home_wedge(b))
        beyond_fuel = beyond[:, :, b.fuel_places].copy()
        beyond[:, :, b.fuel_places] = 0.0
        return {
            self.saving_rate: _saving_rate(b) * saving_factor(at),
            self.wanted_goods: beyond,
            self.wanted_fuel: beyond_fuel,
            self.labour_supply: shared(b.institutions.labour_income, people) * jobs[:, None],
            self.committed_goods: goods * people[:, :, None],
            self.committed_fuel: fuel * people[:, :, None],
        }

    def consumption(self, state: State) -> Any:
        """Household consumption at base-year prices, 1e8 CNY (region)."""
        goods = state.quantity(self.agent.flow("goods")) * (1.0 + self.wedge.value)
        return goods.sum((1, 2)) + state.quantity(self.agent.flow("fuel")).sum((1, 2))

    def living_cost(self, state: State) -> Any:
        """Price of discretionary expenditure, base year = 1 (region, household)."""
        return state.price_index(self.agent)

    def discretionary(self, state: State) -> Any:
        """Real discretionary expenditure, 1e8 CNY (region, household)."""
        return state.spending(self.agent) / self.living_cost(state)

    def reports(self) -> Sequence[Report]:
        """People, consumption, wages and welfare."""
        return (
            Report(
                "population", "region", "million", "population",
                lambda at: at.setting.population(at.year).sum(axis=1),
                iamc="Population", total="sum",
            ),
            Report(
                "people", "region household", "million", "population by household",
                lambda at: at.setting.population(at.year),
                iamc="Population|{household}", total="sum",
            ),
            Report(
                "consumption", "region", "1e8 CNY", "household consumption at base-year prices",
                lambda at: self.consumption(at.state), iamc="Consumption", total="sum",
            ),
            Report(
                "wage", "region", "index", "wage relative to consumer prices, base year = 1",
                lambda at: self.prices.relative(at, self.markets.labour),
            ),
            Report(
                "discretionary", "region household", "1e8 CNY",
                "real expenditure above subsistence",
                lambda at: self.discretionary(at.state),
            ),
            Report(
                "living_cost", "region household", "index",
                "price of discretionary expenditure relative to consumer prices, base year = 1",
                self._living_cost,
            ),
            Report(
                "equivalent_variation", "region", "1e8 CNY",
                "equivalent variation at the baseline's prices of the year",
                self.equivalent_variation, iamc="Welfare|Equivalent Variation", total="sum",
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """The labour force."""
        return (
            Lever(
                "labour_force", "region", "million person",
                "people who work, or would at the going wage where a closure allows unemployment",
                self._labour_force, self._set_labour_force, least=1e-9,
            ),
        )  # fmt: skip

    def _living_cost(self, at: Year) -> Array:
        cost: Array = np.asarray(self.living_cost(at.state)) / self.prices.level(at)
        return cost

    @once
    def equivalent_variation(self, at: Year) -> Array:
        """EV of all households of a region, zero in a baseline (region)."""
        real = np.asarray(self.discretionary(at.state))
        if at.setting.baseline is None:
            return np.zeros(len(real))
        before, price = (
            at.setting.baseline[name].sel(year=at.year).transpose("region", "household").to_numpy()
            for name in ("discretionary", "living_cost")
        )
        worth: Array = ((real - before) * price).sum(axis=1)
        return worth

    def _labour_force(self, at: Year) -> Array:
        """Labour in force, in people: labour is measured in base-year wages."""
        setting, b = at.setting, at.setting.benchmark
        base = b.institutions.labour_income.sum(axis=1)
        first = setting.driver("labour", b.base_year)
        people: Array = at.parameter(self.labour_supply).sum(axis=1) / base * first
        return people

    def _set_labour_force(self, at: Year, people: Array) -> Values:
        ratio = people / at.setting.driver("labour", at.year)
        return {self.labour_supply: at.parameter(self.labour_supply) * ratio[:, None]}


def saving_factor(at: Year) -> float:
    """Rates of saving of households and enterprises relative to the base year."""
    return float(at.setting.prospect("saving", ("",), at.year)[0])


def growth_of_people(setting: Setting, year: int) -> Array:
    """Population relative to the base year, zero where there was nobody (region, household)."""
    before = setting.population(setting.dataset.base_year)
    people: Array = setting.population(year) / np.where(before > 0, before, 1.0)
    return people


def grown_income(setting: Setting, year: int) -> Array:
    """GDP per head relative to the base year, by the drivers of the dataset (region)."""
    base = setting.dataset.base_year
    people = setting.population(year).sum(axis=1) / setting.population(base).sum(axis=1)
    grown: Array = setting.growth("gdp_growth", year) / people
    return grown


def wanted(b: Benchmark, income: Array) -> Array:
    """What people buy beyond subsistence at an income, scaled to the base year's sum (r, h, i).

    Arguments:
        b: the benchmark.
        income: income per head relative to the base year (region).
    """
    bought, committed = b.demand.consumption, b.demand.subsistence
    beyond = bought - committed
    whole = ratio(bought.sum(axis=2), beyond.sum(axis=2))  # minus the Frisch parameter
    elasticity = whole[..., None] * ratio(beyond, bought)
    rich = bought * income[:, None, None] ** elasticity
    scale = income[:, None] * ratio(bought.sum(axis=2), rich.sum(axis=2))
    left = np.maximum(rich * scale[..., None] - committed, LEAST_WANTED * beyond)
    moved: Array = left * ratio(beyond.sum(axis=2), left.sum(axis=2))[..., None]
    return moved


def shared(income: Array, people: Array) -> Array:
    """Income by household with the base year's total, moved with population."""
    weight = income * people
    total = np.where(weight.sum(axis=1) > 0, weight.sum(axis=1), 1.0)
    moved: Array = weight * (income.sum(axis=1) / total)[:, None]
    return moved


def _saving_rate(b: Benchmark) -> Array:
    """Share of gross income that is saved in the base year (region, household)."""
    flows = b.institutions
    rate: Array = flows.household_saving / (flows.labour_income + flows.enterprise_to_household)
    return rate


def _without_fuels(b: Benchmark) -> tuple[Array, Array]:
    """Consumption and subsistence of all goods but fuels, before the wedge on electricity, 1e8 CNY
    (region, household, good).
    """
    paid = 1.0 + home_wedge(b)
    goods, committed = b.demand.consumption / paid, b.demand.subsistence / paid
    goods[:, :, b.fuel_places] = committed[:, :, b.fuel_places] = 0.0
    return goods, committed


def home_wedge(b: Benchmark) -> Array:
    """What a kWh costs beyond the price of the region, zero for other goods (region, household,
    good).
    """
    wedge = np.zeros_like(b.demand.consumption)
    if b.makes_electricity:
        wedge[:, :, b.electricity_place] = b.grid.home_wedge
    return wedge


def _fuel(
    m: Model, k: Markets, b: Benchmark, permits: Permits
) -> tuple[Parameter, Parameter, Claim, Node]:
    """Fuels, each with the permits that it needs: committed, beyond, what it emits, the nest."""
    bought = b.demand.consumption[:, :, b.fuel_places]
    committed = b.demand.subsistence[:, :, b.fuel_places]
    beyond = m.parameter("HH.fuel.quantity", "r h f", ("r h f", bought - committed))
    minimum = m.parameter("HH.fuel.minimum", "r h f", ("r h f", committed))
    burnt = permits.claim(m, "HH.fuel", beyond, "rhf", ratio(b.emissions.household, bought))
    bound = permits.needed(m, "HH.fuel_permit.minimum", minimum, burnt.factor, burnt.covered)
    nest = leontief(
        k.composite["r f"](beyond=beyond, minimum=minimum, name="fuel"),
        k.permits["p"](beyond=burnt.needed, minimum=bound, name="fuel_permit"),
        each="f",
    )
    return minimum, beyond, burnt, nest
