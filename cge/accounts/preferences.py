r"""Utility and the expenditure function of an agent, from its tree.

With committed purchases :math:`\gamma` at user prices p, and reference spending :math:`\bar V`
beyond them, the least spending that gives a utility U, one at the reference, is

.. math:: e(p, U) = p\gamma + \bar V\, e^*(p, U) , \qquad e^*(p, U) = P(p)\, U

for a nested CES tree with the price index P relative to the reference (a linear expenditure system
where it is Cobb-Douglas). Demand systems whose budget shares change with income have an
:math:`e^*` of their own (``cge.equilibrium.demand``). Spending is what is left of income after
gifts.
"""

from __future__ import annotations

import numpy as np

from cge.equilibrium import demand
from cge.equilibrium.axes import Array
from cge.equilibrium.conditions import commitments
from cge.equilibrium.state import State
from cge.language.declarations import Agent
from cge.language.errors import DeclarationError
from cge.language.parameters import Parameter
from cge.language.trees import Tree

_SAME = 1e-12
"""Relative change of a number of the preferences that is rounding."""


def price_index(state: State, agent: Agent) -> Array:
    """Price of what an agent buys beyond its commitments, one at the reference (its letters).

    Raises:
        DeclarationError: the agent buys nothing.
    """
    tree_of(agent)
    return state.price_index(agent)


def utility(state: State, agent: Agent) -> Array:
    """Utility of an agent, one at the reference and zero where it buys nothing (its letters).

    Raises:
        DeclarationError: the agent buys nothing, or has no expenditure function.
    """
    tree_of(agent)
    return demand.utility(state, agent)


def expenditure(state: State, agent: Agent, of: Array) -> Array:
    """Least spending that gives a utility at the prices and preferences of a state.

    Arguments:
        state: whose prices and preferences hold.
        agent: an agent with a tree.
        of: utility (its letters).

    Raises:
        DeclarationError: the agent buys nothing, or has no expenditure function.
    """
    tree_of(agent)
    (flow,) = state.flows_of(agent)
    return commitments(state, flow) + demand.expenditure(state, agent, of)


def tree_of(agent: Agent) -> Tree:
    """Preferences of an agent.

    Raises:
        DeclarationError: the agent buys nothing, so that it has no utility.
    """
    if agent.tree is None:
        raise DeclarationError(
            f"agent {agent.name} hands its income on and buys nothing, so it has no utility and no "
            "price index; ask for those of an agent that spends"
        )
    return agent.tree


def check_same_preferences(agent: Agent, first: State, second: State) -> None:
    """Assert that an agent has the same preferences in two states.

    Raises:
        DeclarationError: names the parameters that differ.
    """
    changed = [p.name for p in tree_of(agent).parameters if not _same(p, first, second)]
    if changed:
        raise DeclarationError(
            f"agent {agent.name}: its preferences differ between the two equilibria (parameters "
            f"{', '.join(changed)}), so welfare cannot be compared; compare equilibria with the "
            "same preferences"
        )


def _same(parameter: Parameter, first: State, second: State) -> bool:
    one, two = (np.asarray(s.values[parameter.name]) for s in (first, second))
    return one.shape == two.shape and bool(np.allclose(one, two, rtol=_SAME, atol=0.0))
