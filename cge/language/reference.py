"""The reference point of a tree in plain numbers: what its flows and nests are worth there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cge.language.dimensions import Dimensions, align, loose
from cge.language.parameters import Parameter
from cge.language.trees import BoundNode, Child, Tree

Array = NDArray[Any]


@dataclass(frozen=True)
class Reference:
    """Reads parameters at the reference point.

    Attributes:
        dims: letters of the model.
        values: parameters by name, as NumPy arrays.
    """

    dims: Dimensions
    values: Mapping[str, Any]

    def read(self, parameter: Parameter, letters: str) -> Array:
        """A parameter over all of these letters."""
        value = np.asarray(self.values[parameter.name], float)
        return self.spread(value, parameter.letters, letters)

    def spread(self, array: Array, letters: str, target: str) -> Array:
        """An array repeated over more letters."""
        return np.broadcast_to(align(array, letters, target), self.dims.shape(target))

    def total(self, array: Array, letters: str, out: str) -> Array:
        """Sum over the letters that ``out`` lacks."""
        return np.asarray(np.einsum(f"{letters}->{out}", array))

    def worth(self, tree: Tree) -> dict[Child, Array]:
        """Value of all leaves and nodes; goods that are free at the benchmark cost nothing."""
        worth: dict[Child, Array] = {}
        for leaf in tree.leaves:
            value = self.read(leaf.quantity, leaf.letters) * self.read(leaf.price, leaf.letters)
            start = self.dims.members(leaf.commodity.start, leaf.use)
            priced = align(start, loose(leaf.use), leaf.letters) > 0
            worth[leaf] = np.where(priced, value, 0.0)
        for node in reversed(tree.nodes):
            below = tree.children[node]
            parts = [self.total(worth[k], k.letters, node.letters) for k in below]
            worth[node] = np.sum(parts, axis=0)
        return worth

    def share(self, table: Mapping[Child, Array], node: BoundNode, child: Child) -> Array:
        """Share of a child in its node, zero where there is nothing."""
        whole = self.spread(table[node], node.letters, child.letters)
        return np.divide(table[child], whole, out=np.zeros(whole.shape), where=whole > 0)
