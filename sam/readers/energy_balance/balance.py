r"""Energy balances of the China Energy Statistical Yearbook: processes by fuel.

What is available in a province, or the nation, is transformed, lost or used; the rest is a
statistical difference. For every fuel

.. math:: A + T - L - F = D , \qquad A = \sum_k A_k , \; T = \sum_k T_k , \; F = \sum_u F_u ,

with availability :math:`A` (production, inflow from other provinces and imports less outflow and
exports, and stocks), transformation :math:`T` (inputs negative, outputs positive), losses :math:`L`
and final use :math:`F`. Total consumption of a fuel is :math:`F + L - \sum_k \min(T_k, 0)`.
Published tables break these identities in places; each break is a named defect, the numbers stay as
printed.

The physical table counts every fuel in its own unit, the standard table all of them in coal
equivalent. Physical numbers are returned in Mt, bcm, PJ (heat) and TWh; heat values are not the
reader's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

from sam.readers.bounds import intervals
from sam.readers.defects import Defect
from sam.readers.energy_balance.identities import find_breaks, fuel_defect
from sam.readers.energy_balance.layout import Frame, find_frame, fuels, processes
from sam.readers.units import Unit
from sam.readers.workbook import Sheet, read_workbook, visible_tables

USUAL_UNITS = {
    "mass": 0.01,
    "volume": 0.1,
    "energy": 0.01,
    "electricity": 0.1,
    "coal equivalent": 0.01,
}
"""Units in which the Yearbook prints balances: 1e4 t, 1e8 cubic metres, 1e10 kJ, 1e8 kWh, 1e4 tce,
in Mt, bcm, PJ, TWh and Mtce."""

PLAUSIBLE = {
    "mass": (0.3, 2e4),
    "electricity": (0.5, 5e3),
    "coal equivalent": (1.0, 2e4),
}
"""Sum over fuels of each fuel's largest flow (Mt, TWh, Mtce), outside which the unit may be wrong.

Hainan used some 3 Mt of coal and 3 TWh in the 1990s; Shanxi mined 1,300 Mt of coal in 2022,
Guangdong used 790 TWh.
"""


@dataclass(frozen=True, eq=False)
class EnergyBalance:
    """One energy balance, of a province or the nation.

    Attributes:
        name: sheet of the table.
        flows: processes by fuel. Availability and transformation carry their sign (outflow, exports
            and inputs negative), losses and uses are positive. Of the lines that the edition does
            not print, those that would add to a total are zero, parts of a line are ``NaN``; so is
            total consumption where its line is empty.
        units: unit of each fuel, e.g. ``Mt``.
        totals: processes by printed total (coal, oil, all energy; at input, where electricity
            counts the coal burnt for it), where the edition has them.
        standard: whether all fuels are counted in coal equivalent (Mtce).
        defects: identities that the printed table breaks, and what else is unusual about it.
    """

    name: str
    flows: pd.DataFrame
    units: pd.Series[str]
    totals: pd.DataFrame
    standard: bool
    defects: tuple[Defect, ...]


def read_energy_balances(
    path: str | Path,
    sheets: Mapping[str, str] | Sequence[str] | None = None,
    required: Iterable[str] | None = None,
    plausible: Mapping[str, tuple[float, float]] = PLAUSIBLE,
) -> dict[str, EnergyBalance]:
    """Read energy balances of provinces or of the nation.

    A balance without trade among provinces is one of the nation: inflow and outflow are zero.

    Arguments:
        path: ``.xls``, ``.xlsx`` or ``.csv`` file with one balance per sheet.
        sheets: sheets to read, or the sheet of each code wanted in the result; if omitted all that
            are visible, with a ``SourceWarning`` where others are hidden.
        required: fuels that must be there, the core of all editions if omitted.
        plausible: least and most of ``mass`` (Mt), ``electricity`` (TWh) or ``coal equivalent``
            (Mtce) that the table can be of, where it is not between those of ``PLAUSIBLE``.

    Raises:
        SourceError: a sheet, fuel, line or unit is missing, unknown or stands twice, a cell is not
            a number, physical and standard units are mixed, the sizes are not plausible, or
            ``plausible`` bounds something unknown.
    """
    intervals("plausible", plausible, PLAUSIBLE)
    names = sheets if isinstance(sheets, Mapping) else {name: name for name in sheets or ()}
    book = read_workbook(path, list(names.values()) if names else None)
    wanted = names or {name: name for name in visible_tables(path, book)}
    return {
        code: read_energy_balance(book[name], required, plausible) for code, name in wanted.items()
    }


def read_energy_balance(
    sheet: Sheet,
    required: Iterable[str] | None = None,
    plausible: Mapping[str, tuple[float, float]] = PLAUSIBLE,
) -> EnergyBalance:
    """One balance from its sheet, as ``read_energy_balances`` returns it."""
    bounds = intervals("plausible", plausible, PLAUSIBLE)
    frame = find_frame(sheet)
    table = fuels()
    core = table.index[table["core"] == "yes"] if required is None else list(required)
    missing = [fuel for fuel in core if fuel not in frame.columns]
    if missing:
        raise sheet.error(None, None, list(frame.columns), f"columns {missing}")
    units = {fuel: unit for fuel, (_, _, unit) in frame.columns.items()}
    standard = _standard(sheet, frame, units)
    printed = _numbers(sheet, frame)
    defects = [*_unusual_units(sheet.name, units), *_order(sheet.name, frame, units)]
    defects += _scratch(sheet, frame)
    defects += _give_sign(sheet.name, printed, units)
    defects += find_breaks(sheet.name, printed, units, standard)
    flows = printed * pd.Series({fuel: unit.factor for fuel, unit in units.items()})
    names = pd.Series({fuel: unit.name for fuel, unit in units.items()})
    role = table.loc[list(frame.columns), "role"]
    kept = list(role.index[role == "fuel"])
    totals = flows[list(role.index[role != "fuel"])]
    balance = EnergyBalance(sheet.name, flows[kept], names[kept], totals, standard, tuple(defects))
    _check_size(sheet, frame, balance, bounds)
    return balance


def _standard(sheet: Sheet, frame: Frame, units: Mapping[str, Unit]) -> bool:
    """Whether all columns are in coal equivalent; else each has its quantity, in one size."""
    table = fuels()
    standard = all(unit.quantity == "coal equivalent" for unit in units.values())
    sizes = {unit.quantity: unit for unit in reversed(list(units.values()))}
    for fuel, unit in units.items():
        expected = "coal equivalent" if standard else str(table.loc[fuel, "quantity"])
        usual = sizes[unit.quantity]
        if unit.quantity != expected or unit.factor != usual.factor:
            block, column, _ = frame.columns[fuel]
            top = min(frame.rows[block].values())
            wanted = usual.printed if unit.quantity == expected else f"a unit of {expected}"
            raise sheet.error(top - 1, column, unit.printed, f"{wanted} for {fuel}")
    return standard


def _numbers(sheet: Sheet, frame: Frame) -> pd.DataFrame:
    """Numbers as printed."""
    lines = list(processes().index)
    unprinted = np.where(processes()["role"].isin(["part", "reinput"]), 0.0, np.nan)
    values = {
        fuel: [
            sheet.number(rows[line], column, f"{line}, {fuel}") if line in rows else absent
            for line, absent in zip(lines, unprinted, strict=True)
        ]
        for fuel, (block, column, _) in frame.columns.items()
        for rows in [frame.rows[block]]
    }
    numbers = pd.DataFrame(values, index=lines)
    for single in (True, False):  # some yearbooks leave the line empty, at least of single fuels
        alike = (fuels().loc[numbers.columns, "role"] == "fuel").to_numpy() == single
        if not numbers.loc["total consumption", alike].any():
            numbers.loc["total consumption", alike] = np.nan
    return numbers


def _give_sign(name: str, printed: pd.DataFrame, units: Mapping[str, Unit]) -> Iterator[Defect]:
    """Numbers without the minus that their line announces are read as negative.

    Some yearbooks print all outflow, exports and so on without it, others leave it out in single
    cells: there the printed sum of the fuel's lines decides.
    """
    table = processes()
    for line in map(str, table.index[table["sign"] < 0]):
        values = printed.loc[line]
        bare = (values > 0.0).to_numpy(bool, copy=True)
        if (values < 0.0).any():
            total = str(table.loc[line, "section"])
            added = (table["section"] == total) & table["role"].isin(["part", "reinput"])
            miss = printed.loc[total] - printed[added].sum()
            bare &= ((miss + 2.0 * values).abs() < miss.abs()).to_numpy(bool)
        printed.loc[line] = values.mask(bare, -values)
        for fuel in map(str, printed.columns[bare]):
            text = f"{line} printed without its minus, read as negative"
            size = float(printed[fuel].loc[line])
            yield fuel_defect("sign", name, fuel, size, printed[fuel], text, units[fuel])


def _unusual_units(name: str, units: Mapping[str, Unit]) -> Iterator[Defect]:
    """Units other than those of the Yearbook, once for each quantity."""
    for unit in {unit.quantity: unit for unit in units.values()}.values():
        if unit.factor != USUAL_UNITS[unit.quantity]:
            text = f"{unit.quantity} in {unit.printed}, unlike the Yearbook"
            yield Defect("unusual_unit", name, "", 0.0, 0.0, text, unit.name)


def _order(name: str, frame: Frame, units: Mapping[str, Unit]) -> Iterator[Defect]:
    """Labels in the order of no known edition may have been exchanged, which no sum tells.

    Totals tell themselves by their sums, and stand before their fuels or behind them.
    """
    single = fuels()["role"] == "fuel"
    places = {f: (block, k) for f, (block, k, _) in frame.columns.items() if single[f]}
    for fuel, before in _late(sorted(places, key=lambda fuel: places[fuel]), fuels()):
        text = f"{fuel} stands behind {before}, unlike in the Yearbook"
        yield Defect("order", name, fuel, 0.0, 0.0, text, units[fuel].name)
    for rows in frame.rows:
        for line, before in _late(sorted(rows, key=lambda line: rows[line]), processes()):
            text = f"{line} stands below {before}, unlike in the Yearbook"
            yield Defect("order", name, "", 0.0, 0.0, text, "")


def _late(printed: Sequence[str], table: pd.DataFrame) -> list[tuple[str, str]]:
    """Labels that stand behind one that they should precede, with that one.

    As the edition has them whose order is nearest.
    """
    found = []
    for order in (list(table.index), _older_order(table)):
        known = {code: k for k, code in enumerate(order)}
        found.append([(b, a) for a, b in pairwise(printed) if known[a] > known[b]])
    return min(found, key=len)


def _older_order(table: pd.DataFrame) -> list[str]:
    """Codes in the order of editions that print some of them further on (column ``after``)."""
    moved = table["after"][table["after"] != ""].to_dict()
    order = [code for code in table.index if code not in moved]
    while moved:
        code = next(code for code, anchor in moved.items() if anchor in order)
        order.insert(order.index(moved.pop(code)) + 1, code)
    return order


def _scratch(sheet: Sheet, frame: Frame) -> Iterator[Defect]:
    """Rows of numbers below the table that no label explains."""
    for row in frame.scratch:
        text = f"row {row + 1} holds numbers and no label; they are not read"
        yield Defect("scratch", sheet.name, "", 0.0, 0.0, text, "")


def _check_size(
    sheet: Sheet,
    frame: Frame,
    balance: EnergyBalance,
    plausible: Mapping[str, tuple[float, float]],
) -> None:
    """Flows of the size of a province's or the nation's."""
    quantity = fuels()["quantity"]
    for name in ("coal equivalent",) if balance.standard else ("mass", "electricity"):
        counted = [f for f in map(str, balance.flows) if balance.standard or quantity[f] == name]
        size = float(balance.flows[counted].abs().max().sum())
        low, high = plausible[name]
        if counted and not low <= size <= high:
            block, column, unit = frame.columns[counted[0]]
            row = min(frame.rows[block].values()) - 1
            found = f"{size:.4g} {unit.name} of {name} in {unit.printed}"
            expected = (
                f"{low:g} to {high:g}, as of a province or the nation; correct the unit, or say"
                f" plausible={{{name!r}: (low, high)}} if it is right"
            )
            raise sheet.error(row, column, found, expected)
