r"""Polishing: the exactly balanced SAM nearest to one that is balanced up to rounding.

With payments :math:`x` and account balances :math:`A x` (receipts minus payments), solve

.. math:: \min_{\Delta} \tfrac12 \sum_n \frac{\Delta_n^2}{|x_n|}
          \quad \text{subject to} \quad A (x + \Delta) = 0, \qquad
          \Delta = -\operatorname{diag}|x| \, A^\top y, \quad
          (A \operatorname{diag}|x| A^\top) \, y = A x .

Every payment changes by a small proportion, so zeros and signs stay. The matrix is the Laplacian
of the graph of payments: one account of each connected part is redundant (Walras' law).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.sparse import csgraph
from scipy.sparse.linalg import spsolve

from sam import SAM, SAMError
from sam.ranking import lowest, worst

Array = npt.NDArray[np.float64]

_ROUNDS = 3  # the first removes the imbalance, the others its rounding


@dataclass(frozen=True)
class Polish:
    """How far polishing moved the SAM.

    Attributes:
        imbalance: largest difference between receipts and payments before, relative to the account.
        account: the account that had it.
        change: largest change of a payment, relative to that payment.
        payment: the payment that changed so.
        moved: sum of absolute changes relative to the sum of all payments.
    """

    imbalance: float
    account: str
    change: float
    payment: str
    moved: float

    def __str__(self) -> str:
        return (
            f"largest imbalance {self.imbalance:.1e} of {self.account}; largest change "
            f"{self.change:.1e} of {self.payment}; {self.moved:.1e} of all payments moved"
        )


def polish(sam: SAM, tolerance: float = 1e-6) -> tuple[SAM, Polish]:
    """Balance a SAM to machine precision by the smallest proportional changes.

    Arguments:
        sam: a SAM that balances up to rounding.
        tolerance: largest imbalance relative to an account that counts as rounding.

    Raises:
        SAMError: the SAM is not balanced to the tolerance, or a payment would change sign.
    """
    sam.check(tolerance)
    frame = sam.frame.loc[sam.frame["value"] != 0.0].reset_index(drop=True)
    incidence = _incidence(frame)
    before = frame["value"].to_numpy(dtype=float)
    after = before
    for _ in range(_ROUNDS):
        after = after - np.abs(after) * (incidence.T @ _multipliers(incidence, after))
    if (after * before <= 0.0).any():
        place = lowest(after * np.sign(before))
        raise SAMError(
            f"SAM: balancing would turn the sign of {_payment(frame, place)}; the imbalance is "
            "more than rounding: rebalance the table (sam.balancing)"
        )
    return SAM(frame.assign(value=after), sam.unit), _summary(sam, frame, before, after)


def _incidence(frame: pd.DataFrame) -> sparse.csr_array:
    """Balance matrix: +1 for the receiving, -1 for the paying account of each payment."""
    rows = pd.MultiIndex.from_frame(frame[["row_region", "row_kind", "row"]])
    cols = pd.MultiIndex.from_frame(frame[["col_region", "col_kind", "col"]])
    accounts = rows.append(cols).unique()
    count, payments = len(accounts), np.arange(len(frame))
    plus = sparse.csr_array(
        (np.ones(len(frame)), (accounts.get_indexer(rows), payments)), shape=(count, len(frame))
    )
    minus = sparse.csr_array(
        (np.ones(len(frame)), (accounts.get_indexer(cols), payments)), shape=(count, len(frame))
    )
    return sparse.csr_array(plus - minus)


def _multipliers(incidence: sparse.csr_array, payments: Array) -> Array:
    laplacian = sparse.csr_array(incidence @ sparse.diags_array(np.abs(payments)) @ incidence.T)
    _, part = csgraph.connected_components(laplacian, directed=False)
    size = laplacian.diagonal()
    order = np.lexsort((-size, part))  # within each connected part, the largest account first
    fixed = order[np.unique(part[order], return_index=True)[1]]  # it takes up the rounding
    free = np.setdiff1d(np.arange(len(part)), fixed)
    multipliers = np.zeros(len(part))  # account
    if free.size:
        inner = sparse.csc_array(laplacian[free][:, free])
        multipliers[free] = spsolve(inner, (incidence @ payments)[free])
    return multipliers


def _summary(sam: SAM, frame: pd.DataFrame, before: Array, after: Array) -> Polish:
    balance = sam.balance()
    size = balance[["row_total", "column_total"]].abs().max(axis=1).clip(lower=1e-300)
    imbalance = (balance["difference"].abs() / size).to_numpy(dtype=float)
    change = np.abs(after / before - 1.0)
    account = balance.iloc[worst(imbalance)]
    return Polish(
        imbalance=float(imbalance.max()),
        account=f"{account['region']}/{account['kind']}/{account['account']}",
        change=float(change.max()),
        payment=_payment(frame, worst(change)),
        moved=float(np.abs(after - before).sum() / np.abs(before).sum()),
    )


def _payment(frame: pd.DataFrame, place: int) -> str:
    line = frame.iloc[place]
    receiver = f"{line['row_region']}/{line['row_kind']}/{line['row']}"
    payer = f"{line['col_region']}/{line['col_kind']}/{line['col']}"
    return f"{receiver} <- {payer} ({line['value']:.4g})"
