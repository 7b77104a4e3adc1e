"""Electricity adds up, plants bound it, and what costs more is worth less."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.accounts import area, decompose
from cge.blocks import Year
from cge.equilibrium import Equilibrium, Solver
from sam import load_dataset
from tests.m3c.conftest import Small
from tests.m3c.models import declared, setting_of

ROOM = {"injection_limit": np.full(2, 1e3)}
"""Basins that take all that anybody stores."""


def standing(small: Small, **grown: float) -> dict[str, np.ndarray]:
    """Parameters at plants that have grown by these factors, by technology."""
    b = small.benchmark
    factors = np.array([grown.get(name, 1.0) for name in b.technologies])
    apart = b.power.apart * b.power.sold
    values = small.economy.power.mix.standing(b, b.power.capacity * factors, apart)
    return named(values)


def named(values: dict[Any, Any]) -> dict[str, np.ndarray]:
    """Parameters by name."""
    return {getattr(key, "name", key): np.asarray(value) for key, value in values.items()}


def shocks(small: Small) -> dict[str, dict[str, Any]]:
    """Large changes of what electricity is made of and of who needs it."""
    model = small.economy.model
    return {
        "a tight cap": small.capped([0.65, 0.8]),
        "four times the wind": standing(small, onshore_wind=4.0),
        "half of the coal plants": standing(small, coal=0.5),
        "little labour": {"labour_supply": 0.8 * model.parameters["labour_supply"].value},
        "more solar power under a cap": {
            **small.capped([0.8, 0.7]), **standing(small, utility_solar=3.0, coal=0.8),
        },
    }  # fmt: skip


@pytest.fixture(scope="module", params=[
    "a tight cap", "four times the wind", "half of the coal plants", "little labour",
    "more solar power under a cap",
])  # fmt: skip
def moved(request: pytest.FixtureRequest, small: Small) -> Equilibrium:
    return small.solve(shocks(small)[request.param])


def twh(small: Small, equilibrium: Equilibrium) -> np.ndarray:
    return small.report(equilibrium, "generation_twh")


def test_support_is_no_money_in_the_base_year(small: Small) -> None:
    """What some plants get beyond the mean price others get less, region by region."""
    power = small.benchmark.power
    assert_allclose(
        (power.support * power.sold).sum(axis=1) / power.sold.sum(axis=1), 0, atol=1e-12
    )
    assert (np.abs(power.support) > 1e-3).any()


def test_twh_made_and_taken_in_are_those_received(small: Small, moved: Equilibrium) -> None:
    at = small.at(moved)
    assert_allclose(small.economy.energy.imbalance(at), 0.0, atol=1e-9)
    made = small.economy.power.mix.twh(at).sum(axis=1)
    assert np.abs(made / small.benchmark.power.twh.sum(axis=1) - 1.0).max() > 0.002


def test_plants_make_no_more_than_they_can(small: Small, moved: Equilibrium) -> None:
    b = small.benchmark
    plants = np.asarray(moved.values[small.economy.power.mix.plants.name])
    grown = np.divide(plants, b.power.rent, out=np.zeros_like(plants), where=b.power.rent > 0.0)
    most = b.power.bound * b.power.twh * grown
    there = b.power.twh > 0.0
    assert (twh(small, moved)[there] < most[there]).all()


def test_what_is_short_of_plants_is_dear_and_runs_longer(small: Small) -> None:
    """Prices bring the plants that are left near what they can make, and never beyond."""
    coal = small.benchmark.technologies.index("coal")
    hours, rents = [], []
    for left in (1.0, 0.7, 0.5):
        found = small.solve(standing(small, coal=left))
        made = twh(small, found)[:, coal] / small.benchmark.power.twh[:, coal]
        hours.append(made / left)
        rents.append(small.report(found, "plant_rent")[:, coal])
    assert (np.diff(hours, axis=0) > 0.0).all()
    assert (np.diff(rents, axis=0) > 0.0).all()
    assert (hours[-1] < small.benchmark.power.bound[:, coal]).all()


def test_more_plants_earn_less_each(small: Small) -> None:
    wind = small.benchmark.technologies.index("onshore_wind")
    few, many = (
        small.report(small.solve(standing(small, onshore_wind=grown)), "plant_rent")[:, wind]
        for grown in (1.0, 3.0)
    )
    assert (many < few).all()


TECHNOLOGIES = (
    "coal", "gas", "nuclear", "hydro", "onshore_wind", "offshore_wind", "utility_solar",
    "distributed_solar",
)  # fmt: skip

GDP_AND_WELFARE = ("discretionary", "gdp_real")


@pytest.mark.parametrize("name", TECHNOLOGIES)
def test_dearer_inputs_of_a_technology_lower_gdp_and_welfare(small: Small, name: str) -> None:
    """But for gas, which lives on support: there welfare of households alone."""
    assert_loss(small, small.solve(), name, GDP_AND_WELFARE[: 1 if name == "gas" else 2])


@pytest.mark.slow
def test_gas_saves_support_where_it_gets_dearer(small: Small) -> None:
    """Its kWh are paid four fifths beyond their worth; what they cost more is lost all the same."""
    assert_support_saved(small, "gas")


@pytest.fixture(scope="module")
def full() -> Small:
    """The embedded economy."""
    setting = setting_of(load_dataset("yrd2020"))
    economy = declared(setting, ["pool"])
    return Small(setting, economy, Solver(economy.model))


@pytest.mark.slow
def test_dearer_inputs_lower_gdp_and_welfare_at_full_size(full: Small) -> None:
    """Of all thirteen technologies."""
    before = full.solve()
    for name in full.benchmark.technologies:
        assert_loss(full, before, name, GDP_AND_WELFARE)


def dearer(small: Small, name: str) -> dict[str, np.ndarray]:
    """A tenth more of all inputs of a technology but its plants."""
    mix, t, changes = small.economy.power.mix, small.benchmark.technologies.index(name), {}
    for parameter in (*mix.bought, mix.fuel):
        value = np.array(parameter.value, float)
        place: list[Any] = [slice(None)] * value.ndim
        place[parameter.letters.index("t")] = t
        value[tuple(place)] *= 1.1
        changes[parameter.name] = value
    return changes


def assert_loss(small: Small, before: Equilibrium, name: str, reports: Sequence[str]) -> None:
    after = small.solve(dearer(small, name))
    for what in reports:
        change = (small.report(after, what) - small.report(before, what)).sum()
        assert change < 0.0, (name, what, change)


def assert_support_saved(small: Small, name: str) -> None:
    """The nation, its governments and investors among it, gains as support is saved for kWh that
    others make, each at what it costs; more inputs alone, and all but that support, are a loss.
    """
    model = small.economy.model
    people = [agent for agent in model.agents if agent != "ROW"]
    nation = area(model, agents=people, stocks=["PA"], factors=["PC"])
    before, after = small.solve(), small.solve(dearer(small, name))
    parts = decompose(small.solver, before, after, nation)
    sold = parts.detail.query("component == 'allocative' and owner == 'T' and t == @name")
    assert parts.ev > 0.0
    assert parts.table.loc["technology", "total"] < 0.0
    assert parts.ev - sold["value"].sum() < parts.table.loc["technology", "total"] / 2.0


def test_a_technology_without_plants_stays_away(small: Small) -> None:
    """Oil: no price makes it appear."""
    oil = small.benchmark.technologies.index("oil")
    assert not small.benchmark.power.capacity[:, oil].any()
    dear = small.solve(standing(small, coal=0.5, oil=100.0))
    assert not twh(small, dear)[:, oil].any()
    assert np.isnan(small.report(dear, "generation_price")[:, oil]).all()
    assert np.isnan(small.report(dear, "plant_rent")[:, oil]).all()


# ---------------------------------------------------------------------- capture


def in_a_later_year(small: Small, **grown: float) -> Year:
    """2040, at plants that have grown."""
    b = small.benchmark
    at = small.economy.first_year(small.setting)
    factors = np.array([grown.get(name, 1.0) for name in b.technologies])
    stands = at.stocks["plants"] * factors[:, None]
    return replace(at, year=2040, stocks={**at.stocks, "plants": stands}, known={})


def test_plants_that_capture_emit_what_they_let_slip(small: Small) -> None:
    """And store the rest, which demonstration plants of the base year did not."""
    power, b = small.economy.power, small.benchmark
    capture = b.technologies.index("coal_capture")
    later = in_a_later_year(small)
    caught = small.setting.assumptions.plants.value("coal_capture", "capture", 2040)
    values = named(power.parameters(later))
    burnt = b.power.fuel[:, :, capture].T  # fuel, region
    let_go = np.einsum("rf,fr->r", values[power.combustion.factor.name][:, capture], burnt)
    stored = values[power.mix.stored.name][:, capture]
    assert_allclose(stored / (stored + let_go), caught, rtol=1e-9)
    first = named(power.parameters(small.economy.first_year(small.setting)))
    assert not first[power.mix.stored.name].any()


def test_capture_earns_more_the_dearer_permits_are_and_stores(small: Small) -> None:
    capture = small.benchmark.technologies.index("coal_capture")
    later = in_a_later_year(small, coal_capture=1e4)  # a tenth of coal power
    values = {**named(small.economy.power.parameters(later)), **ROOM}
    rents, stored = [], []
    for cap in (0.9, 0.7):
        found = small.solve({**values, **small.capped([cap, cap])})
        at = replace(later, values=found.values, solved=found.state, known={})
        rents.append(small.economy.power.rent(at)[:, capture])
        stored.append(small.economy.power.stored(at).sum(axis=1))
    assert (rents[1] > rents[0]).all()
    assert (stored[1] > 0.0).all()


def test_bioenergy_with_capture_earns_permits(small: Small) -> None:
    """A ton out of the air is a permit where the pool counts net emissions, and is stored."""
    power = small.economy.power
    tons = power._removal(small.setting, 2040)
    names = small.benchmark.technologies
    burns = small.benchmark.power.fuel.sum(axis=(0, 1)) > 0.0
    bio = names.index("bioenergy_capture")
    assert tons[bio] > 0.5
    assert not tons[burns].any()
    assert not power._removal(small.setting, small.benchmark.base_year).any()
