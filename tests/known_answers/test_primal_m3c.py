"""M3C of one year in primal form, solved by Ipopt, and in the engine's: one equilibrium."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from calibration import Benchmark
from calibration.abatement import OPTIONS
from cge.equilibrium import Equilibrium, Solver
from cge.m3c import Economy
from cge.m3c.carbon import national_basket
from cge.setting import Setting
from sam import load_dataset
from tests.known_answers.primal_m3c import Circumstances, Removal, Year
from tests.m3c.models import capped, declared, setting_of, tiny, tiny_setting

POOLS = ("pool 0", "pool 1")
PRICES = ("PD", "PX", "PA", "PL", "PK", "PR", "PT", "PS", "PLN", "PC", "PI")

CHEAPER = 0.1
"""What a ton of removal takes, relative to what it takes with the technology of the base year."""


@dataclass(frozen=True)
class Case:
    """An economy with its solver."""

    setting: Setting
    economy: Economy
    solver: Solver

    @property
    def b(self) -> Benchmark:
        """The benchmark."""
        return self.setting.benchmark

    def value(self, name: str) -> np.ndarray:
        """A parameter of the model in the base year."""
        return np.array(self.economy.model.parameters[name].value, float)

    def unchanged(self) -> Circumstances:
        """The base year: no cap, no line full, nothing removed."""
        b, regions = self.b, len(self.b.regions)
        removal = Removal(
            limit=self.value("removal_limit"),
            labour=self.value("RM.labour.quantity"),
            goods=self.value("RM.material.quantity"),
            credited=self.value("credited"),
            retired=self.value("retired"),
            routes=self.value("co2_routes"),
            carriage=self.value("co2_carriage"),
            stored=self.value("T.stored"),
            drawn=self.value("T.removed"),
            room=self.value("injection_limit"),
        )
        return Circumstances(
            members=self.value("members"),
            cap=self.value("cap"),
            ceiling=40.0,
            labour=np.ones(regions),
            productivity=np.ones(regions),
            running=np.ones(len(b.technologies)),
            plants=np.ones_like(b.power.sold),
            exports=np.ones(len(b.sectors)),
            duty=np.zeros(len(b.sectors)),
            lines=np.full((regions, regions), np.inf),
            removal=removal,
        )

    def parameters(self, given: Circumstances) -> dict[str, Any]:
        """The same in parameters of the model."""
        b, m, removal = self.b, self.economy.power.mix, given.removal
        running = {p.name: self.value(p.name) for p in (*m.bought, m.fuel)}
        for p in (*m.bought, m.fuel):
            running[p.name] = np.einsum(
                f"{p.letters},t->{p.letters}", running[p.name], given.running
            )
        apart = b.power.apart * b.power.sold
        standing = m.standing(b, b.power.capacity * given.plants, apart)
        return {
            **running,
            **{p.name: value for p, value in standing.items()},
            "members": given.members,
            "cap": given.cap,
            "SV.basket.quantity": given.ceiling * national_basket(b),
            "net": np.ones(len(POOLS)),
            "labour_supply": self.value("labour_supply") * given.labour[:, None],
            "productivity": given.productivity,
            "export_demand": self.value("export_demand") * given.exports,
            "tariff": self.value("tariff") + given.duty,
            "lines": np.where(np.isfinite(given.lines), given.lines, self.value("lines")),
            "removal_limit": removal.limit,
            "RM.labour.quantity": removal.labour,
            "RM.material.quantity": removal.goods,
            "co2_routes": removal.routes,
            "co2_carriage": removal.carriage,
            "pipe_routes": removal.routes,
            "pipe_carriage": removal.carriage,
            "T.stored": removal.stored,
            "T.removed": removal.drawn,
            "injection_limit": removal.room,
        }


Shock = Callable[[Case], Circumstances]


def a_cap(case: Case) -> Circumstances:
    """Four fifths of the emissions of all regions but the last, which has no cap."""
    first = np.zeros((len(case.b.regions), len(POOLS)))
    first[:-1, 0] = 1.0
    return under_caps(case, case.unchanged(), [0.8, np.nan], first)


def less_productive(case: Case) -> Circumstances:
    """Labour and capital make a tenth less, and wind takes half as much again to run; permits of a
    cap of seven tenths are for sale at 80 yuan a ton.
    """
    b, same = case.b, case.unchanged()
    dear = np.isin(b.technologies, ("onshore_wind", "offshore_wind"))
    tenth = np.full(len(b.regions), 0.9)
    changed = replace(same, productivity=tenth, running=np.where(dear, 1.5, 1.0), ceiling=0.8)
    first = np.zeros((len(b.regions), len(POOLS)))
    first[:, 0] = 1.0
    return under_caps(case, changed, [0.7, np.nan], first)


def all_at_once(case: Case) -> Circumstances:
    """Less is sold to the world, fuels pay a duty, and more people work in the first region; sun
    has grown and coal has fewer plants; lines carry less; the last region has a cap of its own.
    Elsewhere removal is cheap; there coal-fired plants store CO2 and little room is left for it.
    """
    b, same = case.b, case.unchanged()
    regions, technologies = len(b.regions), b.technologies
    grown = {"utility_solar": 3.0, "coal": 0.9}
    plants = np.ones_like(b.power.sold) * [grown.get(name, 1.0) for name in technologies]
    stored = np.zeros_like(b.power.twh)
    coal = technologies.index("coal")
    stored[-1, coal] = 0.05 * b.power.twh[-1, coal]
    limit = np.repeat(0.02 * b.emissions.direct[:, None], len(OPTIONS), axis=1)
    limit[-1] = 0.0
    room = b.emissions.direct.copy()
    room[-1] = 0.8 * stored[-1, coal]
    removal = replace(
        same.removal,
        limit=limit,
        labour=CHEAPER * same.removal.labour,
        goods=CHEAPER * same.removal.goods,
        stored=stored,
        drawn=0.5 * stored,
        room=room,
    )
    changed = replace(
        same,
        labour=np.linspace(1.05, 1.0, regions),
        plants=plants,
        exports=np.full(len(b.sectors), 0.8),
        duty=np.where(np.isin(b.sectors, b.fuels), 0.3, 0.0),
        lines=np.where(b.grid.flow > 0.0, 0.9 * b.grid.flow, np.inf),
        removal=removal,
    )
    apart = np.zeros((regions, len(POOLS)))
    apart[:-1, 0] = apart[-1, 1] = 1.0
    return under_caps(case, changed, [0.7, 0.9], apart)


def under_caps(case: Case, given: Circumstances, ratios: Any, belongs: Any) -> Circumstances:
    """Circumstances with caps relative to base-year emissions."""
    values = capped(case.economy, case.setting, ratios, belongs)
    return replace(given, members=values["members"], cap=values["cap"])


SHOCKS = (a_cap, less_productive, all_at_once)


@pytest.fixture(scope="module")
def small() -> Case:
    return Case(tiny_setting(), tiny(), Solver(tiny().model))


@pytest.fixture(scope="module")
def full() -> Case:
    setting = setting_of(load_dataset("yrd2020"))
    economy = declared(setting, POOLS)
    return Case(setting, economy, Solver(economy.model))


@pytest.mark.parametrize("shock", SHOCKS, ids=lambda shock: shock.__name__)
def test_primal_and_dual_agree(small: Case, shock: Shock) -> None:
    assert_same(small, shock(small))


@pytest.mark.slow
@pytest.mark.parametrize("shock", SHOCKS, ids=lambda shock: shock.__name__)
def test_primal_and_dual_agree_at_full_size(full: Case, shock: Shock) -> None:
    """Five regions, forty sectors, thirteen technologies."""
    assert_same(full, shock(full))


def test_all_that_may_be_scarce_is_scarce_somewhere(small: Case) -> None:
    """Lines, basins, permits, limits of removal; and enough elsewhere."""
    given = all_at_once(small)
    found = Year(small.b, given).solve()
    assert (found["PC"] > 0.1).all()
    for name in ("PLN", "PI", "rent of removal"):
        assert (found[name] > 0.1).any(), name
        assert (np.abs(found[name]) < 1e-6).any(), name
    assert (np.abs(found["bought"]) < 1e-6).all()  # the ceiling is far
    assert Year(small.b, less_productive(small)).solve()["bought"][0] > 1.0


def test_the_market_left_out_of_the_primal_clears(small: Case) -> None:
    """Labour of the first region."""
    given = all_at_once(small)
    year = Year(small.b, given)
    found, b, removal = year.solve(), small.b, given.removal
    runs = np.divide(
        found["running"], year.base["running"], out=np.zeros_like(b.power.labour),
        where=year.base["running"] > 0.0,
    )  # fmt: skip
    worked = found["labour"].sum(axis=1) + (b.power.labour * runs).sum(axis=1)
    worked = worked + found["removal"] @ removal.labour
    offered = b.institutions.labour_income.sum(axis=1) * given.labour
    np.testing.assert_allclose(worked, offered, rtol=1e-9)


def assert_same(case: Case, given: Circumstances) -> None:
    """All quantities and prices of both forms agree, welfare among them."""
    year = Year(case.b, given)
    found, engine = year.solve(), case.solver.solve(case.parameters(given))
    for name, ours in of_engine(case, engine).items():
        start = year.p.starts[name]
        there, size = start != 0.0, np.maximum(found[name], start).max(initial=0.0)
        np.testing.assert_allclose(
            ours[there], found[name][there], rtol=1e-6, atol=1e-9 * size, err_msg=name
        )
        assert name in PRICES or not ours[~there].any(), name


def of_engine(case: Case, e: Equilibrium) -> dict[str, np.ndarray]:
    """Quantities and prices of the engine's equilibrium by their names in the primal."""
    b = case.b

    def at(owner: str, name: str, *dims: str) -> np.ndarray:
        return np.asarray(e.quantity(owner, name).transpose(*dims).values)

    beyond = at("HH", "goods", "r", "h", "i") - case.value("HH.goods.minimum")
    fuels = at("HH", "fuel", "r", "h", "f") - case.value("HH.fuel.minimum")
    beyond[:, :, b.fuel_places] += fuels
    sector = {"resource": "resource", "labour": "labour", "capital": "capital"}
    sold = {"domestic": "domestic", "export": "export", "generated": "generation"}
    return {
        **{ours: at("Y", name, "r", "j") for ours, name in {**sector, **sold}.items()},
        "material": at("Y", "material", "r", "j", "i").sum(axis=2),
        "fuel": at("Y", "fuel", "r", "f", "j"),
        "electricity": at("Y", "electricity", "r", "e", "j")[:, 0],
        "output": e.level("Y").values * b.output,
        "technology": at("T", "electricity", "r", "t"),
        "plants": at("T", "plants", "r", "t"),
        "import": at("A", "import", "r", "i"),
        "local": at("A", "local", "r", "i"),
        "inflow": at("A", "inflow", "q", "r", "i"),
        "absorption": at("A", "composite", "r", "i"),
        "beyond": beyond,
        "government": at("GOV", "goods", "r", "i"),
        "investment": at("INV", "goods", "r", "i"),
        "removal": e.level("RM").values,
        "bought": e.level("SV").values,
        "welfare": np.asarray(case.economy.households.discretionary(e.state)),
        **{name: e.price(name).values for name in PRICES},
    }
