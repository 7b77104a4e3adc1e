r"""Elasticities: how strongly quantities respond to relative prices and to income.

A constant elasticity of substitution :math:`\sigma` makes the ratio of two inputs move by

.. math:: d \ln (x_1 / x_2) = -\sigma \, d \ln (p_1 / p_2) ,

an income elasticity :math:`\eta` makes demand move by :math:`\eta` per cent for one per cent of
income, and the Frisch parameter :math:`\varphi < -1` is minus the ratio of total to discretionary
expenditure. They are taken from the literature; ``data/elasticities.csv`` gives each value its
source and quality. A row with an empty label holds for all labels; a row with more labels filled
overrides one with fewer, and of two with equally many the later one holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field, ValidationError, model_validator

from calibration.errors import ElasticityError, unknown
from calibration.fields import Quantity
from calibration.tables import (
    DATA,
    Row,
    Table,
    check_sector,
    explain,
    known_sectors,
    source_of,
    table_frame,
    table_rows,
)

Array = npt.NDArray[np.float64]

KEYS = ("region", "sector", "household")
"""Labels that a value may carry."""


@dataclass(frozen=True)
class Elasticity:
    """What an elasticity is about and which values make sense.

    Attributes:
        dims: dimensions over which it may vary.
        low: smallest value.
        high: largest value.
        meaning: economic meaning, in a phrase.
        times: elasticity of which it is a multiple in the table, where it is given so.
        gives: name of the product with that elasticity.
    """

    dims: tuple[str, ...]
    low: float
    high: float
    meaning: str
    times: str = ""
    gives: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """Labels that a row of the table may carry: commodities and activities are sectors."""
        sectors = {"commodity": "sector", "activity": "sector"}
        return tuple(sectors.get(dimension, dimension) for dimension in self.dims)

    def __str__(self) -> str:
        return f"{self.meaning}, as a multiple of {self.times}" if self.times else self.meaning


_ACTIVITY = ("region", "activity")
_GOOD = ("commodity",)
ELASTICITIES: Mapping[str, Elasticity] = {
    "top": Elasticity(_ACTIVITY, 0, 100, "materials against capital-labour-energy"),
    "kle": Elasticity(_ACTIVITY, 0, 100, "capital-labour against energy"),
    "value_added": Elasticity(_ACTIVITY, 0, 100, "capital against labour"),
    "energy": Elasticity(_ACTIVITY, 0, 100, "electricity against fossil fuels"),
    "fossil": Elasticity(_ACTIVITY, 0, 100, "among fossil fuels"),
    "resource": Elasticity(_ACTIVITY, 0, 100, "natural resource against all other inputs"),
    "generation": Elasticity(("region",), 0, 100, "among kWh of generation technologies"),
    "peak": Elasticity(("region",), 0, 100, "between kWh that go with load and all others"),
    "foreign": Elasticity(_GOOD, 0, 100, "imports against domestic goods"),
    "local_ratio": Elasticity(
        _GOOD,
        0,
        100,
        "local against other regions' goods",
        times="foreign",
        gives="local",
    ),
    "origin_ratio": Elasticity(
        _GOOD,
        0,
        100,
        "among regions of origin",
        times="foreign",
        gives="origin",
    ),
    "transformation": Elasticity(("activity",), 0, 100, "exports against domestic sales"),
    "export_demand": Elasticity(
        _GOOD, 0.01, 1e6, "fall of world demand in per cent of the export price"
    ),
    "income": Elasticity(
        ("region", "household", "commodity"), 0.01, 10, "income elasticity before normalisation"
    ),
    "frisch": Elasticity(("region", "household"), -100, -1.01, "minus total over discretionary"),
}
"""All elasticities of the table by name."""

ARRAYS: Mapping[str, Quantity] = {
    each.gives or name: Quantity(each.dims, "1", each.meaning)
    for name, each in ELASTICITIES.items()
}
"""All elasticities of a benchmark by name."""


class ElasticityRow(Row):
    """One elasticity: its name, the labels it holds for (empty: all), value, source, quality."""

    name: str
    region: str = ""
    sector: str = ""
    household: str = ""
    value: float = Field(allow_inf_nan=True)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.name not in ELASTICITIES:
            raise ValueError(unknown("elasticity", self.name, ELASTICITIES))
        about = ELASTICITIES[self.name]
        wrong = [key for key in KEYS if getattr(self, key) and key not in about.keys]
        if wrong:
            raise ValueError(
                f"{self.name} varies over {', '.join(about.keys)}, not over {wrong[0]}"
            )
        if not about.low <= self.value <= about.high:
            raise ValueError(
                f"{self.name} ({about}) is {self.value:.12g}, must be a number from "
                f"{about.low:g} to {about.high:g}"
            )
        return self

    def replaces(self, other: Self) -> bool:
        """A value replaces all that are about labels that it is about too."""
        pairs = zip(self.labels, other.labels, strict=True)
        return self.name == other.name and all(not mine or mine == its for mine, its in pairs)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels over ``KEYS``, empty where the value holds for all."""
        return tuple(getattr(self, key) for key in KEYS)

    @property
    def rank(self) -> int:
        """How many labels it has: it overrides rows with fewer, and of equal ones the later."""
        return sum(map(bool, self.labels))

    @classmethod
    def in_order(cls, rows: Sequence[Self]) -> list[Self]:
        """By name and rank; of equal rank, rows that vary over the same keys never overlap."""
        ordered = sorted(rows, key=lambda row: (row.name, row.rank))
        runs = groupby(ordered, key=lambda row: (row.name, [bool(label) for label in row.labels]))
        return [row for _, run in runs for row in sorted(run, key=lambda row: row.labels)]


@dataclass(frozen=True)
class Elasticities:
    """A checked table of elasticities.

    Attributes:
        rows: the values with their labels and sources.
        source: file they come from, for messages.
        sectors: sector codes that a row may name.
    """

    rows: tuple[ElasticityRow, ...]
    source: str = field(compare=False)
    sectors: frozenset[str] = field(compare=False)

    def values(self, name: str, labels: Mapping[str, Sequence[str]]) -> Array:
        """An elasticity as an array over its labels, in the order of ``ELASTICITIES[name].keys``.

        Arguments:
            name: an entry of ``ELASTICITIES``.
            labels: the regions, sectors and households of the benchmark by key.

        Raises:
            ElasticityError: a label has no value, or a row names an unknown region or household.
        """
        keys = ELASTICITIES[name].keys
        axes = [list(labels[key]) for key in keys]
        result = np.full([len(axis) for axis in axes], np.nan)  # keys
        mine = [row for row in self.rows if row.name == name]
        for row in sorted(mine, key=lambda row: row.rank):
            places = [self._places(row, key, axis) for key, axis in zip(keys, axes, strict=True)]
            if all(places):
                result[np.ix_(*places)] = row.value
        self._check_complete(name, axes, result)
        return result

    def replace(self, name: str, value: float, **labels: str) -> Elasticities:
        """The same table with one value replaced or added, for sensitivity analysis.

        Rows of that name that are about the given labels go; without labels, all of them. For
        example ``elasticities.replace("foreign", 3.0, sector="AGR")``.

        Raises:
            ElasticityError: unknown name or label, value out of range.
        """
        entry = {"name": name, "value": value, "source": "user", "quality": "assumed", **labels}
        place = f"replace {' '.join((name, *labels.values()))}"
        try:
            new = ElasticityRow.model_validate(entry)
            _check_sector(new, self.sectors)
        except ValidationError as cause:
            raise ElasticityError(f"{place}: {explain(cause)}") from None
        except ValueError as cause:
            raise ElasticityError(f"{place}: {cause}") from None
        kept = [row for row in self.rows if not new.replaces(row)]
        return Elasticities((*kept, new), self.source, self.sectors)

    def to_frame(self) -> pd.DataFrame:
        """The table with one line per value."""
        return table_frame(self.rows)

    def _places(self, row: ElasticityRow, key: str, axis: list[str]) -> list[int]:
        label = getattr(row, key)
        if not label:
            return list(range(len(axis)))
        if label not in axis and key != "sector":
            raise ElasticityError(
                f"{self.source}: {row.name} = {row.value:g} has the unknown {key} {label!r}; the "
                f"dataset has {', '.join(axis)}; correct the row or remove it"
            )
        return [place for place, name in enumerate(axis) if name == label]

    def _check_complete(self, name: str, axes: list[list[str]], result: Array) -> None:
        gaps = np.argwhere(np.isnan(result))
        if gaps.size:
            where = " ".join(axis[k] for axis, k in zip(axes, gaps[0], strict=True))
            raise ElasticityError(
                f"{self.source}: no value of {name!r} ({ELASTICITIES[name]}) for {where} "
                f"({len(gaps)} missing in all); add a row for it, or one with empty labels for all"
            )


def load_elasticities(
    path: Table | None = None, *, sectors: Iterable[str] = (), whole: bool = False
) -> Elasticities:
    """Read a table of elasticities.

    Arguments:
        path: CSV with the columns of ``data/elasticities.csv``; none: the table of the project.
        sectors: sector codes of a dataset beyond the 40 of this project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        ElasticityError: a value is missing, not a number, negative or out of range, a name or
            sector is unknown, a value is given twice, or an elasticity of a whole table has no row
            at all; names file, line, entry, value and remedy.
    """
    known = known_sectors(sectors)

    def check(row: ElasticityRow) -> None:
        _check_sector(row, known)

    rows = table_rows("elasticities", path, ElasticityRow, ElasticityError, check, whole=whole)
    source = source_of("elasticities", path)
    absent = [name for name in ELASTICITIES if name not in {row.name for row in rows}]
    if absent:
        raise ElasticityError(
            f"{source}: no row for {', '.join(absent)}; copy these rows from "
            f"{DATA / 'elasticities.csv'}, or lay the rows over that table (whole=False)"
        )
    return Elasticities(rows, source, known)


def complete(elasticities: Elasticities, labels: Mapping[str, Sequence[str]]) -> dict[str, Array]:
    r"""All elasticities as arrays, those given as multiples of another one multiplied with it.

    The levels of Armington demand are :math:`\sigma_{local} = 1.5\,\sigma_{foreign}` and
    :math:`\sigma_{origin} = 2\,\sigma_{foreign}` by default (``local_ratio``, ``origin_ratio``).

    Returns:
        Arrays by the names, and over the dimensions, of ``ARRAYS``.
    """
    given = {name: elasticities.values(name, labels) for name in ELASTICITIES}
    return {
        about.gives or name: given[about.times] * given[name] if about.times else given[name]
        for name, about in ELASTICITIES.items()
    }


def _check_sector(row: ElasticityRow, known: Iterable[str]) -> None:
    if row.sector:
        check_sector(row.sector, known)
