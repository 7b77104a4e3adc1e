"""Totals and errors are matched with a prior by label, and results keep its labels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from sam import BalancingError
from sam.balancing import (
    ConstraintBuilder,
    account_constraints,
    balance,
    find_conflict,
    gras,
    matrix_constraints,
    ras,
)
from sam.interregional import (
    Given,
    Proportional,
    Proximity,
    add_margins,
    add_rest,
    assemble,
    cap_share,
    great_circle_distance,
    reconcile_totals,
    route,
)

ROWS = pd.MultiIndex.from_tuples(
    [("A", "rice"), ("A", "tool"), ("B", "rice")], names=["region", "good"]
)
COLUMNS = pd.Index(["home", "state"], name="user")
PRIOR = pd.DataFrame([[4.0, 1.0], [2.0, 3.0], [5.0, 2.0]], ROWS, COLUMNS)
SOLD = pd.Series([6.0, 4.0, 8.0], ROWS)
BOUGHT = pd.Series([11.0, 7.0], COLUMNS)

scalings = pytest.mark.parametrize("scale", [ras, gras])
Verb = Callable[..., Any]


@given(st.permutations(range(3)), st.permutations(range(2)), st.sampled_from([ras, gras]))
def test_the_order_of_labelled_totals_does_not_count(
    rows: list[int], columns: list[int], scale: Verb
) -> None:
    plain = scale(PRIOR.to_numpy(), SOLD.to_numpy(), BOUGHT.to_numpy())
    found = scale(PRIOR, SOLD.iloc[rows], BOUGHT.iloc[columns])
    pd.testing.assert_frame_equal(found, pd.DataFrame(plain, ROWS, COLUMNS), check_exact=True)
    assert found.index.names == ["region", "good"]
    assert found.columns.name == "user"


@scalings
def test_levels_and_mappings_are_matched_by_name(scale: Verb) -> None:
    turned = SOLD.reorder_levels(["good", "region"]).iloc[::-1]
    found = scale(PRIOR, turned, {"state": 7.0, "home": 11.0})
    pd.testing.assert_frame_equal(found, scale(PRIOR, SOLD, BOUGHT))
    nameless = PRIOR.set_axis(ROWS.set_names([None, None]))
    sold = SOLD.set_axis(nameless.index).iloc[::-1]
    np.testing.assert_array_equal(scale(nameless, sold, BOUGHT), found)


@scalings
def test_arrays_are_taken_in_their_order_and_stay_arrays(scale: Verb) -> None:
    cells = PRIOR.to_numpy()
    found = scale(cells, [6.0, 4.0, 8.0], pd.Series([11.0, 7.0]))  # counted from zero: no labels
    assert isinstance(found, np.ndarray)
    np.testing.assert_array_equal(found, scale(PRIOR, SOLD, BOUGHT).to_numpy())
    pd.testing.assert_frame_equal(
        scale(PRIOR, SOLD.to_numpy(), BOUGHT.to_numpy()), scale(PRIOR, SOLD, BOUGHT)
    )


@scalings
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (SOLD.rename({"tool": "tools"}), r"\('A', 'tools'\)\] are not in the prior.*'tool'\)\] of"),
        (SOLD.iloc[:2], r"\('B', 'rice'\)\] of the prior are missing"),
        (pd.concat([SOLD, SOLD.iloc[:1]]), r"row totals have the labels \[\('A', 'rice'\)\] more"),
        (pd.Series([6.0, 4.0, 8.0]), r"labels \[0, 1, 2\] are not in the prior"),
        (SOLD.to_frame(), "row totals: 3 by 1; give one number for each line"),
        (pd.Series(["much"] * 3, ROWS), "row totals: a Series that does not hold numbers only"),
        (SOLD.to_numpy()[:2], "the prior is 3 by 2, the totals are of 2 rows"),
        (SOLD.where(SOLD > 4.0), "the total of row A/tool is not a number"),
        (xr.DataArray(SOLD.to_numpy(), dims="row"), r"of xarray: \.to_pandas\(\)"),
        (np.ma.masked_less(SOLD.to_numpy(), 5.0), "labels or mask would be lost"),
    ],
)
def test_labels_that_do_not_match_are_named(scale: Verb, rows: Any, message: str) -> None:
    with pytest.raises(BalancingError, match=rf"^{scale.__name__}: .*{message}"):
        scale(PRIOR, rows, BOUGHT)


@scalings
@pytest.mark.parametrize("prior", [PRIOR.to_numpy(), sparse.csr_array(PRIOR.to_numpy())])
def test_labelled_totals_need_a_labelled_prior(scale: Verb, prior: Any) -> None:
    with pytest.raises(BalancingError, match=r"prior has no labels.*\(\.to_numpy\(\)\)"):
        scale(prior, SOLD, BOUGHT)
    scale(prior, SOLD.to_numpy(), BOUGHT.to_numpy())


def test_a_labelled_array_of_another_library_is_refused_and_its_remedy_works() -> None:
    prior = pd.DataFrame([[4.0, 1.0], [2.0, 3.0]], list("ab"), list("xy"))
    rows = pd.Series({"b": 4.0, "a": 6.0})
    array = xr.DataArray(prior, dims=("row", "column"))
    with pytest.raises(BalancingError, match="the prior: a DataArray"):
        ras(array, rows, [6.0, 4.0])
    found = ras(array.to_pandas(), xr.DataArray(rows).to_pandas(), [6.0, 4.0])
    np.testing.assert_allclose(found.sum(axis=1), [6.0, 4.0])
    assert found.index.name == "row"


def test_repeated_labels_are_taken_only_where_they_stand_alike() -> None:
    twice = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], ["a", "a"], ["x", "y"])
    rows = pd.Series([4.0, 6.0], ["a", "a"])
    np.testing.assert_allclose(ras(twice, rows, [5.0, 5.0]).sum(axis=1), rows)
    with pytest.raises(BalancingError, match="row totals: those of the prior have the labels"):
        ras(twice, pd.Series({"a": 4.0, "b": 6.0}), [5.0, 5.0])


def test_conflicts_are_told_by_label_and_headed_by_the_verb() -> None:
    prior = pd.DataFrame([[1.0, 1.0], [1.0, 0.0]], list("ab"), list("xy"))
    for verb in (ras, gras):
        with pytest.raises(BalancingError, match=rf"^{verb.__name__}: totals are only met") as no:
            verb(prior, [1.0, 1.0], [1.0, 1.0])
        assert no.value.conflict == ("row b", "column x")
        assert "1 cell ((a, x))" in str(no.value)
    with pytest.raises(BalancingError, match=r"^ras: .* -1 \(column x\)"):
        ras(prior, {"a": 1.0, "b": 1.0}, {"x": -1.0, "y": 3.0})
    with pytest.raises(BalancingError, match=r"^balance: "):
        balance(prior, matrix_constraints([1.0, 1.0], [1.0, 1.0]), method="ras")


def test_totals_that_differ_little_show_their_difference() -> None:
    with pytest.raises(
        BalancingError,
        match=r"row totals sum to 10\.00001, column totals to 10, a difference of 1e-05",
    ):
        ras([[1.0, 2.0], [3.0, 4.0]], [4.0, 6.00001], [5.0, 5.0])
    builder = ConstraintBuilder(2)
    builder.add("known", [([0], 1.0)], 3.000001)
    with pytest.raises(BalancingError, match=r"must be 3\.000001 .* comes to 3 "):
        balance([3.0, 1.0], builder.build(), deviations=[0.0, 1.0])


@pytest.mark.parametrize("method", ["entropy", "ras", "gras", "coefficients", "least_squares"])
def test_balance_matches_totals_of_rows_and_columns(method: Any) -> None:
    asked = matrix_constraints(SOLD.iloc[::-1], BOUGHT.iloc[[1, 0]])
    found = balance(PRIOR, asked, method=method)
    plain = matrix_constraints(SOLD.to_numpy(), BOUGHT.to_numpy())
    expected = balance(PRIOR, plain, method=method)
    pd.testing.assert_frame_equal(found.frame, expected.frame)
    np.testing.assert_allclose(found.frame.sum(axis=1), SOLD)
    assert found.hard["label"].tolist()[:2] == ["row A/rice", "row A/tool"]
    assert (found.hard["residual"].abs() < 1e-9).all()
    with pytest.raises(BalancingError, match=r"^balance: row totals are labelled"):
        balance(PRIOR.to_numpy(), asked, method=method)
    with pytest.raises(
        BalancingError, match=r"^balance: row totals: labels .* are not in the prior"
    ):
        balance(PRIOR.rename({"tool": "tools"}), asked, method=method)


def test_errors_of_totals_and_cells_are_matched_too() -> None:
    errors = pd.Series([0.1, 0.2, 0.3], ROWS)
    asked = matrix_constraints(SOLD, BOUGHT, row_deviations=errors.iloc[[2, 0, 1]])
    np.testing.assert_array_equal(asked.deviations[:3], errors)
    spread = 0.1 * PRIOR * np.arange(1.0, 7.0).reshape(3, 2)
    plain = balance(PRIOR, asked, deviations=spread.to_numpy())
    turned = balance(PRIOR, asked, deviations=spread.iloc[::-1, ::-1])
    pd.testing.assert_frame_equal(turned.frame, plain.frame)
    with pytest.raises(BalancingError, match="deviations, rows: labels"):
        balance(PRIOR, asked, deviations=spread.rename({"tool": "tools"}))
    with pytest.raises(BalancingError, match="deviations, rows are labelled"):
        balance(PRIOR.to_numpy(), matrix_constraints([6, 4, 8], [11, 7]), deviations=spread)
    with pytest.raises(BalancingError, match="give a frame, as prior"):
        balance(PRIOR, asked, deviations=errors)
    vector = pd.Series([3.0, 1.0], ["a", "b"])
    builder = ConstraintBuilder(2)
    builder.add("sum", [([0, 1], 1.0)], 6.0, 1.0)
    sure = balance(vector, builder.build(), deviations=pd.Series({"b": 0.0, "a": 1.0}))
    assert sure.cells[1] == 1.0
    assert sure.moves(1)["cell"].tolist() == ["a"]


def test_accounts_are_matched_with_their_totals_and_an_index_with_the_prior() -> None:
    prior = pd.DataFrame(
        [[0.0, 2.0, 1.0], [2.0, 0.0, 1.0], [1.0, 1.0, 0.0]], list("abc"), list("abc")
    )
    totals = pd.Series({"c": 3.0, "a": 5.0, "b": 4.0})
    plain = balance(prior, account_constraints("abc", totals.loc[list("abc")].to_numpy()).build())
    for accounts, cells in (
        ("abc", prior),
        (pd.Index(list("cab")), prior),
        ("abc", prior.to_numpy()),
    ):
        found = balance(cells, account_constraints(accounts, totals).build())
        np.testing.assert_allclose(found.cells, plain.cells)
    with pytest.raises(BalancingError, match=r"totals of accounts: labels \['d'\] are not"):
        account_constraints("abc", totals.rename({"c": "d"}))


def test_a_matrix_turned_on_its_side_is_refused() -> None:
    with pytest.raises(BalancingError, match="the prior is 2 by 3, the totals are of 3 rows and 2"):
        balance(PRIOR.to_numpy().T, matrix_constraints([6, 4, 8], [11, 7]))
    with pytest.raises(BalancingError, match="find_conflict: the prior is 2 by 3"):
        find_conflict(PRIOR.to_numpy().T, matrix_constraints([6, 4, 8], [11, 7]))


def test_conflicts_are_found_by_label() -> None:
    prior = pd.DataFrame([[1.0, 0.0], [0.0, 1.0]], list("ab"), list("xy"))
    rows, columns = pd.Series({"b": 2.0, "a": 1.0}), pd.Series({"y": 2.0, "x": 1.0})
    assert find_conflict(prior, matrix_constraints(rows, columns)) is None
    fixed = pd.DataFrame([[False, False], [False, True]], list("ba"), list("yx"))  # a buys x
    found = find_conflict(prior, matrix_constraints(2.0 * rows, 2.0 * columns), fixed=fixed)
    assert found is not None
    assert set(found.labels) <= {"row a", "column x"}


@pytest.mark.parametrize("cells", [[True, False], [0.5]])
def test_cells_are_given_by_number(cells: list[Any]) -> None:
    with pytest.raises(BalancingError, match=r"of a mask: np\.flatnonzero"):
        ConstraintBuilder(2).add("x", [(cells, 1.0)], 1.0)


def test_routes_are_matched_by_region() -> None:
    pattern = pd.DataFrame(
        [[0.0, 2.0, 1.0], [1.0, 0.0, 4.0], [3.0, 1.0, 0.0]], list("abc"), list("abc")
    )
    out, into = pd.Series({"c": 3.0, "a": 2.0, "b": 4.0}), pd.Series({"b": 4.0, "c": 3.0, "a": 2.0})
    found = route(pattern, out, into)
    np.testing.assert_allclose(found.sum(axis=1), out.loc[list("abc")])
    np.testing.assert_allclose(found.sum(), into.loc[list("abc")])
    plain = route(
        pattern.to_numpy(), out.loc[list("abc")].to_numpy(), into.loc[list("abc")].to_numpy()
    )
    np.testing.assert_array_equal(found, plain)
    with pytest.raises(BalancingError, match="different orders"):
        route(pattern[["b", "a", "c"]], out, into)
    with pytest.raises(BalancingError, match=r"outflow by region: labels \['d'\]"):
        route(pattern, out.rename({"a": "d"}), into)


TABLE = pd.DataFrame([[1.0, 2.0], [3.0, 4.0]], ["a", "b"])
ARRAY = TABLE.to_numpy()


@pytest.mark.parametrize(
    "action",
    [
        lambda: assemble(TABLE, ARRAY, Proportional(), Proximity()),  # type: ignore[arg-type]
        lambda: reconcile_totals(ARRAY, TABLE),  # type: ignore[arg-type]
        lambda: cap_share(TABLE[0], ARRAY[0]),  # type: ignore[arg-type]
        lambda: add_rest(TABLE, ARRAY, 0.5),  # type: ignore[arg-type]
        lambda: add_margins(ARRAY[None], TABLE, [0]),  # type: ignore[arg-type]
        lambda: Proximity(distance=TABLE),  # type: ignore[arg-type]
        lambda: Given(TABLE),  # type: ignore[arg-type]
        lambda: great_circle_distance(TABLE[0], TABLE[1]),  # type: ignore[arg-type]
    ],
)
def test_trade_between_regions_reads_no_labels_and_says_so(action: Callable[[], object]) -> None:
    with pytest.raises(BalancingError, match=r"whose labels are not read; bring all tables to one"):
        action()
