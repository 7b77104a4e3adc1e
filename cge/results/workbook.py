"""The results as an Excel workbook: a sheet a subject, years across, units in the headings.

Regions, sectors and technologies have their full names. Totals stand after the regions that they
consist of. What is here by sector or technology is what a reader of tables asks for; everything is
in ``results.nc``.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from cge.results.headline import by_label, title, with_totals
from cge.results.iamc import DUST
from cge.results.names import Names, names_of
from cge.results.units import shown

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

    from cge.path import Pathway

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


def workbook(paths: Sequence[Pathway]) -> bytes:
    """The file of the workbook.

    Arguments:
        paths: solved paths, the baseline first.
    """
    book = Workbook(write_only=True)
    names = names_of(paths[0].geography, paths[0].scenario.dataset)
    _about(book.create_sheet("About"), paths, names)
    for subject, reports in SUBJECTS.items():
        told = [name for name in reports if name in paths[0].data]
        if told:
            _sheet(book.create_sheet(subject), paths, told, names)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _about(sheet: WriteOnlyWorksheet, paths: Sequence[Pathway], names: Names) -> None:
    """What was run, and how to read the sheets."""
    first = paths[0]
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 26, 110
    sheet.append([_cell(sheet, "M3C-CGE", Font(bold=True, size=14))])
    lines = [
        ("Money", f"at prices of {first.scenario.first}; prices are relative to consumer prices"),
        ("Totals", "stand after the regions that they consist of; an empty cell is no number"),
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


def _sheet(
    sheet: WriteOnlyWorksheet, paths: Sequence[Pathway], reports: Sequence[str], names: Names
) -> None:
    """A band for each report, with a line for each scenario, region and label."""
    years = sorted({int(year) for path in paths for year in path.data["year"].to_numpy()})
    sheet.freeze_panes = f"{get_column_letter(len(HEADINGS) + 1)}2"
    for k, width in enumerate((*_WIDTHS, *(_YEAR_WIDTH for _ in years))):
        sheet.column_dimensions[get_column_letter(k + 1)].width = width
    sheet.append([_cell(sheet, text, _WHITE, _HEAD) for text in (*HEADINGS, *years)])
    width = len(HEADINGS) + len(years)
    for report in reports:
        words = paths[0].data[report].attrs
        factor, unit = shown(words["units"])
        heading = f"{words['long_name'][:1].upper()}{words['long_name'][1:]}, {unit}"
        band = [_cell(sheet, text, _BOLD, _BAND) for text in (heading, *[None] * (width - 1))]
        sheet.append(band)
        for path in paths:
            for labels, values in _lines(path, report, names):
                told = dict(
                    zip(path.data["year"].to_numpy().tolist(), values.tolist(), strict=True)
                )
                numbers = [_number(factor * told.get(year, np.nan)) for year in years]
                row = [names.of("scenario", path.scenario.name), *labels]
                sheet.append([*row, *_figures(sheet, numbers)])


def _lines(path: Pathway, report: str, names: Names) -> Iterator[tuple[list[str], np.ndarray]]:
    """Labels and values of each line of a report."""
    data = _table(path, report)
    others = [str(dim) for dim in data.dims if dim not in ("region", "year")]
    order = [*(dim for dim in ("region",) if dim in data.dims), *others]
    flat = data.transpose(*order, "year")
    labels = [[str(label) for label in flat[dim].to_numpy()] for dim in order]
    values = flat.to_numpy().reshape(-1, flat.sizes["year"])
    for place, line in zip(np.ndindex(*(len(each) for each in labels)), values, strict=True):
        told = {dim: labels[k][at] for k, (dim, at) in enumerate(zip(order, place, strict=True))}
        region = title(path.geography, told["region"]) if "region" in told else ""
        by = [names.of(dim, told[dim]) for dim in others]
        if np.isfinite(line).any():
            yield [region, *by, *[""] * (2 - len(by))], line


def _table(path: Pathway, report: str) -> xr.DataArray:
    """A report with totals; a mean or what holds in regions only as it is."""
    data = path.data[report]
    if set(data.dims) == {"region", "year"} and data.attrs["total"] != "none":
        return with_totals(path, report)
    return by_label(path, report)


def _number(value: float) -> float | None:
    """A value for a cell: nothing where it is no number, zero where it is dust."""
    if not math.isfinite(value):
        return None
    return 0.0 if abs(value) < DUST else float(f"{value:.9g}")


def _figures(
    sheet: WriteOnlyWorksheet, numbers: Sequence[float | None]
) -> list[WriteOnlyCell | None]:
    """Cells of a line, with as many digits as the size of its largest number calls for."""
    size = max((abs(number) for number in numbers if number is not None), default=0.0)
    form = "#,##0" if size >= 1000 else "#,##0.0" if size >= 10 else "0.000"
    cells: list[WriteOnlyCell | None] = []
    for number in numbers:
        cell = None if number is None else WriteOnlyCell(sheet, value=number)
        if cell is not None:
            cell.number_format = form
        cells.append(cell)
    return cells


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
