r"""A start where permits are short: the price at which other technologies break even.

Where a cap lies far below what is emitted at the start, the price of permits is decided by what can
be had instead: removal, and at last permits at the price ceiling. With unit costs :math:`c_k` and
capacities :math:`\bar y_k` of the latent activities k that supply a good, the dearest of those that
are needed gives its price,

.. math:: p = c_K, \qquad \sum_{k < K} \bar y_k < D - S \le \sum_{k \le K} \bar y_k ,
          \qquad c_1 \le c_2 \le \dots
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.state import State, Unknowns
from cge.language.declarations import Activity, Commodity
from cge.language.dimensions import is_pin
from cge.language.model import Model

SHORT = 0.05
"""Excess demand, as a share of demand, from which a good counts as short."""

Place = tuple[int, ...]


@dataclass(frozen=True)
class _Source:
    """One member of a latent activity as a source of a good.

    Attributes:
        activity: the activity.
        place: its member.
        cost: price of the good at which it breaks even.
        made: quantity per unit of level.
        most: its capacity in units of the good.
    """

    activity: Activity
    place: Place
    cost: float
    made: float
    most: float


def at_backstops(
    model: Model, start: Unknowns, values: Mapping[str, np.ndarray]
) -> Unknowns | None:
    """The start with goods that are short at the cost of the technologies that supply them.

    Arguments:
        model: a declared model.
        start: unknowns.
        values: parameters by name, products worked out.

    Returns:
        None where nothing is short that a latent activity supplies.
    """
    with np.errstate(all="ignore"):
        state = evaluate(model, Axes(model.dims, np), start, values)
        point = {key: np.array(u, float) for key, u in start.items()}
        moved = False
        for commodity in model.commodities.values():
            if commodity.zero_scale is not None:
                for at, sources in _sources(state, commodity).items():
                    moved |= _supply(state, point, commodity, at, sources)
    return point if moved else None


def _supply(
    state: State, point: Unknowns, commodity: Commodity, at: Place, sources: list[_Source]
) -> bool:
    """Let the cheapest sources supply what is short; whether anything is."""
    demand, supply = float(state.demands[commodity][at]), float(state.supplies[commodity][at])
    short = demand - supply
    if not short > SHORT * demand:
        return False
    cost = 0.0
    for source in sorted(sources, key=lambda s: s.cost):
        part, cost = min(short, source.most), source.cost
        activity, place = source.activity, source.place
        typical = float(np.broadcast_to(np.asarray(activity.latent, float), activity.shape)[place])
        point[f"y:{activity.name}"][place] = part / source.made / typical
        short -= part
        if short <= 0.0:
            break
    scale = np.broadcast_to(np.asarray(commodity.zero_scale, float), commodity.shape)
    dear = np.log1p(cost / scale[at])
    point[f"p:{commodity.name}"][at] = max(point[f"p:{commodity.name}"][at], dear)
    return True


def _sources(state: State, commodity: Commodity) -> dict[Place, list[_Source]]:
    """Latent activities that bring a good to its market and nothing else, by its members."""
    table: dict[Place, list[_Source]] = {}
    for activity in state.model.activities.values():
        leaves = activity.makes.leaves
        delivered = [leaf.commodity for leaf in leaves if leaf.payment is None]
        if activity.latent is not None and len(leaves) == 1 and delivered == [commodity]:
            for at, source in _members(state, activity):
                table.setdefault(at, []).append(source)
    return table


def _members(state: State, activity: Activity) -> Iterator[tuple[Place, _Source]]:
    """Members of an activity that run at some cost, with the member of the good that they make."""
    axes, letters = state.axes, activity.letters
    (leaf,) = activity.makes.leaves
    flow = state.flow_of(leaf)
    if set(leaf.letters) - set(letters) or any(map(is_pin, leaf.use)):
        return
    key = f"y:{activity.name}"
    loss = np.broadcast_to(state.pairs[key][1], activity.shape)
    scale = np.broadcast_to(state.profit_scale[activity], activity.shape)
    price = axes.spread(state.prices.price[leaf.commodity], leaf.use, letters)
    made = axes.spread(state.calibration.quantity[leaf], leaf.letters, letters)
    wedge = np.broadcast_to(flow.unit.wedge[leaf], activity.shape)
    most = np.full(activity.shape, np.inf)
    if activity.capacity is not None:
        limit = state.values[activity.capacity.name]
        most = axes.spread(limit, activity.capacity.letters, letters)
    for at in np.ndindex(activity.shape):
        if not state.dead[key][at] and made[at] > 0.0 and most[at] > 0.0:
            cost = price[at] + loss[at] * scale[at] / (made[at] * wedge[at])
            if np.isfinite(cost):
                rate = float(made[at])
                source = _Source(activity, at, float(cost), rate, float(most[at]) * rate)
                yield tuple(at[letters.index(c)] for c in leaf.use), source
