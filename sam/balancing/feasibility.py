r"""Linear programs over the cells that a prior's signs and zeros allow.

A total with size :math:`m_k` is missed by :math:`p_k - n_k`,

.. math:: \min \sum_k (p_k + n_k) \qquad \text{s.t.} \quad
          \tfrac{1}{m_k} \sum_i A_{ki} x_i + p_k - n_k = \tfrac{1}{m_k} (b_k + e_k) , \quad
          |e_k| \le w_k , \quad p, n \ge 0 ,

and the totals can be met if nothing is missed. The dual variables are else the weights of Farkas'
lemma: they show that these totals alone cannot be met.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import optimize, sparse

from sam.balancing.constraints import Constraints
from sam.balancing.newton import account_totals

Array = npt.NDArray[np.float64]
Lines = npt.NDArray[np.int_]

_MET = 1e-9
"""Largest sum of relative misses that counts as none."""

_NO_WEIGHT = 1e-7
"""Largest dual variable that counts as none."""

_OPTIONS = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}


@dataclass(frozen=True, eq=False)
class System:
    """Totals that must be met, each divided by its size, over cells in units of their prior.

    Attributes:
        matrix: share of each cell in each total (total, cell).
        totals: required values, without the cells that are fixed.
        widths: how far each may be missed.
        lower: smallest value of each cell, over its prior.
        upper: largest value of each cell, over its prior.
        fixed: what the fixed cells add to each total.
        sizes: size of each total, in the unit of the cells.
        numbers: number of each total among all constraints.
        cells: number of each cell that is not fixed among all cells.
    """

    matrix: sparse.csr_array
    totals: Array
    widths: Array
    lower: Array
    upper: Array
    fixed: Array
    sizes: Array
    numbers: Lines
    cells: Lines

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
            np.zeros(free.size) if keep_signs else np.full(free.size, -np.inf),
            np.full(free.size, np.inf),
            held,
            sizes,
            numbers,
            free,
        )

    def certificate(self, lines: Lines) -> Array | None:
        """Weights that show these totals to be in conflict; nothing if they can be met.

        Arguments:
            lines: which totals.
        """
        if not lines.size:
            return None
        result = self._nearest(lines)
        if result.fun <= _MET:
            return None
        weights = np.asarray(result.eqlin.marginals)
        return np.where(np.abs(weights) > _NO_WEIGHT, weights, 0.0)

    def correction(self, lines: Lines) -> Lines:
        """Totals whose removal lets all others be met, when some that can be met are.

        Arguments:
            lines: totals that must be met.
        """
        everything = np.arange(len(self.totals))
        missed = self._nearest(everything, strict=lines).x[-2 * everything.size :]
        miss = missed[: everything.size] + missed[everything.size :]
        return np.setdiff1d(np.flatnonzero(miss > _MET), lines)

    def most(self, lines: Lines, weights: Array) -> float:
        """The most that these totals' cells can add up to with weights that show a conflict.

        Arguments:
            lines: which totals.
            weights: one for each, per unit of money.
        """
        held = float(weights @ self.fixed[lines])
        return held + float(np.abs(weights) @ (self.widths[lines] * self.sizes[lines]))

    def _nearest(self, lines: Lines, strict: Lines | None = None) -> Any:
        """Cells that miss these totals least."""
        matrix = self.matrix[lines]
        used = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]))
        unit = sparse.eye_array(lines.size)
        free = np.inf if strict is None else np.where(np.isin(lines, strict), 2.0 * _MET, np.inf)
        miss = np.broadcast_to(free, lines.size)
        none = np.zeros(lines.size)
        bounds = np.column_stack(
            [
                np.concatenate([self.lower[used], -self.widths[lines], none, none]),
                np.concatenate([self.upper[used], self.widths[lines], miss, miss]),
            ]
        )
        return optimize.linprog(
            np.concatenate([np.zeros(used.size), none, none + 1.0, none + 1.0]),
            A_eq=sparse.hstack([matrix[:, used], unit, unit, -unit]).tocsc(),
            b_eq=self.totals[lines],
            bounds=bounds,
            method="highs",
            options=_OPTIONS,
        )


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
    result = optimize.linprog(
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
