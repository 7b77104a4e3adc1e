r"""Concordances: weighted maps from the rows of a source to the accounts of the model.

A concordance is a table (source, target, weight) with :math:`\sum_t w_{st} = 1` for every source
row, so that mapping preserves totals:

.. math:: x_t = \sum_s w_{st} x_s .

A file in ``sam/concordances`` declares in its head which classification it maps into which
(``sources``, ``targets``, and targets that are ``without source``), so that a missing or an unknown
row is found when it is loaded. Classifications are lists of codes in ``classifications``.

Two concordances in a row are one, :math:`w_{su} = \sum_t w_{st} v_{tu}`. The way back needs to know
how large the sources were: source :math:`s` is the share :math:`w_{st} x_s / x_t` of target
:math:`t`; with the same shares a rate such as an elasticity is averaged over its sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.digits import told_apart
from sam.errors import ConcordanceError

Array = npt.NDArray[np.float64]

FOLDER = Path(__file__).parent / "concordances"

_DOCUMENTATION = ("basis", "reference")


@dataclass(frozen=True, eq=False)
class Concordance:
    """A weighted map between two classifications.

    A table may know its sources by code or by name: where the classification of the sources has
    both, either stands for the other.

    Attributes:
        name: what it maps, for messages.
        table: columns ``source, target, weight`` and any documentation columns; labels are kept as
            text, weights as numbers.
        first_line: number of the table's first row, for messages: its line in the file.
        names: source of each name that it goes by too.

    Raises:
        ConcordanceError: a column or label is missing, a pair is listed twice, a weight is no
            number >= 0, or the weights of a source do not sum to one; names the rows.
    """

    name: str
    table: pd.DataFrame
    first_line: int = 1
    names: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = {"source", "target", "weight"} - set(self.table.columns)
        if missing or self.table.empty:
            what = f"columns {sorted(missing)} are missing" if missing else "there are no rows"
            raise ConcordanceError(f"concordance {self.name}: {what}")
        object.__setattr__(
            self, "table", self.table.assign(**self._labels(), weight=self._weights())
        )
        twice = self.table.duplicated(["source", "target"]).to_numpy()
        if twice.any():
            line = self.table[twice].iloc[0]
            raise self._error(twice, f"{line.source!r} -> {line.target!r} is listed twice")
        sums = self.table.groupby("source", sort=False)["weight"].sum()
        off = sums[(sums - 1.0).abs() > 1e-9]
        if len(off):
            raise self._error(
                (self.table["source"] == off.index[0]).to_numpy(),
                f"the weights of {off.index[0]!r} sum to {told_apart(off.iloc[0], 1.0)[0]}, not 1 "
                f"({len(off)} source rows are wrong)",
            )

    def _labels(self) -> dict[str, pd.Series[str]]:
        """Sources and targets as text."""
        labels = {}
        for column in ("source", "target"):
            label = self.table[column].astype("str").str.strip()
            empty = (label.isna() | label.eq("")).to_numpy()
            if empty.any():
                raise self._error(empty, f"the {column} is empty; name it or leave out the row")
            labels[column] = label
        return labels

    def _weights(self) -> Array:
        weights = pd.to_numeric(self.table["weight"], errors="coerce").to_numpy(float)
        wrong = ~np.isfinite(weights) | (weights < 0.0)
        if wrong.any():
            raise self._error(wrong, "weights must be numbers >= 0")
        return weights

    def _error(self, rows: npt.NDArray[np.bool_], what: str) -> ConcordanceError:
        numbers = [int(k) + self.first_line for k in np.flatnonzero(rows)]
        lines = f"row{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers[:8]))}"
        return ConcordanceError(f"concordance {self.name}, {lines}: {what}")

    @property
    def sources(self) -> list[str]:
        """Source rows in order of appearance."""
        return self.table["source"].drop_duplicates().tolist()

    def source_of(self, label: str) -> str:
        """The source that a label is or names; the label itself where it is unknown."""
        return self.names.get(label, label)

    @property
    def targets(self) -> list[str]:
        """Targets in order of appearance."""
        return self.table["target"].drop_duplicates().tolist()

    def require(self, sources: Iterable[str], targets: Iterable[str] | None = None) -> None:
        """Assert that sources (and targets) are covered exactly, without orphans.

        Raises:
            ConcordanceError: names the uncovered and the unknown labels and their rows.
        """
        self._compare("source", set(sources))
        if targets is not None:
            self._compare("target", set(targets))

    def _compare(self, column: str, expected: set[str]) -> None:
        found = set(self.table[column])
        missing, unknown = sorted(expected - found), sorted(found - expected)
        what = f"{column} rows missing {missing[:5]}, unknown {unknown[:5]}"
        if unknown:
            raise self._error(self.table[column].isin(unknown).to_numpy(), what)
        if missing:
            raise ConcordanceError(f"concordance {self.name}: {what}")

    def require_documented(self) -> None:
        """Assert that every row says where it is from, in ``basis`` or ``reference``.

        Raises:
            ConcordanceError: names the rows that do not.
        """
        columns = [name for name in _DOCUMENTATION if name in self.table]
        told = [any(row) for row in self.table[columns].astype(str).itertuples(index=False)]
        if not all(told):
            raise self._error(~np.array(told), f"no {' or '.join(_DOCUMENTATION)}")

    def matrix(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        weights: Mapping[tuple[str, str], float] | None = None,
    ) -> Array:
        """Weights as an array over (source, target), optionally with some weights replaced.

        Arguments:
            sources: rows of the array, sources or their names.
            targets: columns of the array.
            weights: in place of those of the table, by source and target.

        Raises:
            ConcordanceError: a label is not covered or replaced weights do not sum to one.
        """
        table, sources = self.table, list(map(self.source_of, sources))
        if weights:
            pairs = zip(table["source"], table["target"], table["weight"], strict=True)
            new = [weights.get((source, target), weight) for source, target, weight in pairs]
            table = Concordance(self.name, table.assign(weight=new), self.first_line).table
        chosen = table[table["source"].isin(set(sources))]
        missing = sorted(set(sources) - set(chosen["source"]))
        lost = sorted(set(chosen["target"][chosen["weight"] > 0.0]) - set(targets))
        if missing or lost:
            raise ConcordanceError(
                f"concordance {self.name}: source rows missing {missing[:5]}, targets {lost[:5]} "
                "have no place in the result"
            )
        wide = chosen.pivot(index="source", columns="target", values="weight")
        return wide.reindex(index=list(sources), columns=list(targets)).fillna(0.0).to_numpy(float)

    def groups(self) -> dict[str, str]:
        """The target of every source, where none is split.

        Raises:
            ConcordanceError: a source has several targets.
        """
        split = self.table.duplicated("source", keep=False).to_numpy()
        if split.any():
            raise self._error(split, "sources with several targets are no groups")
        return dict(zip(self.table["source"], self.table["target"], strict=True))

    def then(self, following: Concordance) -> Concordance:
        """This map and the next as one: 2017 sectors to model sectors to industry groups.

        Raises:
            ConcordanceError: the next map does not cover a target of this one.
        """
        last = following.targets
        weights = self.matrix(self.sources, self.targets) @ following.matrix(self.targets, last)
        rows = [
            (source, last[k], weights[s, k])
            for s, source in enumerate(self.sources)
            for k in np.flatnonzero(weights[s] > 0.0)
        ]
        table = pd.DataFrame(rows, columns=["source", "target", "weight"])
        table["basis"] = f"{self.name}, then {following.name}"
        return Concordance(f"{self.name}, then {following.name}", table, names=self.names)

    def inverse(self, sizes: Mapping[str, float]) -> Concordance:
        """The way back: each target to its sources in proportion to what they gave it.

        Arguments:
            sizes: size of each source, e.g. its output; not negative.

        Raises:
            ConcordanceError: a source has no size, a negative one, or a target got nothing.
        """
        table = self.table.assign(weight=self._given(sizes))
        total = table.groupby("target")["weight"].transform("sum")
        empty = (total <= 0.0).to_numpy()
        if empty.any():
            raise self._error(empty, "sources of a target have no size: it cannot be divided")
        back = pd.DataFrame(
            {
                "source": table["target"],
                "target": table["source"],
                "weight": table["weight"] / total,
                "basis": f"inverse of {self.name} by size",
            }
        )
        return Concordance(f"inverse of {self.name}", back.reset_index(drop=True))

    def _given(self, sizes: Mapping[str, float]) -> pd.Series[float]:
        """What each source gives to each target."""
        size = self.table["source"].map(dict(sizes)).astype(float)
        wrong = ~(size >= 0.0).to_numpy()
        if wrong.any():
            raise self._error(wrong, "the size of the source must be a number >= 0")
        return self.table["weight"] * size

    def average(self, rates: Mapping[str, float], sizes: Mapping[str, float]) -> pd.Series[float]:
        r"""A rate of each target: the mean over its sources by what they give.

        .. math:: r_t = \sum_s w_{st} x_s r_s \big/ \sum_s w_{st} x_s

        Arguments:
            rates: rate of each source, e.g. an elasticity.
            sizes: size of each source, e.g. its trade.

        Raises:
            ConcordanceError: a source has no rate or no size, or a target got nothing.
        """
        back = self.inverse(sizes)
        rate = back.table["target"].map(dict(rates)).astype(float)
        if rate.isna().any():
            raise self._error(rate.isna().to_numpy(), "the source has no rate")
        return (back.table["weight"] * rate).groupby(back.table["source"], sort=False).sum()


def load_concordance(name: str, folder: Path = FOLDER) -> Concordance:
    """Load one of the concordances in ``sam/concordances`` by its file name without suffix.

    Raises:
        ConcordanceError: unknown name, or a table that is inconsistent, undocumented, or not
            complete against the classifications it declares.
    """
    path = folder / f"{name}.csv"
    if not path.is_file() or name == "sectors":
        known = ", ".join(sorted(file.stem for file in folder.glob("*_to_*.csv")))
        raise ConcordanceError(f"unknown concordance {name!r}; known: {known}")
    declared = declarations(path)
    sources = load_classification(declared["sources"], folder)
    concordance = Concordance(name, *rows_of(path), _other_names(sources))
    concordance.require_documented()
    without = {label.strip() for label in declared.get("without source", "").split(",")} - {""}
    targets = load_classification(declared["targets"], folder)
    unknown = sorted(without - set(targets.index))
    if unknown:
        raise ConcordanceError(f"concordance {name}: {unknown} without source are no targets")
    concordance.require(sources.index, set(targets.index) - without)
    return concordance


def _other_names(classification: pd.Series[str]) -> dict[str, str]:
    """Code of each name, where names tell: bare numbers mean other sectors in other tables."""
    told = classification[~classification.duplicated(keep=False)]
    return {
        str(name): str(code)
        for code, name in told.items()
        if name and not str(name).isdigit() and name not in classification.index
    }


def load_classification(name: str, folder: Path = FOLDER) -> pd.Series[str]:
    """A classification of ``sam/concordances/classifications``: names by code, in order.

    ``sectors`` are the 40 model sectors.

    Raises:
        ConcordanceError: unknown name, or a code that stands twice.
    """
    if name == "sectors":
        return load_sectors(folder).set_index("code")["name"]
    path = folder / "classifications" / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.csv")))
        raise ConcordanceError(f"unknown classification {name!r}; known: sectors, {known}")
    table = pd.read_csv(path, comment="#", keep_default_na=False, dtype=str)
    twice = table["code"][table["code"].duplicated()].tolist()
    if twice:
        raise ConcordanceError(f"classification {name}: codes {twice[:5]} stand twice")
    return table.set_index("code")["name"]


def load_sectors(folder: Path = FOLDER) -> pd.DataFrame:
    """The 40 model sectors: code, name and the rows of NBS 2017 and CEADs they stand for."""
    return pd.read_csv(folder / "sectors.csv", dtype=str, keep_default_na=False)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def rows_of(path: Path) -> tuple[pd.DataFrame, int]:
    """Rows of a file of ``sam/concordances``, labels as text, and the line of the first."""
    text = dict.fromkeys(("source", "target", "user", "year"), str)
    table = pd.read_csv(path, comment="#", keep_default_na=False, dtype=text)
    return table, sum(1 for line in _lines(path) if line.startswith("#")) + 2


def declarations(path: Path) -> dict[str, str]:
    """What the head of a file declares: lines ``# sources: nbs2017``.

    Raises:
        ConcordanceError: it does not say which classifications are mapped.
    """
    head = [line[1:].strip() for line in _lines(path) if line.startswith("#")]
    pairs = [line.split(":", 1) for line in head if ":" in line]
    keys = {"sources", "targets", "without source"}
    declared = {key.strip(): value.strip() for key, value in pairs if key.strip() in keys}
    absent = {"sources", "targets"} - set(declared)
    if absent:
        raise ConcordanceError(f"concordance {path.stem}: the head must declare {sorted(absent)}")
    return declared
