r"""Utility and the expenditure function of an agent, from its tree.

With committed purchases :math:`\gamma` at user prices p, the price index P of the tree relative to
the reference, and reference spending :math:`\bar V` beyond commitments, a nested CES tree above
commitments (a linear expenditure system where it is Cobb-Douglas) has

.. math:: e(p, U) = p\gamma + \bar V P(p)\, U , \qquad U = \frac{m - p\gamma}{\bar V P(p)} ,

with U one at the reference point. Spending m is what is left of income after gifts.
"""

from __future__ import annotations

import numpy as np

from cge.equilibrium.axes import Array
from cge.equilibrium.conditions import commitments
from cge.equilibrium.state import Flow, State
from cge.language.declarations import Agent
from cge.language.errors import DeclarationError
from cge.language.parameters import Parameter
from cge.language.trees import Tree

_SAME = 1e-12
"""Relative change of a number of the preferences that is rounding."""


def spender(state: State, agent: Agent) -> Flow:
    """The tree of an agent at work.

    Raises:
        DeclarationError: the agent buys nothing, so that it has no utility.
    """
    for flow in state.flows:
        if flow.owner is agent:
            return flow
    raise DeclarationError(
        f"agent {agent.name} hands its income on and buys nothing, so it has no utility and no "
        "price index; ask for those of an agent that spends"
    )


def price_index(state: State, agent: Agent) -> Array:
    """Price of what an agent buys beyond its commitments, one at the reference (its letters)."""
    spender(state, agent)
    return state.price_index(agent)


def utility(state: State, agent: Agent) -> Array:
    """Utility of an agent, one at the reference and zero where it buys nothing (its letters)."""
    return state.income[agent] / (state.scale[agent] * price_index(state, agent))


def expenditure(state: State, agent: Agent, of: Array) -> Array:
    """Least spending that gives a utility at the prices and preferences of a state.

    Arguments:
        state: whose prices and preferences hold.
        agent: an agent with a tree.
        of: utility (its letters).
    """
    flow = spender(state, agent)
    return commitments(state, flow) + state.scale[agent] * price_index(state, agent) * of


def parameters_of(tree: Tree) -> list[Parameter]:
    """All parameters of the preferences in a tree: quantities, prices, elasticities, minima."""
    found: list[Parameter | None] = []
    for leaf in tree.leaves:
        found += [leaf.quantity, leaf.price, leaf.productivity, leaf.minimum]
    found += [n.elasticity for n in tree.nodes if isinstance(n.elasticity, Parameter)]
    return list(dict.fromkeys(p for p in found if p is not None))


def check_same_preferences(agent: Agent, first: State, second: State) -> None:
    """Assert that an agent has the same preferences in two states.

    Raises:
        DeclarationError: names the parameters that differ.
    """
    tree = spender(first, agent).tree
    changed = [p.name for p in parameters_of(tree) if not _same(p, first, second)]
    if changed:
        raise DeclarationError(
            f"agent {agent.name}: its preferences differ between the two equilibria (parameters "
            f"{', '.join(changed)}), so welfare cannot be compared; compare equilibria with the "
            "same preferences"
        )


def _same(parameter: Parameter, first: State, second: State) -> bool:
    one, two = (np.asarray(s.values[parameter.name]) for s in (first, second))
    return one.shape == two.shape and bool(np.allclose(one, two, rtol=_SAME, atol=0.0))
