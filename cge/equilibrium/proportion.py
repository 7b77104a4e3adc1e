r"""A start in proportion to what is owned: the economy of another start, larger or smaller.

With constant returns to scale an economy that owns k times as much of everything makes and spends k
times as much at the same prices. So where a start takes more or less of the owned goods than there
is, in all

.. math:: k = \frac{\sum_c p_c \, |\omega_c|}{\sum_c p_c \, |D_c - S_c|} ,

with endowments :math:`\omega` of commodities c and what activities and agents buy D and make S of
them, levels and spending are moved by k; the rest is left to a search.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cge.equilibrium.axes import Array, Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.state import Unknowns
from cge.equilibrium.vanishing import log_or_line, size_of_log
from cge.language.declarations import Commodity
from cge.language.model import Model

LEAST = 0.1
"""Log of k from which a start is moved."""

Values = Mapping[str, np.ndarray]


def in_proportion(model: Model, start: Unknowns, values: Values) -> Unknowns | None:
    """A start with levels and spending in proportion to what is owned.

    Arguments:
        model: a declared model.
        start: unknowns.
        values: parameters by name, products worked out.

    Returns:
        None where the start takes about as much as is owned.
    """
    with np.errstate(all="ignore"):
        change = np.log(_owned_over_taken(model, start, values))
    if not (np.isfinite(change) and abs(change) >= LEAST):
        return None
    linear = {f"y:{a.name}" for a in model.activities.values() if a.latent is not None}
    handed_on = {f"m:{a.name}" for a, budget in model.budgets.items() if budget.tree is None}
    point = {key: np.array(u, float) for key, u in start.items()}
    for key, u in point.items():
        if key in linear:
            point[key] = np.exp(change) * u
        elif key[0] in "ym" and key not in handed_on:
            point[key] = log_or_line(np, np.exp(change) * size_of_log(np, u))
    return _received(model, point, values, handed_on)


def _received(model: Model, point: Unknowns, values: Values, keys: set[str]) -> Unknowns:
    """A point with the incomes that are handed on as they follow from all else, in their order."""
    axes = Axes(model.dims, np)
    for _ in keys:
        state = evaluate(model, axes, point, values)
        point = {k: u + state.residual[k] if k in keys else u for k, u in point.items()}
    return point


def _owned_over_taken(model: Model, point: Unknowns, values: Values) -> float:
    """Value of what is owned over that of what is taken of it at a point."""
    state = evaluate(model, Axes(model.dims, np), point, values)
    owned: dict[Commodity, Array] = {}
    for endowment, quantity in state.endowed.items():
        commodity, use = endowment.reference.family, endowment.reference.use
        part = state.axes.collect(quantity, endowment.letters, use)
        owned[commodity] = owned.get(commodity, np.zeros(commodity.shape)) + part
    there = taken = 0.0
    for commodity, amount in owned.items():
        price = state.prices.price[commodity]
        net = state.demands[commodity] - state.supplies[commodity] + amount
        there += float((price * np.abs(amount)).sum())
        taken += float((price * np.abs(net)).sum())
    return there / taken if taken > 0.0 else np.nan
