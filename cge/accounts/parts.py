"""The parts of a welfare change at a point of the line, by component and place.

See ``decomposition`` for the equation. Everything is linear in the rates at which quantities and
prices change, and so is parted by group with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp

from cge.accounts import flows, preferences
from cge.accounts.area import Area, outside_demand
from cge.equilibrium.axes import Array, Traced
from cge.equilibrium.jitted import Jitted
from cge.equilibrium.solver import Solver, tangent
from cge.equilibrium.state import State
from cge.equilibrium.verbs import KEPT
from cge.language.declarations import Activity, Agent, Endowment
from cge.language.model import Model
from cge.language.trees import BoundLeaf

ALLOCATIVE, ENDOWMENT, CAPACITY, TECHNOLOGY = "allocative", "endowment", "capacity", "technology"
TERMS_OF_TRADE, TRANSFERS, DISTRIBUTION = "terms of trade", "transfers", "distribution"
CHOICE = "additive choice"

COMPONENTS = (
    ALLOCATIVE,
    TERMS_OF_TRADE,
    ENDOWMENT,
    CAPACITY,
    TECHNOLOGY,
    CHOICE,
    TRANSFERS,
    DISTRIBUTION,
)

Place = tuple[str, str, str, str]
"""Component, owner, flow, and letters of an array of the decomposition."""


@dataclass(frozen=True, eq=False)
class _Amounts:
    """What is differentiated: quantities and prices of a state, by what they belong to."""

    leaf: dict[BoundLeaf, Array]
    endowment: dict[Endowment, Array]
    level: dict[Activity, Array]
    price: dict[str, Array]
    net: dict[str, Array]


@lru_cache(maxsize=KEPT)
def rates(solver: Solver, where: Area) -> Any:
    """Compiled (start and its parameters, unknowns, parameters, changes) -> parts of dEV by place.

    Groups come first; what was compiled last is kept.
    """
    agents = where.buyers

    def total(first: Any, at_first: Any, unknowns: Any, values: Any, changes: Any) -> Any:
        start, here = solver.state(first, at_first), solver.state(unknowns, values)

        def along(change: Any) -> Any:
            moved = tangent(solver, unknowns, values, change)

            def amounts(u: Any, v: Any) -> Any:
                return _flat(where, solver.state(u, v))

            at = (unknowns, values)
            rate = _named(where, here, jax.jvp(amounts, at, (moved, change))[1])
            new = _technical(where.model, moved, change)
            technical = _named(where, here, jax.jvp(amounts, at, new)[1])
            return _parts(start, here, rate, technical, where=where, agents=agents)

        return jax.vmap(along)(changes)

    return Jitted(total)


def _technical(model: Model, moved: Any, change: Any) -> tuple[Any, Any]:
    """Changes of unknowns and parameters that are changes of technology, all others at zero."""
    known = {p.name for a in model.activities.values() for t in (a.makes, a.uses)
             for p in t.parameters}  # fmt: skip
    names = {n for n in change if known & set(model.parameters.moved_with([n]))}
    keys = {f"a:{name}" for name, auxiliary in model.auxiliaries.items()
            if names & {p.name for p in auxiliary.moves}}  # fmt: skip
    return (
        {k: v if k in keys else jnp.zeros_like(v) for k, v in moved.items()},
        {n: v if n in names else jnp.zeros_like(v) for n, v in change.items()},
    )


def _adds(activity: Activity) -> bool:
    """Whether a producer has an additive nest, whose choice is not the cheapest."""
    return not all(tree.has_expenditure_function for tree in (activity.makes, activity.uses))


def _leaves(state: State) -> list[BoundLeaf]:
    return [leaf for flow in state.flows for leaf in flow.tree.leaves]


def _flat(where: Area, state: State) -> tuple[list[Array], ...]:
    """The amounts of a state as lists, which JAX can differentiate."""
    commodities = list(where.model.commodities.values())
    return (
        [state.quantity(leaf) for leaf in _leaves(state)],
        [flows.endowed(state, e) for e in state.endowed],
        [state.level(a) for a in state.profit],
        [state.price(c) for c in commodities],
        [net for _, _, net in _net_sales(state, where)],
    )


def _named(where: Area, state: State, flat: tuple[list[Array], ...]) -> _Amounts:
    leaf, endowment, level, price, net = flat
    commodities = list(where.model.commodities)
    return _Amounts(
        dict(zip(_leaves(state), leaf, strict=True)),
        dict(zip(state.endowed, endowment, strict=True)),
        dict(zip(state.profit, level, strict=True)),
        dict(zip(commodities, price, strict=True)),
        {f"{n}:{side}": q for (n, side, _), q in zip(_net_sales(state, where), net, strict=True)},
    )


def _net_sales(state: State, where: Area) -> list[tuple[str, str, Array]]:
    """What crosses the boundary, positive outwards: commodity, side, and quantity (its letters).

    Of goods traded abroad both sides gross, of others net sales to the outside.
    """
    found = []
    for name, commodity in where.model.commodities.items():
        if commodity in where.abroad:
            found += [(name, side, _gross(state, where, name, side)) for side in ("out", "in")]
        elif where.has_outside:
            found.append((name, "net", outside_demand(state, where, commodity)))
    return found


def _gross(state: State, where: Area, name: str, side: str) -> Array:
    axes, commodity = state.axes, where.model.commodities[name]
    total = axes.xp.zeros(commodity.shape)
    for flow in state.flows:
        for leaf in flow.tree.leaves:
            outward = leaf.sign < 0
            if leaf.commodity is commodity and leaf.payment is None and outward == (side == "out"):
                own = where.weight(state, flow.owner, leaf.letters) * state.quantity(leaf)
                total = total - leaf.sign * axes.collect(own, leaf.letters, leaf.use)
    return total


# Parts --------------------------------------------------------------------------------------------


def key(place: Place) -> str:
    """A place as one word, by which its rates are found."""
    return "|".join(place)


def _numbered(endowment: Endowment, k: int) -> str:
    """The flow of the k-th endowment of an agent: two may share one parameter."""
    return f"{endowment.quantity.name}#{k}"


def unnumbered(flow: str) -> str:
    """The name of an endowment's parameter, which may have a number of its own."""
    return flow.rsplit("#", 1)[0]


def places(where: Area, agents: list[Agent]) -> list[Place]:
    """All parts that there are, in order."""
    model = where.model
    found: list[Place] = []
    for owner in _owners(where):
        for leaf in flows.leaves_of(owner):
            if leaf.taxes or leaf.payment is not None:
                found.append((ALLOCATIVE, owner.name, leaf.name, leaf.letters))
    for agent in model.agents.values():
        for k, endowment in enumerate(agent.endowments):
            if endowment.reference.family not in where.abroad:
                flow = _numbered(endowment, k)
                found.append((ENDOWMENT, agent.name, flow, endowment.letters))
    for activity in model.activities.values():
        if activity.capacity is not None:
            found.append((CAPACITY, activity.name, "", activity.letters))
        found.append((TECHNOLOGY, activity.name, "", activity.letters))
        if _adds(activity):
            found.append((CHOICE, activity.name, "", activity.letters))
    for name, commodity in model.commodities.items():
        if commodity in where.abroad or where.has_outside:
            found.append((TERMS_OF_TRADE, name, "", commodity.letters))
    found.append((TRANSFERS, "", "", ""))
    found += [(DISTRIBUTION, agent.name, "", agent.letters) for agent in agents]
    return found


def _owners(where: Area) -> list[Activity | Agent]:
    """Activities, and agents that buy something."""
    buyers = [a for a in where.model.agents.values() if a.tree is not None]
    return [*where.model.activities.values(), *buyers]


def _parts(
    start: State,
    here: State,
    rate: _Amounts,
    technical: _Amounts,
    *,
    where: Area,
    agents: list[Agent],
) -> dict[str, Array]:
    """All parts of dEV at a point."""
    weights = {agent: _weight(start, here, agent) for agent in agents}
    spent = {agent: spending(here, where, agent) for agent in agents}
    whole = sum(v.sum() for v in spent.values())
    mean = sum((weights[a] * spent[a]).sum() for a in agents) / whole
    found: dict[str, Array] = {}
    for place, value in (
        *_allocative(here, rate, where),
        *_endowments(here, rate, where),
        *_producers(here, rate, technical, where),
        *_trade(here, rate, where),
    ):
        found[key(place)] = mean * value
    for agent in agents:
        gain = _gain(here, rate, where, agent)
        place = (DISTRIBUTION, agent.name, "", agent.letters)
        found[key(place)] = (weights[agent] - mean) * gain
    return found


def _weight(start: State, here: State, agent: Agent) -> Array:
    r"""The worth :math:`\psi` of a unit of spending at the prices of the start (its letters)."""
    of = preferences.utility(here, agent)
    one = here.axes.xp.ones_like(of)

    def slope(state: State) -> Array:
        least = partial(preferences.expenditure, state, agent)
        derivative: Traced = jax.jvp(least, (of,), (one,))[1]
        return derivative

    return slope(start) / slope(here)


def spending(state: State, where: Area, agent: Agent) -> Array:
    """Spending of an agent inside (its letters)."""
    total = state.axes.xp.zeros(agent.shape)
    for leaf in flows.leaves_of(agent):
        worth = state.user_price(leaf) * state.quantity(leaf)
        total = total + state.axes.total(worth, leaf.letters, agent.letters)
    return total * where.inside[agent]


def _gain(here: State, rate: _Amounts, where: Area, agent: Agent) -> Array:
    """What an agent inside buys more, at prices that it pays (its letters)."""
    total = here.axes.xp.zeros(agent.shape)
    for leaf in flows.leaves_of(agent):
        worth = here.user_price(leaf) * rate.leaf[leaf]
        total = total + here.axes.total(worth, leaf.letters, agent.letters)
    return total * where.inside[agent]


def _allocative(here: State, rate: _Amounts, where: Area) -> Iterator[tuple[Place, Array]]:
    for owner in _owners(where):
        for leaf in flows.leaves_of(owner):
            if leaf.taxes or leaf.payment is not None:
                unit = flows.taxes_per_unit(here, leaf)
                if leaf.payment is not None:
                    unit = unit - flows.market_price(here, leaf)
                own = where.weight(here, owner, leaf.letters) * unit * rate.leaf[leaf]
                yield (ALLOCATIVE, owner.name, leaf.name, leaf.letters), own


def _endowments(here: State, rate: _Amounts, where: Area) -> Iterator[tuple[Place, Array]]:
    for agent in where.model.agents.values():
        for k, endowment in enumerate(agent.endowments):
            if endowment.reference.family not in where.abroad:
                worth = flows.endowment_price(here, endowment) * rate.endowment[endowment]
                own = where.weight(here, agent, endowment.letters) * worth
                flow = _numbered(endowment, k)
                yield (ENDOWMENT, agent.name, flow, endowment.letters), own


def _producers(
    here: State, rate: _Amounts, technical: _Amounts, where: Area
) -> Iterator[tuple[Place, Array]]:
    """Capacity, technology, and the choice of additive nests, by activity."""
    xp = here.axes.xp
    for activity in where.model.activities.values():
        inside, at = where.inside[activity], activity.letters
        net = _net_output(here, rate, activity)
        if activity.capacity is not None:
            level = here.level(activity)
            unit = here.profit[activity] / xp.where(level > 0, level, 1.0)
            earned = unit * rate.level[activity]
            net = net - earned
            yield (CAPACITY, activity.name, "", at), inside * earned
        if _adds(activity):
            skill = _net_output(here, technical, activity)
            yield (CHOICE, activity.name, "", at), inside * (net - skill)
            net = skill
        yield (TECHNOLOGY, activity.name, "", at), inside * net


def _net_output(here: State, rate: _Amounts, activity: Activity) -> Array:
    """What a producer makes more net of what it uses, at its prices (letters of the activity)."""
    net: Array = here.axes.xp.zeros(activity.shape)
    for leaf in flows.leaves_of(activity):
        worth = -leaf.sign * here.user_price(leaf) * rate.leaf[leaf]
        net = net + here.axes.total(worth, leaf.letters, activity.letters)
    return net


def _trade(here: State, rate: _Amounts, where: Area) -> Iterator[tuple[Place, Array]]:
    """Terms of trade by commodity, and transfers."""
    xp, commodities = here.axes.xp, where.model.commodities
    net = _net_sales(here, where)
    price = {name: here.price(commodities[name]) for name, _, _ in net}
    deflator = _import_prices(xp, rate, net, price)
    change: Array = xp.zeros(())
    parts: dict[str, Array] = {}
    for name, side, amount in net:
        gain = amount * (rate.price[name] - price[name] * deflator)
        parts[name] = parts.get(name, 0.0) + gain
        change = change - (price[name] * rate.net[f"{name}:{side}"]).sum() - gain.sum()
    for name, gain in parts.items():
        yield (TERMS_OF_TRADE, name, "", commodities[name].letters), gain
    yield (TRANSFERS, "", "", ""), change


def _import_prices(
    xp: Any, rate: _Amounts, net: list[tuple[str, str, Array]], price: dict[str, Array]
) -> Array:
    """Relative change of import prices, of export prices where nothing is imported."""
    sides = []
    for sign in (-1.0, 1.0):
        amounts = [(name, xp.maximum(sign * amount, 0.0)) for name, _, amount in net]
        worth = sum(((price[n] * q).sum() for n, q in amounts), xp.zeros(()))
        moved = sum(((rate.price[n] * q).sum() for n, q in amounts), xp.zeros(()))
        sides.append((worth, moved / xp.where(worth > 0, worth, 1.0)))
    (imported, of_imports), (_, of_exports) = sides
    return xp.where(imported > 0, of_imports, of_exports)
