r"""Provincial energy balances of the China Energy Statistical Yearbook: processes by fuel.

What is available in a province is transformed, lost or used; the rest is a statistical difference.
For every fuel

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

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from sam.errors import SourceError
from sam.readers.energy_balance.identities import find_breaks
from sam.readers.energy_balance.layout import Frame, find_frame, fuels, processes
from sam.readers.units import Unit
from sam.readers.workbook import Sheet, read_workbook


@dataclass(frozen=True)
class BalanceDefect:
    """An identity that a published balance breaks, or a number that was read with care.

    Attributes:
        table: sheet of the balance.
        identity: what should hold.
        fuel: column.
        size: difference in ``unit``.
        unit: unit of the column in the workbench.
    """

    table: str
    identity: str
    fuel: str
    size: float
    unit: str

    def __str__(self) -> str:
        return f"{self.table}, {self.fuel}: {self.identity} by {self.size:+.4g} {self.unit}"


@dataclass(frozen=True, eq=False)
class EnergyBalance:
    """One province's energy balance.

    Attributes:
        name: sheet of the table.
        flows: processes by fuel. Availability and transformation carry their sign (outflow, exports
            and inputs negative), losses and uses are positive. Of the lines that the edition does
            not print, those that would add to a total are zero, parts of a line are ``NaN``.
        units: unit of each fuel, e.g. ``Mt``.
        totals: processes by printed total (coal, oil, all energy), where the edition has them.
        standard: whether all fuels are counted in coal equivalent (Mtce).
        defects: identities that the printed table breaks.
    """

    name: str
    flows: pd.DataFrame
    units: pd.Series[str]
    totals: pd.DataFrame
    standard: bool
    defects: tuple[BalanceDefect, ...]


def read_energy_balances(
    path: str | Path,
    sheets: Mapping[str, str] | Sequence[str] | None = None,
    required: Iterable[str] | None = None,
) -> dict[str, EnergyBalance]:
    """Read provincial energy balances.

    Arguments:
        path: ``.xls``, ``.xlsx`` or ``.csv`` file with one balance per sheet.
        sheets: sheets to read, or the sheet of each code wanted in the result; all if omitted.
        required: fuels that must be there, the core of all editions if omitted.

    Raises:
        SourceError: a sheet, fuel, line or unit is missing, unknown or stands twice, a cell is not
            a number, or physical and standard units are mixed.
    """
    names = sheets if isinstance(sheets, Mapping) else {name: name for name in sheets or ()}
    book = read_workbook(path, list(names.values()) if names else None)
    wanted = names or {name: name for name in book}
    return {code: read_energy_balance(book[name], required) for code, name in wanted.items()}


def read_energy_balance(sheet: Sheet, required: Iterable[str] | None = None) -> EnergyBalance:
    """One balance from its sheet, as ``read_energy_balances`` returns it."""
    frame = find_frame(sheet)
    table = fuels()
    core = table.index[table["core"] == "yes"] if required is None else list(required)
    missing = [fuel for fuel in core if fuel not in frame.columns]
    if missing:
        raise SourceError.at(
            sheet.file, sheet.name, found=list(frame.columns), expected=f"columns {missing}"
        )
    units = {fuel: unit for fuel, (_, _, unit) in frame.columns.items()}
    standard = _standard(sheet, frame, units)
    printed = _numbers(sheet, frame)
    flipped = _give_sign(printed)
    factors = pd.Series({fuel: unit.factor for fuel, unit in units.items()})
    names = pd.Series({fuel: unit.name for fuel, unit in units.items()})
    defects = [
        BalanceDefect(sheet.name, identity, fuel, float(size * factors[fuel]), names[fuel])
        for identity, fuel, size in (*flipped, *find_breaks(printed, standard))
    ]
    all_flows = printed * factors
    role = table.loc[list(frame.columns), "role"]
    kept = list(role.index[role == "fuel"])
    return EnergyBalance(
        name=sheet.name,
        flows=all_flows[kept],
        units=names[kept],
        totals=all_flows[list(role.index[role != "fuel"])],
        standard=standard,
        defects=tuple(defects),
    )


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
    return pd.DataFrame(values, index=lines)


def _give_sign(printed: pd.DataFrame) -> list[tuple[str, str, float]]:
    """Some yearbooks print outflow, exports and so on without the minus their line announces."""
    found = []
    table = processes()
    for line in map(str, table.index[table["sign"] < 0]):
        if (printed.loc[line] >= 0.0).all() and printed.loc[line].any():
            printed.loc[line] *= -1.0
            for fuel in printed.columns[(printed.loc[line] != 0.0).to_numpy(bool)]:
                size = float(printed[fuel].loc[line])
                found.append((f"{line} printed without its minus, read as negative", fuel, size))
    return found
