"""From constraints in money to a problem in which every total is about one, and back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from sam.balancing.constraints import Constraints
from sam.balancing.measurement import Errors
from sam.balancing.newton import Distance, Problem, account_totals, minimise
from sam.digits import told_apart
from sam.errors import BalancingError

Array = npt.NDArray[np.float64]

ACCEPTED = 1e-9
"""Largest miss of a total, relative to its account, at which a result is given."""


class Solution(NamedTuple):
    """What a method found.

    Attributes:
        cells: the cells, flat.
        multipliers: derivative of the smallest objective with respect to each total.
        iterations: steps of the method.
        distance: distance of the cells from their prior.
        errors: cost of the errors of the totals.
        miss: largest miss of a total, relative to its account.
    """

    cells: Array
    multipliers: Array
    iterations: int
    distance: float
    errors: float
    miss: float


def solve(
    distance: Distance,
    constraints: Constraints,
    tol: float,
    max_steps: int,
    start: Array | None = None,
) -> Solution:
    """Cells of the smallest distance that meet the totals, by Newton's method on the dual.

    Arguments:
        distance: distance of the cells from their prior.
        constraints: totals, hard or soft.
        tol: largest miss of a total relative to its account.
        max_steps: limit on the steps.
        start: multipliers to start from, zero if none are given.

    Raises:
        BalancingError: a total that cannot be missed by so much has no cell that could meet it.
    """
    kept = _kept(distance, constraints)
    prior, weights = distance.prior, abs(constraints.matrix)
    size = account_totals(weights, constraints.totals, prior, prior)[kept]
    problem = Problem(
        sparse.csr_array(sparse.diags_array(1.0 / size) @ constraints.matrix[kept]),
        constraints.totals[kept] / size,
        Errors.of(constraints.deviations[kept] / size, [constraints.supports[k] for k in kept]),
        distance,
    )
    begin = np.zeros(kept.size) if start is None else start[kept] * size
    point, steps = minimise(problem, begin, tol, max_steps)
    multipliers = np.zeros(len(constraints))
    multipliers[kept] = point.multipliers / size
    return Solution(
        point.cells,
        multipliers,
        steps,
        distance.distance(point.cells),
        problem.errors.cost(point.multipliers),
        problem.miss(point),
    )


def emptied(prior: Array, constraints: Constraints) -> npt.NDArray[np.bool_]:
    """Cells that a hard total of zero empties: all its cells have one sign.

    Arguments:
        prior: cells, flat.
        constraints: the totals.
    """
    found = np.zeros(prior.size, dtype=bool)
    zero = np.flatnonzero(constraints.hard & (constraints.totals == 0.0))
    matrix = constraints.matrix[zero]
    while True:
        cells = np.where(found, 0.0, prior)
        terms = matrix @ sparse.diags_array(cells)
        up, down = terms.maximum(0.0).sum(1), (-terms).maximum(0.0).sum(1)
        lines = np.flatnonzero((up == 0.0) != (down == 0.0))
        if not lines.size:
            return found
        found |= np.asarray(abs(matrix[lines]).sum(0)).ravel() > 0.0


def _kept(distance: Distance, constraints: Constraints) -> npt.NDArray[np.int_]:
    """Totals that have cells to move and are not just to be compared."""
    movable = distance.slope(np.zeros(distance.prior.size)) > 0.0
    weights = abs(constraints.matrix)
    fixed = np.asarray(weights @ movable.astype(float)) == 0.0
    size = account_totals(weights, constraints.totals, distance.prior, distance.prior)
    miss = np.abs(constraints.matrix @ distance.prior - constraints.totals)
    impossible = np.flatnonzero(fixed & (miss > constraints.widest + ACCEPTED * size))
    if impossible.size:
        k = int(impossible[0])
        label = constraints.labels[k]
        asked, held = told_apart(constraints.totals[k], (constraints.matrix @ distance.prior)[k])
        raise BalancingError(
            f"{label} must be {asked} but the prior has no cell for it that can move, and comes to "
            f"{held} ({impossible.size} such totals); add cells or drop the total",
            (label,),
        )
    return np.flatnonzero(~fixed & np.isfinite(constraints.deviations))
