r"""Calibrated share forms: reference shares, unit prices bottom-up, unit quantities top-down.

At a node with elasticity :math:`\sigma`, reference shares :math:`\theta` and :math:`\rho = 1 -
\sigma`, in logs of prices relative to their reference,

.. math:: \ln p_n = \tfrac1\rho \ln\Big(1 + \sum_k \theta_k (e^{\rho \ln p_k} - 1)\Big), \quad
          s_k = \theta_k (p_k/p_n)^{\rho}, \quad
          \ln x_k = \ln x_n + \sigma (\ln p_n - \ln p_k) ,

exact at :math:`\sigma = 0` (sum of costs) and :math:`\sigma = 1` (weighted mean of logs). Logs of
sums are taken around the weighted mean :math:`\mu` of log prices, where they are never negative:
otherwise large elasticities lose digits as soon as all prices move together. At an additive node,
with reference quantity shares :math:`\bar q` and :math:`\mu = \sum_k \bar q_k \ln p_k`,

.. math:: \ln \frac{x_k}{x_n} = \sigma (\mu - \ln p_k) -
              \ln\Big(1 + \sum_j \bar q_j (e^{\sigma (\mu - \ln p_j)} - 1)\Big), \quad
          p_n = \sum_k \theta_k\, p_k\, \frac{x_k}{x_n} ,

exact at any :math:`\sigma`, zero and one included. Prices that may be zero stand under
:math:`\sigma = 0` only; where they are zero at the benchmark, their cost comes on top of the
reference value of their siblings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeGuard

from cge.equilibrium.axes import Array, Axes, Box, added
from cge.equilibrium.demand import Purchases, purchases
from cge.equilibrium.means import log_of_mean
from cge.equilibrium.taxes import Prices, ad_valorem, specific
from cge.language.additive import amounts
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
        part: reference quantity share of the children of additive nodes.
        value: reference value of each tree (owner's letters); one where only free goods are traded.
        alive: where a tree has any flow (owner's letters).
    """

    quantity: dict[BoundLeaf, Array] = field(default_factory=dict)
    share: dict[Child, Array] = field(default_factory=dict)
    part: dict[Child, Array] = field(default_factory=dict)
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
    _parts_of_tree(axes, values, tree, result)


def _parts_of_tree(
    axes: Axes, values: Mapping[str, Array], tree: Tree, result: Calibration
) -> None:
    """Quantity shares of the children of additive nodes."""

    def read(what: Parameter, letters: str) -> Array:
        return axes.spread(values[what.name], what.letters, letters)

    amount = amounts(tree, read, axes.total)
    for node in tree.additive:
        whole = axes.xp.where(amount[node] > 0, amount[node], 1.0)
        for child in tree.children[node]:
            base = axes.align(whole, node.letters, child.letters)
            result.part[child] = amount[child] / base


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
    r"""Prices and quantities of a tree for one unit at its root.

    Attributes:
        log_price: log price relative to the reference, of leaves (not free ones) and nodes.
        share: response of the parent's log price to that of each leaf and node (free leaves:
            absent): their value share; at additive nodes :math:`(1 - \sigma) \theta + \sigma q`.
        part: quantity share of the children of additive nodes.
        choice: log quantity of these children relative to the quantity of their node.
        log_ratio: log quantity relative to the reference, of leaves and nodes.
        sum: cost relative to the reference at nodes without substitution.
        slope: response of the parent's log price to a free leaf's unknown.
        user_price: price paid or received per unit of a leaf, taxes included (not relative).
        wedge: what the user pays of the market price, without taxes per unit.
        elasticity: elasticity of substitution of each node: a number, or an array over its letters.
        purchases: what is bought of the root's children by a demand system, None without one.
    """

    log_price: dict[Child, Array] = field(default_factory=dict)
    share: dict[Child, Array] = field(default_factory=dict)
    part: dict[Child, Array] = field(default_factory=dict)
    choice: dict[Child, Array] = field(default_factory=dict)
    log_ratio: dict[Child, Array] = field(default_factory=dict)
    sum: dict[BoundNode, Array] = field(default_factory=dict)
    slope: dict[BoundLeaf, Array] = field(default_factory=dict)
    user_price: dict[BoundLeaf, Array] = field(default_factory=dict)
    wedge: dict[BoundLeaf, float | Array] = field(default_factory=dict)
    elasticity: dict[BoundNode, float | Array] = field(default_factory=dict)
    purchases: Purchases | None = None


@dataclass(frozen=True, eq=False)
class Pricing:
    """A tree while its prices are worked out.

    Attributes:
        axes: letters and array library.
        values: parameters by name.
        tree: the tree.
        calibration: reference shares.
        prices: market prices.
        unit: what is known so far, from the leaves up.
    """

    axes: Axes
    values: Mapping[str, Array]
    tree: Tree
    calibration: Calibration
    prices: Prices
    unit: Unit

    @property
    def theta(self) -> Mapping[Child, Array]:
        """Reference value share of each leaf and node in its parent."""
        return self.calibration.share

    def summed(self, terms: Mapping[Child, Array], node: BoundNode) -> Array:
        """Sum of the terms of a node's children, over the letters of the node."""
        total = self.axes.total
        return added(total(terms[k], k.letters, node.letters) for k in self.tree.children[node])

    def mean(
        self, weight: Mapping[Child, Array], what: Mapping[Child, Array], node: BoundNode
    ) -> Array:
        """Weighted mean over a node's children; weights sum to one, or are all zero."""
        return self.summed({k: weight[k] * what[k] for k in self.tree.children[node]}, node)

    def log_mean(
        self, weight: Mapping[Child, Array], logs: Mapping[Child, Array], node: BoundNode
    ) -> Array:
        """Log of the weighted mean of what has these logs, around which their mean is zero.

        The mean is then at least one, so that no digits are lost; and none overflows.
        """
        xp, children = self.axes.xp, self.tree.children[node]
        live = {k: xp.where(weight[k] > 0, logs[k], 0.0) for k in children}
        tops = [self.axes.largest(live[k], k.letters, node.letters) for k in children]

        def less_one(excess: Array) -> Array:
            lower = {k: self.axes.align(excess, node.letters, k.letters) for k in children}
            return self.mean(weight, {k: xp.expm1(live[k] - lower[k]) for k in children}, node)

        return log_of_mean(xp, reduce(xp.maximum, tops), less_one)


def unit(
    axes: Axes,
    values: Mapping[str, Array],
    tree: Tree,
    calibration: Calibration,
    prices: Prices,
    log_spending: Array | None = None,
) -> Unit:
    """Unit prices bottom-up, value shares, and unit quantities top-down.

    Arguments:
        axes: letters and array library.
        values: parameters by name.
        tree: the tree.
        calibration: reference shares.
        prices: market prices.
        log_spending: of an agent, beyond commitments, relative to the reference. With a demand
            system at the root quantities are those that it buys of it, not per unit.
    """
    result = Unit()
    for node in tree.nodes:
        result.elasticity[node] = _elasticity(axes, values, node)
    pricing = Pricing(axes, values, tree, calibration, prices, result)
    for leaf in tree.leaves:
        _leaf_price(pricing, leaf)
    for node in reversed(tree.nodes):
        if node.demand is None:
            _node_price(pricing, node)
        else:
            assert log_spending is not None
            _purchases(pricing, log_spending)
    _quantities(pricing)
    return result


def _purchases(pricing: Pricing, log_spending: Array) -> None:
    """Price index and shares at the root of an agent with a demand system."""
    result, root = pricing.unit, pricing.tree.root
    bought = purchases(
        pricing.axes,
        pricing.values,
        pricing.tree,
        pricing.calibration,
        result.log_price,
        log_spending,
    )
    result.purchases, result.log_price[root] = bought, bought.log_price
    result.share.update(bought.share)


def _elasticity(axes: Axes, values: Mapping[str, Array], node: BoundNode) -> float | Array:
    """Elasticity of substitution: a number of the declaration, or an array over the letters."""
    if isinstance(node.elasticity, Parameter):
        return node.sign * parameter(axes, values, node.elasticity, node.letters)
    assert node.fixed_elasticity is not None
    return node.fixed_elasticity


def _leaf_price(pricing: Pricing, leaf: BoundLeaf) -> None:
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


def _relative_price(pricing: Pricing, leaf: BoundLeaf) -> Array:
    """User price over the reference price, without the way through its log."""
    return pricing.unit.user_price[leaf] / _reference(pricing.axes, pricing.values, leaf)


def _node_price(pricing: Pricing, node: BoundNode) -> None:
    """Price and shares of a node, by the form that its elasticity asks for."""
    theta, log_price, share = pricing.theta, pricing.unit.log_price, pricing.unit.share
    elasticity = pricing.unit.elasticity[node]
    child = pricing.tree.only_child(node)
    if child is not None and not may_be_zero(child):
        log_price[node] = pricing.axes.xp.where(theta[child] > 0, log_price[child], 0.0)
        share[child] = theta[child]
    elif isinstance(elasticity, float) and elasticity == 0.0:
        _sum_of_costs(pricing, node)
    elif node.adds is not None:
        if not node.adds.all:
            _index(pricing, node)
        _average_price(pricing, node)
    else:
        _index(pricing, node)


def _index(pricing: Pricing, node: BoundNode) -> None:
    """The price index of substitutes."""
    theta, log_price = pricing.theta, pricing.unit.log_price
    elasticity = pricing.unit.elasticity[node]
    if isinstance(elasticity, float) and elasticity == 1.0:
        children = pricing.tree.children[node]
        log_price[node] = pricing.mean(theta, log_price, node)
        pricing.unit.share.update({k: theta[k] for k in children})
    else:
        _power_mean(pricing, node, 1.0 - elasticity)


def _power_mean(pricing: Pricing, node: BoundNode, rho: float | Array) -> None:
    r"""Any elasticity; near one by the expansion in :math:`\rho = 1 - \sigma`."""
    axes, xp, children = pricing.axes, pricing.axes.xp, pricing.tree.children[node]
    theta, log_price = pricing.theta, pricing.unit.log_price
    mean = pricing.mean(theta, log_price, node)
    gap = {k: log_price[k] - axes.align(mean, node.letters, k.letters) for k in children}
    near = xp.abs(xp.asarray(rho)) < _NEAR_ONE
    safe = xp.where(near, 1.0, rho)
    growth = {k: at(axes, safe, node, k) * gap[k] for k in children}
    grown = pricing.log_mean(theta, growth, node)
    square = pricing.mean(theta, {k: gap[k] ** 2 for k in children}, node)
    log_price[node] = mean + xp.where(near, 0.5 * rho * square, grown / safe)
    for k in children:
        apart = log_price[k] - axes.align(log_price[node], node.letters, k.letters)
        live = xp.where(theta[k] > 0, at(axes, rho, node, k) * apart, 0.0)
        pricing.unit.share[k] = theta[k] * xp.exp(live)


def _average_price(pricing: Pricing, node: BoundNode) -> None:
    """Quantities that add up: their choice among the children, and the average of the prices."""
    axes, unit_, children = pricing.axes, pricing.unit, pricing.tree.children[node]
    assert node.adds is not None
    box = Box(axes, node.adds)
    sigma = box.pick(unit_.elasticity[node], node.letters)

    def picked(table: Mapping[Child, Array]) -> dict[Child, Array]:
        return {k: box.pick(table[k], k.letters) for k in children}

    log_price, part = picked(unit_.log_price), picked(pricing.calibration.part)
    choice = _choice(pricing, node, sigma, log_price, part)
    theta = picked(pricing.theta)
    cost = {k: theta[k] * axes.xp.exp(choice[k] + log_price[k]) for k in children}
    average = pricing.summed(cost, node)
    safe = axes.xp.where(average == 0.0, 1.0, average)
    before = unit_.log_price.get(node, 0.0)
    unit_.log_price[node] = box.put(axes.xp.log(safe), before, node.letters)
    for k in children:
        own = axes.align(sigma, node.letters, k.letters)
        value = cost[k] / axes.align(safe, node.letters, k.letters)
        chosen = part[k] * axes.xp.exp(choice[k])
        other = unit_.share.get(k, 0.0)
        unit_.share[k] = box.put(value + own * (chosen - value), other, k.letters)
        unit_.part[k] = box.put(chosen, other, k.letters)
        ordinary = 0.0 if node.adds.all else substitution(pricing, node, k)
        unit_.choice[k] = box.put(choice[k], ordinary, k.letters)


def _choice(
    pricing: Pricing,
    node: BoundNode,
    sigma: Array,
    log_price: Mapping[Child, Array],
    part: Mapping[Child, Array],
) -> dict[Child, Array]:
    """Log quantity of the children of an additive node relative to the node's."""
    axes, xp, children = pricing.axes, pricing.axes.xp, pricing.tree.children[node]
    mean = pricing.mean(part, log_price, node)
    fall = {}
    for k in children:
        gap = axes.align(mean, node.letters, k.letters) - log_price[k]
        fall[k] = xp.where(part[k] > 0, axes.align(sigma, node.letters, k.letters) * gap, 0.0)
    rest = pricing.log_mean(part, fall, node)
    return {k: fall[k] - axes.align(rest, node.letters, k.letters) for k in children}


def _sum_of_costs(pricing: Pricing, node: BoundNode) -> None:
    """Fixed proportions: the only nest where prices may be zero."""
    axes, xp, values, theta = pricing.axes, pricing.axes.xp, pricing.values, pricing.theta
    result, children = pricing.unit, pricing.tree.children[node]
    parts: dict[Child, Array] = {}
    for k in children:
        if isinstance(k, BoundLeaf):
            parts[k] = theta[k] * _relative_price(pricing, k)
        else:
            parts[k] = theta[k] * xp.exp(result.log_price[k])
    total = pricing.summed(parts, node)
    result.sum[node] = total
    safe = xp.where(total == 0.0, 1.0, total)
    result.log_price[node] = xp.log(safe)
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


def _quantities(pricing: Pricing) -> None:
    """Log quantities relative to the reference, from the root down."""
    axes, xp, tree, result = pricing.axes, pricing.axes.xp, pricing.tree, pricing.unit
    result.log_ratio[tree.root] = xp.zeros(axes.shape(tree.root.letters))
    for node in tree.nodes:
        elasticity = result.elasticity[node]
        fixed = isinstance(elasticity, float) and elasticity == 0.0
        rigid = fixed or tree.only_child(node) is not None
        for k in tree.children[node]:
            ratio = axes.align(result.log_ratio[node], node.letters, k.letters)
            if node.demand is not None:
                assert result.purchases is not None
                ratio = result.purchases.log_ratio[k]
            elif k in result.choice:
                ratio = ratio + result.choice[k]
            elif not rigid:
                ratio = ratio + substitution(pricing, node, k)
            result.log_ratio[k] = ratio


def substitution(pricing: Pricing, node: BoundNode, child: Child) -> Array:
    r"""Log quantity of a child relative to its node's, :math:`\sigma (\ln p_n - \ln p_k)`."""
    axes, log_price = pricing.axes, pricing.unit.log_price
    fall = axes.align(log_price[node], node.letters, child.letters) - log_price[child]
    live = pricing.theta[child] > 0
    elasticity = at(axes, pricing.unit.elasticity[node], node, child)
    return axes.xp.where(live, elasticity * fall, 0.0)


def at(axes: Axes, value: float | Array, node: BoundNode, child: Child) -> float | Array:
    """A node's number or array at the letters of a child."""
    if isinstance(value, float) or value.ndim == 0:
        return value
    return axes.align(value, node.letters, child.letters)
