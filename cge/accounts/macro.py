r"""The macroeconomic table of a change: what is asked first, in one table.

Real aggregates are Fisher quantity indices times the value in the base, so that a real change and a
price change make up the change in value (``indices``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
import pandas as pd

from cge.accounts import lines
from cge.accounts.area import Area
from cge.accounts.indices import IndexNumbers, index_numbers
from cge.accounts.lines import Line
from cge.accounts.variables import INDEX, money_of
from cge.accounts.welfare import equivalent_variation
from cge.equilibrium.result import Equilibrium
from cge.equilibrium.state import State
from cge.language.declarations import Agent

Row = tuple[str, float, float, str]
"""Item, value in the base, value in the new equilibrium, unit."""

Account = Callable[[State, Area], Iterable[Line]]
"""Lines of an account of an area."""


def macro_table(new: Equilibrium, base: Equilibrium, where: Area) -> pd.DataFrame:
    """Product, purchases by agent, trade, their prices, and welfare of an area.

    Arguments:
        new: equilibrium that is compared.
        base: equilibrium that it is compared with.
        where: the area, see ``area``.

    Returns:
        Columns ``item, base, new, percent, unit``. Welfare of an agent is its spending in the base,
        and that plus the equivalent variation. Aggregates that are nothing in one of the equilibria
        are left out, and so is welfare of agents with additive nests.

    Raises:
        DeclarationError: preferences of an agent inside differ between the equilibria.
    """
    table = pd.DataFrame(_rows(new, base, where), columns=["item", "base", "new", "unit"])
    table.insert(3, "percent", 100.0 * (table["new"] / table["base"] - 1.0))
    return table


def _rows(new: Equilibrium, base: Equilibrium, where: Area) -> Iterator[Row]:
    money, prices = money_of(base.model), {}
    for name, account in _accounts(where).items():
        before, after = (lines.total(account(e.state, where)) for e in (base, new))
        if before > 0.0 and after > 0.0:
            numbers = index_numbers(new, base, partial(_lines, account, where), name)
            prices[name] = numbers
            yield name, before, after, money
            yield f"real {name}", before, before * numbers.quantity.fisher, f"{money}, base prices"
    for name, numbers in prices.items():
        yield f"price of {name}", 1.0, numbers.price.fisher, INDEX
    yield from _terms_of_trade(prices)
    for agent in where.buyers:
        if agent.tree is not None and agent.tree.has_expenditure_function:
            spent = lines.total(lines.purchases(base.state, where, agent))
            gain = where.inside[agent] * np.asarray(equivalent_variation(new, base, agent))
            yield f"welfare of {agent.name}", spent, spent + float(gain.sum()), money


def _lines(account: Account, where: Area, state: State) -> Iterable[Line]:
    return account(state, where)


def _accounts(where: Area) -> dict[str, Account]:
    """Accounts by name."""
    bought = {f"purchases of {a.name}": partial(_purchases, agent=a) for a in where.buyers}
    return {
        "gross domestic product": lines.expenditure,
        **bought,
        "exports": lines.exports,
        "imports": lines.imports,
    }


def _purchases(state: State, where: Area, *, agent: Agent) -> Iterable[Line]:
    return lines.purchases(state, where, agent)


def _terms_of_trade(prices: dict[str, IndexNumbers]) -> Iterator[Row]:
    if "exports" in prices and "imports" in prices:
        terms = prices["exports"].price.fisher / prices["imports"].price.fisher
        yield "terms of trade", 1.0, terms, INDEX
