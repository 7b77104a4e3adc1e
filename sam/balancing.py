r"""Balancing: the matrix nearest to a prior that meets given totals.

Entropy balancing with signs (generalised RAS, GRAS; Junius and Oosterhaven 2003, Lenzen et al.
2007) over any linear constraints :math:`A x = b`, hard or soft,

.. math:: \min_x \sum_n |x_n| \ln (x_n / x^0_n) - |x_n|
          + \sum_k \frac{((A x)_k - b_k)^2}{2 \sigma_k}, \qquad
          x_n = x^0_n \exp\bigl(s_n (A^\top y)_n\bigr), \; s_n = \operatorname{sign} x^0_n .

The dual is smooth and convex in the multipliers :math:`y`; Newton's method needs
:math:`H = A \operatorname{diag}|x| A^\top + \operatorname{diag} \tau` only. Zeros and signs of the
prior are kept. A hard constraint has :math:`\tau = 0`; a soft one :math:`\tau_k = \sigma_k |b_k|`
trades its miss against the entropy of the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse

from sam.errors import BalancingError

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Constraints:
    """Linear totals of the cells of a matrix.

    Attributes:
        matrix: one row per constraint, one column per cell.
        totals: required values.
        softness: allowed relative miss scale, 0 for hard constraints.
        labels: name of each constraint, for diagnosis.
    """

    matrix: sparse.csr_array
    totals: Array  # constraint
    softness: Array  # constraint
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Balanced:
    """Result of a balancing.

    Attributes:
        cells: the balanced cells.
        multipliers: dual variable of each constraint (scaled constraints).
        residuals: miss of each hard constraint relative to its size; soft ones of their optimum.
        steps: Newton steps taken.
        constraints: the constraints used.
    """

    cells: Array
    multipliers: Array
    residuals: Array
    steps: int
    constraints: Constraints

    def worst(self, count: int = 5) -> list[tuple[str, float, float]]:
        """Constraints with the largest multipliers: (label, multiplier, relative residual)."""
        order = np.argsort(-np.abs(self.multipliers), kind="stable")[:count]
        labels = self.constraints.labels
        return [(labels[k], float(self.multipliers[k]), float(self.residuals[k])) for k in order]


class ConstraintBuilder:
    """Collects constraints on the cells of a flat vector."""

    def __init__(self, cells: int) -> None:
        """Start with no constraint on ``cells`` cells."""
        self._cells = cells
        self._rows: list[Array] = []
        self._columns: list[Array] = []
        self._values: list[Array] = []
        self._totals: list[float] = []
        self._softness: list[float] = []
        self._labels: list[str] = []

    def add(
        self,
        label: str,
        parts: Sequence[tuple[Array, float]],
        total: float,
        softness: float = 0.0,
    ) -> None:
        """Require that the weighted sum of cells equals ``total``.

        Arguments:
            label: name for messages.
            parts: pairs of cell numbers and their common weight.
            total: required value.
            softness: 0 for a hard constraint, else its miss scale relative to the total.
        """
        number = len(self._totals)
        for cells, weight in parts:
            index = np.ravel(cells)
            self._rows.append(np.full(index.size, number))
            self._columns.append(index)
            self._values.append(np.full(index.size, float(weight)))
        self._totals.append(float(total))
        self._softness.append(float(softness))
        self._labels.append(label)

    def build(self) -> Constraints:
        """The collected constraints as one sparse system."""
        shape = (len(self._totals), self._cells)
        entries = np.concatenate(self._values)
        place = (np.concatenate(self._rows), np.concatenate(self._columns))
        return Constraints(
            sparse.csr_array((entries, place), shape=shape),
            np.array(self._totals),
            np.array(self._softness),
            tuple(self._labels),
        )


def balance(
    prior: Array,
    constraints: Constraints,
    *,
    tol: float = 1e-12,
    max_steps: int = 100,
) -> Balanced:
    """Nearest cells to the prior (in entropy) that meet the constraints.

    Arguments:
        prior: cells, of either sign; zeros stay zero.
        constraints: totals, hard or soft.
        tol: largest residual relative to the size of each constraint.
        max_steps: limit on Newton steps.

    Raises:
        BalancingError: a total has no cell in the prior to meet it, or the totals contradict each
            other or the signs of the prior (the worst constraints are named).
    """
    problem = _scale(prior, constraints)
    x, y, steps = _newton(problem, prior.astype(float), tol, max_steps)
    residual = np.zeros(len(constraints.totals))
    multiplier = np.zeros(len(constraints.totals))
    gradient = _gradient(problem, x, y)
    residual[problem.kept], multiplier[problem.kept] = gradient, y
    result = Balanced(x, multiplier, residual, steps, constraints)
    if float(np.max(np.abs(gradient), initial=0.0)) > max(tol, 1e-9):
        raise BalancingError(_diagnosis(result))
    return result


def ras(
    prior: Array, rows: Array, columns: Array, *, tol: float = 1e-12, max_sweeps: int = 20_000
) -> Array:
    """Scale a non-negative matrix to given row and column sums (plain RAS).

    Arguments:
        prior: non-negative matrix (row, column); zeros stay zero.
        rows: required sums of the rows.
        columns: required sums of the columns, with the same grand total.
        tol: largest miss of a row sum relative to the grand total.
        max_sweeps: limit on alternating scalings.

    Raises:
        BalancingError: negative cells, unequal grand totals, a required row or column is empty in
            the prior, or the totals cannot be met with these zeros.
    """
    if (prior < 0).any():
        raise BalancingError("ras: the prior has negative cells; use balance (GRAS) instead")
    grand = float(rows.sum())
    if abs(grand - float(columns.sum())) > 1e-9 * max(grand, 1e-300):
        raise BalancingError(
            f"ras: row totals sum to {grand:g}, column totals to {columns.sum():g}; make them equal"
        )
    for name, total, present in (("row", rows, prior.sum(1)), ("column", columns, prior.sum(0))):
        empty = np.flatnonzero((total > 0) & (present <= 0))
        if empty.size:
            k = int(empty[0])
            raise BalancingError(f"ras: {name} {k} must sum to {total[k]:g} but its prior is empty")
    x: Array = prior.astype(float)
    for _ in range(max_sweeps):
        x = x * _ratio(rows, x.sum(1))[:, None]
        x = x * _ratio(columns, x.sum(0))[None, :]
        if float(np.max(np.abs(x.sum(1) - rows))) <= tol * max(grand, 1e-300):
            return x
    k = int(np.argmax(np.abs(x.sum(1) - rows)))
    raise BalancingError(
        f"ras: row {k} sums to {x.sum(1)[k]:g} instead of {rows[k]:g} after {max_sweeps} sweeps; "
        "the zeros of the prior do not allow these totals"
    )


def matrix_constraints(rows: Array, columns: Array) -> Constraints:
    """Row and column sums of a matrix (flattened row by row) as constraints."""
    cells = np.arange(rows.size * columns.size).reshape(rows.size, columns.size)
    builder = ConstraintBuilder(cells.size)
    for k, total in enumerate(rows):
        builder.add(f"row {k}", [(cells[k], 1.0)], float(total))
    for k, total in enumerate(columns):
        builder.add(f"column {k}", [(cells[:, k], 1.0)], float(total))
    return builder.build()


@dataclass(frozen=True, eq=False)
class _Scaled:
    rows: sparse.csr_array
    transpose: sparse.csr_array
    total: Array
    tau: Array
    sign: Array
    kept: Array


def _scale(prior: Array, constraints: Constraints) -> _Scaled:
    """Divide each constraint by its size; drop those without cells or total."""
    present = np.asarray(abs(constraints.matrix) @ np.abs(prior)).ravel()
    hard = constraints.softness == 0
    empty = present <= 0
    impossible = np.flatnonzero(empty & (np.abs(constraints.totals) > 0) & hard)
    if impossible.size:
        k = int(impossible[0])
        raise BalancingError(
            f"balance: {constraints.labels[k]} must be {constraints.totals[k]:g} but the prior has "
            f"no cell for it ({impossible.size} such totals); add cells or drop the total"
        )
    kept = np.flatnonzero(~empty)
    size = np.maximum(np.abs(constraints.totals[kept]), present[kept])
    rows = sparse.csr_array(sparse.diags_array(1.0 / size) @ constraints.matrix[kept])
    softness = constraints.softness[kept]
    tau = softness * np.abs(constraints.totals[kept]) / size**2
    tau = np.where((softness > 0) & (tau == 0), softness / size, tau)
    return _Scaled(
        rows,
        sparse.csr_array(rows.T),
        constraints.totals[kept] / size,
        tau,
        np.sign(prior),
        kept,
    )


def _newton(problem: _Scaled, prior: Array, tol: float, max_steps: int) -> tuple[Array, Array, int]:
    """Cells, multipliers and steps at the minimum of the dual, or where no step helps any more."""
    x, y = prior, np.zeros(len(problem.total))
    value = _dual(problem, x, y)
    gradient = _gradient(problem, x, y)
    steps = stalled = 0
    while steps < max_steps and stalled < 3:
        worst = float(np.max(np.abs(gradient), initial=0.0))
        if worst <= tol:
            break
        direction = _newton_direction(problem, x, gradient)
        y, x, new, moved = _search(problem, prior, y, direction, gradient, value)
        gradient = _gradient(problem, x, y)
        better = float(np.max(np.abs(gradient))) < 0.5 * worst or new < value - 1e-13 * abs(value)
        steps, stalled, value = steps + 1, 0 if better else stalled + 1, new
        if not moved:
            break
    return x, y, steps


def _gradient(problem: _Scaled, x: Array, y: Array) -> Array:
    return np.asarray(problem.rows @ x - problem.total + problem.tau * y)


def _cells(problem: _Scaled, prior: Array, y: Array) -> Array:
    exponent = problem.sign * (problem.transpose @ y)
    return np.asarray(prior * np.exp(np.clip(exponent, -60.0, 60.0)))


def _dual(problem: _Scaled, x: Array, y: Array) -> float:
    return float(np.abs(x).sum() - problem.total @ y + 0.5 * (problem.tau * y**2).sum())


def _newton_direction(problem: _Scaled, x: Array, gradient: Array) -> Array:
    weighted = problem.rows @ sparse.diags_array(np.abs(x))
    hessian = (weighted @ problem.transpose).toarray()
    diagonal = np.einsum("kk->k", hessian)
    diagonal += problem.tau + 1e-14 * diagonal + 1e-300
    equilibrate = 1.0 / np.sqrt(diagonal)
    hessian *= equilibrate[:, None] * equilibrate[None, :]
    diagonal += 1e-13
    try:
        factor = linalg.cho_factor(hessian, overwrite_a=True, check_finite=False)
        step = linalg.cho_solve(factor, equilibrate * gradient, check_finite=False)
    except linalg.LinAlgError:
        step = np.linalg.lstsq(hessian, equilibrate * gradient, rcond=1e-12)[0]
    return np.asarray(-equilibrate * step)


def _search(
    problem: _Scaled, prior: Array, y: Array, direction: Array, gradient: Array, value: float
) -> tuple[Array, Array, float, bool]:
    """Backtracking line search on the convex dual."""
    slope = float(gradient @ direction)
    reach = float(np.max(np.abs(problem.transpose @ direction), initial=0.0))
    length = min(1.0, 4.0 / max(reach, 1e-9))
    for _ in range(40):
        y_new = y + length * direction
        x_new = _cells(problem, prior, y_new)
        value_new = _dual(problem, x_new, y_new)
        if value_new <= value + 1e-4 * length * slope + 1e-13 * abs(value):
            return y_new, x_new, value_new, True
        length *= 0.5
    return y, _cells(problem, prior, y), value, False


def _ratio(wanted: Array, present: Array) -> Array:
    factor: Array = np.zeros_like(present)
    np.divide(wanted, present, out=factor, where=present > 0)
    return factor


def _diagnosis(result: Balanced) -> str:
    miss = np.argsort(-np.abs(result.residuals), kind="stable")[:3]
    labels, totals = result.constraints.labels, result.constraints.totals
    misses = ", ".join(
        f"{labels[k]} (total {totals[k]:g}, off by {result.residuals[k]:.2g})" for k in miss
    )
    pulls = ", ".join(f"{label} ({value:.3g})" for label, value, _ in result.worst(5))
    return (
        f"balance: totals cannot be met after {result.steps} steps. Largest misses: {misses}. "
        f"Totals that pull hardest (multipliers): {pulls}. Totals in these two lists contradict "
        "each other or the zeros and signs of the prior: correct a total, make it soft, or drop an "
        "empty account"
    )
