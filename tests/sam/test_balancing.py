"""Balancing: totals are met, structure is kept, and the result is the nearest one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sam import BalancingError
from sam.accounts import ACTIVITY, FACTOR
from sam.balancing import (
    FIVE_POINTS,
    SEVEN_POINTS,
    THREE_POINTS,
    Balanced,
    ConstraintBuilder,
    Constraints,
    Support,
    account_constraints,
    balance,
    gras,
    matrix_constraints,
    ras,
)
from tests.economies import tiny_dataset

Array = npt.NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)
methods = st.sampled_from(["entropy", "least_squares"])
supports = st.sampled_from([None, THREE_POINTS, FIVE_POINTS, SEVEN_POINTS])


def matrix(seed: int, rows: int, columns: int, *, signed: bool = False) -> Array:
    """Cells over many orders of magnitude with zeros, none of the lines empty."""
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0.0, 2.0, (rows, columns)) * (rng.random((rows, columns)) < 0.8)
    values[:, 0] += 1.0
    values[0] += 1.0
    return values * np.where(rng.random((rows, columns)) < 0.2, -1.0, 1.0) if signed else values


def nearby(prior: Array, seed: int, spread: float = 2.0) -> Array:
    """Another matrix with the same signs and zeros, whose totals can therefore be met."""
    factor = np.random.default_rng(seed + 1).uniform(1.0 / spread, spread, prior.shape)
    return prior * factor


def economy(seed: int, support: Support | None = None, scale: float = 1.0) -> tuple[Array, Any]:
    """An unbalanced SAM of five accounts with negative cells, hard accounts and soft totals."""
    rng = np.random.default_rng(seed)
    prior = scale * matrix(seed, 5, 5, signed=True)
    builder = account_constraints("abcde")
    for k in range(3):
        cells = rng.choice(25, 6, replace=False)
        total = float(prior.ravel()[cells].sum() * rng.uniform(0.8, 1.3))
        size = float(np.abs(prior.ravel()[cells]).sum()) + scale
        builder.add(f"soft {k}", [(cells, 1.0)], total, 0.3 * size, support=support)
    row = float(nearby(prior, seed, 1.2)[0].sum())
    builder.add("hard", [(np.arange(5), 1.0)], row)
    return prior, builder.build()


def totals_of(constraints: Constraints, cells: Array) -> Constraints:
    """The same constraints with totals that these cells meet."""
    totals = np.asarray(constraints.matrix @ cells.ravel())
    return Constraints(
        constraints.matrix,
        totals,
        constraints.deviations,
        constraints.labels,
        constraints.supports,
    )


def solvable(prior: Array, constraints: Constraints, **options: Any) -> Balanced | None:
    """The result, unless the random totals contradict the random signs."""
    try:
        return balance(prior, constraints, **options)
    except BalancingError as error:
        if not error.conflict:
            raise
        return None


def simple_ras(prior: Array, rows: Array, columns: Array) -> Array:
    """RAS as in the textbooks."""
    cells = prior.copy()
    for _ in range(20_000):
        cells = cells * (rows / cells.sum(1))[:, None]
        cells = cells * (columns / cells.sum(0))
    return cells


@given(seeds, st.integers(1, 6), st.integers(1, 6))
def test_ras_meets_sums_and_keeps_zeros_and_cross_ratios(
    seed: int, rows: int, columns: int
) -> None:
    prior = matrix(seed, rows, columns)
    other = nearby(prior, seed, 5.0)
    found = ras(prior, other.sum(1), other.sum(0))
    np.testing.assert_allclose(found.sum(1), other.sum(1), rtol=1e-9)
    np.testing.assert_allclose(found.sum(0), other.sum(0), rtol=1e-9)
    assert ((found == 0.0) == (prior == 0.0)).all()
    ratio = found[prior > 0] / prior[prior > 0]  # biproportional: logs are a row plus a column
    place = np.argwhere(prior > 0)
    design = np.hstack([np.eye(rows)[place[:, 0]], np.eye(columns)[place[:, 1]]])
    fitted = design @ np.linalg.lstsq(design, np.log(ratio), rcond=None)[0]
    np.testing.assert_allclose(fitted, np.log(ratio), atol=1e-6)


def test_ras_is_the_textbook_iteration() -> None:
    prior = matrix(3, 4, 5) + 0.1
    other = nearby(prior, 3)
    found = ras(prior, other.sum(1), other.sum(0))
    np.testing.assert_allclose(found, simple_ras(prior, other.sum(1), other.sum(0)), rtol=1e-9)


@given(seeds)
def test_ras_does_not_see_how_rows_and_columns_of_the_prior_are_scaled(seed: int) -> None:
    prior = matrix(seed, 4, 5)
    other = nearby(prior, seed)
    rng = np.random.default_rng(seed + 2)
    scaled = rng.lognormal(0.0, 1.0, 4)[:, None] * prior * rng.lognormal(0.0, 1.0, 5)
    found = ras(scaled, other.sum(1), other.sum(0))
    np.testing.assert_allclose(found, ras(prior, other.sum(1), other.sum(0)), rtol=1e-7)


def test_ras_is_exact_where_sweeps_creep() -> None:
    n = 60
    near = np.abs(np.subtract.outer(np.arange(n), np.arange(n))) <= 1
    prior = np.where(near, 1.0, 0.0)
    other = nearby(prior, 5, 3.0)
    found = ras(prior, other.sum(1), other.sum(0))
    np.testing.assert_allclose(found.sum(1), other.sum(1), rtol=1e-11)
    np.testing.assert_allclose(found.sum(0), other.sum(0), rtol=1e-11)


@given(seeds)
def test_gras_is_ras_without_negative_cells_and_entropy_in_general(seed: int) -> None:
    prior = matrix(seed, 4, 5)
    other = nearby(prior, seed)
    sums = (other.sum(1), other.sum(0))
    np.testing.assert_array_equal(gras(prior, *sums), ras(prior, *sums))
    by_newton = balance(prior, matrix_constraints(*sums), method="entropy")
    np.testing.assert_allclose(by_newton.cells, ras(prior, *sums), rtol=1e-7, atol=1e-12)
    signed = matrix(seed, 4, 5, signed=True)
    other = nearby(signed, seed)
    sums = (other.sum(1), other.sum(0))
    by_newton = balance(signed, matrix_constraints(*sums), method="entropy")
    atol = 1e-9 * np.abs(signed).sum()
    np.testing.assert_allclose(by_newton.cells, gras(signed, *sums), rtol=1e-6, atol=atol)


@given(seeds, st.sampled_from(["entropy", "gras"]))
def test_signs_and_zeros_survive_and_sums_are_met(seed: int, method: Any) -> None:
    prior = matrix(seed, 5, 4, signed=True)
    other = nearby(prior, seed)
    constraints = matrix_constraints(other.sum(1), other.sum(0))
    found = balance(prior, constraints, method=method)
    assert (np.sign(found.cells) == np.sign(prior)).all()
    assert found.residual <= 1e-9
    sums = np.concatenate([found.cells.sum(1), found.cells.sum(0)])
    size = np.concatenate([np.abs(found.cells).sum(1), np.abs(found.cells).sum(0)])
    assert (np.abs(sums - constraints.totals) <= 1e-9 * size).all()


def test_gras_meets_lines_without_positive_cells_and_leaves_empty_ones() -> None:
    prior = np.array([[-2.0, -1.0, 0.0], [4.0, 3.0, 0.0], [0.0, 0.0, 0.0], [5.0, -1.0, 0.0]])
    rows, columns = np.array([-4.0, 6.0, 0.0, 3.0]), np.array([6.0, -1.0, 0.0])
    found = gras(prior, rows, columns)
    np.testing.assert_allclose(found.sum(1), rows, atol=1e-11)
    np.testing.assert_allclose(found.sum(0), columns, atol=1e-11)
    assert (np.sign(found) == np.sign(prior)).all()


@given(seeds)
def test_gras_multiplies_what_is_positive_and_divides_what_is_negative(seed: int) -> None:
    """Also in a row of negative cells, a column of positive ones, and beside an empty row."""
    prior = matrix(seed, 5, 4, signed=True)
    prior[1], prior[2], prior[:, 3] = -np.abs(prior[1]) - 0.1, 0.0, np.abs(prior[:, 3])
    prior[1, 3] = 0.0
    other = nearby(prior, seed)
    found = gras(prior, other.sum(1), other.sum(0))
    place = np.argwhere(prior != 0.0)
    ratio = found[prior != 0.0] / prior[prior != 0.0]
    assert (ratio > 0.0).all()
    factors = np.sign(prior[prior != 0.0]) * np.log(ratio)  # of a row plus of a column
    design = np.hstack([np.eye(5)[place[:, 0]], np.eye(4)[place[:, 1]]])
    fitted = design @ np.linalg.lstsq(design, factors, rcond=None)[0]
    np.testing.assert_allclose(fitted, factors, atol=1e-6)


@pytest.mark.parametrize("method", ["ras", "gras", "entropy", "coefficients"])
def test_a_total_of_zero_empties_a_line_of_one_sign(method: Any) -> None:
    prior = np.array([[1.0, 2.0], [3.0, 4.0]])
    constraints = matrix_constraints(np.array([0.0, 7.0]), np.array([3.0, 4.0]))
    found = balance(prior, constraints, method=method).cells
    np.testing.assert_allclose(found, [[0.0, 0.0], [3.0, 4.0]], rtol=1e-12)
    np.testing.assert_array_equal(found[0], 0.0)


@pytest.mark.parametrize("method", ["ras", "gras", "entropy", "coefficients", "least_squares"])
def test_an_empty_prior_stays_empty(method: Any) -> None:
    nothing = matrix_constraints(np.zeros(2), np.zeros(3))
    found = balance(np.zeros((2, 3)), nothing, method=method)
    assert not found.cells.any()
    assert found.distance == 0.0


def test_a_sam_with_noise_balances_again() -> None:
    """Every account of a multi-regional SAM, and the value added of its regions."""
    table = tiny_dataset(3).sam.matrix()
    prior = table * np.random.default_rng(3).lognormal(0.0, 0.1, table.shape)
    builder = account_constraints(list(table.index))
    cells, kind = np.arange(table.size).reshape(table.shape), table.index.get_level_values("kind")
    region = table.index.get_level_values("region")
    for name in ("A", "B"):
        own = cells[np.ix_(kind == FACTOR, (kind == ACTIVITY) & (region == name))]
        builder.add(
            f"pay in {name}", [(own, 1.0)], 1.03 * float(table.to_numpy().ravel()[own].sum())
        )
    found = balance(prior, builder.build())
    flows = found.frame
    np.testing.assert_allclose(flows.sum(), flows.sum(axis=1), rtol=1e-9)
    assert found.residual <= 1e-9
    assert (np.sign(flows) == np.sign(table)).all(axis=None)


@given(seeds, methods, supports)
def test_hard_totals_are_met_and_soft_ones_balance_their_pull(
    seed: int, method: Any, support: Support | None
) -> None:
    prior, constraints = economy(seed, support)
    found = solvable(prior, constraints, method=method)
    if found is None:
        return
    assert found.residual <= 1e-9
    hard = constraints.hard
    account = np.maximum(
        np.abs(constraints.totals), 0.5 * (abs(constraints.matrix) @ np.abs(found.cells.ravel()))
    )
    miss = np.abs(found.achieved - constraints.totals)
    assert (miss[hard] <= 1e-9 * account[hard]).all()
    missed = found.soft["residual"].to_numpy()
    if support is None:  # each deviation that a total is missed by costs as much as its multiplier
        pull = -constraints.deviations[~hard] * found.multipliers[~hard]
        np.testing.assert_allclose(missed, pull, rtol=1e-6, atol=1e-8)
    else:
        assert (np.abs(missed) < 3.0 + 1e-9).all()


@given(seeds, st.sampled_from(["entropy", "gras", "ras", "coefficients", "least_squares"]))
def test_a_balanced_prior_stays_as_it_is(seed: int, method: Any) -> None:
    prior = matrix(seed, 4, 4, signed=method in ("entropy", "gras", "least_squares"))
    constraints = matrix_constraints(prior.sum(1), prior.sum(0))
    found = balance(prior, constraints, method=method)
    np.testing.assert_allclose(found.cells, prior, rtol=1e-12)
    assert found.distance == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(found.multipliers, 0.0, atol=1e-12)


@given(seeds, methods)
def test_a_prior_that_meets_its_soft_totals_stays_as_it_is(seed: int, method: Any) -> None:
    prior, constraints = economy(seed)
    found = balance(prior, totals_of(constraints, prior), method=method)
    np.testing.assert_array_equal(found.cells, prior)
    assert found.iterations == 0


@given(seeds, methods, supports, st.sampled_from([1e-4, 7.0, 1e5]))
def test_the_unit_of_money_does_not_matter(
    seed: int, method: Any, support: Support | None, scale: float
) -> None:
    prior, constraints = economy(seed, support)
    found = solvable(prior, constraints, method=method)
    scaled = Constraints(
        constraints.matrix,
        scale * constraints.totals,
        scale * constraints.deviations,
        constraints.labels,
        constraints.supports,
    )
    other = solvable(scale * prior, scaled, method=method)
    assert (found is None) == (other is None)
    if found is not None and other is not None:
        size = np.abs(found.cells).max()
        np.testing.assert_allclose(other.cells / scale, found.cells, rtol=1e-6, atol=1e-9 * size)
        assert other.distance == pytest.approx(found.distance, rel=1e-6, abs=1e-9)
        np.testing.assert_allclose(
            other.soft["residual"], found.soft["residual"], rtol=1e-5, atol=1e-7
        )


@given(seeds, st.sampled_from(["ras", "gras"]), st.sampled_from([1e-6, 1e5]))
def test_scaled_sums_of_a_scaled_matrix_scale_it(seed: int, method: Any, scale: float) -> None:
    prior = matrix(seed, 4, 5, signed=method == "gras")
    other = nearby(prior, seed)
    found, scaled = (
        balance(
            unit * prior,
            matrix_constraints(unit * other.sum(1), unit * other.sum(0)),
            method=method,
        )
        for unit in (1.0, scale)
    )
    size = np.abs(found.cells).max()
    np.testing.assert_allclose(scaled.cells / scale, found.cells, rtol=1e-6, atol=1e-9 * size)
    assert scaled.distance == pytest.approx(found.distance, rel=1e-6, abs=1e-9)


@given(seeds, methods)
def test_errors_of_the_cells_scale_too(seed: int, method: Any) -> None:
    prior, constraints = economy(seed)
    errors = np.abs(prior) * np.random.default_rng(seed).uniform(0.05, 0.4, prior.shape)
    found = solvable(prior, constraints, method=method, deviations=errors)
    if found is None:
        return
    scaled = Constraints(
        constraints.matrix,
        50.0 * constraints.totals,
        50.0 * constraints.deviations,
        constraints.labels,
        constraints.supports,
    )
    other = balance(50.0 * prior, scaled, method=method, deviations=50.0 * errors)
    size = np.abs(found.cells).max()
    np.testing.assert_allclose(other.cells / 50.0, found.cells, rtol=1e-6, atol=1e-9 * size)


@pytest.mark.parametrize("method", ["entropy", "least_squares"])
@pytest.mark.parametrize("support", [None, THREE_POINTS, FIVE_POINTS])
def test_a_sure_total_is_hard_and_an_unsure_one_is_free(
    method: Any, support: Support | None
) -> None:
    prior = np.array([4.0, 6.0, -1.0])

    def found(deviation: float) -> Balanced:
        builder = ConstraintBuilder(3)
        builder.add("sum", [([0, 1], 1.0)], 12.0, deviation, support=support)
        return balance(prior, builder.build(), method=method)

    hard = found(0.0).cells
    assert hard[:2].sum() == pytest.approx(12.0, rel=1e-12)
    for deviation in (1e-3, 1e-5, 1e-7):
        np.testing.assert_allclose(found(deviation).cells, hard, atol=20.0 * deviation)
    np.testing.assert_allclose(found(1e6).cells, prior, rtol=1e-8)
    free = found(np.inf)
    np.testing.assert_array_equal(free.cells, prior)
    assert free.soft["achieved"].tolist() == [10.0]
    sums = [found(deviation).cells[:2].sum() for deviation in (0.1, 1.0, 10.0)]
    assert 12.0 > sums[0] > sums[1] > sums[2] > 10.0


@given(seeds, methods, supports)
def test_multipliers_are_the_derivative_of_the_distance(
    seed: int, method: Any, support: Support | None
) -> None:
    prior, constraints = economy(seed, support)
    found = solvable(prior, constraints, method=method)
    if found is None:
        return
    for k in (5, 8):  # the first soft total and the hard row

        def objective(change: float, k: int = k) -> float:
            totals = constraints.totals.copy()
            totals[k] += change
            moved = Constraints(
                constraints.matrix,
                totals,
                constraints.deviations,
                constraints.labels,
                constraints.supports,
            )
            return balance(prior, moved, method=method).objective

        step = 1e-5 * max(abs(constraints.totals[k]), 0.1)
        try:
            slope = (objective(step) - objective(-step)) / (2.0 * step)
        except BalancingError:
            continue
        error = 1e-4 * abs(found.multipliers[k]) + 1e-9 * found.objective / step + 1e-9
        assert abs(slope - found.multipliers[k]) <= error


@given(seeds)
def test_least_squares_is_the_solution_of_the_normal_equations(seed: int) -> None:
    prior, constraints = economy(seed)
    errors = np.random.default_rng(seed).uniform(0.1, 2.0, prior.shape)
    found = balance(prior, constraints, method="least_squares", deviations=errors)
    weights = constraints.matrix.toarray()
    spread = np.diag(errors.ravel() ** 2)
    precision = weights @ spread @ weights.T + np.diag(constraints.deviations**2)
    gap = constraints.totals - weights @ prior.ravel()
    gain = spread @ weights.T @ np.linalg.pinv(precision, rcond=1e-12)  # accounts are dependent
    expected = prior.ravel() + gain @ gap
    size = np.abs(expected).max()
    np.testing.assert_allclose(found.cells.ravel(), expected, rtol=1e-7, atol=1e-8 * size)
    assert found.iterations <= 2


@given(seeds)
def test_kept_signs_meet_the_conditions_of_the_bounded_problem(seed: int) -> None:
    prior, constraints = economy(seed)
    found = solvable(prior, constraints, method="least_squares", keep_signs=True)
    if found is None:
        return
    cells, start = found.cells.ravel(), prior.ravel()
    assert (cells * start >= 0.0).all()
    alive = start != 0.0
    pull = np.asarray(constraints.matrix.T @ found.multipliers)[alive]
    variance = (0.1 * start[alive]) ** 2
    moved = np.sign(start[alive]) * (start[alive] + variance * pull)  # if there were no bound
    np.testing.assert_allclose(
        np.abs(cells[alive]), np.maximum(moved, 0.0), atol=1e-9 * np.abs(start).max()
    )
    assert found.residual <= 1e-9


def test_small_moves_are_the_same_in_entropy_and_squares() -> None:
    prior, constraints = economy(11)
    near = totals_of(constraints, prior * (1.0 + 1e-4 * np.sin(np.arange(25.0)).reshape(5, 5)))
    spread = np.sqrt(0.01 * np.abs(prior))
    entropy = balance(prior, near, deviations=spread)
    squares = balance(prior, near, deviations=spread, method="least_squares")
    assert np.abs(entropy.cells - prior).max() > 1e-5
    np.testing.assert_allclose(
        entropy.cells - prior,
        squares.cells - prior,
        atol=1e-3 * np.abs(squares.cells - prior).max(),
    )
    assert entropy.distance == pytest.approx(squares.distance, rel=1e-3)


@pytest.mark.parametrize("method", ["entropy", "least_squares"])
def test_a_cell_without_error_is_known(method: Any) -> None:
    prior = np.array([[1.0, 2.0], [3.0, -4.0]])
    errors = np.array([[0.0, 0.5], [0.5, 0.5]])
    constraints = matrix_constraints(np.array([4.0, 0.0]), np.array([3.0, 1.0]))
    found = balance(prior, constraints, method=method, deviations=errors)
    assert found.cells[0, 0] == 1.0
    np.testing.assert_allclose(found.cells, [[1.0, 3.0], [2.0, -2.0]], rtol=1e-9)


def test_least_squares_fills_an_empty_cell_that_has_an_error() -> None:
    errors = np.array([1.0, 1.0])
    builder = ConstraintBuilder(2)
    builder.add("sum", [([0, 1], 1.0)], 5.0)
    found = balance([3.0, 0.0], builder.build(), method="least_squares", deviations=errors)
    np.testing.assert_allclose(found.cells, [4.0, 1.0], rtol=1e-12)


def test_one_soft_total_of_one_cell_has_a_closed_condition() -> None:
    builder = ConstraintBuilder(1)
    builder.add("cell", [([0], 1.0)], 15.0, 2.0)
    found = balance([10.0], builder.build(), relative_deviation=0.2)
    theta = 0.2**2 * 10.0  # a single cell: its variance is the square of a fifth of it
    cell = float(found.cells[0])
    assert np.log(cell / 10.0) / theta == pytest.approx((15.0 - cell) / 2.0**2, rel=1e-10)
    assert found.soft["residual"].tolist() == pytest.approx([(cell - 15.0) / 2.0])


def test_sums_of_lines_may_have_errors() -> None:
    """A row that is as unsure as its only cell moves half of the gap; sure columns are met."""
    prior, spread = np.array([[10.0, 0.0], [0.0, 6.0]]), np.ones((2, 2))
    rows, columns = np.array([12.0, 9.0]), np.array([30.0, 6.0])
    asked = matrix_constraints(
        rows, columns, row_deviations=np.ones(2), column_deviations=np.array([np.inf, 0.0])
    )
    found = balance(prior, asked, method="least_squares", deviations=spread * (prior > 0.0))
    np.testing.assert_allclose(found.cells, [[11.0, 0.0], [0.0, 6.0]], rtol=1e-12)
    assert found.hard["label"].tolist() == ["column 1"]
    np.testing.assert_allclose(found.soft["residual"], [-1.0, -3.0, 0.0])


def test_a_soft_total_without_cells_is_only_compared() -> None:
    builder = ConstraintBuilder(2)
    builder.add("none", [([0], 1.0)], 4.0, 2.0)
    found = balance([0.0, 1.0], builder.build())
    assert found.soft["residual"].tolist() == [-2.0]
    assert found.objective == found.distance == 0.0


def test_soft_totals_too_sure_to_differ_are_named() -> None:
    builder = ConstraintBuilder(2)
    builder.add("one source", [([0], 1.0)], 5.0, 1e-9)
    builder.add("another", [([0], 1.0)], 6.0, 1e-9)
    with pytest.raises(BalancingError, match=r"one source \(5\) by .* soft totals larger errors"):
        balance([1.0, 2.0], builder.build())


def test_equally_sure_sources_meet_half_way() -> None:
    builder = ConstraintBuilder(1)
    builder.add("cell", [([0], 1.0)], 12.0, 1.0)
    found = balance([10.0], builder.build(), method="least_squares", deviations=[1.0])
    assert found.cells.tolist() == pytest.approx([11.0])
    assert found.distance == pytest.approx(0.5)  # one standard deviation from the prior,
    assert found.objective == pytest.approx(1.0)  # and one from the total


def test_supports_have_the_moments_they_state() -> None:
    for support, variance, kurtosis in (
        (THREE_POINTS, 1.0, 9.0),
        (FIVE_POINTS, 1.0, 3.0),
        (SEVEN_POINTS, 4.0, 28.0),
    ):
        points, weights = np.array(support.points), np.array(support.weights)
        assert weights.sum() == pytest.approx(1.0)
        assert weights @ points == pytest.approx(0.0)
        assert weights @ points**2 == pytest.approx(variance)
        assert weights @ points**4 == pytest.approx(kurtosis)
    with pytest.raises(BalancingError, match="mean of zero"):
        Support((-1.0, 2.0), (0.5, 0.5))


def test_an_error_with_a_normal_support_weighs_as_a_normal_one_near_zero() -> None:
    prior, constraints = economy(4)
    near = totals_of(constraints, prior * (1.0 + 0.01 * np.cos(np.arange(25.0)).reshape(5, 5)))
    cells = []
    for support in (None, FIVE_POINTS):
        kinds = tuple(None if hard else support for hard in near.hard)
        asked = Constraints(near.matrix, near.totals, near.deviations, near.labels, kinds)
        cells.append(balance(prior, asked).cells)
    moved = np.abs(cells[0] - prior).max()
    assert moved > 1e-4
    np.testing.assert_allclose(cells[1], cells[0], atol=1e-3 * moved)


def test_by_default_cells_are_a_tenth_off_in_root_mean_square() -> None:
    prior, constraints = economy(7)
    known = 0.1 * np.sqrt(np.abs(prior) * (prior**2).sum() / np.abs(prior).sum())
    assert np.sqrt((known**2).sum() / (prior**2).sum()) == pytest.approx(0.1)
    np.testing.assert_allclose(
        balance(prior, constraints, deviations=known).cells,
        balance(prior, constraints).cells,
        rtol=1e-9,
    )


def test_the_same_totals_give_the_same_bits() -> None:
    prior, constraints = economy(9, FIVE_POINTS)
    first, second = (balance(prior, constraints) for _ in range(2))
    assert first.cells.tobytes() == second.cells.tobytes()
    assert first.multipliers.tobytes() == second.multipliers.tobytes()


def test_a_result_says_what_moved_what_missed_and_what_pulled() -> None:
    prior = pd.DataFrame([[4.0, 6.0], [5.0, 5.0]], ["coal", "steel"], ["JS", "ZJ"])
    builder = ConstraintBuilder(4)
    builder.add("coal", [([0, 1], 1.0)], 20.0)
    builder.add("steel", [([2, 3], 1.0)], 11.0, 1.0)
    found = balance(prior, builder.build())
    pd.testing.assert_frame_equal(
        found.frame, pd.DataFrame(found.cells, prior.index, prior.columns)
    )
    moves = found.moves(2)
    assert moves["cell"].tolist() == [("coal", "ZJ"), ("coal", "JS")]
    np.testing.assert_allclose(moves["ratio"], 2.0, rtol=1e-12)
    assert found.soft["label"].tolist() == ["steel"]
    assert found.hard["label"].tolist() == ["coal"]
    assert found.pulls(1)["label"].tolist() == ["coal"]
    assert "1 hard total met to" in repr(found)
    assert "1 soft total missed by at most" in repr(found)
    for word in ("(coal, ZJ)", "steel", "Cells moved most", "Totals that pull hardest"):
        assert word in found.summary()


def test_accounts_of_a_sam_balance_and_keep_uncertain_totals_near() -> None:
    prior = matrix(21, 4, 4)
    totals = 0.5 * (prior.sum(0) + prior.sum(1))
    builder = account_constraints("abcd", totals, 0.05 * totals, support=THREE_POINTS)
    found = balance(prior, builder.build())
    np.testing.assert_allclose(found.cells.sum(0), found.cells.sum(1), rtol=1e-9)
    assert (np.abs(found.cells.sum(0) - totals) < 0.15 * totals).all()


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (lambda: ras([[1.0, -1.0]], np.ones(1), np.ones(2)), "negative cells; use gras"),
        (lambda: ras([[1.0, 1.0]], np.ones(1), np.ones(2)), "make them equal"),
        (lambda: ras([[1.0, 1.0]], np.ones(2), np.ones(2)), "the prior is 1 by 2"),
        (lambda: ras([[np.nan, 1.0]], np.ones(1), np.ones(2)), "not a number"),
        (lambda: balance(*economy(1), relative_deviation=0.0), "without any error"),
        (lambda: balance(*economy(3)).frame, "the prior was no frame"),
        (
            lambda: ras([[0.0, 0.0], [1.0, 1.0]], np.ones(2), np.ones(2)),
            "row 0 must sum to 1 but its prior is empty",
        ),
        (lambda: balance([1.0, 2.0], economy(1)[1]), "the prior has 2 cells"),
        (lambda: balance(np.full(25, np.nan), economy(1)[1]), "cell 0 of the prior"),
        (lambda: balance(*economy(1), deviations=[1.0]), "one standard deviation"),
        (lambda: balance(*economy(1), method="ras"), "for other totals use the method entropy"),
        (lambda: balance(*economy(1), method="coefficients"), "without negative cells"),
        (
            lambda: balance(*economy(1), method="gras", deviations=[1.0]),
            "no errors of single cells",
        ),
        (lambda: balance(*economy(1), method="none"), "unknown method 'none'; known"),
        (lambda: balance(*economy(1), names=["a"]), "1 names for 25 cells"),
        (
            lambda: matrix_constraints(np.ones(2), np.ones(2), row_deviations=np.ones(3)),
            "totals of rows: 3 numbers for 2 rows",
        ),
        (lambda: account_constraints("ab", np.ones(1)), "1 numbers for 2 accounts"),
        (lambda: ConstraintBuilder(2).add("x", [([2], 1.0)], 1.0), "x: cells are numbered 0 to 1"),
        (lambda: ConstraintBuilder(2).add("x", [([0], 1.0)], np.nan), "x: total nan"),
        (lambda: ConstraintBuilder(2).add("x", [([0], 1.0)], 1.0, -1.0), "deviation -1"),
    ],
)
def test_wrong_questions_are_refused(action: Callable[[], object], words: str) -> None:
    with pytest.raises(BalancingError, match=words):
        action()
