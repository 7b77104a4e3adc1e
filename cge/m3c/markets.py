"""Markets and agents of M3C, declared before the blocks that trade on them.

Letters: r region, q region of origin, i and j sector, e the electricity sector, f fuel, t
generation technology, h household, n option of removal or capture, p pool of emitters, l slot for a
limit on output.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from calibration.abatement import OPTIONS
from cge.language import Agent, Commodity, Model, Reference, alias, subset
from cge.setting import Structure

PERMIT_SCALE = 1.0
"""Typical price of a permit: 1e8 CNY per Mt, that is 100 yuan per ton."""

LICENCE_SCALE = 0.1
"""Typical price of a licence for a unit of output: a tenth of the output's base-year price."""


LINE_SCALE = 1.0
"""Typical price of a full line, 1e8 CNY per TWh: a tenth of a yuan per kWh."""


@dataclass(frozen=True, eq=False)
class Markets:
    """The commodities, each with the name of its price.

    Attributes:
        goods: PD, goods sold in the country, by origin (r i).
        exports: PX, goods sold abroad (r i).
        composite: PA, composite (Armington) goods (r i).
        labour: PL (r).
        capital: PK, capital of a sector (r j), of all sectors where it is mobile (r).
        generated: PG, electricity of all technologies (r).
        resources: PR, natural resources (r j).
        by_technology: PT, electricity of each technology (r t).
        plants: PS, services of the plants of technologies (r t).
        lines: PLN, electricity lines from an origin to a region (q r), which may be free.
        exchange: FX, foreign exchange.
        permits: PC, emission permits (p), which may be free.
        injection: PI, room in basins for a ton of CO2 a year (r), which may be free.
        licences: PQ, licences of limited outputs (l), None where no output can be limited.
    """

    goods: Commodity
    exports: Commodity
    composite: Commodity
    labour: Commodity
    capital: Commodity
    generated: Commodity
    resources: Commodity
    by_technology: Commodity
    plants: Commodity
    lines: Commodity
    exchange: Commodity
    permits: Commodity
    injection: Commodity
    licences: Commodity | None

    @property
    def mobile(self) -> bool:
        """Whether capital moves between sectors within a year."""
        return self.capital.letters == "r"

    def capital_of(self, sector: str) -> Reference[Commodity]:
        """Capital of a sector, by its letter; where it is mobile, that of the region."""
        return self.capital["r" if self.mobile else f"r {sector}"]


@dataclass(frozen=True, eq=False)
class Agents:
    """The institutions; everybody's income is explicit.

    Attributes:
        households: own labour (r h).
        enterprises: own capital, resources, plants and lines (r).
        government: provincial government (r).
        investor: buys capital goods with what is saved (r).
        fund: owns the permits and the basins of a region and pays households (r).
        tax_office: hands production tax to province and centre (r).
        centre: central government.
        world: the rest of the world.
    """

    households: Agent
    enterprises: Agent
    government: Agent
    investor: Agent
    fund: Agent
    tax_office: Agent
    centre: Agent
    world: Agent


def empty_model(structure: Structure) -> Model:
    """A model with the letters of M3C and nothing declared."""
    s = structure
    slots: dict[str, Any] = {"l": list(s.slots)} if s.slots else {}
    return Model(
        "M3C",
        money="1e8 CNY",
        r=s.regions,
        q=alias("r"),
        i=s.sectors,
        j=alias("i"),
        h=s.households,
        f=subset("i", s.fuels),
        e=subset("i", [s.electricity]),
        t=s.technologies,
        n=OPTIONS,
        p=list(s.pools),
        **slots,
    )


def declare_markets(m: Model, *, mobile: bool = False) -> Markets:
    """Declare all commodities.

    Arguments:
        m: the model with its letters.
        mobile: whether capital moves between sectors within a year.
    """
    goods, exports, composite = (m.commodity(name, "r i") for name in ("PD", "PX", "PA"))
    labour = m.commodity("PL", "r")
    capital = m.commodity("PK", "r" if mobile else "r j")
    generated = m.commodity("PG", "r")
    return Markets(
        goods,
        exports,
        composite,
        labour,
        capital,
        generated,
        resources=m.commodity("PR", "r j"),
        by_technology=m.commodity("PT", "r t"),
        plants=m.commodity("PS", "r t"),
        lines=m.commodity("PLN", "q r", may_be_zero=LINE_SCALE, unit="TWh"),
        exchange=m.commodity("FX"),
        permits=m.commodity("PC", "p", may_be_zero=PERMIT_SCALE, unit="Mt CO2"),
        injection=m.commodity("PI", "r", may_be_zero=PERMIT_SCALE, unit="Mt CO2"),
        licences=m.commodity("PQ", "l", may_be_zero=LICENCE_SCALE) if "l" in m.dims else None,
    )


def declare_agents(m: Model) -> Agents:
    """Declare all agents, still without income."""
    households = m.agent("HH", "r h")
    enterprises, government, investor, fund, tax_office = (
        m.agent(name, "r") for name in ("ENT", "GOV", "INV", "FUND", "TAX")
    )
    return Agents(
        households,
        enterprises,
        government,
        investor,
        fund,
        tax_office,
        centre=m.agent("CGOV"),
        world=m.agent("ROW"),
    )
