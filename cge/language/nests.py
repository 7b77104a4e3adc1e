r"""Nest trees: technologies and preferences as trees of CES and CET functions.

A node with elasticity of substitution :math:`\sigma`, children :math:`k`, reference value shares
:math:`\theta_k` and price indices :math:`p_k` (relative to their reference) has the calibrated
share form (Rutherford 1998)

.. math:: p = \Big(\sum_k \theta_k\, p_k^{1-\sigma}\Big)^{1/(1-\sigma)}, \qquad
          x_k = \bar x_k\, x\, (p / p_k)^{\sigma} .

A CET revenue function with elasticity of transformation :math:`\eta` is the same function with
:math:`\sigma = -\eta`. The leaves carry reference quantities, reference prices (tax included) and
taxes, so that the reference point is reproduced by construction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cge.language.dimensions import letters_of
from cge.language.errors import DeclarationError
from cge.language.parameters import Number, Parameter, Payment, Tax

if TYPE_CHECKING:
    from cge.language.declarations import Commodity


@dataclass(eq=False)
class Leaf:
    r"""A commodity used or made in a nest.

    The effective price is :math:`p (1 \pm \sum t) / \phi`, the physical quantity
    :math:`\gamma + \bar x \, (\dots) / \phi`.

    Attributes:
        commodity: what is traded.
        use: letters at which it is traded, such as ``"r f"``.
        quantity: reference quantity (discretionary part where there is a minimum).
        price: reference price, taxes included; by default the benchmark's.
        taxes: ad-valorem taxes.
        productivity: factor-augmenting productivity :math:`\phi`, one by default.
        minimum: committed quantity :math:`\gamma` (Stone-Geary; agents only).
        payment: who pays for an output that is not delivered to its market, if any.
        name: name within the owner, for parameters and results.
        letters: all axes of the leaf, set when the tree is declared.
        sign: +1 for inputs and purchases, -1 for outputs, set when the tree is declared.
        ancestors: nodes from the parent to the root, set when the tree is declared.
    """

    commodity: Commodity
    use: str
    quantity: Number
    price: Number = None
    taxes: Sequence[Tax] = ()
    productivity: Number = None
    minimum: Number = None
    payment: Payment | None = None
    name: str = ""
    letters: str = ""
    sign: int = 1
    ancestors: list[Node] = field(default_factory=list)

    @property
    def parent(self) -> Node:
        """The node the leaf hangs from."""
        return self.ancestors[0]


@dataclass(eq=False)
class Node:
    """A CES node: elasticity of substitution, children, and the letters it is repeated over.

    Attributes:
        elasticity: number or parameter; a CET node has ``sign`` -1.
        children: nodes and leaves.
        each: letters over which the node is repeated beyond those of its parent.
        sign: +1 for substitution, -1 for transformation.
        letters: all axes of the node, set when the tree is declared.
        parent: node above, None at the root.
    """

    elasticity: Number
    children: tuple[Node | Leaf, ...]
    each: str = ""
    sign: int = 1
    letters: str = ""
    parent: Node | None = None

    @property
    def fixed_elasticity(self) -> float | None:
        """Elasticity of substitution if it is a number of the declaration, else None."""
        return None if isinstance(self.elasticity, Parameter) else self.sign * self.elasticity

    @property
    def substitutes_above(self) -> bool:
        """Whether a node above this one lets its share vary."""
        above = self.parent
        return above is not None and (above.fixed_elasticity != 0.0 or above.substitutes_above)


def ces(elasticity: Number, *children: Node | Leaf, each: str = "") -> Node:
    """A CES nest of ``children``; ``each`` repeats the nest over further letters.

    ``ces(0.5, leontief(COAL(x), PERMIT(y)), ...)``. The elasticity is a number or a parameter.
    """
    return Node(elasticity, children, letters_of(each))


def leontief(*children: Node | Leaf, each: str = "") -> Node:
    """Fixed proportions (elasticity of substitution zero)."""
    return ces(0.0, *children, each=each)


def cobb_douglas(*children: Node | Leaf, each: str = "") -> Node:
    """Constant value shares (elasticity of substitution one)."""
    return ces(1.0, *children, each=each)


def cet(elasticity: Number, *children: Node | Leaf, each: str = "") -> Node:
    """A CET nest of outputs with elasticity of transformation ``elasticity`` >= 0."""
    return Node(elasticity, children, letters_of(each), sign=-1)


def les(*children: Node | Leaf) -> Node:
    r"""Linear expenditure system: Cobb-Douglas over what exceeds the leaves' ``minimum``.

    .. math:: x_i = \gamma_i + \frac{\beta_i}{p_i}\Big(m - \sum_j p_j\gamma_j\Big)

    Each leaf carries its reference consumption and ``minimum``, the committed part of it.
    """
    return cobb_douglas(*children)


@dataclass(eq=False)
class Tree:
    """A declared nest tree.

    Attributes:
        owner: name of the activity or agent.
        side: ``makes``, ``uses`` or ``spends``.
        letters: letters of the owner.
        nodes: all nodes, root first, parents before children.
        leaves: all leaves.
    """

    owner: str
    side: str
    letters: str
    nodes: list[Node]
    leaves: list[Leaf]

    @property
    def root(self) -> Node:
        """The top node."""
        return self.nodes[0]


def flatten(owner: str, side: str, letters: str, root: Node | Leaf) -> Tree:
    """Number the nodes and leaves of a tree and give each its letters and ancestors.

    Raises:
        DeclarationError: a node or leaf stands twice in trees, or a nest has no children.
    """
    tree = Tree(owner, side, letters, [], [])
    top = root if isinstance(root, Node) else leontief(root)
    _flatten(tree, top, (), letters)
    return tree


def _flatten(tree: Tree, node: Node, above: tuple[Node, ...], letters: str) -> None:
    if node.letters or node.parent or node in tree.nodes:
        raise DeclarationError(f"{tree.owner}: a nest is used twice; declare it anew for each use")
    if not node.children:
        raise DeclarationError(f"{tree.owner}: a nest without inputs")
    node.letters = _extend(letters, node.each)
    node.parent = above[0] if above else None
    tree.nodes.append(node)
    for child in node.children:
        if isinstance(child, Node):
            _flatten(tree, child, (node, *above), node.letters)
        else:
            if child.ancestors:
                raise DeclarationError(f"{tree.owner}: a leaf of {child.commodity.name} used twice")
            child.ancestors = [node, *above]
            child.letters = _extend(node.letters, child.use)
            tree.leaves.append(child)


def _extend(letters: str, more: str) -> str:
    return letters + "".join(c for c in more if c not in letters)


def is_pass_through(node: Node) -> bool:
    """Whether a node just hands on its single child."""
    return len(node.children) == 1 and node.children[0].letters == node.letters


def leaves_below(child: Leaf | Node) -> Iterator[Leaf]:
    """All leaves of a subtree."""
    if isinstance(child, Leaf):
        yield child
        return
    for below in child.children:
        yield from leaves_below(below)


def common_ancestors(first: Leaf, second: Leaf) -> Iterator[Node]:
    """Nodes above both leaves, from the lowest to the root."""
    return (node for node in second.ancestors if node in first.ancestors)
