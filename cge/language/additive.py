r"""Additive nests: what their children count, and the threshold that keeps waste from paying.

Quantities that add up are counted in one unit, the quantity of a leaf times what it yields. With
quantity shares q and value shares :math:`\theta`, the average price of an additive nest responds to
the price of a child by (van der Mensbrugghe and Peters 2016)

.. math:: \frac{\partial \ln p}{\partial \ln p_k} = (1 - \sigma)\, \theta_k + \sigma\, q_k
          \;<\; 0 \quad \text{where} \quad p_k > p\, \frac{\sigma}{\sigma - 1} ,

since buyers leave what is dearer than the average. There, more cost would look like a gain.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cge.language.errors import DeclarationError
from cge.language.parameters import Parameter
from cge.language.reference import Reference
from cge.language.trees import BoundLeaf, BoundNode, Child, Tree

Reading = Callable[[Parameter, str], Any]
"""A parameter as an array that broadcasts over letters."""

Total = Callable[[Any, str, str], Any]
"""Sum of an array over letters to fewer of them."""

SLACK = 1e-9
"""Response of the average price that counts as zero: a child at the very threshold is no trap."""


def amounts(tree: Tree, read: Reading, total: Total) -> dict[Child, Any]:
    """Reference quantities, in the unit that adds up, of what counts in additive nests.

    Arguments:
        tree: a bound tree.
        read: gives a parameter over letters.
        total: sums an array over letters it lacks.
    """
    amount: dict[Child, Any] = {}
    if not tree.additive:
        return amount
    for node in reversed(tree.nodes):
        for k in tree.children[node]:
            if isinstance(k, BoundLeaf) and tree.counts(k):
                quantity = read(k.quantity, k.letters)
                amount[k] = quantity if k.yields is None else quantity * read(k.yields, k.letters)
        counted = [k for k in tree.children[node] if k in amount]
        if counted:
            amount[node] = sum(total(amount[k], k.letters, node.letters) for k in counted)
    return amount


def check_units(tree: Tree) -> None:
    """Assert that all that hangs from an additive nest has a quantity that can be added.

    Raises:
        DeclarationError: a nest below an additive one has no leaf that says what it yields.
    """
    for node in tree.additive:
        for child in tree.children[node]:
            if not tree.counts(child):
                raise DeclarationError(
                    f"{tree.owner}: the quantities of an additive nest add up, but the nest of "
                    f"{_named(tree, child)} below it has none: say with yields= what one of its "
                    "flows counts"
                )


def check_dear(tree: Tree, reference: Reference) -> None:
    """Assert that no child of an additive nest is so dear that the nest is cheaper without it.

    Arguments:
        tree: a bound tree.
        reference: reads the parameters.

    Raises:
        DeclarationError: names the worst child and member, its price relative to the average, and
            the threshold.
    """
    nodes = [n for n in tree.additive if not n.allow_dear and n.fixed_elasticity != 0.0]
    if not nodes:
        return
    amount, worth = amounts(tree, reference.read, reference.total), reference.worth(tree)
    for node in nodes:
        for child in tree.children[node]:
            quantity = reference.share(amount, node, child)
            value = reference.share(worth, node, child)
            _check_child(tree, reference, node, child, quantity, value)


def _check_child(
    tree: Tree, reference: Reference, node: BoundNode, child: Child, quantity: Any, value: Any
) -> None:
    assert node.adds is not None
    size = node.elasticity
    own = reference.read(size, node.letters) if isinstance(size, Parameter) else np.asarray(size)
    letters = node.letters if isinstance(size, Parameter) else ""
    sigma = node.sign * reference.spread(own, letters, child.letters)
    added = reference.spread(node.adds.mask, node.adds.letters, child.letters)
    response = np.where(added, (1.0 - sigma) * value + sigma * quantity, 0.0)
    trapped = response < -SLACK
    if not trapped.any():
        return
    at = tuple(int(k) for k in np.unravel_index(int(np.argmin(response)), response.shape))
    way, act = ("above", "dearer") if node.sign > 0 else ("below", "better paid")
    raise DeclarationError(
        f"{tree.owner}: in an additive nest with elasticity {abs(sigma[at]):g}, "
        f"{_named(tree, child)}{reference.dims.place(child.letters, at)} has "
        f"{value[at] / quantity[at]:.4g} times the average price, {way} the threshold "
        f"{sigma[at] / (sigma[at] - 1.0):.4g} ({int(trapped.sum())} such cells): the average price "
        f"would fall as it gets {act}, and waste would look like a gain. Take what sets its price "
        "apart out of the nest (a service, a joint product, a tax), lower the elasticity, or say "
        "allow_dear=True"
    )


def _named(tree: Tree, child: Child) -> str:
    """A child as messages call it."""
    return " and ".join(leaf.name for leaf in tree.leaves_below(child))
