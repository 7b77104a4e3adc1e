"""Damaged copies of SAMs: read right, refused with place and remedy, or found by a check.

What damage cannot be told from a true table (both labels of an account exchanged, every number in
another unit, another payment of an account to itself where no total tells it) is not in the list.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sam import SAM, SAMError, SourceError
from sam.checks import run_checks
from sam.matrix.frames import COLUMNS
from tests.sam import published
from tests.sam.damage import (
    BOTH,
    SQUARE,
    Damage,
    add_totals,
    cut_row,
    headings_again,
    number,
    shift_row,
    write,
)
from tests.sam.islands import Rows, island, square, text

MINE = island()
SEEDS = range(3)
CHECKS = ("orientation", "balance", "negative_cells")
"""What every SAM is held against."""


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("damage", SQUARE)
@pytest.mark.parametrize("seed", SEEDS)
def test_damaged_square_tables(tmp_path: Path, damage: Damage, suffix: str, seed: int) -> None:
    rows = square()
    damage(rows, random.Random(seed))
    path = tmp_path / f"sam{suffix}"
    write(path, rows)
    right_refused_or_found(path)


def kinds_of(names: Mapping[str, str], kinds: Mapping[str, str]) -> dict[str, str]:
    """Kinds by name; of accounts that share one, the first tells."""
    found: dict[str, str] = {}
    for account, name in names.items():
        found.setdefault(name, kinds[account])
    return found


SECTORS = {
    **published.KINDS,
    **dict.fromkeys(("A1", "A2"), "sector"),
    **dict.fromkeys(("MT", "ST"), "product_tax"),
}
FORMS = {
    **{
        form: (published.matrix(names), kinds_of(names, published.KINDS))
        for form, names in published.NAMES.items()
        if form in ("IFPRI", "PEP", "GTAP", "Lofgren", "Chinese")
    },
    "Hosoe": (published.matrix(published.HOSOE, makes=False), kinds_of(published.HOSOE, SECTORS)),
}
"""Tables of names in the forms in which SAMs are published, and what their accounts are."""


def printed(table: pd.DataFrame, rng: random.Random) -> Rows:
    """A table as published: below a title, with totals, or bare."""
    lines = zip(table.index, table.to_numpy().tolist(), strict=True)
    rows: Rows = [
        [None, *table.columns],
        *([name, *(x or None for x in line)] for name, line in lines),
    ]
    if rng.random() < 0.5:
        add_totals(rows, rng.choice(["Total", "合计"]))
    if rng.random() < 0.5:
        rows[:0] = [["SAM of Atlantis (in million crowns)"], []]
    return rows


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
@pytest.mark.parametrize("damage", SQUARE)
@pytest.mark.parametrize("form", FORMS)
def test_damaged_tables_as_published(
    tmp_path: Path, form: str, damage: Damage, suffix: str
) -> None:
    """Some 350 copies."""
    table, kinds = FORMS[form]
    rng = random.Random(f"{form} {damage.__name__} {suffix}")
    rows = printed(table, rng)
    damage(rows, rng)
    path = tmp_path / f"sam{suffix}"
    write(path, rows)
    right_refused_or_found(path, SAM.from_matrix(table, kinds=kinds), kinds)


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


def right_refused_or_found(
    path: Path, expected: SAM = MINE, kinds: Mapping[str, str] | None = None
) -> None:
    try:
        found = SAM.read(path, strict=False, kinds=kinds)
    except (SourceError, SAMError) as error:
        message = str(error)
        assert path.name in message
        assert any(word in message for word in ("expected", ";", "Give every")), message
        assert not any(word in message for word in ("np.", "Traceback", "IndexError")), message
        return
    assert same(found, expected) or run_checks(found, only=CHECKS).errors


def same(found: SAM, expected: SAM) -> bool:
    one, two = (sam.matrix() for sam in (found, expected))
    if set(one.index) != set(two.index):
        return False
    payments: pd.DataFrame = one.loc[two.index, two.columns]
    return bool(np.allclose(payments, two, rtol=1e-9, atol=0.0))
