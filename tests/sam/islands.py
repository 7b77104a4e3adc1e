"""A small economy, and the tables in which people publish such a one."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from sam import SAM
from sam.matrix import from_payments
from sam.matrix.square import square_rows

Rows = list[list[object]]

PAYMENTS = (
    ("commodity", "fish", "activity", "boats", 20.25),
    ("commodity", "fish", "activity", "inns", 30.5),
    ("commodity", "beds", "activity", "inns", 5.25),
    ("activity", "boats", "commodity", "fish", 140.75),
    ("activity", "inns", "commodity", "beds", 90.5),
    ("row", "abroad", "commodity", "fish", 15.25),
    ("tax", "duty", "commodity", "fish", 4.75),
    ("factor", "work", "activity", "boats", 80.25),
    ("factor", "work", "activity", "inns", 40.0),
    ("factor", "land", "activity", "boats", 40.25),
    ("factor", "land", "activity", "inns", 14.75),
    ("household", "people", "factor", "work", 120.25),
    ("household", "people", "factor", "land", 55.0),
    ("government", "council", "tax", "duty", 4.75),
    ("government", "council", "household", "people", 10.25),
    ("commodity", "fish", "household", "people", 70.0),
    ("commodity", "beds", "household", "people", 60.0),
    ("commodity", "beds", "government", "council", 15.0),
    ("investment", "bank", "household", "people", 35.0),
    ("investment", "bank", "row", "abroad", 5.0),
    ("commodity", "fish", "investment", "bank", 40.0),
    ("commodity", "beds", "row", "abroad", 10.25),
)
"""Receiver, payer and amount, million."""


def island() -> SAM:
    """Fishers and innkeepers, who sell to each other, to the people and abroad."""
    return from_payments([("I", *p[:2], "I", *p[2:4], p[4]) for p in PAYMENTS], "million")


def square(sam: SAM | None = None, *, totals: str | None = None) -> Rows:
    """The square sheet of a SAM, with a row and a column of totals if they are named."""
    sam = island() if sam is None else sam
    rows = [list(row) for row in square_rows(sam.matrix(), sam.unit)]
    if totals is not None:
        matrix = sam.matrix().to_numpy()
        rows[0].append(None)
        rows[1].append(None)
        rows[2].append(totals)
        for row, total in zip(rows[3:], matrix.sum(axis=1).tolist(), strict=True):
            row.append(total)
        rows.append([totals, None, None, *matrix.sum(axis=0).tolist(), float(matrix.sum())])
    return rows


def book(path: Path, **pages: Rows) -> openpyxl.Workbook:
    """Write a workbook of these sheets, and give it for changes."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in pages.items():
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
    made.save(path)
    return made


def text(rows: Rows) -> str:
    """The same rows as CSV."""
    return "".join(",".join("" if c is None else str(c) for c in row) + "\n" for row in rows)
