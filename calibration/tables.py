"""Reading of assumption tables: CSV files with one value a row, its source and its quality.

Every row is checked by a pydantic model. An error names the file, the line, the entry, what was
found and what to do, so that a table can be repaired without reading code.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from calibration.errors import CalibrationError

DATA = Path(__file__).parent / "data"
"""Folder of the default assumption tables."""

Quality = Literal["published", "derived", "assumed"]
"""As printed by the source, computed from what it prints, or our own judgement."""


class Row(BaseModel):
    """One value of an assumption table, with where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    value: float
    source: str = Field(min_length=1)
    quality: Quality

    @classmethod
    def key_fields(cls) -> tuple[str, ...]:
        """Fields that say what the value is about; no two rows of a table agree in all of them."""
        return tuple(name for name in cls.model_fields if name not in Row.model_fields)

    @property
    def entry(self) -> str:
        """What the value is about, in words for a message."""
        return " ".join(filter(None, (str(getattr(self, key)) for key in self.key_fields())))


AnyRow = TypeVar("AnyRow", bound=Row)


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
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise error(f"{path}: cannot be read ({cause}); give the path of a CSV file") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    header = next(reader, [])
    _check_header(path, header, row, error)
    rows: dict[int, AnyRow] = {}  # by line
    for cells in reader:
        if any(cells):
            place = f"{path}, line {reader.line_num}"
            rows[reader.line_num] = _parse(place, header, cells, row, error, check)
    if not rows:
        raise error(f"{path}: has no rows; start from the table in {DATA}")
    _check_unique(path, rows, error)
    return list(rows.values())


def _check_header(
    path: Path, header: Sequence[str], row: type[Row], error: type[CalibrationError]
) -> None:
    known = [*row.key_fields(), *Row.model_fields]
    missing = [
        name for name in known if row.model_fields[name].is_required() and name not in header
    ]
    unknown = [name for name in header if name not in known]
    if missing or unknown or len(set(header)) < len(header):
        raise error(
            f"{path}: the columns must be {', '.join(known)}, separated by commas; missing "
            f"{', '.join(missing) or 'none'}, unknown {', '.join(unknown) or 'none'}"
        )


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
    entries = dict(zip(header, cells, strict=True))
    about = " ".join(filter(None, (entries.get(key, "").strip() for key in row.key_fields())))
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


def _check_unique(path: Path, rows: dict[int, AnyRow], error: type[CalibrationError]) -> None:
    seen: dict[tuple[object, ...], int] = {}
    for line, row in rows.items():
        key = tuple(getattr(row, name) for name in row.key_fields())
        if key in seen:
            raise error(
                f"{path}, lines {seen[key]} and {line}: {row.entry} is given twice "
                f"({rows[seen[key]].value:g} and {row.value:g}); keep one row"
            )
        seen[key] = line
