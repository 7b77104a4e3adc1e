"""Where the lines and fuels of a provincial energy balance stand on its sheet.

The table is found by its labels, in Chinese, English or both: fuels in a band of headings (name,
English name and unit above each other), processes beside the numbers. A table that is too wide for
a page goes on below, under headings of its own, and repeats its lines.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import pandas as pd

from sam.errors import SourceError
from sam.readers.text import normalise, to_number
from sam.readers.units import Unit, find_unit, parse_unit
from sam.readers.workbook import Sheet

_FOLDER = Path(__file__).parent

_NUMBERING = re.compile(r"^(#|其中:?|[一二三四五六七八九十]+[、.]|\d+[、.]?)+")

_CHINESE = re.compile(r"[\u4e00-\u9fff]+")

_SKIPPED = frozenset(
    {"代码", "编号", "行次", "序号", "项目", "类别", "指标", "item", "code", "category"}
)


@cache
def processes() -> pd.DataFrame:
    """Lines of the balance by code: section, parent, role, sign, labels in Chinese and English."""
    return _load("processes.csv")


@cache
def fuels() -> pd.DataFrame:
    """Columns of the balance by code: parent, role, quantity, labels in Chinese and English."""
    return _load("fuels.csv")


def _load(name: str) -> pd.DataFrame:
    table = pd.read_csv(_FOLDER / name, comment="#", keep_default_na=False, index_col="code")
    return table.astype({"sign": float}) if "sign" in table else table


@cache
def _labels(which: str) -> dict[str, list[str]]:
    """Codes by label, Chinese and English."""
    table = processes() if which == "process" else fuels()
    found: dict[str, list[str]] = {}
    for code, line in table.iterrows():
        for label in (*str(line["zh"]).split("|"), *str(line["en"]).split("|")):
            codes = found.setdefault(_keys(label)[0], [])
            if code not in codes:
                codes.append(str(code))
    return found


def _keys(text: str) -> list[str]:
    """The Chinese and the English part of a label, those that it has."""
    return [part for part in _parts(text) if part] or [""]


def _parts(text: str) -> tuple[str, str]:
    """A label without numbering, remarks in parentheses and punctuation: Chinese, English."""
    bare = re.sub(r"\([^()]*\)", "", normalise(text))
    bare = _NUMBERING.sub("", bare)
    return "".join(_CHINESE.findall(bare)), "".join(re.findall("[a-z]+", bare.lower()))


@cache
def codes_of(which: str, text: str) -> tuple[str, ...]:
    """Codes of the processes (``process``) or fuels (``fuel``) that a label may mean.

    None where its Chinese and its English part are known and mean different things.
    """
    labels = _labels(which)
    known = [labels[key] for key in _keys(text) if key in labels]
    return _shared(known)


def _shared(meanings: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Codes that all labels may mean."""
    first, *others = meanings or [()]
    return tuple(code for code in first if all(code in other for other in others))


@dataclass(frozen=True)
class Frame:
    """Places of a table on its sheet.

    Attributes:
        columns: block, column and unit of each fuel.
        rows: per block, the row of each process.
    """

    columns: Mapping[str, tuple[int, int, Unit]]
    rows: Sequence[Mapping[str, int]]


def find_frame(sheet: Sheet) -> Frame:
    """Find fuels, processes and units.

    Raises:
        SourceError: no headings, a label that stands twice, a column or line with numbers but no
            known label, or a fuel without a unit.
    """
    columns: dict[str, tuple[int, int, Unit]] = {}
    rows = []
    for number, (band, body) in enumerate(_blocks(sheet)):
        places = _fuel_columns(sheet, band, body)
        for fuel, column in places.items():
            if fuel in columns:
                raise sheet.error(band[0], column, fuel, "each fuel once")
            columns[fuel] = number, column, _unit(sheet, band, column)
        rows.append(_process_rows(sheet, body, set(places.values())))
    return Frame(columns, rows)


def _blocks(sheet: Sheet) -> list[tuple[range, range]]:
    """Bands of heading rows and the rows below each, to the next band."""
    lines = [_codes_in_row(sheet, row, "process") for row in range(sheet.height)]
    names = [_codes_in_row(sheet, row, "fuel") for row in range(sheet.height)]
    heads = [row for row, codes in enumerate(names) if len(codes) > len(lines[row])]
    starts = [row for row, codes in enumerate(lines) if "supply" in codes]
    body = [row for row, codes in enumerate(lines) if codes and row not in heads]
    above = [max((k + 1 for k in body if k < row), default=0) for row in starts]
    bands = [
        range(min(head for head in (*heads, row) if first <= head), row)
        for first, row in zip(above, starts, strict=True)
    ]
    if not bands or not all(bands):
        found = "no headings of fuels above a line of supply"
        raise sheet.error(None, None, found, "a provincial energy balance")
    tops = [max(band[0] - 1, first) for band, first in zip(bands, above, strict=True)]
    ends = [*tops[1:], sheet.height]
    return [
        (range(top, band.stop), range(band.stop, end))
        for top, band, end in zip(tops, bands, ends, strict=True)
    ]


def _codes_in_row(sheet: Sheet, row: int, which: str) -> list[str]:
    return [code for k in range(sheet.width) for code in codes_of(which, sheet.text(row, k))[:1]]


def _fuel_columns(sheet: Sheet, band: range, body: range) -> dict[str, int]:
    """Column of each fuel; every column with numbers needs one."""
    found: dict[str, int] = {}
    for column in range(sheet.width):
        labels = [text for row in band if (text := sheet.label(row, column))]
        names = [_parts(label) for label in dict.fromkeys(labels) if not _is_unit(label)]
        chinese, english = (_fuel([name[k] for name in names if name[k]]) for k in (0, 1))
        code = chinese or english
        if code is None:
            _no_fuel(sheet, band, body, column)
            continue
        if code in found:
            raise sheet.error(band[-1], column, sheet.heading(band, column), "each fuel once")
        if english not in (None, code) and _is_fuel(code) and _is_fuel(str(english)):
            heading = sheet.heading(band, column)
            raise sheet.error(band[-1], column, heading, f"names of one fuel, {code}")
        found[code] = column
    return found


def _no_fuel(sheet: Sheet, band: range, body: range, column: int) -> None:
    """A column without the name of a fuel holds no numbers, or a code or number of lines."""
    labels = [sheet.label(row, column) for row in band]
    if any(set(_keys(text)) & _SKIPPED for text in labels):
        return
    if any(_is_number(sheet, row, column) for row in body):
        heading = sheet.heading(band, column)
        raise sheet.error(band[-1], column, heading, "the name of a fuel above numbers")


def _is_fuel(code: str) -> bool:
    return str(fuels().loc[code, "role"]) == "fuel"


def _fuel(names: Sequence[str]) -> str | None:
    """The fuel that a column's headings name: all joined, two of them, or the lowest known."""
    pairs = [upper + lower for upper, lower in pairwise(names)]
    for text in ("".join(names), *reversed(pairs), *reversed(names)):
        codes = codes_of("fuel", text)
        if codes:
            return codes[0]
    return None


def _is_unit(label: str) -> bool:
    try:
        parse_unit(label)
    except ValueError:
        return False
    return True


def _unit(sheet: Sheet, band: range, column: int) -> Unit:
    """Unit in the headings of a column, else the unit of the whole table."""
    for row in reversed(band):
        text = sheet.label(row, column)
        inner = re.findall(r"\(([^()]+)\)", text)
        for part in (*inner, text):
            try:
                return parse_unit(part)
            except ValueError:
                continue
    try:
        return find_unit(sheet, range(band[0] + 1))
    except SourceError as reason:
        found = sheet.heading(band, column)
        raise sheet.error(band[-1], column, found, f"a unit above the numbers; {reason}") from None


def _process_rows(sheet: Sheet, body: range, numbers: set[int]) -> dict[str, int]:
    """Row of each process; every line with numbers needs one."""
    labels = [column for column in range(sheet.width) if column not in numbers]
    table = processes()
    found: dict[str, int] = {}
    section = ""
    for row in body:
        codes = _line(sheet, row, labels)
        if not codes:
            _no_numbers(sheet, row, numbers)
            continue
        here = [code for code in codes if table.loc[code, "section"] == section]
        code = (here or codes)[0]
        if code in found:
            raise sheet.error(row, labels[0], code, "each line of the balance once")
        found[code] = row
        section = str(table.loc[code, "section"])
    missing = table.index[(table["required"] == "yes") & ~table.index.isin(list(found))]
    if len(missing):
        line = table.loc[missing[0]]
        expected = f"a line {line['zh'].split('|')[0]!r} ({missing[0]})"
        raise sheet.error(body, None, f"{len(found)} lines", expected)
    return found


def _line(sheet: Sheet, row: int, columns: Sequence[int]) -> tuple[str, ...]:
    """Codes of processes that all labels of a line may mean, in Chinese and in English."""
    known = {k: codes for k in columns if (codes := codes_of("process", sheet.text(row, k)))}
    codes = _shared(list(known.values()))
    if known and not codes:
        last = max(known)
        raise sheet.error(row, last, sheet.text(row, last), f"a name of {known[min(known)][0]}")
    return codes


def _no_numbers(sheet: Sheet, row: int, numbers: set[int]) -> None:
    for column in sorted(numbers):
        if _is_number(sheet, row, column):
            raise sheet.error(row, 0, sheet.text(row, 0), "the name of a line beside numbers")


def _is_number(sheet: Sheet, row: int, column: int) -> bool:
    """Whether a cell holds a number other than zero."""
    value = sheet.cell(row, column)
    try:
        return value is not None and to_number(str(value)) != 0.0
    except ValueError:
        return False
