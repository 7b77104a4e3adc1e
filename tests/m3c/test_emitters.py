"""Permits: shared out to members by emissions; pools that nobody is in."""

from __future__ import annotations

import numpy as np
import pytest

from calibration import calibrate, load_abatement
from cge.m3c import Economy, declare, emitters
from tests.economies import tiny_dataset

NONE = np.nan


@pytest.fixture(scope="module")
def economy() -> Economy:
    benchmark = calibrate(tiny_dataset())
    return declare(benchmark, load_abatement().restricted_to(benchmark.sectors), ["first", "rest"])


def test_a_cap_is_shared_out_by_emissions(economy: Economy) -> None:
    members = np.array([[1.0, 0.0], [1.0, 0.0]])  # region, pool
    owned = emitters.permits(economy, members, np.array([0.7, NONE]))
    np.testing.assert_allclose(owned[:, 0], 0.7 * economy.benchmark.emissions.direct)
    np.testing.assert_allclose(emitters.caps(economy, members, owned), owned[:, 0])


def test_a_pool_without_members_has_permits_to_spare(economy: Economy) -> None:
    """With no supply and no demand its price would be undetermined, and Newton's step with it."""
    members = np.array([[1.0, 0.0], [1.0, 0.0]])
    owned = emitters.permits(economy, members, np.array([0.7, NONE]))
    assert np.all(owned[:, 1] > 0.0)
    needed = emitters.needs(economy, members)
    assert all(not needed[name][..., 1].any() for name in needed)


def test_regions_without_a_cap_have_none(economy: Economy) -> None:
    members = np.eye(2)
    owned = emitters.permits(economy, members, np.array([0.7, NONE]))
    capped, free = emitters.caps(economy, members, owned)
    assert capped == pytest.approx(0.7 * economy.benchmark.emissions.direct[0])
    assert np.isnan(free)
