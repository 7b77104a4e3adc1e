r"""Gradients of a solved equilibrium with respect to all parameters at once.

For an objective :math:`W(u, \theta)` at an equilibrium :math:`f(u, \theta) = 0`, the implicit
function theorem gives

.. math:: \frac{dW}{d\theta} = \frac{\partial W}{\partial \theta}
          + \lambda^\top \frac{\partial f}{\partial \theta}, \qquad
          J^\top \lambda = - \Bigl( \frac{\partial W}{\partial u} \Bigr)^\top :

one transposed solve with the factorised Jacobian, whatever the number of parameters. Several
objectives share the factors: each is one more right-hand side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp

from cge.equilibrium.axes import Traced
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.direction import solve_transposed
from cge.equilibrium.jacobian import with_auxiliaries
from cge.equilibrium.jitted import Jitted
from cge.equilibrium.solver import Solver
from cge.equilibrium.state import State, Unknowns

Objective = Callable[[State], Any]
"""A number or an array computed from the state of the economy, in JAX operations."""


def gradient(
    solver: Solver, objective: Objective, *, often: bool = True
) -> Callable[[Unknowns, Mapping[str, Traced]], dict[str, Traced]]:
    """A compiled function from (unknowns, parameters) at an equilibrium to the gradient.

    At a kink of a complementarity the gradient is that of the active side
    (see ``Equilibrium.kinks``).

    Arguments:
        solver: solver of the model.
        objective: what is differentiated, e.g. the welfare of a household, or of each household.
        often: whether it is called so often that faster code pays for a longer compilation.

    Returns:
        A function whose result has the gradient of the objective by parameter name, axes of the
        objective before those of the parameter: that of a factor includes what its products do,
        that of a product itself is zero.
    """
    model, axes, route = solver.model, solver.axes, solver.route

    def residual(unknowns: Unknowns, values: Mapping[str, Traced]) -> Unknowns:
        return solver.state(unknowns, values).residual

    def value(unknowns: Unknowns, values: Mapping[str, Traced]) -> Any:
        return jnp.asarray(objective(solver.state(unknowns, values)), float)

    def total(unknowns: Unknowns, values: Mapping[str, Traced]) -> dict[str, Traced]:
        found, pull_value = jax.vjp(value, unknowns, dict(values))
        values = solver.complete(values)
        state = evaluate(model, axes, unknowns, values)
        factors = route.factorise(with_auxiliaries(model, axes, state, values), state.dead)
        _, pull_residual = jax.vjp(lambda v: residual(unknowns, v), dict(values))

        def of(weights: Traced) -> dict[str, Traced]:
            by_unknown, by_value = pull_value(weights)
            (through,) = pull_residual(solve_transposed(route, factors, by_unknown))
            return {name: by_value[name] + through[name] for name in by_value}

        if found.ndim == 0:
            return of(jnp.ones(()))
        rows = jax.vmap(of)(jnp.eye(found.size).reshape(found.size, *found.shape))
        return {name: row.reshape(*found.shape, *row.shape[1:]) for name, row in rows.items()}

    size = sum(family.size for family in model.families().values())
    return Jitted(total, size if often else 0)
