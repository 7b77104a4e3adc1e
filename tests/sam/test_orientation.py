"""A transposed table is told by payments that run one way only, and the remedy turns it."""

from __future__ import annotations

import pandas as pd
import pytest

from sam import SAM, load_dataset
from sam.checks import check_orientation, run_checks
from sam.matrix import from_payments
from tests.economies import tiny_dataset
from tests.sam.islands import PAYMENTS, island


def test_rows_receive_in_sound_tables() -> None:
    for subject in (island(), tiny_dataset(), load_dataset("yrd2020")):
        assert check_orientation(subject) == []


def test_a_transposed_table_is_named_and_turning_it_helps() -> None:
    turned = island().transpose()
    (finding,) = check_orientation(turned)
    assert finding.severity == "error"
    assert finding.size == pytest.approx(1.0)
    assert "looks transposed" in finding.problem
    assert "factor pays activity 175.25 and receives 0" in finding.problem
    assert "SAM.read(FILE, transposed=True)" in finding.advice
    assert run_checks(turned).errors[0].check == "orientation"
    pd.testing.assert_frame_equal(turned.transpose().matrix(), island().matrix())


def test_turning_keeps_signs_unit_and_labels() -> None:
    """A subsidy is negative; in the table that is transposed its kinds are exchanged too."""
    lines = [("I", *p[:2], "I", *p[2:4], p[4]) for p in PAYMENTS]
    lines += [("I", "tax", "aid", "I", "activity", "boats", -2.0)]
    sam = from_payments(lines, "million")
    written = sam.frame.rename(
        columns={
            name: name.replace("row", "?").replace("col", "row").replace("?", "col")
            for name in sam.frame.columns
        }
    )
    turned = SAM.from_frame(written, "million", strict=False)
    assert len(check_orientation(turned)) == 1
    again = turned.transpose()
    assert (again.unit, check_orientation(again)) == ("million", [])
    pd.testing.assert_frame_equal(again.frame, sam.frame)


@pytest.mark.parametrize(
    "odd",
    [
        ("factor", "work", "household", "people", 30.0),  # servants
        ("household", "people", "commodity", "fish", 20.0),  # what families catch and sell
        ("government", "council", "commodity", "beds", 9.0),
    ],
)
def test_what_is_rare_is_no_false_alarm(odd: tuple[str, str, str, str, float]) -> None:
    lines = [("I", *p[:2], "I", *p[2:4], p[4]) for p in (*PAYMENTS, odd)]
    assert check_orientation(from_payments(lines, "million")) == []


def test_a_table_without_such_payments_is_not_judged() -> None:
    pair = [
        ("I", "activity", "boats", "I", "commodity", "fish", 1.0),
        ("I", "commodity", "fish", "I", "activity", "boats", 1.0),
    ]
    assert check_orientation(from_payments(pair)) == []
