r"""How the structure of the nation changed: groups of coefficients of its tables of several years.

.. math:: a_{IJ} = \frac{\sum_{i \in I, j \in J} N_{ij}}{\sum_{j \in J} X_j}

with rows I and columns J as ``data/drift.csv`` lists them; of final uses and of value added the
denominator is the sum of the column, or of value added. At current prices of each year.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from recipes.yrd2020.official import Official
from recipes.yrd2020.totals import GROUPS, goods_of, group_of
from sam.accounts import COMPONENTS, USES
from sam.errors import DatasetError

GROUPS_OF_CELLS = Path(__file__).parent / "data" / "drift.csv"

COLUMNS = ["item", "year", "value", "unit", "source", "quality", "meaning"]

_OWN = ("kept", "left out", "value added")


def drift(tables: Mapping[int, Official]) -> pd.DataFrame:
    """Coefficients of every group and year.

    Arguments:
        tables: national tables by year.

    Returns:
        Columns ``COLUMNS``; the value is a share (0-1) of what ``meaning`` says.

    Raises:
        DatasetError: ``drift.csv`` names an unknown group or sector.
    """
    rules = pd.read_csv(GROUPS_OF_CELLS, comment="#").to_dict("records")
    rows = []
    for rule in rules:
        item, *about = (str(rule[name]) for name in ("item", "rows", "columns", "own", "meaning"))
        for year, table in tables.items():
            value = coefficient(table, about[0], about[1], about[2])
            source = f"National Bureau of Statistics, national input-output table of {year}"
            rows.append((item, year, value, "share", source, "derived", about[3]))
    return pd.DataFrame(rows, columns=COLUMNS)


def coefficient(table: Official, rows: str, columns: str, own: str = "kept") -> float:
    """Cells of some rows over the size of some columns.

    Arguments:
        table: national table.
        rows: codes of commodities or of ``COMPONENTS`` or names of groups, joined by ``+``.
        columns: codes of activities or of final uses or names of groups, joined by ``+``.
        own: ``left out`` leaves out the rows' own activities; ``value added`` divides by the value
            added of the columns instead of their output.

    Raises:
        DatasetError: a code, a group or ``own`` is unknown.
    """
    if own not in _OWN:
        raise DatasetError(f"drift.csv: {own!r} is none of {', '.join(_OWN)}")
    goods, users = _members(table, rows, COMPONENTS), _members(table, columns, USES)
    users = [name for name in users if own != "left out" or name not in goods]
    cells = np.vstack([np.hstack([table.intermediate, table.final]), _added(table)])
    names = ([*table.sectors, *COMPONENTS], [*table.sectors, *USES])
    place = np.ix_([names[0].index(n) for n in goods], [names[1].index(n) for n in users])
    whole = [names[1].index(name) for name in users]
    base = len(table.sectors) if own == "value added" else 0
    return float(cells[place].sum() / cells[base:, whole].sum())


def _added(table: Official) -> np.ndarray:
    """Value added of activities, none of final uses (component, column)."""
    return np.hstack([table.value_added, np.zeros((len(COMPONENTS), len(USES)))])


def _members(table: Official, text: str, others: Sequence[str]) -> list[str]:
    """Codes that a text of codes and group names stands for."""
    group = group_of(table.sectors)
    named = {
        "all": np.ones(len(group), dtype=bool),
        "goods": goods_of(table.sectors) & (group != 0),
        "industry": group == GROUPS.index("industry"),
        "services": group == GROUPS.index("tertiary"),
    }
    found: list[str] = []
    for name in text.split("+"):
        if name in named:
            found += [code for code, is_in in zip(table.sectors, named[name], strict=True) if is_in]
        elif name in (*table.sectors, *others):
            found.append(name)
        else:
            raise DatasetError(f"drift.csv: {name!r} is neither a sector nor one of {list(named)}")
    return found
