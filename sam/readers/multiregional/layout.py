"""Where a multi-regional table stands on its sheet.

A column of the table is known by its province and its code, a row likewise; names of sectors
confirm the codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sam.readers.io_table.defects import FINAL_USES
from sam.readers.io_table.layout import expected_names, same_label, spelt
from sam.readers.multiregional.sides import (
    COLUMNS,
    ROWS,
    Places,
    Side,
    find_accounts,
    find_blocks,
    find_code_row,
    find_sides,
    sector_codes,
)
from sam.readers.text import normalise
from sam.readers.workbook import Sheet

_FINAL_WORDS = {
    "FU101": ("rural", "农村"),
    "FU102": ("urban", "城镇"),
    "FU103": ("government", "政府"),
    "FU201": ("fixed", "固定资本"),
    "FU202": ("inventor", "stock", "存货", "库存"),
}
"""What a heading of final use must say, where it says anything."""


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


def has_frame(sheet: Sheet) -> bool:
    """Whether a sheet holds a multi-regional table."""
    return find_code_row(sheet) is not None


def find_frame(sheet: Sheet, sectors: Sequence[str] | None = None) -> Frame:
    """Find the table on a sheet and confirm its labels.

    Arguments:
        sheet: cells of the table.
        sectors: the sectors in code order: names, as the labels must read, or codes; as printed
            if omitted.

    Raises:
        SourceError: codes are missing or repeated, or labels contradict each other.
    """
    across, down = find_sides(sheet)
    columns, rows = find_accounts(across, COLUMNS), find_accounts(down, ROWS)
    products, line = find_blocks(down, sector_codes(down), rows["TI"])
    sellers, above = find_blocks(across, sector_codes(across), columns["GO"])
    regions = tuple(products)
    blocks = (*products.values(), *sellers.values())
    codes = sorted(set().union(*blocks), key=int)  # of every block, so that a gap in one shows
    finals, _ = find_blocks(across, list(FINAL_USES), columns["GO"])
    for side, places, wanted in (
        (down, products, codes),
        (across, sellers, codes),
        (across, finals, list(FINAL_USES)),
    ):
        _check_blocks(side, places, regions, wanted)
    names = _names(down, products, codes, line)
    _check_names(across, sellers, names, above)
    first = products[regions[0]]
    rows_of = {code: first[code] for code in codes}
    expected = expected_names(sheet, rows_of, list(names.values()), sectors)
    _check_names(down, products, dict(zip(codes, expected, strict=True)), line)
    _check_finals(across, finals)
    return Frame(
        across.code_line,
        tuple(spelt(sheet, min(products[name].values()), line, name) for name in regions),
        tuple(
            (spelt(sheet, first[code], _name_line(down, line), names[code]) for code in codes)
            if sectors is None
            else sectors
        ),
        tuple(products[region][code] for region in regions for code in codes),
        tuple(sellers[region][code] for region in regions for code in codes),
        tuple(finals[region][code] for region in regions for code in FINAL_USES),
        columns,
        rows,
    )


def _check_blocks(side: Side, places: Places, regions: Sequence[str], codes: Sequence[str]) -> None:
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


def _name_line(side: Side, skipped: int) -> int:
    """The line of sector names: the nearest that does not name the provinces."""
    return next((line for line in side.lines if line != skipped), side.code_line)


def _names(side: Side, places: Places, codes: Sequence[str], skipped: int) -> dict[str, str]:
    """Names of the sectors, the same in every block."""
    line = _name_line(side, skipped)
    first = next(iter(places.values()))
    names = {code: side.label(line, first[code]) for code in codes}
    _check_names(side, places, names, skipped)
    return names


def _check_names(side: Side, places: Places, names: Mapping[str, str], skipped: int) -> None:
    line = _name_line(side, skipped)
    for block in places.values():
        for code, name in names.items():
            found = side.label(line, block[code])
            if not found or not same_label(found, name):
                raise side.error(line, block[code], found, f"{name!r} at {side.what} code {code}")


def _check_finals(side: Side, finals: Places) -> None:
    for block in finals.values():
        for code, words in _FINAL_WORDS.items():
            labels = [normalise(side.label(line, block[code])).lower() for line in side.lines[:1]]
            if labels and labels[0] and not any(word in labels[0] for word in words):
                raise side.error(side.lines[0], block[code], labels[0], f"{words[0]!r} at {code}")
