r"""One verb for all methods: the cells nearest to a prior that meet given totals.

.. math:: \min_{x, e} D(x; x^0) + \sum_k E_k(e_k) \qquad \text{s.t.} \quad A x + e = b .

The distance D is the cross-entropy of the cells or the weighted square of their moves; the errors e
are those of soft totals (``sam.balancing.measurement``), hard ones have none. Both parts are pure
numbers: deviations are in the unit of the cells, so scaling the prior, the totals and the standard
deviations together scales the result.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from sam.balancing.constraints import Constraints
from sam.balancing.entropy import Entropy, transaction_size
from sam.balancing.least_squares import LeastSquares
from sam.balancing.measurement import Errors
from sam.balancing.newton import Distance, Problem, account_totals, minimise
from sam.balancing.result import Balanced
from sam.errors import BalancingError

Array = npt.NDArray[np.float64]
Method = Literal["entropy", "least_squares"]

RELATIVE_DEVIATION = 0.1
"""Relative standard deviation of the cells of a prior about which nothing else is said."""

_ACCEPTED = 1e-9
"""Largest miss of a total, relative to its account, at which a result is given."""


def balance(
    prior: npt.ArrayLike | pd.DataFrame,
    constraints: Constraints,
    *,
    method: Method = "entropy",
    relative_deviation: float = RELATIVE_DEVIATION,
    deviations: npt.ArrayLike | None = None,
    keep_signs: bool = False,
    names: Sequence[Hashable] | None = None,
    tol: float = 1e-12,
    max_steps: int = 100,
) -> Balanced:
    """Nearest cells to the prior that meet the totals.

    Arguments:
        prior: cells of either sign, a vector or a matrix; a frame names its cells.
        constraints: totals, hard or soft.
        method: ``entropy`` (cells move in proportion and keep their signs; GRAS if all totals are
            hard) or ``least_squares``.
        relative_deviation: standard deviation of the prior's cells relative to their size: of
            the root mean square cell for entropy, where the variance of a cell is proportional to
            its size, and of every cell for least squares. Matters beside soft totals only.
        deviations: standard deviation of each cell in the unit of the cells instead; 0 where a cell
            is known and stays.
        keep_signs: least squares only: stop cells at zero rather than let them change sign.
        names: name of each cell, row by row, for reports.
        tol: largest miss of a total relative to its account.
        max_steps: limit on Newton steps.

    Raises:
        BalancingError: a total has no cell in the prior to meet it, or the totals contradict each
            other or the signs of the prior (the worst constraints are named).
    """
    cells = np.asarray(prior, dtype=float)
    flat = _checked(cells, constraints)
    theta = transaction_size(flat, relative_deviation)
    constraints = _with_deviations(constraints, flat, theta)
    spread = None if deviations is None else np.asarray(deviations, dtype=float).ravel()
    distance = _distance(flat, method, relative_deviation, theta, spread, keep_signs)
    problem, kept, size = _scaled(distance, constraints)
    point, steps = minimise(problem, tol, max_steps)
    multipliers = np.zeros(len(constraints))
    multipliers[kept] = point.multipliers / size
    reached = distance.distance(point.cells)
    result = Balanced(
        point.cells.reshape(cells.shape),
        cells,
        constraints,
        multipliers,
        steps,
        reached,
        reached + problem.errors.cost(point.multipliers),
        method,
        _names(prior, cells, names),
    )
    if problem.miss(point) > max(tol, _ACCEPTED):
        raise BalancingError(_diagnosis(result))
    return result


def _checked(cells: Array, constraints: Constraints) -> Array:
    if cells.size != constraints.matrix.shape[1]:
        raise BalancingError(
            f"balance: the prior has {cells.size} cells, the constraints are on "
            f"{constraints.matrix.shape[1]}"
        )
    if not np.isfinite(cells).all():
        place = int(np.flatnonzero(~np.isfinite(cells.ravel()))[0])
        raise BalancingError(f"balance: cell {place} of the prior is not a number")
    return cells.ravel()


def _with_deviations(constraints: Constraints, prior: Array, theta: float) -> Constraints:
    """Softness as a standard deviation: a variance of softness times total, in thetas."""
    soft = constraints.softness > 0.0
    present = np.asarray(abs(constraints.matrix) @ np.abs(prior))
    size = np.where(constraints.totals != 0.0, np.abs(constraints.totals), present)
    deviations = np.where(soft, np.sqrt(theta * constraints.softness * size), 0.0)
    return replace(
        constraints,
        deviations=np.where(soft, deviations, constraints.deviations),
        softness=np.zeros(len(constraints)),
    )


def _distance(
    prior: Array,
    method: Method,
    relative_deviation: float,
    theta: float,
    deviations: Array | None,
    keep_signs: bool,
) -> Distance:
    if deviations is not None and (deviations.size != prior.size or not (deviations >= 0.0).all()):
        raise BalancingError("balance: give one standard deviation, not negative, for every cell")
    if method == "least_squares":
        spread = relative_deviation * np.abs(prior) if deviations is None else deviations
        return LeastSquares(prior, spread**2, keep_signs)
    if deviations is None:
        return Entropy(prior, np.full(prior.size, theta))
    size = np.abs(prior)
    return Entropy(prior, np.divide(deviations**2, size, out=np.zeros(size.size), where=size > 0))


def _scaled(
    distance: Distance, constraints: Constraints
) -> tuple[Problem, npt.NDArray[np.int_], Array]:
    """Divide each total by its size; leave out those without error-free weight or movable cells."""
    movable = distance.slope(np.zeros(distance.prior.size)) > 0.0
    weights = abs(constraints.matrix)
    fixed = np.asarray(weights @ movable.astype(float)) == 0.0
    size = account_totals(weights, constraints.totals, distance.prior)
    miss = np.abs(constraints.matrix @ distance.prior - constraints.totals)
    impossible = np.flatnonzero(fixed & constraints.hard & (miss > _ACCEPTED * size))
    if impossible.size:
        k = int(impossible[0])
        raise BalancingError(
            f"balance: {constraints.labels[k]} must be {constraints.totals[k]:g} but the prior has "
            f"no cell for it ({impossible.size} such totals); add cells or drop the total"
        )
    kept = np.flatnonzero(~fixed & np.isfinite(constraints.deviations))
    scale = size[kept]
    problem = Problem(
        sparse.csr_array(sparse.diags_array(1.0 / scale) @ constraints.matrix[kept]),
        constraints.totals[kept] / scale,
        Errors.of(constraints.deviations[kept] / scale, [constraints.supports[k] for k in kept]),
        distance,
    )
    return problem, kept, scale


def _names(
    prior: npt.ArrayLike | pd.DataFrame, cells: Array, names: Sequence[Hashable] | None
) -> Sequence[Hashable]:
    if names is not None:
        if len(names) != cells.size:
            raise BalancingError(f"balance: {len(names)} names for {cells.size} cells")
        return names
    if isinstance(prior, pd.DataFrame):
        return [(row, column) for row in prior.index for column in prior.columns]
    if cells.ndim == 1:
        return range(cells.size)
    return [tuple(int(i) for i in place) for place in np.ndindex(cells.shape)]


def _diagnosis(result: Balanced) -> str:
    hard = result.hard
    miss = hard["residual"].abs().sort_values(ascending=False, kind="stable").index[:3]
    misses = ", ".join(
        f"{row.label} (total {row.target:g}, off by {row.residual:.2g})"
        for row in hard.loc[miss].itertuples()
    )
    pulls = ", ".join(f"{row.label} ({row.cost:.3g})" for row in result.pulls(5).itertuples())
    return (
        f"balance: totals cannot be met after {result.iterations} steps. Largest misses: {misses}. "
        f"Totals that pull hardest (multipliers): {pulls}. Totals in these two lists contradict "
        "each other or the zeros and signs of the prior: correct a total, make it soft, or drop an "
        "empty account"
    )
