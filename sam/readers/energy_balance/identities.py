"""Identities of an energy balance, and what a printed table makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

import numpy as np
import pandas as pd

from sam.ranking import worst
from sam.readers.defects import Defect, share_of
from sam.readers.energy_balance.layout import fuels, processes
from sam.readers.units import Unit

_POSITIVE = (
    *("production", "hydro", "nuclear", "wind", "solar", "recovery", "inflow", "imports"),
    *("losses", "transport losses", "final use", "agriculture", "industry", "feedstock"),
    *("construction", "transport", "trade and catering", "other services"),
    *("households", "urban", "rural", "total consumption"),
)
"""Lines that cannot be negative."""

DECIMALS = 4
"""Decimals beyond which printed digits do not bound the rounding of a sum."""

SHOWN = 0.01
"""Last digit that the Yearbook shows: sums of cells that hold more may be off by what it hides."""


def find_breaks(
    table: str, printed: pd.DataFrame, units: Mapping[str, Unit], standard: bool
) -> Iterator[Defect]:
    """Identities broken by more than the digits of their cells explain, and negative uses.

    Arguments:
        table: sheet of the balance.
        printed: processes by fuel and total, as printed, inputs and outflow negative.
        units: unit of each column.
        standard: whether all columns are in coal equivalent, so that all energy adds up.
    """
    digit = _last_digit(printed)
    for identity, terms, difference in _identities(printed, standard):
        slack = 0.5 * digit * (terms + 1) + 1e-9 * printed.abs().max()
        for fuel in map(str, printed.columns[(difference.abs() > slack).to_numpy(bool)]):
            size = float(difference[fuel])
            kind = "rounding" if abs(size) <= 0.5 * SHOWN * (terms + 1) else "imbalance"
            yield fuel_defect(kind, table, fuel, size, printed[fuel], identity, units[fuel])
    for line in _POSITIVE:
        for fuel in map(str, printed.columns[(printed.loc[line] < 0.0).to_numpy(bool)]):
            size = float(printed.loc[[line], fuel].sum())
            text = f"negative {line}"
            yield fuel_defect("negative_use", table, fuel, size, printed[fuel], text, units[fuel])


def fuel_defect(
    kind: str, table: str, fuel: str, size: float, column: pd.Series[float], text: str, unit: Unit
) -> Defect:
    """A defect of one fuel; size and column as printed."""
    share = share_of(size, float(column.abs().max()))
    return Defect(kind, table, fuel, size * unit.factor, share, text, unit.name)


def _last_digit(printed: pd.DataFrame) -> pd.Series[float]:
    """Size of the last printed digit of each column."""
    decimals = pd.Series(0, index=printed.columns)
    for k in range(DECIMALS, 0, -1):
        rest = (printed * 10.0 ** (k - 1)).to_numpy()
        finer = (np.abs(rest - np.rint(rest)) > 1e-6).any(axis=0)
        decimals = decimals.where((decimals > 0) | ~finer, k)
    return 10.0 ** (-decimals.astype(float))


def _identities(flows: pd.DataFrame, standard: bool) -> list[tuple[str, int, pd.Series[float]]]:
    """Each identity with its number of terms and the difference by fuel."""
    x = flows.T
    parts, reinput = _members("part"), _members("reinput")
    transformed = [*parts["transformation"], *chain.from_iterable(reinput.values())]
    inputs = x[transformed].clip(upper=0.0).sum(axis=1)
    used = x["final use"] + x["losses"] - inputs
    apart = x["transformation"] - x[transformed].sum(axis=1)
    within = x["transformation"] - x[parts["transformation"]].sum(axis=1)
    closest = apart.where(apart.abs() <= within.abs(), within)
    single = pd.Series(fuels().loc[x.index, "role"] == "fuel", index=x.index)
    balance = x["supply"] + x["transformation"] - x["losses"] - x["final use"]
    identities = [
        (
            "supply differs from the sum of its lines",
            len(parts["supply"]),
            x["supply"] - x[parts["supply"]].sum(axis=1),
        ),
        ("transformation differs from the sum of its lines", len(transformed), closest),
        (
            "final use differs from the sum of its lines",
            len(parts["final use"]),
            x["final use"] - x[parts["final use"]].sum(axis=1),
        ),
        (
            "households differ from urban and rural",
            2,
            x["households"] - x["urban"] - x["rural"],
        ),
        (
            "supply, transformation, losses and final use differ from the statistical difference",
            4,
            balance - x["statistical difference"],
        ),
        (
            "total consumption differs from final use, losses and inputs",
            len(transformed),
            (x["total consumption"] - used).where(single, 0.0),
        ),
        *_primary_electricity(x),
        *_subtotals(x),
        *_inside(x),
        *_fuel_totals(flows, standard),
    ]
    return identities


def _primary_electricity(x: pd.DataFrame) -> list[tuple[str, int, pd.Series[float]]]:
    """Electricity is produced (before transformation) from water, atoms, wind and sun.

    Editions before the one that prints wind print some kinds only.
    """
    kinds = x[_members("of_which")["production"]].sum(axis=1)
    miss = (x["production"] - kinds).where(x.index == "electricity", 0.0)
    if not kinds.any() or x["wind"].isna().all():
        return []
    return [("primary electricity differs from hydro, nuclear, wind and solar", 4, miss)]


def _members(role: str) -> dict[str, list[str]]:
    """Lines of a role by parent."""
    table = processes()
    chosen = table[table["role"] == role]
    return {str(parent): list(group.index) for parent, group in chosen.groupby("parent")}


_SUBTOTALS = {
    "primary industry": ["agriculture"],
    "secondary industry": ["industry", "construction"],
    "tertiary industry": ["transport", "trade and catering", "other services"],
}


def _subtotals(x: pd.DataFrame) -> list[tuple[str, int, pd.Series[float]]]:
    """Some yearbooks add up final use by industry of national accounts."""
    return [
        (f"{line} differs from {' + '.join(parts)}", len(parts), x[line] - x[parts].sum(axis=1))
        for line, parts in _SUBTOTALS.items()
        if x[line].notna().all()
    ]


def _inside(x: pd.DataFrame) -> list[tuple[str, int, pd.Series[float]]]:
    """Feedstock, transport losses and kinds of power are not above what they are part of."""
    found = []
    for parent, children in _members("of_which").items():
        if parent != "households":
            excess = (x[children].sum(axis=1) - x[parent]).clip(lower=0.0)
            found.append((f"{' + '.join(children)} exceed {parent}", len(children), excess))
    return found


def _fuel_totals(flows: pd.DataFrame, standard: bool) -> list[tuple[str, int, pd.Series[float]]]:
    """Printed totals of coal, oil and all energy against their fuels, the worst line of each."""
    table = fuels()
    parents = {
        total: table.index[table["parent"] == total] for total in ("coal total", "oil total")
    }
    if standard:
        parents["total"] = table.index[table["role"] == "fuel"]
    found = []
    for total, fuels_of_it in parents.items():
        parts = [fuel for fuel in fuels_of_it if fuel in flows]
        if total in flows and parts:
            added = flows[parts].sum(axis=1)
            added = added.mask(_netted(flows[total]), flows[total])
            options = [added]
            if "gangue" in flows and "gangue" not in parts:
                options.append(added + flows["gangue"])
            miss = min((flows[total] - option for option in options), key=lambda d: d.abs().sum())
            item = str(miss.index[worst(miss.fillna(0.0))])
            size = pd.Series(0.0, index=flows.columns)
            size[total] = miss[item]
            found.append((f"{total} differs from its fuels in {item}", len(parts), size))
    return found


def _netted(total: pd.Series[float]) -> pd.Series[bool]:
    """Whether total consumption counts what is transformed within a sum of fuels once.

    Then it is final use and losses less the sum's own transformation, not what its fuels add up to.
    """
    net = total["final use"] + total["losses"] - total["transformation"]
    same = abs(total["total consumption"] - net) <= 2.0 * SHOWN
    return pd.Series(total.index == "total consumption", index=total.index) & same
