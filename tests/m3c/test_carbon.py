"""Carbon markets: permits shared out to members, pools that overlap, sources that are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.blocks import Refused
from cge.m3c.carbon import SPARE, claims
from cge.scenario import Pool
from tests.m3c.conftest import Small, base
from tests.m3c.models import setting_of

NONE = np.nan
TOGETHER = np.array([[1.0, 0.0], [1.0, 0.0]])  # region, pool


def test_a_cap_is_shared_out_by_emissions(small: Small) -> None:
    members, owned = claims(base(small)[:, None], TOGETHER, np.array([0.7, NONE]))
    assert_allclose(owned[:, 0], 0.7 * base(small))
    assert_allclose(members, TOGETHER)


def test_a_pool_without_members_has_permits_to_spare(small: Small) -> None:
    """With no supply and no demand its price would be undetermined, and Newton's step with it."""
    members, owned = claims(base(small)[:, None], TOGETHER, np.array([0.7, NONE]))
    assert np.all(owned[:, 1] == SPARE)
    values = small.economy.model.values(small.capped([0.7, NONE], TOGETHER))
    needed = [name for name in small.economy.model.products if "permit" in name]
    assert len(needed) == 5
    assert not any(values[name][..., 1].any() for name in needed)
    assert all(values[name][..., 0].any() for name in needed)
    assert not members[:, 1].any()


def test_no_cap_is_said_in_one_way(small: Small) -> None:
    """Where no cap holds nobody is a member: no permits are needed, no cap is reported."""
    result = small.solve(small.capped([0.9, NONE]))
    capped, free = small.report(result, "cap")
    assert capped == pytest.approx(0.9 * base(small)[0])
    assert np.isnan(free)
    assert small.permits(result)[1] == 0.0
    assert small.report(result, "carbon_price")[1] == 0.0
    assert small.report(result, "co2_direct")[1] == pytest.approx(base(small)[1], rel=0.2)


def test_overlapping_pools_leave_emissions_what_is_burnt(small: Small) -> None:
    """A budget of a region and a common pool: its tons need two permits, and are one ton each."""
    belongs = np.array([[1.0, 1.0], [0.0, 1.0]])  # region, pool
    result = small.solve(small.capped(np.array([0.7, 0.85]), belongs))
    direct, total = small.report(result, "co2_direct"), base(small).sum()
    assert_allclose(small.permits(result), direct * [2.0, 1.0], rtol=1e-12)
    assert direct[0] == pytest.approx(0.7 * base(small)[0], rel=1e-9)
    assert direct.sum() == pytest.approx(0.85 * total, rel=1e-9)
    own, common = result.price("PC").to_numpy()
    assert min(own, common) > 0.0
    prices = small.report(result, "carbon_price")
    assert_allclose(prices, [100 * (own + common), 100 * common], rtol=1e-9)


def test_two_equal_tiers_are_one(small: Small) -> None:
    """A second pool with the same members and cap changes nothing but how the price is split."""
    alone = small.solve(small.capped([0.8, NONE], TOGETHER))
    twice = small.solve(small.capped([0.8, 0.9], np.ones((2, 2))))
    assert_allclose(small.report(twice, "co2_direct"), small.report(alone, "co2_direct"), rtol=1e-8)
    assert_allclose(
        small.report(twice, "carbon_price"), small.report(alone, "carbon_price"), rtol=1e-7
    )


def test_coverage_is_data(small: Small) -> None:
    """A fuel that is not covered needs no permits and is still burnt and counted."""
    covered = small.economy.model.parameters["Y.fuel.covered"]
    f = list(small.benchmark.fuels).index("COL")
    share = np.ones(covered.value.shape)
    share[:, f] = 0.0  # sector, fuel, pool
    values = {**small.capped([0.9, 0.9]), covered.name: share}
    result = small.solve(values)
    burnt = small.economy.production.combustion.generated(result.state)  # region, sector, fuel
    permits = result.quantity("Y", "fuel_permit").transpose("r", "j", "f", "p").to_numpy()
    assert not permits[:, :, f].any()
    assert burnt[:, :, f].sum() > 0.0
    others = [k for k in range(burnt.shape[2]) if k != f]
    assert_allclose(permits[:, :, others].sum(axis=3), burnt[:, :, others], rtol=1e-12)
    assert_allclose(small.report(result, "co2_fuel").sum(), burnt.sum(), rtol=1e-12)


def test_tons_are_fuel_times_factor(small: Small) -> None:
    """Sources are told from flows alone, whatever permits say."""
    result = small.solve(small.capped([0.8, 0.9]))
    e, values = small.economy, result.values
    fuel = result.quantity("Y", "fuel").to_numpy() * values["Y.fuel.co2"]
    power = result.quantity("T", "fuel").to_numpy() * values["T.fuel.co2"]
    homes = result.quantity("HH", "fuel").to_numpy() * values["HH.fuel.co2"]
    process = result.level("Y").to_numpy() * small.benchmark.output * values["Y.output.co2"]
    total = sum(part.reshape(2, -1).sum(axis=1) for part in (fuel, power, homes, process))
    assert_allclose(e.emissions.sources.generated(small.at(result)).total, total, rtol=1e-12)
    assert_allclose(small.permits(result), total, rtol=1e-12)


def test_a_cap_is_relative_to_what_is_covered(small: Small) -> None:
    """Half of the coverage halves the permits of an unchanged ratio, and so the price stays."""
    one = budgets(small)
    e, at = one.economy, one.economy.first_year(one.setting)
    whole = e.carbon.parameters(at)[e.carbon.cap]
    (lever,) = [lever for lever in e.levers if lever.name == "coverage"]
    (homes,) = [lever for lever in e.levers if lever.name == "household_coverage"]
    assert_allclose(whole, np.diag(0.8 * base(small)))
    assert_allclose(lever.read(at), 1.0)
    values = {p.name: np.asarray(v) for p, v in lever.change(at, 0.5 * lever.read(at)).items()}
    at = replace(at, values=values)
    values |= {p.name: np.asarray(v) for p, v in homes.change(at, 0.5 * homes.read(at)).items()}
    assert_allclose(values["cap"], 0.5 * whole)
    assert_allclose(lever.read(replace(at, values=values)), 0.5)
    assert_allclose(homes.read(replace(at, values=values)), 0.5)


def test_sectors_left_out_of_a_pool_emit_freely(small: Small) -> None:
    """Only electricity is covered: its own emissions meet the cap, the others' count as well."""
    one = budgets(small)
    e, at = one.economy, one.economy.first_year(one.setting)
    power = small.benchmark.electricity_place
    only = np.zeros((len(small.benchmark.sectors), 2))  # sector, pool
    only[power] = 1.0
    levers = {lever.name: lever for lever in e.levers}
    values = {p.name: np.asarray(v) for p, v in levers["coverage"].change(at, only).items()}
    at = replace(at, values=values)
    none = np.zeros((len(small.benchmark.fuels), 2))  # fuel, pool
    values |= {
        p.name: np.asarray(v) for p, v in levers["household_coverage"].change(at, none).items()
    }
    result = one.solve(values)
    emitted = one.report(result, "emissions")[:, power].reshape(2, -1).sum(axis=1)
    cap = values["cap"].sum(axis=1)
    assert_allclose(emitted, cap, rtol=1e-8)
    assert np.all(cap < 0.8 * base(small))
    assert_allclose(one.permits(result), cap, rtol=1e-8)
    assert np.all(one.report(result, "co2_direct") > 1.5 * cap)


def test_a_pool_that_covers_nothing_has_no_price(small: Small) -> None:
    one = budgets(small)
    at = one.economy.first_year(one.setting)
    levers = {lever.name: lever for lever in one.economy.levers}
    for name in ("coverage", "household_coverage"):
        lever = levers[name]
        new = {p.name: np.asarray(v) for p, v in lever.change(at, 0.0 * lever.read(at)).items()}
        at = replace(at, values={**at.values, **new})
    assert np.all(at.values["cap"] == SPARE)
    with pytest.raises(Refused, match=r"pool 'pool 0' covers no emissions"):
        levers["pool_cap"].change(at, np.array([100.0, 100.0]))
    result = one.solve(dict(at.values))
    assert_allclose(result.price("PC"), 0.0, atol=1e-12)
    assert_allclose(one.report(result, "co2_direct"), base(small), rtol=1e-9)


def budgets(small: Small) -> Small:
    """A pool for each region, at four fifths of its base-year emissions, from a scenario.

    The economy is that of ``small``, whose pools have these names.
    """
    year = small.setting.dataset.base_year
    pools = [
        Pool(name=f"pool {k}", regions=[region], cap={year: 0.8})
        for k, region in enumerate(small.benchmark.regions)
    ]
    return replace(small, setting=setting_of(small.setting.dataset, pools))
