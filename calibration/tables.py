"""Assumption tables: CSV files with one value a row, its source and its quality.

Every row is checked by a pydantic model. An error names the file, the line, the entry, what was
found and what to do, so that a table can be repaired without reading code.

A table that a user gives may hold single rows: they are laid over the project's table, where each
takes the place of the rows that speak of the same thing (``Row.replaces``).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

import pandas as pd
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from calibration.errors import CalibrationError, unknown
from sam.concordance import load_sectors
from sam.paths import undecodable_line, why_unreadable
from sam.separated import WANTED, csv_rows

DATA = Path(__file__).parent / "data"
"""Folder of the default assumption tables."""

Quality = Literal["published", "recalled", "derived", "assumed"]
"""As printed by the source, so printed but typed from memory, computed from what is printed, or our
own judgement (``sam.dataset.QUALITIES``)."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?inf|nan")


class Row(BaseModel):
    """One value of an assumption table, with where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    value: float
    source: str = Field(min_length=1)
    quality: Quality

    @field_validator("*", mode="before")
    @classmethod
    def _check_number(cls, found: Any, field: ValidationInfo) -> Any:
        """Text is a number where it is written in plain decimals: ``2_5`` may be 2.5 or 25."""
        wanted = cls.model_fields[str(field.field_name)].annotation
        is_text = wanted in (int, float) and isinstance(found, str)
        if is_text and not _NUMBER.fullmatch(found.strip()):
            raise ValueError("give a number in plain decimals, such as 0.25")
        return found

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        """Fields that say what the value is about; no two rows of a table agree in all of them."""
        return tuple(name for name in cls.model_fields if name not in Row.model_fields)

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Columns of the table: what a value is about, the value, its source and quality."""
        own = [name for name in cls.model_fields if name not in Row.model_fields]
        return (*own, *Row.model_fields)

    @classmethod
    def in_order(cls, rows: Sequence[Self]) -> list[Self]:
        """The rows in an order that depends on what they say alone, not on their lines."""
        return sorted(rows, key=lambda row: [getattr(row, key) for key in cls.key_fields()])

    def replaces(self, other: Self) -> bool:
        """Whether this row, laid over a table, takes the place of a row that is there."""
        return all(getattr(self, key) == getattr(other, key) for key in self.key_fields())

    @property
    def content(self) -> list[object]:
        """Labels and numbers: all but the words on where they come from."""
        words = ("source", "quality")
        return [getattr(self, name) for name in self.columns() if name not in words]

    @property
    def entry(self) -> str:
        """What the value is about, in words for a message."""
        return " ".join(filter(None, (str(getattr(self, key)) for key in self.key_fields())))


AnyRow = TypeVar("AnyRow", bound=Row)


@dataclass(frozen=True)
class Rows:
    """Rows of a table that stand in a program or a scenario, not in a file.

    Attributes:
        name: what they are called in messages.
        entries: what each says, by column.
    """

    name: str
    entries: tuple[Mapping[str, Any], ...]

    def __str__(self) -> str:
        return self.name


Table = str | Path | Rows
"""A table that is given: a CSV file, or rows."""


def table_frame(rows: Sequence[Row]) -> pd.DataFrame:
    """A table with one line per value, with sources and qualities."""
    columns = list(rows[0].columns())
    return pd.DataFrame([row.model_dump() for row in rows], columns=columns)


def table_text(rows: Sequence[Row]) -> str:
    """A table as the text of a CSV file; read back, it gives equal rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    columns = rows[0].columns()
    writer.writerow(columns)
    writer.writerows([getattr(row, name) for name in columns] for row in rows)
    return text.getvalue()


def known_sectors(further: Iterable[str] = ()) -> frozenset[str]:
    """Sector codes that a table may name.

    Arguments:
        further: sector codes of a dataset beyond the 40 of this project.
    """
    return frozenset((*load_sectors()["code"], *further))


def check_sector(sector: str, known: Iterable[str]) -> None:
    """Assert that a sector is known.

    Raises:
        ValueError: it is not.
    """
    if sector not in known:
        raise ValueError(unknown("sector", sector, sorted(known)))


def table_rows(
    name: str,
    path: Table | None,
    row: type[AnyRow],
    error: type[CalibrationError],
    check: Callable[[AnyRow], None] | None = None,
    *,
    whole: bool = False,
) -> tuple[AnyRow, ...]:
    """A table of the project, with the rows of a given file laid over it.

    Arguments:
        name: name of the table.
        path: CSV file with the columns of the table, or rows; None for the table as it is.
        row: pydantic model of one row.
        error: class of the error to raise.
        check: further check of one row, which raises ValueError with what is wrong.
        whole: the file is the whole table, not rows to be laid over it.

    Returns:
        What is left of the project's rows, and after them those of the file.

    Raises:
        CalibrationError: as for ``read_rows``.
    """
    given = [] if path is None else given_rows(path, row, error, check)
    if given and whole:
        return tuple(given)
    own = read_rows(DATA / f"{name}.csv", row, error, check)
    kept = [each for each in own if not any(new.replaces(each) for new in given)]
    return (*kept, *given)


def source_of(name: str, path: Table | None) -> str:
    """The file that rows of a table come from, for messages."""
    return str(DATA / f"{name}.csv" if path is None else path)


def given_rows(
    table: Table,
    row: type[AnyRow],
    error: type[CalibrationError],
    check: Callable[[AnyRow], None] | None = None,
) -> list[AnyRow]:
    """Check a table that is a file, or rows of a program.

    Raises:
        CalibrationError: as for ``read_rows``; of rows, ``place`` says which one.
    """
    if not isinstance(table, Rows):
        return read_rows(Path(table), row, error, check)
    rows: dict[int, AnyRow] = {}  # by place
    for k, entries in enumerate(table.entries):
        try:
            _check_entries(f"{table}[{k}]", entries, row, error)
            rows[k] = _checked(f"{table}[{k}]", entries, row, error, check)
            _check_unique(f"{table}, rows", rows, error)
        except CalibrationError as wrong:
            wrong.place = table.name, k
            raise
    return list(rows.values())


def _check_entries(
    place: str, entries: Mapping[str, Any], row: type[Row], error: type[CalibrationError]
) -> None:
    """Assert that entries are about columns of their table."""
    for column in entries:
        if column not in row.columns():
            raise error(f"{place}: {unknown('column', column, row.columns())}")


def read_rows(
    path: Path,
    row: type[AnyRow],
    error: type[CalibrationError],
    check: Callable[[AnyRow], None] | None = None,
) -> list[AnyRow]:
    """Read and check a table.

    Arguments:
        path: CSV file whose header names the fields of ``row``.
        row: pydantic model of one row.
        error: class of the error to raise.
        check: further check of one row, which raises ValueError with what is wrong.

    Raises:
        CalibrationError: as ``error``: the file cannot be read or is empty, a column is missing or
            unknown, a row is wrong, or two rows give the same value; names file, line, entry, what
            was found and what to do.
    """
    if why := why_unreadable(path):
        raise error(f"{path}: {why}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as cause:
        line = undecodable_line(cause)
        raise error(f"{path}, line {line}: is no UTF-8; save the table as CSV in UTF-8") from None
    except OSError as cause:
        raise error(f"{path}: cannot be read ({cause}); give the path of a CSV file") from None
    lines = csv_rows(text, lambda line, why: error(f"{path}, line {line}: {why}; write {WANTED}"))
    _, header = next(lines, (1, []))
    _check_header(path, header, row, error)
    rows: dict[int, AnyRow] = {}  # by line
    for line, cells in lines:
        if any(cells):
            rows[line] = _parse(f"{path}, line {line}", header, cells, row, error, check)
    if not rows:
        raise error(f"{path}: has no rows; start from the table in {DATA}")
    _check_unique(f"{path}, lines", rows, error)
    return list(rows.values())


def _check_header(
    path: Path, header: Sequence[str], row: type[Row], error: type[CalibrationError]
) -> None:
    known = row.columns()
    missing = [
        name for name in known if row.model_fields[name].is_required() and name not in header
    ]
    others = [name for name in header if name not in known]
    twice = [name for name, count in Counter(header).items() if count > 1]
    wrong = {"missing": missing, "unknown": others, "given twice": twice}
    if any(wrong.values()):
        told = ", ".join(f"{what} {_listed(names)}" for what, names in wrong.items())
        raise error(f"{path}: the columns must be {', '.join(known)}, separated by commas; {told}")


def _listed(names: Sequence[str]) -> str:
    """Names of columns for a message, not longer than a line or two."""
    return ", ".join(name or "one without a name" for name in names)[:200] or "none"


def _parse(
    place: str,
    header: Sequence[str],
    cells: Sequence[str],
    row: type[AnyRow],
    error: type[CalibrationError],
    check: Callable[[AnyRow], None] | None,
) -> AnyRow:
    if len(cells) != len(header):
        raise error(
            f"{place}: has {len(cells)} cells, the header has {len(header)}; leave unused cells "
            "empty and put text that contains a comma in double quotes"
        )
    return _checked(place, dict(zip(header, cells, strict=True)), row, error, check)


def _checked(
    place: str,
    entries: Mapping[str, Any],
    row: type[AnyRow],
    error: type[CalibrationError],
    check: Callable[[AnyRow], None] | None,
) -> AnyRow:
    about = " ".join(filter(None, (str(entries.get(key, "")).strip() for key in row.key_fields())))
    try:
        parsed = row.model_validate(entries)
        if check is not None:
            check(parsed)
    except ValidationError as cause:
        raise error(f"{place}, {about}: {explain(cause)}; correct this row") from None
    except ValueError as cause:
        raise error(f"{place}, {about}: {cause}; correct this row") from None
    return parsed


def explain(cause: ValidationError) -> str:
    """The first finding of a validation, with the field and what it holds."""
    first = cause.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:  # the row as a whole: the message says it all
        return message
    found: Any = first["input"]
    return f"{first['loc'][0]} is {found!r}: {message}"


def _check_unique(place: str, rows: dict[int, AnyRow], error: type[CalibrationError]) -> None:
    """Assert that no two rows are about the same.

    Arguments:
        place: what numbers of rows follow in a message.
        rows: rows by number.
        error: class of the error to raise.
    """
    seen: dict[tuple[object, ...], int] = {}
    for line, row in rows.items():
        key = tuple(getattr(row, name) for name in row.key_fields())
        if key in seen:
            raise error(
                f"{place} {seen[key]} and {line}: {row.entry} is given twice "
                f"({rows[seen[key]].value:.12g} and {row.value:.12g}); keep one row"
            )
        seen[key] = line
