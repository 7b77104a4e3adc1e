"""The SAM class: double entry, conventions, and errors that name the payment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SAM, SAMError
from sam.accounts import INVENTORY, KINDS, MARGIN, ROLES, SIGNED, TRADE
from sam.matrix import COLUMNS, from_payments
from tests.economies import SECTORS, tiny_dataset

CIRCLE = [
    ("A", "commodity", "AGR", "A", "household", "RUR", 10.0),
    ("A", "activity", "AGR", "A", "commodity", "AGR", 10.0),
    ("A", "factor", "LAB", "A", "activity", "AGR", 12.0),
    ("A", "tax", "OTX", "A", "activity", "AGR", -2.0),
    ("A", "household", "RUR", "A", "factor", "LAB", 12.0),
    ("A", "government", "GOV", "A", "household", "RUR", 2.0),
    ("A", "government", "GOV", "A", "tax", "OTX", -2.0),
]
"""A village whose farming is subsidised out of an income tax."""


def changed(sam: SAM, **values: object) -> pd.DataFrame:
    """The frame with entries of its first line replaced."""
    frame = sam.frame.copy()
    for column, value in values.items():
        frame.loc[0, column] = value
    return frame


def test_a_negative_transfer_is_written_as_the_opposite_payment_and_a_subsidy_is_kept() -> None:
    village = from_payments(CIRCLE)
    assert village.flow("tax", "activity").to_numpy().item() == -2.0
    assert village.flow("tax", "government").to_numpy().item() == 2.0
    village.check(0.0)


def test_payments_between_the_same_accounts_add_up_and_zeros_are_dropped() -> None:
    nothing = ("A", "tax", "TAR", "A", "commodity", "AGR", 0.0)
    doubled = from_payments([*CIRCLE, nothing, *CIRCLE])
    pd.testing.assert_frame_equal(
        doubled.frame, from_payments([(*line[:6], 2.0 * line[6]) for line in CIRCLE]).frame
    )
    assert "TAR" not in doubled.names("tax")


def test_accounts_come_by_kind_and_regions_are_those_that_produce() -> None:
    sam = tiny_dataset(0, ("B", "A")).sam
    kinds = sam.accounts["kind"].drop_duplicates().tolist()
    assert kinds == [kind for kind in KINDS if kind not in (INVENTORY, MARGIN, TRADE)]
    assert sam.regions == ["B", "A"]
    assert sam.names("activity") == list(SECTORS)


def test_matrix_and_flow_show_the_payments() -> None:
    sam = tiny_dataset(1).sam
    matrix = sam.matrix()
    assert matrix.to_numpy().sum() == pytest.approx(sam.frame["value"].sum(), rel=1e-14)
    block = sam.flow("commodity", "activity", row_region="A", col_region="A", col="ELE")
    goods = [
        place for place, account in enumerate(matrix.index) if account[:2] == ("A", "commodity")
    ]
    inside = matrix[("A", "activity", "ELE")].to_numpy()[goods]
    np.testing.assert_array_equal(block.to_numpy()[:, 0], inside)
    assert not sam.flow("activity", "row", row="TRD").to_numpy().any()  # nobody exports it


@settings(max_examples=20)
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3), st.floats(-1e3, 1e3)),
        min_size=1,
        max_size=12,
    )
)
def test_receipts_and_payments_of_all_accounts_are_equal_in_sum(
    flows: list[tuple[int, int, float]],
) -> None:
    """Double entry: whatever is paid is received, and a flow changes two balances by its value."""
    net = np.zeros(4)  # household
    payments = []
    for receiver, payer, value in flows:
        payments.append(("A", "household", f"h{receiver}", "A", "household", f"h{payer}", value))
        net[receiver] += value
        net[payer] -= value
    if not any(line[6] for line in payments):
        return
    balance = from_payments(payments).balance().set_index("account")["difference"]
    expected = pd.Series(net, index=[f"h{k}" for k in range(4)]).reindex(balance.index)
    np.testing.assert_allclose(balance, expected, atol=1e-10)


def test_check_names_the_accounts_that_do_not_balance() -> None:
    sam = tiny_dataset(0).sam
    sam.check(1e-10)
    labour = (sam.frame["row"] == "LAB") & (sam.frame["col"] == "FER")
    frame = sam.frame.assign(value=sam.frame["value"] * np.where(labour, 1.01, 1.0))
    with pytest.raises(
        SAMError, match=r"4 of \d+ accounts do not balance.*A/activity/FER"
    ) as found:
        SAM(frame).check(1e-4)
    assert "SAM.rebalance" in str(found.value)
    SAM(frame).check(0.02)


def test_aggregation_keeps_totals_and_balance() -> None:
    sam = tiny_dataset(2, ("A", "B", "C")).sam
    merged = sam.aggregate(
        regions={"B": "A", "C": "A"}, accounts={"COL": "ENE", "GAS": "ENE", "REF": "ENE"}
    )
    assert merged.regions == ["A"]
    assert merged.names("activity") == ["AGR", "ENE", "FER", "GEM", "ELE", "TRD"]
    merged.check(1e-10)
    for row, col in (("factor", "activity"), ("commodity", "household"), ("row", "commodity")):
        before, after = (table.flow(row, col).to_numpy().sum() for table in (sam, merged))
        assert after == pytest.approx(before, rel=1e-13)


@pytest.mark.parametrize("name", ["sam.csv", "sam.csv.gz"])
def test_a_sam_reads_back_what_it_wrote(tmp_path: Path, name: str) -> None:
    sam = tiny_dataset(0, ("NA", "1")).sam  # labels that a reader might take for something else
    sam.to_csv(tmp_path / name)
    again = SAM.from_csv(tmp_path / name)
    pd.testing.assert_frame_equal(again.frame, sam.frame, rtol=1e-11)
    assert again.regions == ["NA", "1"]


def test_a_sam_does_not_follow_later_changes_of_the_callers_table() -> None:
    frame = from_payments(CIRCLE).frame.assign(remark="mine")
    sam = SAM(frame)
    frame.loc[0, "value"] = np.nan
    assert tuple(sam.frame.columns) == COLUMNS
    sam.check(0.0)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ({"value": np.nan}, r"1 value is not finite, A/commodity/AGR <- A/household/RUR"),
        ({"value": np.inf}, r"1 value is not finite"),
        ({"value": -1.0}, r"1 payment is negative.*opposite payment"),
        ({"row_kind": "comodity"}, r"unknown row_kind \['comodity'\]; known kinds"),
        ({"row_kind": "activity", "col_kind": "commodity", "col": "AGR"}, r"listed twice.*AGR"),
    ],
)
def test_payments_against_the_conventions_are_named(
    broken: dict[str, object], message: str
) -> None:
    with pytest.raises(SAMError, match=message):
        SAM(changed(from_payments(CIRCLE), **broken))


def test_a_missing_column_is_named() -> None:
    with pytest.raises(SAMError, match=r"columns \['value'\] are missing"):
        SAM(from_payments(CIRCLE).frame.drop(columns="value"))


def test_a_flow_between_unknown_accounts_says_what_there_is() -> None:
    village = from_payments(CIRCLE)
    with pytest.raises(SAMError, match=r"no account of kind 'activity', region B.*kinds in this"):
        village.flow("activity", "commodity", row_region="B")


def test_every_kind_has_a_role() -> None:
    assert tuple(ROLES) == KINDS
    assert all({row, col} <= set(KINDS) for row, col in SIGNED)


def test_a_long_table_is_accepted_in_any_form() -> None:
    village = from_payments(CIRCLE)
    table = village.frame.assign(unit="kg", note="mine")[["unit", "value", *COLUMNS[:-1], "note"]]
    table = table.rename(columns={"value": " Value "}).set_index(["row_region", "row_kind", "row"])
    table["col"] = table["col"] + " "
    built = SAM.from_frame(table)
    pd.testing.assert_frame_equal(built.frame, village.frame)
    assert built.unit == "kg"
    bare = village.frame.drop(columns=["row_region", "col_region"])
    pd.testing.assert_frame_equal(SAM.from_frame(bare, region="A").frame, village.frame)
    with pytest.raises(SAMError, match="in kg, not in t"):
        SAM.from_frame(table, "t")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.assign(value="x"), r"line 1 of the table \(index 0\) has the value 'x'"),
        (lambda f: f.assign(row=None), r"7 payments have no row"),
        (lambda f: f.rename(columns={"col": "payer"}), r"columns \['col'\] are missing.*'payer'"),
        (lambda f: f.assign(**{"Row": "x"}), "a column is there twice"),
        (lambda f: f.assign(row_kind="Farm"), r"unknown row_kind \['farm'\]"),
    ],
)
def test_a_long_table_that_is_none_is_named(
    change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises(SAMError, match=message):
        SAM.from_frame(change(from_payments(CIRCLE).frame))


@pytest.mark.parametrize("label", ["", " ", "A ", "a\nb", "a\x00", "\uffff"])
def test_labels_that_files_cannot_hold_are_refused(label: str) -> None:
    with pytest.raises(SAMError, match="is empty, has blanks around it or unprintable"):
        SAM(changed(from_payments(CIRCLE), row=label))
    with pytest.raises(SAMError, match=r"the unit .* is no text"):
        SAM(from_payments(CIRCLE).frame, label)


def test_a_square_table_gives_the_same_sam() -> None:
    sam = tiny_dataset(0).sam
    built = SAM.from_matrix(sam.matrix().iloc[:, ::-1], sam.unit)
    pd.testing.assert_frame_equal(built.matrix(), sam.matrix(), check_exact=True)
    levels = sam.matrix().reorder_levels(["account", "region", "kind"], axis=0)
    pd.testing.assert_frame_equal(SAM.from_matrix(levels).matrix(), sam.matrix())
    nation = sam.aggregate({"B": "A"}).select(region="A").matrix()
    bare = nation.droplevel("region").droplevel("region", axis=1)
    pd.testing.assert_frame_equal(SAM.from_matrix(bare, region="A").matrix(), nation)


def test_an_account_without_payments_keeps_its_place_in_a_square_table() -> None:
    matrix = from_payments(CIRCLE).matrix()
    idle = ("A", "commodity", "OIL")
    matrix.loc[idle, :] = 0.0
    matrix[idle] = 0.0
    assert idle in SAM.from_matrix(matrix).matrix().index


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda m: m.iloc[:-1], r"columns only: A/government/GOV"),
        (lambda m: m.iloc[:, 1:], r"rows only: A/activity/AGR"),
        (lambda m: pd.concat([m, m.iloc[:1]]), r"listed twice in the rows: A/activity/AGR"),
        (lambda m: m.replace(12.0, np.nan), r"2 cells are no finite numbers, first A/factor/LAB"),
        (lambda m: m.astype(object).replace(12.0, "many"), r"A/activity/AGR = 'many'"),
        (lambda m: m.droplevel("region"), r"found 2 levels"),
    ],
)
def test_a_square_table_that_is_none_is_named(
    change: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises(SAMError, match=message):
        SAM.from_matrix(change(from_payments(CIRCLE).matrix()))


def test_sub_sams_hold_the_payments_among_and_with_accounts() -> None:
    sam = tiny_dataset(0, ("A", "B", "C")).sam
    inside = sam.select(kind=["activity", "commodity"], region="A")
    assert set(inside.accounts["kind"]) == {"activity", "commodity"}
    assert set(inside.accounts["region"]) == {"A"}
    for row, col in (("activity", "commodity"), ("commodity", "activity")):
        block = sam.flow(row, col, row_region="A", col_region="A")
        assert inside.flow(row, col).to_numpy().sum() == pytest.approx(block.to_numpy().sum())
    whole = sam.select(region="A", partners=True)
    account = whole.balance().query("region == 'A'").set_index(["kind", "account"])
    before = sam.balance().query("region == 'A'").set_index(["kind", "account"])
    pd.testing.assert_frame_equal(account, before.loc[account.index])
    with pytest.raises(SAMError, match=r"no kind \['farm'\]; known: \['activity'"):
        sam.select(kind="farm")
    with pytest.raises(SAMError, match=r"no payments among the .* accounts of kind factor"):
        sam.select(kind="factor")


def test_the_macro_sam_adds_up_kinds() -> None:
    sam = tiny_dataset(0).sam
    macro = sam.macro()
    assert macro.loc["commodity", "activity"] == pytest.approx(
        sam.flow("commodity", "activity").to_numpy().sum()
    )
    np.testing.assert_allclose(macro["total"], macro.loc["total"], rtol=1e-10)
    both = sam.macro(by_region=True, totals=False)
    trade = sam.flow("activity", "commodity", row_region="A", col_region="B").to_numpy().sum()
    assert both.loc[("A", "activity"), ("B", "commodity")] == pytest.approx(trade)
    np.testing.assert_allclose(
        both.T.groupby(level="kind").sum().T.groupby(level="kind").sum().loc["tax", "activity"],
        macro.loc["tax", "activity"],
    )


def test_a_sam_describes_itself() -> None:
    sam = tiny_dataset(0, ("A", "B")).sam
    text = repr(sam)
    assert f"SAM of {len(sam.accounts)} accounts and {len(sam.frame)} payments" in text
    assert "in 1e8 CNY" in text
    assert "2: A B; beside them CN ROW" in text
    assert f"{len(sam.flow('activity', 'commodity'))} activity, 16 commodity" in text
    assert "<table" in sam._repr_html_()
    assert repr(from_payments(CIRCLE)).endswith("exact")
    village = from_payments([line for line in CIRCLE if "activity" not in line])
    assert "regions   none with activities; accounts belong to A" in repr(village)
    assert repr(from_payments([])) == "SAM without payments, in 1e8 CNY"
    info = sam.info()
    np.testing.assert_allclose(info["receipts"], info["payments"], rtol=1e-10)
    assert info.loc["commodity", ["regions", "accounts"]].tolist() == [2, 16]


def test_stocks_and_subsidies_keep_their_sign() -> None:
    drawn = ("A", "commodity", "AGR", "A", "inventory", "STK", -4.0)
    bought = ("A", "tax", "SUB", "A", "commodity", "AGR", -1.0)
    sam = from_payments([drawn, bought])
    assert sorted(sam.frame["value"]) == [-4.0, -1.0]


def test_imbalances_are_by_account() -> None:
    line = ("A", "household", "H", "A", "factor", "L", 4.0)
    imbalance = from_payments([line, ("A", "factor", "L", "A", "activity", "R", 5.0)]).imbalance()
    assert imbalance.index.names == ["region", "kind", "account"]
    assert imbalance["A", "factor", "L"] == pytest.approx(0.2)
    assert imbalance["A", "household", "H"] == 1.0


def test_what_turns_over_in_an_account_of_both_signs_measures_its_imbalance() -> None:
    stocks = [
        ("A", "commodity", "AGR", "A", "inventory", "STK", 0.1),
        ("A", "commodity", "FOO", "A", "inventory", "STK", 0.2),
        ("A", "commodity", "COL", "A", "inventory", "STK", -0.3),
    ]  # in binary they come to 5.6e-17
    account = from_payments(stocks).imbalance()["A", "inventory", "STK"]
    assert 0.0 < account < 1e-15
