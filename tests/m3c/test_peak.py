"""Plants that go with load: gas in the small economy, which sells at its own cost then."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import calibrate
from calibration.plants import PlantRow, Plants
from cge.equilibrium import Solver
from cge.m3c import Economy
from cge.setting import Setting
from sam.ratios import ratio
from tests.known_answers.test_primal_m3c import POOLS, Case, assert_same
from tests.known_answers.test_primal_m3c import all_at_once as many_things
from tests.m3c.conftest import Small
from tests.m3c.models import declared, tiny_setting
from tests.m3c.test_power import GDP_AND_WELFARE, assert_loss, named, standing, twh

LATER = 0.5
"""What gas makes of load in 2040, relative to the base year."""


@cache
def with_peak() -> tuple[Setting, Economy]:
    """The small economy where gas goes with load."""
    setting = tiny_setting()
    row = {"technology": "gas", "item": "load", "source": "a test", "quality": "assumed"}
    path = [PlantRow(year=y, value=v, **row) for y, v in ((2020, 1.0), (2040, LATER))]
    rows = PlantRow.in_order((*setting.assumptions.plants.rows, *path))
    tables = replace(setting.assumptions, plants=Plants(tuple(rows)))
    whole = replace(setting, assumptions=tables, benchmark=calibrate(setting.dataset, tables))
    return whole, declared(whole, POOLS)


@pytest.fixture(scope="module")
def peak() -> Small:
    setting, economy = with_peak()
    return Small(setting, economy, Solver(economy.model))


def test_it_sells_at_its_cost_and_all_others_at_one_price(peak: Small) -> None:
    b, gas = peak.benchmark, peak.benchmark.technologies.index("gas")
    price = peak.report(peak.solve(), "generation_price")
    own = ratio(100.0 * b.power.output, b.power.twh, np.nan)
    assert_allclose(price[:, gas], own[:, gas])
    others = np.delete(price, gas, axis=1)
    assert_allclose(np.nanmax(others, axis=1), np.nanmin(others, axis=1))
    assert (b.power.support[:, gas] == 0.0).all()
    assert_allclose((b.power.support * b.power.sold).sum(axis=1), 0.0, atol=1e-9)


def test_dearer_inputs_lower_gdp_and_welfare(peak: Small) -> None:
    """Although it costs more than four fifths more than others."""
    assert_loss(peak, peak.solve(), "gas", GDP_AND_WELFARE)


def test_its_share_hardly_answers_to_prices_and_twh_add_up(peak: Small) -> None:
    gas = peak.benchmark.technologies.index("gas")
    base = twh(peak, peak.solve())
    moved = peak.solve({**peak.capped([0.65, 0.8]), **standing(peak, onshore_wind=4.0)})
    assert_allclose(peak.economy.energy.imbalance(peak.at(moved)), 0.0, atol=1e-9)
    share, before = (made[:, gas] / made.sum(axis=1) for made in (twh(peak, moved), base))
    assert_allclose(share, before, rtol=0.2)
    wind = peak.benchmark.technologies.index("onshore_wind")
    assert (twh(peak, moved)[:, wind] > 2.0 * base[:, wind]).all()


def test_where_its_plants_are_fewer_it_makes_less_and_others_more(peak: Small) -> None:
    """A phase-out, or a partner who takes them down: no load asks for what nobody can make."""
    gas = peak.benchmark.technologies.index("gas")
    base, fewer = twh(peak, peak.solve()), twh(peak, peak.solve(standing(peak, gas=0.2)))
    assert_allclose(fewer[:, gas], 0.2 * base[:, gas], rtol=0.02)
    there = fewer.sum(axis=1) / base.sum(axis=1)
    assert_allclose(there, 1.0, rtol=0.02)


def test_less_of_load_falls_to_it_in_later_years(peak: Small) -> None:
    """The rest is made by others: TWh still add up, and the share is what the path says."""
    gas = peak.benchmark.technologies.index("gas")
    at = replace(peak.at(peak.solve()), year=2040)
    power = peak.economy.power
    values = named(power.parameters(at))
    counts = {
        name: values[p.name] for name, p in (("made", power.mix.made), ("apart", power.mix.apart))
    }
    whole = peak.benchmark.power.counted.sum(axis=1)
    fewer = LATER * peak.benchmark.power.counted[:, gas]
    assert_allclose(counts["made"].sum(axis=1) + fewer, whole)
    assert_allclose(counts["apart"][:, gas], LATER * peak.benchmark.power.output[:, gas])


def test_as_many_plants_are_built_as_load_asks_for(peak: Small) -> None:
    gas = peak.benchmark.technologies.index("gas")
    at = peak.at(peak.solve())
    plants = peak.economy.plants
    (stands,) = [stock for stock in plants.stocks() if stock.name == "plants"]
    after = stands.next(at).sum(axis=2)[:, gas]
    asked = peak.benchmark.power.capacity[:, gas] * (1.0 - (1.0 - LATER) / 20.0)
    assert (after >= asked * (1.0 - 1e-12)).all()
    assert_allclose(after[plants.added(at)[:, gas] > 0.0], asked[plants.added(at)[:, gas] > 0.0])


def test_primal_and_dual_agree() -> None:
    setting, economy = with_peak()
    case = Case(setting, economy, Solver(economy.model))
    assert_same(case, many_things(case))
