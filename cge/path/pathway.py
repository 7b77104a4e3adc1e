"""A pathway: the equilibria of a scenario over the years, as labelled quantities with units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import xarray as xr

from calibration import Assumptions
from cge.scenario import Scenario
from sam import Geography

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
