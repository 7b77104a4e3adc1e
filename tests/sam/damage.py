"""What may happen to a table: small accidents, each at a place of chance.

Rows are lists of cells; payments are floats, labels text.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from tests.sam.islands import Rows, book, text

Damage = Callable[[Rows, random.Random], None]


def number(rows: Rows, rng: random.Random) -> tuple[int, int]:
    """A payment of the table that is not zero."""
    return rng.choice(
        [(i, j) for i, row in enumerate(rows) for j, x in enumerate(row) if isinstance(x, float)]
    )


def label(rows: Rows, rng: random.Random) -> tuple[int, int]:
    """A label beside or above a payment."""
    row, _ = number(rows, rng)
    return rng.choice([(row, j) for j, x in enumerate(rows[row]) if isinstance(x, str)])


def heads(rows: Rows) -> int:
    """Rows above the first payment."""
    return next(k for k, row in enumerate(rows) if any(isinstance(x, float) for x in row))


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
    rows[heads(rows) - 1][column] = rng.choice(["unknown", None, 7.0])


def garble_group(rows: Rows, rng: random.Random) -> None:
    column = number(rows, rng)[1]
    head = rows[rng.randrange(heads(rows))]
    head += [None] * (column + 1 - len(head))
    head[column] = rng.choice(["unknown", None, 7.0])


def exchange_headings(rows: Rows, rng: random.Random) -> None:
    top = heads(rows)
    one, two = rng.sample([j for j, x in enumerate(rows[top - 1]) if isinstance(x, str)][-8:], 2)
    for row in rows[:top]:
        if len(row) > max(one, two):
            row[one], row[two] = row[two], row[one]


def exchange_rows(rows: Rows, rng: random.Random) -> None:
    one, two = (number(rows, rng)[0] for _ in range(2))
    rows[one], rows[two] = rows[two], rows[one]


def headings_again(rows: Rows, rng: random.Random) -> None:
    row = number(rows, rng)[0]
    rows[row:row] = [list(head) for head in rows[: heads(rows)]]


def headings_only(rows: Rows, rng: random.Random) -> None:
    del rows[heads(rows) :]


def stray_number(rows: Rows, rng: random.Random) -> None:
    rows += [[]] * rng.choice([2, 300])
    rows.append([*[None] * rng.choice([20, 400]), 7.5])


def stray_note(rows: Rows, rng: random.Random) -> None:
    rows += [[]] * rng.choice([2, 300])
    rows.append([*[None] * rng.choice([0, 20, 400]), "checked"])


def add_totals(rows: Rows, name: str) -> tuple[int, int]:
    """A row and a column of totals; the place of the row's name and that of its first number."""
    top = heads(rows)
    width = max(map(len, rows))
    left = min(j for row in rows[top:] for j, x in enumerate(row) if isinstance(x, float))
    for row in rows:
        row += [None] * (width - len(row))
    body = [[x if isinstance(x, float) else 0.0 for x in row[left:]] for row in rows[top:]]
    for row, line in zip(rows[top:], body, strict=True):
        row.append(sum(line))
    for row in rows[:top]:
        row.append(None)
    rows[top - 1][-1] = name
    sums = [sum(column) for column in zip(*body, strict=True)]
    rows.append([name, *[None] * (left - 1), *sums, sum(sums)])
    return left - 1, left


def right_totals(rows: Rows, rng: random.Random) -> None:
    add_totals(rows, rng.choice(["Total", "合 计", "Somme"]))


def wrong_totals(rows: Rows, rng: random.Random) -> None:
    _, left = add_totals(rows, "Total")
    column = rng.randrange(left, len(rows[-1]) - 1)
    rows[-1][column] = rng.choice([1.0, rows[-1][column] * 1.1])  # type: ignore[operator]


def wrong_column_of_totals(rows: Rows, rng: random.Random) -> None:
    top = heads(rows)
    add_totals(rows, "Total")
    row = rows[rng.randrange(top, len(rows) - 1)]
    row[-1] += rng.choice([10.0, -1.0, 100.0])  # type: ignore[operator]


def unknown_totals(rows: Rows, rng: random.Random) -> None:
    name, _ = add_totals(rows, rng.choice(["Gesamtbetrag", "whole", "kaikki"]))
    rows[-1][0], rows[-1][name] = rng.choice([(None, rows[-1][0]), (rows[-1][0], rows[-1][0])])


def wrong_differences(rows: Rows, rng: random.Random) -> None:
    top = heads(rows)
    for row in rows:
        row.append(None)
    rows[top - 1][-1] = "Difference"
    for row in rows[top:]:
        row[-1] = 0.0
    rows[number(rows, rng)[0]][-1] = 50.0


def turned(rows: Rows, rng: random.Random) -> None:
    """Payers receive and receivers pay."""
    top = heads(rows)
    left = min(j for row in rows[top:] for j, x in enumerate(row) if isinstance(x, float))
    body = [row[left:] for row in rows[top:]]
    for row, line in zip(rows[top:], zip(*body, strict=True), strict=True):
        row[left:] = list(line)


SQUARE: tuple[Damage, ...] = (
    *BOTH,
    drop_column,
    double_column,
    garble_heading,
    garble_group,
    exchange_headings,
    exchange_rows,
    headings_again,
    headings_only,
    stray_number,
    stray_note,
    right_totals,
    wrong_totals,
    wrong_column_of_totals,
    unknown_totals,
    wrong_differences,
    turned,
)
"""What may happen to a square table."""


def write(path: Path, rows: Rows) -> None:
    """The rows as a CSV file or a workbook, which cannot hold all signs."""
    if path.suffix == ".csv":
        path.write_text(text(rows), encoding="utf-8")
    else:
        clean = [["".join(x.split("\0")) if isinstance(x, str) else x for x in r] for r in rows]
        book(path, SAM=clean)
