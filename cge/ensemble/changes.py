"""What a draw changes: rows of assumption tables, multiplied by a number or set to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from calibration import Assumptions
from calibration.errors import unknown
from calibration.tables import Row
from cge.ensemble.schema import Uncertain
from cge.scenario.errors import Misplaced


def changed(
    tables: Assumptions,
    uncertain: Sequence[Uncertain],
    numbers: Sequence[float],
    *,
    sectors: Iterable[str] = (),
) -> Assumptions:
    """Assumptions at numbers that were drawn, checked as if they had been read from files.

    Arguments:
        tables: assumptions of which factors are factors.
        uncertain: what is drawn.
        numbers: one for each of them.
        sectors: sector codes of a dataset beyond the 40 of this project.

    Raises:
        CalibrationError: a number is out of range for its table; names table, line and entry.
    """
    new: dict[str, list[Row]] = {}
    for each, number in zip(uncertain, numbers, strict=True):
        rows = new.setdefault(each.table, list(tables.tables()[each.table]))
        for k in places(tables, each):
            value = number * rows[k].value if each.how == "factor" else number
            rows[k] = rows[k].model_copy(update={"value": float(value)})
    return tables.with_rows(new, sectors=sectors)


def places(tables: Assumptions, each: Uncertain) -> list[int]:
    """Places of the rows that one number moves.

    Raises:
        Misplaced: a column or a label is not in the table, or no row has all labels.
    """
    rows = tables.tables()[each.table]
    _check_labels(rows, each)
    wanted = {column: _words(label) for column, label in each.where.items()}
    found = [
        k
        for k, row in enumerate(rows)
        if all(_word(getattr(row, column)) in words for column, words in wanted.items())
    ]
    if not found:
        told = ", ".join(f"{column} {'+'.join(words)}" for column, words in wanted.items())
        raise Misplaced(f"no row of table {each.table!r} has {told}; loosen one", "where")
    return found


def check_apart(tables: Assumptions, uncertain: Sequence[Uncertain]) -> None:
    """Assert that no row is moved by two numbers.

    Raises:
        Misplaced: names the two and the row.
    """
    taken: dict[tuple[str, int], Uncertain] = {}
    for n, each in enumerate(uncertain):
        try:
            moved = places(tables, each)
        except Misplaced as error:
            raise Misplaced(str(error), "uncertain", n, *error.keys) from None
        for k in moved:
            other = taken.setdefault((each.table, k), each)
            if other is not each:
                entry = tables.tables()[each.table][k].entry
                raise Misplaced(
                    f"{other.label!r} and {each.label!r} move the same row of table "
                    f"{each.table!r} ({entry}); let one of them name other labels",
                    *("uncertain", n, "where"),
                )


def _check_labels(rows: Sequence[Row], each: Uncertain) -> None:
    columns: Mapping[str, set[str]] = {
        column: {_word(getattr(row, column)) for row in rows} for column in rows[0].key_fields()
    }
    for column, label in each.where.items():
        if column not in columns:
            told = unknown(f"column of table {each.table!r}", column, columns)
            raise Misplaced(told, "where", column)
        for word in _words(label):
            if word not in columns[column]:
                known = sorted(columns[column] - {""})
                told = unknown(f"{column} of table {each.table!r}", word, known)
                raise Misplaced(told, "where", column)


def _words(label: object) -> list[str]:
    return [_word(one) for one in (label if isinstance(label, list) else [label])]


def _word(label: object) -> str:
    """A label as it is compared: 2030 and 2030.0 are the same."""
    return f"{label:g}" if isinstance(label, int | float) else str(label)
