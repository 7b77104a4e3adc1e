"""Jacobians as blocks of named tensors.

The derivative of a row family with respect to a column family is a sum of tensors, one per
*pattern*. Row axes are named ``a b c ...`` in the order of the row family's letters, column axes
``u v w ...``; a pattern writes the column axes, with a row axis in the place of a column axis where
the block is diagonal in the two. So ``"ab"`` is a diagonal block of two axes, stored with two axes
instead of four, and ``"av"`` is block diagonal in the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cge.equilibrium.axes import Array, Axes, added

ROW, COLUMN = "abcdefgh", "stuvwxyz"

Value = Array | float
"""A derivative before it is repeated over its letters."""

Tensors = dict[str, Array]
"""Tensors by pattern."""


def tensor_axes(pattern: str, rows: int) -> str:
    """Axes of the tensor stored under a pattern: all row axes, then the free column axes."""
    return ROW[:rows] + "".join(c for c in pattern if c in COLUMN)


def is_diagonal(tensors: Mapping[str, Array]) -> bool:
    """Whether a block is purely diagonal."""
    return all(pattern == ROW[: len(pattern)] for pattern in tensors)


def _covers(large: str, small: str) -> bool:
    """Whether every tensor under the pattern ``small`` can be written under ``large``."""
    return all(a == b or a in COLUMN for a, b in zip(large, small, strict=True))


class Blocks:
    """Tensors by (row family, column family) and pattern.

    Arguments:
        axes: letters and array library.
        ranks: number of letters of each family by key.
    """

    def __init__(self, axes: Axes, ranks: Mapping[str, int]) -> None:
        self.axes = axes
        self.ranks = ranks
        self.table: dict[tuple[str, str], Tensors] = {}

    def add(
        self,
        row: str,
        row_use: str,
        column: str,
        column_use: str,
        value: Array | float,
        letters: str,
    ) -> None:
        """Add a derivative given over ``letters``, summed over those that neither side has.

        ``row_use`` and ``column_use`` are the letters at which the two families are used; a letter
        in both makes the block diagonal there; upper-case letters are independent copies.
        """
        out = row_use + "".join(c for c in column_use if c not in row_use)
        total = self._at(value, letters, out)
        free = iter(COLUMN)
        names = {c: ROW[k] for k, c in enumerate(row_use)}
        pattern = "".join(names[c] if c in names else next(free) for c in column_use)
        self.accumulate(row, column, pattern, total)

    def add_outer(
        self,
        row: str,
        row_use: str,
        column: str,
        value: Array | float,
        letters: str,
        members: Array,
    ) -> None:
        """Add the derivative in all members of a column family alike: of an index they make up.

        ``value`` is the derivative in the index over ``letters``, ``members`` that of the index.
        """
        rows = self._at(value, letters, row_use)
        product = rows.reshape(rows.shape + (1,) * members.ndim) * members
        self.accumulate(row, column, COLUMN[: self.ranks[column]], product)

    def _at(self, value: Value, letters: str, use: str) -> Array:
        """A value over ``letters`` summed into the members of families at letters ``use``."""
        full = self.axes.xp.broadcast_to(value, self.axes.shape(letters))
        total = self.axes.total(full, letters, use)
        for axis, letter in enumerate(use):
            total = self.axes.pad(total, axis, letter.lower())
        return total

    def accumulate(self, row: str, column: str, pattern: str, value: Array) -> None:
        """Add a tensor under a pattern, its free column axes renamed in order."""
        free = iter(COLUMN)
        pattern = "".join(c if c in ROW else next(free) for c in pattern)
        block = self.table.setdefault((row, column), {})
        block[pattern] = block[pattern] + value if pattern in block else value

    def copy(self) -> Blocks:
        """A copy whose tables can be changed without touching this one."""
        other = Blocks(self.axes, self.ranks)
        other.table = {key: dict(tensors) for key, tensors in self.table.items()}
        return other

    def merge(self, row: str, column: str) -> None:
        """Add tensors to others of the same block whose pattern covers theirs: fewer products."""
        tensors = self.table.get((row, column), {})
        for small in sorted(tensors, key=lambda p: sum(c in COLUMN for c in p)):
            for large in tensors:
                if large != small and _covers(large, small):
                    rows = self.ranks[row]
                    tensors[large] = tensors[large] + self._freed(
                        tensors[small], small, large, rows
                    )
                    del tensors[small]
                    break

    def _freed(self, value: Array, small: str, large: str, rows: int) -> Array:
        """A tensor under the larger pattern: zero off the diagonals that the smaller one had."""
        xp, names = self.axes.xp, list(tensor_axes(small, rows))
        sizes = dict(zip(names, value.shape, strict=True))
        for tied, free in zip(small, large, strict=True):
            if tied in ROW and free in COLUMN:
                axis = names.index(tied)
                eye = np.eye(sizes[tied]).reshape(
                    [sizes[tied] if k == axis else 1 for k in range(len(names))] + [sizes[tied]]
                )
                value = value[..., None] * eye
                names.append(free)
            elif tied != free:
                names[names.index(tied)] = free
        order = [names.index(c) for c in tensor_axes(large, rows)]
        return xp.transpose(value, order)

    def product(self, row: str, middle: str, first: Tensors, second: Tensors) -> Tensors:
        """Matrix product of a block over (row, middle) with one over (middle, column)."""
        result: Tensors = {}
        for p1, t1 in first.items():
            for p2, t2 in second.items():
                pattern, value = self._product(self.ranks[row], self.ranks[middle], p1, t1, p2, t2)
                result[pattern] = result[pattern] + value if pattern in result else value
        return result

    def _product(
        self, rows: int, middles: int, p1: str, t1: Array, p2: str, t2: Array
    ) -> tuple[str, Array]:
        rename = {ROW[k]: p1[k] for k in range(middles)} | {c: c.upper() for c in COLUMN}
        left = tensor_axes(p1, rows)
        right = "".join(rename[c] for c in tensor_axes(p2, middles))
        columns = "".join(rename[c] for c in p2)
        out = ROW[:rows] + "".join(c for c in columns if c not in ROW[:rows])
        value = self.axes.xp.einsum(f"{left},{right}->{out}", t1, t2)
        free = iter(COLUMN)
        return "".join(c if c in ROW else next(free) for c in columns), value

    def scale(self, row: str, tensors: Tensors, factor: Array) -> Tensors:
        """Multiply the rows of a block by an array over the row family."""
        rows = ROW[: self.ranks[row]]
        return {
            p: t * self.axes.align(factor, rows, tensor_axes(p, len(rows)))
            for p, t in tensors.items()
        }

    def apply(self, row: str, tensors: Tensors, vector: Array) -> Array:
        """Product of a block with an array over the column family."""
        rows = ROW[: self.ranks[row]]
        return added(
            self.axes.xp.einsum(f"{tensor_axes(p, len(rows))},{p}->{rows}", t, vector)
            for p, t in tensors.items()
        )

    def dense(self, row: str, column: str, shapes: Mapping[str, tuple[int, ...]]) -> Array:
        """A block as a matrix."""
        row_shape, column_shape = shapes[row], shapes[column]
        size = int(np.prod(row_shape, dtype=int)), int(np.prod(column_shape, dtype=int))
        tensors = self.table.get((row, column))
        if not tensors:
            return self.axes.xp.zeros(size)
        total = added(self._full(p, t, row_shape, column_shape) for p, t in tensors.items())
        return total.reshape(size)

    def _full(
        self, pattern: str, value: Array, rows: tuple[int, ...], columns: tuple[int, ...]
    ) -> Array:
        """A tensor over all row and column axes, zero off the diagonals of its pattern."""
        xp = self.axes.xp
        value = value.reshape(
            rows + tuple(n if c in COLUMN else 1 for c, n in zip(pattern, columns, strict=True))
        )
        for k, c in enumerate(pattern):
            if c in ROW:
                axis = ROW.index(c)
                shape = [1] * (len(rows) + len(columns))
                shape[axis], shape[len(rows) + k] = rows[axis], columns[k]
                value = xp.where(np.eye(rows[axis], dtype=bool).reshape(shape), value, 0.0)
        return xp.broadcast_to(value, rows + columns)

    def matrix(
        self, rows: list[str], columns: list[str], shapes: Mapping[str, tuple[int, ...]]
    ) -> Array:
        """Several blocks side by side as one matrix."""
        xp = self.axes.xp
        return xp.concatenate(
            [xp.concatenate([self.dense(r, c, shapes) for c in columns], 1) for r in rows], 0
        )


def size_of(shape: tuple[Any, ...]) -> int:
    """Number of members of a shape."""
    return int(np.prod(shape, dtype=int))
