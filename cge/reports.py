"""What all blocks of a model say together: names that stand for one thing, records with labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cge.blocks import Check, Lever, Report, Stock
from cge.language import DeclarationError

Array = npt.NDArray[np.float64]
Labels = Mapping[str, Sequence[str]]

Described = tuple[Sequence[str], Mapping[str, str]]
"""Dimensions of a variable beside the year, and its words."""


def check_names(
    reports: Sequence[Report], stocks: Sequence[Stock], levers: Sequence[Lever]
) -> None:
    """Assert that every name stands for one thing.

    A lever may bear the name of a report of the same dimensions and unit: what is in force and what
    is reported are then the same quantity.

    Raises:
        DeclarationError: names what stands twice.
    """
    for what, things in (("reports", reports), ("stocks", stocks), ("levers", levers)):
        twice = [name for name, n in Counter(thing.name for thing in things).items() if n > 1]
        if twice:
            raise DeclarationError(f"{what} {', '.join(twice)} are declared twice; rename one")
    known = {report.name: report for report in reports}
    for lever in levers:
        report = known.get(lever.name)
        if report is not None and (report.dims, report.unit) != (lever.dims, lever.unit):
            raise DeclarationError(
                f"lever {lever.name!r} by {lever.dims!r} in {lever.unit} has the name of a report "
                f"by {report.dims!r} in {report.unit}; rename one"
            )


def check_labels(things: Sequence[Report | Stock | Lever | Check], labels: Labels) -> None:
    """Assert that all dimensions have labels.

    Raises:
        DeclarationError: names the thing, the dimension and those that there are.
    """
    for thing in things:
        for dim in thing.dims.split():
            if dim not in labels:
                raise DeclarationError(
                    f"{thing.name!r} is by {thing.dims!r}, and {dim!r} has no labels; use "
                    f"{', '.join(labels)}"
                )


def shaped(thing: Report | Stock | Check, value: Any, labels: Labels) -> Array:
    """A value of a report, stock or check as an array over its dimensions.

    Raises:
        DeclarationError: it has another shape.
    """
    array = np.array(value, float)
    shape = tuple(len(labels[dim]) for dim in thing.dims.split())
    if array.shape != shape:
        raise DeclarationError(
            f"{thing.name!r} by {thing.dims!r} has shape {array.shape} where its labels make "
            f"{shape}; correct what it is worked out from"
        )
    return array


def reported_data(
    reports: Sequence[Report],
    labels: Labels,
    records: Mapping[int, Mapping[str, Array]],
) -> xr.Dataset:
    """Records of years as a dataset: each variable with the dimensions and words of its report.

    Arguments:
        reports: what is reported.
        labels: labels by dimension.
        records: values by year and name.
    """
    variables = {report.name: (report.dims.split(), words(report)) for report in reports}
    return labelled_data(variables, labels, records)


def words(report: Report) -> dict[str, str]:
    """What a report says of its values, as attributes of a variable."""
    said = {"units": report.unit, "long_name": report.meaning, "total": report.total}
    return said | {k: text for k, text in (("iamc", report.iamc), ("by", report.by)) if text}


def labelled_data(
    variables: Mapping[str, Described], labels: Labels, records: Mapping[int, Mapping[str, Array]]
) -> xr.Dataset:
    """Records of years as a dataset.

    Arguments:
        variables: dimensions beside the year, and words, by name.
        labels: labels by dimension.
        records: values by year and name.
    """
    if not records:
        return xr.Dataset()
    known = {dim for dims, _ in variables.values() for dim in dims}
    coords = {dim: list(labels[dim]) for dim in labels if dim in known}
    return xr.Dataset(
        {
            name: ((*dims, "year"), _over_years(name, records), dict(said))
            for name, (dims, said) in variables.items()
        },
        coords={**coords, "year": list(records)},
    )


def _over_years(name: str, records: Mapping[int, Mapping[str, Array]]) -> Array:
    """Values of a variable, the year last."""
    return np.stack([np.asarray(row[name]) for row in records.values()], axis=-1)
