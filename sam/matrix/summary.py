"""A SAM at a glance: the macro SAM, a table of its kinds of account, and its printed form."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sam.matrix.frames import NOT_STATED
from sam.ranking import worst

if TYPE_CHECKING:
    from sam.matrix import SAM

TOTAL = "total"
"""Name of the row and the column of totals."""

_SHOWN = 12  # regions that are printed


def macro(sam: SAM, *, by_region: bool = False, totals: bool = True) -> pd.DataFrame:
    """The macro SAM: payments between kinds, or between kinds by region.

    Arguments:
        sam: any SAM.
        by_region: one account per region and kind instead of one per kind.
        totals: add the row and the column of totals.
    """
    sides = (["row_region", "row_kind"], ["col_region", "col_kind"])
    rows, columns = sides if by_region else (["row_kind"], ["col_kind"])
    sums = sam.frame.groupby([*rows, *columns], sort=False)["value"].sum()
    table = sums.unstack(columns)
    order = _by_region(sam) if by_region else pd.Index(sam.accounts["kind"].unique(), name="kind")
    table = table.reindex(index=order, columns=order).fillna(0.0)
    table.index, table.columns = order, order
    return _with_totals(table) if totals else table


def info(sam: SAM) -> pd.DataFrame:
    """By kind: regions, accounts, receipts, payments, and the largest relative imbalance.

    Arguments:
        sam: any SAM.
    """
    balance = sam.balance().assign(imbalance=sam.imbalance().to_numpy())
    return balance.groupby("kind", sort=False).agg(
        regions=("region", "nunique"),
        accounts=("account", "size"),
        receipts=("row_total", "sum"),
        payments=("column_total", "sum"),
        imbalance=("imbalance", "max"),
    )


def summary(sam: SAM) -> str:
    """Size, regions, accounts by kind and balance of a SAM in a few lines.

    Arguments:
        sam: any SAM.
    """
    unit = f" {NOT_STATED}" if sam.unit == NOT_STATED else f", in {sam.unit}"
    if sam.frame.empty:
        return f"SAM without payments{unit}"
    kinds = sam.accounts["kind"].value_counts(sort=False)
    lines = [
        f"SAM of {len(sam.accounts)} accounts and {len(sam.frame):,} payments of "
        f"{sam.frame['value'].sum():,.6g} in all{unit}",
        "  regions   " + _regions(sam),
        "  accounts  " + ", ".join(f"{count} {kind}" for kind, count in kinds.items()),
        "  balance   " + _balance(sam),
    ]
    if sam.source is not None and sam.source.sheet is not None:
        lines.append(f"  read from {sam.source}")
    return "\n".join(lines)


def html(sam: SAM) -> str:
    """The printed form with the macro SAM below, for notebooks.

    Arguments:
        sam: any SAM.
    """
    text = f"<pre>{escape(summary(sam))}</pre>"
    if sam.frame.empty:
        return text
    table = macro(sam)
    return text + table.to_html(float_format=lambda v: f"{v:,.6g}" if v else "", border=0)


def _by_region(sam: SAM) -> pd.MultiIndex:
    """Kinds in the order of a SAM within each region."""
    pairs = sam.accounts[["region", "kind"]].drop_duplicates()
    regions = {name: place for place, name in enumerate(pairs["region"].drop_duplicates())}
    rank = pairs["region"].map(regions).to_numpy()
    ordered = pairs.iloc[np.argsort(rank, kind="stable")]
    return pd.MultiIndex.from_frame(ordered)


def _with_totals(table: pd.DataFrame) -> pd.DataFrame:
    name = TOTAL if table.index.nlevels == 1 else (TOTAL, "")
    result = table.copy()
    result[name] = table.sum(axis=1)
    result.loc[name, :] = result.sum(axis=0)
    return result


def _regions(sam: SAM) -> str:
    """Regions that produce, and other owners of accounts."""
    others = [name for name in sam.accounts["region"].unique() if name not in sam.regions]
    if not sam.regions:
        return f"none with activities; accounts belong to {_listed(others)}"
    beside = f"; beside them {_listed(others)}" if others else ""
    return f"{len(sam.regions)}: {_listed(sam.regions)}{beside}"


def _balance(sam: SAM) -> str:
    relative = sam.imbalance().to_numpy()
    k = worst(relative)
    if relative[k] == 0.0:
        return "exact"
    return f"to {relative[k]:.1e} of the account, worst {sam.titles[k]}"


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return " ".join(names[:_SHOWN]) + more
