r"""Demand systems at the root of an agent, where budget shares change with income.

Utility is implicit in them. It is solved for inside, so the only unknown of an agent is its income,
as everywhere, and demand responds in closed form. With budget shares w, substitution
:math:`\alpha` and income elasticities :math:`\eta`, both systems have

.. math:: \frac{d \ln x_i}{d \ln p_j} = w_j (\alpha_i + \alpha_j - \bar\alpha - \eta_i)
          - \delta_{ij} \alpha_i, \qquad \frac{d \ln x_i}{d \ln m} = \eta_i , \qquad
          \bar\alpha = \sum_k w_k \alpha_k ,

of which a CES nest is the case :math:`\alpha_i = \sigma, \eta_i = 1`.

``utility`` and ``expenditure`` hold for every agent with a tree, of whatever system: utility is
counted in money at reference prices, relative to the reference, so that it is one there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cge.equilibrium.axes import Array, Axes
from cge.equilibrium.demand.aidads import AIDADS
from cge.equilibrium.demand.cde import CDE
from cge.language.declarations import Agent
from cge.language.errors import DeclarationError
from cge.language.trees import BoundNode, Child, Demand, Tree

if TYPE_CHECKING:
    from cge.equilibrium.shares import Calibration
    from cge.equilibrium.state import Flow, State

__all__ = ["AIDADS", "CDE", "Purchases", "expenditure", "purchases", "utility"]


class System(Protocol):
    """What a demand system knows; goods are the last axis of prices and shares."""

    @property
    def share(self) -> Array:
        """Reference budget shares."""

    @property
    def substitution(self) -> Array:
        """Substitution of each good."""

    def log_utility(self, log_spending: Array, log_price: Array) -> Array:
        """Log utility, zero at the reference."""

    def log_expenditure(self, log_utility: Array, log_price: Array) -> Array:
        """Log of the least spending that gives a log utility, zero at the reference."""

    def log_relative_shares(self, v: Array, m: Array, p: Array) -> Array:
        """Log of budget shares relative to the reference."""

    def income_elasticities(self, w: Array, v: Array, p: Array) -> Array:
        """Income elasticities at budget shares w."""


@dataclass(frozen=True, eq=False)
class Purchases:
    r"""What an agent buys of the children of its root.

    Attributes:
        log_price: log price index relative to the reference: spending per unit of utility in money.
        log_ratio: log quantity of each child relative to the reference.
        share: budget share of each child.
        income: income elasticity of each child.
        substitution: substitution of each child.
        bend: :math:`\alpha_i - \bar\alpha - \eta_i` of each child.
    """

    log_price: Array
    log_ratio: dict[Child, Array]
    share: dict[Child, Array]
    income: dict[Child, Array]
    substitution: dict[Child, Array]
    bend: dict[Child, Array]


@dataclass(frozen=True, eq=False)
class _Root:
    """The children of a root as goods on one axis.

    Attributes:
        axes: letters and array library.
        node: the root.
        children: what hangs from it.
    """

    axes: Axes
    node: BoundNode
    children: tuple[Child, ...]

    def stacked(self, of: Callable[[int, Child], Any]) -> Array:
        """Numbers of all children over the root's letters and goods."""
        xp, shape = self.axes.xp, self.axes.shape(self.node.letters)
        parts = [
            xp.broadcast_to(of(k, child), self.axes.shape(child.letters)).reshape(*shape, -1)
            for k, child in enumerate(self.children)
        ]
        whole: Array = xp.concatenate(parts, axis=-1)
        return whole

    def split(self, goods: Array) -> dict[Child, Array]:
        """Numbers of goods by child, over the child's letters."""
        found, at, rank = {}, 0, len(self.node.letters)
        for child in self.children:
            shape = self.axes.shape(child.letters)
            size = 1
            for n in shape[rank:]:
                size *= n
            found[child] = goods[..., at : at + size].reshape(shape)
            at += size
        return found


def purchases(
    axes: Axes,
    values: Mapping[str, Array],
    tree: Tree,
    calibration: Calibration,
    log_price: Mapping[Child, Array],
    log_spending: Array,
) -> Purchases:
    """Demand of an agent for the children of its root.

    Arguments:
        axes: letters and array library.
        values: parameters by name.
        tree: the agent's, with a demand system at its root.
        calibration: reference shares.
        log_price: log prices of the children relative to the reference.
        log_spending: log spending beyond commitments relative to the reference.
    """
    root, system = _at_root(axes, values, tree, calibration)
    prices = root.stacked(lambda _, child: log_price[child])
    v = system.log_utility(log_spending, prices)
    relative = system.log_relative_shares(v, log_spending, prices)
    share = system.share * axes.xp.exp(relative)
    income = system.income_elasticities(share, v, prices)
    alpha = axes.xp.broadcast_to(system.substitution, share.shape)
    bend = alpha - (share * alpha).sum(axis=-1, keepdims=True) - income
    return Purchases(
        log_spending - system.log_expenditure(v, 0.0 * prices),
        root.split(relative + log_spending[..., None] - prices),
        root.split(share),
        root.split(income),
        root.split(alpha),
        root.split(bend),
    )


def _at_root(
    axes: Axes, values: Mapping[str, Array], tree: Tree, calibration: Calibration
) -> tuple[_Root, System]:
    demand = tree.root.demand
    assert demand is not None
    root = _Root(axes, tree.root, tree.children[tree.root])
    share = root.stacked(lambda _, child: calibration.share[child])
    # Who buys nothing has the shares of nobody in particular, so that all numbers exist.
    nothing = share.sum(axis=-1, keepdims=True) == 0.0
    share = axes.xp.where(nothing, 1.0 / share.shape[-1], share)
    return root, _system(axes, values, demand, root, share, nothing)


def _system(
    axes: Axes,
    values: Mapping[str, Array],
    demand: Demand,
    root: _Root,
    share: Array,
    nothing: Array,
) -> System:
    def number(name: str) -> Array:
        def of(k: int, child: Child) -> Array:
            what = demand.numbers[name][k]
            return axes.align(values[what.name], what.letters, child.letters)

        return root.stacked(of)

    if demand.system == "cde":
        return CDE(axes.xp, share, number("substitution"), number("expansion"))
    low, high = (axes.xp.where(nothing, share, number(name)) for name in ("low", "high"))
    return AIDADS(axes.xp, share, low, high)


def utility(state: State, agent: Agent) -> Array:
    """Utility of an agent beyond its commitments, in money at reference prices (its letters).

    It is relative to the reference, so one there, and zero of an agent that buys nothing. What
    counts is what is spent, which is income unless a solve fixes or bounds it.

    Raises:
        DeclarationError: the agent has no tree, or one without an expenditure function.
    """
    _spender(state, agent)
    return state.spending(agent) / (state.scale[agent] * state.price_index(agent))


def expenditure(state: State, agent: Agent, of: Array) -> Array:
    """Least spending beyond commitments that gives a utility at the prices of a state.

    Arguments:
        state: whose prices and preferences hold.
        agent: an agent with a tree.
        of: utility, as ``utility`` counts it (letters of the agent).

    Raises:
        DeclarationError: the agent has no tree, or one without an expenditure function.
    """
    flow = _spender(state, agent)
    scale, xp = state.scale[agent], state.axes.xp
    if flow.tree.root.demand is None:
        return scale * state.price_index(agent) * of
    root, system = _at_root(state.axes, state.values, flow.tree, state.calibration)
    prices = root.stacked(lambda _, child: flow.unit.log_price[child])
    positive = of > 0
    log_of = xp.log(xp.where(positive, of, 1.0))
    v = system.log_utility(log_of, 0.0 * prices)
    return xp.where(positive, scale * xp.exp(system.log_expenditure(v, prices)), 0.0)


def _spender(state: State, agent: Agent) -> Flow:
    """The tree of an agent at work."""
    flows = state.flows_of(agent)
    if not flows:
        raise DeclarationError(f"agent {agent.name} buys nothing, so it has no utility")
    (flow,) = flows
    if not flow.tree.has_expenditure_function:
        raise DeclarationError(
            f"agent {agent.name}: an additive nest (aces) is among what it buys, whose choice is "
            "not the cheapest, so it has no expenditure function, no utility in money, no EV and "
            "no CV; put the nest into an activity"
        )
    return flow
