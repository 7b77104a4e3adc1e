r"""What the numbers of a tree must be together, asked of declared values and of new ones.

Children of additive nests are not too dear (see ``additive``). The substitutions of a CDE system
are all below one or all above one, where it is regular (Hanoch 1975). The marginal budget shares
:math:`\alpha` and :math:`\beta` of an AIDADS system each sum to one, and reference shares are
strictly between them, :math:`\theta = \alpha + \pi (\beta - \alpha)` with :math:`0 < \pi < 1`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, eq=False)
class Consistency:
    """What is required of the numbers of a tree together (a ``Requirement`` of ``validity``).

    Attributes:
        tree: a bound tree.
    """

    tree: Tree

    @property
    def key(self) -> str:
        """What tells it from all others of a model."""
        return f"{self.tree.owner}.{self.tree.side}"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters that are asked for together."""
        tree, demand = self.tree, self.tree.root.demand
        found: list[Parameter | None] = []
        if demand is not None:
            found += [p for numbers in demand.numbers.values() for p in numbers]
        if tree.additive or (demand is not None and demand.system == "aidads"):
            found += [n.elasticity for n in tree.nodes if isinstance(n.elasticity, Parameter)]
            found += [p for leaf in tree.leaves for p in (leaf.quantity, leaf.price, leaf.yields)]
        return tuple(dict.fromkeys(p.name for p in found if p is not None))

    def settled(
        self,
        values: Mapping[str, Any],
        dims: Dimensions,
        products: Mapping[str, tuple[Parameter, ...]],
    ) -> None:
        """Assert that the numbers are possible together; they stay as they are.

        Raises:
            DeclarationError: they are not; names agent or activity, child, member and remedy.
        """
        reference = Reference(dims, values)
        check_dear(self.tree, reference)
        demand = self.tree.root.demand
        if demand is not None and demand.system == "cde":
            _check_cde(self.tree, demand, reference)
        if demand is not None and demand.system == "aidads":
            _check_aidads(self.tree, demand, reference)


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
        raise DeclarationError(f"{tree.owner}{reference.dims.place(tree.letters, at)}: {what}")


def _check_cde(tree: Tree, demand: Demand, reference: Reference) -> None:
    substitution = _goods(tree, demand, reference, "substitution")
    below = (substitution < 1 - _NEAR).all(axis=-1)
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
        wrong = live & (np.abs(number.sum(axis=-1) - 1.0) > _NEAR)
        _refuse(tree, reference, wrong, f"marginal budget shares {name!r} of aidads sum to one")
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
