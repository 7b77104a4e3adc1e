r"""M3C, declared: production, electricity, trade, households, government, investment, carbon.

Markets (letters r region, q region of origin, i and j sector, t generation technology, h household,
f fuel, n removal or capture, p pool of emitters):

=====  ============================================  =====  ======================================
PD     goods sold in the country, by origin (r i)    FX     foreign exchange
PX     goods sold abroad (r i)                       PC     emission permits (p), may be free
PA     composite (Armington) goods (r i)             PG     generation (r)
PL PK  labour, capital (r)                           PT     generation by technology (r t)
FR FT  natural resources (r j), sites (r t)          QL     licences of limited outputs (l)
=====  ============================================  =====  ======================================

Production nests, outputs on the left (elasticities by region and sector in brackets)::

    CET[transformation](PD, PX) <- Leontief( process permits, licences,
        CES[resource]( FR, CES[top]( Leontief(materials), generation,
            CES[kle]( CES[value_added](PL, PK),
                CES[energy]( electricity, CES[fossil]( Leontief(fuel, permit) each fuel ))))))

Trade: composite = CES[foreign](imports, CES[local](own goods, CES[origin](goods of q))). Export
demand is :math:`x = \bar x\,(p^X / p^{FX})^{-\epsilon}`. Everybody's income is explicit: households
own labour, enterprises capital and resources, a fund in each region the permits. Removal and
capture of CO2 are idle until the carbon price exceeds their cost; at the price ceiling permits are
available without limit.

Where output may be limited from outside (``limits``, by ``cge.coupling``), production needs one
licence per unit of output from the slot that its limit occupies, and licences are free while they
are not scarce,

.. math:: 0 \le \bar X_l - \sum_{rj} m_{rjl} X_{rj} \perp p^{QL}_l \ge 0 .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Abatement, Benchmark
from calibration.abatement import OPTIONS
from cge.language import (
    Activity,
    Agent,
    Commodity,
    Leaf,
    Model,
    Node,
    Parameter,
    alias,
    ces,
    cet,
    cobb_douglas,
    leontief,
    les,
    letters_of,
    subset,
)

Array = npt.NDArray[np.float64]

PERMIT_SCALE = 1.0
"""Typical price of a permit: 1e8 CNY per Mt, that is 100 yuan per ton."""

YUAN_PER_TON = 100.0
"""Yuan per ton in a price of one 1e8 CNY per Mt."""

NO_LIMIT = 1e6
"""Permits at the price ceiling that never run out, Mt."""

REMOVAL_SCALE = 10.0
"""Typical removal of a region, Mt."""

LICENCE_SCALE = 0.1
"""Typical price of a licence for a unit of output: a tenth of the output's base-year price."""

WORLD_SIZE = 10.0
"""Foreign exchange owned by the rest of the world, in multiples of base-year exports. Any size that
exceeds what exports earn gives the same equilibrium."""


@dataclass(frozen=True, eq=False)
class Economy:
    """The declared model with the handles that dynamics, closures and accounts need.

    Attributes:
        benchmark: base year it was calibrated to.
        removal: cost and composition of removal, and the price ceiling.
        model: declared model; its parameters have the names used in ``dynamics``.
        production, generation, technology, armington, removing, valve: activities.
        household, enterprise, government, centre, investment, world, fund, treasury: agents.
        goods, exports, composite, labour, capital, exchange, permits: commodities.
        generated, by_technology: electricity of all technologies, and of each.
        licences: licences of limited outputs, None where no output can be limited.
    """

    benchmark: Benchmark
    removal: Abatement
    model: Model
    production: Activity
    generation: Activity
    technology: Activity
    armington: Activity
    removing: Activity
    valve: Activity
    household: Agent
    enterprise: Agent
    government: Agent
    centre: Agent
    investment: Agent
    world: Agent
    fund: Agent
    treasury: Agent
    goods: Commodity
    exports: Commodity
    composite: Commodity
    labour: Commodity
    capital: Commodity
    exchange: Commodity
    permits: Commodity
    generated: Commodity
    by_technology: Commodity
    licences: Commodity | None


def declare(
    benchmark: Benchmark, removal: Abatement, pools: Sequence[str], limits: Sequence[str] = ()
) -> Economy:
    """Declare M3C for a calibrated base year.

    Arguments:
        benchmark: calibrated base year.
        removal: cost and composition of removal options.
        pools: names of pools of emitters; every region is in the pool that ``membership`` says
            (a parameter, by default the first pool for all), so one declaration serves all
            arrangements with as many pools.
        limits: names of slots for limits on output; which outputs a slot limits, and how far, are
            parameters (``limits.licences``). Without slots no output can be limited.
    """
    return _Declaration(benchmark, removal, pools, limits).economy()


class _Declaration:
    """Declares one block of the model after the other."""

    def __init__(
        self, benchmark: Benchmark, removal: Abatement, pools: Sequence[str], limits: Sequence[str]
    ) -> None:
        b = self.b = benchmark
        self.removal = removal
        slots = {"l": list(limits)} if limits else {}
        self.m = Model(
            "M3C",
            r=b.regions,
            q=alias("r"),
            i=b.sectors,
            j=alias("i"),
            h=b.households,
            f=subset("i", b.fuels),
            e=subset("i", [b.electricity]),
            t=b.technologies,
            n=OPTIONS,
            p=list(pools),
            **slots,
        )
        self.membership = np.zeros((len(b.regions), len(pools)))
        self.membership[:, 0] = 1.0
        self.declare_markets()
        self.declare_agents()
        self.declare_parameters()

    def economy(self) -> Economy:
        activities = {
            "production": self.declare_production(),
            "generation": self.declare_generation(),
            "technology": self.declare_technologies(),
            "armington": self.declare_trade(),
            "removing": self.declare_removal(),
            "valve": self.declare_valve(),
        }
        self.declare_households()
        self.declare_institutions()
        self.declare_world()
        basket = ("r i", self.b.demand.consumption.sum(axis=1))
        self.m.numeraire({self.PA: basket, self.FX: 0.0}, drop=self.FX)
        return Economy(
            self.b, self.removal, self.m, **activities,
            household=self.HH, enterprise=self.ENT, government=self.GOV, centre=self.CGOV,
            investment=self.INV, world=self.ROW, fund=self.FUND, treasury=self.TAX,
            goods=self.PD, exports=self.PX, composite=self.PA, labour=self.PL, capital=self.PK,
            exchange=self.FX, permits=self.PC, generated=self.PG, by_technology=self.PT,
            licences=self.QL,
        )  # fmt: skip

    # ------------------------------------------------------------------ markets and agents

    def declare_markets(self) -> None:
        m = self.m
        self.PD, self.PX, self.PA = (m.commodity(n, "r i") for n in ("PD", "PX", "PA"))
        self.PL, self.PK, self.PG = (m.commodity(n, "r") for n in ("PL", "PK", "PG"))
        self.FR = m.commodity("FR", "r j")
        self.PT, self.FT = m.commodity("PT", "r t"), m.commodity("FT", "r t")
        self.FX = m.commodity("FX")
        self.PC = m.commodity("PC", "p", may_be_zero=PERMIT_SCALE)
        self.QL = m.commodity("QL", "l", may_be_zero=LICENCE_SCALE) if "l" in m.dims else None

    def declare_agents(self) -> None:
        m = self.m
        self.HH = m.agent("HH", "r h")
        self.ENT, self.GOV, self.INV, self.FUND, self.TAX = (
            m.agent(name, "r") for name in ("ENT", "GOV", "INV", "FUND", "TAX")
        )
        self.CGOV, self.ROW = m.agent("CGOV"), m.agent("ROW")

    def declare_parameters(self) -> None:
        m, b = self.m, self.b
        ones = np.ones(len(b.regions))
        self.output_tax = m.parameter("output_tax", "r j", ("r j", b.production.output_tax))
        self.tariff = m.parameter("tariff", "r i", ("r i", b.trade.tariff))
        self.productivity = m.parameter("productivity", "r", ones)
        self.energy_efficiency = m.parameter("energy_efficiency", "r j", 1.0)

    def elasticity(self, name: str, letters: str) -> Parameter:
        """A declared elasticity as a parameter of the model."""
        return self.m.parameter(f"sigma_{name}", letters, (letters, self.b.elasticities[name]))

    # ------------------------------------------------------------------ activities

    def declare_production(self) -> Activity:
        b, tax = self.b, self.output_tax.to(self.TAX["r"])
        sales = cet(
            self.elasticity("transformation", "j"),
            self.PD["r j"](("r j", b.production.domestic), taxes=tax, name="domestic"),
            self.PX["r j"](("r j", b.production.export), taxes=tax, name="export"),
        )
        inputs = ces(
            self.elasticity("resource", "r j"),
            self.FR["r j"](("r j", b.production.resource), name="resource"),
            ces(
                self.elasticity("top", "r j"),
                leontief(self.PA["r i"](("r i j", b.production.material), name="material")),
                self.PG["r"](("r j", b.production.generation), name="generation"),
                ces(self.elasticity("kle", "r j"), self.value_added(), self.energy()),
            ),
        )
        process = self.permit("r j", b.emissions.process, name="process_permit")
        uses = leontief(inputs, process, *self.licence())
        return self.m.activity("Y", "r j", makes=sales, uses=uses)

    def licence(self) -> list[Leaf]:
        """A need of licences, one per unit of output; at the benchmark slack, in the first slot."""
        if self.QL is None:
            return []
        needed = np.zeros((*self.b.output.shape, self.QL.size))  # region, activity, slot
        needed[:, :, 0] = self.b.output
        return [self.QL["l"](("r j l", needed), name="licence")]

    def value_added(self) -> Node:
        b, tfp = self.b, self.productivity
        return ces(
            self.elasticity("value_added", "r j"),
            self.PL["r"](("r j", b.production.labour), productivity=tfp, name="labour"),
            self.PK["r"](("r j", b.production.capital), productivity=tfp, name="capital"),
        )

    def energy(self) -> Node:
        b, saved = self.b, self.energy_efficiency
        electricity = ("r e j", b.production.electricity[:, None])
        return ces(
            self.elasticity("energy", "r j"),
            self.PA["r e"](electricity, productivity=saved, name="electricity"),
            ces(
                self.elasticity("fossil", "r j"),
                leontief(
                    self.PA["r f"](("r f j", b.production.fuel), productivity=saved, name="fuel"),
                    self.permit("r f j", b.emissions.fuel, name="fuel_permit", saved=saved),
                    each="f",
                ),
            ),
        )

    def permit(
        self, letters: str, co2: Array, *, name: str, saved: Parameter | None = None
    ) -> Leaf:
        """A need of permits, Mt, in the pool to which the region belongs."""
        quantity = (letters + " p", pooled(letters, co2, self.membership))
        return self.PC["p"](quantity, name=name, productivity=saved)

    def declare_generation(self) -> Activity:
        made = ("r t", self.b.power.output)
        return self.m.activity(
            "GEN",
            "r",
            makes=self.PG["r"](("r", self.b.power.output.sum(axis=1)), name="electricity"),
            uses=ces(self.elasticity("generation", "r"), self.PT["r t"](made, name="technology")),
        )

    def declare_technologies(self) -> Activity:
        b, tfp = self.b, self.productivity
        fuel = leontief(
            self.PA["r f"](("r f t", b.power.fuel), name="fuel"),
            self.permit("r f t", b.emissions.technology, name="fuel_permit"),
            each="f",
        )
        inputs = ces(
            self.elasticity("technology_fixed", "r t"),
            self.FT["r t"](("r t", b.power.fixed), name="site"),
            leontief(
                self.PA["r i"](("r i t", b.power.material), name="material"),
                fuel,
                self.PL["r"](("r t", b.power.labour), productivity=tfp, name="labour"),
                self.PK["r"](("r t", b.power.capital), productivity=tfp, name="capital"),
            ),
        )
        made = self.PT["r t"](("r t", b.power.output), name="electricity")
        return self.m.activity("T", "r t", makes=made, uses=inputs)

    def declare_trade(self) -> Activity:
        b, duty = self.b, self.tariff.to(self.CGOV[""])
        origins = ces(
            self.elasticity("origin", "i"),
            self.PD["q i"](("q r i", b.trade.inflow), name="inflow"),
        )
        home = ces(
            self.elasticity("local", "i"),
            self.PD["r i"](("r i", b.trade.local), name="local"),
            origins,
        )
        imports = self.FX[""](("r i", b.trade.imports), taxes=duty, name="import")
        return self.m.activity(
            "A",
            "r i",
            makes=self.PA["r i"](("r i", b.absorption), name="composite"),
            uses=ces(self.elasticity("foreign", "i"), imports, home),
        )

    def declare_removal(self) -> Activity:
        """Removal and capture, 1 Mt per unit of level; idle while permits are cheaper.

        A ton earns the price of a permit. The credited part of it is a further permit; the rest is
        paid by the fund of the region and retires. The fund also owns the scarcity rent.
        """
        b, removal = self.b, self.removal
        cost = removal.cost[:, None] / YUAN_PER_TON * removal.shares  # option, item: 1e8 CNY per Mt
        goods = np.zeros((len(OPTIONS), len(b.sectors)))
        for k, sector in enumerate(removal.sectors, start=2):
            goods[:, b.position(sector)] = cost[:, k]
        credited, retired = credits(removal, self.membership)
        return self.m.activity(
            "RM",
            "r n",
            makes=leontief(
                self.PC["p"](("r n p", credited), name="credit"),
                self.PC["p"](("r n p", retired), paid_by=self.FUND["r"], name="reward"),
            ),
            uses=leontief(
                self.PL["r"](("n", cost[:, 0]), name="labour"),
                self.PK["r"](("n", cost[:, 1]), name="capital"),
                self.PA["r i"](("n i", goods), name="material"),
            ),
            latent=REMOVAL_SCALE,
            capacity=self.m.parameter(
                "removal_limit", "r n", ("r n", np.zeros((len(b.regions), len(OPTIONS))))
            ),
            owner=self.FUND["r"],
        )

    def declare_valve(self) -> Activity:
        """The safety valve: permits at the price ceiling, 1 Mt per unit of level.

        What they cost buys the consumption basket of the nation, which is used up: a stand-in for
        whatever measure is as dear as the ceiling. The tons are still emitted.
        """
        b = self.b
        basket = b.demand.consumption.sum(axis=1) / b.demand.consumption.sum()
        price = self.removal.ceiling / YUAN_PER_TON
        return self.m.activity(
            "SV",
            "p",
            makes=self.PC["p"](1.0, name="permit"),
            uses=leontief(self.PA["r i"](("r i", price * basket), name="basket")),
            latent=REMOVAL_SCALE,
            capacity=self.m.parameter(
                "ceiling_limit", "p", np.full(self.membership.shape[1], NO_LIMIT)
            ),
            owner=self.CGOV[""],
        )

    # ------------------------------------------------------------------ agents

    def declare_households(self) -> None:
        b = self.b
        fuels = b.fuel_places
        burnt, committed = b.demand.consumption[:, :, fuels], b.demand.subsistence[:, :, fuels]
        ratio = np.divide(committed, burnt, out=np.zeros_like(burnt), where=burnt > 0)
        other, other_committed = b.demand.consumption.copy(), b.demand.subsistence.copy()
        other[:, :, fuels] = other_committed[:, :, fuels] = 0.0
        permits = pooled("r h f", b.emissions.household, self.membership)
        fuel = leontief(
            self.PA["r f"](("r h f", burnt), minimum=("r h f", committed), name="fuel"),
            self.PC["p"](
                ("r h f p", permits),
                minimum=("r h f p", permits * ratio[..., None]),
                name="fuel_permit",
            ),
            each="f",
        )
        goods = self.PA["r i"](("r h i", other), minimum=("r h i", other_committed), name="goods")
        gross = b.institutions.labour_income + b.institutions.enterprise_to_household
        self.HH.owns(self.PL["r"], ("r h", b.institutions.labour_income), name="labour_supply")
        self.HH.gives(
            ("r h", b.institutions.income_tax / gross), self.GOV["r"], name="income_tax_rate"
        )
        self.HH.gives(
            ("r h", b.institutions.household_saving / gross), self.INV["r"], name="saving_rate"
        )
        self.HH.spends(les(fuel, goods))

    def declare_institutions(self) -> None:
        b = self.b
        income = b.institutions.capital_income
        rents = b.power.capital.sum(axis=1) + b.production.capital.sum(axis=1)
        self.ENT.owns(self.PK["r"], ("r", rents), name="capital_supply")
        self.ENT.owns(self.FR["r j"], ("r j", b.production.resource), name="resources")
        self.ENT.owns(self.FT["r t"], ("r t", b.power.fixed), name="sites")
        shared = b.institutions.enterprise_to_household / income[:, None]
        self.ENT.gives(("r h", shared), self.HH["r h"], name="distributed_share")
        self.ENT.gives(
            ("r", b.institutions.enterprise_tax / income), self.GOV["r"], name="company_tax_rate"
        )
        self.ENT.gives(
            ("r", b.institutions.enterprise_saving / income), self.INV["r"], name="retained_share"
        )
        self.TAX.gives(
            ("r", b.institutions.production_tax_central_share), self.CGOV[""], name="central_share"
        )
        local = 1.0 - b.institutions.production_tax_central_share
        self.TAX.gives(("r", local), self.GOV["r"], name="local_share")
        transfers = b.institutions.central_transfer / b.institutions.central_transfer.sum()
        self.CGOV.gives(("r", transfers), self.GOV["r"], name="transfer_share")
        revenue = b.demand.government.sum(axis=1) + b.institutions.government_saving
        self.GOV.gives(
            ("r", b.institutions.government_saving / revenue), self.INV["r"], name="public_saving"
        )
        self.GOV.spends(cobb_douglas(self.PA["r i"](("r i", b.demand.government), name="goods")))
        outside = b.institutions.foreign_saving + b.institutions.interregional_saving
        self.INV.owns(self.FX[""], ("r", outside), name="outside_saving")
        self.INV.spends(leontief(self.PA["r i"](("r i", b.demand.investment), name="goods")))
        self.declare_fund()

    def declare_fund(self) -> None:
        """The fund of a region owns permits and licences, pays for removal, and pays households."""
        b = self.b
        permits = np.zeros((len(b.regions), len(self.m.dims["p"].labels)))
        permits[:, 0] = uncapped(b)
        self.FUND.owns(self.PC["p"], ("r p", permits), name="cap")
        if self.QL is not None:
            licences = np.zeros((len(b.regions), self.QL.size))  # region, slot
            licences[:, 0] = 2.0 * b.output.sum(axis=1)
            self.FUND.owns(self.QL["l"], ("r l", licences), name="licences")
        received = b.demand.consumption.sum(axis=2)
        share = received / received.sum(axis=1, keepdims=True)
        self.FUND.gives(("r h", share), self.HH["r h"], name="revenue_share")

    def declare_world(self) -> None:
        b = self.b
        exports = b.production.export
        self.ROW.owns(self.FX[""], WORLD_SIZE * exports.sum(), name="world_income")
        self.ROW.owns(
            self.PX["r i"],
            ("r i", -exports),
            elasticity=("i", -b.elasticities["export_demand"]),
            relative_to=self.FX[""],
            name="export_demand",
        )
        self.ROW.spends(self.FX[""]((WORLD_SIZE - 1.0) * exports.sum(), name="exchange"))


def pooled(letters: str, co2: Array, membership: Array) -> Array:
    """Emissions over ``letters`` (region first) and pool: each region's go to its pool.

    Arguments:
        letters: axes of ``co2``, beginning with r.
        co2: Mt.
        membership: share of each region's permits that it needs in each pool (region, pool).
    """
    axes = letters_of(letters)
    result: Array = np.einsum(f"{axes},rp->{axes}p", co2, membership)
    return result


def credits(removal: Abatement, membership: Array) -> tuple[Array, Array]:
    """Permits that a removed or captured ton earns: credited, retired (region, option, pool)."""
    whole = np.repeat(membership[:, None, :], len(OPTIONS), axis=1)
    credited = whole * removal.credited[None, :, None]
    return credited, whole - credited


def uncapped(benchmark: Benchmark) -> Array:
    """A number of permits that never binds (region): a hundred times base-year emissions."""
    return 100.0 * benchmark.emissions.direct
