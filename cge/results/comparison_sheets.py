"""A comparison as a workbook: a sheet a subject, pathways beside each other, units in headings."""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from cge.results.decomposition import NoDecomposition, emissions_change, gdp_change
from cge.results.headline import title
from cge.results.iamc import without_dust
from cge.results.units import shown
from cge.results.workbook import SUBJECTS

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

    from cge.results.comparison import Comparison

OTHER = "Other"
"""Sheet of reports that belong to no subject."""

_HEAD, _WHITE = PatternFill("solid", fgColor="1F3A5F"), Font(bold=True, color="FFFFFF")
_BOLD = Font(bold=True)
_WIDE, _NARROW, _YEAR = 26, 15, 8


def comparison_workbook(comparison: Comparison) -> bytes:
    """The content of the workbook."""
    book = Workbook()
    book.remove(book.active)
    _about(book.create_sheet("About"), comparison)
    for subject, variables in _subjects(comparison.variables).items():
        _sheet(book.create_sheet(subject), comparison, variables)
    for name, (unit, table) in decompositions(comparison).items():
        keys = ("scenario", "region", "year")
        units = {column: f"{column}, {unit}" for column in table.columns if column not in keys}
        _plain(book.create_sheet(name), table.rename(columns=units))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def decompositions(comparison: Comparison) -> dict[str, tuple[str, pd.DataFrame]]:
    """Why emissions and GDP differ: unit and table by name; none that reports do not allow.

    A line for each pathway but the first, region and year.
    """
    found = {}
    first, *others = comparison.paths.items()
    years = sorted(int(year) for year in comparison.table["year"].unique())
    for name, change, unit in (
        ("CO2 by effect", emissions_change, "Mt CO2"),
        ("GDP by expenditure", gdp_change, "1e8 CNY"),
    ):
        factor, words = shown(unit)
        try:
            parts = [
                _with_keys(comparison, factor * change(first[1], path, year), label, year)
                for label, path in others
                for year in years
            ]
        except NoDecomposition:
            continue
        found[name] = words, pd.concat(parts, ignore_index=True)
    return found


def _with_keys(comparison: Comparison, table: pd.DataFrame, label: str, year: int) -> pd.DataFrame:
    """A decomposition with pathway, region and year, of the regions that are compared."""
    geography = next(iter(comparison.paths.values())).geography
    rows = table[table.index.isin(set(comparison.table["region"]))].apply(without_dust)
    rows = rows.reset_index()
    rows["region"] = [title(geography, region) for region in rows["region"]]
    rows.insert(0, "scenario", label)
    rows.insert(2, "year", year)
    return rows


def _subjects(variables: Sequence[str]) -> dict[str, list[str]]:
    """Variables by the sheet that they stand on."""
    found = {
        subject: [name for name in names if name in variables]
        for subject, names in SUBJECTS.items()
    }
    known = {name for names in found.values() for name in names}
    found[OTHER] = [name for name in variables if name not in known]
    return {subject: names for subject, names in found.items() if names}


def _about(sheet: Worksheet, comparison: Comparison) -> None:
    """What is compared."""
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = _WIDE, 110
    lines = [("Compared with", comparison.reference)]
    for name, path in comparison.paths.items():
        lines += [(f"Scenario {name}", path.scenario.told[0]), ("Inputs", path.key)]
        lines += [(f"Version of {what}", text) for what, text in path.versions.items()]
        lines.append(("Assumptions", path.assumptions.hash))
    for name, text in lines:
        sheet.append([name, text])
        sheet.cell(sheet.max_row, 1).font = _BOLD
        sheet.cell(sheet.max_row, 2).alignment = Alignment(wrap_text=True, vertical="top")


def _sheet(sheet: Worksheet, comparison: Comparison, variables: Sequence[str]) -> None:
    """Variables beside each other, a line for each region, label and year."""
    part = comparison.table[comparison.table["variable"].isin(variables)]
    keys = ["region", *comparison.by, "year"]
    lines = list(dict.fromkeys(part[keys].itertuples(index=False, name=None)))
    first = next(iter(comparison.paths.values()))
    columns = [(v, s, m) for v in variables for s, m in _columns(comparison)]
    values = part.set_index([*keys, "variable", "scenario"])[["value", "difference", "per_cent"]]
    cells = values.stack().to_dict()
    units = part.drop_duplicates("variable").set_index("variable")["unit"]
    _headings(sheet, keys, [f"{comparison.meaning(v)}, {units[v]}" for v, _, _ in columns], columns)
    for line in lines:
        region, *labels, year = line
        named = [comparison.names.of(d, str(x)) for d, x in zip(comparison.by, labels, strict=True)]
        numbers = [_number(cells.get((*line, v, s, m))) for v, s, m in columns]
        sheet.append([title(first.geography, str(region)), *named, int(year), *numbers])
    _formats(sheet, len(keys) + 1, 3)


def _columns(comparison: Comparison) -> list[tuple[str, str]]:
    """Columns of a variable: levels of all, then differences and per cent of the others."""
    reference, *others = comparison.paths
    levels = [(name, "value") for name in (reference, *others)]
    return [*levels, *((name, m) for name in others for m in ("difference", "per_cent"))]


def _headings(
    sheet: Worksheet,
    keys: Sequence[str],
    meanings: Sequence[str],
    columns: Sequence[tuple[str, str, str]],
) -> None:
    """Two lines of headings: what is meant, over what is in each column."""
    words = {"value": "", "difference": ", difference", "per_cent": ", %"}
    sheet.append([*(key.capitalize() for key in keys), *meanings])
    sheet.append([*(None for _ in keys), *(f"{s}{words[m]}" for _, s, m in columns)])
    starts = [k for k, (v, _, _) in enumerate(columns) if not k or columns[k - 1][0] != v]
    for start, end in pairwise([*starts, len(columns)]):
        first, last = len(keys) + start + 1, len(keys) + end
        sheet.merge_cells(start_row=1, end_row=1, start_column=first, end_column=last)
    _decorate(sheet, (1, 2))
    for k in range(len(keys) + len(columns)):
        wide = k < len(keys) - 1
        width = _WIDE if wide else _YEAR if k == len(keys) - 1 else _NARROW
        sheet.column_dimensions[get_column_letter(k + 1)].width = width
    sheet.row_dimensions[2].height = 45
    sheet.freeze_panes = f"{get_column_letter(len(keys) + 1)}3"


def _plain(sheet: Worksheet, table: pd.DataFrame) -> None:
    """A table with one line of headings."""
    sheet.append([str(name)[:1].upper() + str(name)[1:] for name in table.columns])
    _decorate(sheet, (1,))
    sheet.row_dimensions[1].height = 45
    for row in table.itertuples(index=False, name=None):
        sheet.append([_number(v) if isinstance(v, float) else v for v in row])
    for k in range(len(table.columns)):
        width = _WIDE if k < 2 else _YEAR if k == 2 else _NARROW
        sheet.column_dimensions[get_column_letter(k + 1)].width = width
    sheet.freeze_panes = "D2"
    _formats(sheet, 4, 2)


def _decorate(sheet: Worksheet, rows: Iterable[int]) -> None:
    for row in rows:
        for cell in sheet[row]:
            cell.font, cell.fill = _WHITE, _HEAD
            cell.alignment = Alignment(wrap_text=True, vertical="top")


def _formats(sheet: Worksheet, column: int, row: int) -> None:
    """As many digits as the size of the largest number of a column calls for."""
    for cells in sheet.iter_cols(min_col=column, min_row=row):
        numbers = [abs(c.value) for c in cells if isinstance(c.value, int | float)]
        size = max(numbers, default=0.0)
        large = "#,##0" if size >= 1e4 else "#,##0.0"
        form = large if size >= 100 else "0.00" if size >= 1 else "0.000"
        for cell in cells:
            cell.number_format = form


def _number(value: float | None) -> float | None:
    """A value for a cell: nothing where it is no number."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.9g}")
