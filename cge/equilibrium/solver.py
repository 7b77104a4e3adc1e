"""The solver of one model: compiled once, for all parameters.

A solve climbs a ladder of ever more patient attempts (``attempts``) within one budget (``effort``),
and a failure says what was tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from cge.equilibrium import written
from cge.equilibrium.attempts import Task, climb
from cge.equilibrium.axes import Axes, Traced
from cge.equilibrium.benchmark import check_benchmark
from cge.equilibrium.bindings import Binding
from cge.equilibrium.bounds import apart, lower_name, relaxed, within
from cge.equilibrium.conditions import EVEN_WEIGHT, LEVEL_WEIGHT, evaluate
from cge.equilibrium.counterparts import Counterparts
from cge.equilibrium.direction import Factors, Route
from cge.equilibrium.effort import LOG, Budget, Effort, Log, check_budget
from cge.equilibrium.fixing import Said, limits, starting
from cge.equilibrium.ipopt import Outcome, System, search
from cge.equilibrium.jacobian import NUMERAIRE, jacobian, with_auxiliaries
from cge.equilibrium.kept import Kept
from cge.equilibrium.newton import Iteration, Options, make_chords, make_newton
from cge.equilibrium.plan import Plan, make_plan
from cge.equilibrium.result import Equilibrium, NotSolved, Status
from cge.equilibrium.shares import Calibration, reference_shares
from cge.equilibrium.state import State, Unknowns
from cge.equilibrium.tensors import Blocks
from cge.equilibrium.zeros import at_zero, nearly_solved, with_exact_zeros
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.parameters import Values
from cge.language.slips import check_mapping
from cge.language.validity import is_traced

RouteName = Literal["block", "dense"]

_NEAR = 1e-6
"""Residual from which it is asked whether a search has ended at nothing but for rounding."""


class Solver:
    """Compiled solver of a model.

    Arguments:
        model: a declared model, whose benchmark is checked; it can no longer be changed.
        route: ``"block"`` (derived from the declaration) or ``"dense"``.
        options: tolerances and limits.
        plan: order of the block route; derived from the benchmark if not given. Solves with
            ``fix`` or ``bounds`` derive their own.

    Raises:
        DeclarationError: the benchmark is no equilibrium, or there is no numeraire.
    """

    def __init__(
        self,
        model: Model,
        *,
        route: RouteName = "block",
        options: Options | None = None,
        plan: Plan | None = None,
    ) -> None:
        self.model = model
        self.options = options or Options()
        self.axes = Axes(model.dims, jnp)
        self.benchmark = check_benchmark(model)
        model.freeze()
        self.base = model.values()
        self.plan: Plan | None = None
        if route == "block":
            blocks = jacobian(self.benchmark)
            self.plan = plan or make_plan(model, blocks, self.benchmark.dead)
        self._compiled: set[str] = set()
        self._with_bounds: dict[frozenset[str], Solver] = {}
        ranks = {key: len(family.letters) for key, family in model.families().items()}
        self._algebra = Blocks(self.axes, {**ranks, NUMERAIRE: 0})
        self.route = Route(model, self.plan, self._algebra)
        self.start: Unknowns = jax.device_put(self.benchmark.unknowns)

    # ------------------------------------------------------------------ solving

    def solve(
        self,
        changes: Values | None = None,
        *,
        start: Said | Equilibrium | None = None,
        fix: Said | None = None,
        bounds: Said | None = None,
        throw: bool = True,
        budget: Budget | None = None,
        log: Log = LOG,
        **named: Any,
    ) -> Equilibrium:
        """Solve at changed parameters.

        Prices, levels, incomes and auxiliary variables are named in ``start``, ``fix`` and
        ``bounds`` by handle, name or members, and given in the units of results (an income: what
        is spent), as a number, an array or with labels::

            solver.solve(fix={P.at(i="coal"): 1.2}, bounds={Y: (0.5, None)}, start={W: 2.0})

        What is fixed, or at a bound, does without its condition: a market need not clear at a fixed
        price, an activity at a fixed level may make a profit or loss, an agent with a fixed income
        spends more or less than it has. ``Equilibrium.unmet`` tells what does not hold, and what
        the market that is left unsolved as Walras' check has to make up for it. Fixing the price of
        that market makes it the numeraire in place of the index, and nothing is left unmet. Values
        are arguments of compiled code; it is compiled anew for other families only.

        Arguments:
            changes: new values by parameter or name.
            start: an equilibrium to start from, or what differs from the benchmark there.
            fix: values of unknowns.
            bounds: pairs (lower, upper) of unknowns, None on a side without a bound.
            throw: raise where no equilibrium is found; else return what came nearest.
            budget: most that all attempts may cost together; that of the options by default.
            log: told, at level INFO, which attempt failed, which is next, and whether that has to
                be compiled first.
            **named: new values by name, for names that Python accepts. Parameters whose names are
                those of other arguments here, such as ``budget`` or ``log``, go into ``changes``.

        Raises:
            DeclarationError: unknown parameter or variable, labels or shape do not fit, bounds are
                in the wrong order, or what is fixed clashes with the numeraire.
            NotSolved: no equilibrium was found; names the worst conditions, and what was tried.
        """
        _check_asked(start, fix, bounds, throw, budget)
        values = self.model.values(changes, **named)
        if start is not None and not isinstance(start, Equilibrium):
            start = starting(self.model, values, start, self.start)
        if held := limits(self.model, values, fix, bounds):
            solver = self._bounded(frozenset(key for key in self.start if lower_name(key) in held))
            return solver._look({**values, **held}, start, throw, budget, log)
        return self._look(values, start, throw, budget, log)

    def _bounded(self, keys: frozenset[str]) -> Solver:
        """The solver of the model whose unknowns of some families have bounds.

        Its conditions depend on other unknowns, so that its plan is derived anew: a plan that this
        solver was given serves it alone.
        """
        if keys not in self._with_bounds:
            route: RouteName = "dense" if self.plan is None else "block"
            model = self.model.with_bounds(keys)
            self._with_bounds[keys] = Solver(model, route=route, options=self.options)
        return self._with_bounds[keys]

    def _look(
        self,
        values: Mapping[str, Traced],
        start: Unknowns | Equilibrium | None,
        throw: bool,
        budget: Budget | None,
        log: Log,
    ) -> Equilibrium:
        """Solve at parameters and bounds."""
        effort = Effort(budget or self.options.budget, self._compiled)
        task = self._task(values, start)
        try:
            return climb(task, effort, log)
        except NotSolved as failure:
            if not throw:
                return failure.attempt
            if start is not None and (places := self._without_numbers(task)):
                more = f" The start itself is impossible: it has no numbers for {places}."
                raise NotSolved(f"{failure}{more}", failure.attempt, failure.tried) from None
            raise

    def _without_numbers(self, task: Task) -> str:
        """Prices, levels, incomes and variables whose conditions have no value at a start."""
        families = self.model.families()
        places = [
            families[key].labels(tuple(int(k) for k in at))
            for key, residual in self._at(task.values, task.point).residual.items()
            for at in np.argwhere(~np.isfinite(residual))
        ]
        return ", ".join(places[:5]) + (f" and {len(places) - 5} more" if places[5:] else "")

    def out_of_balance(self, values: Mapping[str, Traced], *points: Unknowns) -> list[float]:
        """Norms of what is out of balance at points; infinite where a condition has no value.

        Arguments:
            values: all parameters by name; products follow their factors.
            *points: unknowns.
        """
        whole = {name: np.asarray(value) for name, value in self.complete(values).items()}
        with np.errstate(all="ignore"):
            shares = reference_shares(self.model, Axes(self.model.dims, np), whole)
        found = (self._at(whole, self._point(point), shares=shares) for point in points)
        return [_norm(state.residual) for state in found]

    def _at(
        self,
        values: Mapping[str, Traced],
        point: Unknowns,
        weight: float = LEVEL_WEIGHT,
        shares: Calibration | None = None,
    ) -> State:
        """The economy at a point, by NumPy."""
        unknowns = {key: np.asarray(u) for key, u in point.items()}
        numbers = {name: np.asarray(v) for name, v in values.items()}
        with np.errstate(all="ignore"):
            axes = Axes(self.model.dims, np)
            return evaluate(self.model, axes, unknowns, numbers, shares, weight)

    def _task(self, values: Mapping[str, Traced], start: Unknowns | Equilibrium | None) -> Task:
        """What is to be solved, and from where: within bounds that a homotopy moves along."""
        known: Unknowns | None = self.start if self.model.balanced else None
        base: Mapping[str, Traced] = self.base
        if start is not None:
            solved = isinstance(start, Equilibrium) and start.solved
            known = self._point(start) if solved else None
            base = start.values if isinstance(start, Equilibrium) else base
        if known is not None:
            base = {**base, **relaxed(values, known)}
        return Task(self, values, within(values, self._point(start)), known, base)

    def newton(
        self,
        values: Mapping[str, Traced],
        start: Unknowns | None = None,
        weight: float = LEVEL_WEIGHT,
        factors: Factors | None = None,
        keep: bool = False,
    ) -> Equilibrium:
        """One run of Newton's method at given parameters, without fallbacks.

        Arguments:
            values: all parameters by name; products follow their factors.
            start: unknowns to start from; the benchmark by default.
            weight: weight of a latent activity's level against its loss, which leads other ways
                to the same solutions.
            factors: the factorised Jacobian of an equilibrium nearby, which is tried first.
            keep: whether the equilibrium carries the last factorised Jacobian, for others nearby.
        """
        values = self.complete(values)
        result = self._newton(self._point(start), values, weight, factors, keep)
        result = result._replace(worst=float(result.worst), walras=float(result.walras))
        return replace(self._finish(values, result, self._name), factors=result.factors)

    def _newton(
        self,
        point: Unknowns,
        values: Mapping[str, Traced],
        weight: float,
        factors: Factors | None,
        keep: bool,
    ) -> Iteration:
        """Newton's method from a point, or from where given factors have led."""
        result: Iteration
        if factors is not None:
            result = self.iterate_chords(point, values, weight, factors)
            if bool(self.accepts(result)):
                return result._replace(factors=factors)
            point = result.unknowns
        result = (self.iterate_keeping if keep else self.iterate)(point, values, weight)
        return result

    def newton_beside(
        self, values: Mapping[str, Traced], start: Unknowns, left: Unknowns
    ) -> Equilibrium:
        """One run of Newton's method to where the conditions are not zero, but at given values.

        Arguments:
            values: all parameters by name, products worked out.
            start: unknowns to start from.
            left: what the residuals shall be, by key.
        """
        result = self.iterate_beside(start, values, EVEN_WEIGHT, left)
        return self._finish(values, result, self._name)

    @property
    def _name(self) -> RouteName:
        return "dense" if self.plan is None else "block"

    def ipopt(
        self,
        values: Mapping[str, Traced],
        start: Unknowns | None = None,
        binding: Binding | None = None,
        budget: Budget | None = None,
    ) -> Equilibrium:
        """One search with Ipopt at given parameters: the last resort, and an independent check.

        Arguments:
            values: all parameters by name; products follow their factors.
            start: unknowns to start from; the benchmark by default.
            binding: the package whose Ipopt is used.
            budget: most iterations and time; that of the options by default.

        Raises:
            NoIpopt: the package of that name is not installed, or none with an Ipopt is.
        """
        values = self.complete(values)
        origin = self._point(start)
        limits = budget or self.options.budget
        result = search(self.system, values, origin, self.options.tolerance, binding, limits)
        return self._finish(values, result, "ipopt")

    def complete(self, values: Mapping[str, Traced]) -> dict[str, Traced]:
        """Parameters with products worked out from their factors; JAX differentiates through.

        Raises:
            DeclarationError: a value is missing, does not fit or is impossible (see
                ``cge.language.validity``), or a flow has lost its counterpart. What JAX traces has
                no numbers yet and passes.
        """
        own, bounds = apart(self.model, values)
        whole = self.model.parameters.whole(own, self.base)
        if not any(map(is_traced, whole.values())):
            self._counterparts.check(whole)
        return {**whole, **bounds}

    @cached_property
    def _counterparts(self) -> Counterparts:
        return Counterparts(self.model, self.base)

    def _point(self, start: Unknowns | Equilibrium | None) -> Unknowns:
        """The unknowns to start from."""
        if start is None:
            return self.start
        given = start.unknowns if isinstance(start, Equilibrium) else start
        return written.point(given, self.model.families())

    @cached_property
    def system(self) -> System:
        """All conditions as one vector, their kinks smoothed."""
        return System(self.model, self.axes)

    @cached_property
    def iterate(self) -> Kept:
        """Compiled (unknowns, parameters, weight of latent levels) -> ``Iteration``."""
        return self._kept("newton", make_newton(self.model, self.axes, self.route, self.options))

    @cached_property
    def iterate_beside(self) -> Kept:
        """Compiled ``iterate`` to where the residuals are as given by a fourth argument."""
        newton = make_newton(self.model, self.axes, self.route, self.options, beside=True)
        return self._kept("newton-beside", newton)

    def _kept(self, name: str, newton: Any) -> Kept:
        """A run of Newton's method, compiled once and kept."""
        size = sum(family.size for family in self.model.families().values())
        return Kept(name, newton, (self.model, self.plan, self.options), size, self._agrees)

    def _agrees(
        self,
        result: Iteration,
        _: Unknowns,
        values: Mapping[str, Traced],
        weight: float,
        left: Unknowns | None = None,
    ) -> bool:
        """Whether the conditions of this model, by NumPy, are as far from what they shall be as a
        result says.
        """
        if np.isinf(result.worst):  # no round was taken, and nothing is known of the start
            return True
        state = self._at(values, result.unknowns, weight=weight)
        worst = float(state.worst)
        if left is not None:
            gaps = [np.abs(r - np.asarray(left[k])) for k, r in state.residual.items()]
            worst = float(np.max([np.max(gap, initial=0.0) for gap in gaps], initial=0.0))
        return bool(np.isclose(worst, result.worst, 1e-3, self.options.accepted, equal_nan=True))

    @cached_property
    def iterate_keeping(self) -> Any:
        """Compiled ``iterate`` that returns the last factorised Jacobian."""
        return jax.jit(make_newton(self.model, self.axes, self.route, self.options, keeping=True))

    @cached_property
    def iterate_chords(self) -> Any:
        """Compiled steps with a fourth argument's factors as long as they lead on quickly."""
        return jax.jit(make_chords(self.model, self.axes, self.route, self.options))

    def _finish(
        self, values: Mapping[str, Traced], result: Iteration | Outcome, route: str
    ) -> Equilibrium:
        worst, rounds = float(result.worst), int(result.rounds)
        numbers = {k: np.asarray(v) for k, v in values.items()}
        point = {k: np.asarray(v) for k, v in result.unknowns.items()}
        if not bool(self.accepts(result)) and worst <= _NEAR:
            settled = nearly_solved(self.model, numbers, point, self.options.accepted)
            if settled is not None:
                point, worst = dict(settled.unknowns), settled.worst
                result = result._replace(worst=worst, walras=settled.walras)
        if bool(self.accepts(result)):
            status = Status.SOLVED
            point = with_exact_zeros(self.model, numbers, point, self.options.accepted)
        elif worst <= self.options.accepted:
            status = Status.FREE
        elif not np.isfinite(worst):
            status = Status.NUMBERS
        else:
            status = Status.STUCK if bool(result.stuck) else Status.ROUNDS
        found = Equilibrium(self.model, numbers, point, status, rounds, worst, route)
        if status is not Status.SOLVED and isinstance(result, Iteration):
            return _nearest(found, {k: np.asarray(v) for k, v in result.best.items()})
        return found

    def accepts(self, result: Iteration | Outcome) -> Traced:
        """Whether all conditions hold, and with them the market left unsolved."""
        most = max(self.options.tolerance, self.options.accepted)
        return (result.worst <= most) & (abs(result.walras) <= most)

    @cached_property
    def dense(self) -> Solver:
        """The solver of the dense route."""
        return Solver(self.model, route="dense", options=self.options)

    @cached_property
    def tangent(self) -> Any:
        """Compiled (unknowns, parameters, change) -> change of the unknowns, at a solution."""
        return jax.jit(partial(tangent, self))

    # ------------------------------------------------------------------ differentiating

    def state(self, unknowns: Unknowns, values: Mapping[str, Traced]) -> State:
        """The economy at given unknowns, as JAX arrays: prices, quantities, incomes."""
        return evaluate(self.model, self.axes, unknowns, self.complete(values))

    def solution(self, values: Mapping[str, Traced], start: Unknowns | None = None) -> Unknowns:
        """The unknowns at the equilibrium as a function that JAX can differentiate.

        ``jax.grad`` and ``jax.jvp`` of functions of the result use the implicit function theorem:
        one linear solve with the Jacobian of the solution, however many Newton rounds it took.
        Where the solve does not converge the unknowns are NaN. At a kink of a complementarity the
        derivative is that of the active side (see ``Equilibrium.kinks``).

        It is compiled, ``jax.vmap`` of it too. What is computed of the result is not, and compiles
        operation by operation unless the whole is: ``jax.jit(jax.vmap(f))`` for an ``f`` that reads
        ``state``. All members of a batch take as many rounds as the slowest.
        """
        return self._implicit(self._point(start), self.complete(values))

    @cached_property
    def _implicit(self) -> Any:
        """Compiled (start, parameters) -> unknowns, of which JAX knows the derivative."""
        return jax.jit(partial(implicit, self))


def _norm(residual: Unknowns) -> float:
    """Norm of all conditions; infinite where one has no value."""
    squares = float(sum(np.sum(np.square(part)) for part in residual.values()))
    return float(np.sqrt(squares)) if np.isfinite(squares) else np.inf


def _check_asked(start: Any, fix: Any, bounds: Any, throw: Any, budget: Any) -> None:
    """Assert that what a solve is asked beside parameters is of the kinds that it takes."""
    if start is not None and not isinstance(start, Equilibrium):
        check_mapping(start, "start", "an equilibrium, or a mapping such as {P: 1.2}")
    if fix is not None:
        check_mapping(fix, "fix", "a mapping such as {P: 1.2}")
    if bounds is not None:
        check_mapping(bounds, "bounds", "a mapping such as {Y: (0.5, None)}")
    if not isinstance(throw, bool | np.bool_):
        raise DeclarationError(f"throw: expected is True or False, found {throw!r}")
    if budget is not None:
        check_budget(budget)


def tangent(
    solver: Solver, unknowns: Unknowns, values: Mapping[str, Traced], change: Mapping[str, Traced]
) -> Unknowns:
    r""":math:`du = -J^{-1} \, \partial f / \partial \theta \; d\theta` at a solution.

    A change of a factor carries the products that follow it along.
    """

    def residual(at: Mapping[str, Traced]) -> Unknowns:
        return solver.state(unknowns, at).residual

    _, moved = jax.jvp(residual, (dict(values),), (dict(change),))
    values = solver.complete(values)
    state = evaluate(solver.model, solver.axes, unknowns, values)
    blocks = with_auxiliaries(solver.model, solver.axes, state, values)
    return solver.route.apply(solver.route.factorise(blocks, state.dead), moved)


@partial(jax.custom_jvp, nondiff_argnums=(0,))
def implicit(solver: Solver, start: Unknowns, values: Mapping[str, Traced]) -> Unknowns:
    """Unknowns at the equilibrium, NaN where there is none; differentiated implicitly."""
    result = solver.iterate(start, values, LEVEL_WEIGHT)
    good = solver.accepts(result)
    point = at_zero(jnp, solver.model, result.unknowns)
    found: Unknowns = jax.tree.map(lambda u: jnp.where(good, u, jnp.nan), point)
    return found


@implicit.defjvp
def _implicit_jvp(
    solver: Solver, primals: tuple[Any, Any], tangents: tuple[Any, Any]
) -> tuple[Unknowns, Unknowns]:
    start, values = primals
    point = implicit(solver, start, values)
    return point, tangent(solver, point, values, tangents[1])


def _nearest(end: Equilibrium, best: Unknowns) -> Equilibrium:
    """Where a search ended, or the point it had with the smallest residuals, if nearer."""
    other = replace(end, unknowns=best)
    worst = float(other.state.worst)
    return replace(other, worst=worst) if worst < end.worst else end
