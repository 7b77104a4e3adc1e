"""A pathway: the equilibria of a scenario over the years, as labelled quantities with units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from calibration import Assumptions
from cge.blocks import Report
from cge.scenario import Scenario
from sam import Geography

Array = npt.NDArray[np.float64]

SOLVES = ("year", "status", "rounds", "worst", "walras")
"""What is known of each solve."""


@dataclass(frozen=True, eq=False)
class Pathway:
    """The equilibria of a scenario over the years.

    Attributes:
        scenario: what was run.
        data: reported quantities by year; attributes hold what their ``Report`` says.
        solves: year, status, rounds, worst residual and Walras' check of each solve.
        versions: versions of dataset and package.
        assumptions: the assumption tables, at the scenario's costs.
        geography: names of regions, and groups of them.
    """

    scenario: Scenario
    data: xr.Dataset
    solves: pd.DataFrame
    versions: Mapping[str, str]
    assumptions: Assumptions
    geography: Geography


def reported_data(
    reports: Sequence[Report],
    labels: Mapping[str, Sequence[str]],
    records: Mapping[int, Mapping[str, Array]],
) -> xr.Dataset:
    """Records of years as a dataset: each variable with the dimensions and words of its report.

    Arguments:
        reports: what is reported.
        labels: labels by dimension.
        records: values by year and name.
    """
    if not records:
        return xr.Dataset()
    return xr.Dataset({report.name: _variable(report, labels, records) for report in reports})


def _variable(
    report: Report, labels: Mapping[str, Sequence[str]], records: Mapping[int, Mapping[str, Array]]
) -> xr.DataArray:
    dims = report.dims.split()
    coords: dict[str, Any] = {dim: list(labels[dim]) for dim in dims}
    values = np.stack([np.asarray(row[report.name]) for row in records.values()], axis=-1)
    said = {"units": report.unit, "long_name": report.meaning, "total": report.total}
    said |= {key: text for key, text in (("iamc", report.iamc), ("by", report.by)) if text}
    years = {"year": list(records)}
    return xr.DataArray(values, dims=(*dims, "year"), coords={**coords, **years}, attrs=said)
