r"""Equations of nest trees: unit costs bottom-up, quantities top-down, reference shares.

A nest n with elasticity :math:`\sigma`, children k and reference value shares :math:`\theta`,

.. math:: P_n = \Big(\sum_k \theta_k P_k^{1-\sigma}\Big)^{\frac{1}{1-\sigma}} , \qquad
          x_l = \bar x_l \, z \prod_n \Big(\frac{P_n}{P_{k(n,l)}}\Big)^{\sigma_n} ,

where the product goes over the nests above a flow l, k(n, l) is the child of n towards it and z
scales the tree. Sums over a child's letters that its nest lacks are part of :math:`\sum_k`. An
additive nest with reference quantity shares q has

.. math:: W_n = \sum_k q_k P_k^{-\sigma} , \qquad
          P_n = \frac{1}{W_n} \sum_k \theta_k P_k^{1-\sigma} ,

and a factor :math:`P_k^{-\sigma} / W_n` in the quantities of what hangs from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

import sympy

from cge.equations.equation import Equation
from cge.equations.notation import NEAR_ONE, NUMERAIRE, Notation, Places, Ratio
from cge.language.parameters import Parameter, Tax
from cge.language.trees import BoundLeaf, BoundNode, Child, Tree

Term = Callable[[Child, Places], Any]
"""Something of a child at the indices of its letters."""

QUANTITY = "quantity of"
"""What the equation of a flow is called, with the flow's name."""

FREE_ONLY = "one where only goods are used that are free at the benchmark"
"""What the reference value of a nest is where there is none."""


@dataclass(frozen=True, eq=False)
class Nests:
    """The symbols and equations of one tree.

    Attributes:
        notation: symbols of the model.
        tree: the tree.
    """

    notation: Notation
    tree: Tree

    @cached_property
    def names(self) -> dict[Child, str]:
        """Names of flows, and of nests by their place: ``Y.uses``, ``Y.uses.2``, ..."""
        root = f"{self.tree.owner}.{self.tree.side}"
        names: dict[Child, str] = {self.tree.root: root}
        for node in self.tree.nodes:
            below = [k for k in self.tree.children[node] if isinstance(k, BoundNode)]
            names.update({k: f"{names[node]}.{j}" for j, k in enumerate(below, start=1)})
        names.update({leaf: self._of_flow(leaf) for leaf in self.tree.leaves})
        return names

    def _of_flow(self, leaf: BoundLeaf) -> str:
        """Name of a flow: with its side of the owner where a parameter has that without.

        What an agent owns and what it buys of a good are two things of one name.
        """
        name = f"{self.tree.owner}.{leaf.name}"
        return (
            f"{self.tree.owner}.{self.tree.side}.{leaf.name}"
            if name in self.notation.taken
            else name
        )

    def only(self, node: BoundNode) -> Child | None:
        """The child that a nest just hands on; a good that may be free is summed."""
        child = self.tree.only_child(node)
        shown = child is None or _may_be_zero(child) or node.demand is not None
        return None if shown else child

    # ------------------------------------------------------------------ symbols

    def flow(self, leaf: BoundLeaf, at: Places) -> Any:
        """Quantity of a flow, committed purchases included."""
        return self.notation.symbol(self.names[leaf], leaf.letters, at, "flow")

    def price(self, child: Child, at: Places) -> Any:
        """Price of a flow or nest relative to its reference; a nest that hands on is its child."""
        if isinstance(child, BoundLeaf):
            reference = self.notation.parameter(child.price, at, "price")
            if child.productivity is not None:
                reference *= self.notation.parameter(child.productivity, at, "productivity")
            return Ratio(self.user_price(child, at) / reference)
        only = self.only(child)
        if only is not None:
            return self.price(only, at)
        return self.notation.symbol(f"{self.names[child]}.index", child.letters, at, "index")

    def user_price(self, leaf: BoundLeaf, at: Places) -> Any:
        """What the owner pays or receives per unit, taxes included."""
        rates = [self.notation.parameter(t.rate, at) for t in leaf.taxes if not t.specific]
        amounts = [self.tax_per_unit(leaf, t, at) for t in leaf.taxes if t.specific]
        market = self.market_price(leaf, at) * (1 + leaf.sign * sympy.Add(*rates))
        return market + leaf.sign * sympy.Add(*amounts)

    def tax_per_unit(self, leaf: BoundLeaf, tax: Tax, at: Places) -> Any:
        """Revenue of a tax per unit of its flow."""
        rate = self.notation.parameter(tax.rate, at)
        if not tax.specific:
            return rate * self.market_price(leaf, at)
        if tax.index is None:
            return rate * self.notation.symbol(NUMERAIRE, "", at)
        c = tax.index.family
        place = self.notation.used(tax.index.use, c.letters, at)
        price = self.notation.symbol(c.name, c.letters, place, "unknown")
        return rate * price / self.notation.start(c, place)

    def market_price(self, leaf: BoundLeaf, at: Places) -> Any:
        """Price of the commodity at the letters at which it is traded."""
        market = self.notation.used(leaf.use, leaf.commodity.letters, at)
        return self.notation.symbol(leaf.commodity.name, leaf.commodity.letters, market, "unknown")

    def share(self, child: Child, at: Places) -> Any:
        """Reference value share of a flow or nest in its nest."""
        return self.notation.symbol(f"{self.names[child]}.share", child.letters, at, "share")

    def value(self, node: BoundNode, at: Places) -> Any:
        """Reference value of a nest."""
        return self.notation.symbol(f"{self.names[node]}.value", node.letters, at, "value")

    def elasticity(self, node: BoundNode, at: Places) -> Any:
        """Elasticity of substitution of a nest, that of transformation with a minus."""
        if isinstance(node.elasticity, Parameter):
            return node.sign * self.notation.parameter(node.elasticity, at, "elasticity")
        near_one = abs(node.elasticity - 1.0) < NEAR_ONE
        return node.sign * (1 if near_one else sympy.nsimplify(node.elasticity, rational=True))

    def budget(self, child: Child, at: Places) -> Any:
        """Budget share of a child of a root with a demand system."""
        return self.notation.symbol(f"{self.names[child]}.budget", child.letters, at, "budget")

    def part(self, child: Child, at: Places) -> Any:
        """Reference quantity share of a flow or nest in its additive nest."""
        return self.notation.symbol(f"{self.names[child]}.part", child.letters, at, "part")

    def weight(self, node: BoundNode, at: Places) -> Any:
        """What the choice among the children of an additive nest is relative to."""
        return self.notation.symbol(f"{self.names[node]}.weight", node.letters, at, "weight")

    def amount(self, child: Child, at: Places) -> Any:
        """Reference quantity of a flow or nest in the unit that adds up."""
        if isinstance(child, BoundNode):
            name = f"{self.names[child]}.amount"
            return self.notation.symbol(name, child.letters, at, "amount")
        quantity = self.notation.parameter(child.quantity, at, "quantity")
        if child.yields is None:
            return quantity
        return quantity * self.notation.parameter(child.yields, at, "yields")

    def committed(self, leaf: BoundLeaf, at: Places) -> Any:
        """Committed quantity of a purchase."""
        if leaf.minimum is None:
            return sympy.Integer(0)
        return self.notation.parameter(leaf.minimum, at, "minimum")

    # ------------------------------------------------------------------ equations

    def prices(self) -> Iterator[Equation]:
        """Price index of every nest, the root first."""
        for node in self.tree.nodes:
            if self.only(node) is None and node.demand is None:
                at = self.notation.places(node.letters)
                index, form = self.price(node, at), self._index(node, at)
                yield self._defined("price index of nest", node.letters, index, form)
                if node.adds is not None:
                    weight, form = self.weight(node, at), self._weight(node, at)
                    yield self._defined("weight of choice", node.letters, weight, form)

    def quantities(self, scale: Any) -> Iterator[Equation]:
        """Quantity of every flow, where ``scale`` is that of the tree at the owner's letters."""
        for leaf in self.tree.leaves:
            at = self.notation.places(leaf.letters)
            quantity = self.notation.parameter(leaf.quantity, at, "quantity") * scale
            for node, child in self._path(leaf):
                quantity *= self._choice(node, child, at)
            if leaf.productivity is not None:
                quantity /= self.notation.parameter(leaf.productivity, at, "productivity")
            quantity = self.committed(leaf, at) + quantity
            name = f"{QUANTITY} {leaf.name}"
            yield self._defined(name, leaf.letters, self.flow(leaf, at), quantity)

    def references(self) -> Iterator[Equation]:
        """Reference values of nests, and shares in them."""
        for node in self.tree.nodes:
            at = self.notation.places(node.letters)
            counted = self._counted(node)
            worth = sympy.Add(*(self.summed(k, node, self._priced) for k in counted))
            free = node is self.tree.root and len(counted) < len(self.tree.children[node])
            note = FREE_ONLY if free else ""
            yield self._defined("reference value", node.letters, self.value(node, at), worth, note)
            for child in self.tree.children[node]:
                if self.only(node) is None:
                    own = self.notation.places(child.letters)
                    share = self._worth(child, own) / self.value(node, own)
                    yield self._defined(
                        "reference share", child.letters, self.share(child, own), share
                    )

    def parts(self) -> Iterator[Equation]:
        """Reference quantities in additive nests, in the unit that adds up, and shares in them."""
        for node in self.tree.nodes:
            at = self.notation.places(node.letters)
            counted = [k for k in self.tree.children[node] if self.tree.counts(k)]
            if not self.tree.additive or not counted:
                continue
            whole = sympy.Add(*(self.summed(k, node, self.amount) for k in counted))
            yield self._defined("reference amount", node.letters, self.amount(node, at), whole)
            for child in counted if node.adds is not None else ():
                own = self.notation.places(child.letters)
                part = self.amount(child, own) / self.amount(node, own)
                name = "reference share of quantity"
                yield self._defined(name, child.letters, self.part(child, own), part)

    # ------------------------------------------------------------------ forms

    def _index(self, node: BoundNode, at: Places) -> Any:
        """The price index in terms of the children's prices, or the average of an additive nest."""
        if node.adds is None:
            return self._means(node, at)
        power = 1 - self.elasticity(node, at)
        average = self._mean(node, self.share, power) / self.weight(node, at)
        return average if node.adds.all else self._cases(node, at, average, self._means(node, at))

    def _means(self, node: BoundNode, at: Places) -> Any:
        """The mean of the power one less the elasticity: the geometric one where that is zero."""
        sigma = self.elasticity(node, at)
        if sigma == 1:
            return self._geometric_mean(node)
        if not isinstance(node.elasticity, Parameter) or node.sign < 0:
            return self._power_mean(node, 1 - sigma)
        unity = (self._geometric_mean(node), sympy.Eq(sigma, 1))
        return sympy.Piecewise(unity, (self._power_mean(node, 1 - sigma), True))

    def _choice(self, node: BoundNode, child: Child, at: Places) -> Any:
        """What relative prices do to the quantity of a child."""
        sigma, price = self.elasticity(node, at), self.price(child, at)
        if node.demand is not None:
            return self.budget(child, at) / (self.share(child, at) * price)
        ordinary = _substitution(self.price(node, at), price, sigma, node.sign)
        if node.adds is None:
            return ordinary
        additive = price ** (-sigma) / self.weight(node, at)
        return additive if node.adds.all else self._cases(node, at, additive, ordinary)

    def _cases(self, node: BoundNode, at: Places, additive: Any, ordinary: Any) -> Any:
        """One form for the members of a nest that add up, and one for the others."""
        assert node.adds is not None
        name = f"{self.names[node]}.adds"
        self.notation.fixed[name] = (node.adds.letters, node.adds.mask)
        adds = self.notation.symbol(name, node.adds.letters, at)
        return sympy.Piecewise((additive, sympy.Eq(adds, 1)), (ordinary, True))

    def _weight(self, node: BoundNode, at: Places) -> Any:
        return self._mean(node, self.part, -self.elasticity(node, at))

    def _mean(self, node: BoundNode, weight: Term, power: Any) -> Any:
        """Mean of a power of the children's prices, with their shares of value or quantity."""

        def term(child: Child, at: Places) -> Any:
            return weight(child, at) * self.price(child, at) ** power

        return sympy.Add(*(self.summed(k, node, term) for k in self.tree.children[node]))

    def _power_mean(self, node: BoundNode, power: Any) -> Any:
        return self._mean(node, self.share, power) ** (1 / power)

    def _geometric_mean(self, node: BoundNode) -> Any:
        return sympy.Mul(*(self._multiplied(k, node) for k in self.tree.children[node]))

    def summed(self, child: Child, node: BoundNode, term: Term) -> Any:
        """A term of a child, summed over its letters that the nest lacks."""
        at = self.notation.places(child.letters)
        return self.notation.over(term(child, at), [at[c] for c in self._more(child, node)])

    def _multiplied(self, child: Child, node: BoundNode) -> Any:
        at = self.notation.places(child.letters)
        factor = self.price(child, at) ** self.share(child, at)
        return self.notation.product_over(factor, [at[c] for c in self._more(child, node)])

    def _more(self, child: Child, node: BoundNode) -> list[str]:
        return [c for c in child.letters if c not in node.letters]

    def _worth(self, child: Child, at: Places) -> Any:
        if isinstance(child, BoundNode):
            return self.value(child, at)
        quantity = self.notation.parameter(child.quantity, at, "quantity")
        return quantity * self.notation.parameter(child.price, at, "price")

    def _priced(self, child: Child, at: Places) -> Any:
        """Reference value of a child that counts: nothing for members that are free there."""
        worth = self._worth(child, at)
        if not _may_be_zero(child) or child.commodity.start.all():
            return worth
        c, name = child.commodity, f"{child.commodity.name}.priced"
        self.notation.fixed[name] = (c.letters, c.start > 0)
        return worth * self.notation.symbol(
            name, c.letters, self.notation.used(child.use, c.letters, at)
        )

    def _counted(self, node: BoundNode) -> list[Child]:
        """Children that count in the reference value: all but goods that are free there."""
        children = self.tree.children[node]
        return [k for k in children if not (_may_be_zero(k) and not k.commodity.start.any())]

    def _path(self, leaf: BoundLeaf) -> Iterator[tuple[BoundNode, Child]]:
        """Nests above a flow that substitute, the lowest first, each with its child towards it."""
        child: Child = leaf
        for node in leaf.ancestors:
            if self.only(node) is None:
                yield node, child
            child = node

    def _defined(self, name: str, letters: str, left: Any, right: Any, note: str = "") -> Equation:
        return Equation(self.tree.owner, name, letters, left, right, note=note)


def _substitution(above: Any, below: Any, sigma: Any, sign: int) -> Any:
    """What a nest's price over its child's does to the quantity of the child."""
    if sigma == 0:
        return sympy.Integer(1)
    first, second = (above, below) if sign > 0 else (below, above)
    return Ratio(_plain(first) / _plain(second)) ** (sign * sigma)


def _plain(price: Any) -> Any:
    """A relative price without the brackets around it."""
    return price.args[0] if isinstance(price, Ratio) else price


def _may_be_zero(child: Child) -> TypeGuard[BoundLeaf]:
    """Whether a child is a flow whose price may be zero."""
    return isinstance(child, BoundLeaf) and child.commodity.zero_scale is not None
