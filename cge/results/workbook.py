"""The results as an Excel workbook: a sheet a subject, years across, units in the headings.

Regions, sectors and technologies have their full names. Totals stand after the regions that they
consist of. What is here by sector or technology is what a reader of tables asks for; everything is
in ``results.nc``.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from cge.results.cells import Lines, filled
from cge.results.headline import by_label, title, with_totals
from cge.results.iamc import without_dust
from cge.results.names import Names, names_of
from cge.results.units import shown

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from cge.path import Pathway

Array = npt.NDArray[np.float64]

SUBJECTS: Final[dict[str, tuple[str, ...]]] = {
    "Economy": (
        "gdp_real", "gdp_growth", "consumption", "government", "investment", "exports", "imports",
        "capital", "net_return", "wage", "return_to_capital", "exchange_rate", "services_share",
    ),
    "Welfare": (
        "welfare_with_saving", "equivalent_variation", "population", "people", "discretionary",
        "living_cost",
    ),
    "Emissions": (
        "co2_direct", "co2_net", "co2_energy", "co2_process", "co2_power", "co2_household",
        "emissions", "co2_indirect", "sinks", "leakage",
    ),
    "Carbon market": ("cap", "carbon_price", "offsets", "abatement_cost", "storage_rent"),
    "Capture and removal": (
        "captured", "removal", "abatement", "captured_power", "stored", "storage_limit",
    ),
    "Electricity": (
        "electricity_demand", "generation_twh", "capacity", "capacity_added", "capacity_retired",
        "capacity_expired", "full_load_hours", "generation_price", "rent_over_annuity", "storage",
        "reserve", "electricity_sent",
    ),
    "Energy": (
        "primary_energy", "primary_by_source", "non_fossil_share", "final_energy",
        "final_energy_of_user", "electrification", "non_energy_use", "energy_generation",
        "steel", "cement",
    ),
    "Sectors": ("output", "employed", "electricity_sector"),
    "Prices": ("producer_price", "electricity_price", "investment_price"),
    "Investment": ("transition_investment", "plant_investment"),
}  # fmt: skip
"""Reports of each sheet."""

HEADINGS: Final = ("Scenario", "Region", "By", "Of")
"""Headings of the columns before the years."""

_BOLD, _WHITE = Font(bold=True), Font(bold=True, color="FFFFFF")
_HEAD, _BAND = PatternFill("solid", fgColor="1F3A5F"), PatternFill("solid", fgColor="DCE6F1")
_WIDTHS = (30, 26, 28, 24)
_YEAR_WIDTH = 11

FORMS: Final = ((1000.0, "#,##0"), (10.0, "#,##0.0"), (0.0, "0.000"))
"""Formats of numbers, each with the size of the largest number of a line that it begins at."""


def workbook(paths: Sequence[Pathway]) -> bytes:
    """The file of the workbook.

    Arguments:
        paths: solved paths, the baseline first.
    """
    book = Workbook(write_only=True)
    names = names_of(paths[0].geography, paths[0].scenario.dataset)
    _about(book.create_sheet("About"), paths, names)
    sheets: list[tuple[WriteOnlyWorksheet, Lines]] = []
    for subject, reports in SUBJECTS.items():
        told = [name for name in reports if name in paths[0].data]
        if told:
            sheet = book.create_sheet(subject)
            sheets.append((sheet, _lines(sheet, paths, told, names)))
    content = io.BytesIO()
    book.save(content)
    return filled(content.getvalue(), {sheet.path: lines for sheet, lines in sheets})


def _about(sheet: WriteOnlyWorksheet, paths: Sequence[Pathway], names: Names) -> None:
    """What was run, and how to read the sheets."""
    first = paths[0]
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 110
    sheet.append([_cell(sheet, "M3C-CGE", Font(bold=True, size=14))])
    lines = [
        ("Money", f"at prices of {first.scenario.first}; prices are relative to consumer prices"),
        ("Totals", "stand after the regions that they consist of"),
        ("Nothing", "an empty cell is no number; a line that is not there is zero or none always"),
        ("Everything", "is in results.nc, IAMC names are in summary.csv"),
        *((f"Version of {name}", text) for name, text in first.versions.items()),
    ]
    for path in paths:
        label = names.of("scenario", path.scenario.name)
        lines.append((f"Scenario {label}", path.scenario.told[0]))
        lines.append(("Years", f"{path.scenario.first}-{path.solves['year'].max()}"))
    for name, text in lines:
        body = _cell(sheet, text)
        body.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.append([_cell(sheet, name, _BOLD), body])


def _lines(
    sheet: WriteOnlyWorksheet, paths: Sequence[Pathway], reports: Sequence[str], names: Names
) -> Lines:
    """A band for each report, with a line for each scenario, region and label."""
    years = sorted({int(year) for path in paths for year in path.data["year"].to_numpy()})
    sheet.freeze_panes = f"{get_column_letter(len(HEADINGS) + 1)}2"
    for k, width in enumerate((*_WIDTHS, *(_YEAR_WIDTH for _ in years))):
        sheet.column_dimensions[get_column_letter(k + 1)].width = width
    head, band = _style(sheet, _WHITE, _HEAD), _style(sheet, _BOLD, _BAND)
    forms = {form: _style(sheet, form=form) for _, form in FORMS}
    lines = Lines(len(HEADINGS) + len(years))
    lines.add(HEADINGS, years, style=head, form=head)
    for report in reports:
        words = paths[0].data[report].attrs
        factor, unit = shown(words["units"])
        heading = f"{words['long_name'][:1].upper()}{words['long_name'][1:]}, {unit}"
        lines.add([heading, *[""] * (len(HEADINGS) + len(years) - 1)], style=band)
        for path in paths:
            scenario = names.of("scenario", path.scenario.name)
            values, labels = _table(path, report, years, names)
            told = _clean(factor * values)
            sizes = np.abs(np.nan_to_num(told)).max(axis=1, initial=0.0)
            for label, line, size in zip(labels, told.tolist(), sizes.tolist(), strict=True):
                if size:
                    lines.add([scenario, *label], line, form=forms[_form(size)])
    return lines


def _table(
    path: Pathway, report: str, years: Sequence[int], names: Names
) -> tuple[Array, list[tuple[str, ...]]]:
    """Values of a report with totals (line, year), and the labels of lines.

    A mean, or what holds in regions only, is as it is.
    """
    data = path.data[report]
    sums = set(data.dims) == {"region", "year"} and data.attrs["total"] != "none"
    data = with_totals(path, report) if sums else by_label(path, report)
    others = [str(dim) for dim in data.dims if dim not in ("region", "year")]
    order = [*(dim for dim in ("region",) if dim in data.dims), *others]
    flat = data.reindex(year=years).transpose(*order, "year")
    regions = [""]
    if "region" in order:
        regions = [title(path.geography, str(label)) for label in flat["region"].to_numpy()]
    called = [regions, *(names.every(dim, flat[dim].to_numpy()) for dim in others)]
    called += [[""]] * (len(HEADINGS) - 1 - len(called))
    return flat.to_numpy().reshape(-1, len(years)), list(product(*called))


def _clean(values: Array) -> Array:
    """Numbers of cells: none where there is none, zero where it is dust."""
    return without_dust(np.where(np.isfinite(values), values, np.nan))


def _form(size: float) -> str:
    """As many digits as the size of the largest number of a line calls for."""
    return next(form for least, form in FORMS if size >= least)


def _style(
    sheet: WriteOnlyWorksheet,
    font: Font | None = None,
    fill: PatternFill | None = None,
    form: str = "General",
) -> int:
    """Id of a style in the workbook."""
    cell = _cell(sheet, None, font, fill)
    cell.number_format = form
    return int(cell.style_id)


def _cell(
    sheet: WriteOnlyWorksheet,
    value: object,
    font: Font | None = None,
    fill: PatternFill | None = None,
) -> WriteOnlyCell:
    """A cell with a font and a fill."""
    cell = WriteOnlyCell(sheet, value=value)
    if font is not None:
        cell.font = font
    if fill is not None:
        cell.fill = fill
    return cell
