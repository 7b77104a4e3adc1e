"""Investment by sector: where capital earns most, and no more than there is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from calibration import load_investment
from cge.m3c.accumulation import shared_out

RULE = load_investment()
STOCK = np.array([[10.0, 30.0, 0.0, 60.0], [5.0, 5.0, 80.0, 10.0]])
RATES = st.lists(st.floats(-0.3, 0.5), min_size=8, max_size=8)


def excess(rates: list[float]) -> np.ndarray:
    """Rates of return less the average of the region (region, sector)."""
    table = np.array(rates).reshape(2, 4)
    mean = (table * STOCK).sum(axis=1) / STOCK.sum(axis=1)
    return np.asarray(table - mean[:, None])


@given(RATES, st.floats(2.0, 60.0), st.floats(2.0, 60.0))
def test_investment_adds_up_and_nobody_disinvests(rates: list[float], a: float, b: float) -> None:
    total = np.array([a, b])
    invested = shared_out(total, STOCK, excess(rates), RULE)
    assert_allclose(invested.sum(axis=1), total, rtol=1e-12)
    assert (invested[STOCK > 0.0] > 0.0).all()
    assert (invested[STOCK == 0.0] == 0.0).all()
    most = total / STOCK.sum(axis=1) + RULE.value("headroom")
    assert (invested <= most[:, None] * STOCK * (1.0 + 1e-9)).all()


@given(RATES)
def test_what_earns_more_grows_faster(rates: list[float]) -> None:
    surplus = excess(rates)
    invested = shared_out(np.array([12.0, 9.0]), STOCK, surplus, RULE)
    for r in range(2):
        there = np.flatnonzero(STOCK[r] > 0.0)
        order = there[np.argsort(surplus[r, there])]
        growth = invested[r, order] / STOCK[r, order]
        assert (np.diff(growth) >= -1e-12).all()


def test_at_equal_rates_all_stocks_grow_alike() -> None:
    invested = shared_out(np.array([12.0, 9.0]), STOCK, np.zeros((2, 4)), RULE)
    assert_allclose(invested, STOCK * [[0.12], [0.09]], rtol=1e-12)


def test_at_the_average_a_point_more_of_return_is_a_point_more_of_growth() -> None:
    step = 1e-5
    small = np.array([[1e-6, 1.0]])  # the first moves without moving the average
    low, high = (
        shared_out(np.array([0.1]), small, np.array([[at, 0.0]]), RULE) for at in (-step, step)
    )
    slope = (high - low)[0, 0] / small[0, 0] / (2.0 * step)
    assert slope == pytest.approx(RULE.value("slope"), rel=1e-4)


def test_where_nothing_is_left_nothing_is_invested() -> None:
    invested = shared_out(np.array([0.0, -3.0]), STOCK, np.zeros((2, 4)), RULE)
    assert_allclose(invested, 0.0, atol=0.0)
