"""What a check finds: what is wrong, where, how large, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from sam.dataset import Dataset
from sam.matrix import SAM
from sam.ranking import worst_first

Severity: TypeAlias = Literal["warning", "error"]

Subject: TypeAlias = SAM | Dataset
"""What is checked: a matrix alone, or one with energy and emissions beside it."""

Limits: TypeAlias = tuple[float, float]
"""Smallest and largest believable value."""


@dataclass(frozen=True)
class Finding:
    """One offence.

    Attributes:
        check: name of the check.
        severity: ``warning`` (look at it) or ``error`` (no model should be calibrated on it).
        region: region of the offending account, of the payer where it is a payment.
        accounts: the accounts concerned, as ``region/kind/name``; of a payment the receiver first.
        size: the offending number; infinite for a rate on nothing.
        unit: unit of the size.
        problem: what is wrong and where.
        advice: what to do.
    """

    check: str
    severity: Severity
    region: str
    accounts: tuple[str, ...]
    size: float
    unit: str
    problem: str
    advice: str

    @property
    def message(self) -> str:
        """What is wrong, where, and what to do, in one sentence."""
        return f"{self.problem}; {self.advice}"

    def record(self) -> dict[str, Any]:
        """The finding as plain values for JSON; a size that is not finite is None."""
        return {
            "check": self.check,
            "severity": self.severity,
            "region": self.region,
            "accounts": list(self.accounts),
            "size": self.size if np.isfinite(self.size) else None,
            "unit": self.unit,
            "message": self.message,
        }


def titled(finding: Finding, titles: Mapping[str, str]) -> Finding:
    """A finding that calls its accounts by other names.

    Arguments:
        finding: its accounts stay ``region/kind/name``.
        titles: what to call accounts, by ``region/kind/name``.
    """
    problem = finding.problem
    for account in sorted(finding.accounts, key=len, reverse=True):
        problem = problem.replace(account, titles.get(account, account))
    return replace(finding, problem=problem)


def amount(value: float, digits: int = 6) -> str:
    """A quantity with some significant digits, thousands apart; whole above these digits."""
    return f"{value:,.0f}" if abs(value) >= 10.0**digits else f"{value:,.{digits}g}"


def per_cent(fraction: float) -> str:
    """A fraction in per cent."""
    return f"{amount(100.0 * fraction, 3)} %"


def matrix_of(subject: Subject) -> SAM:
    """The SAM of a dataset, or the SAM itself."""
    return subject.sam if isinstance(subject, Dataset) else subject


def lines(table: pd.DataFrame) -> Iterator[Any]:
    """Lines of a table, each with its values by column name."""
    return iter(table.itertuples(index=False))


def payment_findings(
    payments: pd.DataFrame, check: str, severity: Severity, unit: str, problem: str, advice: str
) -> list[Finding]:
    """One finding for each of some payments (lines of ``SAM.frame``), the largest first."""
    ordered = payments.iloc[worst_first(payments["value"])]
    found = []
    for line in lines(ordered):
        receiver = f"{line.row_region}/{line.row_kind}/{line.row}"
        payer = f"{line.col_region}/{line.col_kind}/{line.col}"
        value = float(line.value)
        what = f"{receiver} <- {payer} = {amount(value)} {unit} {problem}"
        place = (receiver, payer)
        found.append(
            Finding(check, severity, str(line.col_region), place, value, unit, what, advice)
        )
    return found
