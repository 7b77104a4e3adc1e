"""Eliminating totals that share no cell changes how a step is found, not which step it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse

from sam import BalancingError
from sam.balancing import (
    FIVE_POINTS,
    Balanced,
    ConstraintBuilder,
    Constraints,
    Support,
    account_constraints,
    balance,
    matrix_constraints,
    newton,
)
from sam.balancing.elimination import Equations, disjoint
from sam.balancing.entropy import Entropy
from sam.balancing.measurement import Errors
from tests.sam.nested import nested_totals

Array = npt.NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)


def weights(seed: int, rows: int = 9, columns: int = 15) -> sparse.csr_array:
    """Totals of a few cells each, some of them subtracted."""
    rng = np.random.default_rng(seed)
    used = rng.random((rows, columns)) < 0.2
    used[np.arange(rows), rng.integers(0, columns, rows)] = True
    return sparse.csr_array(used * rng.choice([-1.0, 1.0, 1.0, 0.5], used.shape))


def dense(matrix: sparse.csr_array, slope: Array, variance: Array) -> Array:
    """The Hessian as it is written down."""
    full = matrix.toarray()
    return np.asarray(full @ np.diag(slope) @ full.T + np.diag(variance))


def balanced_in_full(prior: Array, constraints: Constraints, **options: Any) -> Balanced:
    """The result if no total is eliminated."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(newton, "disjoint", lambda matrix: np.zeros(matrix.shape[0], dtype=bool))
        return balance(prior, constraints, **options)


def economy(seed: int, support: Support | None) -> tuple[Array, Constraints]:
    """A SAM of five accounts, soft totals of its accounts and of pairs of cells."""
    rng = np.random.default_rng(seed)
    prior = rng.lognormal(0.0, 1.0, (5, 5)) * (rng.random((5, 5)) < 0.9) + 0.1
    turnover = prior.sum(0) * rng.uniform(0.9, 1.1, 5)
    builder = account_constraints("abcde", turnover, 0.1 * turnover, support=support)
    for k, cells in enumerate(np.arange(24).reshape(12, 2)):
        total = float(prior.ravel()[cells].sum()) * rng.uniform(0.9, 1.1)
        builder.add(f"pair {k}", [(cells, 1.0)], total, 0.05 * total, support=support)
    return prior, builder.build()


@given(seeds)
def test_totals_apart_share_no_cell_and_leave_none_that_could_join(seed: int) -> None:
    matrix = weights(seed)
    apart, uses = disjoint(matrix), matrix.toarray() != 0.0
    assert (uses[apart].sum(0) <= 1).all()
    taken = uses[apart].any(0)
    assert (uses[~apart] & taken).any(1).all()


def test_long_totals_are_not_given_up_for_a_few_short_ones_across() -> None:
    builder = ConstraintBuilder(60)
    cells = np.arange(60).reshape(10, 6)
    for k in range(10):
        builder.add(f"account {k}", [(cells[k], 1.0)], 1.0)
    builder.add("exports", [(cells[::2, 0], 1.0)], 1.0)
    assert disjoint(builder.build().matrix).tolist() == [True] * 10 + [False]


@given(seeds, st.booleans())
def test_the_solution_is_that_of_the_whole_hessian(seed: int, soft: bool) -> None:
    matrix, rng = weights(seed), np.random.default_rng(seed + 1)
    slope, right = rng.lognormal(0.0, 1.0, 15), rng.normal(size=9)
    variance = rng.uniform(0.1, 2.0, 9) * (soft | (np.arange(9) % 2 == 0))
    hessian = dense(matrix, slope, variance)
    assume(np.linalg.cond(hessian) < 1e4)
    found = Equations.of(matrix, disjoint(matrix)).solve(slope, variance, right)
    whole = Equations.of(matrix, np.zeros(9, dtype=bool)).solve(slope, variance, right)
    np.testing.assert_allclose(hessian @ found, right, atol=1e-7)
    np.testing.assert_allclose(found, whole, rtol=1e-7, atol=1e-8)


@given(seeds)
def test_dependent_totals_get_a_solution_wherever_there_is_one(seed: int) -> None:
    """Rows and columns of a table add up to the same; some are there twice."""
    rng = np.random.default_rng(seed)
    sums = matrix_constraints(np.ones(4), np.ones(5)).matrix
    matrix = sparse.csr_array(sparse.vstack([sums, sums[[0, 5]], sums[[1]]]))
    slope, variance = rng.lognormal(0.0, 1.0, 20), np.zeros(12)
    hessian = dense(matrix, slope, variance)
    right = hessian @ rng.normal(size=12)
    found = Equations.of(matrix, disjoint(matrix)).solve(slope, variance, right)
    np.testing.assert_allclose(hessian @ found, right, atol=1e-7 * np.abs(right).max())


def test_totals_that_are_all_apart_leave_nothing_to_factor() -> None:
    matrix = sparse.csr_array(np.kron(np.eye(4), [1.0, -2.0]))
    slope, variance, right = np.arange(1.0, 9.0), np.array([0.0, 1.0, 0.0, 3.0]), np.ones(4)
    apart = disjoint(matrix)
    assert apart.all()
    found = Equations.of(matrix, apart).solve(slope, variance, right)
    np.testing.assert_allclose(found, right / (matrix.power(2) @ slope + variance), rtol=1e-12)


def test_of_totals_that_all_share_a_cell_one_is_eliminated() -> None:
    matrix = sparse.csr_array(np.hstack([np.ones((4, 1)), np.eye(4)]))
    slope, right = np.arange(1.0, 6.0), np.arange(4.0)
    apart = disjoint(matrix)
    assert apart.sum() == 1
    found = Equations.of(matrix, apart).solve(slope, np.zeros(4), right)
    expected = np.linalg.solve(dense(matrix, slope, np.zeros(4)), right)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("gone", [0, 1])
def test_a_total_whose_cells_are_all_at_zero_does_not_move_the_others(gone: int) -> None:
    matrix = sparse.csr_array(np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]))
    slope = np.where(np.arange(4) // 2 == gone, 0.0, 2.0)
    right = np.where(np.arange(2) == gone, 0.0, 1.0)
    for apart in (np.ones(2, dtype=bool), np.zeros(2, dtype=bool)):
        found = Equations.of(matrix, apart).solve(slope, np.zeros(2), right)
        np.testing.assert_allclose(found, 0.25 * right, rtol=1e-9)


def test_totals_that_share_only_a_cell_that_cannot_move_are_apart() -> None:
    shared = sparse.csr_array(np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 1.0]]))
    for theta, apart in (([1.0, 0.0, 1.0], 2), ([1.0, 1.0, 1.0], 1)):
        distance = Entropy(np.ones(3), np.array(theta))
        problem = newton.Problem(shared, np.ones(2), Errors.of(np.zeros(2), [None] * 2), distance)
        assert problem.equations.apart.sum() == apart


@settings(max_examples=40)
@given(seeds, st.sampled_from([None, FIVE_POINTS]), st.sampled_from(["entropy", "least_squares"]))
def test_balanced_cells_are_the_same_with_and_without(
    seed: int, support: Support | None, method: Any
) -> None:
    prior, constraints = economy(seed, support)
    errors = 0.1 * prior * (np.arange(25).reshape(5, 5) % 7 > 0)  # some are known
    try:
        found = balance(prior, constraints, method=method, deviations=errors)
    except BalancingError:
        with pytest.raises(BalancingError):
            balanced_in_full(prior, constraints, method=method, deviations=errors)
        return
    full = balanced_in_full(prior, constraints, method=method, deviations=errors)
    np.testing.assert_allclose(found.cells, full.cells, rtol=1e-9, atol=1e-9 * prior.max())


def test_cells_of_a_nation_hold_beside_the_accounts_of_its_regions() -> None:
    """Inputs of regions: the nation's table, commodity by activity, and each region's outputs."""
    rng = np.random.default_rng(2)
    table = rng.lognormal(0.0, 1.0, (5, 6, 6))  # region, commodity, activity
    constraints = nested_totals(table)[0].build()
    assert disjoint(constraints.matrix).tolist() == [True] * 36 + [False] * 30
    prior = table.ravel() * rng.lognormal(0.0, 0.1, table.size)
    found, full = balance(prior, constraints), balanced_in_full(prior, constraints)
    assert found.residual <= 1e-9
    np.testing.assert_allclose(found.cells, full.cells, rtol=1e-9)
    np.testing.assert_allclose(found.cells.reshape(table.shape).sum(0), table.sum(0), rtol=1e-9)
