r"""What a printed input-output table gets wrong, named, placed and sized.

A table prints more numbers than it has free cells, so every cell stands in at least two sums:

.. math::

    X_i &= \sum_j Z_{ij} + F_i + E_i + O_i - M_i - N_i + \varepsilon_i && \text{(uses)} \\
    X_j &= \sum_i Z_{ij} + \sum_k V_{kj} && \text{(inputs)}

besides the printed sums of intermediate use and input, of households, consumption, capital
formation, final use and value added, and the totals of all sectors. A cell that is misprinted,
moved or changed breaks at least one of them. What no sum can see is a swap of two columns or rows
that enter every sum together, with their totals and without their labels: rural and urban
households, fixed capital and inventories, exports and outflow, imports and inflow, the components
of value added.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

KINDS = {
    "unit": "no unit is printed; 1e4 CNY is assumed, as in all provincial tables",
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

NOISE = 1e-9
"""Differences that adding floating-point numbers makes, as a share of the sum, or 1e8 CNY."""

ROUNDING = 5e-4
"""Rounding of a sum, 1e8 CNY: five numbers printed in whole 1e4 CNY."""

ROUNDING_SHARE = 1e-5
"""Rounding of a sum as a share of it, where that is more."""

LARGE_DISCREPANCY = 0.01
"""Share of a row's use above which its discrepancy is reported."""

FINAL_USES = {
    "FU101": "rural",
    "FU102": "urban",
    "FU103": "government",
    "FU201": "fixed_capital",
    "FU202": "inventories",
}
"""Final uses that are not sums of others: rural and urban households, government, investment."""

VALUE_ADDED = {
    "VA001": "compensation",
    "VA002": "net production tax",
    "VA003": "depreciation",
    "VA004": "surplus",
}
"""Components of value added."""


@dataclass(frozen=True)
class Defect:
    """Something a published table gets wrong or leaves open.

    Attributes:
        kind: one of ``KINDS``.
        province: sheet of the table.
        sector: sector number (0 where the defect is not of one sector).
        size: how much, 1e8 CNY (signed).
        relative: the size as a share of the sum or flow it belongs to.
        message: what was found.
    """

    kind: str
    province: str
    sector: int
    size: float
    relative: float
    message: str

    def __str__(self) -> str:
        place = f" sector {self.sector}" if self.sector else ""
        return f"{self.province}{place}: {self.message}, {self.size:.4g} (1e8 CNY) [{self.kind}]"


@dataclass(frozen=True, eq=False)
class Printed:
    """All numbers of one table as printed, 1e8 CNY.

    Attributes:
        inner: intermediate use (input sector, using sector).
        columns: each column right of the sectors (by sector), as in ``io_table_layout.COLUMNS``.
        rows: each row below the sectors (by sector), as in ``io_table_layout.ROWS``.
        column_totals: all sectors together, by column; not a number where blank.
        row_totals: all sectors together, by row; not a number where blank.
    """

    inner: Array
    columns: Mapping[str, Array]
    rows: Mapping[str, Array]
    column_totals: Mapping[str, float]
    row_totals: Mapping[str, float]

    @property
    def final(self) -> Array:
        """Final use by households, government and investment (sector)."""
        return np.asarray(sum(self.columns[name] for name in FINAL_USES))

    @property
    def use(self) -> Array:
        """Total use (sector): intermediate, final, exports, outflow; not the printed totals."""
        c = self.columns
        return np.asarray(self.inner.sum(1) + self.final + c["EX"] + c["OF"])


def find_defects(province: str, table: Printed) -> tuple[Defect, ...]:
    """Everything that one table gets wrong or leaves open.

    Arguments:
        province: sheet of the table.
        table: its numbers.
    """
    parts = (_sums, _totals, _trade, _negative_uses, _value_added)
    return tuple(defect for part in parts for defect in part(province, table))


def _sums(province: str, table: Printed) -> Iterator[Defect]:
    """Sums that do not hold in a sector."""
    for message, difference, scale in _identities(table):
        for defect in broken_sums(province, message, difference, scale):
            inflow = float(table.columns["IF"][defect.sector - 1])
            whole = float(scale[defect.sector - 1])
            if message == _FINAL and _net_of(defect, inflow, whole):
                text = "final use is printed net of inflow"
                yield replace(defect, kind="net_final_use", message=text)
            else:
                yield defect


def _net_of(defect: Defect, inflow: float, whole: float) -> bool:
    """Whether a sum that does not hold is off by inflow."""
    return defect.kind == "imbalance" and _kind(defect.size - inflow, whole) == "rounding"


def broken_sums(province: str, message: str, difference: Array, scale: Array) -> Iterator[Defect]:
    """Sectors in which two numbers that should be equal differ.

    Arguments:
        province: sheet or region.
        message: what differs.
        difference: by sector, 1e8 CNY.
        scale: size of the numbers compared, by sector.
    """
    for k in np.flatnonzero(np.abs(difference) > NOISE * np.maximum(scale, 1.0)):
        size, whole = float(difference[k]), float(scale[k])
        yield Defect(_kind(size, whole), province, int(k) + 1, size, _share(size, whole), message)


def above(kind: str, province: str, message: str, excess: Array, whole: Array) -> Iterator[Defect]:
    """Sectors in which something that should not be above zero is.

    Arguments:
        kind: one of ``KINDS``.
        province: sheet or region.
        message: what is above zero.
        excess: by sector, 1e8 CNY.
        whole: what it is compared with, by sector.
    """
    for k in np.flatnonzero(excess > NOISE * np.maximum(np.abs(whole), 1.0)):
        size = float(excess[k])
        yield Defect(kind, province, int(k) + 1, size, _share(size, float(whole[k])), message)


def below(kind: str, province: str, message: str, value: Array, whole: Array) -> Iterator[Defect]:
    """Sectors in which something that should not be negative is; arguments as in ``above``."""
    for k in np.flatnonzero(value < -NOISE):
        size = float(value[k])
        yield Defect(kind, province, int(k) + 1, size, _share(size, float(whole[k])), message)


_FINAL = "final uses differ from their total"


def _identities(table: Printed) -> Iterator[tuple[str, Array, Array]]:
    """What should be equal: message, difference by sector, size of the sum by sector."""
    c, r, use = table.columns, table.rows, np.abs(table.use)
    cost = np.abs(table.inner.sum(0)) + np.abs(np.asarray(list(r.values()))[1:5]).sum(0)
    supply = table.use - c["IM"] - c["IF"] + c["ERR"]
    sales = table.final + c["EX"] + c["OF"]
    added = r["VA001"] + r["VA002"] + r["VA003"] + r["VA004"]
    yield "uses differ from output", supply - c["GO"], use
    yield "intermediate uses differ from their total", table.inner.sum(1) - c["TIU"], use
    yield "rural and urban differ from households", c["FU101"] + c["FU102"] - c["THC"], use
    yield "households and government differ from consumption", c["THC"] + c["FU103"] - c["TC"], use
    yield "investment differs from capital formation", c["FU201"] + c["FU202"] - c["GCF"], use
    yield _FINAL, sales - c["TFU"], use
    yield "inputs differ from their total", table.inner.sum(0) - r["TII"], cost
    yield "components differ from value added", added - r["TVA"], cost
    yield "inputs and value added differ from total input", r["TII"] + r["TVA"] - r["TI"], cost
    yield "total input differs from output", r["TI"] - c["GO"], np.maximum(use, cost)


def _totals(province: str, table: Printed) -> Iterator[Defect]:
    """Printed totals of all sectors that do not hold."""
    sides = (
        ("column", table.columns, table.column_totals),
        ("row", table.rows, table.row_totals),
    )
    for side, values, totals in sides:
        for name, total in totals.items():
            size, whole = float(values[name].sum()) - total, float(np.abs(values[name]).sum())
            if abs(size) > NOISE * max(whole, 1.0):  # never where the total is blank
                text = f"sectors differ from the total of {side} {name}"
                yield Defect(_kind(size, whole), province, 0, size, _share(size, whole), text)


def _trade(province: str, table: Printed) -> Iterator[Defect]:
    """Discrepancies, foreign trade that is not shown, and transit."""
    c, use = table.columns, table.use
    yield from large_discrepancies(province, c["ERR"], use)
    outside = float(c["OF"].sum() + c["IF"].sum())
    if outside > 0.0 and not c["EX"].any() and not c["IM"].any():
        share = _share(outside, float(use.sum()))
        text = "exports and imports are zero; outflow and inflow hold all trade"
        yield Defect("merged_trade", province, 0, outside, share, text)
    text = "exports and outflow less output"
    yield from above("transit", province, text, c["EX"] + c["OF"] - c["GO"], c["GO"])


def large_discrepancies(province: str, other: Array, use: Array) -> Iterator[Defect]:
    """Statistical discrepancies (by sector) above a share of use."""
    large = np.abs(other) > LARGE_DISCREPANCY * np.maximum(use, NOISE)
    for k in np.flatnonzero(large):
        size, share = float(other[k]), _share(float(other[k]), float(use[k]))
        yield Defect("discrepancy", province, int(k) + 1, size, share, "statistical discrepancy")


def _negative_uses(province: str, table: Printed) -> Iterator[Defect]:
    """Negative purchases and trade; inventories that fall."""
    for j in range(table.inner.shape[1]):
        text = f"negative use by sector {j + 1}"
        yield from below("negative_use", province, text, table.inner[:, j], table.use)
    for name in ("FU101", "FU102", "FU103", "FU201", "EX", "OF", "IM", "IF", "GO", "FU202"):
        kind = "drawdown" if name == "FU202" else "negative_use"
        yield from below(kind, province, f"negative {name}", table.columns[name], table.use)


def _value_added(province: str, table: Printed) -> Iterator[Defect]:
    return value_added_defects(province, table.rows, table.columns["GO"])


def value_added_defects(
    province: str, rows: Mapping[str, Array], output: Array
) -> Iterator[Defect]:
    """Components of value added below zero or above output, and value added below zero.

    Arguments:
        province: sheet or region.
        rows: ``VALUE_ADDED`` and ``TVA``, by sector.
        output: gross output by sector.
    """
    kinds = {
        "VA001": "negative_use",
        "VA002": "subsidy",
        "VA003": "negative_use",
        "VA004": "loss",
        "TVA": "negative_value_added",
    }
    for name, kind in kinds.items():
        yield from below(kind, province, f"negative {name}", rows[name], output)
    for name in VALUE_ADDED:
        text = f"{name} less output"
        yield from above("components", province, text, rows[name] - output, output)


def _kind(size: float, whole: float) -> str:
    """Whether a sum is off by roundings or by more."""
    return "rounding" if abs(size) <= max(ROUNDING, ROUNDING_SHARE * whole) else "imbalance"


def _share(size: float, whole: float) -> float:
    """A size as a share of the sum it belongs to; of itself where that is zero."""
    return abs(size) / abs(whole) if whole else 1.0
