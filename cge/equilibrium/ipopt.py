r"""Ipopt: the last resort of the solver, and an algorithm of another kind to check it against.

The kinks of complementarities are not met as they are, as in ``newton``, but smoothed (Chen and
Mangasarian 1996). With an unknown's distance a to its lower bound, b to its upper bound, and the
condition f that holds between them, :math:`\max(\min(a, f), -b) = 0` is made of

.. math:: \min(a, f) \approx \tfrac{1}{2} \Bigl( a + f - \sqrt{(a - f)^2 + 4 \tau^2} \Bigr) ,
          \quad \text{exactly zero where } a f = \tau^2 , \qquad \tau \to 0 .

Beside the ordinary conditions this is a square system. At the last :math:`\tau` it is clear which
of a, f and b vanishes; with that set to zero the system that is left is exact. Derivatives are
automatic: nothing but the conditions themselves is shared with Newton's method, and these decide
what is an equilibrium.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from cge.equilibrium.axes import Axes, Traced
from cge.equilibrium.bindings import (
    Binding,
    Indices,
    Settings,
    Square,
    Vector,
    choose,
    solve_square,
)
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.effort import USUAL, Budget
from cge.equilibrium.state import State, Unknowns
from cge.equilibrium.tensors import size_of
from cge.language.model import Model

PATH = (0.1, 1e-2, 1e-3, 1e-4)
"""Widths of the smoothed kinks, on their way to zero. Prices that may be zero and slacks are
relative to their size in the benchmark; much wider kinks may leave no solution."""

LOOKS = 6
"""How often to look which side of each complementarity vanishes."""

ITERATIONS = 100
"""Most iterations of one run of Ipopt."""

NEARLY = 1e-6
"""Largest residual of a system from which it is worth going on to the next one."""

COLUMNS = 32
"""Columns of the Jacobian that are computed at a time."""

SMOOTH, LOWER, BETWEEN, UPPER = range(4)
"""What a complementarity requires: its smoothed kinks, or one of its three branches."""


class System:
    """All conditions of a model as one vector, compiled once for all parameters."""

    def __init__(self, model: Model, axes: Axes) -> None:
        self.model, self.axes = model, axes
        self.shapes = {key: family.shape for key, family in model.families().items()}

    def split(self, vector: Traced) -> dict[str, Traced]:
        """A vector as arrays over the families."""
        parts, at = {}, 0
        for key, shape in self.shapes.items():
            parts[key] = vector[at : at + size_of(shape)].reshape(shape)
            at += size_of(shape)
        return parts

    def join(self, parts: Mapping[str, Traced], xp: Any = np) -> Traced:
        """Arrays over the families as a vector."""
        arrays = (xp.broadcast_to(parts[key], shape) for key, shape in self.shapes.items())
        return xp.concatenate([xp.ravel(array) for array in arrays])

    def equations(
        self, point: Traced, values: Mapping[str, Traced], width: Traced, rule: Traced
    ) -> Traced:
        """All conditions at a point.

        Arguments:
            point: the unknowns.
            values: parameters by name.
            width: width of the smoothed kinks.
            rule: what each complementarity requires.
        """
        state = evaluate(self.model, self.axes, self.split(point), values)
        rules, result = self.split(rule), dict(state.residual)
        for key, pair in state.pairs.items():
            result[key] = _required(pair, width, rules[key])
        return self.join(result, jnp)

    @cached_property
    def compiled(self) -> Any:
        """Compiled ``equations``."""
        return jax.jit(self.equations)

    @cached_property
    def derivatives(self) -> Any:
        """Compiled Jacobian of ``equations``, transposed (unknown, condition)."""

        def matrix(point: Traced, *others: Any) -> Traced:
            def column(direction: Traced) -> Traced:
                return jax.jvp(lambda z: self.equations(z, *others), (point,), (direction,))[1]

            return jax.lax.map(column, jnp.eye(len(point)), batch_size=COLUMNS)

        return jax.jit(matrix)

    def state(self, point: Vector, values: Mapping[str, Traced]) -> State:
        """The economy at a point, as NumPy arrays."""
        with np.errstate(all="ignore"):
            return evaluate(self.model, Axes(self.model.dims, np), self.split(point), values)


def _required(
    pair: tuple[Traced | None, Traced, Traced | None], width: Traced, rule: Traced
) -> Traced:
    """The smoothed condition, or one branch of it."""
    below, between, above = pair
    smooth = between
    result = jnp.where(rule == BETWEEN, between, 0.0)
    if below is not None:
        smooth = _smooth_minimum(below, smooth, width)
        result = jnp.where(rule == LOWER, below, result)
    if above is not None:
        smooth = -_smooth_minimum(above, -smooth, width)
        result = jnp.where(rule == UPPER, -above, result)
    return jnp.where(rule == SMOOTH, smooth, result)


def _smooth_minimum(a: Traced, b: Traced, width: Traced) -> Traced:
    return 0.5 * (a + b - jnp.sqrt((a - b) ** 2 + 4.0 * width**2))


def _branches(state: State) -> dict[str, Traced]:
    """Which branch of each complementarity is the active one."""
    rules = {}
    for key, (below, between, above) in state.pairs.items():
        rule, value = np.full(np.shape(between), BETWEEN), between
        if below is not None:
            rule, value = np.where(below <= value, LOWER, rule), np.minimum(below, value)
        if above is not None:
            rule = np.where(-above >= value, UPPER, rule)
        rules[key] = rule
    return rules


class Outcome(NamedTuple):
    """Where a search ended, with what ``Solver`` judges it by.

    Attributes:
        unknowns: the point.
        worst: how far the condition that holds worst is from holding, kinks as they are.
        walras: imbalance of the market left unsolved.
        rounds: iterations of Ipopt.
        stuck: whether it ended for another reason than the limits of iterations and time.
    """

    unknowns: Unknowns
    worst: float
    walras: float
    rounds: int
    stuck: bool


def search(
    system: System,
    values: Mapping[str, Traced],
    start: Unknowns,
    tolerance: float,
    binding: Binding | None = None,
    budget: Budget = USUAL,
) -> Outcome:
    """Look for an equilibrium with Ipopt.

    Arguments:
        system: the conditions of the model.
        values: all parameters by name.
        start: unknowns to start from.
        tolerance: residual to reach.
        binding: the package whose Ipopt is used; cyipopt where it is installed, else CasADi.
        budget: most iterations and time, without compiling.

    Raises:
        NoIpopt: that package is not installed, or neither is.
    """
    path = _Path(system, values, start, tolerance, choose(binding), budget)
    if path.follow():
        path.settle()
    state = system.state(path.point, values)
    unknowns = system.split(path.point)
    return Outcome(
        unknowns, float(state.worst), float(state.walras), path.rounds, not path.exhausted
    )


class _Path:
    """A sequence of systems, ever closer to the conditions: where it stands and what it took.

    Attributes:
        point: all unknowns.
        live: which of them matter: members without any flow keep their unknowns.
        rounds: iterations of Ipopt so far.
        exhausted: whether the last run ended for its limit of iterations or time.
        end: time at which the last run ends.
    """

    def __init__(
        self,
        system: System,
        values: Mapping[str, Traced],
        start: Unknowns,
        tolerance: float,
        binding: Binding,
        budget: Budget,
    ) -> None:
        self.system, self.values, self.binding = system, values, binding
        self.budget = budget
        self.tolerance = tolerance
        self.point: Vector = self.system.join({k: np.asarray(u, float) for k, u in start.items()})
        state = self.system.state(self.point, values)
        self.live = ~self.system.join(state.dead)
        self.kinked = bool(state.pairs)
        self.rounds, self.exhausted = 0, False
        self._compile()
        self.end = time.monotonic() + budget.seconds

    def _compile(self) -> None:
        """Call all that is compiled once, before its time counts."""
        rule = jnp.full(len(self.point), SMOOTH)
        self.system.compiled(self.point, self.values, jnp.asarray(0.0), rule)
        assert len(self._entries)

    def follow(self) -> bool:
        """Take the width of the kinks towards zero; whether the last system was solved.

        Where a width leaves no solution within reach, the next one starts where that one did.
        """
        rule, solved = np.full(len(self.point), SMOOTH), True
        for width in PATH if self.kinked else ():
            before = self.point
            solved = self._run(width, rule)
            if not solved and width != PATH[-1]:
                self.point = before
        return solved

    def settle(self) -> bool:
        """Solve with one branch of each complementarity, until it is the right one."""
        last = None
        for _ in range(LOOKS):
            rule = self._rule()
            if last is not None and (rule == last)[self.live].all():
                return True
            if not self._run(0.0, rule):
                return False
            last = rule
        return False

    def _rule(self) -> Indices:
        branches = _branches(self.system.state(self.point, self.values))
        rules = {key: branches.get(key, BETWEEN) for key in self.system.shapes}
        return np.asarray(self.system.join(rules))

    def _run(self, width: float, rule: Indices) -> bool:
        """One run of Ipopt; whether it came near a solution."""
        square = self._square(jnp.asarray(width), jnp.asarray(rule))
        left = self.budget.rounds - self.rounds, self.end - time.monotonic()
        if min(left) <= 0:
            self.exhausted = True
            return False
        settings = Settings(self.tolerance, min(ITERATIONS, left[0]), left[1])
        end = solve_square(square, self.point[self.live], settings, self.binding)
        self.rounds, self.exhausted = self.rounds + end.iterations, end.exhausted
        if np.isfinite(end.point).all():
            self.point = self._whole(end.point)
        return bool(np.abs(square.equations(self.point[self.live])).max() <= NEARLY)

    def _square(self, width: Traced, rule: Traced) -> Square:
        """The system without the members that have no flow."""
        others = (self.values, width, rule)
        rows, columns = self._entries
        places = np.flatnonzero(self.live)

        def equations(part: Vector) -> Vector:
            whole = self.system.compiled(self._whole(part), *others)
            return np.asarray(np.asarray(whole)[self.live])

        def entries(part: Vector) -> Vector:
            matrix = np.asarray(self.system.derivatives(self._whole(part), *others))
            return np.asarray(matrix[places[columns], places[rows]])

        return Square(equations, entries, rows, columns)

    def _whole(self, part: Vector) -> Vector:
        full = self.point.copy()
        full[self.live] = part
        return full

    @cached_property
    def _entries(self) -> tuple[Indices, Indices]:
        """Rows and columns of the Jacobian that may differ from zero, found at a random point."""
        rng = np.random.default_rng(0)
        point = self.point + 0.1 * rng.random(len(self.point))
        rule = jnp.full(len(point), SMOOTH)
        matrix = np.asarray(self.system.derivatives(point, self.values, jnp.asarray(1.0), rule)).T
        rows, columns = np.nonzero(matrix[np.ix_(self.live, self.live)])
        return rows, columns
