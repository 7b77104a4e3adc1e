"""Exact zeros of a solution: what rests at nothing is nothing, not what rounding left of it.

Prices of goods in excess supply, levels of technologies that idle and incomes that vanish are found
to the tolerance of a solve. Where they are no larger than that they are put to zero, and with them
all flows that hang on them; all conditions still hold.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.state import Unknowns
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
    result, moved = dict(point), 0.0
    for key, zero in _zeros(model).items():
        off = np.abs(point[key] - zero)
        near = off <= NOTHING
        if near.any():
            moved = max(moved, float(off[near].max()))
            result[key] = np.where(near, zero, point[key])
    if moved <= ROUNDING:
        return result
    with np.errstate(all="ignore"):
        state = evaluate(model, Axes(model.dims, np), result, values)
    return result if max(state.worst, abs(float(state.walras))) <= accepted else point


def _zeros(model: Model) -> dict[str, float]:
    """Where each unknown that may be nothing is nothing, by key."""
    prices = [f"p:{name}" for name, c in model.commodities.items() if c.zero_scale is not None]
    levels = [f"y:{name}" for name, a in model.activities.items() if a.latent is not None]
    incomes = [f"m:{a.name}" for a, b in model.budgets.items() if b.tree is not None]
    return {**dict.fromkeys(prices + levels, 0.0), **dict.fromkeys(incomes, ZERO)}
