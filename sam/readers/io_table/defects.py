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

from sam.readers.defects import (
    NOISE,
    Defect,
    above,
    below,
    broken_sum,
    broken_sums,
    is_rounding,
    share_of,
)

Array = npt.NDArray[np.float64]

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


@dataclass(frozen=True, eq=False)
class Printed:
    """All numbers of one table as printed, 1e8 CNY.

    Attributes:
        inner: intermediate use (input sector, using sector).
        columns: each column right of the sectors (by sector) that the table has, as in
            ``layout.COLUMNS``.
        rows: each row below the sectors (by sector), as in ``layout.ROWS``.
        column_totals: all sectors together, by column; not a number where blank.
        row_totals: all sectors together, by row; not a number where blank.
        uses: columns of final use that are not sums of others, exports and outflow apart.
    """

    inner: Array
    columns: Mapping[str, Array]
    rows: Mapping[str, Array]
    column_totals: Mapping[str, float]
    row_totals: Mapping[str, float]
    uses: tuple[str, ...] = tuple(FINAL_USES)

    def column(self, name: str) -> Array:
        """A column (sector), zero where the table has none."""
        return self.columns.get(name, np.zeros(len(self.inner)))

    @property
    def final(self) -> Array:
        """Final use by households, government and investment (sector)."""
        return np.asarray(sum(self.columns[name] for name in self.uses))

    @property
    def sales(self) -> Array:
        """Final use, exports and outflow (sector); not the printed total."""
        return np.asarray(self.final + self.column("EX") + self.column("OF"))

    @property
    def use(self) -> Array:
        """Total use (sector): intermediate, final, exports, outflow; not the printed totals."""
        return np.asarray(self.inner.sum(1) + self.sales)


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
            k = int(defect.account) - 1
            if message == _FINAL and _net_of(defect, table.column("IF")[k], scale[k]):
                text = "final use is printed net of inflow"
                yield replace(defect, kind="net_final_use", message=text)
            else:
                yield defect


def _net_of(defect: Defect, inflow: float, whole: float) -> bool:
    """Whether a sum that does not hold is off by inflow."""
    return defect.kind == "imbalance" and is_rounding(defect.size - inflow, whole)


_FINAL = "final uses differ from their total"

_PARTS = {
    "rural and urban differ from households": ("THC", "FU101", "FU102"),
    "households and government differ from consumption": ("TC", "THC", "FU103"),
    "investment differs from capital formation": ("GCF", "FU201", "FU202"),
}
"""Columns that are sums of two others, where the table has all three."""


def _identities(table: Printed) -> Iterator[tuple[str, Array, Array]]:
    """What should be equal: message, difference by sector, size of the sum by sector."""
    c, use = table.columns, np.abs(table.use)
    supply = table.use - table.column("IM") - table.column("IF") + table.column("ERR")
    yield "uses differ from output", supply - c["GO"], use
    if "TIU" in c:
        text = "intermediate uses differ from their total"
        yield text, table.inner.sum(1) - c["TIU"], use
    for message, (whole, *parts) in _PARTS.items():
        if {whole, *parts} <= c.keys():
            yield message, sum(c[part] for part in parts) - c[whole], use
    if "TFU" in c:
        yield _FINAL, table.sales - c["TFU"], use
    yield from _cost_identities(table)


def _cost_identities(table: Printed) -> Iterator[tuple[str, Array, Array]]:
    """The same for what a sector pays."""
    r, output = table.rows, table.columns["GO"]
    inputs, components = table.inner.sum(0), [r[name] for name in VALUE_ADDED]
    cost = np.abs(inputs) + np.abs(components).sum(0)
    yield "inputs differ from their total", inputs - r["TII"], cost
    yield "components differ from value added", sum(components) - r["TVA"], cost
    yield "inputs and value added differ from total input", r["TII"] + r["TVA"] - r["TI"], cost
    yield "total input differs from output", r["TI"] - output, np.maximum(np.abs(table.use), cost)


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
                yield broken_sum(province, "", text, size, whole)


def _trade(province: str, table: Printed) -> Iterator[Defect]:
    """Discrepancies, foreign trade that is not shown, and transit."""
    export, outflow, output = table.column("EX"), table.column("OF"), table.columns["GO"]
    use = table.use
    yield from large_discrepancies(province, table.column("ERR"), use)
    outside = float(outflow.sum() + table.column("IF").sum())
    if outside > 0.0 and not export.any() and not table.column("IM").any():
        share = share_of(outside, float(use.sum()))
        text = "exports and imports are zero; outflow and inflow hold all trade"
        yield Defect("merged_trade", province, "", outside, share, text)
    text = "exports and outflow less output"
    yield from above("transit", province, text, export + outflow - output, output)


def large_discrepancies(province: str, other: Array, use: Array) -> Iterator[Defect]:
    """Statistical discrepancies (by sector) above a share of use."""
    large = np.abs(other) > LARGE_DISCREPANCY * np.maximum(use, NOISE)
    for k in np.flatnonzero(large):
        size, share = float(other[k]), share_of(float(other[k]), float(use[k]))
        yield Defect("discrepancy", province, str(k + 1), size, share, "statistical discrepancy")


def _negative_uses(province: str, table: Printed) -> Iterator[Defect]:
    """Negative purchases and trade; inventories that fall."""
    for j in range(table.inner.shape[1]):
        text = f"negative use by sector {j + 1}"
        yield from below("negative_use", province, text, table.inner[:, j], table.use)
    uses = [name for name in table.uses if name != "FU202"]
    for name in (*uses, "EX", "OF", "IM", "IF", "GO", "FU202"):
        kind = "drawdown" if name == "FU202" else "negative_use"
        yield from below(kind, province, f"negative {name}", table.column(name), table.use)


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
