"""Published totals and stated assumptions of the recipe (``inputs.csv``), and its split rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import NATIONAL
from sam.errors import DatasetError

Array = npt.NDArray[np.float64]
_FOLDER = Path(__file__).parent / "data"

INPUTS = _FOLDER / "inputs.csv"
"""Published totals and assumptions by item, region and year; no year where all share a number."""

_ROUNDING = 1e-9
"""Fraction of the nation that the sum of provinces may exceed it by rounding."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """Numbers that the recipe takes from publications or assumes.

    Attributes:
        table: columns ``item, region, value, unit, source, quality``; region ``CN`` is the nation.
            A number that stands in for one of the year says so in its source.
    """

    table: pd.DataFrame

    def value(self, item: str, region: str = NATIONAL) -> float:
        """One number.

        Raises:
            DatasetError: there is no such number.
        """
        return float(self._row(item, region)["value"])

    def source(self, item: str, region: str = NATIONAL) -> str:
        """Where one number comes from.

        Raises:
            DatasetError: there is no such number.
        """
        return str(self._row(item, region)["source"])

    def quality(self, item: str, region: str = NATIONAL) -> str:
        """Quality mark of one number.

        Raises:
            DatasetError: there is no such number.
        """
        return str(self._row(item, region)["quality"])

    def cited(self, item: str, region: str = NATIONAL) -> str:
        """Source of what is computed from one number; it says where that one is recalled.

        Raises:
            DatasetError: there is no such number.
        """
        word = " (recalled)" if self.quality(item, region) == "recalled" else ""
        return self.source(item, region) + word

    def _row(self, item: str, region: str) -> pd.Series:
        match = (self.table["item"] == item) & (self.table["region"] == region)
        if match.sum() != 1:
            raise DatasetError(
                f"inputs.csv: {int(match.sum())} rows for item {item!r}, region {region!r}; "
                "the recipe needs exactly one"
            )
        return self.table[match].iloc[0]

    def with_rest(self, item: str, regions: tuple[str, ...]) -> Array:
        """A total by region whose last region is the nation less the others.

        Raises:
            DatasetError: a number is missing, or the others exceed the nation.
        """
        own = [self.value(item, region) for region in regions[:-1]]
        return with_rest(item, own, self.value(item))

    def by_region(self, prefix: str, regions: Sequence[str]) -> dict[str, Array]:
        """Numbers by region (NaN where there is none) of items with a prefix."""
        part = self.table[self.table["item"].str.startswith(prefix)]
        wide = part.pivot(index="item", columns="region", values="value").reindex(
            columns=list(regions)
        )
        names = [str(item).removeprefix(prefix) for item in wide.index]
        return dict(zip(names, wide.to_numpy(dtype=float), strict=True))

    def named(self, prefix: str) -> dict[str, float]:
        """National numbers whose item starts with a prefix, by the rest of the item."""
        national = self.table[self.table["region"] == NATIONAL]
        items = [str(item) for item in national["item"]]
        found = [item for item in items if item.startswith(prefix)]
        return {item.removeprefix(prefix): self.value(item) for item in found}


def with_rest(item: str, provinces: Sequence[float] | Array, nation: float) -> Array:
    """Provinces, and what they leave of the nation.

    Arguments:
        item: what is counted, for the error.
        provinces: levels of the provinces.
        nation: level of the nation.

    Returns:
        Levels (region), the rest of the nation last.

    Raises:
        DatasetError: the provinces exceed the nation.
    """
    own = np.asarray(provinces, dtype=float)
    rest = nation - float(own.sum())
    if rest < -_ROUNDING * abs(nation):
        raise DatasetError(
            f"{item}: the provinces sum to {own.sum():,.7g} ({', '.join(f'{v:,.7g}' for v in own)})"
            f", more than the nation's {nation:,.7g}, and leave {rest:,.7g} for the rest of China; "
            "correct the province that is too large, or the nation"
        )
    return np.append(own, max(rest, 0.0))


def load_inputs(path: Path = INPUTS) -> Inputs:
    """Read the table of published totals and assumptions."""
    return Inputs(pd.read_csv(path))


@dataclass(frozen=True, eq=False)
class Splits:
    """Rules that split a sector of the provincial tables into two model sectors.

    Attributes:
        table: columns ``first, kind, user, share, reason``: the share of the first of the twins in
            purchases of a user (``use``), in the output of a province (``supply``), or, among the
            twins' purchases of a commodity, the share of the first (``input``); ``*`` is the rest.
    """

    table: pd.DataFrame

    @cached_property
    def _rules(self) -> dict[tuple[str, str], dict[str, float]]:
        """Share by user of each (first of the twins, kind), in the order of the table."""
        columns = (self.table[name] for name in ("first", "kind", "user", "share"))
        rules: dict[tuple[str, str], dict[str, float]] = {}
        for first, kind, user, share in zip(*columns, strict=True):
            rules.setdefault((str(first), str(kind)), {})[str(user)] = float(share)
        return rules

    def share(self, first: str, kind: str, user: str, default: float | None = None) -> float:
        """Share of the first twin for a user, the default (or the ``*`` rule) where none is set."""
        rules = self._rules.get((first, kind), {})
        return rules[user] if user in rules else rules["*"] if default is None else default

    def inputs(self, first: str) -> list[tuple[str, float]]:
        """Commodities whose purchase by the twins is not pro rata: (commodity, share of first)."""
        return list(self._rules.get((first, "input"), {}).items())


def load_splits(path: Path = _FOLDER / "splits.csv") -> Splits:
    """Read the table of split rules."""
    return Splits(pd.read_csv(path))
