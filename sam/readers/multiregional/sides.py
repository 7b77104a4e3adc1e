"""The two sides of a multi-regional table: codes at places, and lines of labels beside them.

Provinces, sectors and codes are lines of labels (rows above the table, columns to its left), found
by what they say: the line of provinces is the one that together with the codes tells every place
apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sam.errors import SourceError
from sam.readers.io_table.defects import FINAL_USES
from sam.readers.io_table.layout import code_of
from sam.readers.text import normalise
from sam.readers.workbook import Sheet

COLUMNS = {
    "TIU": ("totalintermediateuse", "中间使用合计"),
    "EX": ("export", "出口"),
    "TFU": ("totalfinaluse", "最终使用合计"),
    "ERR": ("error", "other", "其他", "误差"),
    "GO": ("grossoutput", "totaloutput", "总产出"),
}
"""Columns right of the flows and headings that stand in for a missing code."""

ROWS = {
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

SUMS = {"TIU", "TFU", "TII", "TVA"}
"""Printed sums, which a table may lack."""

_HEADER_ROWS = 30

Places = dict[str, dict[str, int]]
"""Place of every code in the block of every province."""


@dataclass(frozen=True)
class Side:
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


def find_code_row(sheet: Sheet) -> int | None:
    """The row that prints the codes of final use."""
    for row in range(min(sheet.height, _HEADER_ROWS)):
        codes = {code_of(sheet.cell(row, column)) for column in range(sheet.width)}
        if len(codes & set(FINAL_USES)) >= 3:
            return row
    return None


def find_sides(sheet: Sheet) -> tuple[Side, Side]:
    """The columns and the rows of the table."""
    code_row = find_code_row(sheet)
    if code_row is None:
        expected = "a row with sector codes and FU101 to FU202 for every province"
        top = range(min(sheet.height, _HEADER_ROWS))
        raise sheet.error(top, None, "no row of column codes", expected)
    codes = _known([code_of(sheet.cell(code_row, k)) for k in range(sheet.width)])
    first = min((k for k, code in codes.items() if code.isdigit()), default=0)
    below = range(code_row + 1, sheet.height)
    candidates = [
        _known([None] * below.start + [code_of(sheet.cell(row, k)) for row in below])
        for k in range(first)
    ]
    if not candidates or not any(candidates):
        expected = "a column of row codes left of the table"
        raise sheet.error(below, range(first), "no row codes", expected)
    code_column = max(range(first), key=lambda k: len(candidates[k]))
    across = Side(
        "column",
        codes,
        range(first, sheet.width),
        code_row,
        range(code_row - 1, -1, -1),
        sheet.label,
        sheet.error,
    )
    down = Side(
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
    names = {*FINAL_USES, *COLUMNS, *ROWS}
    return {k: code for k, code in enumerate(codes) if code and (code.isdigit() or code in names)}


def find_accounts(side: Side, words: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Places beside the flows, by code or, where no code is printed, by label."""
    found: dict[str, int] = {}
    for name, meanings in words.items():
        places = [place for place, code in side.codes.items() if code == name]
        uncoded = (place for place in side.places if place not in side.codes)
        places = places or [place for place in uncoded if _says(side, place, meanings)]
        if len(places) > 1:
            raise side.error(side.code_line, places[1], f"{side.what} {name} again", "it once")
        if places:
            found[name] = places[0]
            _check_label(side, places[0], name, words)
        elif name not in SUMS:
            last = side.places.stop - 1
            raise side.error(side.code_line, last, f"no {side.what} {name}", f"code {name}")
    return found


def _check_label(side: Side, place: int, name: str, words: Mapping[str, Sequence[str]]) -> None:
    """The label at a code is not that of another account."""
    others = [word for other in words if other != name for word in words[other]]
    for line in side.lines[:2]:
        if _is_one_of(side.label(line, place), others):
            raise side.error(line, place, side.label(line, place), f"{words[name][0]!r} at {name}")


def _says(side: Side, place: int, words: Sequence[str]) -> bool:
    """Whether a place has one of the words as its label."""
    return any(_is_one_of(side.label(line, place), words) for line in side.lines[:2])


def _is_one_of(label: str, words: Sequence[str]) -> bool:
    """Whether a label is one of the words, singular or plural."""
    return any(normalise(label).lower() in (word, f"{word}s") for word in words)


def sector_codes(side: Side) -> list[str]:
    """Codes of sectors."""
    return [code for code in side.codes.values() if code.isdigit()]


def find_blocks(side: Side, codes: Sequence[str], end: int) -> tuple[Places, int]:
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


def _split(side: Side, places: Sequence[int], line: int) -> tuple[Places, int | None]:
    """Blocks by the labels of one line, filled forward, and the first place it cannot tell.

    A block that another account interrupts needs its label again.
    """
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
        elif place in side.codes:
            label = ""
    return blocks, None
