"""Damaged copies of a SAM: read right, refused with place and remedy, or found by a check.

What damage cannot be told from a true table (both labels of an account exchanged, every number in
another unit) is not in the list.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sam import SAM, SAMError, SourceError
from sam.checks import run_checks
from sam.matrix.frames import COLUMNS
from tests.sam.islands import Rows, book, island, square, text

MINE = island()
SEEDS = range(3)
HEADS = 3  # headings of a square table on either side

Damage = Callable[[Rows, random.Random], None]


def number(rows: Rows, rng: random.Random) -> tuple[int, int]:
    """A payment of the table that is not zero."""
    return rng.choice(
        [(i, j) for i, row in enumerate(rows) for j, x in enumerate(row) if isinstance(x, float)]
    )


def text_for_number(rows: Rows, rng: random.Random) -> None:
    row, column = number(rows, rng)
    rows[row][column] = rng.choice(["n.a.", "(5)", "3%", "#REF!", "x", "1_000", "12²", "½", "nan"])


def decimal_comma(rows: Rows, rng: random.Random) -> None:
    row, column = number(rows, rng)
    rows[row][column] = f'"{rows[row][column]:.2f}"'.replace(".", ",")


def other_number(rows: Rows, rng: random.Random) -> None:
    row, column = number(rows, rng)
    rows[row][column] = rows[row][column] * rng.choice([0.5, 10.0, 1.01, -1.0])  # type: ignore[operator]


def lost_number(rows: Rows, rng: random.Random) -> None:
    row, column = number(rows, rng)
    rows[row][column] = None


def endless_number(rows: Rows, rng: random.Random) -> None:
    row, column = number(rows, rng)
    rows[row][column] = rng.choice(["1e999", "inf", "-inf"])


def drop_row(rows: Rows, rng: random.Random) -> None:
    del rows[number(rows, rng)[0]]


def double_row(rows: Rows, rng: random.Random) -> None:
    row = number(rows, rng)[0]
    rows.insert(row, list(rows[row]))


def cut_row(rows: Rows, rng: random.Random) -> None:
    row, column = number(rows, rng)
    del rows[row][column:]


def shift_row(rows: Rows, rng: random.Random) -> None:
    row, column = number(rows, rng)
    rows[row].insert(column, None)


def cut_file(rows: Rows, rng: random.Random) -> None:
    del rows[number(rows, rng)[0] :]


def garble_label(rows: Rows, rng: random.Random) -> None:
    row, column = label(rows, rng)
    rows[row][column] = rng.choice(["unknown", "未知", "a\x00b", "household"])


def blank_label(rows: Rows, rng: random.Random) -> None:
    row, column = label(rows, rng)
    rows[row][column] = None


def label(rows: Rows, rng: random.Random) -> tuple[int, int]:
    """A label beside or above a payment."""
    row, _ = number(rows, rng)
    return rng.choice([(row, j) for j, x in enumerate(rows[row]) if isinstance(x, str)])


def wide_number(rows: Rows, rng: random.Random) -> None:
    """The same number as others print it."""
    row, column = number(rows, rng)
    plain = repr(rows[row][column])
    dressed = rng.choice([f"{plain}*", f" {plain} ", f"+{plain}", plain.replace("1", "１")])
    rows[row][column] = dressed


BOTH: tuple[Damage, ...] = (
    text_for_number,
    decimal_comma,
    other_number,
    lost_number,
    endless_number,
    drop_row,
    double_row,
    cut_row,
    shift_row,
    cut_file,
    garble_label,
    blank_label,
    wide_number,
)


def drop_column(rows: Rows, rng: random.Random) -> None:
    column = number(rows, rng)[1]
    for row in rows:
        del row[column : column + 1]


def double_column(rows: Rows, rng: random.Random) -> None:
    column = number(rows, rng)[1]
    for row in rows:
        row[column:column] = row[column : column + 1]


def garble_heading(rows: Rows, rng: random.Random) -> None:
    column = number(rows, rng)[1]
    rows[rng.randrange(HEADS)][column] = rng.choice(["unknown", None, 7.0])


def exchange_headings(rows: Rows, rng: random.Random) -> None:
    one, two = rng.sample(range(HEADS, len(rows[0])), 2)
    for row in rows[:HEADS]:
        row[one], row[two] = row[two], row[one]


def headings_again(rows: Rows, rng: random.Random) -> None:
    row = number(rows, rng)[0]
    rows[row:row] = [list(head) for head in rows[:HEADS]]


def headings_only(rows: Rows, rng: random.Random) -> None:
    del rows[HEADS:]


def stray_number(rows: Rows, rng: random.Random) -> None:
    rows += [[]] * rng.choice([2, 300])
    rows.append([*[None] * rng.choice([20, 400]), 7.5])


def stray_note(rows: Rows, rng: random.Random) -> None:
    rows += [[]] * rng.choice([2, 300])
    rows.append([*[None] * rng.choice([0, 20, 400]), "checked"])


def right_totals(rows: Rows, rng: random.Random) -> None:
    rows[:] = square(totals=rng.choice(["Total", "合 计", "Somme"]))


def wrong_totals(rows: Rows, rng: random.Random) -> None:
    rows[:] = square(totals="Total")
    column = rng.choice([j for j, x in enumerate(rows[-1]) if isinstance(x, float)])
    rows[-1][column] = rng.choice([1.0, rows[-1][column] * 1.1])  # type: ignore[operator]


def unknown_totals(rows: Rows, rng: random.Random) -> None:
    rows[:] = square(totals=rng.choice(["Gesamtbetrag", "whole", "kaikki"]))
    rows[-1][0], rows[-1][2] = rng.choice([(None, rows[-1][0]), (rows[-1][0], rows[-1][0])])


def turned(rows: Rows, rng: random.Random) -> None:
    rows[:] = square(MINE.transpose())


SQUARE: tuple[Damage, ...] = (
    *BOTH,
    drop_column,
    double_column,
    garble_heading,
    exchange_headings,
    headings_again,
    headings_only,
    stray_number,
    stray_note,
    right_totals,
    wrong_totals,
    unknown_totals,
    turned,
)


def write_square(path: Path, rows: Rows) -> None:
    if path.suffix == ".csv":
        path.write_text(text(rows), encoding="utf-8")
    else:
        clean = [["".join(x.split("\0")) if isinstance(x, str) else x for x in r] for r in rows]
        book(path, SAM=clean)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("damage", SQUARE)
@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_square_tables(tmp_path: Path, damage: Damage, suffix: str, seed: int) -> None:
    rows = square()
    damage(rows, random.Random(seed))
    path = tmp_path / f"sam{suffix}"
    write_square(path, rows)
    right_refused_or_found(path)


def other_heading(rows: Rows, rng: random.Random) -> None:
    rows[0][rng.randrange(len(rows[0]))] = rng.choice(["", "x", "row"])


def spaced_value(rows: Rows, rng: random.Random) -> None:
    row, column = number(rows, rng)
    rows[row][column] = " "


def several_units(rows: Rows, rng: random.Random) -> None:
    for row in rows[1:]:
        row.append(rng.choice(["t", "kg"]))
    rows[0].append("unit")
    rows[1][-1], rows[2][-1] = "t", "kg"


LONG: tuple[Damage, ...] = (*BOTH, other_heading, spaced_value, several_units)


@pytest.mark.parametrize("damage", LONG)
@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_long_tables(tmp_path: Path, damage: Damage, seed: int) -> None:
    rows: Rows = [list(COLUMNS), *MINE.frame.to_numpy().tolist()]
    damage(rows, random.Random(seed))
    path = tmp_path / "sam.csv"
    path.write_text(text(rows), encoding="utf-8")
    right_refused_or_found(path)


@pytest.mark.parametrize(
    "damage", [d for d in LONG if d not in (cut_row, shift_row, headings_again)]
)
@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_parquet_tables(tmp_path: Path, damage: Damage, seed: int) -> None:
    rows: Rows = [list(COLUMNS), *MINE.frame.to_numpy().tolist()]
    damage(rows, random.Random(seed))
    columns = {
        str(name): pa.array([str(x) if isinstance(rows[1][k], str) and x else x for x in column])
        if all(isinstance(x, float) for x in column)
        else pa.array([None if x is None else str(x) for x in column])
        for k, (name, column) in enumerate(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    }
    path = tmp_path / "sam.parquet"
    pq.write_table(pa.table(columns), path)
    right_refused_or_found(path)


@pytest.mark.parametrize("name", ["sam.csv", "sam.csv.gz", "sam.xlsx", "sam.parquet"])
@pytest.mark.parametrize("seed", range(16))
def test_files_cut_or_with_a_wrong_byte(tmp_path: Path, name: str, seed: int) -> None:
    path, rng = tmp_path / name, random.Random(seed)
    MINE.write(path, "long" if seed % 2 or name == "sam.parquet" else "square")
    raw = bytearray(path.read_bytes())
    place = rng.randrange(len(raw))
    if seed < 8:
        del raw[place:]
    else:
        raw[place] ^= rng.randrange(1, 256)
    path.write_bytes(raw)
    right_refused_or_found(path)


def right_refused_or_found(path: Path) -> None:
    try:
        found = SAM.read(path, strict=False)
    except (SourceError, SAMError) as error:
        message = str(error)
        assert path.name in message
        assert any(word in message for word in ("expected", ";", "Give every")), message
        assert not any(word in message for word in ("np.", "Traceback", "IndexError")), message
        return
    assert is_mine(found) or run_checks(found).errors


def is_mine(found: SAM) -> bool:
    one, two = (sam.matrix() for sam in (found, MINE))
    if set(one.index) != set(two.index):
        return False
    same: pd.DataFrame = one.loc[two.index, two.columns]
    return bool(np.allclose(same, two, rtol=1e-9, atol=0.0))
