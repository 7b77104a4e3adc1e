r"""Repairs of a printed input-output table, each documented and recorded.

A model needs rows and columns that balance exactly, no negative purchases, factors that are paid,
trade that has a partner and sales at home that are not negative. In this order:

1. Printed totals are not used. Output is what inputs and value added cost,
   :math:`X_j = \sum_i Z_{ij} + \sum_k V_{kj}`, and roundings go into the discrepancy
   :math:`\varepsilon_i`.
2. A negative purchase is a misprint: it becomes zero, the row's discrepancy and the buyer's
   operating surplus take the difference. A negative trade flow is trade the other way.
3. Components of value added of which one exceeds output are misprinted: the positive ones are
   scaled to value added. A loss above depreciation is covered by a subsidy: gross operating
   surplus becomes zero and the net production tax falls by as much. Value added does not change.
4. The discrepancy is trade with other provinces that nobody recorded: positive it is outflow,
   negative inflow. A nation has no other provinces: there it is a change in stocks.
5. Transit, goods that come in and leave again, is taken out of both ends until
   :math:`X_i - E_i - O_i \ge \delta X_i`.

Left as printed, and said so: foreign trade within trade with other provinces (the table does not
tell them apart), inventories that fall, subsidies, losses below depreciation.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from sam.errors import SourceError
from sam.ranking import worst
from sam.ratios import ratio
from sam.readers.bounds import at_least
from sam.readers.defects import NOISE
from sam.readers.io_table.defects import FINAL_USES, VALUE_ADDED
from sam.readers.io_table.table import ProvincialTable, Treatment

Array = npt.NDArray[np.float64]

_NOTES = {
    "unit": "numbers taken as 1e4 CNY",
    "unusual_unit": "numbers taken in the unit printed",
    "rounding": "printed totals are not used",
    "imbalance": "printed totals are not used",
    "net_final_use": "the printed total is not used; final use is the sum of its parts",
    "merged_trade": "left: foreign trade stays within outflow and inflow, which hold both",
    "drawdown": "left: sales out of stocks",
    "subsidy": "left: a negative net production tax is a subsidy",
    "negative_value_added": "left: subsidies pay the factors",
}
"""What is done about each kind of defect that no step below changes a number for."""

_STOCKS = list(FINAL_USES).index("FU202")
_COMPENSATION, _TAX, _DEPRECIATION, _SURPLUS = range(len(VALUE_ADDED))

_CUTS = ((1, 3), (0, 2), (0, 3), (1, 2))
"""Sales (exports, outflow) and purchases (imports, inflow) lowered together, in this order: outflow
and inflow, exports and imports, exports and inflow, outflow and imports."""


def treat(table: ProvincialTable, floor: float = 0.0, tolerance: float = 0.0) -> ProvincialTable:
    """A table that balances, with a record of everything done and left.

    Arguments:
        table: as printed; of a nation its ``regional`` form.
        floor: smallest sales at home, as a share of output.
        tolerance: largest imbalance, as a share of its sum, that may go into the discrepancy;
            roundings always do.

    Raises:
        SourceError: a sum is off by more than roundings and ``tolerance``: a misprint that must be
            found in the source.
    """
    if not isinstance(table, ProvincialTable):
        raise SourceError(
            f"treat: found a {type(table).__name__}, expected the table of one region; a national"
            " table is one as table.regional()"
        )
    floor, tolerance = at_least("floor", floor), at_least("tolerance", tolerance)
    wrong = [d for d in table.defects if d.kind == "imbalance" and d.share > tolerance]
    if wrong:
        found = wrong[worst([defect.size for defect in wrong])]
        raise SourceError(
            f"{found}: {len(wrong)} sums of table {table.province} do not hold; correct the cell in"
            f" the source, or accept imbalances up to a share of {found.share:.2g} as"
            " discrepancy with tolerance="
        )
    notes = {(d.kind, d.account): None for d in table.defects if d.kind in _NOTES}
    noted = tuple(Treatment(kind, account, 0.0, _NOTES[kind]) for kind, account in notes)
    table = replace(table, treatments=(*table.treatments, *noted))
    steps = (close_rows, clear_negative_uses, scale_components, cover_losses, spread_discrepancy)
    for step in steps:
        table = step(table)
    return take_out_transit(table, floor)


def close_rows(table: ProvincialTable) -> ProvincialTable:
    """Output from costs; what a row then lacks or has too much goes into the discrepancy."""
    other = table.cost - (table.use - table.imports - table.inflow)
    closed = replace(table, output=table.cost, other=other)
    return _recorded(closed, "rounding", other - table.other, "moved into the discrepancy")


def clear_negative_uses(table: ProvincialTable) -> ProvincialTable:
    """No negative purchases, trade, compensation or depreciation."""
    below = np.maximum(-table.intermediate, 0.0)  # input sector, using sector
    stocks = np.arange(len(FINAL_USES)) == _STOCKS
    final_below = np.where(stocks, 0.0, np.maximum(-table.final, 0.0))  # sector, final use
    factors_below = np.maximum(-table.value_added, 0.0)  # component, sector
    factors_below[[_TAX, _SURPLUS]] = 0.0
    value_added = table.value_added + factors_below
    value_added[_SURPLUS] -= below.sum(0) + factors_below.sum(0)
    export, imports = _turned(table.export, table.imports)
    outflow, inflow = _turned(table.outflow, table.inflow)
    cleared = replace(
        table,
        intermediate=table.intermediate + below,
        final=table.final + final_below,
        other=table.other - below.sum(1) - final_below.sum(1),
        value_added=value_added,
        export=export,
        imports=imports,
        outflow=outflow,
        inflow=inflow,
    )
    moved = below.sum(1) + final_below.sum(1)
    cleared = _recorded(cleared, "negative_use", moved, "set to zero against the discrepancy")
    turned = np.maximum(-np.minimum(table.export, table.imports), 0.0)
    turned += np.maximum(-np.minimum(table.outflow, table.inflow), 0.0)
    cleared = _recorded(cleared, "negative_use", turned, "trade turned the other way")
    text = "compensation or depreciation set to zero against the surplus"
    return _recorded(cleared, "negative_use", factors_below.sum(0), text)


def scale_components(table: ProvincialTable) -> ProvincialTable:
    """Components of value added none of which exceeds output."""
    total = table.value_added.sum(0)  # sector
    wrong = (table.value_added > table.output + NOISE).any(0) & (total > 0.0)
    positive = np.maximum(table.value_added, 0.0)  # component, sector
    share = ratio(positive, positive.sum(0), where=wrong)
    value_added = np.where(wrong, share * total, table.value_added)
    moved = np.where(wrong, positive.sum(0) - total, 0.0)
    scaled = replace(table, value_added=value_added)
    scaled = _recorded(scaled, "components", moved, "positive components scaled to value added")
    loss = np.where(wrong, np.maximum(-table.value_added[_SURPLUS], 0.0), 0.0)
    return _recorded(scaled, "loss", loss, "the components are misprinted")


def cover_losses(table: ProvincialTable) -> ProvincialTable:
    """Gross operating surplus not below zero: what is lost beyond depreciation is a subsidy."""
    gross = table.value_added[_DEPRECIATION] + table.value_added[_SURPLUS]
    loss = np.maximum(-gross, 0.0)  # sector
    value_added = table.value_added.copy()
    value_added[_SURPLUS] += loss
    value_added[_TAX] -= loss
    covered = replace(table, value_added=value_added)
    covered = _recorded(covered, "loss", loss, "covered by a subsidy on production")
    kept = np.maximum(-table.value_added[_SURPLUS], 0.0) * (loss == 0.0)
    return _recorded(covered, "loss", kept, "left: depreciation exceeds it")


def spread_discrepancy(table: ProvincialTable) -> ProvincialTable:
    """The discrepancy as trade with other provinces: outflow where positive, else inflow.

    Of a nation, which has none, as a change in stocks.
    """
    if table.nation:
        final = table.final.copy()
        final[:, _STOCKS] += table.other
        stored = replace(table, final=final, other=np.zeros_like(table.other))
        return _recorded(stored, "discrepancy", table.other, "moved to changes in stocks")
    spread = replace(
        table,
        outflow=table.outflow + np.maximum(table.other, 0.0),
        inflow=table.inflow + np.maximum(-table.other, 0.0),
        other=np.zeros_like(table.other),
    )
    return _recorded(spread, "discrepancy", table.other, "moved to outflow (+) or inflow (-)")


def take_out_transit(table: ProvincialTable, floor: float) -> ProvincialTable:
    """Exports and outflow that leave sales at home of at least ``floor`` of output."""
    sides = (table.export, table.outflow, table.imports, table.inflow)
    export, outflow, imports, inflow = cut_transit(*sides, table.output, floor)
    cut = table.export + table.outflow - export - outflow
    kept = replace(table, export=export, outflow=outflow, imports=imports, inflow=inflow)
    return _recorded(kept, "transit", cut, "taken out of sales and purchases alike")


def cut_transit(
    exports: Array, outflow: Array, imports: Array, inflow: Array, output: Array, floor: float
) -> tuple[Array, Array, Array, Array]:
    """Take goods that pass through out of both ends until sales at home reach a floor.

    Arguments:
        exports: sales abroad, of the same shape as the next four, 1e8 CNY.
        outflow: sales to other provinces.
        imports: purchases from abroad.
        inflow: purchases from other provinces.
        output: gross output.
        floor: smallest sales at home, as a share of output.

    Returns:
        exports, outflow, imports and inflow, none of them raised; net trade does not change.
    """
    trade = [np.array(side, dtype=float) for side in (exports, outflow, imports, inflow)]
    missing = np.maximum(floor * output - (output - trade[0] - trade[1]), 0.0)
    for sale, purchase in _CUTS:
        cut = np.minimum(missing, np.minimum(trade[sale], trade[purchase]))
        trade[sale] = trade[sale] - cut
        trade[purchase] = trade[purchase] - cut
        missing = missing - cut
    return trade[0], trade[1], trade[2], trade[3]


def _turned(sales: Array, purchases: Array) -> tuple[Array, Array]:
    """Negative sales as purchases, negative purchases as sales."""
    out = np.maximum(sales, 0.0) + np.maximum(-purchases, 0.0)
    into = np.maximum(purchases, 0.0) + np.maximum(-sales, 0.0)
    return out, into


def _recorded(table: ProvincialTable, kind: str, moved: Array, action: str) -> ProvincialTable:
    """Add a record for every sector in which something moved."""
    sectors = np.flatnonzero(np.abs(moved) > NOISE * np.maximum(np.abs(table.use), 1.0))
    records = tuple(Treatment(kind, str(k + 1), float(moved[k]), action) for k in sectors)
    return replace(table, treatments=(*table.treatments, *records))
