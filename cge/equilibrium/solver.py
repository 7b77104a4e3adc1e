r"""The solver of one model: compiled once, for all parameters.

A solve goes through ever more patient attempts: Newton on the block route, Newton on the dense
route, homotopy, and at last Ipopt, where it is installed. Homotopy follows the equilibrium from a
known one while the parameters move,

.. math:: \theta(s) = \theta_0 + s (\theta_1 - \theta_0), \qquad
          \frac{du}{ds} = -J^{-1} \frac{\partial f}{\partial \theta} (\theta_1 - \theta_0) ,

with an exact tangent as predictor and Newton as corrector. All attempts share one budget
(``effort``), and a failure says what was tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from cge.equilibrium import written
from cge.equilibrium.axes import Axes, Traced
from cge.equilibrium.benchmark import check_benchmark
from cge.equilibrium.bindings import INSTALL, Binding, available
from cge.equilibrium.bounds import lower_name, relaxed, within
from cge.equilibrium.conditions import EVEN_WEIGHT, LEVEL_WEIGHT, evaluate
from cge.equilibrium.direction import Factors, Route
from cge.equilibrium.effort import LOG, Attempt, Budget, Effort, Log
from cge.equilibrium.fixing import Said, limits, starting
from cge.equilibrium.ipopt import Outcome, System, search
from cge.equilibrium.jacobian import NUMERAIRE, jacobian, with_auxiliaries
from cge.equilibrium.newton import Iteration, Options, make_newton
from cge.equilibrium.plan import Plan, make_plan
from cge.equilibrium.result import Equilibrium, NotSolved, Status, failure
from cge.equilibrium.state import State, Unknowns
from cge.equilibrium.tensors import Blocks
from cge.language.model import Model
from cge.language.parameters import Values

RouteName = Literal["block", "dense"]

_Try = Callable[[Effort], tuple[str, Equilibrium | None]]
"""An attempt: how it ended, and the point, where it is one at the parameters asked for."""


class Solver:
    """Compiled solver of a model.

    Arguments:
        model: a declared model, whose benchmark is checked; it can no longer be changed.
        route: ``"block"`` (derived from the declaration) or ``"dense"``.
        options: tolerances and limits.
        plan: order of the block route; derived from the benchmark if not given.

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
        self.plan = None
        if route == "block":
            blocks = jacobian(self.benchmark)
            self.plan = plan or make_plan(model, blocks, self.benchmark.dead)
        self._compiled: set[str] = set()
        self._with_bounds: dict[frozenset[str], Solver] = {}
        ranks = {key: len(family.letters) for key, family in model.families().items()}
        self._algebra = Blocks(self.axes, {**ranks, NUMERAIRE: 0})
        self.route = Route(model, self.plan, self._algebra)
        self.start: Unknowns = jax.tree.map(jnp.asarray, self.benchmark.unknowns)

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
        factors: Factors | None = None,
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
            factors: a factorised Jacobian to begin with: that of an equilibrium nearby
                (``Equilibrium.factors``), or ``no_factors``. Where it does not serve another takes
                its place, and the equilibrium carries the last one. Not with ``fix`` or ``bounds``,
                whose conditions are others.
            **named: new values by name, for names that Python accepts. Parameters whose names are
                those of other arguments here, such as ``budget`` or ``log``, go into ``changes``.

        Raises:
            DeclarationError: unknown parameter or variable, labels or shape do not fit, bounds are
                in the wrong order, or what is fixed clashes with the numeraire.
            NotSolved: no equilibrium was found; names the worst conditions, and what was tried.
        """
        values = self.model.values(changes, **named)
        if start is not None and not isinstance(start, Equilibrium):
            start = starting(self.model, values, start, self.start)
        if held := limits(self.model, values, fix, bounds):
            solver = self._bounded(frozenset(key for key in self.start if lower_name(key) in held))
            return solver._look({**values, **held}, start, throw, budget, log)
        return self._look(values, start, throw, budget, log, factors)

    def _bounded(self, keys: frozenset[str]) -> Solver:
        """The solver of the model whose unknowns of some families have bounds."""
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
        factors: Factors | None = None,
    ) -> Equilibrium:
        """Solve at parameters and bounds."""
        effort = Effort(budget or self.options.budget, self._compiled)
        tried: list[Attempt] = []
        best: Equilibrium | None = None
        for name, part, attempt in self._attempts(values, start, factors):
            if tried:
                new = "" if part in self._compiled else ", compiling it first"
                log.info("%s; trying %s%s", tried[-1], name, new)
            before = effort.rounds, effort.seconds
            ended, found = attempt(effort)
            spent = effort.rounds - before[0], effort.seconds - before[1]
            tried.append(Attempt(name, *spent, ended))
            if found is not None:
                best = found if best is None else _nearer(best, found)
                if best.solved:
                    return best
            if effort.spent:
                break
        assert best is not None
        if throw:
            raise NotSolved(failure(best) + _told(tried, effort), best, tried)
        return best

    def _attempts(
        self,
        values: Mapping[str, Traced],
        start: Unknowns | Equilibrium | None,
        factors: Factors | None,
    ) -> Iterator[tuple[str, str, _Try]]:
        """Ever more patient attempts: name, the part that is compiled for it, and what it does."""
        point = within(values, self.start if start is None else self._point(start))
        origin = start if isinstance(start, Equilibrium) and start.solved else None

        def direct(part: str, call: Callable[[], Equilibrium]) -> _Try:
            def attempt(effort: Effort) -> tuple[str, Equilibrium | None]:
                found = effort.timed(part, call)
                effort.rounds += found.rounds
                return f"{found.status.value}, residual {found.worst:.1e}", found

            return attempt

        plain = direct("newton", lambda: self.newton(values, point, factors=factors))
        yield "Newton's method", "newton", plain
        if any(activity.latent is not None for activity in self.model.activities.values()):
            even = direct("newton", lambda: self.newton(values, point, EVEN_WEIGHT))
            yield "Newton's method with an even weight of latent levels", "newton", even
        if self.plan is not None:
            dense = direct("dense", lambda: self._dense.newton(values, point))
            yield "Newton's method on the dense route", "dense", dense
        yield "homotopy", "tangent", partial(self._follow, values, origin)
        if available() is not None:
            yield "Ipopt", "ipopt", partial(self._search, values, point)

    def _search(
        self, values: Mapping[str, Traced], start: Unknowns | None, effort: Effort
    ) -> tuple[str, Equilibrium | None]:
        """Ipopt within what is left of the budget."""
        found = effort.timed("ipopt", lambda: self.ipopt(values, start, budget=effort.left))
        effort.rounds += found.rounds
        return f"{found.status.value}, residual {found.worst:.1e}", found

    def newton(
        self,
        values: Mapping[str, Traced],
        start: Unknowns | None = None,
        weight: float = LEVEL_WEIGHT,
        factors: Factors | None = None,
    ) -> Equilibrium:
        """One run of Newton's method at given parameters, without fallbacks.

        Arguments:
            values: all parameters by name; products follow their factors.
            start: unknowns to start from; the benchmark by default.
            weight: weight of a latent activity's level against its loss, which leads other ways
                to the same solutions.
            factors: a factorised Jacobian of an equilibrium nearby (or ``no_factors``), tried
                first; the equilibrium then carries the last one.
        """
        values = self.complete(values)
        origin = self._point(start)
        kept = () if factors is None else (factors,)
        result = self.iterate(origin, values, weight, *kept)
        found = self._finish(values, result, "dense" if self.plan is None else "block")
        return replace(found, factors=result.factors)

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
        result = search(self._system, values, origin, self.options.tolerance, binding, limits)
        return self._finish(values, result, "ipopt")

    def complete(self, values: Mapping[str, Traced]) -> dict[str, Traced]:
        """Parameters with products worked out from their factors; JAX differentiates through.

        Raises:
            DeclarationError: a value is missing, does not fit or is impossible (see
                ``cge.language.validity``). What JAX traces has no numbers yet and passes.
        """
        return self.model.parameters.whole(values, self.base)

    def _point(self, start: Unknowns | Equilibrium | None) -> Unknowns:
        """The unknowns to start from."""
        if start is None:
            return self.start
        given = start.unknowns if isinstance(start, Equilibrium) else start
        return written.point(given, self.model.families())

    @cached_property
    def _system(self) -> System:
        return System(self.model, self.axes)

    @cached_property
    def iterate(self) -> Any:
        """Compiled (unknowns, parameters, weight of latent levels[, factors]) -> ``Iteration``."""
        return jax.jit(make_newton(self.model, self.axes, self.route, self.options))

    @cached_property
    def no_factors(self) -> Factors:
        """In the place of kept factors where there are none."""

        def factors(unknowns: Unknowns, values: Mapping[str, Traced]) -> Factors:
            state = evaluate(self.model, self.axes, unknowns, values)
            blocks = with_auxiliaries(self.model, self.axes, state, values)
            return self.route.factorise(blocks, state.dead)

        shapes = jax.eval_shape(factors, self.start, self.complete(self.base))
        with jax.ensure_compile_time_eval():  # also where JAX is tracing
            blank: Factors = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
        return blank

    def _finish(
        self, values: Mapping[str, Traced], result: Iteration | Outcome, route: str
    ) -> Equilibrium:
        worst, rounds = float(result.worst), int(result.rounds)
        if bool(self.accepts(result)):
            status = Status.SOLVED
        elif worst <= self.options.accepted:
            status = Status.FREE
        elif not np.isfinite(worst):
            status = Status.NUMBERS
        else:
            status = Status.STUCK if bool(result.stuck) else Status.ROUNDS
        point = {k: np.asarray(v) for k, v in result.unknowns.items()}
        numbers = {k: np.asarray(v) for k, v in values.items()}
        return Equilibrium(self.model, numbers, point, status, rounds, worst, route)

    def accepts(self, result: Iteration | Outcome) -> Traced:
        """Whether all conditions hold, and with them the market left unsolved."""
        good = result.worst <= max(self.options.tolerance, self.options.accepted)
        return good & (jnp.abs(result.walras) <= self.options.imbalance)

    @cached_property
    def _dense(self) -> Solver:
        return Solver(self.model, route="dense", options=self.options)

    # ------------------------------------------------------------------ homotopy

    def _follow(
        self, values: Mapping[str, Traced], origin: Equilibrium | None, effort: Effort
    ) -> tuple[str, Equilibrium | None]:
        """Move the parameters from a known equilibrium to ``values`` in steps that succeed.

        Returns:
            How far it came, and the equilibrium, None where ``values`` were never tried.
        """
        base = self.base if origin is None else origin.values
        point = self.start if origin is None else origin.unknowns
        base = {**base, **relaxed(values, point)}
        change = {k: np.asarray(values[k]) - np.asarray(base[k]) for k in values}
        at, step = 0.0, 0.25
        last: Equilibrium | None = None
        while at < 1.0 and step > 1e-4 and not effort.spent:
            here = {k: base[k] + at * change[k] for k in values}
            goal = min(1.0, at + step)
            tangent = effort.timed("tangent", partial(self._tangent, point, here, change))
            guess = {k: u + (goal - at) * tangent[k] for k, u in point.items()}
            guess = guess if _is_finite(guess) else point
            aim = {k: base[k] + goal * change[k] for k in values}
            trial = effort.timed("newton", partial(self.newton, aim, guess))
            effort.rounds += trial.rounds
            last = trial if goal == 1.0 else last
            if trial.solved:
                at, point, step = goal, trial.unknowns, 2.0 * step
            else:
                step = 0.25 * step
        return f"came {at:.1%} of the way", last

    def _tangent(self, point: Unknowns, *others: Any) -> Unknowns:
        """The tangent, once it is there: JAX answers before it has computed."""
        return {k: np.asarray(v) for k, v in self.tangent(point, *others).items()}

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
    found: Unknowns = jax.tree.map(lambda u: jnp.where(good, u, jnp.nan), result.unknowns)
    return found


@implicit.defjvp
def _implicit_jvp(
    solver: Solver, primals: tuple[Any, Any], tangents: tuple[Any, Any]
) -> tuple[Unknowns, Unknowns]:
    start, values = primals
    point = implicit(solver, start, values)
    return point, tangent(solver, point, values, tangents[1])


def _nearer(first: Equilibrium, second: Equilibrium) -> Equilibrium:
    """The one that is solved, or whose worst residual is smaller; numbers before none."""
    if second.solved:
        return second
    return second if second.worst < first.worst or not np.isfinite(first.worst) else first


def _told(tried: Sequence[Attempt], effort: Effort) -> str:
    """What was tried, and what was not."""
    text = f". Tried: {'; '.join(map(str, tried))}."
    if effort.spent:
        return (
            f"{text} The budget of {effort.budget} ended the search; "
            "Solver.solve(budget=Budget(rounds=..., seconds=...)) may go on longer."
        )
    return text if available() else f"{text} Ipopt, the last resort, was not tried: {INSTALL}."


def _is_finite(point: Unknowns) -> bool:
    return all(bool(np.isfinite(np.asarray(v)).all()) for v in point.values())


def with_options(solver: Solver, **changes: Any) -> Solver:
    """The same solver with other options (compiled anew)."""
    route: RouteName = "dense" if solver.plan is None else "block"
    options = replace(solver.options, **changes)
    return Solver(solver.model, route=route, options=options, plan=solver.plan)
