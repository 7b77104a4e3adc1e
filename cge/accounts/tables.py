"""Tables of an equilibrium: a labelled dataset, a long table, a workbook.

All hold the same variables (``variables``) with their units and meanings. A price or level of a
member that has no flows at all is not a number.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from cge.accounts.variables import SUBJECTS, Variable, variables
from cge.equilibrium.result import Equilibrium
from cge.language.dimensions import Dimensions

HEAD = ("subject", "variable", "owner", "flow")
"""First columns of a long table; those of the letters follow."""

TAIL = ("unit", "meaning")
"""Last columns of a long table."""


def to_dataset(equilibrium: Equilibrium) -> xr.Dataset:
    """All variables of an equilibrium, labelled, with attributes ``units`` and ``long_name``.

    Attributes of the dataset say how it was solved, and what prices are relative to.
    """
    model = equilibrium.model
    data = {v.name: labelled(v, v.read(equilibrium.state), model.dims) for v in variables(model)}
    return xr.Dataset(data, attrs=_provenance(equilibrium))


def labelled(variable: Variable, value: Any, dims: Dimensions) -> xr.DataArray:
    """A variable's values with labels, unit and meaning."""
    letters = variable.letters
    array = np.broadcast_to(np.asarray(value, float), dims.shape(letters)).copy()
    attrs = {
        "units": variable.unit,
        "long_name": variable.meaning,
        "subject": variable.subject,
        "owner": variable.owner,
        "flow": variable.flow,
    }
    coords = {c: list(dims[c].labels) for c in letters}
    return xr.DataArray(array, coords, list(letters), variable.name, attrs)


def largest(values: np.ndarray) -> float:
    """Largest size of the numbers of an array, zero where there are none."""
    return float(np.max(np.abs(values), where=np.isfinite(values), initial=0.0))


def to_frame(equilibrium: Equilibrium) -> pd.DataFrame:
    """All variables as one long table, a row for each member.

    Returns:
        Columns ``subject, variable, owner, flow``, one for each letter of the model (empty where a
        variable lacks it), ``value, unit, meaning``.
    """
    return long_table({"value": to_dataset(equilibrium)})


def long_table(datasets: dict[str, xr.Dataset]) -> pd.DataFrame:
    """Datasets of the same variables and labels as columns of one long table."""
    first = next(iter(datasets.values()))
    letters = [str(c) for c in first.coords]
    parts = [_rows(name, datasets, letters) for name in map(str, first.data_vars)]
    columns = [*HEAD, *letters, *datasets, *TAIL]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


def _rows(name: str, datasets: dict[str, xr.Dataset], letters: list[str]) -> pd.DataFrame:
    first = next(iter(datasets.values()))[name]
    places = np.indices(first.shape).reshape(first.ndim, first.size)  # letter, member
    labels = {
        letter: first.coords[letter].to_numpy()[places[first.dims.index(letter)]]
        if letter in first.dims
        else ""
        for letter in letters
    }
    values = {column: dataset[name].to_numpy().ravel() for column, dataset in datasets.items()}
    said = first.attrs
    head = {"subject": said["subject"], "variable": name, "owner": said["owner"]}
    tail = {"unit": said["units"], "meaning": said["long_name"]}
    return pd.DataFrame({**head, "flow": said["flow"], **labels, **values, **tail})


def to_excel(equilibrium: Equilibrium, path: str | Path) -> Path:
    """Write a workbook: a sheet for each subject, units in the headings, first row frozen.

    Quantities, values and taxes of flows that are zero are left out.

    Returns:
        The path.
    """
    return workbook(to_frame(equilibrium), ("value",), _provenance(equilibrium), path)


def workbook(
    table: pd.DataFrame, columns: tuple[str, ...], about: dict[str, Any], path: str | Path
) -> Path:
    """A long table as a workbook, a sheet for each subject after one that says what it is.

    Arguments:
        table: a long table.
        columns: its columns of values; a heading has one for each unit of the subject.
        about: what the first sheet says.
        path: where to write.
    """
    target = Path(path)
    with pd.ExcelWriter(target, engine="openpyxl") as writer:
        said = pd.DataFrame({"item": list(about), "value": [str(v) for v in about.values()]})
        _sheet(writer, "about", said, 0)
        for subject in SUBJECTS:
            rows = table[table["subject"] == subject]
            rows = rows[_something(rows, columns)]
            if len(rows):
                wide, heads = _with_units(rows, columns)
                _sheet(writer, subject, wide, heads)
    return target


def _something(rows: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series[bool]:
    """Rows where some value is a number other than zero."""
    numbers = rows[[c for c in columns if pd.api.types.is_numeric_dtype(rows[c])]]
    return (numbers.fillna(0.0) != 0.0).any(axis=1)


def _with_units(rows: pd.DataFrame, columns: tuple[str, ...]) -> tuple[pd.DataFrame, int]:
    """Rows with a column of values for each unit, and how many columns of names stand before."""
    letters = [c for c in rows.columns if c not in (*HEAD, *TAIL, *columns)]
    names = ["variable", *(c for c in letters if c in rows and (rows[c] != "").any())]
    wide = rows[names].copy()
    for column in columns:
        if not pd.api.types.is_numeric_dtype(rows[column]):
            wide[column] = rows[column]
            continue
        for unit in dict.fromkeys(rows["unit"]):
            head = f"{column} [%]" if column == "percent" else f"{column} [{unit}]"
            if head not in wide:
                own = rows["unit"] == unit if column != "percent" else rows["unit"] != ""
                wide[head] = rows[column].where(own)
    wide["meaning"] = rows["meaning"]
    return wide, len(names)


def _sheet(writer: pd.ExcelWriter[Any], name: str, table: pd.DataFrame, heads: int) -> None:
    """A sheet with its first row and its columns of names frozen, filters, readable widths."""
    table.to_excel(writer, sheet_name=name, index=False)
    sheet = writer.sheets[name]
    sheet.freeze_panes = sheet.cell(row=2, column=heads + 1)
    sheet.auto_filter.ref = sheet.dimensions
    for column, width in zip(sheet.columns, _widths(table), strict=True):
        sheet.column_dimensions[column[0].column_letter].width = width


def _widths(table: pd.DataFrame) -> Iterator[float]:
    for name in table.columns:
        longest = table[name].astype(str).str.len().max() if len(table) else 0
        numeric = pd.api.types.is_numeric_dtype(table[name])
        yield min(60.0, 2.0 + max(len(str(name)), 12 if numeric else int(longest)))


def _provenance(equilibrium: Equilibrium) -> dict[str, Any]:
    """How an equilibrium was solved, and what its prices are relative to."""
    index = equilibrium.model.index
    return {
        "model": equilibrium.model.name,
        "status": equilibrium.status.value,
        "worst_residual": equilibrium.worst,
        "walras": equilibrium.walras,
        "rounds": equilibrium.rounds,
        "route": equilibrium.route,
        "numeraire": ", ".join(commodity.name for commodity in index) or "none",
    }
