"""The cells of a matrix that are not zero: only these are scaled, and all that is held."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from sam.balancing.axes import Axes, axes_of, named, numbers
from sam.balancing.constraints import Constraints
from sam.errors import BalancingError

Array = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Table:
    """Cells of a matrix that are not zero.

    Attributes:
        cells: their values, row by row.
        rows: row of each.
        columns: column of each.
        shape: rows and columns of the matrix.
        axes: labels of rows and columns, nothing if it has none.
    """

    cells: Array
    rows: Codes
    columns: Codes
    shape: tuple[int, int]
    axes: Axes | None = None

    @classmethod
    def of(cls, prior: Any) -> Table:
        """The cells of an array, a frame or a sparse array.

        Raises:
            BalancingError: this is no matrix of finite numbers.
        """
        if sparse.issparse(prior):
            held = sparse.csr_array(prior, dtype=float, copy=True)
            held.sum_duplicates()
            held.eliminate_zeros()
            matrix = held.tocoo()
            (rows, columns), cells = matrix.coords, matrix.data
        else:
            matrix = numbers(prior, "the prior")
            if matrix.ndim != 2:
                raise BalancingError(f"the prior has {matrix.ndim} axes; give rows and columns")
            filled = np.flatnonzero((matrix != 0.0).ravel())  # in two steps: five times quicker
            rows, columns = np.divmod(filled, max(matrix.shape[1], 1))
            cells = matrix.ravel()[filled]
        table = cls(cells, rows, columns, matrix.shape, axes_of(prior))
        bad = np.flatnonzero(~np.isfinite(cells))
        if bad.size:
            raise BalancingError(f"cell {table.name(int(bad[0]))} of the prior is not a number")
        return table

    @property
    def numbers(self) -> Codes:
        """Number of each cell in the whole matrix, row by row."""
        return self.rows * self.shape[1] + self.columns

    def name(self, cell: int) -> str:
        """Row and column of a cell, by label if there are any."""
        return f"({self.line(0, self.rows[cell])}, {self.line(1, self.columns[cell])})"

    def line(self, axis: int, number: int) -> str:
        """Label of a row (axis 0) or column (axis 1), its number if it has none."""
        return str(number) if self.axes is None else named(self.axes[axis][number])

    def constraints(self, rows: Array, columns: Array) -> Constraints:
        """Sums of the rows and columns as constraints on these cells."""
        count = self.cells.size
        lines = np.concatenate([self.rows, rows.size + self.columns])
        matrix = sparse.csr_array(
            (np.ones(2 * count), (lines, np.tile(np.arange(count), 2))),
            shape=(rows.size + columns.size, count),
        )
        labels = [
            f"{name} {self.line(axis, k)}"
            for axis, name in enumerate(("row", "column"))
            for k in range(self.shape[axis])
        ]
        totals = np.concatenate([rows, columns])
        none = (None,) * totals.size
        return Constraints(matrix, totals, np.zeros(totals.size), tuple(labels), none)

    def like(self, prior: Any, cells: Array) -> Any:
        """A matrix with other cells in these places, of the kind and with the labels of a prior."""
        if sparse.issparse(prior):
            kind = sparse.csr_matrix if isinstance(prior, sparse.spmatrix) else sparse.csr_array
            matrix = kind((cells, (self.rows, self.columns)), shape=self.shape)
            matrix.eliminate_zeros()
            return matrix.asformat(prior.format)
        flat = np.zeros(self.shape[0] * self.shape[1])
        flat[self.numbers] = cells
        full = flat.reshape(self.shape)
        return full if self.axes is None else pd.DataFrame(full, self.axes[0], self.axes[1])
