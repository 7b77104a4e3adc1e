"""Where the lines and fuels of an energy balance stand on its sheet.

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

_COUNTED = {
    "发电煤耗计算法|等价值?": "等价值",
    "电热当量计算法|当量值?": "当量值",
    "coalequivalentcalculation|equalvalue": "EqualValue",
    "calorificvaluecalculation|thermalequivalent": "ThermalEquivalent",
}
"""Remarks on a fuel that tell electricity at the coal burnt for it from that at its heat value."""

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
    """A label without numbering, remarks in parentheses and punctuation: Chinese, English.

    Remarks that tell how energy of all kinds is added up belong to the label.
    """
    bare = normalise(text)
    for remark, words in _COUNTED.items():
        bare = re.sub(rf"\({remark}\)", words, bare, flags=re.IGNORECASE)
    bare = re.sub(r"\([^()]*\)", "", bare)
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
        scratch: rows below the last line with numbers and no label.
    """

    columns: Mapping[str, tuple[int, int, Unit]]
    rows: Sequence[Mapping[str, int]]
    scratch: Sequence[int] = ()


def find_frame(sheet: Sheet) -> Frame:
    """Find fuels, processes and units.

    Raises:
        SourceError: no headings, a label that stands twice, a column or line with numbers but no
            known label, or a fuel without a unit.
    """
    columns: dict[str, tuple[int, int, Unit]] = {}
    rows, scratch = [], []
    for number, (band, body) in enumerate(_blocks(sheet)):
        places = _fuel_columns(sheet, band, body)
        for fuel, column in places.items():
            if fuel in columns:
                raise sheet.error(band[0], column, fuel, "each fuel once")
            columns[fuel] = number, column, _unit(sheet, band, column)
        lines, below = _process_rows(sheet, body, set(places.values()))
        rows.append(lines)
        scratch.extend(below)
    return Frame(columns, rows, scratch)


def _blocks(sheet: Sheet) -> list[tuple[range, range]]:
    """Bands of heading rows and the rows below each, to the next band."""
    starts = [row for row in range(sheet.height) if _columns_of(sheet, row, "supply")]
    bands, above = [], 0
    for start, end in pairwise([*starts, sheet.height]):
        labels = _columns_of(sheet, start, "supply")
        heads = [row for row in range(above, start) if _is_heading(sheet, row, labels)]
        head = min(heads, default=start)
        bands.append((max(head - 1, above), head, start))
        lines = [row for row in range(start, end) if _is_line(sheet, row, labels)]
        above = 1 + max(lines, default=start)
    if not bands or any(head == start for _, head, start in bands):
        found = "no headings of fuels above a line of supply"
        raise sheet.error(None, None, found, "an energy balance of the Yearbook's layout")
    ends = [*(top for top, _, _ in bands[1:]), sheet.height]
    return [
        (range(top, start), range(start, end))
        for (top, _, start), end in zip(bands, ends, strict=True)
    ]


def _columns_of(sheet: Sheet, row: int, line: str) -> list[int]:
    """Columns in which a row bears the label of a line."""
    return [k for k in range(sheet.width) if line in codes_of("process", sheet.text(row, k))]


def _is_heading(sheet: Sheet, row: int, labels: Sequence[int]) -> bool:
    """Whether a row names more fuels than lines; lines are named in the columns of labels.

    A heading may be broken over rows, and one of them hold nothing but ``Other``.
    """
    columns = range(sheet.width)
    fuels_named = sum(bool(codes_of("fuel", sheet.text(row, k))) for k in columns)
    return fuels_named > sum(bool(codes_of("process", sheet.text(row, k))) for k in labels)


def _is_line(sheet: Sheet, row: int, labels: Sequence[int]) -> bool:
    named = any(codes_of("process", sheet.text(row, k)) for k in labels)
    return named and not _is_heading(sheet, row, labels)


def _fuel_columns(sheet: Sheet, band: range, body: range) -> dict[str, int]:
    """Column of each fuel; every column with numbers needs one."""
    found: dict[str, int] = {}
    named = ""
    for column in range(sheet.width):
        labels = [text for row in band if (text := sheet.label(row, column))]
        labels = [text for text in dict.fromkeys(labels) if not _is_unit(text)]
        if _parts("".join(labels))[0] in _COUNTED.values():  # the name stands left of it
            labels = [named, *labels]
        named = re.sub(r"\([^()]*\)", "", "".join(labels))
        chinese, english = (_fuel(labels, language) for language in (0, 1))
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


def _fuel(labels: Sequence[str], language: int) -> str | None:
    """The fuel that a column's headings name: all joined, two of them, or the lowest known.

    Arguments:
        labels: headings from top to bottom.
        language: which of ``_parts``.
    """
    names = [name for label in labels if (name := _parts(label)[language])]
    pairs = [upper + lower for upper, lower in pairwise(names)]
    whole = _parts("".join(labels))[language]
    for text in (whole, "".join(names), *reversed(pairs), *reversed(names)):
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
    """The unit in the headings of a column, else that of the whole table."""
    stated = [unit for row in band for unit in _units_in(sheet.label(row, column))]
    if not stated:
        try:
            return find_unit(sheet, range(band[0] + 1))
        except SourceError as reason:
            found, expected = sheet.heading(band, column), f"a unit above the numbers; {reason}"
            raise sheet.error(band[-1], column, found, expected) from None
    if len({(unit.name, unit.factor) for unit in stated}) > 1:
        printed = ", ".join(dict.fromkeys(unit.printed for unit in stated))
        raise sheet.error(band[-1], column, printed, "one unit above the numbers")
    return stated[0]


def _units_in(label: str) -> list[Unit]:
    """The units that a heading states, in parentheses or alone."""
    units = []
    for part in (*re.findall(r"\(([^()]+)\)", label), label):
        try:
            units.append(parse_unit(part))
        except ValueError:
            continue
    return units


def _process_rows(sheet: Sheet, body: range, numbers: set[int]) -> tuple[dict[str, int], list[int]]:
    """Row of each process, and rows of scratch below; every line with numbers needs a name."""
    labels = [column for column in range(sheet.width) if column not in numbers]
    table = processes()
    found: dict[str, int] = {}
    nameless = []
    section = ""
    for row in body:
        codes = _line(sheet, row, labels)
        if not codes:
            nameless += [row] * any(_is_number(sheet, row, column) for column in numbers)
            continue
        here = [code for code in codes if table.loc[code, "section"] == section]
        code = (here or codes)[0]
        if code in found:
            raise sheet.error(row, labels[0], code, "each line of the balance once")
        found[code] = row
        section = str(table.loc[code, "section"])
    for row in nameless:
        text = next((text for k in labels if (text := sheet.text(row, k))), "")
        if text or row < max(found.values()):
            raise sheet.error(row, labels[0], text, "the name of a line beside numbers")
    _require_lines(sheet, body, found)
    return found, nameless


def _require_lines(sheet: Sheet, body: range, found: Mapping[str, int]) -> None:
    """The lines of all editions are there; those of trade among provinces both or neither."""
    table = processes()
    among = [code in found for code in table.index[table["required"] == "province"]]
    needed = ("yes", "province") if any(among) else ("yes",)
    missing = table.index[table["required"].isin(needed) & ~table.index.isin(list(found))]
    if len(missing):
        line = table.loc[missing[0]]
        expected = f"a line {line['zh'].split('|')[0]!r} ({missing[0]})"
        raise sheet.error(body, None, f"{len(found)} lines", expected)


def _line(sheet: Sheet, row: int, columns: Sequence[int]) -> tuple[str, ...]:
    """Codes of processes that all labels of a line may mean, in Chinese and in English."""
    known = {k: codes for k in columns if (codes := codes_of("process", sheet.text(row, k)))}
    codes = _shared(list(known.values()))
    if known and not codes:
        last = max(known)
        raise sheet.error(row, last, sheet.text(row, last), f"a name of {known[min(known)][0]}")
    return codes


def _is_number(sheet: Sheet, row: int, column: int) -> bool:
    """Whether a cell holds a number other than zero."""
    value = sheet.cell(row, column)
    try:
        return value is not None and to_number(str(value)) != 0.0
    except ValueError:
        return False
