r"""What the numbers of a tree must be together, asked of declared values and of new ones.

Children of additive nests are not too dear (see ``additive``). A CDE system has expansions above
zero and substitutions all below one or all above one, where it is regular (Hanoch 1975). An AIDADS
system has marginal budget shares :math:`\alpha, \beta \ge 0` that sum to one, and reference shares
strictly between them, :math:`\theta = \alpha + \pi (\beta - \alpha)` with :math:`0 < \pi < 1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cge.language.additive import check_dear
from cge.language.dimensions import Dimensions
from cge.language.errors import DeclarationError
from cge.language.parameters import Parameter
from cge.language.reference import Array, Reference
from cge.language.trees import Demand, Tree

_NEAR = 1e-6
"""Distance of a substitution from one, and of shares from what they should be, that is refused or
allowed."""


def depends_on(tree: Tree) -> set[str]:
    """Names of the parameters whose values ``check_tree`` asks for together."""
    found: list[Parameter | None] = []
    demand = tree.root.demand
    if demand is not None:
        found += [p for numbers in demand.numbers.values() for p in numbers]
    if tree.additive or (demand is not None and demand.system == "aidads"):
        found += [n.elasticity for n in tree.nodes if isinstance(n.elasticity, Parameter)]
        found += [p for leaf in tree.leaves for p in (leaf.quantity, leaf.price, leaf.yields)]
    return {p.name for p in found if p is not None}


def check_tree(tree: Tree, dims: Dimensions, values: Mapping[str, Any]) -> None:
    """Assert that the numbers of a tree are possible together.

    Arguments:
        tree: a bound tree.
        dims: letters of the model.
        values: parameters by name; nothing is asserted of arrays that are only traced.

    Raises:
        DeclarationError: they are not; names agent or activity, child, member and remedy.
    """
    names = depends_on(tree)
    if not names or not all(isinstance(values[k], np.ndarray | np.generic) for k in names):
        return
    reference = Reference(dims, values)
    check_dear(tree, reference)
    demand = tree.root.demand
    if demand is not None and demand.system == "cde":
        _check_cde(tree, demand, reference)
    if demand is not None and demand.system == "aidads":
        _check_aidads(tree, demand, reference)


def _goods(tree: Tree, demand: Demand, reference: Reference, name: str) -> Array:
    """A number of a demand system over the root's letters, and goods on the last axis."""
    shape = reference.dims.shape(tree.letters)
    children = zip(demand.numbers[name], tree.children[tree.root], strict=True)
    parts = [reference.read(p, child.letters).reshape(*shape, -1) for p, child in children]
    return np.concatenate(parts, axis=-1)


def _shares(tree: Tree, reference: Reference) -> Array:
    """Reference shares of the root's children over its letters, and goods on the last axis."""
    worth, shape = reference.worth(tree), reference.dims.shape(tree.letters)
    children = tree.children[tree.root]
    parts = [reference.share(worth, tree.root, k).reshape(*shape, -1) for k in children]
    return np.concatenate(parts, axis=-1)


def _refuse(tree: Tree, reference: Reference, wrong: Any, what: str) -> None:
    """Raise where members of an agent are wrong."""
    if wrong.any():
        at = tuple(int(k) for k in np.argwhere(wrong)[0])
        raise DeclarationError(f"{tree.owner}{reference.place(tree.letters, at)}: {what}")


def _check_cde(tree: Tree, demand: Demand, reference: Reference) -> None:
    substitution = _goods(tree, demand, reference, "substitution")
    expansion = _goods(tree, demand, reference, "expansion")
    _refuse(
        tree,
        reference,
        (expansion <= 0).any(axis=-1),
        "the expansion of every good in a cde system must be positive",
    )
    below = ((substitution >= 0) & (substitution < 1 - _NEAR)).all(axis=-1)
    above = (substitution > 1 + _NEAR).all(axis=-1)
    _refuse(
        tree,
        reference,
        ~(below | above),
        "substitution in a cde system must be between zero and one for all goods, or above one for "
        "all goods (not one: take cobb_douglas, or 0.999)",
    )


def _check_aidads(tree: Tree, demand: Demand, reference: Reference) -> None:
    low, high = (_goods(tree, demand, reference, name) for name in ("low", "high"))
    share = _shares(tree, reference)
    live = share.sum(axis=-1) > 0
    for name, number in (("low", low), ("high", high)):
        sums = np.abs(number.sum(axis=-1) - 1.0) > _NEAR
        wrong = live & ((number < 0).any(axis=-1) | sums)
        what = f"marginal budget shares {name!r} of aidads must not be negative and sum to one"
        _refuse(tree, reference, wrong, what)
    way = high - low
    length = (way * way).sum(axis=-1)
    moves = length > _NEAR**2
    progress = ((share - low) * way).sum(axis=-1) / np.where(moves, length, 1.0)
    off = np.abs(share - low - np.where(moves, progress, 0.0)[..., None] * way).max(axis=-1)
    _refuse(
        tree,
        reference,
        live & (off > _NEAR),
        f"what is bought beyond the minimum has shares that are up to {off.max():.2g} off the line "
        "between 'low' and 'high' of aidads: change the minimum of goods, or find marginal shares "
        "with cge.equilibrium.demand.aidads.calibrate",
    )
    _refuse(
        tree,
        reference,
        live & moves & ((progress <= 0) | (progress >= 1)),
        "what is bought beyond the minimum has shares that are not strictly between 'low' and "
        "'high' of aidads, as they would be of nobody's",
    )
