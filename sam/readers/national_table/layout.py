"""Layout of national input-output tables: any number of sectors, codes, labels, and origins.

A row of column codes and a column of row codes frame the table. Sectors have numbers (``001`` to
``153``, five digits in some years, text or number), final uses and value added the mnemonics of the
provincial tables (``FU101``, ``VA001``). Above the codes stand titles, units and headings, or
nothing; left of them labels in Chinese, in English, or both.

Either imports have a column of their own (competitive), or each sector has two rows, one of its
domestic and one of its imported product, and a label says which (``Domestic``, ``Imports``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sam.readers.io_table.layout import (
    COLUMNS,
    HEADER_ROWS,
    ROWS,
    bare_label,
    code_column,
    code_of,
    refuse_repeats,
)
from sam.readers.text import normalise
from sam.readers.workbook import Cell, Sheet

PARTS = {"TC": ("THC", "FU103"), "THC": ("FU101", "FU102"), "GCF": ("FU201", "FU202")}
"""Columns of final use that are sums of others."""

DOMESTIC, IMPORTS = "domestic", "imports"

_ORIGINS = {DOMESTIC: ("domestic", "国内"), IMPORTS: ("import", "进口")}
"""How a label begins that says where the product of a row is from."""

_HAN = re.compile("[\u4e00-\u9fff]")

_Place = tuple[str, str]
"""A row code and the origin of the row's product, empty where the row is of both."""


class Label(NamedTuple):
    """What a row is called; empty in a language that the table does not print."""

    chinese: str
    english: str


@dataclass(frozen=True)
class NationalFrame:
    """Where a national table stands on its sheet.

    Attributes:
        code_row: row of the column codes.
        code_column: column of the row codes.
        columns: column of each sector and of each of ``COLUMNS`` that the table has.
        rows: row of each sector (of its domestic product, where there are two) and of each of
            ``ROWS``.
        imported: row of each sector's imported product; empty where imports are a column.
        labels: of each sector, in the order of the columns.
        uses: the columns of final use that the table has and that are not sums of others.
    """

    code_row: int
    code_column: int
    columns: Mapping[str, int]
    rows: Mapping[str, int]
    imported: Mapping[str, int]
    labels: Mapping[str, Label]
    uses: tuple[str, ...]


def find_national_frame(sheet: Sheet) -> NationalFrame:
    """Find the table on a sheet and confirm its labels.

    Raises:
        SourceError: codes or labels are missing, repeated, or do not belong together.
    """
    code_row = national_code_row(sheet)
    if code_row is None:
        top = range(min(sheet.height, HEADER_ROWS))
        expected = "column codes of sectors (001, 002 ...), EX and GO"
        raise sheet.error(top, None, "no row of column codes", expected)
    columns, sectors = _find_columns(sheet, code_row)
    below, before = range(code_row + 1, sheet.height), min(columns.values())
    known = {*sectors, *ROWS}
    column = code_column(sheet, below, before, known, "national table", len(known) // 2)
    places = _find_rows(sheet, below, column, before, known)
    rows, imported = _by_origin(sheet, column, places, sectors)
    frame = NationalFrame(
        code_row,
        column,
        {sectors.get(code, code): place for code, place in columns.items()},
        rows,
        imported,
        {code: _label(sheet, rows[code], column, before) for code in sectors.values()},
        _final_uses(sheet, code_row, columns),
    )
    _confirm_rows(sheet, frame)
    _confirm_headings(sheet, frame)
    return frame


def national_code_row(sheet: Sheet) -> int | None:
    """The first row with codes of sectors, exports and output, none if no row has them."""
    for row in range(min(sheet.height, HEADER_ROWS)):
        codes = [code_of(cell) for cell in sheet.cells[row]]
        if {"EX", "GO"} <= set(codes) and any(map(_is_number, codes)):
            return row
    return None


def _is_number(code: str | None) -> bool:
    return code is not None and code.isdecimal()


def _find_columns(sheet: Sheet, code_row: int) -> tuple[dict[str, int], dict[str, str]]:
    """The column of each code, and the codes of sectors with their leading zeros."""
    codes = [code_of(cell) for cell in sheet.cells[code_row]]
    last = max(codes.index(code) for code in COLUMNS if code in codes)
    wanted = [code for code in codes[: last + 1] if code in COLUMNS or _is_number(code)]
    columns = {code: codes.index(code) for code in wanted if code is not None}
    refuse_repeats(sheet, code_row, codes[: last + 1], columns)
    for code in ("OF", "IF"):
        if code in columns:
            expected = "no trade with other provinces; read_io_table reads a province's table"
            raise sheet.error(code_row, columns[code], f"column code {code}", expected)
    sectors = [code for code in columns if code not in COLUMNS]
    if not sectors:
        expected = "codes of sectors (001, 002 ...) left of it"
        raise sheet.error(code_row, last, f"column code {codes[last]}", expected)
    width = max(len(_digits(sheet.cell(code_row, columns[code]))) for code in sectors)
    return columns, {code: code.zfill(width) for code in sectors}


def _digits(code: Cell) -> str:
    return str(int(code)) if isinstance(code, float) else normalise(code or "")


def _find_rows(
    sheet: Sheet, below: range, column: int, before: int, known: set[str]
) -> dict[_Place, int]:
    """The row of each code and origin; scratch below the last is ignored."""
    codes = {row: code_of(sheet.cell(row, column)) for row in below}
    last = max(row for row, code in codes.items() if code in known)
    labels = [sheet.filled_down(k) for k in range(before)]
    places: dict[_Place, int] = {}
    for row, code in codes.items():
        if row > last or code is None or not (code in ROWS or _is_number(code)):
            continue
        if code not in known:
            raise sheet.error(row, column, f"row code {code}", "a sector that has a column")
        place = code, "" if code in ROWS else _origin([column[row] for column in labels])
        if place in places:
            expected = f"it once, or once of each origin (row {places[place] + 1})"
            raise sheet.error(row, column, f"row code {code} again", expected)
        places[place] = row
    return places


def _by_origin(
    sheet: Sheet, column: int, places: Mapping[_Place, int], sectors: Mapping[str, str]
) -> tuple[dict[str, int], dict[str, int]]:
    """Rows of a competitive table, or of domestic and of imported products."""
    split = any(origin for _, origin in places)
    own = {code: (code, DOMESTIC if split else "") for code in sectors}
    own |= {code: (code, "") for code in ROWS}
    imported = {code: (code, IMPORTS) for code in sectors if split}
    missing = [place for place in (*own.values(), *imported.values()) if place not in places]
    if missing:
        named = [" ".join(place).strip() for place in missing]
        expected = f"a row of every sector (of each origin) and of {', '.join(ROWS)}"
        raise sheet.error(max(places.values()), column, f"no row code {named}", expected)
    return (
        {sectors.get(code, code): places[place] for code, place in own.items()},
        {sectors[code]: places[place] for code, place in imported.items()},
    )


def _origin(labels: Sequence[str]) -> str:
    """Where the product of a row is from, as one of its labels says; empty if none does.

    The label may stand beside the first of its rows only.
    """
    return next(filter(None, map(_origin_of, labels)), "")


def _origin_of(label: str) -> str:
    words = label.lower()
    return next((name for name, begins in _ORIGINS.items() if words.startswith(begins)), "")


def _label(sheet: Sheet, row: int, code_column: int, before: int) -> Label:
    """The labels of a row that stand nearest to the table."""
    chinese = english = ""
    for column in range(before):
        text = sheet.text(row, column)
        if column == code_column or _origin_of(text):
            continue
        if _HAN.search(text):
            chinese = text
        elif re.search("[A-Za-z]", text):
            english = " ".join(str(sheet.cell(row, column)).split())
    return Label(chinese, english)


def _final_uses(sheet: Sheet, code_row: int, columns: Mapping[str, int]) -> tuple[str, ...]:
    """The finest columns that make consumption and capital formation."""
    uses: list[str] = []
    for whole in ("TC", "GCF"):
        parts = _finest(whole, columns)
        if not parts:
            expected = f"it or its parts {', '.join(PARTS[whole])}"
            raise sheet.error(code_row, None, f"no column code {whole}", expected)
        uses.extend(parts)
    return tuple(uses)


def _finest(whole: str, columns: Mapping[str, int]) -> tuple[str, ...]:
    """The columns that a sum consists of, itself where they are not all there."""
    parts = [_finest(part, columns) for part in PARTS.get(whole, ())]
    if parts and all(parts):
        return tuple(name for part in parts for name in part)
    return (whole,) if whole in columns else ()


def _confirm_rows(sheet: Sheet, frame: NationalFrame) -> None:
    """Every row has a label, totals and value added their own, both origins the same."""
    before = range(min(frame.columns.values()))
    for code, row in frame.rows.items():
        label = _label(sheet, row, frame.code_column, before.stop)
        if code in frame.labels and not any(label):
            raise sheet.error(row, before, None, f"the name of sector {code}")
        if code in ROWS and label.chinese and not _holds(label.chinese, ROWS[code]):
            found = label.chinese
            raise sheet.error(row, before, found, f"{ROWS[code][0]!r} at row code {code}")
    for code, row in frame.imported.items():
        label = _label(sheet, row, frame.code_column, before.stop)
        if label != frame.labels[code]:
            expected = f"{frame.labels[code]} as in row {frame.rows[code] + 1}"
            raise sheet.error(row, before, label, expected)


def _confirm_headings(sheet: Sheet, frame: NationalFrame) -> None:
    """Where headings stand above the codes, those of sectors are the labels of their rows."""
    above = range(frame.code_row)
    texts = {
        code: [text for text in (sheet.label(row, column) for row in above) if text]
        for code, column in frame.columns.items()
    }
    if not any(texts[code] for code in frame.labels):
        return
    chinese = any(_HAN.search(text) for code in frame.labels for text in texts[code])
    for code, found in texts.items():
        if code in frame.labels:
            expected: Sequence[str] = [name for name in frame.labels[code] if name]
            fits = {*map(bare_label, found)} & {*map(bare_label, expected)}
        else:
            expected = COLUMNS[code]
            fits = {text for text in found if _holds(text, expected) or not chinese}
        if not fits:
            what = f"{expected[0]!r} above column code {code}"
            raise sheet.error(above, frame.columns[code], found, what)


def _holds(text: str, words: Sequence[str]) -> bool:
    return any(word in text for word in words)
