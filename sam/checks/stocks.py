"""The check of stocks that fall where they cannot (``sam.stocks``)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sam.accounts import COMMODITY, INVENTORY, INVESTMENT
from sam.checks.finding import Finding, Severity, Subject, amount, lines, matrix_of
from sam.dataset import Dataset
from sam.matrix import SAM
from sam.ranking import worst_first
from sam.stocks import SCARCE, impossible_falls


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
    fall, supply, invested = falls[["fall", "supply", "invested"]].to_numpy(float).T
    reasons = impossible_falls(fall, supply, invested, falls["account"].to_numpy() == electricity)
    wrong = falls.assign(reason=np.select(list(reasons.values()), list(reasons), ""))
    wrong = wrong[wrong["reason"] != ""]
    return [
        Finding(
            "stocks",
            severity,
            str(line.region),
            (account := f"{line.region}/{COMMODITY}/{line.account}",),
            float(line.fall),
            sam.unit,
            f"{account}: stocks fall by {amount(line.fall)} {sam.unit}, but {_why(line)}",
            "book the fall as output or imports of the year and rebalance (SAM.rebalance), or "
            "correct its sign",
        )
        for line in lines(wrong.iloc[worst_first(wrong["fall"])])
    ]


def _why(line: Any) -> str:
    """Why these stocks cannot fall, with what is supplied where that is too little."""
    if line.reason == SCARCE:
        return f"only {amount(line.supply)} is supplied otherwise"
    return str(line.reason)


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
