"""Production: sectors make goods for home and abroad from nests of inputs.

Outputs on the left (elasticities by region and sector in brackets)::

    CET[transformation](PD, PX) <- Leontief( process permits, licences,
        CES[resource]( PR, CES[top]( Leontief(materials), generation,
            CES[kle]( CES[value_added](PL, PK),
                CES[energy]( electricity, CES[fossil]( Leontief(fuel, permit) each fuel ))))))

Of electricity the kWh sold at home and abroad add up to those made (ACET). What a user pays for a
kWh beyond or below the price of the region is a wedge, a tax whose sum over all users of a region
is zero in the base year (``calibration.electricity``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Block, Lever, Report, Values, Year, parameter_lever
from cge.equilibrium import State
from cge.language import Activity, Model, Node, Parameter, acet, ces, leontief
from cge.m3c.carbon import Claim, Permits
from cge.m3c.emissions import Source
from cge.m3c.factors import Factors
from cge.m3c.intensities import Intensities
from cge.m3c.licences import Licences
from cge.m3c.markets import Agents, Markets
from cge.m3c.parameters import elasticity
from cge.m3c.prices import ConsumerPrices
from cge.m3c.trade import electricity_only
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Production(Block):
    """Production of sectors, ``Y`` (r j).

    Attributes:
        activity: the activity.
        combustion: CO2 of fuel burnt (r j f).
        process: CO2 of industrial processes (r j).
        energy_efficiency: output per unit of energy at unchanged prices (r j).
        fuel, electricity: what is burnt and used at base-year prices before intensities, 1e8 CNY
            (r j f), (r e j).
        resources: natural resources (r j).
        output_tax: rate of production tax, a share of sales (r j).
        markets: where it buys and sells.
        prices: what prices are relative to.
    """

    activity: Activity
    combustion: Source
    process: Source
    energy_efficiency: Parameter
    fuel: Parameter
    electricity: Parameter
    resources: Parameter
    output_tax: Parameter
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
        intensities: Intensities,
        output: Parameter,
        licences: Licences | None,
        prices: ConsumerPrices,
    ) -> Production:
        """Declare the activity; enterprises own natural resources.

        Arguments:
            m: the model.
            k: the markets.
            agents: who owns resources and receives tax.
            b: the benchmark.
            factors: labour and capital as they are hired.
            permits: what emissions need.
            intensities: factors on what producers take of energy.
            output: base-year output (r j).
            licences: what limited outputs need, None where no output can be limited.
            prices: what prices are relative to.
        """
        saved = m.parameter("energy_efficiency", "r j", 1.0)
        base = m.parameter("Y.fuel.base", "r j f", ("r f j", b.production.fuel))
        fuel = m.product("Y.fuel.quantity", "r j f", base, intensities.fuel)
        per_fuel = ratio(b.emissions.fuel, b.production.fuel)
        burnt = permits.claim(m, "Y.fuel", fuel, "rfj", per_fuel)
        per_output = ratio(b.emissions.process, b.output)
        made = permits.claim(m, "Y.output", output, "rj", per_output)
        needs = [k.permits["p"](made.needed, name="process_permit")]
        if licences is not None:
            needs.append(licences.market["l"](licences.needed, name="licence"))
        paid = (b.production.electricity / (1.0 + b.grid.wedge))[:, None]
        electricity = m.parameter("Y.electricity.base", "r e j", ("r e j", paid))
        used = m.product("Y.electricity.quantity", "r e j", electricity, intensities.electricity)
        tax = m.parameter("output_tax", "r j", ("r j", b.production.output_tax))
        energy = _energy(m, k, agents, b, fuel, burnt, saved, used)
        activity = m.activity(
            "Y",
            "r j",
            makes=_sales(m, k, agents, b, tax),
            uses=leontief(_inputs(m, k, b, factors, energy), *needs),
            meaning="production of a sector",
        )
        resources = m.parameter("resources", "r j", ("r j", b.production.resource))
        agents.enterprises.owns(k.resources["r j"], resources)
        burns = activity.flow("fuel")
        return cls(
            activity,
            Source(
                burnt.factor,
                lambda state: state.quantity(burns),
                burnt.covered,
                lambda b: b.emissions.fuel.swapaxes(1, 2),
            ),
            Source(
                made.factor,
                lambda state: state.level(activity) * state.parameter(output),
                made.covered,
                lambda b: b.emissions.process,
            ),
            saved,
            base,
            electricity,
            resources,
            tax,
            k,
            prices,
        )

    def parameters(self, at: Year) -> Values:
        """Reserves of natural resources."""
        b = at.setting.benchmark
        reserves = at.setting.prospect("resource", b.sectors, at.year)
        return {self.resources: b.production.resource * reserves}

    def output(self, at: Year) -> Array:
        """Gross output at base-year prices, 1e8 CNY (region, sector)."""
        made: Array = at.state.quantity(self.activity.flow("domestic")) + self.exports(at)
        return made

    def exports(self, at: Year) -> Array:
        """Sales abroad at base-year prices, 1e8 CNY (region, sector)."""
        sold: Array = at.state.quantity(self.activity.flow("export"))
        return sold

    def sales(self, state: State) -> Any:
        """What production tax is paid on: sales at home and abroad, money (region)."""
        home = state.price(self.markets.goods) * state.quantity(self.activity.flow("domestic"))
        abroad = state.price(self.markets.exports) * state.quantity(self.activity.flow("export"))
        return (home + abroad).sum(1)

    def reports(self) -> Sequence[Report]:
        """Output and its price."""
        return (
            Report(
                "output", "region sector", "1e8 CNY", "gross output at base-year prices",
                self.output, iamc="Output; Output|{sector:economy}", total="sum",
            ),
            Report(
                "exports", "region", "1e8 CNY", "exports to the world at base-year prices",
                lambda at: self.exports(at).sum(axis=1), iamc="Exports", total="sum",
            ),
            Report(
                "producer_price", "region sector", "index",
                "price of domestic sales at the producer relative to consumer prices, base year "
                "= 1; not a number where nothing is made",
                lambda at: self.prices.relative(at, self.markets.goods),
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """Energy efficiency."""
        return (
            parameter_lever(
                "energy_efficiency", "region sector", "index",
                "output per unit of energy at unchanged prices, generation apart, base year = 1",
                self.energy_efficiency, least=1e-3,
            ),
        )  # fmt: skip


def _sales(m: Model, k: Markets, agents: Agents, b: Benchmark, rate: Parameter) -> Node:
    """Sales at home and abroad, production tax of both for the tax office."""
    tax = rate.to(agents.tax_office["r"])
    return acet(
        elasticity(m, b, "transformation", "j"),
        k.goods["r j"](("r j", b.production.domestic), taxes=tax, name="domestic"),
        k.exports["r j"](("r j", b.production.export), taxes=tax, name="export"),
        only=("j", electricity_only(b)),
    )


def _inputs(m: Model, k: Markets, b: Benchmark, factors: Factors, energy: Node) -> Node:
    """Natural resources against all other inputs."""
    value_added = ces(
        elasticity(m, b, "value_added", "r j"),
        factors.labour(("r j", b.production.labour)),
        factors.capital("j", ("r j", b.production.capital)),
    )
    return ces(
        elasticity(m, b, "resource", "r j"),
        k.resources["r j"](("r j", b.production.resource), name="resource"),
        ces(
            elasticity(m, b, "top", "r j"),
            leontief(k.composite["r i"](("r i j", b.production.material), name="material")),
            k.generated["r"](("r j", b.production.generation), name="generation"),
            ces(elasticity(m, b, "kle", "r j"), value_added, energy),
        ),
    )


def _energy(
    m: Model,
    k: Markets,
    agents: Agents,
    b: Benchmark,
    fuel: Parameter,
    burnt: Claim,
    saved: Parameter,
    electricity: Parameter,
) -> Node:
    """Electricity against fuels, each with the permits that burning it needs."""
    wedge = m.parameter("electricity_wedge", "r j", ("r j", b.grid.wedge))
    return ces(
        elasticity(m, b, "energy", "r j"),
        k.composite["r e"](
            electricity,
            taxes=wedge.to(agents.tax_office["r"]),
            productivity=saved,
            name="electricity",
        ),
        ces(
            elasticity(m, b, "fossil", "r j"),
            leontief(
                k.composite["r f"](fuel, productivity=saved, name="fuel"),
                k.permits["p"](burnt.needed, productivity=saved, name="fuel_permit"),
                each="f",
            ),
        ),
    )
