"""Merging and splitting accounts: sums, balance and GDP are kept, merging undoes splitting."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SAM, SAMError
from sam.concordance import Concordance
from tests.economies import SECTORS, tiny_dataset

Array = npt.NDArray[np.float64]

REGIONS = ("A", "B", "C")

weights = st.lists(st.floats(0.01, 100.0), min_size=3, max_size=3).map(
    lambda values: dict(zip(("X", "Y", "Z"), values, strict=True))
)


def economy(seed: int) -> SAM:
    return tiny_dataset(seed, REGIONS).sam


def wide(sam: SAM, like: SAM) -> pd.DataFrame:
    """The matrix in the order of another's accounts."""
    index = like.matrix().index
    matrix = sam.matrix()
    assert set(matrix.index) == set(index)
    return matrix.loc[index, index]


def assert_same(sam: SAM, other: SAM, rtol: float = 1e-12) -> None:
    np.testing.assert_allclose(wide(sam, other), other.matrix(), rtol=rtol, atol=1e-12)


@settings(max_examples=10, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.sampled_from(("A", "M", "N")), min_size=3, max_size=3),
    st.lists(st.sampled_from(("P", "Q", "ELE")), min_size=8, max_size=8),
)
def test_merging_adds_up_and_keeps_balance_and_gdp(
    seed: int, regions: list[str], sectors: list[str]
) -> None:
    """Against the matrix product of the definition; the nation's GDP is what it was."""
    sam = economy(seed)
    region = dict(zip(REGIONS, regions, strict=True))
    account = dict(zip(SECTORS, sectors, strict=True))
    merged = sam.aggregate(region, account)
    old, new = sam.matrix(), merged.matrix()
    place = {label: k for k, label in enumerate(new.index)}
    classes = np.zeros((len(old), len(new)))  # old account, new account
    for k, (r, kind, name) in enumerate(old.index):
        classes[k, place[(region.get(r, r), kind, account.get(name, name))]] = 1.0
    expected = classes.T @ old.to_numpy() @ classes
    np.testing.assert_allclose(new, expected, rtol=1e-12, atol=1e-12 * expected.max())
    merged.check(1e-10)
    assert merged.frame["value"].sum() == pytest.approx(sam.frame["value"].sum(), rel=1e-13)
    gdp = [table.gdp().xs("GDP", level="item")["nation"] for table in (sam, merged)]
    np.testing.assert_allclose(*gdp, rtol=1e-12)


def total(first: SAM, second: SAM) -> SAM:
    """The payments of both SAMs in one."""
    lines = pd.concat([first.frame, second.frame])
    return SAM(lines.groupby(list(lines.columns[:-1]), sort=False)["value"].sum().reset_index())


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.integers(0, 2**31), st.floats(0.01, 0.99))
def test_reclassifying_commutes_with_summation(one: int, two: int, share: float) -> None:
    """Two years, or two sources, may be added up before they are merged and split, or after."""
    first, second = economy(one), economy(two)
    regions = {"B": "A"}
    accounts = concordance(
        ("COL", "mining", 1.0), ("GAS", "mining", share), ("GAS", "utilities", 1.0 - share)
    )
    after = total(first.aggregate(regions, accounts), second.aggregate(regions, accounts))
    assert_same(total(first, second).aggregate(regions, accounts), after)


def test_regions_and_accounts_may_be_merged_in_either_order() -> None:
    sam = economy(4)
    regions, accounts = {"B": "A"}, {"COL": "ENE", "GAS": "ENE"}
    one = sam.aggregate(regions).aggregate(accounts=accounts)
    assert_same(sam.aggregate(accounts=accounts).aggregate(regions), one)
    assert_same(sam.aggregate(regions, accounts), one)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), weights, weights)
def test_merging_the_parts_gives_the_whole_back(
    seed: int, parts: dict[str, float], regions: dict[str, float]
) -> None:
    sam = economy(seed)
    fine = sam.disaggregate({"B": regions}, {"ELE": parts, "RUR": parts, "LAB": parts})
    fine.check(1e-10)
    coarse = fine.aggregate(dict.fromkeys("XYZ", "B"))
    for name in ("ELE", "RUR", "LAB"):
        kinds = sam.accounts.loc[sam.accounts["account"] == name, "kind"].unique()
        coarse = coarse.aggregate(accounts=dict.fromkeys("XYZ", name), kinds=kinds)
    assert_same(coarse, sam)
    parts_of_b = fine.gdp().loc[("production", "GDP"), ["X", "Y", "Z"]]
    whole = sam.gdp().loc[("production", "GDP"), "B"]
    np.testing.assert_allclose(
        parts_of_b / whole, np.array(list(regions.values())) / sum(regions.values()), rtol=1e-10
    )


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), weights, weights)
def test_weights_that_differ_lose_balance_but_nothing_else(
    seed: int, receipts: dict[str, float], payments: dict[str, float]
) -> None:
    sam = economy(seed)
    fine = sam.disaggregate(accounts={"ELE": (receipts, payments)})
    assert_same(fine.aggregate(accounts=dict.fromkeys("XYZ", "ELE")), sam)
    whole = sam.balance().set_index(["region", "kind", "account"])
    table = fine.balance().set_index(["region", "kind", "account"])
    for side, given_weights in (("row_total", receipts), ("column_total", payments)):
        total = whole.loc[("A", "activity", "ELE"), side]
        for name, weight in given_weights.items():
            part = table.loc[("A", "activity", name), side]
            assert part == pytest.approx(total * weight / sum(given_weights.values()), rel=1e-10)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32 - 1), weights)
def test_known_payments_between_the_parts_split_the_whole(
    seed: int, parts: dict[str, float]
) -> None:
    """With all payments of the fine SAM as proportions, the fine SAM comes back."""
    fine = economy(seed)
    energy = {"COL": "ENE", "GAS": "ENE"}
    sam = fine.aggregate({"B": "A"}, energy)
    shares = {"COL": parts["X"], "GAS": parts["Y"]}
    again = sam.disaggregate({"A": {"A": 1.0, "B": parts["Z"]}}, {"ENE": shares}, flows=fine)
    assert_same(again, fine, rtol=1e-11)


def test_parts_of_an_activity_make_their_own_parts_of_its_good() -> None:
    sam = economy(0)
    fine = sam.disaggregate(accounts={"ELE": {"coal": 3.0, "wind": 1.0}})
    sales = fine.flow("activity", "commodity", row_region="A", col_region="B")
    old = sam.flow("activity", "commodity", row_region="A", col_region="B", row="ELE", col="ELE")
    block = sales.loc[("A", ["coal", "wind"]), ("B", ["coal", "wind"])]
    np.testing.assert_allclose(block, np.diag([0.75, 0.25]) * old.to_numpy().item())
    assert old.to_numpy().item() > 0.0


def test_splitting_a_region_invents_no_trade_between_its_parts() -> None:
    fine = economy(1).disaggregate({"B": {"North": 2.0, "South": 1.0}})
    fine.check(1e-10)
    frame = fine.frame
    parts = frame["row_region"].isin(["North", "South"]) & frame["col_region"].isin(
        ["North", "South"]
    )
    assert (frame.loc[parts, "row_region"] == frame.loc[parts, "col_region"]).all()


def test_merging_regions_turns_their_trade_into_local_sales() -> None:
    sam = economy(2)
    merged = sam.aggregate({"B": "A"})
    local = merged.flow("activity", "commodity", row_region="A", col_region="A").to_numpy().sum()
    blocks = [
        sam.flow("activity", "commodity", row_region=r, col_region=s).to_numpy().sum()
        for r in "AB"
        for s in "AB"
    ]
    assert local == pytest.approx(sum(blocks), rel=1e-13)
    gone = sam.gdp().loc[("expenditure", "sales to other regions"), "nation"]
    left = merged.gdp().loc[("expenditure", "sales to other regions"), "nation"]
    assert gone - left == pytest.approx(blocks[1] + blocks[2], rel=1e-10)


def test_weights_may_differ_between_regions() -> None:
    sam = economy(0)
    split = {("A", "ELE"): {"coal": 1.0}, "ELE": {"coal": 1.0, "wind": 1.0}}
    fine = sam.disaggregate(accounts=split, kinds=["activity"])
    names = fine.accounts[fine.accounts["kind"] == "activity"]
    assert set(names.loc[names["region"] == "A", "account"]) == {*SECTORS, "coal"} - {"ELE"}
    assert {"coal", "wind"} <= set(names.loc[names["region"] == "B", "account"])
    assert "ELE" in fine.names("commodity")  # of another kind
    fine.check(1e-10)


def concordance(*lines: tuple[str, str, float]) -> Concordance:
    table = pd.DataFrame(lines, columns=["source", "target", "weight"])
    return Concordance("sectors", table)


def test_a_weighted_concordance_merges_and_splits_at_once() -> None:
    sam = economy(3)
    new = sam.aggregate(
        accounts=concordance(
            ("COL", "mining", 1.0), ("GAS", "mining", 0.4), ("GAS", "utilities", 0.6)
        )
    )
    new.check(1e-10)
    output = {
        name: table.flow("activity", "commodity", row_region="A", row=name).to_numpy().sum()
        for table, names in ((sam, ("COL", "GAS")), (new, ("mining", "utilities")))
        for name in names
    }
    assert output["mining"] == pytest.approx(output["COL"] + 0.4 * output["GAS"], rel=1e-12)
    assert output["utilities"] == pytest.approx(0.6 * output["GAS"], rel=1e-12)


def test_a_concordance_of_whole_kinds_must_cover_them() -> None:
    map_ = concordance(
        *((code, "X", 1.0) for code in SECTORS if code != "TRD"), ("other", "X", 1.0)
    )
    kinds = ["activity", "commodity"]
    with pytest.raises(SAMError, match=r"sectors does not cover 1 accounts.*\['TRD'\]"):
        economy(0).aggregate(accounts=map_, kinds=kinds)
    assert economy(0).aggregate(accounts=map_).names("activity") == ["X", "TRD"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"accounts": {"COAL": "ENE"}}, r"no account \['COAL'\] to merge or split; known: .*COL"),
        ({"regions": {"D": "A"}}, r"no region \['D'\]"),
        ({"accounts": {"COL": "ENE"}, "kinds": ["factor"]}, r"no account \['COL'\]"),
        ({"accounts": concordance(("coal", "ENE", 1.0))}, r"no account \['coal'\]"),
        ({"accounts": {("D", "COL"): "ENE"}}, r"no account \[\('D', 'COL'\)\]"),
        ({"accounts": {"COL": {"X": -1.0, "Y": 2.0}}}, "weights of account 'COL' are"),
        ({"regions": {"A": {"X": 0.0, "Y": 0.0}}}, "weights of region 'A' are"),
        ({"regions": {"A": {}}}, "weights of region 'A' are"),
        ({"regions": {"A": 3.0}}, "region 'A' becomes 3.0; give a name, weights by name"),
        ({"accounts": {"COL": ("X", "Y")}}, r"account 'COL' becomes \('X', 'Y'\); give a name"),
        ({"accounts": {"COL": "X"}, "kinds": "farm"}, r"no account of kind \['farm'\].*'activity'"),
    ],
)
def test_names_and_weights_that_make_no_sense_are_named(
    arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(SAMError, match=message):
        economy(0).disaggregate(**arguments)  # type: ignore[arg-type]


def test_flows_must_be_proportions() -> None:
    sam = economy(0)
    flows = sam.frame.assign(value=-1.0)
    with pytest.raises(SAMError, match="flows that shall split payments are negative"):
        sam.disaggregate(accounts={"COL": {"X": 1.0}}, flows=flows)
