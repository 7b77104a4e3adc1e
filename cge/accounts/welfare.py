r"""Welfare changes in money: equivalent and compensating variation, and the true cost of living.

Between a base 0 and a new equilibrium 1, with the expenditure function e of ``preferences``,

.. math:: EV = e(p^0, U^1) - e(p^0, U^0), \qquad CV = e(p^1, U^1) - e(p^1, U^0) ,

both positive where the agent is better off (Hicks 1942), and the cost of living of the base's
utility (Konüs 1924) is :math:`e(p^1, U^0) / e(p^0, U^0)`. CV and EV are at the price level of the
new and of the base equilibrium.
"""

from __future__ import annotations

from cge.accounts.preferences import check_same_preferences, expenditure, utility
from cge.equilibrium.axes import Array
from cge.equilibrium.result import Equilibrium
from cge.equilibrium.state import State
from cge.language.declarations import Agent
from cge.language.errors import DeclarationError


def equivalent_variation(new: Equilibrium, base: Equilibrium, agent: Agent) -> Array:
    """What the change is worth to an agent at the prices of the base (its letters)."""
    first, second = _states(base, new, agent)
    return _worth(first, agent, utility(first, agent), utility(second, agent))


def compensating_variation(new: Equilibrium, base: Equilibrium, agent: Agent) -> Array:
    """What the change is worth to an agent at the new prices (its letters)."""
    first, second = _states(base, new, agent)
    return _worth(second, agent, utility(first, agent), utility(second, agent))


def cost_of_living(new: Equilibrium, base: Equilibrium, agent: Agent) -> Array:
    """Cost of the base's utility at the new prices relative to the base's (its letters)."""
    first, second = _states(base, new, agent)
    before = utility(first, agent)
    spent, xp = expenditure(first, agent, before), first.axes.xp
    nothing = spent == 0.0
    cost = expenditure(second, agent, before) / xp.where(nothing, 1.0, spent)
    return xp.where(nothing, xp.nan, cost)


def _worth(prices: State, agent: Agent, before: Array, after: Array) -> Array:
    return expenditure(prices, agent, after) - expenditure(prices, agent, before)


def _states(base: Equilibrium, new: Equilibrium, agent: Agent) -> tuple[State, State]:
    """Both economies, in which the agent has the same preferences."""
    for which, equilibrium in (("base", base), ("new equilibrium", new)):
        if agent not in equilibrium.model.budgets:
            raise DeclarationError(
                f"agent {agent.name}: the {which} is of a model without this agent; compare "
                "equilibria of one model"
            )
    check_same_preferences(agent, base.state, new.state)
    return base.state, new.state
