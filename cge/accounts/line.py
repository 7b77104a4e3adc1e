r"""A straight line in parameters from one equilibrium to another, and integrals along it.

Parameters move in proportion, :math:`\theta(s) = \theta^0 + s\,\Delta`, and the shock is the sum of
the changes of its groups, :math:`\Delta = \sum_g \Delta_g`. The equilibrium follows with the exact
tangent

.. math:: \frac{du}{ds} = \sum_g \frac{du_g}{ds}, \qquad
          \frac{du_g}{ds} = -J^{-1} \frac{\partial f}{\partial \theta} \Delta_g ,

so whatever is linear in the tangents is parted by group at every point and integrated by group,
with an adaptive Gauss-Kronrod rule of 15 points on equilibria that are solved, not extrapolated.
Where a complementarity changes sides (permits begin to bind, a technology starts) the tangent
jumps: these kinks are found first, and the rule integrates from one to the next.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import jax
import numpy as np
import numpy.typing as npt
from scipy.integrate import quad_vec

from cge.equilibrium.result import Equilibrium
from cge.equilibrium.solver import Solver
from cge.language.errors import DeclarationError
from cge.language.parameters import Parameter

Vector = npt.NDArray[np.float64]

Groups = Mapping[str, Collection[str | Parameter] | Mapping[str, Any]]
"""Groups of a shock: parameters, or the share of each parameter's change that belongs to it."""

Rate = Callable[[Any, Any, Any], Any]
"""Compiled (unknowns, parameters, changes by group) -> tree of arrays, groups first."""

TOLERANCE = 1e-9
"""Error of an integral, relative to the size of what is integrated."""

INTERVALS = 40
"""Most intervals of the rule: a smooth piece needs one or two."""

_AT_KINK = 1e-11
"""Distance of the two branches of a complementarity at which either may hold."""

_NARROW = 1e-12
"""Length of line within which a kink is not looked for any closer."""


class Unfinished(ArithmeticError):
    """An integral along a line did not become exact enough: says by how much, and what to do."""


@dataclass(frozen=True, eq=False)
class StraightLine:
    """The line between two equilibria of a model.

    Attributes:
        solver: solver of the model.
        base: equilibrium at the start.
        new: equilibrium at the end.
        changes: change of every parameter by group.
        known: equilibria on the line, by place.
    """

    solver: Solver
    base: Equilibrium
    new: Equilibrium
    changes: Mapping[str, Mapping[str, Vector]]
    known: dict[float, Equilibrium] = field(default_factory=dict)

    @property
    def groups(self) -> list[str]:
        """Names of the groups."""
        return list(self.changes)

    def at(self, place: float) -> Equilibrium:
        """The equilibrium at a place between 0 and 1, from the nearest known one.

        Raises:
            NotSolved: there is none.
        """
        if place not in self.known:
            near = min(self.known, key=lambda s: abs(s - place))
            values = self._values(place)
            self.known[place] = self.solver.solve(values, start=self.known[near])
        return self.known[place]

    def kinks(self) -> list[float]:
        """Places where complementarities change sides, in order.

        Raises:
            NotSolved: there is no equilibrium somewhere on the line.
        """
        return sorted(self._kinks_between(0.0, 1.0))

    def _kinks_between(self, low: float, high: float) -> list[float]:
        first, last = _sides(self.at(low)), _sides(self.at(high))
        if not _differ(first, last):
            return []
        middle = 0.5 * (low + high)
        if high - low < _NARROW:
            return [middle]
        between = _sides(self.at(middle))
        if not _differ(first, between) and not _differ(between, last):
            return [middle]
        return self._kinks_between(low, middle) + self._kinks_between(middle, high)

    def _values(self, place: float) -> dict[str, Vector]:
        products = self.solver.model.products
        return {
            name: np.asarray(value) + place * (np.asarray(self.new.values[name]) - value)
            for name, value in self.base.values.items()
            if name not in products
        }

    def integrate(
        self,
        rate: Rate,
        sizes: Any,
        tolerance: float = TOLERANCE,
        intervals: int = INTERVALS,
    ) -> tuple[Any, float]:
        """Integral of rates along the line, by group.

        Arguments:
            rate: what is integrated.
            sizes: size of each array, a tree as that of the rates: errors are relative to it.
            tolerance: largest error of any number.
            intervals: most intervals.

        Returns:
            The integrals as the rate's tree of NumPy arrays, and the estimated error.

        Raises:
            NotSolved: there is no equilibrium somewhere on the line.
            Unfinished: so many intervals do not do.
        """
        names = self.solver.base
        stacked = {n: np.stack([self.changes[g][n] for g in self.changes]) for n in names}
        scales = [float(s) for s in jax.tree.leaves(sizes)]
        shape: list[Any] = []

        def integrand(place: float) -> Vector:
            e = self.at(float(place))
            leaves, tree = jax.tree.flatten(rate(e.unknowns, dict(e.values), stacked))
            arrays = [np.asarray(leaf, float) for leaf in leaves]
            shape[:] = [tree, [a.shape for a in arrays]]
            scaled = [a.ravel() / s for a, s in zip(arrays, scales, strict=True)]
            return np.concatenate([np.zeros(0), *scaled])

        found, error, info = quad_vec(
            integrand, 0.0, 1.0, epsabs=tolerance, epsrel=0.0, norm="max",
            limit=intervals, quadrature="gk15", points=self.kinks(), full_output=True,
        )  # fmt: skip
        if not (info.success or error <= 10.0 * tolerance):
            raise Unfinished(
                f"{self.solver.model.name}: the integral along the shock is exact to "
                f"{error:.1e} of the sizes after {len(info.intervals)} intervals, not to "
                f"{tolerance:.1e}; allow more intervals (intervals=) or a larger error (tolerance=)"
            )
        tree, shapes = shape
        ends = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]
        parts = [
            part.reshape(s) * scale
            for part, s, scale in zip(np.split(found, ends), shapes, scales, strict=True)
        ]
        return jax.tree.unflatten(tree, parts), float(error)


def straight_line(
    solver: Solver, base: Equilibrium, new: Equilibrium, groups: Groups | None = None
) -> StraightLine:
    """The line between two equilibria, with the shock in groups.

    Arguments:
        solver: solver of the model of both.
        base: equilibrium at the start.
        new: equilibrium at the end.
        groups: parameters by group, or shares of their changes (``{"bread": {"tariff": [1, 0]}}``);
            every parameter that changes by default.

    Raises:
        DeclarationError: an equilibrium is of another model, not solved, or solved with something
            fixed or bounded, nothing changes, or the groups leave a change out or count it twice.
    """
    for which, equilibrium in (("base", base), ("new equilibrium", new)):
        if equilibrium.model is not solver.model:
            raise DeclarationError(f"the {which} is of another model than the solver")
        if not equilibrium.solved:
            raise DeclarationError(f"the {which} is no equilibrium: {equilibrium!r}")
        if equilibrium.state.unmet:
            raise DeclarationError(
                f"the {which} was solved with something fixed or bounded beside the parameters, "
                "and a shock moves parameters only; free a parameter in its place "
                "(Model.with_swaps)"
            )
    moved = _moved(solver, base, new)
    if not moved:
        raise DeclarationError(
            f"{solver.model.name}: no parameter differs between the two equilibria, so there is "
            "nothing to part"
        )
    shares = _shares(solver, groups if groups is not None else {n: [n] for n in moved}, moved)
    still = {name: np.zeros(np.shape(value)) for name, value in base.values.items()}
    changes = {
        group: {**still, **{name: share * moved[name] for name, share in table.items()}}
        for group, table in shares.items()
    }
    return StraightLine(solver, base, new, changes, {0.0: base, 1.0: new})


def _sides(equilibrium: Equilibrium) -> Vector:
    """Which side of each complementarity holds: +1 or -1, zero where either may."""
    state, found = equilibrium.state, [np.zeros(0)]
    for key, (own, other, room) in state.pairs.items():
        alive = ~np.asarray(state.dead[key])
        low = np.inf if own is None else np.asarray(own, float)
        for gap in (low - other, np.minimum(low, other) + (np.inf if room is None else room)):
            side = np.where(np.abs(gap) < _AT_KINK, 0.0, np.sign(gap))
            found.append(np.ravel(np.where(alive, side, 0.0)))
    return np.concatenate(found)


def _differ(first: Vector, second: Vector) -> bool:
    """Whether a complementarity is on one side here and on the other there."""
    return bool(np.any(first * second < 0.0))


def _moved(solver: Solver, base: Equilibrium, new: Equilibrium) -> dict[str, Vector]:
    """Changes of the parameters that change; products follow them."""
    differences = {
        name: np.asarray(new.values[name], float) - np.asarray(value, float)
        for name, value in base.values.items()
        if name not in solver.model.products
    }
    return {name: change for name, change in differences.items() if np.any(change != 0.0)}


def _shares(
    solver: Solver, groups: Groups, moved: Mapping[str, Vector]
) -> dict[str, dict[str, Vector]]:
    """Share of each parameter's change by group; together they make up every change."""
    parameters = solver.model.parameters
    table: dict[str, dict[str, Vector]] = {}
    for group, members in groups.items():
        given = members if isinstance(members, Mapping) else dict.fromkeys(members, 1.0)
        named = {k.name if isinstance(k, Parameter) else k: v for k, v in given.items()}
        unknown = [name for name in named if name not in parameters]
        if unknown:
            raise DeclarationError(f"group {group!r}: no parameter {', '.join(unknown)}")
        table[group] = {
            name: np.asarray(parameters.fit(parameters[name], share), float)
            for name, share in named.items()
            if name in moved
        }
    for name, change in moved.items():
        total = sum((t[name] for t in table.values() if name in t), np.zeros(change.shape))
        if not np.allclose(total[change != 0.0], 1.0, rtol=0.0, atol=1e-12):
            held = [group for group, t in table.items() if name in t]
            raise DeclarationError(
                f"parameter {name!r} changes, and its shares in the groups "
                f"({', '.join(held) or 'none'}) do not add up to one; put all of its change into "
                "groups, once"
            )
    return table
