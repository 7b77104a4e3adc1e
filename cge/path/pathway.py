"""A pathway: the equilibria of a scenario over the years, as labelled quantities with units."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
import xarray as xr

from calibration import Assumptions
from cge.checks import COLUMNS, TOLERANCE
from cge.path.progress import Progress
from cge.scenario import Scenario
from sam import Geography

NAMES = {"name", "description", "last", "dataset", "assumptions"}
"""Keys of a scenario that change no number of a year: names, the end, and where inputs lie."""

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
        versions: versions of the dataset, the program and what it computes with.
        assumptions: the assumption tables, at the scenario's costs.
        geography: names of regions, and groups of them.
        balances: largest relative imbalance of each account in each year, and its place
            (``cge.checks``).
        progress: what the year after the last one depends on; None where nothing goes on from it.
    """

    scenario: Scenario
    data: xr.Dataset
    solves: pd.DataFrame
    versions: Mapping[str, str]
    assumptions: Assumptions
    geography: Geography
    balances: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(COLUMNS)))
    progress: Progress | None = None

    @property
    def years(self) -> list[int]:
        """Years that are solved, in order."""
        return [int(year) for year in self.solves["year"]]

    @property
    def inputs(self) -> dict[str, str]:
        """All that the numbers of a year follow from, by what it is; a policy's baseline apart.

        It names nothing and knows no last year, so that a path and its beginning have the same.
        """
        said = self.scenario.model_dump(mode="json", exclude=NAMES)
        return {
            "scenario": json.dumps(said, sort_keys=True, ensure_ascii=False),
            "assumptions": self.assumptions.hash,
            **self.versions,
        }

    @property
    def key(self) -> str:
        """First twelve digits of the SHA-256 of the inputs."""
        return hashlib.sha256(json.dumps(self.inputs, sort_keys=True).encode()).hexdigest()[:12]

    def until(self, last: int) -> Pathway:
        """The same path up to a year, from which nothing goes on.

        Raises:
            KeyError: the year is not solved.
        """
        if last == self.years[-1] == self.scenario.last:
            return self
        kept = [year for year in self.years if year <= last]
        return replace(
            self,
            scenario=self.scenario.model_copy(update={"last": last}),
            data=self.data.sel(year=range(kept[0], last + 1)),
            solves=self.solves[self.solves["year"] <= last],
            balances=self.balances[self.balances["year"] <= last].reset_index(drop=True),
            progress=None,
        )


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
