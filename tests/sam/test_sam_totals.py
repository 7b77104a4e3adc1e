"""Totals beside a square table: their names, their rounding, and lines that are totals unnamed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sam import SAM, SourceError
from sam.matrix.totals import SUBTOTALS, WORDS, contradicted, is_subtotal, is_total
from tests.sam.islands import Rows, book, island, square, text

MINE = island()
COLUMNS = len(MINE.accounts)


def read(folder: Path, rows: Rows, suffix: str = ".csv", **options: bool) -> SAM:
    path = folder / f"sam{suffix}"
    if suffix == ".csv":
        path.write_text(text(rows), encoding="utf-8")
    else:
        book(path, SAM=rows)
    return SAM.read(path, **options)


def same(found: SAM) -> None:
    pd.testing.assert_frame_equal(found.matrix(), MINE.matrix(), check_exact=True)


@pytest.mark.parametrize(
    "word",
    [
        *("Total", "TOTALS:", "Grand total", "Column sum", "Sum", "Somme", "Ensemble"),
        *("Insgesamt", "Gesamt", "Suma", "Totale", "Итого", "Всего:", "合 计", "合計", "总计"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_totals_in_the_languages_of_statistical_offices(
    tmp_path: Path, word: str, suffix: str
) -> None:
    assert is_total(word)
    same(read(tmp_path, square(totals=word), suffix))


def test_no_word_is_total_and_subtotal() -> None:
    assert not WORDS & SUBTOTALS
    assert is_subtotal("Sub-total")
    assert is_subtotal("小 计")
    assert not is_total("Total factor productivity")
    assert not is_total("")


def last(rows: Rows) -> list[object]:
    return rows[-1]


def all_ones(rows: Rows) -> None:
    last(rows)[3:] = [1.0] * (len(last(rows)) - 3)


def one_digit_wrong(rows: Rows) -> None:
    last(rows)[4] = float(last(rows)[4]) + 10.0  # type: ignore[arg-type]


def column_wrong(rows: Rows) -> None:
    rows[5][-1] = float(rows[5][-1]) + 1.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (all_ones, r"row 15, column [A-Z]+: found 'Total 1', expected 175.25, the sum of its line"),
        (one_digit_wrong, r"row 15, column E: found 'Total 100.5', expected 90.5"),
        (column_wrong, r"row 6, column O: found 'Total [\d.]+', expected [\d.]+, the sum"),
    ],
)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_total_that_contradicts_its_line_is_named(
    tmp_path: Path, damage: object, message: str, suffix: str
) -> None:
    rows = square(totals="Total")
    damage(rows)  # type: ignore[operator]
    with pytest.raises(SourceError, match=message) as error:
        read(tmp_path, rows, suffix)
    assert "ignore_totals=True (--ignore-totals)" in str(error.value)
    same(read(tmp_path, rows, suffix, ignore_totals=True))
    without = [row[:-1] for row in rows[:-1]]
    same(read(tmp_path, without, suffix))


def test_a_payment_that_contradicts_its_total_is_named(tmp_path: Path) -> None:
    """A total is the only witness where the payment is changed in the row and in the column."""
    rows = square(totals="Total")
    rows[3][5] = 104.75  # of 140.75
    with pytest.raises(
        SourceError, match=r"row 4, column F: found '104.75, .* differ from their totals by -36'"
    ):
        read(tmp_path, rows)


@pytest.mark.parametrize("decimals", [0, 1])
def test_rounded_totals_of_rounded_payments_are_no_contradiction(
    tmp_path: Path, decimals: int
) -> None:
    rows = square(totals="Total")
    rounded: Rows = [
        [round(cell, decimals) if isinstance(cell, float) else cell for cell in row] for row in rows
    ]
    read(tmp_path, rounded).check(0.1)


def test_totals_that_state_nothing_contradict_nothing(tmp_path: Path) -> None:
    rows = square(totals="Total")
    last(rows)[3:] = [None] * (COLUMNS + 1)
    for k, row in enumerate(rows[3:-1]):
        row[-1] = f"=SUM(D{k + 4}:N{k + 4})"  # a formula that was never computed
    same(read(tmp_path, rows))


def test_rounding_allows_half_a_digit_of_each_number() -> None:
    addends = np.array([[1.4], [1.4], [1.4]]).round()
    assert contradicted(np.array([4.0]), addends) is None
    assert contradicted(np.array([6.0]), addends) == 0
    exact = np.array([[1.0625], [2.125], [4.25]])
    assert contradicted(np.array([7.4375]), exact) is None
    assert contradicted(np.array([7.44]), exact) is None
    assert contradicted(np.array([7.46]), exact) == 0


def test_subtotals_are_sums_of_their_neighbours_or_named(tmp_path: Path) -> None:
    rows = square()
    matrix = MINE.matrix().to_numpy()
    rows.insert(5, ["Sub-total", None, None, *matrix[:2].sum(axis=0).tolist()])
    rows.append(["Subtotal", None, None, *matrix[8:].sum(axis=0).tolist()])
    rows.append(["Total", None, None, *matrix.sum(axis=0).tolist()])
    same(read(tmp_path, rows))
    rows[5][5] = 3.0
    with pytest.raises(SourceError, match=r"row 6, column F: found 'Sub-total 3'"):
        read(tmp_path, rows)
    same(read(tmp_path, rows, ignore_totals=True))


def test_differences_are_what_accounts_receive_less_what_they_pay(tmp_path: Path) -> None:
    rows = square()
    rows[2].append("Row - column")
    for row in rows[3:]:
        row.append(0.0)
    rows.append(["差额", None, None, *[0.0] * COLUMNS])
    rows[2][-1] = "Difference"
    same(read(tmp_path, rows))
    rows[-1][4] = 7.0
    with pytest.raises(
        SourceError, match=r"row 15, column E: found '差额 7', expected 0, the diff"
    ):
        read(tmp_path, rows)
    same(read(tmp_path, rows, ignore_totals=True))
    rows[5][rows[5].index(70.0)] = 75.0  # five more than balance
    del rows[-1]
    with pytest.raises(SourceError, match=r"row 11, column O: found 'Difference 0', expected -5"):
        read(tmp_path, rows)


@pytest.mark.parametrize("corner", [True, False])
def test_totals_by_an_unknown_name_are_told_by_their_numbers(tmp_path: Path, corner: bool) -> None:
    """As an account they would double the table without unbalancing it."""
    rows = square(totals="Everything")
    last(rows)[0], last(rows)[2] = None, "Everything"
    if not corner:
        last(rows)[-1] = None
    with pytest.raises(SourceError, match=r"row 15: found 'I/row/Everything, whose entries are"):
        read(tmp_path, rows)
    doubled = read(tmp_path, rows, ignore_totals=True)
    doubled.check()
    rows[2][-1] = last(rows)[2] = "Total"  # as advised
    same(read(tmp_path, rows))


def test_totals_by_an_unknown_name_of_a_group(tmp_path: Path) -> None:
    rows = square(totals="Everything")
    last(rows)[4] = float(last(rows)[4]) + 10.0  # type: ignore[arg-type]
    with pytest.raises(SourceError, match=r"row 15.*or Total if Everything holds totals"):
        read(tmp_path, rows)
    last(rows)[0] = rows[2][-1] = "Total"
    with pytest.raises(SourceError, match=r"row 15, column E: found 'Total 100.5', expected 90.5"):
        read(tmp_path, rows)
    same(read(tmp_path, rows, ignore_totals=True))


@pytest.mark.parametrize("name", [None, "Everything"])
def test_lines_without_an_account_that_state_the_sums_are_totals(
    tmp_path: Path, name: str | None
) -> None:
    rows = square(totals="Everything")
    last(rows)[0] = rows[0][-1] = name
    rows[2][-1] = None
    same(read(tmp_path, rows))


@pytest.mark.parametrize("side", ["row", "column"])
def test_totals_by_an_unknown_name_on_one_side(tmp_path: Path, side: str) -> None:
    rows = square(totals="Everything")
    last(rows)[0], last(rows)[2] = None, "Everything"
    rows = rows[:-1] if side == "column" else [row[:-1] for row in rows]
    place = "row 15" if side == "row" else "column O"
    told = rf"{place}: found 'I/row/Everything'.*; a {side} of totals is called Total"
    with pytest.raises(SourceError, match=told):
        read(tmp_path, rows)
    if side == "row":
        last(rows)[2] = "Total"
    else:
        rows[2][-1] = "Total"
    same(read(tmp_path, rows))


def test_an_account_may_be_called_total_if_it_has_a_kind(tmp_path: Path) -> None:
    frame = MINE.frame.replace({"row": {"people": "Total"}, "col": {"people": "Total"}})
    sam = SAM(frame, MINE.unit)
    found = read(tmp_path, square(sam))
    pd.testing.assert_frame_equal(found.matrix(), sam.matrix())


# Rows cut short


def test_a_row_cut_short_is_named(tmp_path: Path) -> None:
    rows = square()
    rows[3] = rows[3][:5]  # the sales of the boats
    with pytest.raises(SourceError, match=r"row 4, .*found '5 cells, .* of 0 beside .*140.75"):
        read(tmp_path, rows)
    rows[3] = square()[3][:6]  # what is cut is empty
    same(read(tmp_path, rows))


def test_a_number_without_account_is_named_and_a_remark_is_not(tmp_path: Path) -> None:
    rows = square()
    rows[4] = [*rows[4], None, "estimated"]
    same(read(tmp_path, rows))
    rows[4][-1] = 7.0
    with pytest.raises(SourceError, match=r"column P: found 'pay.*cell P5 stands alone"):
        read(tmp_path, rows)
    rows[6] = [*rows[6], None, 7.0]
    with pytest.raises(
        SourceError, match=r"column P: found 'payments.*or Total if it holds totals"
    ):
        read(tmp_path, rows)


def test_an_account_on_one_side_only_is_still_told_as_such(tmp_path: Path) -> None:
    rows = square()
    del rows[8]
    with pytest.raises(SourceError, match=r"column I: found 'I/factor/land', .* has a row, too"):
        read(tmp_path, rows)
