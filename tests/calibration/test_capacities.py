"""Capacities of the base year: plants made what statistics say, and could have made more."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from calibration import (
    Benchmark,
    calibrate,
    load_assumptions,
    load_fleet,
    load_plants,
    load_potentials,
)
from calibration.capacities import LEAST_BOUND, WEATHER, capacities
from calibration.plants import BASE
from sam import load_dataset
from tests.economies import tiny_dataset


@pytest.fixture(scope="module", params=["tiny", "yrd2020"])
def b(request: pytest.FixtureRequest) -> Benchmark:
    return calibrate(load_dataset("yrd2020") if request.param == "yrd2020" else tiny_dataset())


def test_plants_could_have_made_more(b: Benchmark) -> None:
    there = b.power.twh > 0.0
    assert (b.power.bound >= LEAST_BOUND).all()
    assert LEAST_BOUND > 1.0
    assert (b.power.capacity[there] > 0.0).all()
    assert not b.power.capacity[~there].any()


def test_no_year_has_more_hours_than_there_are(b: Benchmark) -> None:
    there = b.power.twh > 0.0
    hours = 1e3 * b.power.twh[there] / b.power.capacity[there]
    assert (hours < 8760.0).all()


def test_wind_and_sun_of_the_base_year_ran_full_hours(b: Benchmark) -> None:
    """What stood the whole year made its TWh, whatever was connected in December."""
    plants, potentials = load_plants(), load_potentials()
    for name in WEATHER:
        t = b.technologies.index(name)
        for r, region in enumerate(b.regions):
            if not b.power.twh[r, t] > 0.0:
                continue
            known = region in potentials.regions
            hours = (
                potentials.hours(name, [region])[0] if known else plants.value(name, "hours", BASE)
            )
            made = 1e3 * b.power.twh[r, t] / b.power.capacity[r, t]
            assert made == pytest.approx(hours, rel=1e-9), (region, name)


def test_plants_that_run_when_asked_stand_in_the_fleet() -> None:
    b, fleet = calibrate(load_dataset("yrd2020")), load_fleet()
    coal = b.technologies.index("coal")
    assert_allclose(b.power.capacity[:, coal], fleet.capacity(b.regions, ["coal"])[:, 0])


def test_plants_are_as_many_as_their_twh_take_where_the_fleet_has_too_few() -> None:
    tables, b = load_assumptions(), calibrate(load_dataset("yrd2020"))
    ten = capacities(b, 10.0 * b.power.twh, tables.plants, tables.fleet, tables.potentials)
    there = b.power.twh > 0.0
    hours = np.where(there, 1e4 * b.power.twh, 0.0)[there] / ten.capacity[there]
    assert (hours < 8760.0).all()
    assert (ten.bound >= LEAST_BOUND).all()
