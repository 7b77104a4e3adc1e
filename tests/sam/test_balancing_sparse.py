"""Sparse priors: the same cells as of the full matrix, in the form in which they came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sam import BalancingError
from sam.balancing import balance, gras, matrix_constraints, ras
from sam.balancing import biproportional as scaling

Array = npt.NDArray[np.float64]
Verb = Callable[..., Any]

seeds = st.integers(0, 2**32 - 1)
scalings = pytest.mark.parametrize("scale", [ras, gras])


def drawn(seed: int, size: int, filled: float, *, signed: bool) -> tuple[Any, Array, Array]:
    """A sparse matrix with a full diagonal, and sums that another with its zeros has."""
    rng = np.random.default_rng(seed)
    prior = sparse.random_array((size, size), density=filled, rng=rng) + sparse.eye_array(size)
    prior = sparse.csr_array(prior)
    if signed:
        prior.data *= np.where(rng.random(prior.nnz) < 0.2, -1.0, 1.0)
    other = prior.copy()
    other.data = prior.data * rng.uniform(0.4, 2.5, prior.nnz)
    return prior, other.sum(1), other.sum(0)


@given(seeds, st.booleans())
def test_a_sparse_prior_gives_the_cells_of_the_full_one(seed: int, signed: bool) -> None:
    prior, rows, columns = drawn(seed, 12, 0.3, signed=signed)
    scale = gras if signed else ras
    found = scale(prior, rows, columns)
    full = scale(prior.toarray(), rows, columns)
    np.testing.assert_array_equal(found.toarray(), full)
    size = np.abs(full).sum(1) + np.abs(rows)
    assert (np.abs(found.sum(1) - rows) <= 1e-9 * size).all()


@scalings
@pytest.mark.parametrize(
    "form", ["csr_array", "csc_array", "coo_array", "csr_matrix", "coo_matrix", "dok_array"]
)
def test_a_result_has_the_form_of_its_prior(scale: Verb, form: str) -> None:
    prior, rows, columns = drawn(3, 20, 0.2, signed=False)
    given_form = getattr(sparse, form)(prior)
    found = scale(given_form, rows, columns)
    assert type(found) is type(given_form)
    np.testing.assert_array_equal(found.toarray(), scale(prior, rows, columns).toarray())
    np.testing.assert_array_equal(given_form.toarray(), prior.toarray())  # the prior stays


@scalings
def test_cells_given_twice_are_added_and_zeros_are_no_cells(scale: Verb) -> None:
    places = ([0, 0, 1, 1, 0], [0, 0, 0, 1, 1])
    prior = sparse.coo_array(([1.0, 1.0, 3.0, 4.0, 0.0], places), shape=(2, 2))
    found = scale(prior, [4.0, 8.0], [6.0, 6.0])
    np.testing.assert_allclose(found.toarray(), [[4.0, 0.0], [2.0, 6.0]])
    assert found.nnz == 3
    emptied = scale(prior, [0.0, 8.0], [3.0, 5.0])
    np.testing.assert_allclose(emptied.toarray(), [[0.0, 0.0], [3.0, 5.0]])
    assert emptied.nnz == 2


@scalings
def test_a_large_full_array_with_few_cells_is_scaled_as_a_sparse_one(scale: Verb) -> None:
    prior, rows, columns = drawn(5, 250, 0.02, signed=scale is gras)
    full = scale(prior.toarray(), rows, columns)
    np.testing.assert_allclose(scale(prior, rows, columns).toarray(), full, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(full.sum(1), rows, rtol=1e-9, atol=1e-9)


def test_sweeps_go_on_while_they_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a hundred sweeps of a large table, none more where they creep."""

    def newton(*_: Any, **__: Any) -> Any:
        raise AssertionError("Newton's method took over")

    prior, rows, columns = drawn(1, 400, 0.006, signed=False)
    asked = matrix_constraints(rows, columns)
    assert balance(prior.toarray(), asked, method="ras").iterations > 110
    monkeypatch.setattr(scaling, "pursue", newton)
    np.testing.assert_allclose(ras(prior, rows, columns).sum(1), rows, rtol=1e-11)
    chain = sparse.diags_array([np.ones(59), np.ones(60), np.ones(59)], offsets=[-1, 0, 1])
    other = chain.toarray() * np.random.default_rng(2).uniform(0.3, 3.0, (60, 60))
    with pytest.raises(AssertionError, match="took over"):
        ras(chain, other.sum(1), other.sum(0))


def test_an_exact_tolerance_ends_at_rounding() -> None:
    prior, rows, columns = drawn(4, 30, 0.3, signed=False)
    np.testing.assert_allclose(ras(prior, rows, columns, tol=0.0).sum(1), rows, rtol=1e-12)


@scalings
def test_sparse_chains_are_met_where_sweeps_creep(scale: Verb) -> None:
    chain = sparse.diags_array([np.ones(59), np.ones(60), np.ones(59)], offsets=[-1, 0, 1])
    other = chain.toarray() * np.random.default_rng(2).uniform(0.3, 3.0, (60, 60))
    found = scale(chain, other.sum(1), other.sum(0))
    np.testing.assert_allclose(found.sum(1), other.sum(1), rtol=1e-11)
    assert found.format == "dia"


@scalings
def test_what_cannot_be_met_is_named_in_a_sparse_prior_too(scale: Verb) -> None:
    blocks = sparse.csr_array(np.kron(np.eye(2), np.ones((2, 2))))
    with pytest.raises(BalancingError, match="in conflict") as refused:
        scale(blocks, [2.0, 2.0, 2.0, 2.0], [2.0, 3.0, 1.0, 2.0])
    assert len(refused.value.conflict) == 4
    corner = sparse.csr_array([[1.0, 1.0], [1.0, 0.0]])
    with pytest.raises(BalancingError, match=r"driven to zero: 1 cell \(\(0, 0\)\)"):
        scale(corner, [1.0, 1.0], [1.0, 1.0])
    with pytest.raises(BalancingError, match=r"cell \(1, 0\) of the prior is not a number"):
        scale(sparse.csr_array([[1.0, 1.0], [np.nan, 0.0]]), [1.0, 1.0], [1.0, 1.0])
    with pytest.raises(BalancingError, match="the prior has 1 axes; give rows and columns"):
        scale([1.0, 2.0], [1.0], [1.0, 2.0])


def test_other_methods_refuse_a_sparse_prior_and_their_remedy_works() -> None:
    prior, rows, columns = drawn(7, 6, 0.4, signed=False)
    with pytest.raises(BalancingError, match=r"a sparse prior is for ras and gras; .*\(\.data\)"):
        balance(prior, matrix_constraints(rows, columns))
    full = balance(prior.toarray(), matrix_constraints(rows, columns))
    places = np.flatnonzero(prior.toarray())
    cells = balance(prior.data, matrix_constraints(rows, columns).of(places)).cells
    np.testing.assert_allclose(cells, full.cells.ravel()[places], rtol=1e-9)
