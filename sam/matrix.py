r"""The social accounting matrix: what the base year was, in money.

A SAM is a square matrix :math:`T` of payments in which the row account receives from the column
account. Double entry makes every account balance,

.. math:: \sum_j T_{kj} = \sum_i T_{ik} \quad \text{for every account } k .

The matrix is held as a long table with one row per payment; payments that may run in either
direction (saving, transfers) are written as the opposite payment when negative, so cells are
non-negative except production taxes, which may be subsidies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from sam.accounts import KINDS, SIGNED
from sam.errors import SAMError

COLUMNS = ("row_region", "row_kind", "row", "col_region", "col_kind", "col", "value")
_KEYS = list(COLUMNS[:-1])
_ROW_KEYS = ["row_region", "row_kind", "row"]
_COL_KEYS = ["col_region", "col_kind", "col"]


@dataclass(frozen=True, eq=False)
class SAM:
    """A multi-regional social accounting matrix.

    Arguments:
        frame: one line per payment with the columns ``row_region, row_kind, row, col_region,
            col_kind, col, value``; values in ``unit``.
        unit: unit of the values.

    Raises:
        SAMError: columns are missing, a value is not finite, a payment is listed twice, an account
            kind is unknown, or a payment is negative where the convention does not allow it.
    """

    frame: pd.DataFrame
    unit: str = "1e8 CNY"

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.frame.columns]
        if missing:
            raise SAMError(f"SAM: columns {missing} are missing; a SAM has {list(COLUMNS)}")
        frame = self.frame.loc[:, list(COLUMNS)].reset_index(drop=True)
        frame["value"] = frame["value"].astype(float)
        _check_values(frame)
        object.__setattr__(self, "frame", frame)

    @classmethod
    def from_csv(cls, path: str | Path, unit: str = "1e8 CNY") -> SAM:
        """Read a SAM from a CSV file (``.gz`` allowed) with the columns of ``SAM.frame``."""
        text = dict.fromkeys(_KEYS, "str")
        return cls(pd.read_csv(path, dtype=text, keep_default_na=False), unit)

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """All accounts (columns ``region, kind, account``), regions in order of appearance."""
        rows = self.frame[_ROW_KEYS].set_axis(["region", "kind", "account"], axis=1)
        cols = self.frame[_COL_KEYS].set_axis(["region", "kind", "account"], axis=1)
        both = pd.concat([rows, cols]).drop_duplicates().reset_index(drop=True)
        rank = {kind: k for k, kind in enumerate(KINDS)}
        order = both["kind"].map(rank).sort_values(kind="stable").index
        return both.loc[order].reset_index(drop=True)

    def names(self, kind: str) -> list[str]:
        """Names of the accounts of a kind, without repetition over regions."""
        return (
            self.accounts.loc[self.accounts["kind"] == kind, "account"].drop_duplicates().tolist()
        )

    @cached_property
    def regions(self) -> list[str]:
        """Regions that own activities, in order of appearance."""
        owners = self.accounts.loc[self.accounts["kind"] == "activity", "region"]
        return owners.drop_duplicates().tolist()

    def flow(
        self,
        row_kind: str,
        col_kind: str,
        *,
        row: str | None = None,
        col: str | None = None,
        row_region: str | None = None,
        col_region: str | None = None,
    ) -> pd.DataFrame:
        """Payments from accounts of one kind to accounts of another, as a labelled matrix.

        Arguments:
            row_kind: kind of the receiving accounts.
            col_kind: kind of the paying accounts.
            row: keep only receiving accounts of this name.
            col: keep only paying accounts of this name.
            row_region: keep only receiving accounts of this region.
            col_region: keep only paying accounts of this region.

        Returns:
            A frame with index and columns (region, account), zeros where nothing is paid, in the
            order of ``accounts``; values in ``unit``.

        Raises:
            SAMError: no account of that kind, name and region exists.
        """
        index = self._labels(row_kind, row_region, row)
        columns = self._labels(col_kind, col_region, col)
        match = (self.frame["row_kind"] == row_kind) & (self.frame["col_kind"] == col_kind)
        part = self.frame[match]
        table = part.pivot_table(
            index=["row_region", "row"],
            columns=["col_region", "col"],
            values="value",
            aggfunc="sum",
        )
        table = table.reindex(index=index, columns=columns).fillna(0.0)
        return table.rename_axis(index=["region", "row"], columns=["region", "col"])

    def _labels(self, kind: str, region: str | None, name: str | None) -> pd.MultiIndex:
        accounts = self.accounts
        keep = accounts["kind"] == kind
        if region is not None:
            keep &= accounts["region"] == region
        if name is not None:
            keep &= accounts["account"] == name
        if not keep.any():
            known = ", ".join(accounts["kind"].unique())
            raise SAMError(
                f"SAM.flow: no account of kind {kind!r}, region {region or 'any'}, name "
                f"{name or 'any'}; kinds in this SAM: {known}"
            )
        return pd.MultiIndex.from_frame(accounts.loc[keep, ["region", "account"]])

    def matrix(self) -> pd.DataFrame:
        """The whole SAM as a square frame over (region, kind, account)."""
        index = pd.MultiIndex.from_frame(self.accounts)
        place = pd.Series(np.arange(len(index)), index=index)
        rows = place.loc[pd.MultiIndex.from_frame(self.frame[_ROW_KEYS])].to_numpy()
        cols = place.loc[pd.MultiIndex.from_frame(self.frame[_COL_KEYS])].to_numpy()
        dense = np.zeros((len(index), len(index)))  # receiving account, paying account
        np.add.at(dense, (rows, cols), self.frame["value"].to_numpy())
        return pd.DataFrame(dense, index=index, columns=index)

    def balance(self) -> pd.DataFrame:
        """Receipts, payments and their difference by account (values in ``unit``)."""
        names = ["region", "kind", "account"]
        rows = self.frame.groupby(_ROW_KEYS, sort=False)["value"].sum().rename_axis(names)
        cols = self.frame.groupby(_COL_KEYS, sort=False)["value"].sum().rename_axis(names)
        index = pd.MultiIndex.from_frame(self.accounts)
        table = pd.DataFrame({"row_total": rows, "column_total": cols}, index=index).fillna(0.0)
        table["difference"] = table["row_total"] - table["column_total"]
        return table.reset_index()

    def check(self, tol: float = 1e-9) -> None:
        """Assert that every account balances.

        Arguments:
            tol: largest allowed difference relative to the larger of the account's totals.

        Raises:
            SAMError: names the five worst accounts with their totals and differences.
        """
        table = self.balance()
        size = table[["row_total", "column_total"]].abs().max(axis=1).clip(lower=1e-300)
        relative = (table["difference"].abs() / size).to_numpy()
        bad = np.flatnonzero(relative > tol)
        if bad.size:
            worst = bad[np.argsort(-relative[bad], kind="stable")][:5]
            lines = [_describe(table.iloc[k], relative[k], self.unit) for k in worst]
            raise SAMError(
                f"SAM: {bad.size} of {len(table)} accounts do not balance to {tol:g} (relative): "
                + "; ".join(lines)
                + ". Rebalance the table (sam.balancing) or correct these accounts."
            )

    def aggregate(
        self,
        regions: Mapping[str, str] | None = None,
        accounts: Mapping[str, str] | None = None,
    ) -> SAM:
        """Merge regions and account names (names not in a mapping stay as they are)."""
        frame = self.frame.copy()
        for side in ("row", "col"):
            region, name = frame[f"{side}_region"], frame[side]
            frame[f"{side}_region"] = region.map(lambda r: (regions or {}).get(r, r))
            frame[side] = name.map(lambda a: (accounts or {}).get(a, a))
        return SAM(_merge(frame), self.unit)

    def to_csv(self, path: str | Path) -> None:
        """Write the long table with twelve significant digits."""
        self.frame.to_csv(path, index=False, float_format="%.12g")


def from_payments(payments: Iterable[tuple[str, str, str, str, str, str, float]]) -> SAM:
    """Build a SAM from payments, writing a negative payment as the opposite one.

    Production taxes keep their sign (a subsidy stays a negative tax); zero payments are dropped.
    """
    lines = []
    for payment in payments:
        *keys, value = payment
        if value == 0.0:
            continue
        if value < 0.0 and (keys[1], keys[4]) not in SIGNED:
            keys, value = [*keys[3:], *keys[:3]], -value
        lines.append((*keys, value))
    frame = pd.DataFrame(lines, columns=list(COLUMNS))
    return SAM(_merge(frame))


def _merge(frame: pd.DataFrame) -> pd.DataFrame:
    """Add up payments between the same accounts."""
    return frame.groupby(_KEYS, sort=False)[["value"]].sum().reset_index()


def _check_values(frame: pd.DataFrame) -> None:
    bad = ~np.isfinite(frame["value"].to_numpy())
    if bad.any():
        raise SAMError(
            f"SAM: {bad.sum()} values are not finite, first {_payment(frame, bad)}; write numbers, "
            "or leave out payments that are not made"
        )
    twice = frame.duplicated(_KEYS).to_numpy()
    if twice.any():
        raise SAMError(
            f"SAM: {twice.sum()} payments are listed twice, first {_payment(frame, twice)}; add "
            "them up in one line"
        )
    for kind in ("row_kind", "col_kind"):
        unknown = sorted(set(frame[kind]) - set(KINDS))
        if unknown:
            raise SAMError(f"SAM: unknown {kind} {unknown}; known kinds: {list(KINDS)}")
    pairs = zip(frame["row_kind"], frame["col_kind"], strict=True)
    signed = np.fromiter((pair in SIGNED for pair in pairs), dtype=bool, count=len(frame))
    negative = (frame["value"].to_numpy() < 0) & ~signed
    if negative.any():
        raise SAMError(
            f"SAM: {negative.sum()} payments are negative, first {_payment(frame, negative)}; "
            "write a negative transfer as the opposite payment"
        )


def _payment(frame: pd.DataFrame, mask: np.ndarray) -> str:
    line = frame.loc[mask].iloc[0]
    return (
        f"{line.row_region}/{line.row_kind}/{line.row} <- "
        f"{line.col_region}/{line.col_kind}/{line.col} = {line.value:g}"
    )


def _describe(line: pd.Series, relative: float, unit: str) -> str:
    return (
        f"{line.region}/{line.kind}/{line.account} receives {line.row_total:.6g}, pays "
        f"{line.column_total:.6g}, difference {line.difference:.3g} {unit} ({relative:.1e})"
    )
