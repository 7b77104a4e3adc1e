"""What a published table gets wrong or leaves open: a name, a place and a size.

Sums that miss by no more than printed digits explain are roundings, others imbalances. Numbers stay
as printed; what to do about a defect is for whoever uses the table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

KINDS = {
    "unit": "no unit is printed; 1e4 CNY is assumed, as in all tables of the kind",
    "unusual_unit": "the unit printed is not the one in which such tables are published",
    "order": "lines or columns stand in another order than in any known edition",
    "scratch": "numbers stand beside no label and are not read",
    "sign": "numbers that the layout prints with a minus have none; read as negative",
    "rounding": "a sum holds but for roundings",
    "imbalance": "a sum does not hold",
    "net_final_use": "the printed total of final use is net of inflow from other provinces",
    "discrepancy": "the statistical discrepancy is above 1 % of the row's use",
    "merged_trade": "foreign trade is printed within trade with other provinces",
    "transit": "exports and outflow exceed output: goods of elsewhere pass through",
    "negative_use": "a purchase, a trade flow or output is negative",
    "drawdown": "inventories fall",
    "components": "a component of value added exceeds output",
    "loss": "the operating surplus is negative",
    "subsidy": "the net production tax is negative",
    "negative_value_added": "a sector costs more than its output is worth",
}
"""Kinds of defect and what they mean."""

MONEY = "1e8 CNY"

NOISE = 1e-9
"""Differences that adding floating-point numbers makes, as a share of the sum, or 1e8 CNY."""

ROUNDING = 5e-4
"""Rounding of a sum, 1e8 CNY: five numbers printed in whole 1e4 CNY."""

ROUNDING_SHARE = 1e-5
"""Rounding of a sum as a share of it, where that is more."""


@dataclass(frozen=True)
class Defect:
    """Something a published table gets wrong or leaves open.

    Attributes:
        kind: one of ``KINDS``.
        table: sheet of the table, or region in a multi-regional one.
        account: number of the sector or name of the fuel, empty where the defect is not of one.
        size: how much (signed), in ``unit``; zero where the defect is not of numbers.
        share: the size as a share of the sum, flow or column it belongs to.
        message: what was found.
        unit: unit of the size.
    """

    kind: str
    table: str
    account: str
    size: float
    share: float
    message: str
    unit: str = MONEY

    def __str__(self) -> str:
        account = f"sector {self.account}" if self.account.isdigit() else self.account
        place = ", ".join(filter(None, (self.table, account)))
        size = f", {self.size:.4g} {self.unit}" if self.size else ""
        return f"{place}: {self.message}{size} [{self.kind}]"


def broken_sums(table: str, message: str, difference: Array, scale: Array) -> Iterator[Defect]:
    """Sectors in which two numbers that should be equal differ.

    Arguments:
        table: sheet or region.
        message: what differs.
        difference: by sector, 1e8 CNY.
        scale: size of the numbers compared, by sector.
    """
    for k in np.flatnonzero(np.abs(difference) > NOISE * np.maximum(scale, 1.0)):
        yield broken_sum(table, str(k + 1), message, float(difference[k]), float(scale[k]))


def broken_sum(table: str, account: str, message: str, size: float, whole: float) -> Defect:
    """One sum that does not hold; sizes in 1e8 CNY."""
    kind = "rounding" if is_rounding(size, whole) else "imbalance"
    return Defect(kind, table, account, size, share_of(size, whole), message)


def above(kind: str, table: str, message: str, excess: Array, whole: Array) -> Iterator[Defect]:
    """Sectors in which something that should not be above zero is.

    Arguments:
        kind: one of ``KINDS``.
        table: sheet or region.
        message: what is above zero.
        excess: by sector, 1e8 CNY.
        whole: what it is compared with, by sector.
    """
    for k in np.flatnonzero(excess > NOISE * np.maximum(np.abs(whole), 1.0)):
        size = float(excess[k])
        yield Defect(kind, table, str(k + 1), size, share_of(size, float(whole[k])), message)


def below(kind: str, table: str, message: str, value: Array, whole: Array) -> Iterator[Defect]:
    """Sectors in which something that should not be negative is; arguments as in ``above``."""
    for k in np.flatnonzero(value < -NOISE):
        size = float(value[k])
        yield Defect(kind, table, str(k + 1), size, share_of(size, float(whole[k])), message)


def is_rounding(size: float, whole: float) -> bool:
    """Whether a sum is off by no more than roundings; both in 1e8 CNY."""
    return abs(size) <= max(ROUNDING, ROUNDING_SHARE * whole)


def share_of(size: float, whole: float) -> float:
    """A size as a share of the sum it belongs to; of itself where that is zero."""
    return abs(size) / abs(whole) if whole else 1.0
