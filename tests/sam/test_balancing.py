"""Balancing: margins are met, structure is kept, and the result is the nearest in entropy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize

from sam import BalancingError
from sam.balancing import ConstraintBuilder, balance, matrix_constraints, ras

Array = npt.NDArray[np.float64]


def matrix(seed: int, rows: int, columns: int, *, signed: bool = False) -> Array:
    rng = np.random.default_rng(seed)
    values = rng.lognormal(0.0, 2.0, (rows, columns)) * (rng.random((rows, columns)) < 0.8)
    values[:, 0] += 1.0
    values[0] += 1.0
    return values * np.where(rng.random((rows, columns)) < 0.2, -1.0, 1.0) if signed else values


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6))
def test_ras_meets_margins_and_keeps_zeros_and_cross_ratios(
    seed: int, rows: int, columns: int
) -> None:
    prior = matrix(seed, rows, columns)
    other = prior * np.random.default_rng(seed + 1).uniform(0.2, 5.0, prior.shape)
    found = ras(prior, other.sum(1), other.sum(0))
    np.testing.assert_allclose(found.sum(1), other.sum(1), rtol=0, atol=1e-9 * other.sum())
    np.testing.assert_allclose(found.sum(0), other.sum(0), rtol=0, atol=1e-9 * other.sum())
    assert ((found == 0.0) == (prior == 0.0)).all()
    ratio = found[prior > 0] / prior[prior > 0]  # biproportional: logs are a row plus a column
    place = np.argwhere(prior > 0)
    design = np.hstack([np.eye(rows)[place[:, 0]], np.eye(columns)[place[:, 1]]])
    fitted = design @ np.linalg.lstsq(design, np.log(ratio), rcond=None)[0]
    np.testing.assert_allclose(fitted, np.log(ratio), atol=1e-6)


@given(st.integers(0, 2**32 - 1))
def test_without_negative_cells_balance_is_ras(seed: int) -> None:
    prior = matrix(seed, 4, 5)
    other = prior * np.random.default_rng(seed + 1).uniform(0.5, 2.0, prior.shape)
    rows, columns = other.sum(1), other.sum(0)
    found = balance(prior.ravel(), matrix_constraints(rows, columns)).cells.reshape(prior.shape)
    np.testing.assert_allclose(found, ras(prior, rows, columns), rtol=1e-6, atol=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_signs_and_zeros_survive_and_margins_are_met(seed: int) -> None:
    prior = matrix(seed, 5, 4, signed=True)
    other = prior * np.random.default_rng(seed + 1).uniform(0.5, 2.0, prior.shape)
    result = balance(prior.ravel(), matrix_constraints(other.sum(1), other.sum(0)))
    found = result.cells.reshape(prior.shape)
    assert (np.sign(found) == np.sign(prior)).all()
    size = np.abs(found).sum()
    np.testing.assert_allclose(found.sum(1), other.sum(1), rtol=0, atol=1e-9 * size)
    np.testing.assert_allclose(found.sum(0), other.sum(0), rtol=0, atol=1e-9 * size)


def test_margins_that_hold_already_change_nothing() -> None:
    prior = matrix(7, 4, 4, signed=True)
    result = balance(prior.ravel(), matrix_constraints(prior.sum(1), prior.sum(0)))
    np.testing.assert_allclose(result.cells, prior.ravel())
    assert result.iterations == 0


def test_the_result_is_the_nearest_in_entropy_that_a_general_optimiser_finds() -> None:
    prior = np.array([7.0, 3.0, 5.0, -3.0, 2.0, 9.0, 8.0, 1.0])
    rows, columns = np.array([15.0, 26.0]), np.array([11.0, 14.0, 17.0, -1.0])
    constraints = matrix_constraints(rows, columns)
    found = balance(prior, constraints).cells

    def entropy(scale: Array) -> float:  # x = prior * scale
        return float((np.abs(prior) * (scale * np.log(scale) - scale)).sum())

    dense = constraints.matrix.toarray()
    rule = {"type": "eq", "fun": lambda scale: (dense @ (prior * scale) - constraints.totals)[:-1]}
    best = optimize.minimize(
        entropy,
        np.ones(8),
        method="SLSQP",
        bounds=[(1e-6, 20.0)] * 8,
        constraints=[rule],
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert best.success
    np.testing.assert_allclose(found, prior * best.x, rtol=1e-5)


def test_a_soft_total_trades_its_miss_against_the_cells() -> None:
    prior = np.array([4.0, 6.0])
    for softness in (0.01, 0.1, 1.0):
        builder = ConstraintBuilder(2)
        builder.add("sum", [(np.array([0, 1]), 1.0)], 12.0, softness=softness)
        found = balance(prior, builder.build()).cells
        multiplier = np.log(found / prior)  # the same for both cells
        assert multiplier[0] == pytest.approx(multiplier[1])
        assert multiplier[0] == pytest.approx((12.0 - found.sum()) / (softness * 12.0))
        assert 10.0 < found.sum() < 12.0


def test_a_hard_total_is_the_limit_of_soft_ones() -> None:
    sums = []
    for softness in (0.0, 1e-6, 1e-2):
        builder = ConstraintBuilder(2)
        builder.add("sum", [(np.array([0, 1]), 1.0)], 12.0, softness=softness)
        sums.append(float(balance(np.array([4.0, 6.0]), builder.build()).cells.sum()))
    assert sums[0] == pytest.approx(12.0, rel=1e-12)
    assert sums[1] == pytest.approx(12.0, rel=1e-5)
    assert sums[2] < sums[1]


def test_totals_that_contradict_each_other_are_named() -> None:
    builder = ConstraintBuilder(2)
    builder.add("households", [(np.array([0, 1]), 1.0)], 10.0)
    builder.add("households again", [(np.array([0, 1]), 1.0)], 11.0)
    with pytest.raises(BalancingError, match="households"):
        balance(np.ones(2), builder.build())


def test_a_total_without_cells_is_named() -> None:
    builder = ConstraintBuilder(2)
    builder.add("coal of Shanghai", [(np.array([0]), 1.0)], 3.0)
    with pytest.raises(BalancingError, match=r"coal of Shanghai must be 3 but the prior has"):
        balance(np.array([0.0, 1.0]), builder.build())


@pytest.mark.parametrize(
    ("prior", "rows", "columns", "words"),
    [
        ([[1.0, -1.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 1.0], "negative"),
        ([[1.0, 1.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 2.0], "make them equal"),
        ([[0.0, 0.0], [1.0, 1.0]], [1.0, 1.0], [1.0, 1.0], "row 0 must sum to 1"),
        ([[1.0, 0.0], [0.0, 1.0]], [1.0, 1.0], [1.5, 0.5], "do not allow these totals"),
    ],
)
def test_margins_that_cannot_be_met_are_refused(
    prior: list[list[float]], rows: list[float], columns: list[float], words: str
) -> None:
    with pytest.raises(BalancingError, match=words):
        ras(np.array(prior), np.array(rows), np.array(columns), max_sweeps=200)


def test_the_hardest_pulling_totals_come_first() -> None:
    builder = ConstraintBuilder(2)
    builder.add("easy", [(np.array([0]), 1.0)], 1.1)
    builder.add("hard", [(np.array([1]), 1.0)], 5.0)
    first = balance(np.ones(2), builder.build()).pulls(1).iloc[0]
    assert first["label"] == "hard"
    assert first["multiplier"] > 0.0
    assert first["achieved"] == pytest.approx(5.0, rel=1e-9)
