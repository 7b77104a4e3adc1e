"""What an ensemble has led to: values by draw, quantiles, and why paths failed.

Files are read one variable at a time, so that memory depends on a variable and not on all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from calibration.errors import unknown
from cge.ensemble.errors import DrawsFailed, EnsembleError
from cge.ensemble.schema import Ensemble
from cge.ensemble.store import POINTS, files_of, read_about, said_of
from cge.ensemble.task import SCHEMA, Failure
from cge.results.iamc import DUST
from cge.results.units import shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Measure = Literal["value", "per_cent"]
"""The level of a quantity, or its change against the baseline of the same draw."""

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Probabilities of the quantiles that are shown."""

ROUNDING = 1e-9
"""Relative difference of draws that is none, but the rounding of their solves."""

PLACE = ("closure", "scenario", "region")
"""What a quantity is of, beside its year."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The results of an ensemble, in a folder.

    Attributes:
        folder: where they are.
        about: what they rest on.
        points: numbers that were drawn, by draw and name.
        done: numbers of the draws that are solved.
        failures: paths that draws do not have.
        lost: draws whose process ended before they were solved, with the reason.
    """

    folder: Path
    about: Mapping[str, Any]
    points: pd.DataFrame
    done: tuple[int, ...]
    failures: tuple[Failure, ...]
    lost: Mapping[int, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all draws are solved, with whatever outcome."""
        return len(self.done) == int(self.about["size"])

    @cached_property
    def ensemble(self) -> Ensemble:
        """What was asked."""
        return Ensemble.model_validate(self.about["asked"])

    @property
    def variables(self) -> list[str]:
        """Names of the variables that are kept."""
        return list(self.about["variables"])

    @property
    def baseline(self) -> str:
        """Name of the scenario without pools."""
        return str(self.about["scenarios"][0])

    def unit(self, variable: str, measure: Measure = "value") -> str:
        """Unit of a variable, as values have it."""
        return "%" if measure == "per_cent" else shown(self._words(variable)["units"])[1]

    def meaning(self, variable: str) -> str:
        """What a variable is, in words."""
        text = str(self._words(variable)["long_name"])
        return text[:1].upper() + text[1:]

    def table(self, variable: str, measure: Measure = "value") -> pd.DataFrame:
        """Values of a variable, one a line: ``closure, scenario, region, year, draw, value``.

        Arguments:
            variable: its name.
            measure: levels, or per cent against the baseline of the same draw.

        Raises:
            EnsembleError: it was not kept.
        """
        self._words(variable)
        files = [str(file) for file in files_of(self.folder, self.done)]
        kept = ds.dataset(files, SCHEMA, format="parquet")
        keys = [*PLACE, "year", "draw"]
        chosen = ds.field("variable") == variable
        found = kept.to_table(columns=[*keys, "value"], filter=chosen).to_pandas()
        found = found.astype(dict.fromkeys(PLACE, str)).sort_values(keys, ignore_index=True)
        factor, _ = shown(self._words(variable)["units"])
        levels = found.assign(value=factor * found["value"]).dropna()
        return levels if measure == "value" else self._per_cent(levels)

    def values(
        self,
        variable: str,
        *,
        scenario: str = "",
        closure: str = "",
        region: str = "",
        measure: Measure = "value",
    ) -> pd.DataFrame:
        """Values of a variable of one scenario and region (draw, year).

        Arguments:
            variable: its name.
            scenario: the last one by default.
            closure: the first one by default.
            region: the first one by default.
            measure: levels, or per cent against the baseline of the same draw.

        Raises:
            EnsembleError: there is no such thing.
        """
        table = self.table(variable, measure)
        wanted = {
            "scenario": scenario or self.about["scenarios"][-1],
            "closure": closure or self.about["closures"][0],
            "region": region or next(iter(table["region"]), ""),
        }
        for what, name in wanted.items():
            if name not in set(table[what]):
                told = unknown(f"{what} of {variable!r}", name, sorted(set(table[what])))
                raise EnsembleError(f"{self.folder}: {told}")
            table = table[table[what] == name]
        return table.pivot(index="draw", columns="year", values="value")

    def quantiles(
        self,
        variables: Sequence[str] = (),
        *,
        probabilities: Sequence[float] = QUANTILES,
        measure: Measure = "value",
    ) -> pd.DataFrame:
        """Mean, standard deviation and quantiles over draws, with the number of draws that have
        the value: ``variable, unit, closure, scenario, region, year, draws, mean, deviation`` and a
        column for each probability.
        """
        parts = [
            self._quantiles(variable, probabilities, measure)
            for variable in variables or self.variables
        ]
        return pd.concat(parts, ignore_index=True)

    def places(self, table: pd.DataFrame) -> Iterator[tuple[dict[str, str], pd.DataFrame]]:
        """What a table of values is of, each with its values (draw, year)."""
        for key, rows in table.groupby(list(PLACE), sort=False):
            place = dict(zip(PLACE, map(str, key), strict=True))
            yield place, rows.pivot(index="draw", columns="year", values="value")

    def figure(self, measure: Measure = "value", variables: Sequence[str] = ()) -> Figure:
        """Fan charts: median and ranges of each variable over the years."""
        from cge.ensemble.fans import fans

        return fans(self, measure, variables)

    def check(self) -> None:
        """Assert that all draws have all paths.

        Raises:
            DrawsFailed: some have not, or not yet; says why.
        """
        if self.failures or self.lost:
            told = [str(failure) for failure in self.failures]
            others = f"All else is kept in {self.folder}"
            raise DrawsFailed(told, list(self.lost.values()), others)

    def _words(self, variable: str) -> Mapping[str, Any]:
        if variable not in self.about["variables"]:
            raise EnsembleError(f"{self.folder}: {unknown('variable', variable, self.variables)}")
        words: Mapping[str, Any] = self.about["variables"][variable]
        return words

    def _per_cent(self, levels: pd.DataFrame) -> pd.DataFrame:
        """Change against the baseline of the same draw, where that is not nothing."""
        plain = levels["scenario"] == self.baseline
        keys = ["closure", "region", "year", "draw"]
        before = levels[plain].drop(columns="scenario").rename(columns={"value": "before"})
        both = levels[~plain].merge(before, on=keys)
        both = both[both["before"].abs() > DUST]
        change = both["value"] / both["before"] - 1.0
        told = 100.0 * change.where(change.abs() > ROUNDING, 0.0)
        return both.assign(value=told).drop(columns="before").reset_index(drop=True)

    def _quantiles(
        self, variable: str, probabilities: Sequence[float], measure: Measure
    ) -> pd.DataFrame:
        table = self.table(variable, measure)
        groups = table.groupby([*PLACE, "year"], sort=False)["value"]
        found = groups.agg(draws="count", mean="mean", deviation="std")
        for p in probabilities:
            found[f"{p:g}"] = groups.quantile(p)
        named = found.reset_index()
        named.insert(0, "variable", variable)
        named.insert(1, "unit", self.unit(variable, measure))
        return named


def load_outcomes(folder: str | Path, *, lost: Mapping[int, str] | None = None) -> Outcomes:
    """Read the results of an ensemble, as far as it is solved.

    Arguments:
        folder: where they are.
        lost: draws that a run has lost, with the reason.

    Raises:
        EnsembleError: there are none, or a file is damaged.
    """
    place = Path(folder)
    about = read_about(place)
    said = dict(said_of(place, about["key"]))
    failures = tuple(Failure(**each) for draw in said.values() for each in draw)
    try:
        points = pq.read_table(place / POINTS, page_checksum_verification=True).to_pandas()
    except (OSError, ValueError) as cause:
        raise EnsembleError(f"{place / POINTS}: is damaged ({cause}); run it anew") from None
    return Outcomes(place, about, points, tuple(said), failures, lost or {})


def varies(values: pd.DataFrame) -> pd.DataFrame:
    """The years in which values differ between draws by more than solves are exact to."""
    width = values.max() - values.min()
    return values.loc[:, width > ROUNDING * values.abs().max()]
