"""The dual Newton method finds what Ipopt finds on the primal problem, written down as it is."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import casadi
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pytest

from sam.balancing import (
    FIVE_POINTS,
    THREE_POINTS,
    Balanced,
    Constraints,
    Support,
    account_constraints,
    balance,
)

Array = npt.NDArray[np.float64]

BOTH = [pytest.param("cyipopt", marks=pytest.mark.ipopt), "casadi"]
OPTIONS = {"print_level": 0, "sb": "yes", "tol": 1e-10, "max_iter": 500}


def unbalanced(seed: int, support: Support | None) -> tuple[Array, Array, Constraints]:
    """A SAM with a negative and some empty cells, its cells' errors, hard and soft totals."""
    rng = np.random.default_rng(seed)
    prior = rng.uniform(2.0, 60.0, (5, 5)) * (rng.random((5, 5)) < 0.8)
    prior[0, 1], prior[1, 2] = -4.0, 20.0
    turnover = 0.5 * (prior.sum(0) + prior.sum(1))
    builder = account_constraints("abcde", 1.05 * turnover, 0.04 * turnover, support=support)
    builder.add("hard", [(np.arange(5), 1.0)], 1.03 * float(turnover[0]))
    builder.add("also", [([11, 12, 13], 1.0), ([21], -0.5)], 70.0, 6.0, support=support)
    return prior, 0.3 * np.abs(prior), builder.build()


class Primal:
    """Cells and errors of soft totals as a nonlinear program.

    The unknowns are the sizes of the live cells and, for every soft total, its error in standard
    deviations or the weights of its support points.
    """

    def __init__(
        self, prior: Array, errors: Array, constraints: Constraints, entropy: bool
    ) -> None:
        self.prior, self.entropy = prior.ravel(), entropy
        self.live = np.flatnonzero(self.prior)
        self.start = np.abs(self.prior[self.live])
        self.spread = errors.ravel()[self.live] ** 2
        soft = np.flatnonzero(~constraints.hard)
        self.support = constraints.supports[soft[0]]
        points, weights = (
            ((1.0,), (0.0,))
            if self.support is None
            else (
                self.support.points,
                self.support.weights,
            )
        )
        self.weights = np.tile(weights, soft.size)
        self.begin = np.concatenate([self.start, self.weights])
        signed = constraints.matrix.toarray()[:, self.live] * np.sign(self.prior[self.live])
        noise = np.kron(np.eye(len(constraints))[:, soft], points)
        noise *= constraints.deviations[:, None]
        rows = np.arange(len(constraints)) != 4  # the last account follows from the others
        self.matrix, self.totals = np.hstack([signed, noise])[rows], constraints.totals[rows]
        if self.support is not None:
            whole = np.kron(np.eye(soft.size), np.ones(len(points)))
            none = np.zeros((soft.size, self.start.size))
            self.matrix = np.vstack([self.matrix, np.hstack([none, whole])])
            self.totals = np.concatenate([self.totals, np.ones(soft.size)])
        cells = np.full(self.start.size, 1e-14 if entropy else -np.inf)
        noise_floor = np.full(self.weights.size, -np.inf if self.support is None else 1e-14)
        self.lower = np.concatenate([cells, noise_floor])

    def objective(self, unknown: Any, constant: Any, log: Any, total: Any) -> Any:
        """Distance of the cells and cost of the errors."""
        cells, errors = unknown[: self.start.size], unknown[self.start.size :]
        start, spread = constant(self.start), constant(self.spread)
        if self.entropy:
            distance = start / spread * (cells * log(cells / start) - cells + start)
        else:
            distance = (cells - start) ** 2 / (2.0 * spread)
        if self.support is None:
            return total(distance) + total(errors**2) / 2.0
        return total(distance) + total(errors * log(errors / constant(self.weights)))

    def cells_of(self, point: Array) -> Array:
        """All cells of a solution."""
        cells = np.zeros(self.prior.size)
        cells[self.live] = np.sign(self.prior[self.live]) * point[: self.start.size]
        return cells


def by_casadi(primal: Primal) -> Array:
    unknown = casadi.MX.sym("x", primal.begin.size)
    problem = {
        "x": unknown,
        "f": primal.objective(unknown, casadi.DM, casadi.log, casadi.sum1),
        "g": casadi.DM(primal.matrix) @ unknown,
    }
    options = {"ipopt": dict(OPTIONS), "print_time": False}
    solver = casadi.nlpsol("balance", "ipopt", problem, options)
    found = solver(x0=primal.begin, lbx=primal.lower, lbg=primal.totals, ubg=primal.totals)
    assert solver.stats()["success"]
    return np.asarray(found["x"]).ravel()


def by_cyipopt(primal: Primal) -> Array:
    def objective(point: Any) -> Any:
        return primal.objective(point, jnp.asarray, jnp.log, jnp.sum)

    slope, curvature = jax.jit(jax.grad(objective)), jax.jit(jax.hessian(objective))
    found = import_module("cyipopt").minimize_ipopt(
        lambda point: float(objective(point)),
        primal.begin,
        jac=lambda point: np.asarray(slope(point)),
        hess=lambda point: np.asarray(curvature(point)),
        bounds=[(low, None) for low in primal.lower],
        constraints={
            "type": "eq",
            "fun": lambda point: primal.matrix @ point - primal.totals,
            "jac": lambda point: primal.matrix,
            "hess": lambda point, weights: np.zeros((primal.begin.size,) * 2),
        },
        options=dict(OPTIONS),  # it writes into them
    )
    assert found.success, found
    return np.asarray(found.x)


@pytest.mark.parametrize("binding", BOTH)
@pytest.mark.parametrize("support", [None, THREE_POINTS, FIVE_POINTS])
@pytest.mark.parametrize("method", ["entropy", "least_squares"])
def test_ipopt_finds_the_same_cells(method: Any, support: Support | None, binding: str) -> None:
    prior, errors, constraints = unbalanced(1, support)
    ours: Balanced = balance(prior, constraints, method=method, deviations=errors)
    primal = Primal(prior, errors, constraints, method == "entropy")
    point = by_casadi(primal) if binding == "casadi" else by_cyipopt(primal)
    np.testing.assert_allclose(ours.cells.ravel(), primal.cells_of(point), rtol=1e-6, atol=1e-6)
    assert (ours.cells < 0.0).any()
    assert np.abs(ours.cells - prior).max() > 1.0
    if support is None:
        missed = -point[primal.start.size :]
        np.testing.assert_allclose(ours.soft["residual"], missed, rtol=1e-6, atol=1e-6)
