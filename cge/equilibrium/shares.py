r"""Calibrated share forms: reference shares, unit prices bottom-up, unit quantities top-down.

At a node with elasticity :math:`\sigma`, reference shares :math:`\theta` and :math:`\rho = 1 -
\sigma`, in logs of prices relative to their reference,

.. math:: \ln p_n = \tfrac1\rho \ln\Big(1 + \sum_k \theta_k (e^{\rho \ln p_k} - 1)\Big), \quad
          s_k = \theta_k (p_k/p_n)^{\rho}, \quad
          \ln x_k = \ln x_n + \sigma (\ln p_n - \ln p_k) ,

exact at :math:`\sigma = 0` (sum of costs) and :math:`\sigma = 1` (weighted mean of logs). Prices
that may be zero stand under :math:`\sigma = 0` only; where they are zero at the benchmark, their
cost comes on top of the reference value of their siblings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeGuard

from cge.equilibrium.axes import Array, Axes, added
from cge.equilibrium.taxes import Prices, ad_valorem, specific
from cge.language.model import Model
from cge.language.parameters import Parameter
from cge.language.trees import BoundLeaf, BoundNode, Child, Tree

_NEAR_ONE = 1e-8  # |1 - sigma| below which the second-order expansion in 1 - sigma is exact


def parameter(axes: Axes, values: Mapping[str, Array], what: Parameter, target: str) -> Array:
    """A parameter aligned to letters."""
    return axes.align(values[what.name], what.letters, target)


@dataclass(eq=False)
class Calibration:
    """Reference point of all trees.

    Attributes:
        quantity: reference quantity of each leaf (all letters of the leaf).
        share: reference value share of each leaf and node in its parent.
        value: reference value of each tree (owner's letters); one where only free goods are traded.
        alive: where a tree has any flow (owner's letters).
    """

    quantity: dict[BoundLeaf, Array] = field(default_factory=dict)
    share: dict[Child, Array] = field(default_factory=dict)
    value: dict[Tree, Array] = field(default_factory=dict)
    alive: dict[Tree, Array] = field(default_factory=dict)


def reference_shares(model: Model, axes: Axes, values: Mapping[str, Array]) -> Calibration:
    """Value shares at the reference point, from the quantities and prices of the leaves."""
    result = Calibration()
    for tree in model.trees():
        _shares_of_tree(axes, values, tree, result)
    return result


def _shares_of_tree(
    axes: Axes, values: Mapping[str, Array], tree: Tree, result: Calibration
) -> None:
    worth: dict[Child, Array] = {}
    for leaf in tree.leaves:
        quantity = axes.spread(values[leaf.quantity.name], leaf.quantity.letters, leaf.letters)
        result.quantity[leaf] = quantity
        worth[leaf] = quantity * parameter(axes, values, leaf.price, leaf.letters)
    for node in reversed(tree.nodes):
        children = tree.children[node]
        counted = [k for k in children if not (may_be_zero(k) and not k.commodity.start.any())]
        parts = [axes.total(_priced(axes, k, worth[k]), k.letters, node.letters) for k in counted]
        worth[node] = added(parts) if parts else axes.xp.zeros(axes.shape(node.letters))
        base = axes.xp.where(worth[node] > 0, worth[node], 1.0)
        for child in children:
            result.share[child] = worth[child] / axes.align(base, node.letters, child.letters)
        if node is tree.root:
            anything = added(axes.total(worth[k], k.letters, node.letters) for k in children)
            result.alive[tree] = anything > 0
            result.value[tree] = base


def _priced(axes: Axes, child: Child, worth: Array) -> Array:
    """Reference value of a child, zero where the benchmark price of a free good is."""
    if not may_be_zero(child) or child.commodity.start.all():
        return worth
    at_a_price = axes.take(child.commodity.start > 0, child.use, child.letters)
    return axes.xp.where(at_a_price, worth, 0.0)


def may_be_zero(child: Child) -> TypeGuard[BoundLeaf]:
    """Whether a child is a flow whose price may be zero."""
    return isinstance(child, BoundLeaf) and child.commodity.zero_scale is not None


@dataclass(eq=False)
class Unit:
    """Prices and quantities of a tree for one unit at its root.

    Attributes:
        log_price: log price relative to the reference, of leaves (not free ones) and nodes.
        share: value share of each leaf and node in its parent (free leaves: absent).
        log_ratio: log quantity relative to the reference, of leaves and nodes.
        sum: cost relative to the reference at nodes without substitution.
        slope: response of the parent's log price to a free leaf's unknown.
        user_price: price paid or received per unit of a leaf, taxes included (not relative).
        wedge: what the user pays of the market price, without taxes per unit.
        elasticity: elasticity of substitution of each node: a number, or an array over its letters.
    """

    log_price: dict[Child, Array] = field(default_factory=dict)
    share: dict[Child, Array] = field(default_factory=dict)
    log_ratio: dict[Child, Array] = field(default_factory=dict)
    sum: dict[BoundNode, Array] = field(default_factory=dict)
    slope: dict[BoundLeaf, Array] = field(default_factory=dict)
    user_price: dict[BoundLeaf, Array] = field(default_factory=dict)
    wedge: dict[BoundLeaf, float | Array] = field(default_factory=dict)
    elasticity: dict[BoundNode, float | Array] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class _Pricing:
    """A tree while its prices are worked out.

    Attributes:
        axes: letters and array library.
        values: parameters by name.
        tree: the tree.
        theta: reference value share of each leaf and node in its parent.
        prices: market prices.
        unit: what is known so far, from the leaves up.
    """

    axes: Axes
    values: Mapping[str, Array]
    tree: Tree
    theta: Mapping[Child, Array]
    prices: Prices
    unit: Unit

    def summed(self, terms: Mapping[Child, Array], node: BoundNode) -> Array:
        """Sum of the terms of a node's children, over the letters of the node."""
        total = self.axes.total
        return added(total(terms[k], k.letters, node.letters) for k in self.tree.children[node])


def unit(
    axes: Axes, values: Mapping[str, Array], tree: Tree, calibration: Calibration, prices: Prices
) -> Unit:
    """Unit prices bottom-up, value shares, and unit quantities top-down."""
    result = Unit()
    for node in tree.nodes:
        result.elasticity[node] = _elasticity(axes, values, node)
    pricing = _Pricing(axes, values, tree, calibration.share, prices, result)
    for leaf in tree.leaves:
        _leaf_price(pricing, leaf)
    for node in reversed(tree.nodes):
        _node_price(pricing, node)
    _quantities(axes, tree, result)
    return result


def _elasticity(axes: Axes, values: Mapping[str, Array], node: BoundNode) -> float | Array:
    """Elasticity of substitution: a number of the declaration, or an array over the letters."""
    if isinstance(node.elasticity, Parameter):
        return node.sign * parameter(axes, values, node.elasticity, node.letters)
    assert node.fixed_elasticity is not None
    return node.fixed_elasticity


def _leaf_price(pricing: _Pricing, leaf: BoundLeaf) -> None:
    axes, values, result = pricing.axes, pricing.values, pricing.unit
    wedge = ad_valorem(axes, values, leaf)
    market = axes.take(pricing.prices.price[leaf.commodity], leaf.use, leaf.letters)
    result.wedge[leaf], result.user_price[leaf] = wedge, market * wedge
    amount = specific(axes, values, pricing.prices, leaf)
    if amount is not None:
        result.user_price[leaf] = market * wedge + amount
        relative = result.user_price[leaf] / _reference(axes, values, leaf)
        result.log_price[leaf] = axes.xp.log(relative)
    elif leaf.commodity.zero_scale is None:
        relative = market * (wedge / _reference(axes, values, leaf))
        result.log_price[leaf] = axes.xp.log(relative)


def _node_price(pricing: _Pricing, node: BoundNode) -> None:
    """Price and shares of a node, by the form that its elasticity asks for."""
    theta, log_price, share = pricing.theta, pricing.unit.log_price, pricing.unit.share
    elasticity = pricing.unit.elasticity[node]
    child = pricing.tree.only_child(node)
    if child is not None and not may_be_zero(child):
        log_price[node] = pricing.axes.xp.where(theta[child] > 0, log_price[child], 0.0)
        share[child] = theta[child]
    elif isinstance(elasticity, float) and elasticity == 0.0:
        _sum_of_costs(pricing, node)
    elif isinstance(elasticity, float) and elasticity == 1.0:
        log_price[node] = _mean_of_logs(pricing, node)
        share.update({k: theta[k] for k in pricing.tree.children[node]})
    else:
        _power_mean(pricing, node, 1.0 - elasticity)


def _mean_of_logs(pricing: _Pricing, node: BoundNode) -> Array:
    """Cobb-Douglas: the mean of log prices, weighted with reference shares."""
    theta, log_price = pricing.theta, pricing.unit.log_price
    children = pricing.tree.children[node]
    return pricing.summed({k: theta[k] * log_price[k] for k in children}, node)


def _power_mean(pricing: _Pricing, node: BoundNode, rho: float | Array) -> None:
    r"""Any elasticity; near one by the expansion in :math:`\rho = 1 - \sigma`."""
    axes, xp, children = pricing.axes, pricing.axes.xp, pricing.tree.children[node]
    theta, log_price = pricing.theta, pricing.unit.log_price
    mean = _mean_of_logs(pricing, node)
    near = xp.abs(xp.asarray(rho)) < _NEAR_ONE
    safe = xp.where(near, 1.0, rho)
    growth = {k: theta[k] * xp.expm1(_at(axes, safe, node, k) * log_price[k]) for k in children}
    grown = pricing.summed(growth, node)
    square = pricing.summed({k: theta[k] * log_price[k] ** 2 for k in children}, node)
    log_price[node] = xp.where(near, mean + 0.5 * rho * (square - mean**2), xp.log1p(grown) / safe)
    (log_price[node],) = axes.barrier(log_price[node])
    for k in children:
        gap = log_price[k] - axes.align(log_price[node], node.letters, k.letters)
        pricing.unit.share[k] = theta[k] * xp.exp(_at(axes, rho, node, k) * gap)


def _sum_of_costs(pricing: _Pricing, node: BoundNode) -> None:
    """Fixed proportions: the only nest where prices may be zero."""
    axes, xp, values, theta = pricing.axes, pricing.axes.xp, pricing.values, pricing.theta
    result, children = pricing.unit, pricing.tree.children[node]
    parts: dict[Child, Array] = {}
    for k in children:
        if may_be_zero(k):
            relative = result.user_price[k] / _reference(axes, values, k)
        else:
            relative = xp.exp(result.log_price[k])
        parts[k] = theta[k] * relative
    total = pricing.summed(parts, node)
    result.sum[node] = total
    safe = xp.where(total == 0.0, 1.0, total)
    (result.log_price[node],) = axes.barrier(xp.log(safe))
    for k in children:
        above = axes.align(safe, node.letters, k.letters)
        if may_be_zero(k):
            slope = pricing.prices.slope[k.commodity]
            steep = axes.take(slope, k.use, k.letters) * result.wedge[k]
            result.slope[k] = theta[k] * steep / _reference(axes, values, k) / above
        else:
            result.share[k] = parts[k] / above


def _reference(axes: Axes, values: Mapping[str, Array], leaf: BoundLeaf) -> Array:
    """Reference price per physical unit: the price at which an effective unit costs one."""
    price = parameter(axes, values, leaf.price, leaf.letters)
    if leaf.productivity is not None:
        price = price * parameter(axes, values, leaf.productivity, leaf.letters)
    return price


def _quantities(axes: Axes, tree: Tree, result: Unit) -> None:
    result.log_ratio[tree.root] = axes.xp.zeros(axes.shape(tree.root.letters))
    for node in tree.nodes:
        elasticity = result.elasticity[node]
        fixed = isinstance(elasticity, float) and elasticity == 0.0
        rigid = fixed or tree.only_child(node) is not None
        for k in tree.children[node]:
            ratio = axes.align(result.log_ratio[node], node.letters, k.letters)
            if not rigid:
                fall = axes.align(result.log_price[node], node.letters, k.letters)
                ratio = ratio + _at(axes, elasticity, node, k) * (fall - result.log_price[k])
            result.log_ratio[k] = ratio


def _at(axes: Axes, value: float | Array, node: BoundNode, child: Child) -> float | Array:
    """A node's number or array at the letters of a child."""
    if isinstance(value, float) or value.ndim == 0:
        return value
    return axes.align(value, node.letters, child.letters)
