r"""The check of stocks that fall: what is sold out of them must be storable, and somebody's.

With the fall :math:`D_{ri} = -\Delta S_{ri} > 0` of a commodity's stocks and its supply from
activities and abroad A,

.. math:: D_{ri} \le A_{ri} , \qquad \sum_k I_{rk} > 0 :

what is used is mostly made or imported, and what is drawn belongs to those who invest.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from sam.accounts import COMMODITY, INVENTORY, INVESTMENT
from sam.checks.finding import Finding, Severity, Subject, amount, lines, matrix_of
from sam.dataset import Dataset
from sam.matrix import SAM
from sam.ranking import worst_first


def check_stocks(subject: Subject, *, severity: Severity = "error") -> list[Finding]:
    """Stocks fall only where goods can be sold out of them.

    Arguments:
        subject: a SAM or a dataset, which says what its electricity is.
        severity: of the findings.

    Returns:
        Commodities whose stocks fall by more than their supply from elsewhere, in regions that
        invest nothing, or that are electricity, the largest fall first; sizes are the falls.
    """
    sam = matrix_of(subject)
    electricity = subject.roles.electricity if isinstance(subject, Dataset) else ""
    falls = _falls(sam)
    return [
        Finding(
            "stocks",
            severity,
            str(line.region),
            (account := f"{line.region}/{COMMODITY}/{line.account}",),
            float(line.fall),
            sam.unit,
            f"{account}: stocks fall by {amount(line.fall)} {sam.unit}, but {why}",
            "book the fall as output or imports of the year and rebalance (SAM.rebalance), or "
            "correct its sign",
        )
        for line in lines(falls.iloc[worst_first(falls["fall"])])
        if (why := _objection(line, electricity))
    ]


def _objection(line: Any, electricity: str) -> str:
    """Why these stocks cannot fall; empty where they can."""
    if line.account == electricity:
        return "electricity is not stored"
    if line.fall > line.supply:
        return f"only {amount(line.supply)} is supplied otherwise"
    return "" if line.invested > 0.0 else "nobody there invests, who could own them"


def _falls(sam: SAM) -> pd.DataFrame:
    """Falls of stocks: columns ``region, account, fall, supply, invested``, 1e8 CNY."""
    changes = _changes(sam)
    fall = -changes[changes < 0.0].rename("fall")
    table = fall.reset_index()
    supply, invested = _supply(sam), _invested(sam)
    return table.assign(
        supply=supply.reindex(fall.index, fill_value=0.0).to_numpy(),
        invested=invested.reindex(table["region"], fill_value=0.0).to_numpy(),
    )


def _changes(sam: SAM) -> pd.Series:
    """Changes in stocks, 1e8 CNY (region, commodity)."""
    frame = sam.frame
    added = frame[frame["row_kind"].eq(COMMODITY) & frame["col_kind"].eq(INVENTORY)]
    taken = frame[frame["row_kind"].eq(INVENTORY) & frame["col_kind"].eq(COMMODITY)]
    return _sums(added, "row").sub(_sums(taken, "col"), fill_value=0.0)


def _supply(sam: SAM) -> pd.Series:
    """Supply of goods other than out of stocks, taxes included, 1e8 CNY (region, commodity)."""
    frame = sam.frame
    return _sums(frame[frame["col_kind"].eq(COMMODITY) & frame["row_kind"].ne(INVENTORY)], "col")


def _invested(sam: SAM) -> pd.Series:
    """Fixed investment and additions to stocks, 1e8 CNY (region)."""
    frame, changes = sam.frame, _changes(sam)
    fixed = _sums(frame[frame["row_kind"].eq(COMMODITY) & frame["col_kind"].eq(INVESTMENT)], "row")
    return fixed.add(changes.clip(lower=0.0), fill_value=0.0).groupby(level="region").sum()


def _sums(payments: pd.DataFrame, side: str) -> pd.Series:
    """Payments added up over the accounts of one side (region, account)."""
    sums = payments.groupby([f"{side}_region", side], sort=False)["value"].sum()
    return sums.rename_axis(["region", "account"])
