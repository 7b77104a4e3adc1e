"""Totals that cannot be met are named, as few of them as make the contradiction."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import optimize

from sam import BalancingError
from sam.balancing import (
    THREE_POINTS,
    ConstraintBuilder,
    Constraints,
    account_constraints,
    balance,
    find_conflict,
    matrix_constraints,
    ras,
)
from tests.sam.nested import nested_totals

Array = npt.NDArray[np.float64]


def feasible(
    prior: Array, constraints: Constraints, chosen: list[int], *, keep_signs: bool = True
) -> bool:
    """Whether cells with the prior's signs, or with any, meet these totals (an LP of its own)."""
    weights = constraints.matrix.toarray()[chosen] * np.sign(prior)
    totals, bounds = constraints.totals[chosen], (0.0 if keep_signs else None, None)
    if not chosen:
        return True
    found = optimize.linprog(np.zeros(prior.size), A_eq=weights, b_eq=totals, bounds=bounds)
    return bool(found.status == 0)


def random_totals(seed: int) -> tuple[Array, Constraints]:
    """Ten totals of six signed cells, some of them sums of others but for their value."""
    rng = np.random.default_rng(seed)
    prior = rng.choice([-2.0, 1.0, 3.0, 5.0], 6)
    other = prior * rng.uniform(0.3, 3.0, 6)
    builder = ConstraintBuilder(6)
    for k in range(6):
        cells = rng.choice(6, rng.integers(1, 4), replace=False)
        wrong = rng.choice([0.0, 0.0, 1.0])
        builder.add(f"t{k}", [(cells, 1.0)], float(np.round(other[cells].sum(), 2) + wrong))
    return prior, builder.build()


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_a_conflict_is_a_smallest_set_that_cannot_be_met(seed: int) -> None:
    prior, constraints = random_totals(seed)
    everything = list(range(len(constraints)))
    found = find_conflict(prior, constraints)
    assert (found is None) == feasible(prior, constraints, everything)
    assume(found is not None)
    assert found is not None
    chosen = [constraints.labels.index(label) for label in found.labels]
    assert not feasible(prior, constraints, chosen)
    for k in chosen:  # without any one of them the others can be met
        assert feasible(prior, constraints, [j for j in chosen if j != k])
    assert found.smallest
    for fewer in combinations(everything, len(chosen) - 1):
        assert feasible(prior, constraints, list(fewer))
    pull = (found.weights @ constraints.matrix.toarray()[chosen]) * np.sign(prior)
    assert (pull <= 1e-9).all()  # their cells cannot add up to more than nothing,
    assert found.weights @ found.targets > 0.0  # their totals do
    with pytest.raises(BalancingError) as refused:
        balance(prior, constraints)
    assert refused.value.conflict == found.labels


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1))
def test_without_signs_a_conflict_is_one_of_the_equations(seed: int) -> None:
    prior, constraints = random_totals(seed)
    everything = list(range(len(constraints)))
    found = find_conflict(prior, constraints, keep_signs=False)
    assert (found is None) == feasible(prior, constraints, everything, keep_signs=False)
    assume(found is not None)
    assert found is not None
    chosen = [constraints.labels.index(label) for label in found.labels]
    assert not feasible(prior, constraints, chosen, keep_signs=False)
    for k in chosen:
        assert feasible(prior, constraints, [j for j in chosen if j != k], keep_signs=False)
    pull = found.weights @ constraints.matrix.toarray()[chosen]
    np.testing.assert_allclose(pull, 0.0, atol=1e-9)


@settings(max_examples=10)
@given(st.integers(0, 2**32 - 1), st.sampled_from([0.99, 1.001, 3.0]))
def test_the_one_wrong_total_of_many_is_named(seed: int, factor: float) -> None:
    cells = np.random.default_rng(seed).lognormal(0.0, 0.5, (4, 5, 5))  # region, row, column
    builder, numbers = nested_totals(cells)
    part = numbers[:2, :, :3]
    builder.add("wrong", [(part, 1.0)], factor * float(cells.ravel()[part].sum()))
    prior = cells.ravel() * np.random.default_rng(seed + 1).lognormal(0.0, 0.1, cells.size)
    with pytest.raises(BalancingError) as refused:
        balance(prior, builder.build())
    blamed = {"wrong", *(f"column {r} {k}" for r in range(2) for k in range(3))}
    assert set(refused.value.conflict) == blamed


def test_a_large_conflict_is_given_as_found_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = ConstraintBuilder(3)
    for label, total in (("survey", 5.0), ("census", 6.0)):
        builder.add(label, [([0, 1], 1.0)], total)
    for effort, smallest in ((1_000, True), (0, False)):
        monkeypatch.setattr("sam.balancing.conflict._EFFORT", effort)
        found = find_conflict(np.ones(3), builder.build())
        assert found is not None
        assert found.labels == ("survey", "census")
        assert (found.minimal, found.smallest) == (True, smallest)
        assert ("a smallest set" in str(found)) == smallest


@pytest.mark.parametrize("method", ["entropy", "least_squares"])
def test_one_total_twice(method: Any) -> None:
    builder = ConstraintBuilder(3)
    builder.add("households", [([0, 1], 1.0)], 10.0)
    builder.add("government", [([2], 1.0)], 4.0)
    builder.add("households again", [([0, 1], 1.0)], 11.0)
    with pytest.raises(BalancingError, match="households again") as refused:
        balance(np.ones(3), builder.build(), method=method)
    assert refused.value.conflict == ("households", "households again")
    assert "government" not in str(refused.value)
    assert "any one of them" in str(refused.value)


def test_a_part_larger_than_the_whole_needs_a_negative_cell() -> None:
    builder = ConstraintBuilder(3)
    builder.add("all industry", [([0, 1, 2], 1.0)], 10.0)
    builder.add("two industries", [([0, 1], 1.0)], 11.0)
    constraints = builder.build()
    conflict = find_conflict(np.ones(3), constraints)
    assert conflict is not None
    assert conflict.labels == ("all industry", "two industries")
    assert conflict.most == pytest.approx(0.0, abs=1e-12)
    for options in ({}, {"method": "least_squares", "keep_signs": True}):
        with pytest.raises(BalancingError, match="all industry"):
            balance(np.ones(3), constraints, **options)
    found = balance(np.ones(3), constraints, method="least_squares")
    np.testing.assert_allclose(found.cells, [5.5, 5.5, -1.0], rtol=1e-9)


def test_gross_domestic_product_from_two_sides_conflicts_through_the_accounts() -> None:
    names = ("activity", "factors", "households")
    prior = np.array([[0.0, 0.0, 9.0], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0]])
    builder = account_constraints(names)
    builder.add("value added", [([3], 1.0)], 10.0)
    builder.add("consumption", [([2], 1.0)], 12.0)
    with pytest.raises(BalancingError) as refused:
        balance(prior, builder.build())
    assert set(refused.value.conflict) == {"account activity", "value added", "consumption"}


def test_a_soft_total_is_never_to_blame_unless_its_error_is_bounded() -> None:
    for support, fails in ((None, False), (THREE_POINTS, True)):
        builder = ConstraintBuilder(1)
        builder.add("exact", [([0], 1.0)], 10.0)
        builder.add("survey", [([0], 1.0)], 20.0, 3.0, support=support)
        conflict = find_conflict([1.0], builder.build())
        assert (conflict is not None) == fails
    assert conflict is not None
    assert conflict.labels == ("exact", "survey")
    assert conflict.most == pytest.approx(9.0)  # three deviations are less than the gap of ten
    found = ConstraintBuilder(1)
    found.add("exact", [([0], 1.0)], 10.0)
    found.add("survey", [([0], 1.0)], 20.0, 3.0)
    assert balance([1.0], found.build()).soft["residual"].tolist() == pytest.approx([-10.0 / 3.0])


def test_a_total_without_cells_is_named() -> None:
    builder = ConstraintBuilder(2)
    builder.add("coal of Shanghai", [([0], 1.0)], 3.0)
    with pytest.raises(BalancingError, match="coal of Shanghai must be 3 but the prior has") as no:
        balance([0.0, 1.0], builder.build())
    assert no.value.conflict == ("coal of Shanghai",)


def test_an_error_beyond_its_support_is_refused_where_no_cell_can_move() -> None:
    builder = ConstraintBuilder(2)
    builder.add("survey", [([0], 1.0)], 20.0, 3.0, support=THREE_POINTS)
    with pytest.raises(BalancingError, match="survey must be 20") as refused:
        balance([0.0, 1.0], builder.build())
    assert refused.value.conflict == ("survey",)
    assert balance([11.5, 1.0], builder.build(), deviations=[0.0, 1.0]).cells[0] == 11.5


def test_a_total_that_is_only_compared_is_never_in_conflict() -> None:
    builder = ConstraintBuilder(1)
    builder.add("exact", [([0], 1.0)], 10.0)
    builder.add("compared", [([0], 1.0)], 99.0, np.inf, support=THREE_POINTS)
    assert find_conflict([1.0], builder.build()) is None


def test_a_total_of_the_wrong_sign_is_named() -> None:
    with pytest.raises(BalancingError) as refused:
        balance(np.ones((2, 2)), matrix_constraints(np.array([-1.0, 3.0]), np.array([1.0, 1.0])))
    assert refused.value.conflict == ("row 0",)


def test_rows_and_columns_that_a_zero_separates() -> None:
    with pytest.raises(BalancingError) as refused:
        ras(np.eye(2), np.ones(2), np.array([1.5, 0.5]))
    assert len(refused.value.conflict) == 2
    assert {name.split()[1] for name in refused.value.conflict} in ({"0"}, {"1"})


def test_totals_met_only_at_zero_are_told_from_totals_in_conflict() -> None:
    prior = np.array([[1.0, 1.0], [1.0, 0.0]])  # the second row fills the first column
    rows, columns = np.ones(2), np.ones(2)
    for action in (
        lambda: ras(prior, rows, columns),
        lambda: balance(prior, matrix_constraints(rows, columns)),
    ):
        with pytest.raises(BalancingError, match="only met with cells driven to zero") as refused:
            action()
        assert refused.value.conflict == ("row 1", "column 0")
    kept = np.where(prior == 1.0, [[0.0, 1.0], [1.0, 0.0]], 0.0)
    np.testing.assert_allclose(ras(kept, rows, columns), [[0.0, 1.0], [1.0, 0.0]])
    found = balance(
        prior, matrix_constraints(rows, columns), method="least_squares", keep_signs=True
    )
    np.testing.assert_allclose(found.cells, [[0.0, 1.0], [1.0, 0.0]], atol=1e-12)


def test_totals_without_cells_are_in_conflict_unless_they_are_zero() -> None:
    for total in (0.0, 3.0):
        builder = ConstraintBuilder(1)
        builder.add("coal", [([0], 1.0)], total)
        found = find_conflict([0.0], builder.build())
        assert (None if found is None else found.labels) == (("coal",) if total else None)


def test_totals_that_can_be_met_have_no_conflict() -> None:
    prior = np.array([[1.0, 2.0], [3.0, -4.0]])
    assert find_conflict(prior, matrix_constraints(2.0 * prior.sum(1), 2.0 * prior.sum(0))) is None


def test_a_conflict_is_told_in_words() -> None:
    """One total beside what it is part of, and weights only where they are not one."""
    builder = account_constraints(["food", "labour", "home"])
    cells = np.arange(9).reshape(3, 3)
    builder.add("sales", [(cells[0, 1:], 1.0)], 40.0)
    builder.add("purchases", [(cells[1:, 0], 1.0)], 50.0)
    with pytest.raises(
        BalancingError,
        match=r"50 \(purchases\) is asked of cells that come to 40 \(sales\), given 0 "
        r"\(account food\); taken together they ask for 10 more than any table with the prior",
    ):
        balance(np.ones((3, 3)), builder.build())
    half = account_constraints(["food", "labour", "home"])
    half.add("sales", [(cells[0, 1:], 2.0)], 40.0)
    half.add("purchases", [(cells[1:, 0], 1.0)], 50.0)
    with pytest.raises(BalancingError, match=r"50 \(purchases\) against 0.5 x 40 \(sales\)"):
        balance(np.ones((3, 3)), half.build())


def test_a_single_total_against_all_signs_asks_alone() -> None:
    builder = ConstraintBuilder(3)
    builder.add("imports", [([0, 1], 1.0)], -30.0)
    with pytest.raises(BalancingError, match=r"conflict: -30 \(imports\); it asks for 30 more"):
        balance(np.ones(3), builder.build())
