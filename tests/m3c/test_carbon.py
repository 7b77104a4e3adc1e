"""Carbon markets: permits shared out to members, pools that overlap, sources that are left out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.m3c.carbon import SPARE, claims
from tests.m3c.conftest import Small, base
from tests.m3c.models import declared

NONE = np.nan
TOGETHER = np.array([[1.0, 0.0], [1.0, 0.0]])  # region, pool


def test_a_cap_is_shared_out_by_emissions(small: Small) -> None:
    members, owned = claims(small.benchmark, TOGETHER, np.array([0.7, NONE]))
    assert_allclose(owned[:, 0], 0.7 * base(small))
    assert_allclose(members, TOGETHER)


def test_a_pool_without_members_has_permits_to_spare(small: Small) -> None:
    """With no supply and no demand its price would be undetermined, and Newton's step with it."""
    members, owned = claims(small.benchmark, TOGETHER, np.array([0.7, NONE]))
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
    """A budget of the region and a common pool: every ton needs two permits, and is one ton."""
    setting, b = small.setting, small.benchmark
    economy = declared(setting, ("A", "B", "both"))
    belongs = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]])  # region, pool
    ratios = np.array([0.85, 0.95, 0.85])
    solver = type(small.solver)(economy.model)
    tiers = type(small)(setting, economy, solver)
    result = solver.solve(tiers.capped(ratios, belongs))
    direct = tiers.report(result, "co2_direct")
    total = float(direct.sum())
    assert_allclose(tiers.permits(result), 2.0 * direct, rtol=1e-12)
    assert total <= 0.85 * b.emissions.direct.sum() * (1.0 + 1e-9)
    assert total < 0.9 * b.emissions.direct.sum()
    own = result.price("PC").to_numpy()
    assert_allclose(tiers.report(result, "carbon_price"), 100 * (own[:2] + own[2]), rtol=1e-9)


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
