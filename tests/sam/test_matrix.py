"""The SAM class: double entry, conventions, and errors that name the payment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sam import SAM, SAMError
from sam.accounts import INVENTORY, KINDS, TRADE
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
    assert kinds == [kind for kind in KINDS if kind not in (INVENTORY, TRADE)]
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
    assert "sam.balancing" in str(found.value)
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
        ({"value": np.nan}, r"1 values are not finite, first A/commodity/AGR <- A/household/RUR"),
        ({"value": np.inf}, r"1 values are not finite"),
        ({"value": -1.0}, r"1 payments are negative.*opposite payment"),
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
