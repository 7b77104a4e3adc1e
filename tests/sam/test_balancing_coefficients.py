"""Cross-entropy of column coefficients: first-order conditions, structure, units, sums."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sam.balancing import (
    FIVE_POINTS,
    Balanced,
    Constraints,
    account_constraints,
    balance,
    matrix_constraints,
    ras,
)

Array = npt.NDArray[np.float64]

seeds = st.integers(0, 2**32 - 1)


def economy(seed: int, scale: float = 1.0) -> tuple[Array, Constraints]:
    """A SAM of five accounts, a few cells empty, with uncertain totals."""
    rng = np.random.default_rng(seed)
    prior = scale * rng.uniform(1.0, 40.0, (5, 5)) * (rng.random((5, 5)) < 0.8)
    np.fill_diagonal(np.roll(prior, 1, axis=1), 20.0 * scale)
    prior[np.arange(5), np.arange(5) - 1] = 20.0 * scale
    totals = 0.5 * (prior.sum(0) + prior.sum(1)) * rng.uniform(0.95, 1.1, 5)
    return prior, account_constraints("abcde", totals, 0.05 * totals, support=FIVE_POINTS).build()


def entropy(cells: Array, prior: Array) -> Array:
    """Sum of a ln(a / a0) in each column."""
    shares, known = cells / cells.sum(0), prior / prior.sum(0)
    ratio = np.where(prior > 0.0, shares, 1.0) / np.where(prior > 0.0, known, 1.0)
    return np.asarray((shares * np.log(ratio)).sum(0))


@given(seeds)
def test_the_totals_pull_as_hard_as_the_coefficients_resist(seed: int) -> None:
    r"""The derivative of :math:`\sum a \ln (a / a^0)` by a flow is the pull of its totals."""
    prior, constraints = economy(seed)
    found = balance(prior, constraints, method="coefficients")
    assert found.residual <= 1e-9
    assert ((found.cells > 0.0) == (prior > 0.0)).all()
    pull = np.asarray(constraints.matrix.T @ found.multipliers).reshape(prior.shape)
    for i, j in np.argwhere(prior > 0.0)[::3]:
        step = np.zeros_like(prior)
        step[i, j] = 1e-5 * found.cells[i, j]
        gain = entropy(found.cells + step, prior) - entropy(found.cells - step, prior)
        slope = float(gain.sum()) / (2.0 * step[i, j])
        assert slope == pytest.approx(pull[i, j], rel=1e-5, abs=1e-8)
    assert found.distance == pytest.approx(float(entropy(found.cells, prior).sum()))


@given(seeds, st.sampled_from([1e-4, 1e5]))
def test_the_unit_of_money_does_not_matter(seed: int, scale: float) -> None:
    found: list[Balanced] = [
        balance(*economy(seed, unit), method="coefficients") for unit in (1.0, scale)
    ]
    np.testing.assert_allclose(found[1].cells / scale, found[0].cells, rtol=1e-7)
    assert found[1].objective == pytest.approx(found[0].objective, rel=1e-7)


def test_columns_of_one_size_are_those_of_ras() -> None:
    """Where every column sums to the same, coefficients and flows are one up to a factor."""
    rng = np.random.default_rng(2)
    prior = rng.uniform(1.0, 9.0, (3, 4))
    prior *= 10.0 / prior.sum(0)
    rows, columns = np.array([9.0, 14.0, 17.0]), np.full(4, 10.0)
    found = balance(prior, matrix_constraints(rows, columns), method="coefficients")
    np.testing.assert_allclose(found.cells, ras(prior, rows, columns), rtol=1e-9)
