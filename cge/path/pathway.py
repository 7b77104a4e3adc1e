"""A pathway: the equilibria of a scenario over the years, as labelled quantities with units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
import xarray as xr

from calibration import Assumptions
from cge.checks import COLUMNS, TOLERANCE
from cge.scenario import Scenario
from sam import Geography

SOLVES = ("year", "status", "rounds", "worst", "walras")
"""What is known of each solve."""


class Unbalanced(RuntimeError):
    """Accounts of a run do not balance; names scenario, year and place."""


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
        balances: largest relative imbalance of each account in each year, and its place
            (``cge.checks``).
    """

    scenario: Scenario
    data: xr.Dataset
    solves: pd.DataFrame
    versions: Mapping[str, str]
    assumptions: Assumptions
    geography: Geography
    balances: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COLUMNS)))


def largest_imbalances(paths: Sequence[Pathway]) -> dict[str, float]:
    """The largest relative imbalance of each account, over all years of all paths."""
    rows = pd.concat([path.balances for path in paths], ignore_index=True)
    largest = rows.groupby("check", sort=False)["imbalance"].max()
    return {str(name): float(size) for name, size in largest.items()}


def assert_balanced(paths: Sequence[Pathway]) -> None:
    """Assert that all accounts of all years balance.

    Raises:
        Unbalanced: names each account that does not, with the scenario, year and place where it is
            worst.
    """
    told = [text for path in paths for text in _unbalanced(path)]
    if told:
        raise Unbalanced(
            f"accounts do not balance to {TOLERANCE:g}: {'; '.join(told)}. All years are kept; "
            "this is an error of the model, please report it with the scenario"
        )


def _unbalanced(path: Pathway) -> list[str]:
    """The worst place of each account that does not balance."""
    bad = path.balances[~(path.balances["imbalance"] <= TOLERANCE)]
    worst = bad.sort_values("imbalance", ascending=False).drop_duplicates("check")
    return [
        f"{row.check} of scenario {path.scenario.name!r}, {row.year}: {row.place}, off by "
        f"{row.imbalance:.1e}"
        for row in worst.itertuples()
    ]
