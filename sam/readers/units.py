"""Units printed in official tables, in the units of the workbench.

Factors of ten only: nothing here depends on a heat value or a price.

| quantity | unit of the workbench | printed, for example |
|---|---|---|
| money | 1e8 CNY | 元, 万元, 亿元, 10000 yuan, million yuan |
| coal equivalent | Mtce | 万吨标准煤, 10^4 tce, 吨标准煤 |
| energy | PJ | TJ, 万百万千焦, 10^10 kJ, 百万千焦 |
| electricity | TWh | 亿千瓦小时, 10^8 kWh, GWh |
| volume | bcm | 亿立方米, 10^8 cu.m |
| mass | Mt | 万吨, 10^4 tons, Mt CO2 |
| people | million | 万人, 10000 persons |

A power of ten may have lost its raised figure: ``108 kWh`` is read as ``10^8 kWh``, ``1010 kJ`` as
``10^10 kJ``; no table counts in hundreds and eight.

Spellings are those of the China Statistical Yearbook, the China Energy Statistical Yearbook
(appendix of units) and CEADs; prefixes follow the SI (万 1e4, 亿 1e8).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sam.readers.text import normalise
from sam.readers.workbook import Sheet


@dataclass(frozen=True)
class Unit:
    """A printed unit.

    Attributes:
        printed: as the table spells it, without white space.
        quantity: what it measures, e.g. ``money``.
        name: unit of the workbench for that quantity, e.g. ``1e8 CNY``.
        factor: size of the printed unit in units of the workbench.
    """

    printed: str
    quantity: str
    name: str
    factor: float


_BASES = (
    # quantity, name, size of the base unit in it, spellings of the base unit
    ("money", "1e8 CNY", 1e-8, "元 元人民币 yuan rmb cny rmbyuan yuanrmb"),
    (
        "coal equivalent",
        "Mtce",
        1e-6,
        "吨标准煤 吨标煤 tce tonsofsce tonsce tonsofstandardcoal tonofsce tsce"
        " tonsofcoalequivalent tonsofstandardcoalequivalent tonofstandardcoalequivalent",
    ),
    ("energy", "PJ", 1e-12, "千焦 kj"),
    ("electricity", "TWh", 1e-9, "千瓦小时 千瓦时 kwh kw.h kwhours 度"),
    ("volume", "bcm", 1e-9, "立方米 cu.m cubicmeters cubicmetres m^3 m3 cum"),
    ("mass", "Mt", 1e-6, "吨 t tn ton tons tonne tonnes"),
    ("people", "million", 1e-6, "人 person persons people"),
)

_COUNTS = {
    "": 1.0,
    "千": 1e3,
    "万": 1e4,
    "十万": 1e5,
    "百万": 1e6,
    "千万": 1e7,
    "亿": 1e8,
    "十亿": 1e9,
    "万百万": 1e10,
    "百亿": 1e10,
    "万亿": 1e12,
    "thousand": 1e3,
    "tenthousand": 1e4,
    "hundredmillion": 1e8,
    "thousands": 1e3,
    "million": 1e6,
    "millions": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
}

_SYMBOLS = {
    "mtce": ("coal equivalent", "Mtce", 1.0),
    "mt": ("mass", "Mt", 1.0),
    "kt": ("mass", "Mt", 1e-3),
    "gt": ("mass", "Mt", 1e3),
    "gj": ("energy", "PJ", 1e-6),
    "tj": ("energy", "PJ", 1e-3),
    "pj": ("energy", "PJ", 1.0),
    "ej": ("energy", "PJ", 1e3),
    "mwh": ("electricity", "TWh", 1e-6),
    "gwh": ("electricity", "TWh", 1e-3),
    "twh": ("electricity", "TWh", 1.0),
    "bcm": ("volume", "bcm", 1.0),
}
"""Symbols with an SI prefix. ``MJ`` is absent: as printed, ``mj`` may be milli or mega."""

_KINDS = {
    spelling: (quantity, name, size)
    for quantity, name, size, spellings in _BASES
    for spelling in spellings.split()
} | _SYMBOLS

_LOST_POWER = re.compile("10([3-9]|1[0-2])")
"""A power of ten whose exponent stands on the line."""

_CARBON = re.compile(r"(of)?co2$|二氧化碳$|^co2")

_MARKER = re.compile(
    "(?<!制表)(?<!编制)(?<!编表)(?<!填报)(?<!填表)(?<!报送)(?<!主管)单位:|(?<![a-z])units?:",
    re.IGNORECASE,
)
"""``单位:`` states a unit unless it means an office (``制表单位:``, compiled by)."""


def parse_unit(text: str) -> Unit:
    """The unit that a text prints, in Chinese, English or both (``万吨 (10^4 tons)``).

    Raises:
        ValueError: the text is no known unit or names two different ones.
    """
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", normalise(text)).lower()
    plain = re.sub("[·•]", ".", plain)
    parts = [part for part in re.split(r"[()\[\],;/、。]", plain) if part]
    if not parts:
        raise ValueError("no unit")
    found = [_parse_part(part) for part in parts]
    if len(set(found)) > 1:
        names = ", ".join(f"{part} ({kind[1]})" for part, kind in zip(parts, found, strict=True))
        raise ValueError(f"different units: {names}")
    quantity, name, factor = found[0]
    return Unit(normalise(text), quantity, name, factor)


def _parse_part(part: str) -> tuple[str, str, float]:
    """A count and a base unit: 10^4 tce, 10000 tons, 100 million yuan, 亿元."""
    match = re.fullmatch(r"(?:(\d+\.?\d*)(?:\^(\d+)|e\+?(\d+))?\*?)?(.*)", part)
    digits, power, exponent, rest = match.groups() if match else (None, None, None, part)
    lost = _LOST_POWER.fullmatch(digits or "") if not power and not exponent else None
    digits, power = ("10", lost.group(1)) if lost else (digits, power)
    count = float(digits or 1)
    if power:
        count **= float(power)
    if exponent:
        count *= 10 ** int(exponent)
    bare = _CARBON.sub("", rest)
    if bare == "":
        raise ValueError(f"unknown unit {part!r}")
    for word in sorted(_COUNTS, key=len, reverse=True):
        if bare.startswith(word) and bare[len(word) :] in _KINDS:
            quantity, name, size = _KINDS[bare[len(word) :]]
            if bare != rest and quantity != "mass":
                break
            return quantity, name, float(f"{count * _COUNTS[word] * size:.12g}")
    raise ValueError(f"unknown unit {part!r}")


def find_unit(sheet: Sheet, rows: Iterable[int], quantities: Iterable[str] | None = None) -> Unit:
    """The unit of a table from its title and unit lines.

    A cell with ``单位:`` or ``Unit:`` states the unit after the colon or in the next filled cell to
    its right; without one, a unit in parentheses at the end of a title counts.

    Arguments:
        sheet: the table.
        rows: title and unit lines.
        quantities: what the unit may measure, anything if omitted.

    Raises:
        SourceError: no unit is stated, it is unknown, measures something else, or two contradict.
    """
    rows = list(rows)
    found = list(_stated(sheet, rows)) or list(_in_titles(sheet, rows))
    if not found:
        place = range(rows[0], rows[-1] + 1) if rows else None
        raise sheet.error(place, None, "no unit", "a line such as '单位:万元'")
    wanted = set(quantities) if quantities is not None else None
    for row, column, unit in found:
        if wanted is not None and unit.quantity not in wanted:
            raise sheet.error(row, column, unit.printed, f"a unit of {' or '.join(sorted(wanted))}")
        if (unit.name, unit.factor) != (found[0][2].name, found[0][2].factor):
            raise sheet.error(
                row, column, unit.printed, f"one unit, elsewhere {found[0][2].printed!r}"
            )
    return found[0][2]


def unit_at(sheet: Sheet, row: int, column: int, quantities: Iterable[str] | None = None) -> Unit:
    """The unit that one cell prints.

    Raises:
        SourceError: the cell is empty, no known unit, or measures something else.
    """
    return _unit(sheet, row, column, sheet.label(row, column), quantities)


def _unit(
    sheet: Sheet, row: int, column: int, text: str, quantities: Iterable[str] | None = None
) -> Unit:
    wanted = sorted(quantities) if quantities is not None else ["any quantity"]
    expected = f"a unit of {' or '.join(wanted)}"
    try:
        unit = parse_unit(text)
    except ValueError as reason:
        found = sheet.cell(row, column) or text
        raise sheet.error(row, column, found, f"{expected}; {reason}") from None
    if quantities is not None and unit.quantity not in wanted:
        raise sheet.error(row, column, text, expected)
    return unit


def _stated(sheet: Sheet, rows: list[int]) -> Iterable[tuple[int, int, Unit]]:
    for row in rows:
        for column in range(sheet.width):
            text = sheet.text(row, column)
            for match in _MARKER.finditer(text):
                stated = _MARKER.split(text[match.end() :])[0]
                stated = stated if "(" in stated else stated.strip(")")
                following = [sheet.text(row, k) for k in range(column + 1, sheet.width)]
                stated = stated or next((t for t in following if t), "")
                yield row, column, _unit(sheet, row, column, stated)


def _in_titles(sheet: Sheet, rows: list[int]) -> Iterable[tuple[int, int, Unit]]:
    for row in rows:
        for column in range(sheet.width):
            for inner in re.findall(r"\(([^()]+)\)", sheet.text(row, column)):
                try:
                    yield row, column, parse_unit(inner)
                except ValueError:
                    continue
