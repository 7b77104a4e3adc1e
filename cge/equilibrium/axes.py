"""Arrays over letters: alignment, sums, and gathering or scattering members of subsets.

Every array of the engine comes with the letters of its axes. ``Axes`` knows the sizes and subsets
of a model's letters, and which array library computes: JAX to compile, NumPy for the one-off checks
that need no compilation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cge.language.dimensions import Dimensions, align, loose
from cge.language.trees import Members

Array = np.ndarray[Any, np.dtype[Any]]
"""An array of either library, as what both offer: the mathematics of the engine uses no more."""

Traced = Any
"""An array of JAX, where only JAX will do: loops that are compiled, linear algebra, updates."""


def added(terms: Iterable[Array]) -> Array:
    """Sum of arrays of one shape, in order."""
    total: Any = sum(terms)
    return total


@dataclass(frozen=True)
class Axes:
    """Operations on arrays over letters.

    Attributes:
        dims: letters of the model.
        xp: array library, ``numpy`` or ``jax.numpy``.
    """

    dims: Dimensions
    xp: Any

    def align(self, array: Array, letters: str, target: str) -> Array:
        """View of an array over ``letters`` that broadcasts over ``target`` (same order, ones)."""
        return align(array, letters, target)

    def spread(self, array: Array, letters: str, target: str) -> Array:
        """An array over ``letters`` repeated over all of ``target``."""
        return self.xp.broadcast_to(self.align(array, letters, target), self.shape(target))

    def total(self, array: Array, letters: str, out: str) -> Array:
        """Sum over the letters that ``out`` lacks; axes held at one label have length one."""
        kept = loose(out)
        array = array if letters == kept else self.xp.einsum(f"{letters}->{kept}", array)
        return self.align(array, kept, out)

    def largest(self, array: Array, letters: str, out: str) -> Array:
        """Largest over the letters that ``out`` lacks, which are the last ones."""
        extra = tuple(range(len(out), len(letters)))
        return array.max(axis=extra) if extra else array

    def take(self, array: Array, use: str, target: str) -> Array:
        """Members of a family's array at letters ``use``, aligned to ``target``."""
        return self.align(self.dims.members(array, use, self.xp), loose(use), target)

    def put(self, array: Array, use: str) -> Array:
        """An array over letters ``use`` in the places of the whole family, zero elsewhere."""
        for axis, letter in enumerate(use):
            array = self.pad(array, axis, letter)
        return array

    def collect(self, array: Array, letters: str, use: str) -> Array:
        """Sum an array over ``letters`` into the family members at ``use``."""
        return self.put(self.total(array, letters, use), use)

    def pad(self, array: Array, axis: int, letter: str) -> Array:
        """Place an axis over a subset ``letter`` on the axis of all labels, zero elsewhere."""
        dimension = self.dims[letter]
        if dimension.positions is None:
            return array
        size = self.dims[dimension.base].size
        first, last = int(dimension.positions[0]), int(dimension.positions[-1])
        if (np.diff(dimension.positions) == 1).all():
            width = [(0, 0)] * array.ndim
            width[axis] = (first, size - last - 1)
            return self.xp.pad(array, width)
        onto = np.zeros((dimension.size, size))
        onto[np.arange(dimension.size), dimension.positions] = 1.0
        return self.xp.moveaxis(self.xp.tensordot(array, onto, axes=(axis, 0)), -1, axis)

    def shape(self, letters: str) -> tuple[int, ...]:
        """Sizes of the axes; upper-case letters are second copies of lower-case ones."""
        return self.dims.shape(letters.lower())


@dataclass(frozen=True, eq=False)
class Box:
    """The smallest box of members around some, so that only they are computed.

    Attributes:
        axes: letters and array library.
        members: the members meant.
    """

    axes: Axes
    members: Members

    def pick(self, array: float | Array, letters: str) -> Array:
        """Part of an array that lies in the box."""
        xp = self.axes.xp
        picked: Array = xp.broadcast_to(array, self.axes.shape(letters))
        for letter in self.members.letters:
            picked = xp.take(picked, self._positions(letter), axis=letters.index(letter))
        return picked

    def put(self, part: Array, other: float | Array, letters: str) -> Array:
        """An array with the members from ``part``, which is over the box, and others elsewhere."""
        if self.members.all:
            return part
        for letter in self.members.letters:
            places = np.zeros(self.axes.dims[letter].size, int)
            own = self._positions(letter)
            places[own] = np.arange(len(own))
            part = self.axes.xp.take(part, places, axis=letters.index(letter))
        mask = self.axes.align(self.members.mask, self.members.letters, letters)
        return self.axes.xp.where(mask, part, other)

    def _positions(self, letter: str) -> Array:
        """Labels of a letter at which there is any member."""
        axis = self.members.letters.index(letter)
        over = tuple(k for k in range(self.members.mask.ndim) if k != axis)
        return np.flatnonzero(self.members.mask.any(axis=over))
