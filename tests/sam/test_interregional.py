"""Trade between regions by gravity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sam import BalancingError
from sam.interregional import (
    EARTH_RADIUS_KM,
    gravity,
    great_circle_distance,
    reconcile_totals,
)

Array = npt.NDArray[np.float64]


def places(seed: int, count: int) -> tuple[Array, Array, Array]:
    """Outflow, inflow and distance of a few regions."""
    rng = np.random.default_rng(seed)
    outflow, inflow = rng.uniform(0.5, 2.0, (2, count))
    distance = great_circle_distance(rng.uniform(20, 45, count), rng.uniform(90, 122, count))
    return outflow, inflow * outflow.sum() / inflow.sum(), distance


def test_distance_is_that_of_the_sphere() -> None:
    quarter = great_circle_distance(np.array([0.0, 0.0, 90.0]), np.array([0.0, 90.0, 0.0]))
    expected = EARTH_RADIUS_KM * np.pi / 2 * (1 - np.eye(3))
    np.testing.assert_allclose(quarter, expected, atol=1e-9)
    shanghai_beijing = great_circle_distance(np.array([31.2, 39.9]), np.array([121.5, 116.4]))
    assert shanghai_beijing[0, 1] == pytest.approx(1070.0, rel=0.01)


@given(st.integers(0, 2**32 - 1), st.integers(3, 8), st.floats(0.0, 2.0))
def test_flows_meet_outflow_and_inflow_and_no_region_trades_with_itself(
    seed: int, count: int, exponent: float
) -> None:
    outflow, inflow, distance = places(seed, count)
    assume(((outflow + inflow) < 0.95 * outflow.sum()).all())
    flow = gravity(outflow, inflow, distance, exponent)
    np.testing.assert_allclose(flow.sum(1), outflow, rtol=1e-8)
    np.testing.assert_allclose(flow.sum(0), inflow, rtol=1e-8)
    assert (np.diag(flow) == 0.0).all()
    assert (flow >= 0.0).all()


def test_with_distance_trade_moves_to_neighbours() -> None:
    outflow, inflow, distance = places(3, 8)
    travelled = [
        float((gravity(outflow, inflow, distance, exponent) * distance).sum())
        for exponent in (0.0, 0.5, 1.0, 1.5)
    ]
    assert travelled == sorted(travelled, reverse=True)


def test_an_even_country_trades_evenly() -> None:
    flow = gravity(np.ones(4), np.ones(4), np.full((4, 4), 100.0), 1.0)
    np.testing.assert_allclose(flow, (1.0 - np.eye(4)) / 3.0)


def test_no_trade_is_no_trade() -> None:
    assert not gravity(np.zeros(3), np.zeros(3), np.ones((3, 3)), 1.0).any()


def test_a_region_with_more_trade_than_its_partners_is_named() -> None:
    with pytest.raises(BalancingError, match=r"region 0 .* Cut its transit first"):
        gravity(np.array([5.0, 1.0]), np.array([5.0, 1.0]), np.ones((2, 2)), 1.0)


def test_totals_are_reconciled_by_their_geometric_mean() -> None:
    outflow, inflow = np.array([[1.0, 2.0], [3.0, 0.0]]), np.array([[4.0, 0.0], [5.0, 0.0]])
    np.testing.assert_allclose(reconcile_totals(outflow, inflow), [6.0, 0.0])
