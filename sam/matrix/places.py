"""The accounts of a SAM in order, and where every payment stands among them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.accounts import ACTIVITY, KINDS
from sam.errors import SAMError
from sam.matrix.frames import ACCOUNT, COL_KEYS, ROW_KEYS, SHOWN

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

_KNOWN = 60  # names that a message lists


@dataclass(frozen=True, eq=False)
class Places:
    """Accounts by kind, region and appearance, and the payments between them.

    Attributes:
        accounts: columns ``region, kind, account``.
        receivers: place of the receiving account (payment).
        payers: place of the paying account (payment).
        values: what is paid (payment).
    """

    accounts: pd.DataFrame
    receivers: Codes
    payers: Codes
    values: Array

    def titles(self) -> list[str]:
        """What messages call the accounts: their names alone where one region produces.

        The kind comes before a name that accounts of several kinds share, the whole label stands
        where regions share it, or where several produce.
        """
        whole = ["/".join(label) for label in self.accounts.itertuples(index=False, name=None)]
        if self.accounts.loc[self.accounts["kind"] == ACTIVITY, "region"].nunique() > 1:
            return whole
        names, kinds = self.accounts["account"], self.accounts["kind"]
        told = names.mask(names.duplicated(keep=False), kinds + " " + names)
        return told.mask(told.duplicated(keep=False), pd.Series(whole, dtype="str")).tolist()

    def find(self, kind: str, region: str | None, name: str | None) -> Codes:
        """Places of the accounts of a kind, and of a region and name where given.

        Raises:
            SAMError: there is no such account.
        """
        keep = np.ones(len(self.accounts), dtype=bool)
        for level, value in zip(ACCOUNT, (region, kind, name), strict=True):
            if value is not None:
                keep &= (self.accounts[level] == value).to_numpy()
        if not keep.any():
            known = ", ".join(self.accounts["kind"].unique())
            raise SAMError(
                f"SAM.flow: no account of kind {kind!r}, region {region or 'any'}, name "
                f"{name or 'any'}; kinds in this SAM: {known}"
            )
        return np.flatnonzero(keep)

    def among(
        self,
        kind: str | Collection[str] | None,
        region: str | Collection[str] | None,
        account: str | Collection[str] | None,
    ) -> npt.NDArray[np.bool_]:
        """Which accounts have one of the kinds, regions and names (``None``: any).

        Raises:
            SAMError: a kind, region or name does not occur.
        """
        keep = np.ones(len(self.accounts), dtype=bool)
        for level, wanted in zip(ACCOUNT, (region, kind, account), strict=True):
            if wanted is None:
                continue
            names = [wanted] if isinstance(wanted, str) else list(wanted)
            unknown = sorted(set(names) - set(self.accounts[level]))
            if unknown:
                known = self.accounts[level].drop_duplicates().tolist()
                raise SAMError(f"SAM.select: no {level} {unknown[:SHOWN]}; known: {known[:_KNOWN]}")
            keep &= self.accounts[level].isin(names).to_numpy()
        return keep

    def labels(self, places: Codes, name: str) -> pd.MultiIndex:
        """Region and name of accounts; ``name`` names the second level."""
        labels = self.accounts.loc[places, ["region", "account"]]
        return pd.MultiIndex.from_frame(labels, names=["region", name])

    def block(self, rows: Codes, columns: Codes) -> Array:
        """Payments between accounts at given places, as an array (receiver, payer)."""
        place = np.full((2, len(self.accounts)), -1)
        place[0, rows], place[1, columns] = np.arange(len(rows)), np.arange(len(columns))
        receivers, payers = place[0, self.receivers], place[1, self.payers]
        paid = np.flatnonzero((receivers >= 0) & (payers >= 0))
        block = np.zeros((len(rows), len(columns)))
        block[receivers[paid], payers[paid]] = self.values[paid]
        return block

    def totals(self) -> pd.DataFrame:
        """Accounts with their receipts, payments and the difference of both."""
        receipts, payments = self._sums(self.values)
        return self.accounts.assign(
            row_total=receipts, column_total=payments, difference=receipts - payments
        )

    def turnover(self) -> Array:
        """The larger of receipts and payments (account), payments counted with their size."""
        return np.asarray(self._sums(np.abs(self.values)).max(axis=0))

    def _sums(self, values: Array) -> Array:
        """Values of the payments summed by who receives and by who pays (side, account)."""
        sides, count = (self.receivers, self.payers), len(self.accounts)
        return np.array([np.bincount(side, values, count) for side in sides])


def place_payments(frame: pd.DataFrame) -> Places:
    """Find the accounts of a long frame and put them in order.

    They come by kind, then region, then appearance. Regions rank by where they appear among
    accounts sorted by kind, so that those with activities come first and sorting again changes
    nothing.

    Arguments:
        frame: payments, each listed once.
    """
    sides = [frame[keys].set_axis(ACCOUNT, axis=1) for keys in (ROW_KEYS, COL_KEYS)]
    both = pd.concat(sides, ignore_index=True)
    codes = both.groupby(ACCOUNT, sort=False).ngroup().to_numpy()  # in order of appearance
    accounts = both.drop_duplicates()
    kinds = accounts["kind"].map({kind: k for k, kind in enumerate(KINDS)}).to_numpy()
    by_kind = accounts["region"].iloc[np.argsort(kinds, kind="stable")].drop_duplicates()
    regions = accounts["region"].map({region: k for k, region in enumerate(by_kind)}).to_numpy()
    order = np.lexsort((regions, kinds))
    place = np.empty(len(order), dtype=np.intp)
    place[order] = np.arange(len(order))
    receivers, payers = np.split(place[codes], 2)
    return Places(
        accounts.iloc[order].reset_index(drop=True), receivers, payers, frame["value"].to_numpy()
    )
