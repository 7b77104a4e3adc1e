r"""Linear programs over the cells that a prior's signs and zeros allow, by Farkas' lemma.

Totals of size :math:`m_k` that may be missed by :math:`w_k` are else missed, in shares of their
sizes and added up, by no less than

.. math:: \max_y \sum_k \tfrac{1}{m_k} (b_k y_k - w_k |y_k|) \qquad \text{s.t.} \quad
          \sum_k \tfrac{1}{m_k} A_{ki} y_k \, x_i \le 0 \; \text{for all cells the signs allow} ,
          \quad |y_k| \le c_k ,

where a share missed of total k costs :math:`c_k`, one unless it is said to be dear. The totals can
be met if that is zero. Weights y with a larger value show that they cannot, and the dual variables
of their bounds are the misses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy
from scipy import sparse

from sam.balancing.constraints import Constraints
from sam.balancing.newton import account_totals

Array = npt.NDArray[np.float64]
Lines = npt.NDArray[np.int_]

_MET = 1e-9
"""Largest sum of relative misses that counts as none."""

_NO_WEIGHT = 1e-7
"""Largest weight that counts as none."""

_DEAR = 1e6
"""Cost of a miss of the totals that must be met."""

_OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True, eq=False)
class System:
    """Totals that must be met, each divided by its size, over cells in units of their prior.

    Attributes:
        matrix: share of each cell in each total (total, cell).
        totals: required values, without the cells that are fixed.
        widths: how far each may be missed.
        fixed: what the fixed cells add to each total.
        sizes: size of each total, in the unit of the cells.
        numbers: number of each total among all constraints.
        cells: number of each cell that is not fixed among all cells.
        keep_signs: whether cells must keep their signs.
    """

    matrix: sparse.csr_array
    totals: Array
    widths: Array
    fixed: Array
    sizes: Array
    numbers: Lines
    cells: Lines
    keep_signs: bool

    @classmethod
    def of(
        cls,
        prior: Array,
        constraints: Constraints,
        keep_signs: bool,
        fixed: npt.NDArray[np.bool_] | None,
    ) -> System:
        """The system of the totals that cannot be missed at will.

        Arguments:
            prior: cells, flat.
            constraints: all totals.
            keep_signs: whether cells must keep their signs.
            fixed: cells that keep their value; those that are zero if none are given.
        """
        widest = constraints.widest
        numbers = np.flatnonzero(np.isfinite(widest))
        still = prior == 0.0 if fixed is None else fixed | (keep_signs & (prior == 0.0))
        free = np.flatnonzero(~still)
        unit = np.where(prior[free] != 0.0, np.abs(prior[free]), 1.0)
        sign = np.sign(prior[free]) if keep_signs else np.ones(free.size)
        matrix = constraints.matrix[numbers]
        held = np.asarray(matrix @ np.where(still, prior, 0.0))
        sizes = account_totals(abs(matrix), constraints.totals[numbers], prior, prior)
        shares = sparse.diags_array(1.0 / sizes) @ matrix[:, free] @ sparse.diags_array(sign * unit)
        return cls(
            sparse.csr_array(shares),
            (constraints.totals[numbers] - held) / sizes,
            widest[numbers] / sizes,
            held,
            sizes,
            numbers,
            free,
            keep_signs,
        )

    def certificate(self, lines: Lines) -> Array | None:
        """Weights that show these totals to be in conflict; nothing if they can be met.

        Of all that do, those with the smallest sum of sizes: most of them are zero.

        Arguments:
            lines: which totals.
        """
        if not lines.size:
            return None
        conflict = -self._widest(lines, np.ones(lines.size)).fun
        if conflict <= _MET:
            return None
        above, below = self._shortest(lines, 0.5 * conflict).x.reshape(2, -1)
        return np.where(np.abs(above - below) > _NO_WEIGHT, above - below, 0.0)

    def correction(self, lines: Lines) -> Lines:
        """Totals whose removal lets all others be met, when some that can be met are.

        Arguments:
            lines: totals that must be met.
        """
        everything = np.arange(len(self.totals))
        costs = np.where(np.isin(everything, lines), _DEAR, 1.0)
        misses = -self._widest(everything, costs).upper.marginals.reshape(2, -1).sum(0)
        return np.setdiff1d(np.flatnonzero(misses > _MET), lines)

    def most(self, lines: Lines, weights: Array) -> float:
        """The most that these totals' cells can add up to with weights that show a conflict.

        Arguments:
            lines: which totals.
            weights: one for each, per unit of money.
        """
        held = float(weights @ self.fixed[lines])
        return held + float(np.abs(weights) @ (self.widths[lines] * self.sizes[lines]))

    def _widest(self, lines: Lines, costs: Array) -> Any:
        """Weights, above and below zero, of the widest conflict; duals of the bounds are misses."""
        pulls, gains = self._weights(lines)
        return scipy.optimize.linprog(
            -gains,
            A_ub=pulls,
            b_ub=np.zeros(pulls.shape[0]),
            bounds=np.column_stack([np.zeros(gains.size), np.tile(costs, 2)]),
            method="highs",
            options=_OPTIONS,
        )

    def _shortest(self, lines: Lines, conflict: float) -> Any:
        """Weights, above and below zero, that have the smallest sum and show so wide a conflict."""
        pulls, gains = self._weights(lines)
        return scipy.optimize.linprog(
            np.ones(gains.size),
            A_ub=sparse.vstack([pulls, -gains[None]]).tocsc(),
            b_ub=np.append(np.zeros(pulls.shape[0]), -conflict),
            method="highs",
            options=_OPTIONS,
        )

    def _weights(self, lines: Lines) -> tuple[sparse.csc_array, Array]:
        """What weights of these totals, above and below zero, ask of each cell, and altogether."""
        matrix = self.matrix[lines]
        cells = matrix[:, np.unique(matrix.indices)].T
        pulls = sparse.hstack([cells, -cells])
        signs = [pulls] if self.keep_signs else [pulls, -pulls]
        totals, widths = self.totals[lines], self.widths[lines]
        return sparse.vstack(signs).tocsc(), np.concatenate([totals - widths, -totals - widths])


def forced_to_zero(system: System, suspects: Lines) -> tuple[Lines, Array]:
    r"""Cells that are zero wherever the totals are met, and the dual weights that show it.

    .. math:: \max \sum_{i} \omega_i \qquad \text{s.t.} \quad A x = b \, t , \quad
              \omega_i \le x_i , \quad 0 \le \omega_i \le 1 , \quad x \ge 0 , \; t \ge 1 ;

    a cell that can be positive reaches one, for solutions may be added and scaled.

    Arguments:
        system: the totals.
        suspects: numbers of the cells to look at.
    """
    exact = np.flatnonzero(system.widths == 0.0)
    matrix, places = system.matrix[exact], np.searchsorted(system.cells, suspects)
    count, cells = suspects.size, matrix.shape[1]
    chosen = sparse.csr_array((np.ones(count), (np.arange(count), places)), shape=(count, cells))
    result = scipy.optimize.linprog(
        np.concatenate([np.zeros(cells + 1), -np.ones(count)]),
        A_eq=sparse.hstack(
            [matrix, -system.totals[exact][:, None], sparse.csr_array((exact.size, count))]
        ).tocsc(),
        b_eq=np.zeros(exact.size),
        A_ub=sparse.hstack(
            [-chosen, sparse.csr_array((count, 1)), sparse.eye_array(count)]
        ).tocsc(),
        b_ub=np.zeros(count),
        bounds=[(0.0, None)] * cells + [(1.0, None)] + [(0.0, 1.0)] * count,
        method="highs",
        options=_OPTIONS,
    )
    weights = np.zeros(len(system.totals))
    if result.x is None:
        return suspects[:0], weights
    weights[exact] = result.eqlin.marginals
    return suspects[result.x[cells + 1 :] < 0.5], weights
