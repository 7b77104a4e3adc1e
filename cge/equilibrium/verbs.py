"""What beginners do with a model: check it and solve it. These are the verbs behind ``Model``'s."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cge.equilibrium.benchmark import check_benchmark
from cge.equilibrium.result import Equilibrium
from cge.equilibrium.solver import Solver
from cge.language.model import Model
from cge.language.parameters import Values

KEPT = 8
"""Models whose compiled solvers are kept. A solver holds its model, so a weak table would never let
go of either."""


def check(model: Model, tolerance: float = 1e-9) -> None:
    """Assert that the benchmark of a model is an equilibrium.

    Raises:
        DeclarationError: markets, activities or agents out of balance, worst first, with their
            members and sizes; a commodity without supply or demand.
    """
    check_benchmark(model, tolerance)


def solve(model: Model, changes: Values | None = None, **named: Any) -> Equilibrium:
    """Solve for the equilibrium at changed parameters, from the benchmark.

    What is compiled is kept for the models solved last; a ``Solver`` of one's own offers more.

    Raises:
        DeclarationError: unknown parameter, or labels or shape do not fit.
        NotSolved: no equilibrium was found; says which conditions fail.
    """
    return solver_of(model).solve(changes, **named)


@lru_cache(maxsize=KEPT)
def solver_of(model: Model) -> Solver:
    """The solver behind ``solve``."""
    return Solver(model)
