r"""Newton's method on the dual: one unknown per total, whatever the number of cells.

The nearest cells that meet the totals, :math:`\min_{x, e} D(x) + E(e)` subject to
:math:`A x + e = b`, have a dual in the multipliers :math:`y`, the minimum of a smooth convex
function,

.. math:: \min_y \; D^*(A^\top y) + E^*(y) - b^\top y , \qquad
          g = A x(y) + e(y) - b , \qquad
          H = A \operatorname{diag} x'(y) A^\top + \operatorname{diag} e'(y) ,

where :math:`x(y)` are the cells at the pull :math:`A^\top y`. The multiplier of a total is the
derivative of the smallest distance with respect to that total.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse

from sam.balancing.elimination import Equations, disjoint
from sam.balancing.measurement import Errors

Array = npt.NDArray[np.float64]

_PATIENCE = 3
"""Steps without progress before giving up."""

_BLUR = 1e-11
"""Share of the dual below which its changes are rounding."""

_VANISHED = 1e-6
"""Share of its flows in the prior below which an account counts as vanished."""


class Distance(Protocol):
    """A measure of how far cells are from their prior, by its dual."""

    @property
    def prior(self) -> Array:
        """The cells before balancing."""

    def cells(self, pull: Array) -> Array:
        """The cells at a pull of the totals."""

    def slope(self, pull: Array) -> Array:
        """Derivative of each cell with respect to its pull."""

    def conjugate(self, pull: Array) -> float:
        """Dual of the distance."""

    def distance(self, cells: Array) -> float:
        """Distance of cells from the prior."""

    def stride(self, direction: Array) -> float:
        """Longest step along a direction of the pull, at most one."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Totals, each divided by its size, and the distance to be kept small.

    Attributes:
        matrix: weights of the cells in each total.
        totals: required values.
        errors: errors of the totals.
        distance: distance of the cells from their prior.
    """

    matrix: sparse.csr_array
    totals: Array
    errors: Errors
    distance: Distance

    @cached_property
    def transpose(self) -> sparse.csr_array:
        """Weights of the totals in the pull of each cell."""
        return sparse.csr_array(self.matrix.T)

    @cached_property
    def weights(self) -> sparse.csr_array:
        """Absolute weights, for the size of the accounts."""
        return abs(self.matrix)

    @cached_property
    def equations(self) -> Equations:
        """Equations of a step, with totals eliminated that share no cell that can move."""
        movable = self.distance.slope(np.zeros(self.matrix.shape[1])) > 0.0
        matrix = sparse.csr_array(self.matrix.multiply(movable))
        matrix.eliminate_zeros()
        return Equations.of(matrix, disjoint(matrix))

    def point(self, multipliers: Array) -> Point:
        """Cells, dual value and gradient at these multipliers."""
        pull = np.asarray(self.transpose @ multipliers)
        cells = self.distance.cells(pull)
        gradient = self.matrix @ cells + self.errors.mean(multipliers) - self.totals
        value = (
            self.distance.conjugate(pull)
            + self.errors.conjugate(multipliers)
            - float(self.totals @ multipliers)
        )
        return Point(multipliers, pull, cells, gradient, value)

    def miss(self, point: Point) -> float:
        """Largest miss relative to the total of the account."""
        size = account_totals(self.weights, self.totals, point.cells, self.distance.prior)
        return float(np.max(np.abs(point.gradient) / size, initial=0.0))


class Point(NamedTuple):
    """Multipliers, and what follows from them: pull, cells, gradient and value of the dual."""

    multipliers: Array  # constraint
    pull: Array  # cell
    cells: Array  # cell
    gradient: Array  # constraint
    value: float


def account_totals(weights: sparse.csr_array, totals: Array, cells: Array, prior: Array) -> Array:
    """Size of each total: itself, or half of all that flows in and out of the account.

    Arguments:
        weights: absolute weights of the cells in each total.
        totals: required values.
        cells: the cells now.
        prior: the cells before; an account that vanishes is measured by a trace of these.
    """
    flows = np.maximum(weights @ np.abs(cells), _VANISHED * (weights @ np.abs(prior)))
    size = np.maximum(np.abs(totals), 0.5 * flows)
    return np.asarray(np.where(size > 0.0, size, 1.0))


def minimise(problem: Problem, start: Array, tol: float, max_steps: int) -> tuple[Point, int]:
    """Minimum of the dual, or the point from which no step helps any more, and the steps taken.

    Arguments:
        problem: the problem.
        start: multipliers to start from.
        tol: largest miss of a total relative to its account.
        max_steps: limit on the steps.
    """
    point = problem.point(start)
    miss = problem.miss(point)
    steps = stalled = 0
    while miss > tol and steps < max_steps and stalled < _PATIENCE:
        direction = _direction(problem, point)
        after = _search(problem, point, direction)
        if after is None:
            break
        before, miss = miss, problem.miss(after)
        gain = point.value - after.value
        better = miss < 0.5 * before or gain > 1e-13 * abs(point.value)
        stalled = 0 if better else stalled + 1
        point, steps = after, steps + 1
    return point, steps


def _direction(problem: Problem, point: Point) -> Array:
    slope = problem.distance.slope(point.pull)
    variance = problem.errors.variance(point.multipliers)
    return -problem.equations.solve(slope, variance, point.gradient)


def _search(problem: Problem, point: Point, direction: Array) -> Point | None:
    """Backtracking line search on the convex dual; nothing if no step lowers it or its gradient.

    Near the minimum the dual's changes drown in rounding; its gradient still tells.
    """
    slope = float(point.gradient @ direction)
    steep = 0.5 * float(np.abs(point.gradient).max()) if -slope < _BLUR * abs(point.value) else 0.0
    length = problem.distance.stride(np.asarray(problem.transpose @ direction))
    slack = 1e-13 * abs(point.value)
    for _ in range(40):
        with np.errstate(over="ignore", invalid="ignore"):  # too far is found out below
            after = problem.point(point.multipliers + length * direction)
        lower = after.value <= point.value + 1e-4 * length * slope + slack
        if lower or float(np.abs(after.gradient).max()) <= steep:
            return after
        length *= 0.5
    return None
