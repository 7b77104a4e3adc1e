r"""Electricity: technologies make it, a composite of them feeds the grid, the grid sells it.

Generation of a region is ``PG <- CES[generation]( PT of each technology )``; a technology is::

    PT <- CES[technology_fixed]( PS (its sites), Leontief( materials, (fuel, permit) each fuel,
                                                          PL, PK of the sector ))

A partner that hands back shares of generation :math:`s_{rt}` takes the choice of technology over:
generation becomes a composite in fixed physical proportions,

.. math:: \bar x_{rt} = s_{rt}\, c_{rt}\, W_r , \qquad \sigma_r = 0 , \qquad
          W_r = \sum_t w_{rt} ,

with base-year generation w in TWh and its base-year value c per TWh, so that a unit of the
composite stays the same number of TWh. Costs are quantities of labour, capital and materials per
unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Lever, Report, Values, Year
from cge.language import Activity, Model, Parameter, ces, leontief
from cge.m3c.carbon import YUAN_PER_TON, Claim, Permits
from cge.m3c.emissions import Source
from cge.m3c.markets import Agents, Markets
from cge.m3c.mix import Mix, per_mwh
from cge.m3c.parameters import elasticity
from cge.m3c.prices import ConsumerPrices
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Power(Block):
    """Generation ``GEN`` (r) and technologies ``T`` (r t).

    Attributes:
        combustion: CO2 of fuel burnt (r t f).
        sites: sites of technologies (r t).
        mix: what partners set of technologies.
        markets: where it buys and sells.
        prices: what prices are relative to.
    """

    combustion: Source
    sites: Parameter
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
        productivity: Parameter,
        permits: Permits,
        prices: ConsumerPrices,
    ) -> Power:
        """Declare generation and technologies; enterprises own the sites.

        Arguments:
            m: the model.
            k: the markets.
            agents: who owns sites.
            b: the benchmark.
            productivity: productivity of labour and capital (r).
            permits: what emissions need.
            prices: what prices are relative to.
        """
        substitution = elasticity(m, b, "generation", "r")
        made = m.activity(
            "GEN",
            "r",
            makes=k.generated["r"](("r", b.power.output.sum(axis=1)), name="electricity"),
            uses=ces(
                substitution, k.by_technology["r t"](("r t", b.power.output), name="technology")
            ),
        )
        fuel = m.parameter("T.fuel.quantity", "r t f", ("r f t", b.power.fuel))
        per_fuel = ratio(b.emissions.technology, b.power.fuel)
        burnt = permits.claim(m, "T.fuel", fuel, "rft", per_fuel)
        technology = _technologies(m, k, b, productivity, fuel, burnt)
        sites = m.parameter("sites", "r t", ("r t", b.power.fixed))
        agents.enterprises.owns(k.sites["r t"], sites)
        bought = tuple(technology.flow(name) for name in ("labour", "capital", "material"))
        share = made.flow("technology").quantity
        quantities = tuple(leaf.quantity for leaf in bought)
        mix = Mix(technology, share, substitution, quantities, fuel, sites)
        burns = technology.flow("fuel")
        source = Source(
            burnt.factor,
            lambda state: state.quantity(burns),
            burnt.covered,
            lambda b: b.emissions.technology.swapaxes(1, 2),
        )
        return cls(source, sites, mix, k, prices)

    def parameters(self, at: Year) -> Values:
        """Sites for wind, sun, reactors and dams."""
        b = at.setting.benchmark
        return {self.sites: b.power.fixed * at.setting.prospect("site", b.technologies, at.year)}

    def reports(self) -> Sequence[Report]:
        """Generation, its prices and costs."""
        by_technology = "region technology"
        return (
            Report("generation_twh", by_technology, "TWh", "electricity made", self.mix.twh),
            Report(
                "electricity_demand", "region", "TWh",
                "electricity that the generators of a region must supply, grid losses included",
                lambda at: self.mix.twh(at).sum(axis=1), total="sum",
            ),
            Report(
                "generation_price", by_technology, "CNY/MWh",
                "price of generation by technology at the plant, at base-year consumer prices; not "
                "a number where there is none",
                self._generation_price,
            ),
            Report(
                "fuel_cost", by_technology, "CNY/MWh",
                "cost of fuel per unit generated at prices of the year, permits apart, at "
                "base-year consumer prices",
                self._fuel_cost,
            ),
            Report(
                "emission_factor", by_technology, "t/MWh", "CO2 per unit generated, before capture",
                self._emission_factor,
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """Shares, costs, efficiency and sites."""
        return self.mix.levers()

    def _generation_price(self, at: Year) -> Array:
        prices = self.prices.relative(at, self.markets.by_technology)
        return per_mwh(at, prices * at.setting.benchmark.power.output)

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


def _technologies(
    m: Model, k: Markets, b: Benchmark, productivity: Parameter, fuel: Parameter, burnt: Claim
) -> Activity:
    used = b.power.capital
    capital = ("r t", used) if k.mobile else ("r e t", used[:, None])
    inputs = leontief(
        k.composite["r i"](("r i t", b.power.material), name="material"),
        leontief(
            k.composite["r f"](fuel, name="fuel"),
            k.permits["p"](burnt.needed, name="fuel_permit"),
            each="f",
        ),
        k.labour["r"](("r t", b.power.labour), productivity=productivity, name="labour"),
        k.capital_of("e")(capital, productivity=productivity, name="capital"),
    )
    sites = k.sites["r t"](("r t", b.power.fixed), name="site")
    return m.activity(
        "T",
        "r t",
        makes=k.by_technology["r t"](("r t", b.power.output), name="electricity"),
        uses=ces(elasticity(m, b, "technology_fixed", "r t"), sites, inputs),
    )
