"""The linear expenditure system: Engel aggregation, subsistence, and demand as it responds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration import Benchmark, CalibrationError
from calibration.demand import (
    ELASTICITY_FLOOR,
    normalise,
    normalise_income_elasticities,
    subsistence,
)

Array = npt.NDArray[np.float64]

positive = st.floats(0.01, 10.0)
households = st.lists(st.tuples(positive, st.floats(0.0, 1e4)), min_size=2, max_size=8).filter(
    lambda goods: sum(spent for _, spent in goods) > 1e-3
)
frischs = st.floats(-20.0, -1.01)


def demand(consumption: Array, committed: Array, income: float, prices: Array) -> Array:
    """Stone-Geary demand with marginal shares from the base year, where prices are one."""
    discretionary = consumption - committed
    shares = discretionary / discretionary.sum()
    return np.asarray(committed + shares / prices * (income - prices @ committed))


@given(households, frischs)
def test_normalised_elasticities_meet_engel_aggregation_within_bounds(
    goods: list[tuple[float, float]], frisch: float
) -> None:
    raw, budget = np.array(goods).T
    elasticities = normalise_income_elasticities(raw, budget, frisch)
    assert budget @ elasticities == pytest.approx(budget.sum(), rel=1e-12)
    assert (elasticities >= ELASTICITY_FLOOR * (1.0 - 1e-9)).all()
    assert (elasticities <= -frisch * (1.0 + 1e-9)).all()
    order = np.argsort(raw, kind="stable")
    assert (np.diff(elasticities[order]) >= -1e-12).all()  # a luxury stays the greater luxury


@given(households, frischs, st.floats(0.2, 5.0))
def test_only_relative_elasticities_matter(
    goods: list[tuple[float, float]], frisch: float, factor: float
) -> None:
    raw, budget = np.array(goods).T
    once = normalise_income_elasticities(raw, budget, frisch)
    again = normalise_income_elasticities(factor * raw, 3.0 * budget, frisch)
    np.testing.assert_allclose(again, once, rtol=1e-8)


@given(households, frischs)
def test_calibrated_demand_has_the_elasticities_it_was_calibrated_to(
    goods: list[tuple[float, float]], frisch: float
) -> None:
    raw, budget = np.array(goods).T
    elasticities = normalise_income_elasticities(raw, budget, frisch)
    committed = subsistence(budget[None, None], elasticities[None, None], np.array([[frisch]]))[
        0, 0
    ]
    assert (committed >= 0.0).all()
    assert (committed <= budget).all()
    income, ones = budget.sum(), np.ones_like(budget)
    np.testing.assert_allclose(
        demand(budget, committed, income, ones), budget, rtol=1e-9, atol=1e-12 * income
    )
    more, less = (demand(budget, committed, k * income, ones) for k in (1.001, 0.999))
    slope = (more - less) / 0.002  # exact: demand is linear in income
    np.testing.assert_allclose(slope, elasticities * budget, rtol=1e-6, atol=1e-9 * income)
    # Frisch: total over discretionary expenditure
    assert income / (income - committed.sum()) == pytest.approx(-frisch, rel=1e-9)


def test_marginal_shares_of_the_benchmark_sum_to_one(benchmark: Benchmark) -> None:
    budget = benchmark.demand.consumption / benchmark.demand.consumption.sum(axis=2, keepdims=True)
    marginal = benchmark.elasticities["income"] * budget  # region, household, commodity
    np.testing.assert_allclose(marginal.sum(axis=2), 1.0, rtol=1e-12)
    discretionary = benchmark.demand.consumption - benchmark.demand.subsistence
    np.testing.assert_allclose(
        discretionary / discretionary.sum(axis=2, keepdims=True), marginal, rtol=1e-9
    )


def test_subsistence_of_the_benchmark_lies_below_consumption(benchmark: Benchmark) -> None:
    bought = benchmark.demand.consumption > 0.0
    assert (benchmark.demand.subsistence >= 0.0).all()
    assert (benchmark.demand.subsistence[bought] < benchmark.demand.consumption[bought]).all()
    assert not benchmark.demand.subsistence[~bought].any()
    assert (~bought).any()  # nobody buys steel


def test_food_is_a_necessity_and_services_are_a_luxury(benchmark: Benchmark) -> None:
    income = benchmark.elasticities["income"]  # region, household, commodity
    food, services = (income[:, :, benchmark.position(good)] for good in ("AGR", "TRD"))
    assert (food < 1.0).all()
    assert (services > 1.0).all()


def test_an_absent_household_keeps_unitary_elasticities() -> None:
    consumption = np.array([[[1.0, 3.0], [0.0, 0.0]]])
    result = normalise(np.full((1, 2, 2), 0.7), consumption, np.full((1, 2), -2.0))
    np.testing.assert_allclose(result, 1.0)


def test_a_household_that_spends_nothing_has_no_elasticities() -> None:
    with pytest.raises(CalibrationError, match="buys a negative amount or nothing at all"):
        normalise_income_elasticities(np.ones(2), np.zeros(2), -2.0)


@settings(max_examples=20)
@given(households, frischs, st.lists(st.floats(0.5, 2.0), min_size=8, max_size=8))
def test_demand_spends_the_income_at_any_prices(
    goods: list[tuple[float, float]], frisch: float, prices: list[float]
) -> None:
    raw, budget = np.array(goods).T
    elasticities = normalise_income_elasticities(raw, budget, frisch)
    committed = subsistence(budget[None, None], elasticities[None, None], np.array([[frisch]]))[
        0, 0
    ]
    p = np.array(prices[: len(budget)])
    income = 2.0 * budget.sum()
    assert p @ demand(budget, committed, income, p) == pytest.approx(income, rel=1e-9)
