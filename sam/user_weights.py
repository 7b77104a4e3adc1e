r"""Weights by user: what one source is made of depends on who buys it.

A table prints oil and gas together. Refineries buy the oil and households the gas, so the row is
told apart by its users, :math:`\sum_t w^u_{st} = 1`, not by one weight. A file in
``sam/concordances`` has a row per source, user and target, with a year where it is of one year.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from sam.concordance import FOLDER, Concordance, declarations, load_classification, rows_of
from sam.errors import ConcordanceError

ANY_USER = "*"
"""User that stands for all that are not named."""


@dataclass(frozen=True, eq=False)
class UserWeights:
    """Weights of a split source that differ by who buys: of oil and gas, refineries buy the oil.

    Attributes:
        name: what they map, for messages.
        table: columns ``source, user, target, weight`` and any documentation columns; the user
            ``*`` stands for all that are not named. Weights of each source and user sum to one.
        first_line: number of the table's first row, for messages.

    Raises:
        ConcordanceError: as ``Concordance``; or a source has no user ``*``.
    """

    name: str
    table: pd.DataFrame
    first_line: int = 1

    def __post_init__(self) -> None:
        missing = {"source", "user", "target", "weight"} - set(self.table.columns)
        if missing:
            raise ConcordanceError(f"{self.name}: columns {sorted(missing)} are missing")
        pairs = self.table["source"].astype(str) + " bought by " + self.table["user"].astype(str)
        checked = Concordance(self.name, self.table.assign(source=pairs), self.first_line)
        table = checked.table.assign(source=self.table["source"].astype(str))
        object.__setattr__(self, "table", table)
        told = set(table["source"][table["user"] == ANY_USER])
        silent = sorted(set(table["source"]) - told)
        if silent:
            raise ConcordanceError(f"{self.name}: {silent} need a row of the user {ANY_USER!r}")

    @property
    def sources(self) -> list[str]:
        """Sources that are split by user."""
        return self.table["source"].drop_duplicates().tolist()

    @property
    def users(self) -> list[str]:
        """Users with weights of their own, ``*`` among them."""
        return self.table["user"].drop_duplicates().tolist()

    def of(self, user: str, concordance: Concordance) -> dict[tuple[str, str], float]:
        """Weights of one user that replace those of a concordance.

        Raises:
            ConcordanceError: a target is none of its source in the concordance.
        """
        pairs = concordance.table[concordance.table["source"].isin(self.sources)]
        weights = dict.fromkeys(zip(pairs["source"], pairs["target"], strict=True), 0.0)
        named = set(self.table["source"][self.table["user"] == user])
        for source, buyer, target, weight in self._rows():
            if buyer != (user if source in named else ANY_USER):
                continue
            if (source, target) not in weights:
                what = f"{source!r} -> {target!r} is not in concordance {concordance.name}"
                raise ConcordanceError(f"{self.name}: {what}; add it there with its weight")
            weights[source, target] = weight
        return weights

    def _rows(self) -> Iterator[tuple[str, str, str, float]]:
        """Source, user, target and weight of every row."""
        columns = (self.table[name].tolist() for name in ("source", "user", "target", "weight"))
        return zip(*columns, strict=True)


def load_user_weights(name: str, year: int, folder: Path = FOLDER) -> UserWeights:
    """Weights by user in ``sam/concordances``, by file name without suffix, of one year.

    Rows without a year are of every year.

    Raises:
        ConcordanceError: unknown name, a year of which none are recorded, or rows that are
            inconsistent, undocumented, or not of the classifications that the file declares.
    """
    path = folder / f"{name}.csv"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*_by_user.csv")))
        raise ConcordanceError(f"unknown weights by user {name!r}; known: {known}")
    declared, (rows, first_line) = declarations(path), rows_of(path)
    years = sorted({text for text in rows["year"] if text})
    if years and str(year) not in years:
        raise ConcordanceError(
            f"{name}: found no weights of {year}, expected one of {', '.join(years)}; take one of"
            f" them, or record those of {year} in {path.name}"
        )
    bought = rows["source"] + " bought by " + (rows["user"] + " " + rows["year"]).str.strip()
    every = Concordance(name, rows.assign(source=bought), first_line)
    every.require_documented()
    weights = UserWeights(name, rows[rows["year"].isin(["", str(year)])])
    for column in ("source", "target"):
        classification = declared[f"{column}s"]
        labels = set(load_classification(classification, folder).index)
        unknown = sorted(label for label in rows[column].unique() if label not in labels)
        if unknown:
            expected = f"a {column} of {classification}"
            raise ConcordanceError(f"{name}: found {unknown}, expected {expected}")
    return weights
