"""Exact zeros of a solution: what rests at nothing is nothing, not what rounding left of it.

Prices of goods in excess supply, levels of technologies that idle, incomes that vanish and trade
that only they paid for are found to the tolerance of a solve. Where they are no larger than that
they are put to zero, and with them all flows that hang on them; all conditions still hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cge.equilibrium.axes import Array, Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.state import State, Unknowns
from cge.equilibrium.vanishing import ZERO
from cge.language.model import Model

NOTHING = 1e-11
"""Size, relative to the typical one of a price, level or income, that counts as nothing."""

ROUNDING = 1e-15
"""Size that can be left out without looking at the conditions again."""


def with_exact_zeros(
    model: Model, values: Mapping[str, np.ndarray], point: Unknowns, accepted: float
) -> Unknowns:
    """A solution with exact zeros; the same one where a condition would not hold with them.

    Arguments:
        model: the declared model.
        values: parameters by name, products worked out.
        point: the unknowns of a solution.
        accepted: to what the conditions have to hold.
    """
    result = at_zero(np, model, point)
    if max(float(np.abs(result[key] - u).max(initial=0.0)) for key, u in point.items()) <= ROUNDING:
        return result
    return point if nearly_solved(model, values, point, accepted) is None else result


def nearly_solved(
    model: Model, values: Mapping[str, Array], point: Unknowns, accepted: float
) -> State | None:
    """The economy with nothing in the place of what is next to nothing, if all holds there.

    What is left of an income by rounding is out of balance by as much as it is.

    Arguments:
        model: the declared model.
        values: parameters by name, products worked out.
        point: the unknowns where a search ended.
        accepted: to what the conditions have to hold.
    """
    with np.errstate(all="ignore"):
        state = evaluate(model, Axes(model.dims, np), at_zero(np, model, point), values)
    return state if max(state.worst, abs(float(state.walras))) <= accepted else None


def at_zero(xp: Any, model: Model, point: Unknowns) -> Unknowns:
    """A point with all that counts as nothing put to zero.

    Arguments:
        xp: array library.
        model: the declared model.
        point: the unknowns of a solution.
    """
    zeros = _zeros(model)
    return {
        key: xp.where(xp.abs(u - zeros[key]) <= NOTHING, zeros[key], u) if key in zeros else u
        for key, u in point.items()
    }


def _zeros(model: Model) -> dict[str, float]:
    """Where each unknown that may be nothing is nothing, by key."""
    prices = [f"p:{name}" for name, c in model.commodities.items() if c.zero_scale is not None]
    levels = {f"y:{name}": a.latent is None for name, a in model.activities.items()}
    incomes = {f"m:{a.name}": b.tree is not None for a, b in model.budgets.items()}
    logs = {key: ZERO if log else 0.0 for key, log in {**levels, **incomes}.items()}
    return {**dict.fromkeys(prices, 0.0), **logs}
