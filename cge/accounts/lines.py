r"""Lines of the national accounts: prices and quantities whose products add up.

A line is an item of an account with its members' prices p, quantities q and a sign; its value is
:math:`\pm \sum p q`. Accounts at current prices are sums of lines, and index numbers compare the
lines of two equilibria.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cge.accounts import flows
from cge.accounts.area import Area, outside_demand
from cge.equilibrium.state import State
from cge.language.declarations import Activity, Agent, Commodity

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Line:
    """An item of an account.

    Attributes:
        item: what it is.
        price: price of each member.
        quantity: quantity of each member.
        sign: +1 or -1.
    """

    item: str
    price: Vector
    quantity: Vector
    sign: int = 1

    @property
    def value(self) -> float:
        """Value at current prices."""
        return self.sign * float(self.price @ self.quantity)


def purchases(state: State, where: Area, agent: Agent) -> Iterator[Line]:
    """What an agent inside buys but factors, at prices that it pays; and what it must buy."""
    for leaf in flows.leaves_of(agent):
        if leaf.commodity not in where.factors:
            own = where.weight(state, agent, leaf.letters) * state.quantity(leaf)
            yield _line(f"purchases of {agent.name}", state.user_price(leaf), own)
    for endowment in agent.endowments:
        commodity = endowment.reference.family
        if where.is_good(commodity):
            own = where.weight(state, agent, endowment.letters) * flows.endowed(state, endowment)
            price = flows.endowment_price(state, endowment)
            yield _line(f"purchases of {agent.name}", price, np.maximum(-own, 0.0))
            item = f"sales of {agent.name} out of stocks"
            yield _line(item, price, np.maximum(own, 0.0), -1)


def exports(state: State, where: Area) -> Iterator[Line]:
    """What crosses the boundary outwards, at market prices, a line for each commodity."""
    return _trade(state, where, 1)


def imports(state: State, where: Area) -> Iterator[Line]:
    """What crosses the boundary inwards, at market prices, a line for each commodity."""
    return _trade(state, where, -1)


def expenditure(state: State, where: Area) -> Iterator[Line]:
    """Final expenditure on the product of an area: purchases, exports, less imports."""
    for agent in state.model.agents.values():
        yield from purchases(state, where, agent)
    yield from exports(state, where)
    for line in imports(state, where):
        yield Line(line.item, line.price, line.quantity, -1)


def production(state: State, where: Area) -> Iterator[Line]:
    """What producers inside deliver less the goods they use, at market prices."""
    for activity in state.model.activities.values():
        for leaf in flows.leaves_of(activity):
            if leaf.commodity not in where.factors and leaf.payment is None:
                own = where.weight(state, activity, leaf.letters) * state.quantity(leaf)
                item = f"value added of {activity.name}"
                yield _line(item, flows.market_price(state, leaf), own, -leaf.sign)


def factor_use(state: State, where: Area) -> Iterator[Line]:
    """Factors that producers inside use, net of those they make, at market prices."""
    for activity in state.model.activities.values():
        for leaf in flows.leaves_of(activity):
            if leaf.commodity in where.factors and leaf.payment is None:
                own = where.weight(state, activity, leaf.letters) * state.quantity(leaf)
                item = f"income of {leaf.commodity.name}"
                yield _line(item, flows.market_price(state, leaf), own, leaf.sign)


def taxed(state: State, where: Area, owner: Activity | Agent) -> Iterator[tuple[str, float]]:
    """Revenue of each tax on what an owner inside makes, uses or buys, but factors it buys."""
    for leaf in flows.leaves_of(owner):
        if isinstance(owner, Agent) and leaf.commodity in where.factors:
            continue
        weight = where.weight(state, owner, leaf.letters)
        for tax in leaf.taxes:
            revenue = weight * flows.tax_revenue(state, leaf, tax)
            yield tax.rate.name, float(np.sum(revenue))


def others(state: State, where: Area) -> Iterator[tuple[str, float]]:
    """Profits at capacities, and payments for outputs that are not delivered (subsidies)."""
    for activity in state.model.activities.values():
        if activity in state.profit:
            own = where.weight(state, activity, activity.letters) * state.profit[activity]
            yield f"profits of {activity.name}", float(np.sum(own))
        for leaf in activity.makes.leaves:
            if leaf.payment is not None:
                own = where.weight(state, activity, leaf.letters) * state.quantity(leaf)
                paid = np.sum(own * flows.market_price(state, leaf))
                yield f"payments to {activity.name} for {leaf.name}", -float(paid)


def total(lines: Iterable[Line]) -> float:
    """Value of lines at current prices."""
    return sum((line.value for line in lines), 0.0)


def _trade(state: State, where: Area, direction: int) -> Iterator[Line]:
    word = "exports" if direction > 0 else "imports"
    for commodity in state.model.commodities.values():
        item = f"{word} of {commodity.name}"
        if commodity in where.abroad:
            yield from _abroad(state, where, commodity, direction, item)
        elif commodity not in where.factors and where.has_outside:
            net = direction * np.asarray(outside_demand(state, where, commodity))
            yield _line(item, state.price(commodity), np.maximum(net, 0.0))


def _abroad(
    state: State, where: Area, commodity: Commodity, direction: int, item: str
) -> Iterator[Line]:
    owners: list[Activity | Agent] = [
        *state.model.activities.values(),
        *state.model.agents.values(),
    ]
    for owner in owners:
        for leaf in flows.leaves_of(owner):
            if leaf.commodity is commodity and leaf.sign == -direction and leaf.payment is None:
                own = where.weight(state, owner, leaf.letters) * state.quantity(leaf)
                yield _line(item, flows.market_price(state, leaf), own)


def _line(item: str, price: object, quantity: object, sign: int = 1) -> Line:
    p, q = np.broadcast_arrays(np.asarray(price, float), np.asarray(quantity, float))
    return Line(item, p.ravel(), q.ravel(), sign)
