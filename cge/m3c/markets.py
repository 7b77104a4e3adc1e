"""Markets and agents of M3C, declared before the blocks that trade on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from calibration.abatement import OPTIONS
from cge.language import Agent, Commodity, Model, Reference, alias, subset
from cge.setting import Structure

LETTERS: Final[Mapping[str, str]] = {
    "r": "region",
    "q": "region of origin, or of a basin",
    "i": "good, by the sector that makes it",
    "j": "sector that makes or buys",
    "h": "household",
    "f": "fuel",
    "e": "the electricity sector",
    "t": "technology of generation",
    "n": "option of removal or capture",
    "p": "pool of emitters",
    "l": "slot for a limit on output",
}
"""What the letters of M3C stand for."""

PERMIT_SCALE = 1.0
"""Typical price of a permit: 1e8 CNY per Mt, that is 100 yuan per ton."""

LICENCE_SCALE = 0.1
"""Typical price of a licence for a unit of output: a tenth of the output's base-year price."""


LINE_SCALE = 1.0
"""Typical price of a full line, 1e8 CNY per TWh: a tenth of a yuan per kWh."""


@dataclass(frozen=True, eq=False)
class Markets:
    """The commodities; ``declare_markets`` says what each is.

    Attributes:
        goods, exports, composite: PD, PX, PA (r i).
        labour, capital: PL (r), PK (r j, or r where it is mobile).
        generated, by_technology, plants: PG (r), PT, PS (r t).
        resources: PR (r j).
        lines: PLN (q r), which may be free.
        exchange: FX.
        permits, injection: PC (p), PI (r), which may be free.
        licences: PQ (l), which may be free; None where no output can be limited.
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
    """The institutions, everybody's income explicit; ``declare_agents`` says who each is.

    Attributes:
        households: HH (r h).
        enterprises, government, investor, fund, tax_office: ENT, GOV, INV, FUND, TAX (r).
        centre, world: CGOV, ROW.
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
    of = m.commodity
    capital = "capital of all sectors" if mobile else "capital of a sector"
    tons = "room in the basins of a region for a ton of CO2 a year"
    per_ton: dict[str, Any] = {"may_be_zero": PERMIT_SCALE, "unit": "Mt CO2"}
    limited: dict[str, Any] = {"may_be_zero": LICENCE_SCALE, "meaning": "licences to make output"}
    return Markets(
        goods=of("PD", "r i", meaning="goods sold in the country, by origin"),
        exports=of("PX", "r i", meaning="goods sold abroad"),
        composite=of("PA", "r i", meaning="composite (Armington) goods"),
        labour=of("PL", "r", meaning="labour"),
        capital=of("PK", "r" if mobile else "r j", meaning=capital),
        generated=of("PG", "r", meaning="electricity of all technologies"),
        resources=of("PR", "r j", meaning="natural resources"),
        by_technology=of("PT", "r t", meaning="electricity of a technology"),
        plants=of("PS", "r t", meaning="services of the plants of a technology"),
        lines=of(
            "PLN", "q r", may_be_zero=LINE_SCALE, unit="TWh",
            meaning="electricity lines from an origin to a region",
        ),
        exchange=of("FX", meaning="foreign exchange"),
        permits=of("PC", "p", meaning="emission permits of a pool", **per_ton),
        injection=of("PI", "r", meaning=tons, **per_ton),
        licences=of("PQ", "l", **limited) if "l" in m.dims else None,
    )  # fmt: skip


def declare_agents(m: Model) -> Agents:
    """Declare all agents, still without income."""
    of = m.agent
    return Agents(
        households=of("HH", "r h", meaning="households, who own labour"),
        enterprises=of("ENT", "r", meaning="enterprises, owners of capital, resources and plants"),
        government=of("GOV", "r", meaning="provincial government"),
        investor=of("INV", "r", meaning="investor, who buys capital goods with what is saved"),
        fund=of("FUND", "r", meaning="fund, owner of permits and basins, which pays them out"),
        tax_office=of("TAX", "r", meaning="tax office, between those taxed and the governments"),
        centre=of("CGOV", meaning="central government"),
        world=of("ROW", meaning="rest of the world"),
    )
