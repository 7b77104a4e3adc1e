r"""The check of control totals: a dataset meets the totals that it was made to meet.

.. math:: |d| = \left| \frac{\text{achieved}}{\text{target}} - 1 \right| \le \delta_q

with :math:`\delta` by the quality q of the target (``sam.report``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from sam.checks.finding import Finding, Severity, Subject, amount, lines
from sam.dataset import Dataset
from sam.ranking import worst_first
from sam.report import control_totals

WITHIN: Mapping[str, float] = {"published": 0.005, "recalled": 0.005, "derived": 0.03}
"""Largest deviation of a total, as a fraction of its target, by quality; others are not bounded."""


def check_control_totals(
    subject: Subject, *, within: Mapping[str, float] = WITHIN, severity: Severity = "error"
) -> list[Finding]:
    """What the accounts achieve is near every total of a quality that binds.

    Arguments:
        subject: a dataset; a SAM alone has no control totals.
        within: largest deviation, as a fraction of the target, by quality mark.
        severity: of the findings.

    Returns:
        Totals that are missed, the largest deviation first; sizes are the deviation in per cent.
    """
    if not isinstance(subject, Dataset):
        return []
    table = control_totals(subject)
    size = table["deviation"].abs()
    missed = table[size > table["quality"].map(within).fillna(math.inf).to_numpy(float)]
    return [
        Finding(
            "control_totals",
            severity,
            str(line.region),
            (),
            100.0 * float(line.deviation),
            "%",
            f"{line.item} of {line.region} is {amount(line.achieved)}, its {line.quality} total "
            f"{amount(line.target)} {line.unit}, {_apart(float(line.deviation))} (at most "
            f"{100.0 * within[line.quality]:g} %)",
            "correct the source of the total or of what it is compared with (cge data report "
            "names it), and build the dataset again",
        )
        for line in lines(missed.iloc[worst_first(missed["deviation"])])
    ]


def _apart(deviation: float) -> str:
    """A deviation in per cent."""
    if not math.isfinite(deviation):
        return "a total of zero missed"
    return f"{'+' if deviation > 0.0 else ''}{amount(100.0 * deviation, 3)} %"
