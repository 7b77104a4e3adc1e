"""Trees: nests bound to the activity or agent that declares them, as the engine reads them.

Every leaf and node has its letters, and every number is a parameter of the model (but elasticities
that are plain numbers of the declaration, which the engine may exploit).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from cge.language.errors import DeclarationError
from cge.language.parameters import Parameter, Payment, Tax
from cge.language.spelling import near

if TYPE_CHECKING:
    from cge.language.declarations import Commodity


@dataclass(frozen=True, eq=False)
class Members:
    """Some members of a node, fixed by the declaration.

    Attributes:
        letters: letters of the mask, some of those of the node.
        mask: which members.
    """

    letters: str
    mask: NDArray[np.bool_]

    @property
    def all(self) -> bool:
        """Whether these are all members."""
        return bool(self.mask.all())


@dataclass(frozen=True, eq=False)
class Demand:
    """A demand system at the root of an agent's tree.

    Attributes:
        system: its name.
        numbers: its numbers by name, one per child of the root, in order.
    """

    system: Literal["cde", "aidads"]
    numbers: Mapping[str, tuple[Parameter, ...]]


@dataclass(frozen=True, eq=False)
class BoundNode:
    """A CES node of a tree.

    Attributes:
        elasticity: of substitution or transformation, over letters of the node: a number of the
            declaration or a parameter, in either case >= 0.
        sign: +1 for substitution, -1 for transformation.
        letters: all axes of the node.
        parent: node above, None at the root.
        adds: members whose children's quantities add up, None for an ordinary nest.
        allow_dear: whether children of an additive nest may be dearer than its threshold.
        demand: a demand system in place of the elasticity, at the root of an agent.
    """

    elasticity: float | Parameter
    sign: int
    letters: str
    parent: BoundNode | None
    adds: Members | None = None
    allow_dear: bool = False
    demand: Demand | None = None

    @property
    def fixed_elasticity(self) -> float | None:
        """Elasticity of substitution if it is a number of the declaration, else None."""
        return None if isinstance(self.elasticity, Parameter) else self.sign * self.elasticity

    @property
    def path(self) -> tuple[BoundNode, ...]:
        """The node and those above it, up to the root."""
        return (self,) if self.parent is None else (self, *self.parent.path)


@dataclass(frozen=True, eq=False)
class BoundLeaf:
    r"""A flow of a tree: a commodity used, made or bought by its owner.

    Attributes:
        commodity: what is traded.
        use: letters at which it is traded, such as ``"rf"``.
        name: name within the owner.
        letters: all axes of the leaf.
        sign: +1 for inputs and purchases, -1 for outputs.
        quantity: reference quantity, beyond the minimum where there is one.
        price: reference price, taxes included.
        taxes: ad-valorem taxes.
        productivity: factor-augmenting productivity :math:`\phi`, None for one.
        minimum: committed quantity :math:`\gamma` (Stone-Geary; agents only).
        payment: who pays for an output that is not delivered to its market, if any.
        ancestors: nodes from the parent to the root.
        yields: what a unit counts in additive nests above; None for one unit directly below an
            additive nest, and for nothing in other nests.
    """

    commodity: Commodity
    use: str
    name: str
    letters: str
    sign: int
    quantity: Parameter
    price: Parameter
    taxes: tuple[Tax, ...]
    productivity: Parameter | None
    minimum: Parameter | None
    payment: Payment | None
    ancestors: tuple[BoundNode, ...]
    yields: Parameter | None = None

    @property
    def parent(self) -> BoundNode:
        """The node the leaf hangs from."""
        return self.ancestors[0]

    def below(self, ancestor: BoundNode) -> Child:
        """The child of an ancestor on the side of the leaf."""
        place = self.ancestors.index(ancestor)
        return self.ancestors[place - 1] if place else self


Child = BoundLeaf | BoundNode


@dataclass(frozen=True, eq=False)
class Tree:
    """A declared nest tree.

    Attributes:
        owner: name of the activity or agent.
        side: ``makes``, ``uses`` or ``spends``.
        letters: letters of the owner.
        nodes: all nodes, root first, parents before children.
        leaves: all leaves.
        children: what hangs from each node, in order.
    """

    owner: str
    side: str
    letters: str
    nodes: tuple[BoundNode, ...]
    leaves: tuple[BoundLeaf, ...]
    children: Mapping[BoundNode, tuple[Child, ...]] = field(repr=False)

    @property
    def root(self) -> BoundNode:
        """The top node."""
        return self.nodes[0]

    def only_child(self, node: BoundNode) -> Child | None:
        """The child that a node just hands on, over the same letters; None for a real nest."""
        first, *others = self.children[node]
        return first if not others and first.letters == node.letters else None

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters of the technology or preferences, each once; taxes are none of them."""
        found: list[Parameter | None] = []
        for leaf in self.leaves:
            own = (leaf.quantity, leaf.price, leaf.productivity, leaf.minimum, leaf.yields)
            found.extend(own)
        for node in self.nodes:
            found.append(node.elasticity if isinstance(node.elasticity, Parameter) else None)
            for numbers in node.demand.numbers.values() if node.demand is not None else ():
                found.extend(numbers)
        return tuple(dict.fromkeys(p for p in found if p is not None))

    @property
    def additive(self) -> tuple[BoundNode, ...]:
        """Nodes some of whose members add up."""
        return tuple(node for node in self.nodes if node.adds is not None)

    @property
    def has_expenditure_function(self) -> bool:
        """Whether the price at the root is that of the least cost, so that EV and CV exist.

        Not with additive nests, whose choice is not the cheapest, unless their shares are fixed.
        """
        return all(node.fixed_elasticity == 0.0 for node in self.additive)

    def counts(self, child: Child) -> bool:
        """Whether a child has a quantity that additive nests above add to others."""
        if isinstance(child, BoundLeaf):
            return child.parent.adds is not None or child.yields is not None
        return any(self.counts(below) for below in self.children[child])

    def leaves_below(self, child: Child) -> Iterator[BoundLeaf]:
        """All leaves of a subtree."""
        if isinstance(child, BoundLeaf):
            yield child
            return
        for below in self.children[child]:
            yield from self.leaves_below(below)


def common_ancestors(first: BoundLeaf, second: BoundLeaf) -> Iterator[BoundNode]:
    """Nodes above both leaves, from the lowest to the root."""
    return (node for node in second.ancestors if node in first.ancestors)


def flow_of(owner: str, trees: tuple[Tree, ...], name: str) -> BoundLeaf:
    """The flow of an activity or agent by its name.

    Raises:
        DeclarationError: there is none of that name; lists those there are.
    """
    flows = {leaf.name: leaf for tree in trees for leaf in tree.leaves}
    if name not in flows:
        raise DeclarationError(f"{owner}: no flow called {name!r}; {near(name, sorted(flows))}")
    return flows[name]
