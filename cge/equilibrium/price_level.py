r"""Only relative prices matter: the economy at another price level, and the level between two.

If all prices and incomes are multiplied by a factor every condition but the numeraire still holds,
and with another numeraire all prices change by one factor.
"""

from __future__ import annotations

import numpy as np

from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.result import Equilibrium
from cge.equilibrium.state import State
from cge.equilibrium.vanishing import log_or_line, size_of_log


def at_price_level(equilibrium: Equilibrium, factor: float) -> State:
    """The economy with all prices and incomes of an equilibrium multiplied.

    Arguments:
        equilibrium: any equilibrium.
        factor: what prices and incomes are multiplied with.
    """
    model, point = equilibrium.model, dict(equilibrium.unknowns)
    for name, commodity in model.commodities.items():
        scale, u = commodity.zero_scale, point[f"p:{name}"]
        point[f"p:{name}"] = u + np.log(factor) if scale is None else np.log1p(factor * np.expm1(u))
    for name, agent in model.agents.items():
        m = point[f"m:{name}"]
        spent = m if agent.tree is None else size_of_log(np, m)
        point[f"m:{name}"] = factor * m if agent.tree is None else log_or_line(np, factor * spent)
    with np.errstate(all="ignore"):
        return evaluate(model, Axes(model.dims, np), point, equilibrium.values)


def price_level(first: Equilibrium, second: Equilibrium) -> float:
    """Prices of a second equilibrium over those of the first: the median of all traded goods.

    Arguments:
        first: an equilibrium.
        second: an equilibrium of a model with the same families, in any numeraire.
    """
    ratios = []
    for name, commodity in first.model.commodities.items():
        other, key = second.model.commodities[name], f"p:{name}"
        live = ~(np.asarray(first.state.dead[key]) | np.asarray(second.state.dead[key]))
        if commodity.zero_scale is None:
            one, two = first.state.price(commodity), second.state.price(other)
            ratios.append(np.asarray(np.log(two[live] / one[live])))
    return float(np.exp(np.median(np.concatenate(ratios))))
