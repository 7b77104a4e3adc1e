r"""Concordances: weighted maps from the rows of a source to the accounts of the model.

A concordance is a table (source, target, weight) with :math:`\sum_t w_{st} = 1` for every source
row, so that mapping preserves totals: :math:`x_t = \sum_s w_{st} x_s`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sam.errors import ConcordanceError

_FOLDER = Path(__file__).parent / "concordances"


@dataclass(frozen=True, eq=False)
class Concordance:
    """A weighted map between two classifications.

    Attributes:
        name: what it maps, for messages.
        table: columns ``source, target, weight`` and any documentation columns.
    """

    name: str
    table: pd.DataFrame

    def __post_init__(self) -> None:
        missing = {"source", "target", "weight"} - set(self.table.columns)
        if missing:
            raise ConcordanceError(
                f"concordance {self.name}: columns {sorted(missing)} are missing"
            )
        weights = self.table["weight"].to_numpy(float)
        if not np.all(np.isfinite(weights)) or (weights < 0).any():
            raise ConcordanceError(f"concordance {self.name}: weights must be numbers >= 0")
        twice = self.table.duplicated(["source", "target"])
        if twice.any():
            line = self.table[twice].iloc[0]
            raise ConcordanceError(
                f"concordance {self.name}: {line.source!r} -> {line.target!r} is listed twice"
            )
        sums = self.table.groupby("source", sort=False)["weight"].sum()
        off = sums[(sums - 1.0).abs() > 1e-9]
        if len(off):
            raise ConcordanceError(
                f"concordance {self.name}: the weights of {off.index[0]!r} sum to {off.iloc[0]:g}, "
                f"not 1 ({len(off)} source rows are wrong)"
            )

    @property
    def sources(self) -> list[str]:
        """Source rows in order of appearance."""
        return self.table["source"].drop_duplicates().tolist()

    @property
    def targets(self) -> list[str]:
        """Targets in order of appearance."""
        return self.table["target"].drop_duplicates().tolist()

    def require(self, sources: Iterable[str], targets: Iterable[str] | None = None) -> None:
        """Assert that sources (and targets) are covered exactly, without orphans.

        Raises:
            ConcordanceError: names the uncovered and the unknown labels.
        """
        _compare(self.name, "source", set(sources), set(self.sources))
        if targets is not None:
            _compare(self.name, "target", set(targets), set(self.targets))

    def matrix(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        weights: Mapping[tuple[str, str], float] | None = None,
    ) -> np.ndarray:
        """Weights as an array over (source, target), optionally with some weights replaced.

        Raises:
            ConcordanceError: a label is not covered or replaced weights do not sum to one.
        """
        table = self.table
        if weights:
            pairs = zip(table["source"], table["target"], table["weight"], strict=True)
            new = [weights.get((source, target), weight) for source, target, weight in pairs]
            table = Concordance(self.name, table.assign(weight=new)).table
        wide = table.pivot(index="source", columns="target", values="weight")
        _compare(self.name, "source", set(sources), set(wide.index) & set(sources))
        return wide.reindex(index=list(sources), columns=list(targets)).fillna(0.0).to_numpy()


def load_concordance(name: str, folder: Path = _FOLDER) -> Concordance:
    """Load one of the concordances in ``sam/concordances`` by its file name without suffix.

    Raises:
        ConcordanceError: unknown name, or an incomplete or inconsistent table.
    """
    path = folder / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.csv")))
        raise ConcordanceError(f"unknown concordance {name!r}; known: {known}")
    return Concordance(name, pd.read_csv(path, comment="#", keep_default_na=False))


def load_sectors(folder: Path = _FOLDER) -> pd.DataFrame:
    """The 40 model sectors: code, name and the rows of NBS 2017 and CEADs they stand for."""
    return pd.read_csv(folder / "sectors.csv", dtype=str, keep_default_na=False)


def _compare(name: str, what: str, expected: set[str], found: set[str]) -> None:
    missing, unknown = sorted(expected - found), sorted(found - expected)
    if missing or unknown:
        raise ConcordanceError(
            f"concordance {name}: {what} rows missing {missing[:5]}, unknown {unknown[:5]}"
        )
