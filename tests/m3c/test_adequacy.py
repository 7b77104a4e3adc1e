"""Adequacy: wind and sun pay for storage, reserve and balancing, the more the more there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration.capacities import WEATHER
from cge.blocks import Year
from cge.m3c.adequacy import ABSORBED, MOST_OF_PEAK, SOLAR, balancing
from cge.path import Pathway, run
from cge.scenario import Pool, Scenario
from tests.economies import tiny_dataset, write_dataset
from tests.m3c.conftest import Small
from tests.m3c.test_power import standing

LAST = 2026


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Pathway:
    folder = write_dataset(tiny_dataset(), tmp_path_factory.mktemp("adequacy") / "economy")
    pool = Pool(name="all", regions=["A", "B"], cap={2020: 1.0, 2021: 0.9, LAST: 0.7})
    return run(Scenario(name="policy", dataset=folder, last=LAST, pools=[pool]))


def share_of_weather(small: Small, share: float) -> np.ndarray:
    """Generation in which wind and sun have a share (region, technology)."""
    b = small.benchmark
    weather, made = np.isin(b.technologies, WEATHER), b.power.twh.sum(axis=1)[:, None]
    parts = np.where(weather, b.power.twh, 0.0), np.where(weather, 0.0, b.power.twh)
    shares = [part / part.sum(axis=1, keepdims=True) for part in parts]
    result: np.ndarray = made * (share * shares[0] + (1.0 - share) * shares[1])
    return result


def test_balancing_costs_more_per_kwh_the_more_there_is(small: Small) -> None:
    costs = []
    for share in (0.05, 0.2, 0.4, 0.6, 0.9):
        made = share_of_weather(small, share)
        weather = made[:, np.isin(small.benchmark.technologies, WEATHER)].sum(axis=1)
        costs.append(balancing(small.benchmark, made) / weather)
    assert_allclose(costs[0], 0.0)
    assert (np.diff(costs, axis=0) > 0.0).all()
    assert (np.array(costs) <= 0.05 * 10.0).all()  # yuan per kWh, 1e8 CNY per TWh


def with_stocks(small: Small, **stocks: np.ndarray) -> Year:
    at = small.economy.first_year(small.setting)
    return replace(at, year=2030, stocks={**at.stocks, **stocks}, known={})


def test_storage_and_reserve_cost_and_batteries_lose(small: Small) -> None:
    adequacy, made = small.economy.adequacy, share_of_weather(small, 0.3)
    none = with_stocks(small)
    more = with_stocks(small, storage=np.full(2, 5.0), reserve=np.full(2, 2.0))
    most = with_stocks(small, storage=np.full(2, 9.0), reserve=np.full(2, 2.0))
    assert (adequacy.cost(more, made) > adequacy.cost(none, made)).all()
    assert (adequacy.cost(most, made) > adequacy.cost(more, made)).all()
    assert_allclose(adequacy.lost(none), 0.0)
    assert_allclose(adequacy.lost(most) / adequacy.lost(more), 9.0 / 5.0, rtol=1e-12)


def test_integration_makes_wind_and_sun_dearer_to_run(small: Small) -> None:
    """In the year after, for them alone."""
    adequacy, b = small.economy.adequacy, small.benchmark
    at = with_stocks(
        small, storage=np.full(2, 5.0), generated=share_of_weather(small, 0.5), reserve=np.ones(2)
    )
    material = adequacy.parameters(at)[adequacy.power.material]
    weather = np.isin(b.technologies, WEATHER)
    more = material - b.power.material
    there = b.power.twh > 0.0
    assert (more.sum(axis=1)[there & weather] > 0.0).all()
    assert not more[:, :, ~weather].any()
    assert (more >= 0.0).all()


def test_the_base_year_books_what_it_pays_for_balancing(small: Small) -> None:
    """So that it is the benchmark."""
    adequacy, at = small.economy.adequacy, small.economy.first_year(small.setting)
    for parameter, value in adequacy.parameters(at).items():
        name = getattr(parameter, "name", parameter)
        assert_allclose(value, at.base[name], rtol=1e-12)


def test_batteries_replace_less_and_less_of_the_peak(small: Small) -> None:
    adequacy, at = small.economy.adequacy, small.at(small.solve())
    firm = []
    for gw in (0.0, 2.0, 4.0, 1e6):
        with_batteries = replace(at, stocks={**at.stocks, "storage": np.full(2, gw)}, known={})
        firm.append(adequacy.firm(with_batteries))
    gained = np.diff(firm[:3], axis=0)
    assert (gained > 0.0).all()
    assert (gained[1] < gained[0]).all()
    assert_allclose(firm[-1] - firm[0], MOST_OF_PEAK * adequacy.peak(at), rtol=1e-9)


def test_noon_needs_batteries_once_demand_is_full(small: Small) -> None:
    adequacy = small.economy.adequacy
    few, many = (
        adequacy._batteries(small.at(small.solve(standing(small, utility_solar=grown))))
        for grown in (1.0, 6.0)
    )
    solar = [t for t, name in enumerate(small.benchmark.technologies) if name in SOLAR]
    share = small.benchmark.power.twh[:, solar].sum(axis=1) / small.benchmark.power.twh.sum(axis=1)
    assert_allclose(few[share <= 0.95 * ABSORBED], 0.0, atol=1e-9)
    assert (many > few).all()


def test_firm_capacity_covers_the_peak_of_the_year_after(path: Pathway) -> None:
    """Reserve is kept a year ahead, with the growth that is expected."""
    later = path.data.sel(year=slice(2021, None))
    assert (later["firm_capacity"] >= 0.99 * later["firm_needed"]).all()


def test_integration_is_paid_for_by_a_positive_cost(path: Pathway) -> None:
    cost = path.data["integration_cost"].sel(year=slice(2021, None))
    assert (cost.fillna(0.0) >= 0.0).all()
