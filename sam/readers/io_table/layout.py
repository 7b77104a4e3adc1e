"""Layouts of provincial input-output tables: codes, headings, and where they stand on a sheet.

Both official layouts print the same accounts under different codes: numbers 43-58 and 43-49 in
2007, mnemonics (``TIU``, ``FU101``, ``VA001``) since 2012. Sectors are 1 to 42 in both. A row of
column codes and a column of row codes frame the table; titles, units and merged headings stand
above, footnotes below, scratch to the right.

A column is found by its code and confirmed by the heading above it, a row by its code and the label
beside it, so columns and rows may stand in any order. For exports and outflow under the numbers of
2007 the heading decides, because one province prints them in the opposite order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace

from sam.concordance import load_classification
from sam.readers.text import normalise
from sam.readers.workbook import Cell, Sheet, column_letters
from sam.spelling import some

SECTORS = 42

COLUMNS = {
    "TIU": ("中间使用",),
    "FU101": ("农村",),
    "FU102": ("城镇", "城市"),
    "THC": ("小计", "合计", "居民消费"),
    "FU103": ("政府",),
    "TC": ("合计", "小计", "最终消费"),
    "FU201": ("固定资本",),
    "FU202": ("存货", "库存"),
    "GCF": ("合计", "小计", "资本形成总额"),
    "EX": ("出口",),
    "OF": ("调出", "流出"),
    "TFU": ("最终使用",),
    "IM": ("进口",),
    "IF": ("调入", "流入"),
    "ERR": ("其他", "其它", "误差"),
    "GO": ("总产出",),
}
"""Columns right of the sectors and what their heading must say: intermediate use, consumption of
rural and urban households and their sum, of government, total consumption, fixed capital,
inventories, capital formation, exports, outflow to other provinces, final use, imports, inflow from
other provinces, other (the statistical discrepancy), gross output."""

ROWS = {
    "TII": ("中间投入",),
    "VA001": ("劳动者报酬",),
    "VA002": ("生产税净额",),
    "VA003": ("折旧",),
    "VA004": ("营业盈余",),
    "TVA": ("增加值",),
    "TI": ("总投入",),
}
"""Rows below the sectors and what their label must say: intermediate input, compensation, net
production tax, depreciation, operating surplus, value added, total input."""

_NUMBERS = tuple(str(k) for k in range(1, SECTORS + 1))
HEADER_ROWS = 30
"""Rows at the top of a sheet among which the row of column codes stands."""
_ENOUGH = 30  # codes that make a row or column of codes


@dataclass(frozen=True)
class Layout:
    """Codes of one official layout.

    Attributes:
        name: for messages.
        columns: printed code of each of ``COLUMNS``.
        rows: printed code of each of ``ROWS``.
    """

    name: str
    columns: Mapping[str, str]
    rows: Mapping[str, str]


NUMERIC_LAYOUT = Layout(
    "numeric layout of 2007",
    {name: str(43 + k) for k, name in enumerate(COLUMNS)},
    {name: str(43 + k) for k, name in enumerate(ROWS)},
)
"""Columns 43-58 and rows 43-49, as in the provincial tables of 2007."""

CODED_LAYOUT = Layout(
    "coded layout since 2012", {name: name for name in COLUMNS}, {name: name for name in ROWS}
)
"""Columns TIU to GO and rows TII to TI, as in the provincial tables of 2012 and 2017."""

LAYOUTS = (NUMERIC_LAYOUT, CODED_LAYOUT)


@dataclass(frozen=True)
class Frame:
    """Where a table stands on its sheet.

    Attributes:
        layout: its layout.
        code_row: row of the column codes.
        code_column: column of the row codes.
        columns: column of each sector (``1`` to ``42``) and of each of ``COLUMNS``.
        rows: row of each sector and of each of ``ROWS``.
        sectors: names of the sectors in code order, or their codes where those were given.
    """

    layout: Layout
    code_row: int
    code_column: int
    columns: Mapping[str, int]
    rows: Mapping[str, int]
    sectors: tuple[str, ...]


def find_frame(
    sheet: Sheet, sectors: Sequence[str] | None = None, layout: Layout | None = None
) -> Frame:
    """Find the table on a sheet and confirm its labels.

    Arguments:
        sheet: one province.
        sectors: the 42 sectors in code order: names, as the labels must read, or codes of a list
            whose names they must read; as the rows print them if omitted.
        layout: recognised from the codes if omitted.

    Raises:
        SourceError: codes are missing or repeated, a label does not belong to its code, or the
            table is one of a nation.
    """
    _refuse_nation(sheet)
    code_row, layout = _code_row(sheet, layout)
    columns = _find_columns(sheet, code_row, layout)
    code_column, rows = _find_rows(sheet, code_row, min(columns.values()), layout)
    names = [_row_label(sheet, rows[code], code_column, columns) for code in _NUMBERS]
    shown = [
        _spelt_in_row(sheet, rows[code], min(columns.values()), name)
        for code, name in zip(_NUMBERS, names, strict=True)
    ]
    expected = expected_names(sheet, {code: rows[code] for code in _NUMBERS}, shown, sectors)
    frame = Frame(
        layout, code_row, code_column, columns, rows, tuple(shown if sectors is None else sectors)
    )
    _check_rows(sheet, frame, names, expected)
    frame = _by_heading(sheet, frame)
    _check_columns(sheet, frame, expected)
    return frame


def expected_names(
    sheet: Sheet,
    rows: Mapping[str, int],
    printed: Sequence[str],
    sectors: Sequence[str] | None,
) -> Sequence[str]:
    """What the labels of the sectors must read: the names given, or those printed.

    Arguments:
        sheet: where the table stands.
        rows: row of each sector by its code without leading zeros, in code order.
        printed: names as the rows print them.
        sectors: names or codes in code order, none if anything goes.

    Raises:
        SourceError: there are more or fewer, or they are codes and the names printed are not those
            of the list that the codes are of, as other tables have other sectors under them.
    """
    if sectors is None:
        return printed
    if len(sectors) != len(rows):
        raise sheet.error(
            None, None, f"{len(rows)} sectors", f"the {len(sectors)} given with sectors="
        )
    if [code_of(label) for label in sectors] != list(rows):
        return sectors
    _hold_codes(sheet, list(sectors), list(rows.values()), printed)
    return printed


SECTOR_LISTS = ("nbs153", "nbs149", "nbs2017")
"""Lists of sectors with numbers as codes and a way to the model's: 153 (tables of 2018 and 2020),
149 (2017), 42 (2017 and after)."""

_SHOWN = 5

_WAY_OUT = (
    "leave out sectors= for a table under its printed names, which a concordance of your own can"
    " map, or give those names"
)


def _hold_codes(
    sheet: Sheet, codes: Sequence[str], rows: Sequence[int], printed: Sequence[str]
) -> None:
    """The names printed are those of the list that the codes are of."""
    name = numbered(codes)
    if name is None:
        found = f"codes {codes[0]} to {codes[-1]} of {len(codes)} sectors"
        expected = f"codes of one of the lists {', '.join(SECTOR_LISTS)}; {_WAY_OUT}"
        raise sheet.error(None, None, found, expected)
    differ = misnamed(name, printed)
    if differ:
        names = load_classification(name)
        found = some([f"row {rows[k] + 1} {printed[k]}" for k in differ], _SHOWN)
        wanted = some([f"{codes[k]} {names.iloc[k]}" for k in differ], _SHOWN)
        raise sheet.error(None, None, found, f"{wanted} as in {name}; {_advice(printed)}")


def numbered(labels: Sequence[str]) -> str | None:
    """The list of sectors whose codes some labels are, none if they are of no known list."""
    codes = [code_of(label) for label in labels]
    for name in SECTOR_LISTS:
        if codes == [code_of(code) for code in load_classification(name).index]:
            return name
    return None


def misnamed(classification: str, printed: Sequence[str]) -> list[int]:
    """Places at which names differ from those of a list of as many sectors."""
    names = load_classification(classification)
    pairs = zip(printed, names, strict=True)
    return [k for k, (found, name) in enumerate(pairs) if not same_label(found, str(name))]


def displaced(classification: str, printed: Sequence[str]) -> list[int]:
    """Places of names that a list of as many sectors has at another place, or are of 2007."""
    listed = set(map(bare_label, load_classification(classification)))
    known = listed | _names_of_2007()
    return [k for k in misnamed(classification, printed) if bare_label(printed[k]) in known]


def _names_of_2007() -> set[str]:
    """Names of the sectors of 2007, which are their codes."""
    return {bare_label(str(label)) for label in load_classification("nbs2007").index}


def _advice(printed: Sequence[str]) -> str:
    """What to give in place of codes of a list that a table is not of."""
    if _names_of_2007() == set(map(bare_label, printed)):
        return "give those of 2007 by name: sectors=load_concordance('nbs2007_to_model').sources"
    return f"the table is not of that list: {_WAY_OUT}"


def _refuse_nation(sheet: Sheet) -> None:
    """A table with exports and output but no trade with other provinces is one of a nation."""
    for row in range(min(sheet.height, HEADER_ROWS)):
        codes = {code_of(cell) for cell in sheet.cells[row]}
        if {"EX", "GO"} <= codes and not {"OF", "IF"} & codes:
            expected = (
                "those of trade with other provinces, OF and IF; a nation has none: read its table"
                " with read_national_table (that of several regions: read_multiregional_table)"
            )
            raise sheet.error(row, None, "column codes EX and GO, not OF and IF", expected)


def code_of(value: Cell) -> str | None:
    """A printed code: digits (as number or text, any width) without leading zeros, or letters."""
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else None
    if value is None:
        return None
    text = normalise(value).upper()
    return str(int(text)) if re.fullmatch(r"[0-9]+", text) else text


def same_label(first: str, second: str) -> bool:
    """Whether two labels differ in nothing but white space, punctuation and character width."""
    return bare_label(first) == bare_label(second)


def bare_label(label: str) -> str:
    """A label without white space, punctuation, case and width of its characters."""
    bare = re.sub(r"[、,，。.;；:：·・()/\-]", "", normalise(label))
    return bare.replace("其它", "其他").lower()


def find_code_row(sheet: Sheet, layout: Layout | None = None) -> tuple[int, Layout] | None:
    """The row with the most column codes and its layout, none if no row has enough."""
    best: tuple[int, int, Layout] | None = None
    for candidate in (layout,) if layout else LAYOUTS:
        codes = {*_NUMBERS, *candidate.columns.values()}
        for row in range(min(sheet.height, HEADER_ROWS)):
            printed = {code_of(sheet.cell(row, k)) for k in range(sheet.width)}
            count = len(printed & codes)
            if count >= _ENOUGH and (best is None or count > best[0]):
                best = (count, row, candidate)
    return best[1:] if best else None


def _code_row(sheet: Sheet, layout: Layout | None) -> tuple[int, Layout]:
    found = find_code_row(sheet, layout)
    if found is None:
        names = " or ".join(item.name for item in ((layout,) if layout else LAYOUTS))
        top = range(min(sheet.height, HEADER_ROWS))
        expected = f"the column codes of the {names}"
        raise sheet.error(top, None, "no row of column codes", expected)
    return found


def _find_columns(sheet: Sheet, code_row: int, layout: Layout) -> dict[str, int]:
    """The column of each code; scratch right of the last code is ignored."""
    wanted = {code: code for code in _NUMBERS} | {v: k for k, v in layout.columns.items()}
    codes = [code_of(sheet.cell(code_row, column)) for column in range(sheet.width)]
    places = {code: codes.index(code) for code in wanted if code in codes}
    last = max(places.values())
    missing = [code for code in wanted if code not in places]
    if missing:
        raise sheet.error(
            code_row, last, f"no column code {missing}", f"every column code of the {layout.name}"
        )
    refuse_repeats(sheet, code_row, codes[: last + 1], places)
    return {name: places[code] for code, name in wanted.items()}


def refuse_repeats(
    sheet: Sheet, code_row: int, codes: Sequence[str | None], places: Mapping[str, int]
) -> None:
    """Every code stands above one column, which is its place.

    Raises:
        SourceError: a code stands above a second column.
    """
    for column, code in enumerate(codes):
        if code is not None and places.get(code, column) != column:
            first = column_letters(places[code])
            raise sheet.error(
                code_row, column, f"column code {code} again", f"it once (column {first})"
            )


def _find_rows(
    sheet: Sheet, code_row: int, first: int, layout: Layout
) -> tuple[int, dict[str, int]]:
    """The column of row codes and the row of each code; scratch below the last is ignored."""
    wanted = {code: code for code in _NUMBERS} | {v: k for k, v in layout.rows.items()}
    below = range(code_row + 1, sheet.height)
    column = code_column(sheet, below, first, set(wanted), layout.name, _ENOUGH)
    codes = {row: code_of(sheet.cell(row, column)) for row in below}
    places: dict[str, int] = {}
    for row, code in codes.items():
        if code in wanted:
            places.setdefault(code, row)
    last = max(places.values())
    missing = [code for code in wanted if code not in places]
    if missing:
        raise sheet.error(
            last, column, f"no row code {missing}", f"every row code of the {layout.name}"
        )
    for row, code in codes.items():
        if row <= last and code in places and places[code] != row:
            raise sheet.error(
                row, column, f"row code {code} again", f"it once (row {places[code] + 1})"
            )
    return column, {name: places[code] for code, name in wanted.items()}


def code_column(
    sheet: Sheet, below: range, first: int, wanted: Set[str], layout: str, enough: int
) -> int:
    """The column before the first of the table with the most row codes.

    Arguments:
        sheet: where the table stands.
        below: rows below the column codes.
        first: first column of the table.
        wanted: the row codes.
        layout: for the message.
        enough: how many make a column of codes.

    Raises:
        SourceError: no column has enough.
    """
    counts = [
        len({code_of(sheet.cell(row, column)) for row in below} & wanted) for column in range(first)
    ]
    if not counts or max(counts) < enough:
        expected = f"the row codes of the {layout}"
        raise sheet.error(below, range(first), "no column of row codes", expected)
    return counts.index(max(counts))


def _row_label(sheet: Sheet, row: int, code_column: int, columns: Mapping[str, int]) -> str:
    """The label nearest to the table."""
    before = [k for k in range(min(columns.values())) if k != code_column]
    labels = [sheet.text(row, k) for k in before]
    return next((label for label in reversed(labels) if label), "")


def spelt(sheet: Sheet, row: int, column: int, label: str) -> str:
    """A label as printed, blanks between words kept, where the cell itself holds it."""
    text = " ".join(str(sheet.cell(row, column) or "").split())
    return text if re.search("[A-Za-z]", text) and same_label(text, label) else label


def _spelt_in_row(sheet: Sheet, row: int, first: int, label: str) -> str:
    """A label as printed in one of the columns before the first of the table."""
    printed = (spelt(sheet, row, column, label) for column in range(first))
    return next((text for text in printed if text != label), label)


def _heading(sheet: Sheet, code_row: int, column: int) -> tuple[int, str]:
    """The lowest heading above a column and its row; merged headings stand further up."""
    for row in range(code_row - 1, -1, -1):
        if sheet.text(row, column):
            return row, sheet.text(row, column)
    return max(code_row - 1, 0), ""


def _check_rows(sheet: Sheet, frame: Frame, names: Sequence[str], wanted: Sequence[str]) -> None:
    for code, found, expected in zip(_NUMBERS, names, wanted, strict=True):
        if not found or not same_label(found, expected):
            raise sheet.error(
                frame.rows[code],
                max(frame.code_column - 1, 0),
                found,
                f"{expected!r} at row code {code}",
            )
    for name, words in ROWS.items():
        found = _row_label(sheet, frame.rows[name], frame.code_column, frame.columns)
        if not any(word in found for word in words):
            raise sheet.error(
                frame.rows[name],
                max(frame.code_column - 1, 0),
                found,
                f"{words[0]!r} at row code {frame.layout.rows[name]}",
            )


def _by_heading(sheet: Sheet, frame: Frame) -> Frame:
    """Tell exports from outflow by their headings where their codes are numbers."""
    if frame.layout != NUMERIC_LAYOUT:
        return frame
    places = [frame.columns[name] for name in ("EX", "OF")]
    labels = [_heading(sheet, frame.code_row, place)[1] for place in places]
    export, outflow = (
        [p for p, label in zip(places, labels, strict=True) if any(w in label for w in words)]
        for words in (COLUMNS["EX"], COLUMNS["OF"])
    )
    if sorted([*export, *outflow]) != sorted(places) or len(export) != 1:
        expected = "'出口' above one, '调出' above the other column"
        raise sheet.error(max(frame.code_row - 1, 0), places[0], labels, expected)
    return replace(frame, columns={**frame.columns, "EX": export[0], "OF": outflow[0]})


def _check_columns(sheet: Sheet, frame: Frame, wanted: Sequence[str]) -> None:
    for code, expected in zip(_NUMBERS, wanted, strict=True):
        row, found = _heading(sheet, frame.code_row, frame.columns[code])
        if not same_label(found, expected):
            raise sheet.error(
                row, frame.columns[code], found, f"{expected!r} above column code {code}"
            )
    for name, words in COLUMNS.items():
        row, found = _heading(sheet, frame.code_row, frame.columns[name])
        if not any(word in found for word in words):
            raise sheet.error(
                row,
                frame.columns[name],
                found,
                f"{words[0]!r} above column code {frame.layout.columns[name]}",
            )
