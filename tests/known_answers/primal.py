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


class Primal:
    """Positive unknowns and as many equations.

    Attributes:
        unknowns: arrays of symbols by name.
        starts: arrays of starting values by name.
        equations: expressions that are zero at the solution.
    """

    def __init__(self) -> None:
        self.unknowns: dict[str, Array] = {}
        self.starts: dict[str, np.ndarray] = {}
        self.equations: list[Any] = []

    def unknown(self, name: str, start: Any) -> Array:
        """An array of unknowns in the shape of its starting values; where these are zero, zeros."""
        start = np.asarray(start, dtype=float)
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

    def solve(self) -> dict[str, np.ndarray]:
        """Values of all unknowns at the solution, by name."""
        live = {name: start != 0.0 for name, start in self.starts.items()}
        symbols = [x for name, mask in live.items() for x in self.unknowns[name][mask]]
        starts = np.concatenate([self.starts[name][mask] for name, mask in live.items()])
        assert len(symbols) == len(self.equations)
        problem = {
            "x": casadi.vertcat(*symbols),
            "f": casadi.SX(0),
            "g": casadi.vertcat(*self.equations),
        }
        quiet = {"print_level": 0, "sb": "yes", "tol": 1e-11, "constr_viol_tol": 1e-11}
        solver = casadi.nlpsol("primal", "ipopt", problem, {"ipopt": quiet, "print_time": False})
        found = solver(x0=starts, lbx=1e-9, lbg=0.0, ubg=0.0)
        assert solver.stats()["success"], solver.stats()["return_status"]
        vector = np.asarray(found["x"]).ravel()
        result, at = {}, 0
        for name, mask in live.items():
            result[name] = np.zeros(mask.shape)
            result[name][mask] = vector[at : at + mask.sum()]
            at += int(mask.sum())
        return result


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
