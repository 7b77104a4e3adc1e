"""Binding: what a nest as written means to the activity or agent that declares it.

Flows get their names and letters, numbers become parameters, and what cannot be is refused with
its place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cge.language.additive import check_units
from cge.language.aliases import warn_exchanged
from cge.language.consistency import Consistency
from cge.language.declarations import Agent, Commodity, Reference
from cge.language.dimensions import Dimensions, extended, loose
from cge.language.errors import DeclarationError
from cge.language.nests import Leaf, Node, Preferences, leaves_of, leontief, spliced
from cge.language.parameters import Number, Parameter, Parameters, Tax, as_values
from cge.language.trees import BoundLeaf, BoundNode, Child, Demand, Members, Tree
from cge.language.validity import (
    BEYOND,
    DEMAND,
    ELASTICITY,
    MINIMUM,
    PRICE,
    PRODUCTIVITY,
    QUANTITY,
    TAX,
    TAXES_ON_INPUT,
    TAXES_ON_OUTPUT,
    TOTAL,
    YIELDS,
    Limit,
    Range,
    Term,
)

SIGNS = {"makes": -1, "uses": 1, "spends": 1}
"""Direction of the flows on each side of an activity or agent."""


class Binder:
    """Binds the trees of one owner.

    Arguments:
        owner: name of the activity or agent.
        letters: its letters.
        dims: letters of the model.
        parameters: parameters of the model, to which those of the flows are added.
        commodities: commodities of the model by name.
    """

    def __init__(
        self,
        owner: str,
        letters: str,
        dims: Dimensions,
        parameters: Parameters,
        commodities: Mapping[str, Commodity],
    ) -> None:
        self.owner, self.letters, self.dims = owner, letters, dims
        self.parameters, self.commodities = parameters, commodities

    def bind(self, written: Mapping[str, Node | Leaf]) -> list[Tree]:
        """Bind the nests of all sides (``makes``, ``uses``, ``spends``), in order.

        Raises:
            DeclarationError: a flow or elasticity does not fit; names it and its place.
        """
        leaves = [leaf for root in written.values() for leaf in leaves_of(root)]
        names = iter(flow_names(leaves))
        trees = []
        for side, root in written.items():
            own = [next(names) for _ in leaves_of(root)]
            tree = self.flatten(side, root if isinstance(root, Node) else leontief(root), own)
            for node in tree.nodes:
                self._check_companions(tree, node)
            check_units(tree)
            together = Consistency(tree)
            if together.names:
                self.parameters.require(together)
            trees.append(tree)
        return trees

    def flatten(self, side: str, root: Node, names: Sequence[str]) -> Tree:
        """Bind a nest with its flows' names, parents before children."""
        nodes: list[BoundNode] = []
        leaves: list[BoundLeaf] = []
        children: dict[BoundNode, tuple[Child, ...]] = {}

        def grow(written: Node | Leaf, parent: BoundNode | None, letters: str) -> Child:
            if isinstance(written, Leaf):
                assert parent is not None
                leaf = self._leaf(written, parent, letters, side, names[len(leaves)])
                leaves.append(leaf)
                return leaf
            node = self._node(written, parent, letters, side)
            nodes.append(node)
            children[node] = tuple(grow(c, node, node.letters) for c in written.children)
            return node

        grow(spliced(root), None, self.letters)
        return Tree(self.owner, side, self.letters, tuple(nodes), tuple(leaves), children)

    # ------------------------------------------------------------------ nodes

    def _node(self, written: Node, parent: BoundNode | None, above: str, side: str) -> BoundNode:
        letters = extended(above, written.each)
        name = f"{self.owner}.elasticity"
        elasticity: float | Parameter
        plain = isinstance(written.elasticity, int | float | np.number)
        if plain and not isinstance(written.elasticity, bool):
            elasticity = float(written.elasticity)
            if ELASTICITY.outside(np.asarray(elasticity)).any():
                raise DeclarationError(
                    f"{name}: {ELASTICITY.role} must be {ELASTICITY}, found {elasticity:g}"
                )
        else:
            elasticity = self.parameters.number(written.elasticity, letters, name, ELASTICITY)
        adds = self._members(written.adds, letters)
        demand = None
        if written.preferences is not None:
            if parent is not None or side != "spends":
                raise DeclarationError(
                    f"{self.owner}: {written.preferences.system} divides the income of an agent: "
                    "it stands at the root of what an agent spends and nowhere else"
                )
            demand = self._demand(written, written.preferences, letters)
        return BoundNode(
            elasticity, written.sign, letters, parent, adds, written.allow_dear, demand
        )

    def _demand(self, written: Node, preferences: Preferences, letters: str) -> Demand:
        """Numbers of a demand system: a list of one per child, or one for all of them."""
        places = [
            extended(letters, child.use if isinstance(child, Leaf) else child.each)
            for child in written.children
        ]
        common = letters if len(places) > 1 else places[0]
        numbers = {}
        for name, given in preferences.numbers.items():
            where = f"{self.owner}.{name}"
            if len(places) > 1 and isinstance(given, list):
                if len(given) != len(places):
                    raise DeclarationError(
                        f"{where}: {len(given)} numbers for {len(places)} children"
                    )
                pairs = zip(given, places, strict=True)
                number = partial(self.parameters.number, name=where, role=DEMAND[name])
                numbers[name] = tuple(number(v, o) for v, o in pairs)
            else:
                one = self.parameters.number(given, common, where, DEMAND[name])
                numbers[name] = (one,) * len(places)
        return Demand(preferences.system, numbers)

    def _members(self, only: Number, letters: str) -> Members | None:
        """Members that a mask names, None for none."""
        where = f"{self.owner}: only"
        if isinstance(only, Parameter):
            raise DeclarationError(
                f"{where}: which members add up is part of the declaration and no parameter; "
                "give zeros and ones"
            )
        own, mask = as_values(only, letters, self.dims, where, truths=True)
        if not np.isin(mask, (0.0, 1.0)).all():
            raise DeclarationError(f"{where}: which members add up is said by zeros and ones")
        return Members(own, mask > 0) if mask.any() else None

    def _check_companions(self, tree: Tree, node: BoundNode) -> None:
        """Goods whose price may be zero need others beside them in a nest within another one.

        Such a nest would have no cost at the benchmark, so that nests above could not weigh it.
        """
        children = tree.children[node]
        leaves = [k for k in children if isinstance(k, BoundLeaf)]
        free = [k for k in leaves if k.commodity.zero_scale is not None]
        if not free or node is tree.root:
            return
        others = [leaf for k in children if k not in free for leaf in tree.leaves_below(k)]
        beside = np.zeros(self.dims.shape(node.letters), bool)
        for leaf in others:
            flows = self._quantity(leaf) > 0
            beside |= flows.any(axis=tuple(range(beside.ndim, len(leaf.letters))))
        for leaf in free:
            alone = self._quantity(leaf) > 0
            alone &= ~self.dims.spread(beside, node.letters, leaf.letters)
            if alone.any():
                whole = Parameter("", leaf.letters, self._quantity(leaf))
                what = (
                    f"{self.owner}.{leaf.name}: the price of {leaf.commodity.name} may be zero, "
                    "and a nest of nothing else hangs in another one: put it beside goods that "
                    "cost something; with quantity"
                )
                raise DeclarationError(self._at(what, whole, alone))

    # ------------------------------------------------------------------ leaves

    def _leaf(
        self, written: Leaf, parent: BoundNode, above: str, side: str, name: str
    ) -> BoundLeaf:
        where = f"{self.owner}.{name}"
        letters, sign = extended(above, written.use), SIGNS[side]
        self._check_place(written, letters, side, where)
        number = self.parameters.number
        minimum = self._optional(written.minimum, letters, f"{where}.minimum", MINIMUM)
        quantity = self._reference_quantity(written, minimum, letters, where)
        role = QUANTITY if minimum is None else BEYOND
        quantity = number(quantity, letters, f"{where}.quantity", role)
        warn_exchanged(quantity, Reference(written.commodity, written.use), where)
        productivity = self._optional(
            written.productivity, letters, f"{where}.productivity", PRODUCTIVITY
        )
        price = written.price
        if price is None:
            price = self._default_price(written, letters, sign, where)
        price = number(price, letters, f"{where}.price", PRICE)
        yields = self._optional(written.yields, letters, f"{where}.yields", YIELDS)
        leaf = BoundLeaf(
            written.commodity,
            written.use,
            name,
            letters,
            sign,
            quantity,
            price,
            written.taxes,
            productivity,
            minimum,
            written.payment,
            parent.path,
            yields,
        )
        self._check_leaf(where, leaf)
        return leaf

    def _check_place(self, written: Leaf, letters: str, side: str, where: str) -> None:
        """What is traded, taxed and paid is of this model and stands where it means something."""
        check_commodity(Reference(written.commodity, written.use), self.commodities, where)
        self._check_taxes(written, letters, SIGNS[side], where)
        if written.payment is not None:
            if side != "makes":
                raise DeclarationError(f"{where}: paid_by is for outputs only")
            check_letters(written.payment.payer, letters, where)
        if written.minimum is not None and side != "spends":
            raise DeclarationError(f"{where}: a minimum is for the purchases of agents only")

    def _check_taxes(self, written: Leaf, letters: str, sign: int, where: str) -> None:
        """Taxes go to agents at letters of the flow, and leave a price that is positive."""
        for tax in written.taxes:
            if not isinstance(tax.recipient.family, Agent):
                raise DeclarationError(
                    f"{where}: tax revenue goes to {tax.recipient.family.name}, no agent"
                )
            check_letters(tax.recipient, letters, f"{where}: recipient")
            self.parameters.number(tax.rate, letters, f"{where}.tax", TAX)
            if tax.specific:
                self._check_index(written, tax, letters, where)
        terms = tuple(Term(tax.rate, letters) for tax in written.taxes if not tax.specific)
        if terms:
            role = TAXES_ON_INPUT if sign > 0 else TAXES_ON_OUTPUT
            self.parameters.require(Limit(f"{where}.taxes", role, terms, letters))

    def _check_index(self, written: Leaf, tax: Tax, letters: str, where: str) -> None:
        """A tax per unit follows a price that is never zero, on a flow whose price is not."""
        if written.commodity.zero_scale is not None:
            raise DeclarationError(
                f"{where}: {tax.rate.name} is an amount per unit, and the price of "
                f"{written.commodity.name} may be zero: tax another flow of the nest"
            )
        if tax.index is None:
            return
        check_commodity(tax.index, self.commodities, f"{where}: index of {tax.rate.name}")
        check_letters(tax.index, letters, f"{where}: index of {tax.rate.name}")
        if tax.index.family.zero_scale is not None:
            raise DeclarationError(
                f"{where}: {tax.rate.name} cannot follow {tax.index}, whose price may be zero"
            )

    def _optional(self, value: Number, letters: str, name: str, role: Range) -> Parameter | None:
        return None if value is None else self.parameters.number(value, letters, name, role)

    def _reference_quantity(
        self, written: Leaf, minimum: Parameter | None, letters: str, where: str
    ) -> Number:
        """Reference quantity beyond the committed part."""
        if (written.quantity is None) == (written.beyond is None):
            raise DeclarationError(f"{where}: give either a quantity or what is beyond a minimum")
        if minimum is None:
            if written.beyond is not None:
                raise DeclarationError(f"{where}: beyond needs a minimum")
            return written.quantity
        if written.beyond is not None:
            return written.beyond
        if isinstance(written.quantity, Parameter):
            raise DeclarationError(
                f"{where}: with a minimum, what is bought beyond it is a parameter of its own, "
                f"which would not follow a change of {written.quantity.name!r}; give beyond= a "
                "parameter, or the quantity as a number"
            )
        own, total = as_values(written.quantity, letters, self.dims, where)
        return letters, (
            self.dims.spread(total, own, letters)
            - self.dims.spread(minimum.value, minimum.letters, letters)
        )

    def _default_price(self, written: Leaf, letters: str, sign: int, where: str) -> Number:
        market = self._market_price(written)
        if not written.taxes:
            return market
        if isinstance(market, tuple):
            market = self.dims.spread(market[1], market[0], letters)
        share, amount = np.ones(self.dims.shape(letters)), np.zeros(())
        for tax in written.taxes:
            rate = sign * self.dims.spread(tax.rate.value, tax.rate.letters, letters)
            share, amount = (share, amount + rate) if tax.specific else (share + rate, amount)
        price = market * share + amount
        if (price <= 0.0).any():
            names = ", ".join(repr(tax.rate.name) for tax in written.taxes)
            whole = Parameter("", letters, self.dims.spread(price, letters, letters))
            what = (
                f"{where}: taxes {names} leave no price: that of the market, "
                f"{np.max(market):g}, with them is"
            )
            raise DeclarationError(self._at(what, whole, whole.value <= 0.0))
        return letters, price

    def _market_price(self, written: Leaf) -> Number:
        """Price at the benchmark, over the letters of the use where members differ."""
        start = written.commodity.start
        price = np.where(start == 0.0, 1.0, start)  # a price of zero gives no reference
        if (price == price.flat[0]).all():
            return float(price.flat[0])
        return loose(written.use), self.dims.members(price, written.use)

    def _check_leaf(self, where: str, leaf: BoundLeaf) -> None:
        if leaf.minimum is not None:
            terms = tuple(Term(part, leaf.letters) for part in (leaf.quantity, leaf.minimum))
            self.parameters.require(Limit(where, TOTAL, terms, leaf.letters))
        if leaf.yields is not None and all(node.adds is None for node in leaf.ancestors):
            raise DeclarationError(
                f"{where}: what it yields counts in additive nests (aces, acet), and none stands "
                "above it"
            )
        fixed = leaf.parent.fixed_elasticity == 0.0
        if leaf.commodity.zero_scale is not None and not fixed:
            raise DeclarationError(
                f"{where}: the price of {leaf.commodity.name} may be zero, so it must hang in a "
                "leontief nest: with substitution demand would be infinite"
            )

    def _quantity(self, leaf: BoundLeaf) -> NDArray[np.float64]:
        """Reference quantity over all letters of a leaf."""
        return self.dims.spread(leaf.quantity.value, leaf.quantity.letters, leaf.letters)

    def _at(self, what: str, parameter: Parameter, mask: NDArray[np.bool_]) -> str:
        at = tuple(int(k) for k in np.argwhere(mask)[0])
        labels = self.dims.labels_at(parameter.letters, at)
        value = parameter.value[at]
        return f"{what} {value:g} at {','.join(labels) or 'scalar'} ({int(mask.sum())} such cells)"


def flow_names(leaves: Sequence[Leaf]) -> list[str]:
    """Names of an owner's flows: as given, else the commodity's, with letters where ambiguous."""
    short = [leaf.name or leaf.commodity.name for leaf in leaves]
    names = [leaf.name for leaf in leaves]
    for k, leaf in enumerate(leaves):
        own = short[k]
        if not leaf.name and short.count(own) > 1:
            own = f"{own}[{leaf.commodity.dims.written(leaf.use).replace(' ', '')}]"
        taken = {*names[:k], *names[k + 1 :]}
        names[k] = next(n for n in (own, *(f"{own}#{j}" for j in range(2, 1000))) if n not in taken)
    return names


def check_commodity(
    reference: Reference[Commodity], commodities: Mapping[str, Commodity], where: str
) -> None:
    """Assert that a reference is to a commodity of the model."""
    if not isinstance(reference.family, Commodity):
        raise DeclarationError(f"{where}: {reference.family.name} is no commodity")
    if commodities.get(reference.family.name) is not reference.family:
        raise DeclarationError(f"{where}: {reference.family.name} is of another model")


def check_letters(reference: Reference[Agent | Commodity], letters: str, where: str) -> None:
    """Assert that a reference has no letters that its flow lacks."""
    extra = set(reference.letters) - set(letters)
    if extra:
        raise DeclarationError(
            f"{where}: {reference} has letters {sorted(extra)} that the flow over '{letters}' lacks"
        )
