r"""Bounds on unknowns in one solve, and what does not hold where they bind.

A condition f belongs to every unknown u. Written so that it rises where u is too high (excess
supply with a price, a loss with a level, spending beyond income with an income), bounds make the
two complementary, as in a mixed complementarity problem (Ferris and Pang 1997):

.. math:: \max(\min(u - l,\, f),\, u - h) = 0 : \qquad
          f = 0 , \text{ or } u = l \text{ and } f \ge 0 , \text{ or } u = h \text{ and } f \le 0 .

An unknown is *fixed* where l = h: its condition is free then. What such conditions lack in value is
paid by nobody, so the market that is left unsolved as Walras' check has it,

.. math:: \sum_c p_c (D_c - S_c) = \sum_a (\text{spent}_a - \text{received}_a)
          + \sum_y (\text{cost}_y - \text{revenue}_y) .
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cge.equilibrium.axes import Array, Traced
from cge.equilibrium.state import State, Unknowns
from cge.equilibrium.tensors import ROW, Blocks
from cge.language.declarations import Activity, Agent, Commodity
from cge.language.model import Model

FREE = 1e9
"""A bound that no unknown reaches."""

_FAR = 1e3  # distance to a bound beyond which it does not matter, for smoothed kinks


def lower_name(key: str) -> str:
    """Name of the lower bounds of a family among the values of a solve."""
    return f"{key}.lower"


def upper_name(key: str) -> str:
    """Name of the upper bounds of a family among the values of a solve."""
    return f"{key}.upper"


def bind(state: State, values: Mapping[str, Array]) -> None:
    """Put bounds into the conditions of the families that have some in this solve.

    Arguments:
        state: conditions without them, the numeraire in its place.
        values: among them bounds by ``lower_name`` and ``upper_name``, in terms of the unknowns.
    """
    xp = state.axes.xp
    for key in state.model.bounded:
        if lower_name(key) not in values:  # the benchmark has none
            continue
        u, sign = state.unknowns[key], _sign(state, key)
        below, above = u - values[lower_name(key)], values[upper_name(key)] - u
        condition = sign * state.residual[key]
        least = xp.minimum(below, condition)
        value = xp.maximum(least, -above)
        live = ~state.dead[key]
        held = live & ((below <= condition) | (-above >= least))
        state.unmet[key] = (held, state.free[key])
        nearest = xp.minimum(xp.abs(below - condition), xp.abs(least + above))
        fixed = values[lower_name(key)] == values[upper_name(key)]
        distance = xp.where(fixed, xp.inf, nearest)
        known = state.distance.get(key, xp.inf)
        state.distance[key] = xp.where(held, distance, xp.minimum(distance, known))
        state.pairs[key] = _merged(xp, state.pairs.get(key), below, condition, above)
        gap = state.gap.get(key, state.residual[key])
        state.residual[key] = xp.where(live, sign * value, state.residual[key])
        state.gap[key] = xp.where(held, state.residual[key], gap)
    if state.unmet:
        _explain(state)


def _sign(state: State, key: str) -> float:
    """What makes a condition rise where its unknown is too high."""
    family = state.model.families()[key]
    if isinstance(family, Commodity):
        return -1.0 if family.zero_scale is None else 1.0
    return -1.0 if isinstance(family, Agent) else 1.0


def _merged(
    xp: Any,
    pair: tuple[Array | None, Array, Array | None] | None,
    below: Array,
    condition: Array,
    above: Array,
) -> tuple[Array, Array, Array]:
    """What a complementarity is made of, with bounds of its own and those of this solve."""
    own_below, between, own_above = pair or (None, condition, None)
    least, most = xp.minimum(below, _FAR), xp.minimum(above, _FAR)
    if own_below is not None:
        least = xp.minimum(least, own_below)
    if own_above is not None:
        most = xp.minimum(most, own_above)
    return least, between, most


def bind_blocks(state: State, blocks: Blocks, numeraire: str) -> None:
    """The same in the Jacobian: where a bound holds, the row is that of the unknown alone."""
    xp = state.axes.xp
    for key, (held, _) in state.unmet.items():
        if key[0] == "a":  # rows of auxiliary variables are differentiated as they are
            continue
        family = state.model.families()[key]
        keep = xp.where(held, 0.0, 1.0)
        own = _sign(state, key) * xp.where(held, 1.0, 0.0)
        for row, column in [k for k in blocks.table if k[0] == key]:
            blocks.table[row, column] = blocks.scale(row, blocks.table[row, column], keep)
        blocks.accumulate(key, key, ROW[: len(family.letters)], own)
        dropped = state.model.dropped
        if family is dropped:
            first = (0,) * len(family.letters)
            for row, column in [k for k in blocks.table if k[0] == numeraire]:
                blocks.table[row, column] = {
                    p: t * keep[first] for p, t in blocks.table[row, column].items()
                }
            blocks.add_outer(numeraire, "", key, own[first], "", xp.asarray(_only(first, family)))


def _only(first: tuple[int, ...], family: Commodity | Activity | Agent | Any) -> Array:
    """One for the first member, zero for the others."""
    one = np.zeros(family.shape)
    one[first] = 1.0
    return one


# Walras' law --------------------------------------------------------------------------------------


def _explain(state: State) -> None:
    """Take out of Walras' check what conditions that do not hold leave to the unsolved market."""
    dropped = state.model.dropped
    if dropped is None:
        return
    xp, first = state.axes.xp, (0,) * len(dropped.letters)
    lacking: Any = 0.0
    for key, (held, _) in state.unmet.items():
        value = _lacking(state, key)
        if value is None:
            continue
        if key == f"p:{dropped.name}":
            held = _without(xp, held, first)
        lacking = lacking + xp.where(held, value, 0.0).sum()
    size = xp.maximum(state.demands[dropped][first], state.supplies[dropped][first])
    size = xp.maximum(size, 1e-6 * state.size[dropped][first])
    state.walras = state.walras - lacking / (state.prices.price[dropped][first] * size)


def _without(xp: Any, held: Array, first: tuple[int, ...]) -> Array:
    if xp is np:
        others = np.array(held)
        others[first] = False
        return others
    compiled: Traced = held
    others = compiled.at[first].set(False)
    return others


def _lacking(state: State, key: str) -> Array | None:
    """Money that a condition which does not hold leaves to the unsolved market, by member."""
    family = state.model.families()[key]
    if isinstance(family, Commodity):
        excess = state.supplies[family] - state.demands[family]
        return state.prices.price[family] * excess
    if isinstance(family, Agent):
        return _spent_beyond(state, family)
    if isinstance(family, Activity) and family.capacity is None:
        return _loss(state, family)
    return None  # the profit of a limited activity goes to its owner; auxiliaries have no value


def _spent_beyond(state: State, agent: Agent) -> Array:
    """What an agent spends or hands on beyond what it receives."""
    beyond = (state.spending(agent) - state.incomes[agent]) / state.kept[agent]
    return state.axes.xp.where(state.dead[f"m:{agent.name}"], 0.0, beyond)


def _loss(state: State, activity: Activity) -> Array:
    """Cost less revenue of an activity."""
    axes, total = state.axes, state.axes.xp.zeros(activity.shape)
    for flow in state.flows_of(activity):
        for leaf in flow.tree.leaves:
            worth = leaf.sign * flow.unit.user_price[leaf] * flow.total[leaf]
            worth = axes.xp.broadcast_to(worth, axes.shape(leaf.letters))
            total = total + axes.total(worth, leaf.letters, activity.letters)
    return total


# Bounds among the values of a solve ---------------------------------------------------------------


def apart(model: Model, values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of a solve, and its bounds."""
    names = {name(key) for key in model.bounded for name in (lower_name, upper_name)}
    bounds = {name: value for name, value in values.items() if name in names}
    return {name: value for name, value in values.items() if name not in names}, bounds


def relaxed(values: Mapping[str, Any], point: Unknowns) -> dict[str, Array]:
    """Bounds of a solve moved to where a point is within them: where a homotopy begins.

    Arguments:
        values: parameters and bounds of the solve.
        point: an equilibrium of other parameters.
    """
    result = {}
    for key, unknown in point.items():
        if lower_name(key) in values:
            u = np.asarray(unknown)
            result[lower_name(key)] = np.minimum(values[lower_name(key)], u)
            result[upper_name(key)] = np.maximum(values[upper_name(key)], u)
            fixed = np.asarray(values[lower_name(key)]) == np.asarray(values[upper_name(key)])
            for name in (lower_name(key), upper_name(key)):
                result[name] = np.where(fixed, u, result[name])
    return result


def within(values: Mapping[str, Any], point: Unknowns) -> Unknowns:
    """A point moved to the nearest one within the bounds of a solve."""
    return {
        key: np.clip(u, values[lower_name(key)], values[upper_name(key)])
        if lower_name(key) in values
        else u
        for key, u in point.items()
    }
