r"""General equilibrium in primal form: quantities, production functions, first-order conditions.

The engine works with unit costs, expenditure functions and value shares (the dual form), and its
derivatives follow from them. Here nothing of that is used: technologies and tastes are functions of
quantities, buyers equate marginal product and price,

.. math:: y = f(x) = y_0 \Bigl( \sum_k \theta_k (x_k / \bar x_k)^\rho \Bigr)^{1/\rho} , \qquad
          p \, \frac{\partial f}{\partial x_k} = w_k ,

with :math:`\rho = (\sigma - 1) / \sigma` for inputs and :math:`\rho = (\psi + 1) / \psi` for
outputs (CET), and all is solved at once, by the Ipopt inside CasADi's wheel with CasADi's own
derivatives. (Pyomo would need the executable of Ipopt or its own AMPL library; neither cyipopt nor
CasADi brings one of them.)
"""

from __future__ import annotations

from typing import Any

import casadi
import numpy as np

Array = Any
"""NumPy array of numbers or of CasADi expressions. Single expressions are arrays of one member,
since NumPy and CasADi do not know each other's operators."""


LEAST = 1e-9
"""Least value of a positive unknown, relative to its starting value."""

KINKS = (1e-2, 1e-5, 1e-10, 1e-24)
"""Product of the two sides of a complementarity, one solve after the other: zero to rounding."""


IPOPT = {
    "print_level": 0, "sb": "yes", "tol": 1e-11, "constr_viol_tol": 1e-11,
    "mu_init": 1e-8, "bound_push": 1e-8,
}  # fmt: skip
"""Options of Ipopt; bounds are to be felt only near them."""


class Primal:
    """Unknowns and as many equations.

    Attributes:
        unknowns: arrays of symbols by name.
        starts: arrays of starting values by name.
        free: names of unknowns that need not be positive.
        equations: expressions that are zero at the solution.
    """

    def __init__(self) -> None:
        self.unknowns: dict[str, Array] = {}
        self.starts: dict[str, np.ndarray] = {}
        self.free: set[str] = set()
        self.equations: list[Any] = []
        self.kink = casadi.SX.sym("kink")

    def unknown(self, name: str, start: Any, *, free: bool = False) -> Array:
        """An array of unknowns in the shape of its starting values; where these are zero, zeros.

        Arguments:
            name: a name.
            start: starting values, in whose units the unknowns are solved for.
            free: whether equations alone say what sign they have.
        """
        start = np.asarray(start, dtype=float)
        if free:
            self.free.add(name)
        symbols = np.zeros(start.shape, dtype=object)
        for at in np.ndindex(start.shape):
            if start[at] != 0.0:
                symbols[at] = casadi.SX.sym(f"{name}{list(at)}")
        self.unknowns[name], self.starts[name] = symbols, start
        return symbols

    def equal(self, left: Array, right: Array) -> None:
        """Equations between the members of two arrays that broadcast; nothing where both are zero.

        Raises:
            AssertionError: a zero is to equal another number.
        """
        difference = np.asarray(left - right, dtype=object)
        for at in np.ndindex(difference.shape):
            expression = casadi.SX(difference[at])
            if not expression.is_constant():
                self.equations.append(expression)
            else:
                assert expression.is_zero()

    def complementary(self, left: Array, right: Array) -> None:
        """Two arrays of which one or the other is zero, and none negative (Fischer 1992)."""
        for a, b in zip(np.ravel(left), np.ravel(right), strict=True):
            if isinstance(a, casadi.SX):
                self.equations.append(a + b - casadi.sqrt(a**2 + b**2 + 2.0 * self.kink))

    def solve(self) -> dict[str, np.ndarray]:
        """Values of all unknowns at the solution, by name.

        Unknowns are relative to their starts, and equations to their largest slope there.
        """
        live = {name: start != 0.0 for name, start in self.starts.items()}
        symbols = [x for name, mask in live.items() for x in self.unknowns[name][mask]]
        starts = np.concatenate([self.starts[name][mask] for name, mask in live.items()])
        least = [-np.inf if name in self.free else LEAST for name in live]
        bounds = np.repeat(least, [mask.sum() for mask in live.values()])
        assert len(symbols) == len(self.equations), (len(symbols), len(self.equations))
        x, kink = casadi.SX.sym("x", len(symbols)), self.kink
        equations = casadi.vertcat(*self.equations)
        gaps = casadi.Function("gaps", [casadi.vertcat(*symbols), kink], [equations])
        g = gaps(x * starts, kink)
        slopes = casadi.Function("slopes", [x, kink], [casadi.jacobian(g, x)])(1.0, KINKS[0])
        steepest = np.asarray(abs(slopes.sparse()).max(axis=1).todense()).ravel()
        problem = {"x": x, "p": kink, "f": casadi.SX(0), "g": g / steepest}
        options = {"ipopt": IPOPT, "print_time": False, "hess_lag": _no_curvature(len(symbols))}
        solver = casadi.nlpsol("primal", "ipopt", problem, options)
        found = {"x": 1.0}
        for sharp in KINKS if casadi.depends_on(equations, kink) else KINKS[-1:]:
            found = solver(x0=found["x"], p=sharp, lbx=bounds, lbg=0.0, ubg=0.0)
            assert solver.stats()["success"], solver.stats()["return_status"]
        vector = np.asarray(found["x"]).ravel() * starts
        result, at = {}, 0
        for name, mask in live.items():
            result[name] = np.zeros(mask.shape)
            result[name][mask] = vector[at : at + mask.sum()]
            at += int(mask.sum())
        return result


def _no_curvature(count: int) -> Any:
    """The Hessian that Ipopt is given: steps of a square system do not depend on it."""
    x, weights = casadi.SX.sym("x", count), casadi.SX.sym("weights", count)
    curvature = casadi.SX(count, count)
    names = ["x", "p", "lam_f", "lam_g"], ["triu_hess_gamma_x_x"]
    given = [x, casadi.SX.sym("p"), casadi.SX.sym("weight"), weights]
    return casadi.Function("curvature", given, [curvature], *names)


def single(expression: Any) -> Array:
    """An expression as an array of one member."""
    result = np.empty(1, dtype=object)
    result[0] = expression
    return result


def total(x: Array) -> Array:
    """Sum of all members, as an array of one."""
    return single(x.sum())


def ces(
    x: Array, reference: np.ndarray, value: float, elasticity: float, prices: Any = 1.0
) -> Array:
    """CES function through a reference point, as an array of one member.

    Arguments:
        x: quantities.
        reference: their reference quantities; zero where they are not used at all.
        value: value of the function there.
        elasticity: of substitution between inputs; negative for transformation between outputs.
        prices: reference prices of the inputs.
    """
    used = reference != 0.0
    worth = np.broadcast_to(prices, used.shape)[used] * reference[used]
    share, ratio = worth / worth.sum(), x[used] / reference[used]
    if elasticity == 1.0:
        return single(value * (ratio**share).prod())
    rho = (elasticity - 1.0) / elasticity
    return single(value * (share * ratio**rho).sum() ** (1.0 / rho))


def marginal(function: Array, x: Array) -> Array:
    """Derivatives of a function with respect to unknowns; zero for those that do not exist."""
    result = np.zeros(x.shape, dtype=object)
    for at in np.ndindex(result.shape):
        if isinstance(x[at], casadi.SX):
            result[at] = casadi.gradient(function[0], x[at])
    return result
