r"""Gradients of a solved equilibrium with respect to all parameters at once.

For an objective :math:`W(u, \theta)` at an equilibrium :math:`f(u, \theta) = 0`, the implicit
function theorem gives

.. math:: \frac{dW}{d\theta} = \frac{\partial W}{\partial \theta}
          + \lambda^\top \frac{\partial f}{\partial \theta}, \qquad
          J^\top \lambda = - \Bigl( \frac{\partial W}{\partial u} \Bigr)^\top :

one transposed solve with the factorised Jacobian, whatever the number of parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax

from cge.equilibrium.axes import Traced
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.direction import solve_transposed
from cge.equilibrium.jacobian import with_auxiliaries
from cge.equilibrium.solver import Solver
from cge.equilibrium.state import State, Unknowns

Objective = Callable[[State], Any]
"""A number computed from the state of the economy, in JAX operations."""


def gradient(
    solver: Solver, objective: Objective
) -> Callable[[Unknowns, Mapping[str, Traced]], dict[str, Traced]]:
    """A compiled function from (unknowns, parameters) at an equilibrium to the gradient.

    At a kink of a complementarity the gradient is that of the active side
    (see ``Equilibrium.kinks``).

    Arguments:
        solver: solver of the model.
        objective: what is differentiated, e.g. the welfare of a household.

    Returns:
        A function whose result has the gradient of the objective by parameter name: that of a
        factor includes what its products do, that of a product itself is zero.
    """
    model, axes, route = solver.model, solver.axes, solver.route

    def value(unknowns: Unknowns, values: Mapping[str, Traced]) -> Any:
        return objective(solver.state(unknowns, values))

    def total(unknowns: Unknowns, values: Mapping[str, Traced]) -> dict[str, Traced]:
        full = solver.complete(values)
        state = evaluate(model, axes, unknowns, full)
        factors = route.factorise(with_auxiliaries(model, axes, state, full), state.dead)
        multiplier = solve_transposed(route, factors, jax.grad(value)(unknowns, values))

        def lagrangian(at: Mapping[str, Traced]) -> Any:
            """The objective plus the conditions at the prices that it puts on them."""
            state = solver.state(unknowns, at)
            cost = sum((multiplier[key] * r).sum() for key, r in state.residual.items())
            return objective(state) + cost

        return jax.grad(lagrangian)(dict(values))

    compiled: Callable[[Unknowns, Mapping[str, Traced]], dict[str, Traced]] = jax.jit(total)
    return compiled
