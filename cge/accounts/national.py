r"""Gross domestic product of an area three ways, from an equilibrium of any declared model.

With market prices p, output Y and inputs Z of goods by producers inside, factors F that they use,
taxes t less subsidies, profits :math:`\Pi` at capacities, final purchases C at prices that the
agents inside pay, and exports X and imports M over the boundary,

.. math::
   Y^{\text{production}} &= \sum p\,(Y - Z) + T^{\text{final}} , \\
   Y^{\text{income}} &= \sum p_f F_f + T + \Pi , \\
   Y^{\text{expenditure}} &= \sum p\,(1 + t)\, C + \sum p\,(X - M) ,

at market prices (SNA 2008, chapter 16). The first two agree because no producer makes a pure
profit, the third because markets clear. Payments for outputs that are not delivered to a market are
subsidies. Factors that agents use themselves (leisure) are in none of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from cge.accounts import lines
from cge.accounts.area import Area
from cge.accounts.variables import money_of
from cge.equilibrium.result import Equilibrium
from cge.equilibrium.state import State
from cge.language.declarations import Activity, Agent

PRODUCTION, INCOME, EXPENDITURE = "production", "income", "expenditure"

TOLERANCE = 1e-7
"""Largest difference of the three totals, relative to their size, that is left to the solver."""

_ROUNDING = 1e-13
"""Size of an item, relative to the largest, that is rounding."""


class Unbalanced(ArithmeticError):
    """The three totals of the product differ: the point is no equilibrium."""


@dataclass(frozen=True, eq=False)
class Product:
    """The product of an area three ways.

    Attributes:
        table: columns ``approach, item, value, unit``; an approach's rows add up to its total.
        totals: total by approach.
    """

    table: pd.DataFrame
    totals: dict[str, float]

    @property
    def gdp(self) -> float:
        """Gross domestic product at current market prices, by expenditure."""
        return self.totals[EXPENDITURE]

    @property
    def discrepancy(self) -> float:
        """Largest difference between two totals, relative to the largest."""
        low, high = min(self.totals.values()), max(self.totals.values())
        return (high - low) / (max(abs(low), abs(high)) or 1.0)


def gdp(equilibrium: Equilibrium, where: Area, tolerance: float = TOLERANCE) -> Product:
    """Gross domestic product of an area three ways.

    Arguments:
        equilibrium: any equilibrium of the area's model.
        where: the area, see ``area``.
        tolerance: largest difference between the totals, relative to their size.

    Raises:
        Unbalanced: the totals differ by more: the point is no equilibrium.
    """
    product = product_of(equilibrium.state, where)
    if not product.discrepancy <= tolerance:
        told = ", ".join(f"{name} {value:.8g}" for name, value in product.totals.items())
        raise Unbalanced(
            f"{equilibrium.model.name}: the product differs by {product.discrepancy:.1e} between "
            f"its three ways ({told}); the point is no equilibrium to this exactness: "
            f"{equilibrium!r}"
        )
    return product


def product_of(state: State, where: Area) -> Product:
    """The product of an area three ways, whether or not its totals agree."""
    accounts = {
        PRODUCTION: _summed(_production(state, where)),
        INCOME: _summed(_income(state, where)),
        EXPENDITURE: _summed((x.item, x.value) for x in lines.expenditure(state, where)),
    }
    rows = [(a, item, value) for a, items in accounts.items() for item, value in items.items()]
    table = pd.DataFrame(rows, columns=["approach", "item", "value"])
    table["unit"] = money_of(state.model)
    return Product(table, {a: sum(items.values()) for a, items in accounts.items()})


def _production(state: State, where: Area) -> Iterator[tuple[str, float]]:
    yield from ((line.item, line.value) for line in lines.production(state, where))
    for agent in state.model.agents.values():
        for name, revenue in lines.taxed(state, where, agent):
            yield f"{name} on final purchases", revenue


def _income(state: State, where: Area) -> Iterator[tuple[str, float]]:
    yield from ((line.item, line.value) for line in lines.factor_use(state, where))
    owners: list[Activity | Agent] = [
        *state.model.activities.values(),
        *state.model.agents.values(),
    ]
    for owner in owners:
        yield from ((f"revenue of {n}", v) for n, v in lines.taxed(state, where, owner))
    yield from lines.others(state, where)


def _summed(items: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Values by item; items of nothing but rounding are left out."""
    table: dict[str, float] = {}
    for item, value in items:
        table[item] = table.get(item, 0.0) + value
    least = _ROUNDING * max(map(abs, table.values()), default=0.0)
    return {item: value for item, value in table.items() if abs(value) > least}
