r"""M3C, the table of contents: which blocks the economy is made of, and what each is handed.

Each block is a file: its module says the economics with the equations, its class declares markets
and activities, gives the parameters of a year, says what it reports, what it carries into the next
year, and what may be set from outside (``cge.blocks``). A new technology is one more file, and one
more line here; or an *extension*, declared by whoever runs the model (``Structure.extensions``).

The order of the lines is the order of declaration, on which the order of elimination rests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calibration import Abatement, Benchmark
from cge.blocks import Block, Check, Lever, Report, Stock, Year
from cge.equilibrium import Solver, State
from cge.equilibrium.state import Unknowns
from cge.language import Model
from cge.m3c import feasibility
from cge.m3c.abatement import CarbonRemoval
from cge.m3c.adequacy import Adequacy
from cge.m3c.anchors import Anchors
from cge.m3c.areas import Areas
from cge.m3c.capital import Capital
from cge.m3c.carbon import Carbon, Permits
from cge.m3c.closures import Closing, chosen
from cge.m3c.emissions import Emissions, Sources
from cge.m3c.employment import Employment
from cge.m3c.energy import Energy
from cge.m3c.energy_balance import EnergyBalance
from cge.m3c.factors import Factors
from cge.m3c.footprints import Footprints
from cge.m3c.households import Households
from cge.m3c.indirect import Indirect
from cge.m3c.institutions import Institutions
from cge.m3c.intensities import Intensities
from cge.m3c.licences import Licences
from cge.m3c.markets import Agents, Markets, declare_agents, declare_markets, empty_model
from cge.m3c.national import National
from cge.m3c.plants import Plants
from cge.m3c.power import Power
from cge.m3c.prices import ConsumerPrices
from cge.m3c.production import Production
from cge.m3c.recycling import Recycling
from cge.m3c.services import EnergyServices
from cge.m3c.storage import Storage
from cge.m3c.structure import StructuralChange
from cge.m3c.trade import Trade
from cge.reports import check_names
from cge.scenario.schema import LABOUR_TAX
from cge.setting import Setting, Structure
from closures import impose

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Economy:
    """The declared model and its blocks.

    Attributes:
        structure: what it was declared for.
        model: the model.
        markets, agents, prices: what the blocks share.
        production, power, plants, adequacy, trade, households, institutions, capital, abatement,
            emissions, energy, energy_balance, indirect, footprints, carbon, recycling, storage,
            national, structural, services, anchors, employment, areas: the blocks of M3C.
        licences: limits on output, None where no output can be limited.
        extensions: further blocks.
        closing: who adjusts, None until it is closed.
    """

    structure: Structure
    model: Model
    markets: Markets
    agents: Agents
    prices: ConsumerPrices
    production: Production
    power: Power
    plants: Plants
    adequacy: Adequacy
    trade: Trade
    households: Households
    institutions: Institutions
    capital: Capital
    abatement: CarbonRemoval
    emissions: Emissions
    energy: Energy
    energy_balance: EnergyBalance
    indirect: Indirect
    footprints: Footprints
    carbon: Carbon
    recycling: Recycling
    storage: Storage
    national: National
    structural: StructuralChange
    services: EnergyServices
    anchors: Anchors
    employment: Employment
    areas: Areas
    licences: Licences | None
    extensions: tuple[Block, ...] = ()
    closing: Closing | None = None

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks, in the order in which they give parameters, report, and are set."""
        optional = [block for block in (self.licences, self.closing) if block is not None]
        return (
            self.national,
            self.households,
            self.institutions,
            self.production,
            self.trade,
            self.capital,
            self.structural,
            self.services,
            self.emissions,
            self.energy,
            self.energy_balance,
            self.indirect,
            self.footprints,
            self.carbon,
            self.recycling,
            self.storage,
            self.abatement,
            self.power,
            self.plants,
            self.adequacy,
            self.anchors,
            self.employment,
            self.areas,
            *optional,
            *self.extensions,
        )

    @property
    def reports(self) -> list[Report]:
        """What the economy reports of a year."""
        return [report for block in self.blocks for report in block.reports()]

    @property
    def stocks(self) -> list[Stock]:
        """What it carries from year to year."""
        return [stock for block in self.blocks for stock in block.stocks()]

    @property
    def levers(self) -> list[Lever]:
        """What may be set, in the order in which it takes effect."""
        return [lever for block in self.blocks for lever in block.levers()]

    @property
    def checks(self) -> list[Check]:
        """What must balance in every solved year."""
        return [check for block in self.blocks for check in block.checks()]

    def independent(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Parameters that do not follow others, of all parameters by name."""
        return {name: v for name, v in values.items() if name not in self.model.products}

    def first_year(
        self,
        setting: Setting,
        values: Mapping[str, Array] | None = None,
        solved: State | None = None,
    ) -> Year:
        """The base year of a setting, apart from any run.

        Arguments:
            setting: what is given.
            values: parameters in force; the model's own by default.
            solved: the economy at an equilibrium, for reports to read.
        """
        stocks = {stock.name: stock.first(setting) for stock in self.stocks}
        base, year = self.independent(self.model.values()), setting.dataset.base_year
        return Year(setting, year, stocks, values or {}, base, solved)

    def closed(self, *, numerically: bool) -> Economy:
        """The economy with the swaps of its closure; a baseline's finds productivity.

        Arguments:
            numerically: also check by numbers that the closure determines what it frees.

        Raises:
            closures.ClosureError: the closure does not determine what it frees.
        """
        names = self.structure.closure
        if names is None:
            swaps = [self.national.path_of_gdp(), *self.anchors.swaps()]
            model = impose(self.model, swaps, numerically=False)  # a test checks that it is regular
            return replace(self, model=model)
        closing = Closing(self, chosen(names))
        issued = (self.carbon.issue(self.national.gdp),) if self.structure.priced else ()
        adjusts = (*closing.swaps(), *issued, *self.recycling.swaps())
        return replace(
            self, model=impose(self.model, adjusts, numerically=numerically), closing=closing
        )

    def check_feasible(self, solver: Solver, at: Year, start: Unknowns | None) -> None:
        """Assert that caps can be met in a year whose scenario has no price ceiling to meet them.

        Raises:
            InfeasibleCap: names pool, cap and gap.
        """
        if at.setting.scenario.removal.ceiling == "none":
            feasibility.check(self, solver, at, start)


def declare(
    b: Benchmark, abatement: Abatement, structure: Structure, *, numerically: bool = True
) -> Economy:
    """Declare M3C for a calibrated base year.

    Arguments:
        b: the benchmark.
        abatement: cost and composition of removal and capture.
        structure: labels, pools, slots for limits on output, who adjusts.
        numerically: also check by numbers that the closure determines what it frees.

    Raises:
        DeclarationError: two blocks report, carry or offer something under one name.
        closures.ClosureError: the closure does not determine what it frees.
    """
    m = empty_model(structure)
    k, agents = declare_markets(m, mobile=structure.mobile), declare_agents(m)
    prices = ConsumerPrices.declare(m, k, b)
    factors = Factors.declare(m, k, agents, taxed=LABOUR_TAX in structure.recycled)
    output = m.parameter("Y.output.quantity", "r j", ("r j", b.output))

    permits = Permits.declare(m, k)
    licences = Licences.declare(m, k, agents, output, prices)
    capital = Capital.declare(m, k, agents, b, prices)
    made = (factors, permits)
    intensities = Intensities.declare(m)
    production = Production.declare(m, k, agents, b, *made, intensities, output, licences, prices)
    storage = Storage.declare(m, k, agents, b, abatement, prices)
    power = Power.declare(m, k, agents, b, *made, storage, prices)
    trade = Trade.declare(m, k, agents, b, prices)
    households = Households.declare(m, k, agents, b, permits, prices)
    sources = Sources(
        production.combustion, power.combustion, households.combustion, production.process
    )
    removal = CarbonRemoval.declare(
        m, k, agents, b, abatement, factors, permits, sources, storage, power.caught
    )
    intensity = m.parameter("emission_intensity", "r j", 1.0)
    emissions = Emissions(sources, removal.removing, permits.members, intensity, [power.removed_at])
    carbon = Carbon.declare(m, k, agents, b, permits, emissions, prices)
    recycling = Recycling.declare(m, agents, b, production, factors, structure.recycled, prices)
    institutions = Institutions.declare(m, k, agents, b, prices)
    national = National(factors.productivity, households, institutions, capital, production, trade)
    structural = StructuralChange.declare(production, capital, institutions)
    energy = Energy(production, power, households, trade, removal.removing, agents, carbon.valve)
    services = EnergyServices.declare(production, households, energy, permits, k, prices)
    plants = Plants.declare(m, power, capital)
    adequacy = Adequacy(power, energy)
    economy = Economy(
        structure, m, k, agents, prices, production, power, plants, adequacy, trade,
        households, institutions, capital.less(plants.spent), removal, emissions,
        energy, EnergyBalance(energy, k, agents), Indirect(trade, power, emissions, energy),
        Footprints(production, power, trade, capital, emissions), carbon,
        recycling, storage, national, structural, services,
        Anchors.declare(m, b, intensities, power, sources),
        Employment(production, power, removal.removing, households),
        Areas(plants, adequacy, services, removal), licences,
    )  # fmt: skip
    further = tuple(extend(economy, b) for extend in structure.extensions)
    whole = replace(economy, extensions=further).closed(numerically=numerically)
    check_names(whole.reports, whole.stocks, whole.levers)
    return whole
