r"""Checks of the matrix as such: double entry, signs, empty accounts, cells that no model reads.

.. math:: \sum_j T_{kj} = \sum_i T_{ik} , \qquad T_{kj} \ge 0
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sam.accounts import ACTIVITY, HOUSEHOLD
from sam.checks.finding import (
    Finding,
    Severity,
    Subject,
    amount,
    matrix_of,
    payment_findings,
    per_cent,
)
from sam.coverage import Flow, Labels, unread
from sam.dataset import ROUNDING, Dataset
from sam.matrix.frames import negative, turned
from sam.ranking import worst_first


def check_balance(
    subject: Subject, *, tolerance: float = ROUNDING, severity: Severity = "error"
) -> list[Finding]:
    """Every account receives what it pays.

    Arguments:
        subject: a SAM or a dataset.
        tolerance: largest difference, relative to the larger total, that counts as rounding.
        severity: of the findings.

    Returns:
        Accounts out of balance, the largest relative difference first; sizes are receipts less
        payments.
    """
    sam = matrix_of(subject)
    table, relative = sam.balance(), sam.imbalance().to_numpy(float)
    order = worst_first(relative)
    return [
        Finding(
            "balance",
            severity,
            table["region"][k],
            (account := _account(table, k),),
            float(table["difference"][k]),
            sam.unit,
            f"{account} receives {amount(table['row_total'][k])} and pays "
            f"{amount(table['column_total'][k])} {sam.unit}, {per_cent(relative[k])} of the larger "
            "apart",
            "correct its cells, or rebalance the table (SAM.rebalance)",
        )
        for k in order[relative[order] > tolerance]
    ]


def check_negative_cells(subject: Subject, *, severity: Severity = "error") -> list[Finding]:
    """No payment is negative, but taxes less subsidies and changes in stocks.

    Arguments:
        subject: a SAM or a dataset.
        severity: of the findings.

    Returns:
        Negative payments whose kinds are not in ``sam.accounts.SIGNED``, the most negative first.
    """
    sam = matrix_of(subject)
    return payment_findings(
        sam.frame[negative(sam.frame)],
        "negative_cells",
        severity,
        sam.unit,
        "is negative",
        "book it as the opposite payment, or correct the sign",
    )


def check_empty_accounts(subject: Subject, *, severity: Severity = "warning") -> list[Finding]:
    """Every account both receives and pays.

    Arguments:
        subject: a SAM or a dataset.
        severity: of the findings.

    Returns:
        Accounts without receipts, without payments or without either, the largest first; sizes are
        what flows on the other side. A negative payment counts as the opposite one.
    """
    sam = matrix_of(subject)
    flows = turned(sam.frame, sam.frame["value"].to_numpy() < 0.0)
    table = sam.accounts.copy()
    places = pd.MultiIndex.from_frame(table)
    for side, total in (("row", "receives"), ("col", "pays")):
        keys = [f"{side}_region", f"{side}_kind", side]
        sums = flows.groupby(keys, sort=False)["value"].sum()
        table[total] = sums.reindex(places, fill_value=0.0).to_numpy()
    size = table[["receives", "pays"]].max(axis=1).to_numpy(float)
    empty = (table[["receives", "pays"]] == 0.0).any(axis=1).to_numpy()
    order = worst_first(size)
    return [
        Finding(
            "empty_accounts",
            severity,
            table["region"][k],
            (account := _account(table, k),),
            float(size[k]),
            sam.unit,
            f"{account} {_emptiness(table['receives'][k], table['pays'][k], sam.unit)}",
            "remove the account, or add the payments that it lacks",
        )
        for k in order[empty[order]]
    ]


def check_coverage(
    subject: Subject, *, flows: Sequence[Flow], severity: Severity = "error"
) -> list[Finding]:
    """Every payment is read by an equation of the model.

    Arguments:
        subject: a SAM or a dataset.
        flows: what the model reads, ``calibration.payments.READS`` for M3C.
        severity: of the findings.

    Returns:
        Payments that the model would lose, the largest first.
    """
    sam = matrix_of(subject)
    return payment_findings(
        sam.frame[unread(sam.frame, flows, _labels(subject))],
        "coverage",
        severity,
        sam.unit,
        "is read by no equation of the model",
        "route the money through accounts that the model knows, or correct the labels",
    )


def _labels(subject: Subject) -> Labels:
    """Regions, sectors and households as a model takes them from the subject."""
    sam = matrix_of(subject)
    if isinstance(subject, Dataset):
        regions, sectors = list(subject.regions), [str(s) for s in subject.sectors["code"]]
    else:
        regions, sectors = sam.regions, sam.names(ACTIVITY)
    return {"region": regions, "sector": sectors, "household": sam.names(HOUSEHOLD)}


def _account(table: pd.DataFrame, k: int) -> str:
    return f"{table['region'][k]}/{table['kind'][k]}/{table['account'][k]}"


def _emptiness(receives: float, pays: float, unit: str) -> str:
    if receives:
        return f"receives {amount(receives)} {unit} and pays nothing"
    return (
        f"pays {amount(pays)} {unit} and receives nothing" if pays else "neither receives nor pays"
    )
