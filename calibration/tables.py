"""Reading of assumption tables: CSV files with one value a row, its source and its quality.

Every row is checked by a pydantic model. An error names the file, the line, the entry, the value
found and what to do, so that a table can be repaired without reading code.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from calibration.errors import CalibrationError

DATA = Path(__file__).parent / "data"
"""Folder of the default assumption tables."""

Quality = Literal["published", "derived", "assumed"]
"""As printed by the source, computed from what it prints, or our own judgement."""


class Row(BaseModel):
    """One value of an assumption table, with where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    value: float
    source: str
    quality: Quality


AnyRow = TypeVar("AnyRow", bound=Row)


def read_rows(path: Path, row: type[AnyRow], error: type[CalibrationError]) -> list[AnyRow]:
    """Read and check a table.

    Arguments:
        path: CSV file whose header names the fields of ``row``.
        row: pydantic model of one row.
        error: class of the error to raise.

    Raises:
        CalibrationError: as ``error``: the file cannot be read or is empty, a column is missing or
            unknown, or a row is wrong; names file, line, entry, value and remedy.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as cause:
        raise error(f"{path}: cannot be read ({cause}); give the path of a CSV file") from None
    reader = csv.DictReader(text.splitlines())
    required = [name for name, field in row.model_fields.items() if field.is_required()]
    _check_header(path, reader.fieldnames, required, list(row.model_fields), error)
    rows = [_parse(path, line, cells, row, error) for line, cells in enumerate(reader, start=2)]
    if not rows:
        raise error(f"{path}: has no rows; start from the table in {DATA}")
    return rows


def _check_header(
    path: Path,
    found: object,
    required: list[str],
    known: list[str],
    error: type[CalibrationError],
) -> None:
    header = list(found) if isinstance(found, list) else []
    missing = [name for name in required if name not in header]
    unknown = [name for name in header if name not in known]
    if missing or unknown:
        raise error(
            f"{path}: columns missing {missing}, unknown {unknown}; the columns are {known}"
        )


def _parse(
    path: Path,
    line: int,
    cells: dict[str, str | None],
    row: type[AnyRow],
    error: type[CalibrationError],
) -> AnyRow:
    try:
        return row.model_validate(cells)
    except ValidationError as cause:
        first = cause.errors()[0]
        field = str(first["loc"][0]) if first["loc"] else "row"
        keys = [value for name, value in cells.items() if value and name in _key_fields(row)]
        message = first["msg"].removeprefix("Value error, ")
        raise error(
            f"{path}, line {line}, {' '.join(keys) or 'row without a name'}: {field} is "
            f"{cells.get(field, '')!r}: {message}; correct this row"
        ) from None


def _key_fields(row: type[Row]) -> list[str]:
    return [name for name in row.model_fields if name not in Row.model_fields]
