"""Ipopt for square systems of equations, through whichever package brings it.

Ipopt (Waechter and Biegler 2006, Mathematical Programming 106) comes with cyipopt, which is
compiled against the system's library, or inside the wheel of CasADi. Without an objective and with
as many equations as variables the equations alone determine its steps, so second derivatives are
not given.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

Binding = Literal["cyipopt", "casadi"]
Vector = NDArray[np.float64]
Indices = NDArray[np.int64]

BINDINGS: tuple[Binding, ...] = ("cyipopt", "casadi")
"""Python packages that bring an Ipopt, the preferred one first."""

INSTALL = (
    "Install CasADi, whose wheel carries one (pip install casadi), or cyipopt, which is compiled "
    "(pip install 'm3c-cge[ipopt]') and needs the packages gcc g++ pkg-config "
    "coinor-libipopt-dev libblas-dev liblapack-dev"
)

_NO_ENTRIES = np.zeros(0, np.int64)


class NoIpopt(RuntimeError):
    """There is no Ipopt: says what to install."""


@dataclass(frozen=True, eq=False)
class Square:
    """As many equations as variables.

    Attributes:
        equations: values at a point.
        entries: entries of the Jacobian at a point, at ``rows`` and ``columns``.
        rows: row of each entry.
        columns: column of each entry.
    """

    equations: Callable[[Vector], Vector]
    entries: Callable[[Vector], Vector]
    rows: Indices
    columns: Indices


@dataclass(frozen=True)
class Settings:
    """How hard Ipopt tries.

    Attributes:
        tolerance: largest absolute value of an equation at a solution.
        iterations: most iterations.
        seconds: most time by the clock.
    """

    tolerance: float
    iterations: int
    seconds: float = 1e6


class Ending(NamedTuple):
    """Where Ipopt ended: the point, its iterations, and whether no more, or no time, was left."""

    point: Vector
    iterations: int
    exhausted: bool


def available() -> Binding | None:
    """The binding that is used unless another is named; None where there is none."""
    return next((name for name in BINDINGS if _loads(name)), None)


def _loads(name: str) -> bool:
    """Whether a package can be used; one that was compiled may have lost its library."""
    try:
        import_module(name)
    except ImportError:
        return False
    return True


def choose(name: Binding | None) -> Binding:
    """A binding that can be loaded.

    Raises:
        NoIpopt: it cannot, or none can; says what to install.
    """
    chosen = name or available()
    if chosen is None:
        raise NoIpopt(f"neither cyipopt nor CasADi can be loaded, so no Ipopt. {INSTALL}.")
    if not _loads(chosen):
        raise NoIpopt(f"{chosen} cannot be loaded. {INSTALL}.")
    return chosen


def solve_square(system: Square, start: Vector, settings: Settings, binding: Binding) -> Ending:
    """Look for a solution of a square system from a start."""
    run = _with_cyipopt if binding == "cyipopt" else _with_casadi
    return run(system, start, _options(settings), settings.seconds)


def _options(settings: Settings) -> dict[str, Any]:
    """Ipopt's options: equations are relative already, so nothing is scaled."""
    return {
        "print_level": 0,
        "sb": "yes",
        "max_iter": settings.iterations,
        "tol": settings.tolerance,
        "constr_viol_tol": settings.tolerance,
        "nlp_scaling_method": "none",
    }


# cyipopt ------------------------------------------------------------------------------------------


class _Callbacks:
    """What cyipopt calls: no objective, the equations and their Jacobian, no curvature.

    It ends a run that takes too long, for which older versions of Ipopt have no option.
    """

    def __init__(self, system: Square, seconds: float) -> None:
        self.system = system
        self.iterations = 0
        self.end = time.monotonic() + seconds

    def objective(self, point: Vector) -> float:
        return 0.0

    def gradient(self, point: Vector) -> Vector:
        return np.zeros(len(point))

    def constraints(self, point: Vector) -> Vector:
        return self.system.equations(point)

    def jacobianstructure(self) -> tuple[Indices, Indices]:
        return self.system.rows, self.system.columns

    def jacobian(self, point: Vector) -> Vector:
        return self.system.entries(point)

    def hessianstructure(self) -> tuple[Indices, Indices]:
        return _NO_ENTRIES, _NO_ENTRIES

    def hessian(self, point: Vector, multipliers: Vector, factor: float) -> Vector:
        return np.zeros(0)

    def intermediate(self, mode: int, iteration: int, *measures: float) -> bool:
        self.iterations = iteration
        return time.monotonic() < self.end


def _with_cyipopt(system: Square, start: Vector, options: dict[str, Any], seconds: float) -> Ending:
    cyipopt: Any = import_module("cyipopt")
    n = len(start)
    callbacks = _Callbacks(system, seconds)
    problem = cyipopt.Problem(
        n=n,
        m=n,
        problem_obj=callbacks,
        cl=np.zeros(n),
        cu=np.zeros(n),
    )
    for name, value in options.items():
        problem.add_option(name, value)
    point, information = problem.solve(start)
    limits = (-1, 5)  # Ipopt's codes of its limit of iterations and of an end that was asked for
    return Ending(np.asarray(point), callbacks.iterations, information["status"] in limits)


# CasADi -------------------------------------------------------------------------------------------


def _with_casadi(system: Square, start: Vector, options: dict[str, Any], seconds: float) -> Ending:
    casadi: Any = import_module("casadi")
    n = len(start)
    x = casadi.MX.sym("x", n)
    equations, derivatives = _casadi_functions(system, n)
    nothing = casadi.MX.sym("p", 0, 0)
    weights = casadi.MX.sym("lam_f"), casadi.MX.sym("lam_g", n)
    solver = casadi.nlpsol(
        "square",
        "ipopt",
        {"x": x, "f": casadi.MX(0), "g": equations(x)},
        {
            "jac_g": derivatives,
            "hess_lag": casadi.Function("curvature", [x, nothing, *weights], [casadi.DM(n, n)]),
            "ipopt": {**options, "max_wall_time": max(seconds, 1e-3)},
            "no_nlp_grad": True,
            "calc_lam_p": False,
            "print_time": False,
            "show_eval_warnings": False,
            "error_on_fail": False,
        },
    )
    found = solver(x0=start, lbg=0.0, ubg=0.0)
    end = solver.stats()
    exhausted = end["return_status"].startswith("Maximum_")
    return Ending(np.asarray(found["x"]).ravel(), end["iter_count"], exhausted)


def _casadi_functions(system: Square, n: int) -> tuple[Any, Any]:
    """The equations x -> g and their derivatives (x, no parameters) -> (g, Jacobian)."""
    casadi: Any = import_module("casadi")
    point, nothing = casadi.Sparsity.dense(n, 1), casadi.Sparsity(0, 0)
    pattern = casadi.Sparsity.triplet(n, n, system.rows.tolist(), system.columns.tolist())
    order = np.lexsort((system.rows, system.columns))  # CasADi stores entries by columns

    class Function(casadi.Callback):  # type: ignore[misc]  # has no types
        def __init__(
            self, name: str, inputs: list[Any], outputs: list[Any], call: Callable[[Vector], Any]
        ) -> None:
            casadi.Callback.__init__(self)
            self.inputs, self.outputs, self.call_ = inputs, outputs, call
            self.construct(name, {})

        def get_n_in(self) -> int:
            return len(self.inputs)

        def get_n_out(self) -> int:
            return len(self.outputs)

        def get_sparsity_in(self, position: int) -> Any:
            return self.inputs[position]

        def get_sparsity_out(self, position: int) -> Any:
            return self.outputs[position]

        def eval(self, arguments: list[Any]) -> list[Any]:
            return list(self.call_(np.asarray(arguments[0]).ravel()))

    def both(x: Vector) -> tuple[Vector, Any]:
        return system.equations(x), casadi.DM(pattern, system.entries(x)[order])

    return (
        Function("equations", [point], [point], lambda x: (system.equations(x),)),
        Function("derivatives", [point, nothing], [point, pattern], both),
    )
