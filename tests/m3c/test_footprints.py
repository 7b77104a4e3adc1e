"""CO2 arises for somebody: footprints add up, and follow what is bought."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.equilibrium import Equilibrium
from sam.input_output import Footprint, footprint
from tests.m3c.conftest import Small


@pytest.fixture(scope="module", params=["base", "shocked"])
def solved(request: pytest.FixtureRequest, small: Small, shocked: Equilibrium) -> Equilibrium:
    return small.solve() if request.param == "base" else shocked


def test_every_ton_arises_for_somebody(small: Small, solved: Equilibrium) -> None:
    used = small.report(solved, "co2_embodied")  # region, origin
    exported = small.report(solved, "co2_exported")
    direct = small.report(solved, "co2_direct")
    assert_allclose(used.sum(axis=0) + exported, direct, rtol=1e-10)
    assert_allclose(used.sum(axis=1), small.report(solved, "co2_footprint"), rtol=1e-12)
    assert (used >= 0.0).all()
    assert (exported > 0.0).all()


def test_what_homes_burn_is_their_region_s(small: Small, solved: Equilibrium) -> None:
    used = small.report(solved, "co2_embodied")
    assert (np.diag(used) > small.report(solved, "household_emissions")).all()
    assert (used[~np.eye(len(used), dtype=bool)] > 0.0).all()  # there is trade


def test_the_base_year_is_that_of_the_matrix(small: Small) -> None:
    """Leontief's inverse of the SAM, apart from this model: money there, quantities here, which
    differ by what users pay for electricity beyond its price.
    """
    found = small.report(small.solve(), "co2_embodied").T  # origin, region
    matrix = footprint(small.setting.dataset)
    assert_allclose(found, matrix.flows + np.diag(matrix.final_users), rtol=0.02)
    assert_allclose(small.report(small.solve(), "co2_exported"), exported(matrix), rtol=0.02)


def exported(matrix: Footprint) -> np.ndarray:
    """CO2 of exports by region."""
    regions = matrix.activities.get_level_values("region")
    return np.array([matrix.exports[regions == region].sum() for region in matrix.regions])
