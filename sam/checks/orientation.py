"""The check of orientation: rows receive, columns pay, and not the other way round.

Some payments run one way only in any economy: activities pay factors, factors their owners, and
users pay for goods. Where more of this money runs backwards than forwards, the table is transposed.
"""

from __future__ import annotations

import numpy as np

from sam.accounts import (
    ACTIVITY,
    COMMODITY,
    ENTERPRISE,
    FACTOR,
    GOVERNMENT,
    HOUSEHOLD,
    INVESTMENT,
)
from sam.checks.finding import Finding, Severity, Subject, amount, matrix_of

ONE_WAY = (
    (FACTOR, ACTIVITY),
    (HOUSEHOLD, FACTOR),
    (ENTERPRISE, FACTOR),
    (COMMODITY, HOUSEHOLD),
    (COMMODITY, GOVERNMENT),
    (COMMODITY, INVESTMENT),
)
"""(receiver, payer) by kind of payments whose opposite is rare: a household that employs people
directly, sales of used goods, what farms' families keep of their own produce."""


def check_orientation(subject: Subject, *, severity: Severity = "error") -> list[Finding]:
    """Rows receive: factors from activities, owners from factors, sellers from users.

    Arguments:
        subject: a SAM or a dataset.
        severity: of the finding.

    Returns:
        One finding where more money runs against these directions than along them; its size is the
        share of it that does.
    """
    sam = matrix_of(subject)
    sums = sam.frame.groupby(["row_kind", "col_kind"], sort=False)["value"].sum()
    along = np.array([sums.get(pair, 0.0) for pair in ONE_WAY])
    against = np.array([sums.get(pair[::-1], 0.0) for pair in ONE_WAY])
    if against.sum() <= max(along.sum(), 0.0):
        return []
    told = ", ".join(
        f"{receiver} pays {payer} {amount(back)} and receives {amount(forth)}"
        for (receiver, payer), forth, back in zip(ONE_WAY, along, against, strict=True)
        if back > forth
    )
    share = float(against.sum() / (along.clip(0.0).sum() + against.sum()))
    return [
        Finding(
            "orientation",
            severity,
            "",
            (),
            share,
            "fraction of payments that run one way",
            f"this looks transposed, rows pay in it: {told} {sam.unit}, by kind of account",
            "turn it, SAM.read(FILE, transposed=True) or cge data check FILE --transposed",
        )
    ]
