r"""A dataset held against a national input-output table: what its regions add up to, cell by cell.

.. math:: e = \frac{\sum_{ij} \left| \sum_r Z_{rij} - N_{ij} \right|}{\sum_{ij} N_{ij}}

is the weighted error of intermediate flows. A dataset that ships the table it was built on
(``Dataset.national``) also says where it departs from it on purpose (``Dataset.departures``); what
then is left of a difference is undocumented.

Rows of a table are commodities and the components of value added ``LAB``, ``NTX`` and ``CAP``
(compensation, net production tax, depreciation with operating surplus); columns are activities,
final uses ``RUR``, ``URB``, ``GOV``, ``FIX``, ``STK`` and foreign trade ``EX``, ``IM`` (c.i.f.).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import (
    ACTIVITY,
    CAPITAL,
    COMMODITY,
    COMPONENTS,
    EXPORTS,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    IMPORTS,
    INVENTORY,
    INVESTMENT,
    LABOUR,
    PRODUCTION_TAX,
    REST_OF_WORLD,
    TAX,
    USES,
)
from sam.dataset import Dataset
from sam.errors import DatasetError, SourceError
from sam.matrix import SAM
from sam.ranking import worst_first
from sam.readers import FINAL_USES, NationalTable

Array = npt.NDArray[np.float64]

DEPARTURE = "departure: "
"""Prefix of the rows of provenance that say what a reason of departures means."""

_KEYS = ["row", "column"]


class _Rule(NamedTuple):
    """Which payments of a SAM are a block of the table.

    Attributes:
        receiver: kind of the account that receives.
        payer: kind of the account that pays.
        row: the table's row: ``row`` or ``col`` of the payment, or a label.
        column: the table's column likewise.
        name: name of one of the accounts, where it matters.
        sign: of the payment in the table.
    """

    receiver: str
    payer: str
    row: str
    column: str
    name: str = ""
    sign: float = 1.0


_RULES = (
    _Rule(COMMODITY, ACTIVITY, "row", "col"),
    _Rule(COMMODITY, HOUSEHOLD, "row", "col"),
    _Rule(COMMODITY, GOVERNMENT, "row", "GOV"),
    _Rule(COMMODITY, INVESTMENT, "row", "FIX"),
    _Rule(COMMODITY, INVENTORY, "row", "STK"),
    _Rule(INVENTORY, COMMODITY, "col", "STK", sign=-1.0),
    _Rule(ACTIVITY, REST_OF_WORLD, "row", EXPORTS),
    _Rule(REST_OF_WORLD, COMMODITY, "col", IMPORTS),
    _Rule(FACTOR, ACTIVITY, "LAB", "col", LABOUR),
    _Rule(FACTOR, ACTIVITY, "CAP", "col", CAPITAL),
    _Rule(TAX, ACTIVITY, "NTX", "col", PRODUCTION_TAX),
    _Rule(ACTIVITY, TAX, "NTX", "row", PRODUCTION_TAX, sign=-1.0),
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """A dataset beside a national table, 1e8 CNY.

    Attributes:
        name: of the dataset.
        table: what it is held against, in words.
        sectors: codes, in model order.
        names: name of each sector.
        cells: one row per cell that either has: ``row, column, official, dataset, difference,
            departure, undocumented, reason``; largest difference first.
        named: departures that the dataset names: ``row, column, size, reason``.
        reasons: what each reason means, in words.
    """

    name: str
    table: str
    sectors: tuple[str, ...]
    names: Mapping[str, str]
    cells: pd.DataFrame
    named: pd.DataFrame
    reasons: Mapping[str, str]

    @cached_property
    def intermediate(self) -> pd.DataFrame:
        """Cells of intermediate flows."""
        return self.cells[self._inner(self.cells)]

    @property
    def weighted_error(self) -> float:
        """Absolute differences of intermediate flows over all of them, a fraction."""
        return _share(self.intermediate["difference"], self.intermediate["official"])

    @property
    def largest_undocumented(self) -> pd.Series:
        """The cell whose difference no departure explains by most: a row of ``cells``."""
        place = int(worst_first(self.cells["undocumented"])[0])
        return self.cells.iloc[place]

    def departures(self) -> pd.DataFrame:
        """Departures by reason, the largest first: ``reason, cells, size, share``.

        Size is the sum of absolute sizes, 1e8 CNY; share is what of it is in intermediate flows,
        over all of these. What one reason adds to a cell and another takes counts for both.
        """
        size = self.named["size"].abs()
        inner = size.where(self._inner(self.named), 0.0)
        table = pd.DataFrame({"reason": self.named["reason"], "size": size, "share": inner})
        grouped = table.groupby("reason", sort=False)
        sums = grouped[["size", "share"]].sum()
        sums["share"] /= float(self.intermediate["official"].sum())
        sums.insert(0, "cells", grouped.size())
        return sums.sort_values("size", ascending=False, kind="stable").reset_index()

    def blocks(self) -> pd.DataFrame:
        """Weighted error by block: intermediate flows, each final use, trade, value added."""
        columns = (*USES, EXPORTS, IMPORTS)
        masks = {"intermediate": self.cells.index.isin(self.intermediate.index)}
        masks |= {name: (self.cells["column"] == name).to_numpy() for name in columns}
        masks |= {name: (self.cells["row"] == name).to_numpy() for name in COMPONENTS}
        rows = []
        for name, mask in masks.items():
            part = self.cells[mask]
            error = _share(part["difference"], part["official"])
            rows.append((name, part["official"].sum(), part["dataset"].sum(), error))
        return pd.DataFrame(rows, columns=["block", "official", "dataset", "error"])

    def by_sector(self) -> pd.DataFrame:
        """Per sector: output of both and their ratio, error of purchases and of sales.

        Returns:
            Columns ``sector, name, official, dataset, ratio, purchases, sales``, the largest error
            of purchases and sales together first; errors are fractions of intermediate flows.
        """
        inner = self.intermediate
        inner = inner.assign(difference=inner["difference"].abs(), official=inner["official"].abs())
        sides = {"purchases": inner.groupby("column"), "sales": inner.groupby("row")}
        errors = {side: part[["difference", "official"]].sum() for side, part in sides.items()}
        output = self._output()
        table = pd.DataFrame(index=pd.Index(self.sectors, name="sector"))
        table["name"] = [self.names[code] for code in self.sectors]
        table["official"], table["dataset"] = output["official"], output["dataset"]
        table["ratio"] = table["dataset"] / table["official"]
        for side, error in errors.items():
            table[side] = (error["difference"] / error["official"]).reindex(table.index).fillna(0.0)
        both = errors["purchases"]["difference"].add(errors["sales"]["difference"], fill_value=0.0)
        order = worst_first(both.reindex(table.index).fillna(0.0))
        return table.iloc[order].reset_index()

    def _inner(self, table: pd.DataFrame) -> pd.Series:
        """Which lines of a table of cells are intermediate flows."""
        return table["row"].isin(self.sectors) & table["column"].isin(self.sectors)

    def _output(self) -> pd.DataFrame:
        """What activities cost."""
        own = self.cells[self.cells["column"].isin(self.sectors)]
        return own.groupby("column")[["official", "dataset"]].sum()


def compare(dataset: Dataset, table: NationalTable | None = None) -> Comparison:
    """Hold a dataset against a national table.

    Arguments:
        dataset: any dataset, whose regions make up the nation.
        table: a national table at the sectors of the dataset; default: the official table that
            ships with the dataset.

    Raises:
        DatasetError: no table is given and the dataset ships none, or the table has other sectors.
        SourceError: the table tells other final uses.
    """
    sectors = tuple(str(code) for code in dataset.sectors["code"])
    if table is None:
        official, departures = _shipped(dataset), dataset.departures
        what = f"the official national table of {dataset.base_year} that it ships"
    else:
        official, departures = _cells_of(table, sectors), dataset.departures.iloc[:0]
        what = f"{table.name}, a table of {table.year or 'a year that it does not say'}"
        if table.year not in (None, dataset.base_year):
            what += f", while the dataset is of {dataset.base_year}"
    values = pd.concat(
        {"official": official, "dataset": national_sums(dataset.sam, sectors)}, axis=1
    ).fillna(0.0)
    cells = _with_departures(values, departures)
    reasons = _reasons(dataset) if len(departures) else {}
    names = dict(zip(sectors, dataset.sectors["name"].astype(str), strict=True))
    return Comparison(dataset.name, what, sectors, names, cells, departures, reasons)


def national_sums(sam: SAM, sectors: Sequence[str]) -> pd.Series:
    """Cells of the nation, 1e8 CNY (row, column): sums over the regions of a SAM.

    Arguments:
        sam: social accounting matrix of all regions.
        sectors: activities and commodities.
    """
    payments = pd.concat([_cells(sam.frame, rule) for rule in _RULES])
    cells: pd.Series = payments.groupby(_KEYS)["value"].sum()
    known = cells.index.get_level_values("column").isin([*sectors, *USES, EXPORTS, IMPORTS])
    return cells.loc[known]


def final_uses(table: NationalTable) -> Array:
    """Final demand of a national table (sector, use), uses as in ``USES``.

    Raises:
        SourceError: the table tells other final uses, as those by origin of goods do.
    """
    if tuple(table.uses) != tuple(FINAL_USES):
        raise SourceError(
            f"{table.name}: tells the final uses {', '.join(table.uses)}, not "
            f"{', '.join(FINAL_USES)} (rural and urban households, government, fixed capital, "
            "stocks); take the year's table of 153 or 149 sectors, which tells them"
        )
    return table.final


def table_cells(
    sectors: Sequence[str],
    intermediate: Array,
    added: Array,
    final: Array,
    exports: Array,
    imports: Array,
) -> pd.Series:
    """Cells of a national table that are not zero, by row and column.

    Arguments:
        sectors: codes.
        intermediate: purchases (commodity, activity).
        added: value added (component, activity).
        final: purchases (commodity, final use).
        exports: sales abroad (commodity).
        imports: purchases from abroad (commodity).
    """
    blocks = (
        (sectors, sectors, intermediate),
        (sectors, USES, final),
        (sectors, (EXPORTS,), exports[:, None]),
        (sectors, (IMPORTS,), imports[:, None]),
        (COMPONENTS, sectors, added),
    )
    cells: pd.Series = pd.concat([_block(*block) for block in blocks])
    return cells


def _block(rows: Sequence[str], columns: Sequence[str], values: Array) -> pd.Series:
    """Cells of a block that are not zero, by row and column."""
    places = np.argwhere(values != 0.0)
    index = pd.MultiIndex.from_tuples([(rows[i], columns[j]) for i, j in places], names=_KEYS)
    return pd.Series(values[tuple(places.T)], index=index, name="value", dtype=float)


def _cells(frame: pd.DataFrame, rule: _Rule) -> pd.DataFrame:
    """Payments that a rule takes, by cell of the table."""
    chosen = (frame["row_kind"] == rule.receiver) & (frame["col_kind"] == rule.payer)
    if rule.name:
        chosen &= (frame["row"] == rule.name) | (frame["col"] == rule.name)
    part = frame[chosen]
    labels = {
        key: part[label] if label in ("row", "col") else label
        for key, label in zip(_KEYS, (rule.row, rule.column), strict=True)
    }
    return pd.DataFrame({**labels, "value": rule.sign * part["value"]}, index=part.index)


def _shipped(dataset: Dataset) -> pd.Series:
    """The official table of a dataset."""
    if dataset.national.empty:
        raise DatasetError(
            f"dataset {dataset.name} ships no national table; name one to compare with (--table "
            "FILE)"
        )
    cells: pd.Series = dataset.national.set_index(_KEYS)["value"]
    return cells


def _reasons(dataset: Dataset) -> dict[str, str]:
    """What the reasons of departures mean, as provenance says."""
    rows = dataset.provenance[dataset.provenance["item"].str.startswith(DEPARTURE)]
    return dict(zip(rows["item"].str.removeprefix(DEPARTURE), rows["source"], strict=True))


def _cells_of(table: NationalTable, sectors: Sequence[str]) -> pd.Series:
    """Cells of a national table at the sectors of a dataset."""
    if tuple(table.codes) != tuple(sectors):
        odd = sorted(set(table.codes) ^ set(sectors))
        what = f"other sectors than the dataset ({', '.join(odd[:5])})" if odd else "another order"
        raise DatasetError(
            f"{table.name}: has {what}; map it to the sectors of the dataset, in their order "
            "(sam.national.model_sectors, or NationalTable.aggregated)"
        )
    return table_cells(
        sectors,
        table.intermediate,
        components(table),
        final_uses(table),
        table.exports,
        table.imports,
    )


def components(table: NationalTable) -> Array:
    """Value added of a national table (component, sector), components as in ``COMPONENTS``."""
    labour, tax, depreciation, surplus = table.value_added
    return np.stack([labour, tax, depreciation + surplus])


def _with_departures(values: pd.DataFrame, departures: pd.DataFrame) -> pd.DataFrame:
    """Cells of both with their differences, and what departures explain of them."""
    told = departures.groupby(_KEYS)
    size, reason = told["size"].sum(), told["reason"].agg("; ".join)
    values = values.reindex(values.index.union(size.index, sort=False)).fillna(0.0)
    cells = values.assign(
        difference=values["dataset"] - values["official"],
        departure=size.reindex(values.index).fillna(0.0),
        reason=reason.reindex(values.index).fillna(""),
    )
    cells["undocumented"] = cells["difference"] - cells["departure"]
    ordered = cells.iloc[worst_first(cells["difference"])].reset_index()
    columns = ["official", "dataset", "difference", "departure", "undocumented", "reason"]
    return ordered[[*_KEYS, *columns]]


def _share(difference: pd.Series, official: pd.Series) -> float:
    """Absolute differences over absolute sizes, infinite of nothing."""
    total, size = float(difference.abs().sum()), float(official.abs().sum())
    return total / size if size > 0.0 else (0.0 if total == 0.0 else float("inf"))
