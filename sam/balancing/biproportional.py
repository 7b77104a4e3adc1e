r"""Biproportional scaling of a matrix to given row and column sums: RAS, and GRAS with signs.

.. math:: x_{ij} = r_i \, p_{ij} \, s_j - \frac{n_{ij}}{r_i s_j} , \qquad
          \sum_j x_{ij} = u_i , \quad \sum_i x_{ij} = v_j ,

with p the positive cells of the prior and n the size of the negative ones. This minimises
:math:`\sum |x^0_{ij}| \, (z_{ij} \ln (z_{ij} / e) + 1)`, :math:`z = x / x^0`, the objective of
Lenzen, Wood and Gallego (2007), with which the scaling of Junius and Oosterhaven (2003) is exact.
Given s, a row asks for the positive root of :math:`r^2 \, (Ps)_i - r \, u_i - (N/s)_i = 0`; a row
without positive cells has :math:`r = - (N/s)_i / u_i`, an empty one stays empty (Temurshoev, Miller
and Bouwmeester 2013). Sweeps over rows and columns are cheap and slow at the end, where Newton's
method on the same dual takes over. Without negative cells this is RAS (Kruithof 1937; Stone 1961).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from sam.balancing.conflict import pursue, refuse_vanishing
from sam.balancing.constraints import Constraints, matrix_constraints
from sam.balancing.entropy import Entropy
from sam.balancing.scaling import ACCEPTED, Solution, emptied
from sam.errors import BalancingError
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

_SWEEPS = 100
"""Sweeps before Newton's method takes over."""

_STEPS = 100


class Sums(NamedTuple):
    """Required sums.

    Attributes:
        rows: of the rows.
        columns: of the columns.
    """

    rows: Array
    columns: Array


def ras(prior: npt.ArrayLike, rows: Array, columns: Array, *, tol: float = 1e-12) -> Array:
    """Scale a non-negative matrix to given row and column sums.

    Arguments:
        prior: non-negative matrix (row, column); zeros stay zero.
        rows: required sums of the rows.
        columns: required sums of the columns, with the same grand total.
        tol: largest miss of a sum relative to itself.

    Raises:
        BalancingError: negative cells, unequal grand totals, a required row or column is empty in
            the prior, or the totals cannot be met with these zeros (a smallest set that cannot is
            named).
    """
    matrix = np.asarray(prior, dtype=float)
    if (matrix < 0.0).any():
        raise BalancingError("ras: the prior has negative cells; use gras instead")
    return gras(matrix, rows, columns, tol=tol)


def gras(prior: npt.ArrayLike, rows: Array, columns: Array, *, tol: float = 1e-12) -> Array:
    """Scale a matrix with cells of either sign to given row and column sums.

    Arguments:
        prior: matrix (row, column); zeros stay zero and signs stay, but a row or column whose cells
            have one sign and whose sum is to be zero is emptied.
        rows: required sums of the rows.
        columns: required sums of the columns, with the same grand total.
        tol: largest miss of a sum relative to its account, the sum itself or half of all its cells.

    Raises:
        BalancingError: unequal grand totals, a required row or column is empty in the prior, or the
            totals cannot be met with these zeros and signs (a smallest set that cannot is named).
    """
    matrix = np.asarray(prior, dtype=float)
    sums = _checked(matrix, Sums(np.asarray(rows, dtype=float), np.asarray(columns, dtype=float)))
    constraints = matrix_constraints(*sums)
    found = scale(matrix, sums, constraints, 1.0, tol)
    refuse_vanishing(matrix.ravel(), constraints, found.cells)
    return found.cells.reshape(matrix.shape)


def scale(prior: Array, sums: Sums, constraints: Constraints, theta: float, tol: float) -> Solution:
    """Scaled matrix, with the distance and the multipliers of the cross-entropy of flows.

    Arguments:
        prior: matrix (row, column).
        sums: required sums.
        constraints: the same as constraints.
        theta: variance of a cell over its size.
        tol: largest miss of a sum relative to its account.
    """
    empty = emptied(prior.ravel(), constraints)
    live = np.where(empty.reshape(prior.shape), 0.0, prior)
    logs, cells, sweeps = _sweep(live, sums, tol)
    miss = max(_miss(cells, sums.rows), _miss(cells.T, sums.columns))
    reach = Entropy(prior.ravel(), np.full(prior.size, theta))
    if miss <= tol:
        distance = reach.distance(cells.ravel())
        return Solution(cells.ravel(), logs / theta, sweeps, distance, 0.0, miss)
    rest = Entropy(live.ravel(), np.full(prior.size, theta))
    found = pursue(rest, constraints, tol, _STEPS, start=logs / theta)
    return found._replace(
        iterations=sweeps + found.iterations, distance=reach.distance(found.cells)
    )


def _sweep(prior: Array, sums: Sums, tol: float) -> tuple[Array, Array, int]:
    """Logs of the multipliers of rows and columns, cells and sweeps, until met or slow."""
    positive, negative = np.maximum(prior, 0.0), np.maximum(-prior, 0.0)
    r, s, cells = np.ones(prior.shape[0]), np.ones(prior.shape[1]), prior
    sweeps = 0
    met = max(_miss(cells, sums.rows), _miss(cells.T, sums.columns)) <= tol
    while sweeps < _SWEEPS and not met:
        r = _root(positive @ s, negative @ (1.0 / s), sums.rows)
        s = _root(r @ positive, (1.0 / r) @ negative, sums.columns)
        cells = r[:, None] * positive * s - negative / (r[:, None] * s)
        sweeps += 1
        met = _miss(cells, sums.rows) <= tol
        if not np.isfinite(cells).all():
            return np.zeros(r.size + s.size), prior, sweeps
    return np.concatenate([np.log(r), np.log(s)]), cells, sweeps


def _root(positive: Array, negative: Array, total: Array) -> Array:
    """Positive root of positive r^2 - total r - negative = 0, without cancellation; 1 if none."""
    root = np.sqrt(total**2 + 4.0 * positive * negative)
    up = ratio(total + root, 2.0 * positive, 1.0)
    down = ratio(2.0 * negative, root - total, 1.0)
    result = np.where(total >= 0.0, up, down)
    return np.where((result > 0.0) & np.isfinite(result), result, 1.0)


def _miss(cells: Array, totals: Array) -> float:
    """Largest miss of a row sum relative to its account."""
    size = np.maximum(np.abs(totals), 0.5 * np.abs(cells).sum(1))
    return float(np.max(np.abs(cells.sum(1) - totals) / np.where(size > 0.0, size, 1.0), initial=0))


def _checked(prior: Array, sums: Sums) -> Sums:
    """The sums, with a grand total that differs by rounding made the same."""
    if prior.shape != (sums.rows.size, sums.columns.size):
        raise BalancingError(
            f"ras: the prior is {' by '.join(map(str, prior.shape))}, the totals are of "
            f"{sums.rows.size} rows and {sums.columns.size} columns"
        )
    if not all(np.isfinite(part).all() for part in (prior, *sums)):
        raise BalancingError("ras: a cell of the prior or a total is not a number")
    rows, columns = float(sums.rows.sum()), float(sums.columns.sum())
    size = max(float(np.abs(sums.rows).sum()), float(np.abs(sums.columns).sum()))
    if abs(rows - columns) > ACCEPTED * size:
        raise BalancingError(
            f"ras: row totals sum to {rows:g}, column totals to {columns:g}; make them equal"
        )
    for name, totals, cells in (("row", sums.rows, prior), ("column", sums.columns, prior.T)):
        empty = np.flatnonzero((totals != 0.0) & ~cells.any(1))
        if empty.size:
            k = int(empty[0])
            raise BalancingError(
                f"ras: {name} {k} must sum to {totals[k]:g} but its prior is empty",
                (f"{name} {k}",),
            )
    gross = float(np.abs(sums.columns).sum())
    share = np.abs(sums.columns) / gross if gross > 0.0 else np.zeros(sums.columns.size)
    return Sums(sums.rows, sums.columns + (rows - columns) * share)
