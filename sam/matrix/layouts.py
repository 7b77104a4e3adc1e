"""Layouts of a SAM on a sheet, and which sheet of a workbook holds one.

A table is long, one line per payment, or square, with three headings or with names only on either
side; its headings tell which. Titles above the table, merged headings, lines of totals, and notes
are tolerated; a wrong cell is named with its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sam.accounts import KINDS
from sam.errors import SourceError
from sam.matrix.frames import ACCOUNT, COLUMNS, NAMED
from sam.matrix.headed import kind_headings, read_headed
from sam.matrix.long import Table, long_heading, read_long_sheet
from sam.matrix.named import circulates, name_headings, read_named, shared_names
from sam.readers.workbook import Sheet

LONG, SQUARE = "long", "square"
LAYOUTS = (LONG, SQUARE)


def read_sheet(sheet: Sheet, region: str | None = None, *, ignore_totals: bool = False) -> Table:
    """Read a sheet in the layout that its headings show.

    Arguments:
        sheet: cells of a sheet.
        region: region of all accounts where the table names none.
        ignore_totals: do not hold the totals of a table against its sums.

    Raises:
        SourceError: there is no SAM, or a cell is wrong: names file, sheet, row and column.
    """
    heading = long_heading(sheet)
    if heading is not None:
        return read_long_sheet(sheet, heading, region, ignore_totals=ignore_totals)
    kinds = kind_headings(sheet)
    if kinds is not None:
        return read_headed(sheet, *kinds, region, ignore_totals=ignore_totals)
    names = name_headings(sheet)
    if names is not None:
        return read_named(sheet, *names, ignore_totals=ignore_totals)
    raise SourceError(
        f"{sheet.file}, sheet {sheet.name!r}: holds no SAM; expected a long table with the columns "
        f"{', '.join(COLUMNS)} (or {', '.join(NAMED)}), or a square one whose rows and columns "
        f"have the same names, or three headings: {', '.join(ACCOUNT)}, kinds being "
        f"{', '.join(KINDS)}"
    )


def holds_sam(sheet: Sheet) -> bool:
    """Whether a sheet has the headings of a SAM in any layout."""
    return _tells(sheet) or name_headings(sheet) is not None


def holding(book: Mapping[str, Sheet]) -> list[Sheet]:
    """The sheets of a workbook that hold a SAM, the one that is meant first.

    Visible sheets come before hidden ones, and those that tell what they are before those of names
    only. Many a table of parameters has the same names on both sides: of tables of names those
    count whose payments circulate, or, if there is no other SAM, those that are not small beside
    the largest.
    """
    pages: list[Sheet] = []
    for hidden in (False, True):
        shown = [page for page in book.values() if page.hidden == hidden]
        told = [_tells(page) for page in shown]
        pages += [page for page, tells in zip(shown, told, strict=True) if tells]
        named = [page for page, tells in zip(shown, told, strict=True) if not tells]
        pages += _likely(named, needed=not pages)
    return pages


def _likely(pages: Sequence[Sheet], *, needed: bool) -> list[Sheet]:
    """The sheets of names whose payments circulate; if none does and one is needed, the large."""
    headings = [(page, name_headings(page)) for page in pages]
    named = [(page, places) for page, places in headings if places is not None]
    payments = [page for page, places in named if circulates(page, *places)]
    if payments or not needed:
        return payments
    sizes = [len(shared_names(page, *places)) for page, places in named]
    return [page for (page, _), size in zip(named, sizes, strict=True) if 2 * size >= max(sizes)]


def _tells(sheet: Sheet) -> bool:
    """Whether a sheet holds a long table, or a square one with kinds."""
    return long_heading(sheet) is not None or kind_headings(sheet) is not None
