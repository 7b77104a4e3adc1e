r"""Electricity: technologies make it, the grid takes all TWh, and capacity is what is scarce.

Generation of a region adds up::

    PG <- ACES[peak]( ACES[generation]( PT of each technology ), PT of what goes with load )

Every technology counts with the kWh that its plants made in full use, so that among kWh of equal
price each plant is as good as any other, and what users get is the sum of what plants make,

.. math:: x_t = X \frac{a_t\, p_t^{-\sigma}}{\sum_k a_k\, p_k^{-\sigma}} , \qquad
          a_{rt} \propto G_{rt0} \frac{K_{rt}}{K_{rt0}} , \qquad \sum_t x_t = X .

Plants for the peak and on islands (oil) are dear, and no others do what they do: they stand apart,
sell at their own cost, and make a share of load that follows a path, nearly whatever it costs.

A technology's plants are its specific factor::

    PT <- Leontief( CES[plants]( PS (its plants), running ), (room, carriage) of CO2 caught )
    running <- Leontief( materials, (fuel, permit) each fuel, PL )

The elasticity is below one and follows from the most that plants can make, :math:`\beta` times
what they made in the base year: with the share :math:`\theta` of rent in cost a CES function cannot
make more of its scarce factor than

.. math:: \beta = \theta^{-\sigma / (1 - \sigma)} , \qquad
          \sigma = \frac{x}{1 + x} , \quad x = \frac{\ln \beta}{-\ln \theta} ,

so generation is at most hours times capacity, strictly and without a kink: hours rise and fall with
the price, and what a plant earns beyond its running cost is its rent.

All other kWh start at one price. What is paid beyond the mean (heat, waste, guidance prices) or
less (old dams) is *support*, a tax whose sum over the technologies of a region is zero
in the base year; where new plants get none, it fades as the share of supported plants does (that of
demonstration plants, as many as in the base year, goes on),

.. math:: s_{rt} = s_{rt0} \Bigl( \nu + (1 - \nu) \min\bigl( 1,\,
          \tfrac{K_{rt0}}{K_{rt}} \max(0, 1 - \tfrac{t - t_0}{20}) \bigr) \Bigr) .

What a supported kWh costs beyond the others is a loss to the nation. So where inputs get dearer of
a technology that has hardly any rent, few of the TWh, and support s above
:math:`1 / (\sigma - 1)`, support is saved on more kWh than those left cost more, and GDP rises.
What is that dear stands apart; dearer inputs of any technology of the embedded economy are a loss.

Plants that capture CO2 emit what they let slip; what they store goes with the kWh that they make.
Bioenergy that does so earns a permit for each ton.

A partner that hands back shares of generation takes the choice of technology over: the nest becomes
one in fixed proportions of TWh. Costs are quantities of labour and materials per unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from calibration.generation import PARENTS
from cge.blocks import Block, Check, Lever, Report, Values, Year
from cge.equilibrium import State
from cge.language import Model, Node, Parameter, aces, ces, leontief
from cge.m3c.carbon import YUAN_PER_TON, Claim, Permits
from cge.m3c.cohorts import YUAN_PER_KW
from cge.m3c.emissions import Source
from cge.m3c.factors import Factors
from cge.m3c.markets import Agents, Markets
from cge.m3c.mix import Mix, per_mwh
from cge.m3c.parameters import elasticity
from cge.m3c.prices import ConsumerPrices
from cge.m3c.storage import Storage, Stored
from cge.setting import Setting
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

SUPPORT_YEARS = 20
"""Years for which a plant has a guidance price (NDRC 2013 No. 1638)."""


@dataclass(frozen=True, eq=False)
class Power(Block):
    """Generation ``GEN`` (r) and technologies ``T`` (r t).

    Attributes:
        combustion: CO2 of fuel burnt that is not captured (r t f).
        support: what a technology is taxed, negative where it is paid beyond the mean (r t).
        removed: CO2 of bioenergy captured per unit of a technology, Mt (r t).
        material: goods that running plants takes, 1e8 CNY (r i t).
        bounding: elasticity of plants against the rest, which bounds their hours (r t).
        mix: what partners set of technologies.
        markets: where it buys and sells.
        prices: what prices are relative to.
    """

    combustion: Source
    support: Parameter
    removed: Parameter
    material: Parameter
    bounding: Parameter
    mix: Mix
    markets: Markets
    prices: ConsumerPrices

    @classmethod
    def declare(
        cls,
        m: Model,
        k: Markets,
        agents: Agents,
        b: Benchmark,
        factors: Factors,
        permits: Permits,
        storage: Storage,
        prices: ConsumerPrices,
    ) -> Power:
        """Declare generation and technologies; enterprises own the plants.

        Arguments:
            m: the model.
            k: the markets.
            agents: who owns plants and receives tax.
            b: the benchmark.
            factors: labour as it is hired.
            permits: what emissions need.
            storage: where CO2 that plants catch goes.
            prices: what prices are relative to.
        """
        substitution, peak = (elasticity(m, b, name, "r") for name in ("generation", "peak"))
        apart = b.power.apart
        counts = ratio(b.power.counted, b.power.sold, 1.0)
        made = m.activity(
            "GEN",
            "r",
            makes=k.generated["r"](("r", b.power.sold.sum(axis=1)), name="electricity"),
            uses=aces(
                peak,
                aces(
                    substitution,
                    k.by_technology["r t"](
                        ("r t", (1.0 - apart) * b.power.sold), name="technology"
                    ),
                ),
                k.by_technology["r t"](
                    ("r t", apart * b.power.sold), name="apart", yields=("r t", counts)
                ),
            ),
            meaning="generation, the technologies together",
        )
        fuel = m.parameter("T.fuel.quantity", "r t f", ("r f t", b.power.fuel))
        per_fuel = ratio(b.emissions.technology, b.power.fuel)
        burnt = permits.claim(m, "T.fuel", fuel, "rft", per_fuel)
        support = m.parameter("support", "r t", -b.power.support)
        removed = m.parameter("T.removed", "r t", 0.0)
        credit = m.product("T.credit.quantity", "r t p", permits.members, permits.net, removed)
        stored = m.parameter("T.stored", "r t", 0.0)
        sells = leontief(
            k.by_technology["r t"](
                ("r t", b.power.sold), taxes=support.to(agents.tax_office["r"]), name="electricity"
            ),
            k.permits["p"](credit, name="credit"),
        )
        bounding = m.parameter("sigma_plants", "r t", ("r t", bounding_elasticity(b)))
        material = m.parameter("T.material.quantity", "r i t", ("r i t", b.power.material))
        running = _running(k, b, factors, material, fuel, burnt)
        services = k.plants["r t"](("r t", b.power.rent), name="plants")
        uses = leontief(
            ces(bounding, services, running), *storage.claim(m, "T", stored, storage.pipes)
        )
        technology = m.activity(
            "T", "r t", makes=sells, uses=uses, meaning="generation of a technology"
        )
        plants = m.parameter("plants", "r t", ("r t", b.power.rent))
        agents.enterprises.owns(k.plants["r t"], plants)
        bought = tuple(technology.flow(name) for name in ("labour", "material"))
        share, beside = made.flow("technology").quantity, made.flow("apart").quantity
        quantities = tuple(leaf.quantity for leaf in bought)
        mix = Mix(technology, share, beside, substitution, peak, quantities, fuel, plants, stored)
        burns = technology.flow("fuel")
        source = Source(
            burnt.factor,
            lambda state: state.quantity(burns),
            burnt.covered,
            lambda b: b.emissions.technology.swapaxes(1, 2),
        )
        return cls(source, support, removed, material, bounding, mix, k, prices)

    def parameters(self, at: Year) -> Values:
        """Plants that stand in the year, their weights, support, and what they capture."""
        setting, b = at.setting, at.setting.benchmark
        stands = at.stocks["plants"].sum(axis=2)  # region, technology: GW
        slip = 1.0 - _caught_share(setting, at.year)  # technology
        first = 1.0 - _caught_share(setting, b.base_year)
        base = ratio(b.emissions.technology, b.power.fuel).swapaxes(1, 2)  # region, tech., fuel
        apart = b.power.apart * b.power.sold * of_load(setting, at.year)
        return {
            **self.mix.standing(b, stands, apart),
            self.support: -b.power.support * self._supported(setting, stands, at.year),
            self.combustion.factor: base * (slip / first)[:, None],
            self.removed: b.power.twh * self._removal(setting, at.year),
            self.mix.stored: self._stored(setting, at.year),
        }

    def _stored(self, setting: Setting, year: int) -> Array:
        """CO2 that technologies store at base-year generation, Mt (region, technology).

        Demonstration plants of the base year let it go.
        """
        b = setting.benchmark
        if year == b.base_year:
            return np.zeros_like(b.power.twh)
        let_go = 1.0 - _caught_share(setting, b.base_year)
        burnt = b.emissions.technology.sum(axis=1) / let_go  # region, technology
        total: Array = burnt * _caught_share(setting, year) + b.power.twh * self._removal(
            setting, year
        )
        return total

    def _removal(self, setting: Setting, year: int) -> Array:
        """CO2 of bioenergy captured, Mt per TWh (technology)."""
        plants, names = setting.assumptions.plants, setting.benchmark.technologies
        burns = setting.benchmark.power.fuel.sum(axis=(0, 1)) > 0.0
        tons = [plants.captured(name, setting.cost_year(year)) for name in names]
        return np.where(burns | (year == setting.benchmark.base_year), 0.0, tons)

    @staticmethod
    def _supported(setting: Setting, stands: Array, year: int) -> Array:
        """Support per kWh relative to the base year (region, technology)."""
        b, plants = setting.benchmark, setting.assumptions.plants
        new = plants.values("support", b.technologies, [year])[:, 0]
        shown = np.array([name in PARENTS for name in b.technologies])
        left = np.where(shown, 1.0, max(0.0, 1.0 - (year - b.base_year) / SUPPORT_YEARS))
        old = np.minimum(1.0, left * ratio(b.power.capacity, stands, 1.0))
        share: Array = new + (1.0 - new) * old
        return share

    def supported(self, at: Year) -> Array:
        """What a kW gets from support that a new plant would not, yuan at base-year consumer prices
        (region, technology).
        """
        setting, names = at.setting, at.setting.benchmark.technologies
        new = setting.assumptions.plants.values("support", names, [at.year])[:, 0]
        stands = at.stocks["plants"].sum(axis=2)
        paid = -at.parameter(self.support) - new * setting.benchmark.power.support
        price = self.prices.relative(at, self.markets.by_technology)
        made = at.state.level(self.mix.technology) * setting.benchmark.power.sold
        return YUAN_PER_KW * ratio(np.nan_to_num(price) * made * paid, stands)

    def stored(self, at: Year) -> Array:
        """CO2 that technologies catch, of bioenergy too, Mt (region, technology)."""
        tons: Array = at.state.level(self.mix.technology) * at.parameter(self.mix.stored)
        return tons

    def removed_at(self, state: State) -> Array:
        """CO2 of bioenergy that technologies take out of the air, Mt (region)."""
        tons = state.level(self.mix.technology) * state.parameter(self.removed)
        total: Array = np.asarray(tons).sum(axis=1)
        return total

    @property
    def caught(self) -> tuple[Stored, Stored]:
        """CO2 of fuel, and of bioenergy, that technologies store."""

        def fossil(state: State) -> Array:
            tons = state.level(self.mix.technology) * state.parameter(self.mix.stored)
            total: Array = np.asarray(tons).sum(axis=1) - self.removed_at(state)
            return total

        return Stored(fossil), Stored(self.removed_at, removed=True)

    def reports(self) -> Sequence[Report]:
        """Generation, its prices and costs."""
        by_technology = "region technology"
        return (
            Report(
                "generation_twh", by_technology, "TWh", "electricity made", self.mix.twh,
                iamc="Secondary Energy|Electricity|{technology}", total="sum",
            ),
            Report(
                "electricity_demand", "region", "TWh",
                "electricity that the generators of a region must supply, grid losses included",
                lambda at: self.mix.twh(at).sum(axis=1),
                iamc="Secondary Energy|Electricity", total="sum",
            ),
            Report(
                "generation_price", by_technology, "CNY/MWh",
                "price of generation by technology at the plant, at base-year consumer prices; not "
                "a number where there is none",
                self._generation_price,
                iamc="Price|Secondary Energy|Electricity", total="mean", by="generation_twh",
            ),
            Report(
                "fuel_cost", by_technology, "CNY/MWh",
                "cost of fuel per unit generated at prices of the year, permits apart, at "
                "base-year consumer prices",
                self._fuel_cost,
            ),
            Report(
                "plant_rent", by_technology, "CNY/kW",
                "what plants earn beyond their running cost, at base-year consumer prices; not a "
                "number where there are none",
                self.rent,
            ),
            Report(
                "full_load_hours", by_technology, "h", "generation over capacity",
                lambda at: ratio(1e3 * self.mix.twh(at), at.stocks["plants"].sum(axis=2), np.nan),
            ),
            Report(
                "captured_power", by_technology, "Mt CO2",
                "CO2 captured by plants, of bioenergy too",
                self.stored,
                iamc="Carbon Capture|Energy|Supply|Electricity; "
                "Carbon Capture|Energy|Supply|Electricity|{technology:captured}; "
                "Carbon Removal|Geological Storage|{technology:removing_plants}; "
                "-Emissions|CO2|{technology:taken_by_plants}",
                total="sum",
            ),
            Report(
                "emission_factor", by_technology, "t/MWh",
                "CO2 per unit generated that is not captured",
                self._emission_factor,
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """Shares, costs, efficiency and capacity."""
        return self.mix.levers()

    def checks(self) -> Sequence[Check]:
        """Plants run no longer than they can."""
        return (
            Check(
                "capacity", "region technology", "generation, and the most that plants can make",
                self.excess,
            ),
        )  # fmt: skip

    def excess(self, at: Year) -> Array:
        """Generation beyond the most that plants in force can make, relative to it (region,
        technology).
        """
        b = at.setting.benchmark
        able = b.power.twh * b.power.bound * ratio(at.parameter(self.mix.plants), b.power.rent)
        beyond: Array = np.maximum(ratio(self.mix.twh(at) - able, able), 0.0)
        return beyond

    def _generation_price(self, at: Year) -> Array:
        prices = self.prices.relative(at, self.markets.by_technology)
        return per_mwh(at, prices * at.setting.benchmark.power.sold)

    def rent(self, at: Year) -> Array:
        """What a kW earns, yuan at base-year consumer prices (region, technology)."""
        power = at.setting.benchmark.power
        price = self.prices.relative(at, self.markets.plants)
        return price * ratio(YUAN_PER_KW * power.rent, power.capacity, np.nan)

    def _fuel_cost(self, at: Year) -> Array:
        """Fuel of a unit at the composite's prices (region, technology)."""
        prices = self.prices.relative(at, self.markets.composite)
        prices = np.nan_to_num(prices[:, at.setting.benchmark.fuel_places])  # region, fuel
        fuel = at.parameter(self.mix.fuel)  # region, technology, fuel
        return per_mwh(at, (fuel * prices[:, None]).sum(axis=2))

    def _emission_factor(self, at: Year) -> Array:
        """What burning the fuel of a unit emits, t/MWh (region, technology)."""
        tons = at.parameter(self.mix.fuel) * at.parameter(self.combustion.factor)
        return per_mwh(at, tons.sum(axis=2)) / YUAN_PER_TON


def _running(
    k: Markets,
    b: Benchmark,
    factors: Factors,
    material: Parameter,
    fuel: Parameter,
    burnt: Claim,
) -> Node:
    """What running plants takes."""
    return leontief(
        k.composite["r i"](material, name="material"),
        leontief(
            k.composite["r f"](fuel, name="fuel"),
            k.permits["p"](burnt.needed, name="fuel_permit"),
            each="f",
        ),
        factors.labour(("r t", b.power.labour)),
    )


def of_load(setting: Setting, year: int) -> Array:
    """TWh that go with load per TWh of it, base year = 1; one for all others (technology)."""
    plants, names = setting.assumptions.plants, setting.benchmark.technologies
    follow = [name for name in names if name in plants.follows_load]
    share = np.ones(len(names))
    share[np.isin(names, follow)] = [plants.value(name, "load", year) for name in follow]
    return share


def _caught_share(setting: Setting, year: int) -> Array:
    """Share of CO2 that new plants capture (technology)."""
    plants, names = setting.assumptions.plants, setting.benchmark.technologies
    return plants.values("capture", names, [setting.cost_year(year)])[:, 0]


def bounding_elasticity(b: Benchmark, more: Array | float = 0.0) -> Array:
    """Elasticity of plants against what running them takes, from the most they can make (formula
    of the module; region, technology).

    Arguments:
        b: the benchmark.
        more: what running takes beyond the base year, 1e8 CNY (region, technology).
    """
    share = np.clip(ratio(b.power.rent, b.power.output + more, 0.5), 1e-6, 1.0 - 1e-6)
    x = np.log(b.power.bound) / -np.log(share)
    sigma: Array = x / (1.0 + x)
    return sigma
