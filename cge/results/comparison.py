"""Pathways side by side: levels, differences and per cent, against the first of them.

By variable, region, year and any dimension of a report (sector, technology, fuel), as one long
table, a table for people, CSV, an Excel workbook and a figure::

    both = compare_paths([baseline, policy], variables=["output"], by=["sector"])
    both.table           # one line per variable, region, sector, year and pathway
    both.to_excel("both.xlsx")
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from calibration.errors import unknown
from cge.results.headline import by_label, title, with_totals
from cge.results.iamc import without_dust
from cge.results.names import Names, names_of
from cge.results.table import table_years
from cge.results.units import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cge.path import Pathway

Array = npt.NDArray[np.float64]

MAIN = (
    "gdp_real", "consumption", "investment", "welfare_with_saving", "co2_direct", "co2_net",
    "carbon_price", "electricity_demand", "primary_energy", "employed",
)  # fmt: skip
"""Reports that are compared where none is named."""

MEASURES = ("value", "difference", "per_cent")
"""What is known of a quantity in a pathway: its level, and both against the first pathway."""

_ROUNDING = 1e-9
"""Relative difference that is none, but the rounding of two solves."""


class ComparisonError(ValueError):
    """Pathways cannot be compared as asked: says which variable, label or year there is not."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Pathways side by side.

    Attributes:
        paths: by the name that they have here; the others are compared with the first.
        table: ``variable, unit, region``, the dimensions of ``by``, ``year, scenario, value,
            difference, per_cent``.
        by: dimensions beside region and year.
        names: names of labels.
    """

    paths: Mapping[str, Pathway]
    table: pd.DataFrame
    by: tuple[str, ...]
    names: Names

    @property
    def reference(self) -> str:
        """The name of the pathway with which others are compared."""
        return next(iter(self.paths))

    @property
    def variables(self) -> list[str]:
        """Names of the reports."""
        return list(dict.fromkeys(self.table["variable"]))

    def meaning(self, variable: str) -> str:
        """What a report is, in words."""
        text: str = next(iter(self.paths.values())).data[variable].attrs["long_name"]
        return text[:1].upper() + text[1:]

    def to_csv(self, place: str | Path | None = None) -> str:
        """The long table as CSV: the text, written to a file where one is named."""
        text: str = self.table.to_csv(index=False, lineterminator="\n")
        if place is not None:
            Path(place).write_text(text, encoding="utf-8", newline="")
        return text

    def to_excel(self, place: str | Path | None = None) -> bytes:
        """A workbook with a sheet for each subject: its content, written where a file is named."""
        from cge.results.comparison_sheets import comparison_workbook

        content = comparison_workbook(self)
        if place is not None:
            Path(place).write_bytes(content)
        return content

    def figure(self) -> Figure:
        """Each variable over the years: levels of all pathways, and per cent of the others."""
        from cge.results.comparison_figure import comparison_figure

        return comparison_figure(self)

    def text(self) -> str:
        """The table for people: variables one below the other, years across."""
        return "\n\n".join(self._block(variable) for variable in self.variables)

    def reasons(self) -> str:
        """Why CO2 and GDP differ, for people: effects one below the other, years across."""
        from cge.results.comparison_sheets import decompositions

        parts = []
        for name, (unit, table) in decompositions(self).items():
            for (scenario, region), rows in table.groupby(["scenario", "region"], sort=False):
                turned = rows.set_index("year").drop(columns=["scenario", "region"]).T
                lines = [f"{name}, {unit}: {scenario} against {self.reference}, {region}"]
                lines.append(f"{'':<{_LABEL}}" + "".join(f"{year:>{_WIDTH}}" for year in turned))
                for effect, values in turned.iterrows():
                    cells = "".join(f"{text:>{_WIDTH}}" for text in _cells(values, "value"))
                    lines.append(f"  {effect!s:<{_LABEL - 2}}{cells}")
                parts.append("\n".join(lines))
        return "\n\n".join(parts) or "These pathways report too little to say why they differ."

    def _block(self, variable: str) -> str:
        """A variable: a line for each pathway, its difference and per cent."""
        part = self.table[self.table["variable"] == variable]
        lines = [f"{self.meaning(variable)}, {part['unit'].iloc[0]}"]
        years = sorted(part["year"].unique())
        lines.append(f"{'':<{_LABEL}}" + "".join(f"{year:>{_WIDTH}}" for year in years))
        for keys, rows in part.groupby(["region", *self.by], sort=False, dropna=False):
            lines.append(self._place([str(key) for key in keys]))
            for scenario, measures in rows.groupby("scenario", sort=False):
                for measure in MEASURES if scenario != self.reference else MEASURES[:1]:
                    values = measures.set_index("year")[measure].reindex(years)
                    if measure != "value" and values.isna().all():
                        continue
                    heading = _WORDS[measure] or str(scenario)
                    cells = "".join(f"{text:>{_WIDTH}}" for text in _cells(values, measure))
                    lines.append(f"  {heading:<{_LABEL - 2}.{_LABEL - 2}}{cells}")
        return "\n".join(lines)

    def _place(self, labels: Sequence[str]) -> str:
        """Region and other labels by their names."""
        first = next(iter(self.paths.values()))
        region, *others = labels
        told = [self.names.of(dim, label) for dim, label in zip(self.by, others, strict=True)]
        return ", ".join([title(first.geography, region), *told])


_LABEL, _WIDTH = 36, 11
_WORDS = {"value": "", "difference": "  difference", "per_cent": "  per cent"}


def compare_paths(
    paths: Sequence[Pathway] | Mapping[str, Pathway],
    *,
    variables: Sequence[str] = (),
    regions: Sequence[str] = (),
    years: Sequence[int] = (),
    by: Sequence[str] = (),
    labels: Mapping[str, Sequence[str]] | None = None,
) -> Comparison:
    """Compare pathways with the first of them.

    Arguments:
        paths: two or more, as they are or by the names that they shall have.
        variables: names of reports; those of ``MAIN`` by default.
        regions: codes of regions and names of totals; the nation by default.
        years: those that tables show by default.
        by: dimensions that are not added up, such as ``sector``.
        labels: labels along those dimensions; all of them by default.

    Raises:
        ComparisonError: there is only one pathway, or no such variable, dimension, label or year.
    """
    named = _named(paths)
    first = next(iter(named.values()))
    wanted = list(variables) or [name for name in MAIN if name in first.data]
    at = _years(named, years)
    tables = [
        _compared(named, variable, regions, at, tuple(by), labels or {}) for variable in wanted
    ]
    table = pd.concat(tables, ignore_index=True)
    return Comparison(named, table, tuple(by), names_of(first.geography, first.scenario.dataset))


def _named(paths: Sequence[Pathway] | Mapping[str, Pathway]) -> dict[str, Pathway]:
    """Pathways by names that are not twice there."""
    if isinstance(paths, Mapping):
        named = dict(paths)
    else:
        named = {}
        for path in paths:
            name, k = path.scenario.name, 2
            while name in named:
                name, k = f"{path.scenario.name} ({k})", k + 1
            named[name] = path
    if len(named) < 2:
        raise ComparisonError("there is one pathway only; give two or more to compare")
    return named


def _years(paths: Mapping[str, Pathway], years: Sequence[int]) -> list[int]:
    """Years that all pathways have."""
    common = sorted(set.intersection(*(set(path.years) for path in paths.values())))
    if not common:
        raise ComparisonError("the pathways have no year in common")
    for year in years:
        if year not in common:
            raise ComparisonError(
                f"year {year} is not in all pathways; give one from {common[0]} to {common[-1]}"
            )
    return sorted(years) or table_years(common)


def _compared(
    paths: Mapping[str, Pathway],
    variable: str,
    regions: Sequence[str],
    years: Sequence[int],
    by: tuple[str, ...],
    labels: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """A report of all pathways, one line per place, year and pathway."""
    tables = {
        name: _values(path, variable, regions, by, labels).sel(year=list(years))
        for name, path in paths.items()
    }
    first = next(iter(tables.values()))
    factor, unit = shown(first.attrs["units"])
    parts = []
    for name, table in tables.items():
        both = xr.Dataset({"value": factor * table, "before": factor * first})
        if both.sizes != {**table.sizes} or both.sizes != {**first.sizes}:
            raise ComparisonError(
                f"variable {variable!r} has other labels in {name!r}; compare pathways of one "
                "dataset, or by other dimensions"
            )
        flat = both.to_dataframe(dim_order=["region", *by, "year"]).reset_index()
        parts.append(_against(flat, name))
    whole = pd.concat(parts, ignore_index=True).assign(variable=variable, unit=unit)
    whole = whole[["variable", "unit", "region", *by, "year", "scenario", *MEASURES]]
    keys = ["region", *by]
    there = whole.groupby(keys, sort=False)["value"].transform(lambda part: part.notna().any())
    kept = whole[there]
    place, _ = pd.factorize(pd.MultiIndex.from_frame(kept[keys]))
    return kept.iloc[np.argsort(place, kind="stable")]


def _against(flat: pd.DataFrame, name: str) -> pd.DataFrame:
    """Difference and per cent; none where two solves agree but for rounding."""
    value, before = (without_dust(flat[name].to_numpy()) for name in ("value", "before"))
    difference = value - before
    difference = np.where(np.abs(difference) <= _ROUNDING * np.abs(before), 0.0, difference)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_cent = np.where(before != 0.0, 100.0 * difference / np.abs(before), np.nan)
    found = {"value": value, "difference": difference, "per_cent": per_cent}
    return flat.drop(columns="before").assign(scenario=name, **found)


def _values(
    path: Pathway,
    variable: str,
    regions: Sequence[str],
    by: tuple[str, ...],
    labels: Mapping[str, Sequence[str]],
) -> xr.DataArray:
    """A report by region, dimensions and year, of the regions and labels that are wanted."""
    if variable not in path.data:
        raise ComparisonError(unknown("variable", variable, [str(n) for n in path.data.data_vars]))
    data = _shaped(path, variable, by)
    if "region" not in data.dims:
        data = data.expand_dims(region=[path.geography.nation])
    known = [str(region) for region in data["region"].to_numpy()]
    asked = [*regions] or [path.geography.nation if path.geography.nation in known else known[0]]
    chosen = {"region": asked if regions or path.geography.nation in known else known, **labels}
    for dim, wanted in chosen.items():
        if dim not in data.dims:
            raise ComparisonError(f"variable {variable!r} is not by {dim}; it is by {_dims(data)}")
        there = [str(label) for label in data[dim].to_numpy()]
        for label in wanted:
            if label not in there:
                raise ComparisonError(unknown(dim, label, there))
        data = data.sel({dim: list(wanted)})
    return data


def _shaped(path: Pathway, variable: str, by: tuple[str, ...]) -> xr.DataArray:
    """A report with the dimensions that are wanted; others are added up where it is a sum."""
    data = path.data[variable]
    others = [str(dim) for dim in data.dims if dim not in ("region", "year")]
    for dim in by:
        if dim not in others:
            raise ComparisonError(f"variable {variable!r} is not by {dim}; it is by {_dims(data)}")
    left = [dim for dim in others if dim not in by]
    if not by and data.attrs["total"] != "none":
        return with_totals(path, variable)
    if left and data.attrs["total"] != "sum":
        raise ComparisonError(
            f"variable {variable!r} is by {_dims(data)} and does not add up; compare by "
            f"{' and '.join(others)} too"
        )
    found = by_label(path, variable)
    return found.sum(left, skipna=False, keep_attrs=True) if left else found


def _dims(data: xr.DataArray) -> str:
    return ", ".join(str(dim) for dim in data.dims)


def _cells(values: pd.Series[float], measure: str) -> list[str]:
    """Numbers of a line as tables show them, with digits for the largest of them."""
    if measure == "per_cent":
        digits = 2
    else:
        size = float(values.abs().max())
        digits = 0 if size >= 1000 else 1 if size >= 100 else 2 if size >= 1 or size == 0 else 4
    sign = "" if measure == "value" else "+"
    return [
        f"{round(value, digits) + 0.0:{sign},.{digits}f}" if np.isfinite(value) else "-"
        for value in values
    ]


def picture(comparison: Comparison, file: Path) -> bytes:
    """The figure of a comparison as the content of a file.

    Raises:
        ComparisonError: the ending of its name is that of no kind of picture.
    """
    figure, kind = comparison.figure(), file.suffix.removeprefix(".").lower()
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise ComparisonError(
            f"{file}: no picture ends so; name a file such as {file.stem or 'figure'}.pdf"
        )
    content = io.BytesIO()
    figure.savefig(content, format=kind, dpi=200)
    return content.getvalue()
