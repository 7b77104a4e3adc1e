r"""One verb for all methods: the cells nearest to a prior that meet given totals.

.. math:: \min_{x, e} D(x; x^0) + \sum_k E_k(e_k) \qquad \text{s.t.} \quad A x + e = b .

The distance D is the cross-entropy of the cells or the weighted square of their moves; the errors e
are those of soft totals (``sam.balancing.measurement``), hard ones have none. Both parts are pure
numbers: deviations are in the unit of the cells, so scaling the prior, the totals and the standard
deviations together scales the result.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.balancing.axes import Axes, alike, axes_of, headed
from sam.balancing.biproportional import Sums, scale
from sam.balancing.coefficients import balance_coefficients
from sam.balancing.conflict import pursue, refuse_vanishing
from sam.balancing.constraints import Constraints, matched, matrix_constraints
from sam.balancing.entropy import Entropy, transaction_size
from sam.balancing.least_squares import LeastSquares
from sam.balancing.result import Balanced
from sam.balancing.scaling import Solution, emptied
from sam.balancing.table import Table
from sam.errors import BalancingError
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Method = Literal["entropy", "ras", "gras", "coefficients", "least_squares"]

RELATIVE_DEVIATION = 0.1
"""Relative standard deviation of the cells of a prior about which nothing else is said."""


def balance(
    prior: npt.ArrayLike | pd.DataFrame | pd.Series,
    constraints: Constraints,
    *,
    method: Method = "entropy",
    relative_deviation: float = RELATIVE_DEVIATION,
    deviations: npt.ArrayLike | pd.DataFrame | pd.Series | None = None,
    keep_signs: bool = False,
    names: Sequence[Hashable] | None = None,
    tol: float = 1e-12,
    max_steps: int = 100,
) -> Balanced:
    """Nearest cells to the prior that meet the totals.

    Arguments:
        prior: cells of either sign, a vector or a matrix; a frame or a series names its cells.
        constraints: totals, hard or soft.
        method: ``entropy`` (cells move in proportion; signs and zeros stay); ``ras`` or ``gras``
            (the same by scaling rows and columns, for the hard sums of ``matrix_constraints``);
            ``coefficients`` (cross-entropy of the columns' coefficients); ``least_squares`` (cells
            move by amounts; a cell may change its sign).
        relative_deviation: standard deviation of the prior's cells relative to their size: of
            the flow-weighted mean cell for entropy, where the variance of a cell is proportional to
            its size, and of every cell for least squares. Matters beside soft totals only.
        deviations: standard deviation of each cell in the unit of the cells instead; 0 where a cell
            is known and stays. For entropy and least squares. A frame or a series is matched with
            the labels of the prior.
        keep_signs: least squares only: stop cells at zero rather than let them change sign.
        names: name of each cell, row by row, for reports.
        tol: largest miss of a total relative to its account.
        max_steps: limit on Newton steps.

    Raises:
        BalancingError: labels do not match, a total has no cell in the prior to meet it, the totals
            contradict each other or the signs of the prior, or they are only met with cells driven
            to zero; a smallest set of totals to blame is named, and is the error's ``conflict``.
    """
    with headed("balance"):
        cells, constraints = matched(prior, constraints)
        spread = _variance(cells, method, relative_deviation, deviations, axes_of(prior))
        labels = _names(prior, cells, names)
        if method in ("ras", "gras"):
            found = _scaled(cells, constraints, method, relative_deviation, tol)
        elif method == "coefficients":
            found = balance_coefficients(cells, constraints, tol, max_steps)
        elif method == "entropy":
            found = _entropy(cells.ravel(), spread, constraints, tol, max_steps)
        else:
            distance, fixed = LeastSquares(cells.ravel(), spread, keep_signs), spread == 0.0
            found = pursue(
                distance, constraints, tol, max_steps, keep_signs=keep_signs, fixed=fixed
            )
        if method != "least_squares":
            refuse_vanishing(cells.ravel(), constraints, found.cells, labels.__getitem__)
    return Balanced(
        found.cells.reshape(cells.shape),
        cells,
        constraints,
        found.multipliers,
        found.iterations,
        found.distance,
        found.distance + found.errors,
        method,
        labels,
        (prior.index, prior.columns) if isinstance(prior, pd.DataFrame) else None,
    )


def _scaled(
    prior: Array, constraints: Constraints, method: str, relative_deviation: float, tol: float
) -> Solution:
    """A matrix scaled to the sums of its rows and columns."""
    sums, table = _sums(prior, constraints, method), Table.of(prior)
    found = scale(table, sums, lambda: constraints.of(table.numbers), tol)
    cells = np.asarray(table.like(prior, found.cells)).ravel()
    theta = transaction_size(prior, relative_deviation)
    distance = Entropy(prior.ravel(), np.full(prior.size, theta)).distance(cells)
    return Solution(cells, found.logs / theta, found.iterations, distance, 0.0, found.miss)


def _entropy(
    prior: Array, variance: Array, constraints: Constraints, tol: float, max_steps: int
) -> Solution:
    """Nearest cells in cross-entropy; those that a total of zero empties are not looked for."""
    size = np.abs(prior)
    theta = ratio(variance, size)
    live = np.where(emptied(prior, constraints), 0.0, prior)
    found = pursue(Entropy(live, theta), constraints, tol, max_steps, fixed=theta == 0.0)
    return found._replace(distance=Entropy(prior, theta).distance(found.cells))


def _variance(
    cells: Array,
    method: Method,
    relative_deviation: float,
    deviations: npt.ArrayLike | pd.DataFrame | pd.Series | None,
    axes: Axes | None,
) -> Array:
    """Variance of each cell, flat: given, or in proportion to its size or to its square."""
    if method not in get_args(Method):
        raise BalancingError(f"unknown method {method!r}; known: {get_args(Method)}")
    if not relative_deviation > 0.0:
        raise BalancingError("cells without any error cannot move; relative_deviation > 0")
    if deviations is None:
        size = np.abs(cells).ravel()
        if method == "least_squares":
            return np.asarray((relative_deviation * size) ** 2)
        return transaction_size(cells, relative_deviation) * size
    if method not in ("entropy", "least_squares"):
        raise BalancingError(f"{method} knows no errors of single cells; use entropy")
    spread = alike(deviations, axes, "deviations").ravel()
    if spread.size != cells.size or not (spread >= 0.0).all() or not np.isfinite(spread).all():
        raise BalancingError("give one standard deviation, not negative, for every cell")
    return np.asarray(spread**2)


def _sums(cells: Array, constraints: Constraints, method: str) -> Sums:
    """Row and column sums, where the constraints are that and nothing else."""
    rows = cells.shape[0]
    sums = Sums(constraints.totals[:rows], constraints.totals[rows:])
    plain = cells.ndim == 2 and sums.columns.size == cells.shape[1] and constraints.hard.all()
    if not plain or (matrix_constraints(*sums).matrix != constraints.matrix).nnz:
        raise BalancingError(
            f"{method} scales a matrix to hard sums of its rows and columns "
            "(matrix_constraints); for other totals use the method entropy"
        )
    if method == "ras" and (cells < 0.0).any():
        raise BalancingError("the prior has negative cells; use the method gras")
    return sums


def _names(prior: object, cells: Array, names: Sequence[Hashable] | None) -> Sequence[Hashable]:
    if names is not None:
        if len(names) != cells.size:
            raise BalancingError(f"{len(names)} names for {cells.size} cells")
        return names
    if isinstance(prior, pd.DataFrame):
        return [(row, column) for row in prior.index for column in prior.columns]
    if isinstance(prior, pd.Series):
        return list(prior.index)
    if cells.ndim == 1:
        return range(cells.size)
    return [tuple(int(i) for i in place) for place in np.ndindex(cells.shape)]
