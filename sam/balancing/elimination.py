r"""Newton's equations on totals of which many share no cell: only the others are factored.

Totals e that share no cell with one another have a diagonal Hessian, be they hard or soft: the
variance of an error is on the diagonal anyway. With

.. math:: H = \begin{pmatrix} \Delta & C^\top \\ C & H_{rr} \end{pmatrix} , \qquad
          \Delta = A_e \operatorname{diag} x' A_e^\top + \operatorname{diag} e'_e , \quad
          C = A_r \operatorname{diag} x' A_e^\top ,

the multipliers of the rest r solve
:math:`(H_{rr} - C \Delta^{-1} C^\top) \, y_r = g_r - C \Delta^{-1} g_e` and leave
:math:`y_e = \Delta^{-1} (g_e - C^\top y_r)`. Sums of the rows and columns of a table halve so; of
the cells of a nation, each a sum over regions, and the regions' accounts only these are left.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse

Array = npt.NDArray[np.float64]
Lines = npt.NDArray[np.int_]
Mask = npt.NDArray[np.bool_]

_JITTER = 1e-13
"""Added to the unit diagonal of what is factored: accounts of a SAM are linearly dependent."""

_DENSE = 0.1
"""Share of entries that are not zero from which the dense product of a matrix is the quicker."""


@dataclass(frozen=True, eq=False)
class Equations:
    """Newton's equations, some of whose totals are eliminated.

    Attributes:
        apart: which totals share no cell with one another and are eliminated.
        own: weights of the cells in these.
        rest: weights of the cells in the others.
        squares: squared weights of the cells in those that are eliminated.
    """

    apart: Mask  # constraint
    own: sparse.csr_array
    rest: sparse.csr_array
    squares: sparse.csr_array

    @classmethod
    def of(cls, matrix: sparse.csr_array, apart: Mask) -> Equations:
        """The equations of these totals.

        Arguments:
            matrix: weights of the cells in each total.
            apart: totals to eliminate, none of which shares a cell with another.
        """
        own = matrix[apart]
        return cls(apart, own, matrix[~apart], own.multiply(own))

    def solve(self, slope: Array, variance: Array, right: Array) -> Array:
        """Multipliers at which the Hessian gives the right-hand side, or comes nearest to it.

        Arguments:
            slope: derivative of each cell with respect to its pull.
            variance: derivative of each total's error with respect to its multiplier.
            right: right-hand side, one for each total.
        """
        scale = _scale(self.squares @ slope + variance[self.apart])
        weighted = sparse.csr_array(self.rest.multiply(slope))
        coupling = sparse.csr_array((weighted @ self.own.T).multiply(scale))  # rest, own
        hessian = (weighted @ self.rest.T).toarray()  # rest, rest
        np.einsum("kk->k", hessian)[:] += variance[~self.apart]
        first = scale * right[self.apart]
        others = _solve(hessian, _gram(coupling), right[~self.apart] - coupling @ first)
        found = np.empty(right.size)
        found[~self.apart] = others
        found[self.apart] = scale * (first - coupling.T @ others)
        return found


def disjoint(matrix: sparse.csr_array) -> Mask:
    """A large set of rows no two of which share a column.

    Rows are taken one after another if they fit to those before, once with the shortest first and
    once in the order given; the larger set counts. The second way is the better where a few short
    rows lie across many long ones.

    Arguments:
        matrix: rows whose entries are the columns that they use.
    """
    orders = np.argsort(np.diff(matrix.indptr), kind="stable"), np.arange(matrix.shape[0])
    return max((_greedy(matrix, order) for order in orders), key=np.count_nonzero)


def _greedy(matrix: sparse.csr_array, order: Lines) -> Mask:
    chosen, used = np.zeros(matrix.shape[0], dtype=bool), np.zeros(matrix.shape[1], dtype=bool)
    ends = matrix.indptr.tolist()
    for row in order.tolist():
        columns = matrix.indices[ends[row] : ends[row + 1]]
        if not used[columns].any():
            chosen[row] = used[columns] = True
    return chosen


def _scale(diagonal: Array) -> Array:
    """Factors that make a diagonal one; finite where all cells of a total are at zero."""
    return np.asarray(1.0 / np.sqrt(diagonal + 1e-300))


def _gram(matrix: sparse.csr_array) -> Array:
    """Product of a matrix with its transpose."""
    if matrix.nnz > _DENSE * matrix.shape[0] * matrix.shape[1]:
        matrix = matrix.toarray()
        return np.asarray(matrix @ matrix.T)
    return np.asarray((matrix @ matrix.T).toarray())


def _solve(hessian: Array, eliminated: Array, right: Array) -> Array:
    """Solution for the Hessian less what was eliminated; the least-squares one if it is singular.

    Both are scaled to a Hessian with ones on its diagonal, as rounding is relative to these.
    """
    scale = _scale(np.einsum("kk->k", hessian))
    schur = (hessian - eliminated) * scale[:, None] * scale
    np.einsum("kk->k", schur)[:] += _JITTER
    try:
        factor = linalg.cho_factor(schur, check_finite=False)
        solution = linalg.cho_solve(factor, scale * right, check_finite=False)
    except linalg.LinAlgError:
        solution = np.linalg.lstsq(schur, scale * right, rcond=1e-12)[0]
    return np.asarray(scale * solution)
