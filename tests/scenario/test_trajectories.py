"""Arithmetic of caps and limits over years."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cge.scenario.errors import Misplaced
from cge.scenario.trajectories import compound, linear, log_linear

YEARS = st.integers(2020, 2060)
LEVELS = st.dictionaries(YEARS, st.floats(0.01, 100.0), min_size=1, max_size=6)


@given(LEVELS)
def test_paths_go_through_the_given_points(points: dict[int, float]) -> None:
    years = sorted(points)
    expected = [points[year] for year in years]
    np.testing.assert_allclose(log_linear(points, years), expected, rtol=1e-12)
    np.testing.assert_allclose(linear(points, years), expected, rtol=1e-12)


@given(LEVELS, st.floats(0.1, 10.0))
def test_log_linear_path_scales_with_its_points(points: dict[int, float], factor: float) -> None:
    years = range(2020, 2061)
    scaled = {year: factor * value for year, value in points.items()}
    path = log_linear(points, years)
    np.testing.assert_allclose(log_linear(scaled, years), factor * path, rtol=1e-12)


def test_cap_falls_by_the_same_percentage_every_year() -> None:
    path = log_linear({2030: 1.0, 2040: 0.5}, range(2030, 2041))
    np.testing.assert_allclose(path[1:] / path[:-1], 0.5**0.1, rtol=1e-12)


def test_limit_grows_by_the_same_amount_every_year() -> None:
    path = linear({2030: 0.0, 2060: 300.0}, range(2030, 2061))
    np.testing.assert_allclose(np.diff(path), 10.0, rtol=1e-12)


def test_no_cap_holds_before_the_first_given_year_and_the_last_one_stays() -> None:
    path = log_linear({2025: 0.9, 2030: 0.8}, [2024, 2025, 2030, 2035])
    assert np.isnan(path[0])
    np.testing.assert_allclose(path[1:], [0.9, 0.8, 0.8], rtol=1e-12)


def test_limit_holds_before_and_after_the_given_years() -> None:
    np.testing.assert_array_equal(linear({2030: 2.0, 2040: 4.0}, [2020, 2035, 2060]), [2, 3, 4])


@given(st.floats(0.1, 10.0), st.floats(-0.5, 0.5), st.integers(1, 40))
def test_growth_compounds(level: float, rate: float, span: int) -> None:
    ratios = compound({2020: level}, {2020 + span: rate}, base=level)
    step_by_step = 1.0
    for _ in range(span):
        step_by_step *= 1.0 + rate
    assert ratios[2020] == 1.0
    assert ratios[2020 + span] == pytest.approx(step_by_step, rel=1e-12)


def test_yearly_growth_is_the_growth_of_the_path_between() -> None:
    path = log_linear(compound({2035: 2.0}, {2050: -0.094}), range(2035, 2051))
    np.testing.assert_allclose(path[1:] / path[:-1], 1.0 - 0.094, rtol=1e-12)


def test_growth_may_follow_growth_and_levels_may_follow_it() -> None:
    ratios = compound({2020: 1.0, 2060: 0.1}, {2030: -0.1, 2040: -0.2})
    assert ratios[2040] == pytest.approx(0.9**10 * 0.8**10, rel=1e-12)
    assert ratios[2060] == pytest.approx(0.1)
    assert list(ratios) == [2020, 2030, 2040, 2060]


def test_growth_needs_a_level_before_it() -> None:
    with pytest.raises(Misplaced, match="no level before it"):
        compound({2040: 1.0}, {2030: -0.1})


def test_a_year_has_a_level_or_growth() -> None:
    with pytest.raises(Misplaced, match="2030 has a level and growth"):
        compound({2020: 1.0, 2030: 0.9}, {2030: -0.1})
