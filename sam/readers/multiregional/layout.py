"""Where a multi-regional table stands on its sheet.

A column of the table is known by its province and its code, a row likewise; names of sectors
confirm the codes. Provinces, sectors and codes are lines of labels (rows above, columns to the
left), found by what they say: the line of provinces is the one that together with the codes tells
every column apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sam.errors import SourceError
from sam.readers.io_table.defects import FINAL_USES
from sam.readers.io_table.layout import code_of, same_label
from sam.readers.text import normalise
from sam.readers.workbook import Sheet

_COLUMNS = {
    "TIU": ("totalintermediateuse", "中间使用合计"),
    "EX": ("export", "出口"),
    "TFU": ("totalfinaluse", "最终使用合计"),
    "ERR": ("error", "other", "其他", "误差"),
    "GO": ("grossoutput", "totaloutput", "总产出"),
}
"""Columns right of the flows and headings that stand in for a missing code."""

_ROWS = {
    "IM": ("import", "进口"),
    "TII": ("totalintermediateinput", "中间投入合计"),
    "VA001": ("compensationofemployees", "劳动者报酬"),
    "VA002": ("nettaxesonproduction", "生产税净额"),
    "VA003": ("depreciationoffixedcapital", "固定资产折旧"),
    "VA004": ("operatingsurplus", "营业盈余"),
    "TVA": ("totalvalueadded", "增加值合计"),
    "TI": ("totalinput", "总投入"),
}
"""Rows below the flows and labels that stand in for a missing code."""

_SUMS = {"TIU", "TFU", "TII", "TVA"}
"""Printed sums, which a table may lack."""

_FINAL_WORDS = {
    "FU101": ("rural", "农村"),
    "FU102": ("urban", "城镇"),
    "FU103": ("government", "政府"),
    "FU201": ("fixed", "固定资本"),
    "FU202": ("inventor", "stock", "存货", "库存"),
}
"""What a heading of final use must say, where it says anything."""

_HEADER_ROWS = 30


@dataclass(frozen=True)
class Frame:
    """Where a table stands on its sheet.

    Attributes:
        code_row: row of the column codes.
        regions: names of the provinces, in the order of the rows.
        sectors: names of the sectors, in code order.
        products: rows of the flows by (province, sector).
        sellers: columns of intermediate use in the same order.
        finals: columns of final use by (province, final use).
        columns: columns of exports, errors, output and printed sums.
        rows: rows of imports, value added, total input and printed sums.
    """

    code_row: int
    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    products: tuple[int, ...]
    sellers: tuple[int, ...]
    finals: tuple[int, ...]
    columns: Mapping[str, int]
    rows: Mapping[str, int]


Places = dict[str, dict[str, int]]
"""Place of every code in the block of every province."""


@dataclass(frozen=True)
class _Side:
    """One side of the table: its columns (lines of labels are rows) or its rows (lines: columns).

    Attributes:
        what: ``column`` or ``row``.
        codes: code at every place that prints a known one.
        places: where codes may stand.
        code_line: line of the codes.
        lines: lines of labels, nearest to the codes first.
        label: text at (line, place), that of the merged range if there is one.
        error: makes an error at (line, place).
    """

    what: str
    codes: Mapping[int, str]
    places: range
    code_line: int
    lines: Sequence[int]
    label: Callable[[int, int], str]
    error: Callable[[int, int, object, str], SourceError]


def has_frame(sheet: Sheet) -> bool:
    """Whether a sheet holds a multi-regional table."""
    return _find_code_row(sheet) is not None


def find_frame(sheet: Sheet, sectors: Sequence[str] | None = None) -> Frame:
    """Find the table on a sheet and confirm its labels.

    Arguments:
        sheet: cells of the table.
        sectors: names of the sectors in code order, as the labels must read; as printed if omitted.

    Raises:
        SourceError: codes are missing or repeated, or labels contradict each other.
    """
    across, down = _sides(sheet)
    columns, rows = _accounts(across, _COLUMNS), _accounts(down, _ROWS)
    products, line = _blocks(down, _numbers(down), rows["TI"])
    sellers, above = _blocks(across, _numbers(across), columns["GO"])
    regions = tuple(products)
    blocks = (*products.values(), *sellers.values())
    codes = sorted(set().union(*blocks), key=int)  # of every block, so that a gap in one shows
    finals, _ = _blocks(across, list(FINAL_USES), columns["GO"])
    for side, places, wanted in (
        (down, products, codes),
        (across, sellers, codes),
        (across, finals, list(FINAL_USES)),
    ):
        _check_blocks(side, places, regions, wanted)
    names = _names(down, products, codes, line)
    _check_names(across, sellers, names, above)
    if sectors is not None:
        _check_names(down, products, dict(zip(codes, sectors, strict=True)), line)
    _check_finals(across, finals)
    first = products[regions[0]]
    return Frame(
        across.code_line,
        tuple(_spelt(sheet, min(products[name].values()), line, name) for name in regions),
        tuple(
            sectors
            or (_spelt(sheet, first[code], _name_line(down, line), names[code]) for code in codes)
        ),
        tuple(products[region][code] for region in regions for code in codes),
        tuple(sellers[region][code] for region in regions for code in codes),
        tuple(finals[region][code] for region in regions for code in FINAL_USES),
        columns,
        rows,
    )


def _find_code_row(sheet: Sheet) -> int | None:
    """The row that prints the codes of final use."""
    for row in range(min(sheet.height, _HEADER_ROWS)):
        codes = {code_of(sheet.cell(row, column)) for column in range(sheet.width)}
        if len(codes & set(FINAL_USES)) >= 3:
            return row
    return None


def _sides(sheet: Sheet) -> tuple[_Side, _Side]:
    """The columns and the rows of the table."""
    code_row = _find_code_row(sheet)
    if code_row is None:
        raise SourceError.at(
            sheet.file,
            sheet.name,
            row=f"1-{min(sheet.height, _HEADER_ROWS)}",
            found="no row of column codes",
            expected="a row with sector codes and FU101 to FU202 for every province",
        )
    codes = _known([code_of(sheet.cell(code_row, k)) for k in range(sheet.width)])
    first = min((k for k, code in codes.items() if code.isdigit()), default=0)
    below = range(code_row + 1, sheet.height)
    candidates = [
        _known([None] * below.start + [code_of(sheet.cell(row, k)) for row in below])
        for k in range(first)
    ]
    if not candidates or not any(candidates):
        place = {"row": f"{below.start + 1}-{sheet.height}", "column": "A"}
        wanted = "a column of row codes left of the table"
        raise SourceError.at(sheet.file, sheet.name, **place, found="no row codes", expected=wanted)
    code_column = max(range(first), key=lambda k: len(candidates[k]))
    across = _Side(
        "column",
        codes,
        range(first, sheet.width),
        code_row,
        range(code_row - 1, -1, -1),
        sheet.label,
        sheet.error,
    )
    down = _Side(
        "row",
        candidates[code_column],
        below,
        code_column,
        [k for k in range(first - 1, -1, -1) if k != code_column],
        lambda line, place: sheet.label(place, line),
        lambda line, place, found, expected: sheet.error(place, line, found, expected),
    )
    return across, down


def _known(codes: Sequence[str | None]) -> dict[int, str]:
    names = {*FINAL_USES, *_COLUMNS, *_ROWS}
    return {k: code for k, code in enumerate(codes) if code and (code.isdigit() or code in names)}


def _accounts(side: _Side, words: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Places beside the flows, by code or, where no code is printed, by label."""
    found: dict[str, int] = {}
    for name, meanings in words.items():
        places = [place for place, code in side.codes.items() if code == name]
        if len(places) > 1:
            raise side.error(side.code_line, places[1], f"{side.what} code {name} again", "it once")
        places = places or [p for p in side.places if _says(side, p, meanings)][:1]
        if places:
            found[name] = places[0]
        elif name not in _SUMS:
            raise side.error(
                side.code_line, side.places.stop - 1, f"no {side.what} {name}", f"code {name}"
            )
    return found


def _says(side: _Side, place: int, words: Sequence[str]) -> bool:
    """Whether a place without a code has one of the words, singular or plural, as its label."""
    if place in side.codes:
        return False
    labels = (normalise(side.label(line, place)).lower() for line in side.lines[:2])
    return any(label in (word, f"{word}s") for label in labels for word in words)


def _numbers(side: _Side) -> list[str]:
    """Codes of sectors."""
    return [code for code in side.codes.values() if code.isdigit()]


def _blocks(side: _Side, codes: Sequence[str], end: int) -> tuple[Places, int]:
    """Place of every code by province, and the line that names the provinces."""
    wanted = set(codes)
    places = [place for place, code in side.codes.items() if code in wanted and place < end]
    clashes: list[tuple[int, int]] = []  # how far the line tells places apart, line
    fitting: list[tuple[int, int, Places]] = []  # number of provinces, line, places
    for line in side.lines if places else ():
        blocks, clash = _split(side, places, line)
        if clash is None:
            fitting.append((len(blocks), line, blocks))
        else:
            clashes.append((clash, line))
    if fitting:
        _, line, blocks = min(fitting, key=lambda item: item[:2])
        return blocks, line
    clash, line = max(
        clashes,
        key=lambda item: (item[0], -item[1]),
        default=(side.places.start, side.code_line),
    )
    found = f"{side.label(line, clash)!r} above or beside code {side.codes.get(clash)} again"
    raise side.error(
        line, clash, found, f"a line of provinces that tells every {side.what} code apart"
    )


def _split(side: _Side, places: Sequence[int], line: int) -> tuple[Places, int | None]:
    """Blocks by the labels of one line, filled forward, and the first place it cannot tell."""
    blocks: Places = {}
    label = ""
    marks = set(places)
    for place in range(places[0], places[-1] + 1):
        label = side.label(line, place) or label
        if place in marks:
            code = side.codes[place]
            if not label or code in blocks.setdefault(label, {}):
                return blocks, place
            blocks[label][code] = place
    return blocks, None


def _check_blocks(
    side: _Side, places: Places, regions: Sequence[str], codes: Sequence[str]
) -> None:
    """Every province once, with every code."""
    for region, block in places.items():
        place = min(block.values())
        if region not in regions:
            raise side.error(side.lines[-1], place, region, f"one of the provinces {list(regions)}")
        missing = [code for code in codes if code not in block]
        if missing:
            found = f"no {side.what} code {missing} of {region}"
            raise side.error(side.code_line, place, found, f"codes {codes[0]} to {codes[-1]}")
    absent = [region for region in regions if region not in places]
    if absent:
        place = max(max(block.values()) for block in places.values())
        raise side.error(side.code_line, place, f"no {side.what}s of {absent}", "every province")
    numbers = [int(code) for code in codes if code.isdigit()]
    gaps = sorted(set(range(1, max(numbers, default=0) + 1)) - set(numbers))
    if gaps:
        place = min(places[regions[0]].values())
        raise side.error(side.code_line, place, f"no {side.what} code {gaps}", "codes without gaps")


def _spelt(sheet: Sheet, row: int, column: int, label: str) -> str:
    """A label as printed, blanks between words kept, where the cell itself holds it."""
    text = " ".join(str(sheet.cell(row, column) or "").split())
    return text if re.search("[A-Za-z]", text) and same_label(text, label) else label


def _name_line(side: _Side, skipped: int) -> int:
    """The line of sector names: the nearest that does not name the provinces."""
    return next((line for line in side.lines if line != skipped), side.code_line)


def _names(side: _Side, places: Places, codes: Sequence[str], skipped: int) -> dict[str, str]:
    """Names of the sectors, the same in every block."""
    line = _name_line(side, skipped)
    first = next(iter(places.values()))
    names = {code: side.label(line, first[code]) for code in codes}
    _check_names(side, places, names, skipped)
    return names


def _check_names(side: _Side, places: Places, names: Mapping[str, str], skipped: int) -> None:
    line = _name_line(side, skipped)
    for block in places.values():
        for code, name in names.items():
            found = side.label(line, block[code])
            if not found or not same_label(found, name):
                raise side.error(line, block[code], found, f"{name!r} at {side.what} code {code}")


def _check_finals(side: _Side, finals: Places) -> None:
    for block in finals.values():
        for code, words in _FINAL_WORDS.items():
            labels = [normalise(side.label(line, block[code])).lower() for line in side.lines[:1]]
            if labels and labels[0] and not any(word in labels[0] for word in words):
                raise side.error(side.lines[0], block[code], labels[0], f"{words[0]!r} at {code}")
