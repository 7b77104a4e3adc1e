r"""Named departures from the official national table, each with its size and its reason.

Where money of the table and quantities of energy statistics contradict each other, a user's
payment :math:`o_{fu}` for an energy stays official within a factor of two of its quantity at stated
prices, :math:`v_{fu}`,

.. math:: t_{fu} = \min(\max(o_{fu}, \tfrac12 k_f v_{fu}), 2 k_f v_{fu}) , \qquad
          \sum_u t_{fu} = \sum_u o_{fu} ,

with the level :math:`k_f` such that the row keeps its official total. Payments of households are
final demand and stay official. What a maker of energy sells to itself is official where that is
more than its quantity (coal to be washed, electricity from generators to the grid), else it is
booked gross, as cost and as sale; gas that networks pass on has no quantity here and is netted.
What activities then pay more or less for the energy of others is taken from, or added to, their
operating surplus. Nothing else moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize

from recipes.yrd2020.flows import CAPITAL, TAX
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.inventory import GAS_BUYERS
from recipes.yrd2020.official import Official
from recipes.yrd2020.totals import goods_of
from sam.accounts import HOUSEHOLDS, NATIONAL
from sam.comparison import DEPARTURE
from sam.errors import DatasetError
from sam.ranking import worst

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

RANGE = 2.0
"""Largest factor between what a user pays for an energy and its quantity at stated prices."""

REASONS = {
    "gas by supplier": "industry and services buy gas from gas supply, and makers of chemicals and "
    "power from producers, as the quantities are booked; gas supply buys the difference",
    "coke of steelworks": "coking coal that steelworks buy for their own ovens is bought by coking "
    "plants, where the quantities book all coking, and comes back as coke: so that both pay one "
    "price before quantities bound it",
    "energy quantities": "money within a factor of two of quantity, at the level of prices that "
    "keeps the total of the row; gas of industry, which the table prices at half of the border, "
    "follows its quantity; operating surplus takes the difference; what makers burn of their own "
    "product is booked gross, and gas passed between networks, which has no quantity, netted",
    "fuel of fleets": "motor fuel of services beyond the range is bought as transport, where the "
    "inventories book vehicles",
    "duties": "duties are inside value added of the table and tariffs on imports here: they are "
    "taken out of net production tax of the activity that makes the same good",
}
"""Every reason for which a cell departs, in the order in which it is applied."""

_WIDEST = 20.0  # largest log of a level of prices, far beyond any that is meant
_MOVED = 1e-9  # changes of a cell below this, 1e8 CNY, are rounding
_TRANSPORT = "TRN"
_FIRST_SERVICE = "TRD"
_REFINED, _GAS, _PIPED = "REF", "GAS", "GDT"
_PROCESSES = ("REF", "COK", "CHM", *ENERGY)
"""Industries whose gas is feedstock or transformed; of all others quantity governs."""


@dataclass(frozen=True, eq=False)
class Departed:
    """The official table as the accounts hold it.

    Attributes:
        table: what the regions add up to.
        tariff: duty rate on imports (commodity).
        levels: level of what is paid over quantity at stated prices (energy).
        departures: one row per cell and reason: ``row, column, size, reason``; size is what the
            accounts have less the official cell, 1e8 CNY.
    """

    table: Official
    tariff: Array
    levels: Array
    departures: pd.DataFrame


def depart(official: Official, pattern: Array, duty: float, free: Sequence[str]) -> Departed:
    """Apply every departure.

    Arguments:
        official: the balanced table.
        pattern: quantity of energy bought times stated price, 1e8 CNY (energy, user); users are
            activities and households.
        duty: customs duties of the nation, 1e8 CNY.
        free: goods without duty.

    Raises:
        DatasetError: energy is bought in quantity where the table has no money.
    """
    tariff = tariff_rates(official, duty, free)
    by_supplier = gas_by_supplier(official)
    joined = coke_of_steelworks(by_supplier, pattern)
    fuelled, levels = energy_by_quantity(joined, pattern)
    most = RANGE * levels[:, None] * pattern
    driven = fuel_of_fleets(fuelled, most[ENERGY.index(_REFINED)])
    steps = (official, by_supplier, joined, fuelled, driven, carve_duties(driven, tariff))
    changes = [
        _changes(old, new, reason)
        for reason, old, new in zip(REASONS, steps[:-1], steps[1:], strict=True)
    ]
    return Departed(steps[-1], tariff, levels, pd.concat(changes, ignore_index=True))


def gas_by_supplier(table: Official) -> Official:
    """Gas bought from producers by producers' customers only, all other gas from gas supply.

    What gas supply then sells more or less it buys from producers: its surplus stays.
    """
    gas, piped = table.places((_GAS, _PIPED))
    own = np.isin(table.sectors, [name for name in GAS_BUYERS if name != _PIPED])
    supply = np.arange(len(table.sectors)) == piped
    inner = table.intermediate.copy()
    to_piped = np.where(own | supply, 0.0, inner[gas])
    to_direct = np.where(own, inner[piped], 0.0)
    inner[gas] += to_direct - to_piped
    inner[piped] += to_piped - to_direct
    inner[gas, piped] += to_piped.sum() - to_direct.sum()
    return replace(table, intermediate=inner)


def coke_of_steelworks(table: Official, pattern: Array) -> Official:
    r"""Coking plants buy the coking coal of steelworks and sell them the coke.

    .. math:: \frac{o_{COL,COK} + d}{v_{COL,COK}} = \frac{o_{COL,FER} - d}{v_{COL,FER}} .

    Where coking plants pay more per quantity already, nothing moves.

    Arguments:
        table: national table.
        pattern: quantity of energy bought times stated price (energy, user).
    """
    coal, coke, steel = table.places(("COL", "COK", "FER"))
    value = pattern[ENERGY.index("COL"), [coke, steel]]
    inner = table.intermediate.copy()
    both = inner[coal, coke] + inner[coal, steel]
    share = value[0] / value.sum() if value.sum() > 0.0 else 0.0
    moved = max(both * share - inner[coal, coke], 0.0)
    inner[coal, coke] += moved
    inner[coal, steel] -= moved
    inner[coke, steel] += moved
    return replace(table, intermediate=inner)


def payments(table: Official) -> Array:
    """What users pay for energy (energy, user), 1e8 CNY, gas by its supplier."""
    return _energy(gas_by_supplier(table))


def tariff_rates(table: Official, duty: float, free: Sequence[str]) -> Array:
    """Duty over imports (commodity): one rate on all goods that are not free.

    Arguments:
        table: national table.
        duty: customs duties, 1e8 CNY.
        free: goods without duty.
    """
    taxed = goods_of(table.sectors) & ~np.isin(table.sectors, free)
    return np.asarray(np.where(taxed, duty / table.imports[taxed].sum(), 0.0))


def carve_duties(table: Official, tariff: Array) -> Official:
    r"""Take duties out of the net production tax, and so out of the output, of the same good.

    .. math:: X_i + M_i = (X_i - \tau_i M_i) + (1 + \tau_i) M_i .
    """
    value_added = table.value_added.copy()
    value_added[TAX] -= tariff * table.imports
    return replace(table, value_added=value_added)


def energy_by_quantity(table: Official, pattern: Array) -> tuple[Official, Array]:
    """Payments of activities for energy near its quantity; surplus takes the difference.

    Arguments:
        table: national table.
        pattern: quantity of energy bought times stated price (energy, user).

    Returns:
        The table, and the level of prices of each energy over the stated ones (energy).

    Raises:
        DatasetError: energy is bought in quantity where the table has no money.
    """
    users = (*table.sectors, *HOUSEHOLDS)
    paid = _energy(table)
    _check_paid(paid, pattern, users)
    inner, levels = table.intermediate.copy(), np.ones(len(ENERGY))
    for k, name in enumerate(ENERGY):
        rules = _rules(name, table.sectors, users)
        if (paid[k][~rules.kept] > 0.0).any() and not pattern[k][~rules.kept].any():
            raise DatasetError(
                f"energy of the nation: {name} is paid for and nobody buys it in quantity; add its "
                "purchases to the physical accounts"
            )
        target, levels[k] = _within_range(paid[k], pattern[k], rules)
        own = users.index(name)
        target[own] = _own_supply(paid[k, own], levels[k] * pattern[k, own] / RANGE)
        inner[own] = target[: len(table.sectors)]
    spent = (inner - table.intermediate).sum(0) - np.diag(inner - table.intermediate)
    value_added = table.value_added.copy()
    value_added[CAPITAL] -= spent
    return replace(table, intermediate=inner, value_added=value_added), levels


def fuel_of_fleets(table: Official, most: Array) -> Official:
    """Motor fuel of services beyond what their quantity allows is bought as transport.

    Arguments:
        table: national table.
        most: largest payment for refined oil (user).
    """
    refined, transport = table.places((_REFINED, _TRANSPORT))
    count = len(table.sectors)
    fleets = np.isin(table.sectors, _fleets(table.sectors))
    inner = table.intermediate.copy()
    excess = np.where(fleets, np.maximum(inner[refined] - most[:count], 0.0), 0.0)
    inner[refined] -= excess
    inner[refined, transport] += excess.sum()
    inner[transport] += excess
    return replace(table, intermediate=inner)


def _energy(table: Official) -> Array:
    """Payments for energy (energy, user)."""
    rows = table.places(ENERGY)
    return np.hstack([table.intermediate[rows], table.final[rows][:, : len(HOUSEHOLDS)]])


@dataclass(frozen=True, eq=False)
class _Rules:
    """How the payments of users for one energy are found (user).

    Attributes:
        kept: official money holds.
        governed: quantity holds.
        fleets: money may exceed the range here, as it is moved to transport later.
    """

    kept: Mask
    governed: Mask
    fleets: Mask


def _rules(energy: str, sectors: Sequence[str], users: Sequence[str]) -> _Rules:
    industry = sectors[1 : sectors.index("CON")]
    governed = [name for name in industry if name not in _PROCESSES] if energy == _PIPED else []
    fleets = _fleets(sectors) if energy == _REFINED else []
    return _Rules(*(np.isin(users, names) for names in ((*HOUSEHOLDS, energy), governed, fleets)))


def _fleets(sectors: Sequence[str]) -> list[str]:
    """Services whose vehicles the inventories book with transport."""
    services = sectors[sectors.index(_FIRST_SERVICE) :]
    return [name for name in services if name != _TRANSPORT]


def _within_range(paid: Array, pattern: Array, rules: _Rules) -> tuple[Array, float]:
    """Payments of users for one energy, whose sum is kept, and the level of their prices."""

    def cells(level: float) -> Array:
        least, most = level * pattern / RANGE, level * pattern * RANGE
        near = np.clip(paid, least, np.where(rules.fleets, np.inf, most))
        near = np.where(rules.governed, level * pattern, near)
        return np.asarray(np.where(rules.kept, paid, near))

    def excess(log_level: float) -> float:
        return float((cells(float(np.exp(log_level))) - paid).sum())

    level = float(np.exp(optimize.brentq(excess, -_WIDEST, _WIDEST, xtol=1e-14)))
    found = cells(level)
    found[worst(np.where(rules.kept, 0.0, found))] -= found.sum() - paid.sum()  # rounding
    return found, level


def _own_supply(paid: float, least: float) -> float:
    """What a maker sells to itself: official, at least its quantity, and nothing without any."""
    return max(paid, least) if least > 0.0 else 0.0


def _check_paid(paid: Array, pattern: Array, users: Sequence[str]) -> None:
    """Assert that what is bought in quantity is paid for in the table."""
    lost = np.argwhere((pattern > 0.0) & ~(paid > 0.0))
    if lost.size:
        k, u = lost[0]
        raise DatasetError(
            f"energy of the nation: {users[u]} buys {ENERGY[k]} in quantity, but the national "
            f"table has no payment ({len(lost)} such); move the quantity to a user that pays"
        )


def _changes(before: Official, after: Official, reason: str) -> pd.DataFrame:
    """Cells that differ."""
    both = pd.concat([before.cells, after.cells], axis=1, keys=["old", "new"]).fillna(0.0)
    size = both["new"] - both["old"]
    moved = size[size.abs() > _MOVED].rename("size").reset_index()
    return moved.assign(reason=reason)


def departure_rows(departed: Departed) -> pd.DataFrame:
    """What each reason means and how much it moves, and levels of prices, as rows of provenance."""
    departures = departed.departures
    size = departures["size"].abs().groupby(departures["reason"]).sum()
    rows = [
        (DEPARTURE + reason, NATIONAL, float(size.get(reason, 0.0)), "1e8 CNY", text, "derived")
        for reason, text in REASONS.items()
    ]
    source = "what keeps the row of the national table at its total, users within a factor of two"
    rows += [
        (
            f"level of prices: {name}",
            NATIONAL,
            float(level),
            "over stated prices",
            source,
            "derived",
        )
        for name, level in zip(ENERGY, departed.levels, strict=True)
    ]
    return pd.DataFrame(rows, columns=["item", "region", "value", "unit", "source", "quality"])
