"""Frames of payments: those between accounts, and the lines of totals beside them.

As on a sheet (``sam.matrix.square``), lines of totals may stand beside accounts that have names
only, and an account that holds the sums of all others is none; so in a long frame of names.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.errors import SAMError
from sam.kinds import account_name
from sam.matrix.frames import aligned, long_frame, names_only, require_frame, unpivoted
from sam.matrix.square import number_in
from sam.matrix.totals import IGNORED, Line, contradiction, is_sum, total_account


def payments_of(
    table: pd.DataFrame, region: str | None = None, *, ignore_totals: bool = False
) -> pd.DataFrame:
    """The payments of a square frame; of one with names only, lines of totals are left out.

    Arguments:
        table: receiving accounts as index, paying accounts as columns.
        region: region of all accounts where labels are only kind and account.
        ignore_totals: do not hold what the table states of its sums against its payments.

    Raises:
        SAMError: rows and columns list different accounts, a cell is no finite number, a total
            contradicts its payments, or an account holds the sums of all others.
    """
    require_frame(table)
    down, across = (_sums_among(axis) for axis in (table.index, table.columns))
    inner = table.loc[~down, ~across]
    square = aligned(inner, region)
    if not ignore_totals:
        if down.any() or across.any():
            payments = square.iloc[:, _order(inner)]
            _check_beside("column", table.loc[:, ~across], down, payments)
            _check_beside("row", table.loc[~down].T, across, payments.T)
        found = total_account(square.to_numpy())
        if found is not None:
            raise SAMError(
                f"SAM: found the account {'/'.join(square.index[found])!r}, whose entries are the "
                f"sums of all others; leave it out if it holds totals; {IGNORED}"
            )
    return unpivoted(square)


def long_payments(
    table: pd.DataFrame, region: str | None = None, *, ignore_totals: bool = False
) -> tuple[pd.DataFrame, str | None]:
    """The payments of a long frame; of one with names only, lines of totals are left out.

    Arguments:
        table: as ``long_frame`` takes it.
        region: region of all accounts where the table has neither region column.
        ignore_totals: do not hold what the table states of its sums against its payments.

    Returns:
        As ``long_frame``.

    Raises:
        SAMError: as ``long_frame`` and ``payments_of``.
    """
    frame, unit = long_frame(table, region)
    if not names_only(frame.columns):
        return frame, unit
    if not ignore_totals:
        payments_of(_pivoted(frame))
    stated = _sums_among(pd.Index(frame["row"])) | _sums_among(pd.Index(frame["col"]))
    return frame[~stated].reset_index(drop=True), unit


def _pivoted(frame: pd.DataFrame) -> pd.DataFrame:
    """The square frame of a long one with names only; sums that it does not state are missing."""
    named = frame.assign(**{side: frame[side].map(account_name) for side in ("row", "col")})
    names = pd.unique(named[["row", "col"]].to_numpy().ravel())
    table = named.groupby(["row", "col"])["value"].sum().unstack().reindex(names, columns=names)
    sums = _sums_among(table.index)
    beside = sums[:, None] | sums[None, :]
    return table.where(table.notna() | beside, 0.0)


def _sums_among(axis: pd.Index) -> npt.NDArray[np.bool_]:
    """Which lines of a frame with names only state sums."""
    told = [axis.nlevels == 1 and is_sum(account_name(label)) for label in axis]
    return np.array(told, dtype=bool)


def _order(table: pd.DataFrame) -> list[int]:
    """Positions among the rows of the columns of a table of names, as they stand."""
    place = {account_name(name): k for k, name in enumerate(table.index)}
    return [place[account_name(name)] for name in table.columns]


def _check_beside(
    what: str, table: pd.DataFrame, sums: npt.NDArray[np.bool_], payments: pd.DataFrame
) -> None:
    """What lines of a frame state is what its payments sum to."""
    for place in np.flatnonzero(sums).tolist():
        name, cells = account_name(table.index[place]), table.iloc[place]
        line = Line(name, int((~sums[:place]).sum()), np.array([*map(number_in, cells)]))
        wrong = contradiction(line, payments)
        if wrong is not None:
            account, stated = table.columns[wrong[0]], line.stated[wrong[0]]
            raise SAMError(
                f"SAM: found {name} {stated:,.15g} of the {what} {account!r}, expected "
                f"{wrong[1]}; correct it or the payments, or leave out the totals; "
                f"{IGNORED}"
            )
