r"""Newton's method on all conditions, compiled as one loop.

Each round factorises the Jacobian once and then takes steps with the same factors as long as they
contract the residual (chord steps). Steps in logs are limited, and shortened until the residual
norm falls. Kinks of complementarities are handled as they are: the Jacobian of the active side is a
generalised derivative (semismooth Newton; Qi and Sun 1993). Crossing a kink may raise the norm for
a while (a capacity is overshot, then priced), so where there are kinks full steps are taken for a
few rounds before the search returns to the best point and shortens its steps (the watchdog
technique; Chamberlain, Powell, Lemarechal and Pedersen 1982).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from cge.equilibrium.axes import Axes, Traced
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.direction import Factors, Route
from cge.equilibrium.effort import USUAL, Budget
from cge.equilibrium.jacobian import with_auxiliaries
from cge.equilibrium.shares import Calibration, reference_shares
from cge.equilibrium.state import State, Unknowns
from cge.language.model import Model

_STEPS = 8
"""Most steps with one factorisation."""


@dataclass(frozen=True)
class Options:
    """How hard to try.

    Attributes:
        tolerance: residual to reach, relative to market value.
        accepted: largest residual of a solution, where rounding stops Newton short of that, and
            largest imbalance of the market left unsolved, as a share of its size. More there says
            that a price tends to zero, where the value of an imbalance vanishes but not its size.
        rounds: most factorisations of one run of Newton's method.
        longest: longest step of any log price or level.
        chord: a chord step follows if the last step cut the residual to this fraction.
        halvings: most halvings of a step.
        patience: rounds without progress before returning to the best point, with kinks.
        boldness: growth of the norm that is tolerated meanwhile.
        budget: most that all attempts of a solve may cost together.
    """

    tolerance: float = 1e-11
    accepted: float = 1e-9
    rounds: int = 60
    longest: float = 2.0
    chord: float = 0.05
    halvings: int = 12
    patience: int = 4
    boldness: float = 1e3
    budget: Budget = USUAL


class Iteration(NamedTuple):
    """Where the loop stands.

    Attributes:
        unknowns: the point.
        worst: how far the condition that holds worst is from holding there.
        walras: imbalance of the market left unsolved.
        norm: Euclidean norm of the residuals.
        rounds: factorisations so far.
        stuck: whether the last step did not reduce the norm.
        best: the point with the smallest norm so far.
        least: its norm.
        patience: rounds that may still pass before the search returns to the best point.
    """

    unknowns: Unknowns
    worst: Traced
    walras: Traced
    norm: Traced
    rounds: Traced
    stuck: Traced
    best: Unknowns
    least: Traced
    patience: Traced


def make_newton(
    model: Model, axes: Axes, route: Route, options: Options, *, beside: bool = False
) -> Any:
    """A function (start, parameters, weight of latent levels) -> Iteration, to be compiled.

    Arguments:
        model: the declared model.
        axes: letters and array library.
        route: linear algebra.
        options: tolerances and limits.
        beside: the function has a fourth argument: what the residuals shall be, instead of zero.
    """

    def solve(
        unknowns: Unknowns,
        values: Mapping[str, Traced],
        weight: Traced,
        left: Unknowns | None = None,
    ) -> Iteration:
        calibration = _held(axes, model, reference_shares(model, axes, values))
        newton = _Newton(model, axes, route, options, values, calibration, weight, left)
        return jax.lax.while_loop(newton.goes_on, newton.round, newton.begin(unknowns))

    if beside:
        return solve
    return lambda unknowns, values, weight: solve(unknowns, values, weight)


class _Point(NamedTuple):
    """A point, its residuals and their norm, and how far the conditions are from holding.

    The market left unsolved is told apart from the others.
    """

    unknowns: Unknowns
    residual: Unknowns
    walras: Traced
    worst: Traced
    norm: Traced


class _Step(NamedTuple):
    """Where the steps of a round stand: how far the last one cut the norm, whether it failed."""

    point: _Point
    contraction: Traced
    stuck: Traced
    count: Traced


class _Trial(NamedTuple):
    """A step of some length and where it leads."""

    length: Traced
    point: _Point
    halvings: Traced


@dataclass(frozen=True, eq=False)
class _Newton:
    """Newton's method at given parameters: rounds of steps, and steps that are shortened.

    Attributes:
        model: the declared model.
        axes: letters and array library.
        route: linear algebra.
        options: tolerances and limits.
        values: parameters.
        calibration: reference shares at these parameters.
        weight: weight of a latent activity's level against its loss.
        left: what the residuals shall be; zero by default.
    """

    model: Model
    axes: Axes
    route: Route
    options: Options
    values: Mapping[str, Traced]
    calibration: Calibration
    weight: Traced
    left: Unknowns | None = None

    def begin(self, unknowns: Unknowns) -> Iteration:
        """Before the first round nothing is known of the start."""
        unknown = jnp.asarray(jnp.inf)
        return Iteration(
            unknowns=unknowns,
            worst=unknown,
            walras=unknown,
            norm=unknown,
            rounds=jnp.asarray(0),
            stuck=jnp.asarray(False),
            best=unknowns,
            least=unknown,
            patience=jnp.asarray(self.patience),
        )

    def goes_on(self, it: Iteration) -> Traced:
        """Until the tolerance is met, nothing helps, or there is no number."""
        more = self.fails(it) & (it.rounds < self.options.rounds)
        return more & ~it.stuck & ~jnp.isnan(it.least)

    def fails(self, at: Iteration | _Point) -> Traced:
        """Whether a condition does not hold to the tolerance, or the market left unsolved."""
        return (at.worst > self.options.tolerance) | (jnp.abs(at.walras) > self.options.accepted)

    def round(self, last: Iteration) -> Iteration:
        """Factorise once and take steps: boldly, or with care from the best point so far."""
        careful = last.patience <= 0
        unknowns = _choose(careful, last.best, last.unknowns)
        state = self.state(unknowns)
        factors = self.factors(state)
        here = self.point(unknowns, state)
        least = jnp.minimum(last.least, here.norm)
        best = _choose(here.norm < last.least, here.unknowns, last.best)
        allowed = jnp.where(careful, here.norm, self.options.boldness * least)
        step = self.steps(here, factors, allowed)
        end = step.point
        better = end.norm < 0.9 * least
        return Iteration(
            unknowns=end.unknowns,
            worst=end.worst,
            walras=end.walras,
            norm=end.norm,
            rounds=last.rounds + 1,
            stuck=step.stuck & careful,
            best=_choose(end.norm < least, end.unknowns, best),
            least=jnp.minimum(end.norm, least),
            patience=jnp.where(better, self.patience, jnp.maximum(last.patience, 1) - 1),
        )

    def steps(self, here: _Point, factors: Factors, allowed: Traced) -> _Step:
        """A step to a norm that is allowed, and chord steps while they contract the residual."""

        def goes_on(step: _Step) -> Traced:
            chord = (step.contraction < self.options.chord) & (step.count < _STEPS)
            more = ((step.count == 0) | chord) & self.fails(step.point)
            return more & ~jnp.asarray(step.stuck)

        def next_step(last: _Step) -> _Step:
            direction = self.route.apply(factors, last.point.residual)
            limit = jnp.where(last.count == 0, allowed, last.point.norm)
            found = self.search(last.point, direction, limit)
            accepted = found.norm < limit
            point = _choose(accepted, found, last.point)
            return _Step(
                point=point,
                contraction=jnp.where(accepted, found.norm / last.point.norm, jnp.inf),
                stuck=~accepted & (last.count == 0),
                count=last.count + 1,
            )

        first = _Step(
            point=here,
            contraction=jnp.asarray(jnp.inf),
            stuck=jnp.asarray(False),
            count=jnp.asarray(0),
        )
        return jax.lax.while_loop(goes_on, next_step, first)

    def search(self, origin: _Point, direction: Unknowns, allowed: Traced) -> _Point:
        """The point at the end of a step that is halved until the norm is clearly allowed."""

        def too_long(trial: _Trial) -> Traced:
            enough = trial.point.norm < (1.0 - 1e-4 * trial.length) * allowed
            return ~enough & (trial.halvings < self.options.halvings)

        def halve(trial: _Trial) -> _Trial:
            length = 0.5 * trial.length
            unknowns = {k: u + length * direction[k] for k, u in origin.unknowns.items()}
            point = self.point(unknowns, self.state(unknowns))
            return _Trial(length, point, trial.halvings + 1)

        untried = origin._replace(norm=jnp.asarray(jnp.inf))
        first = _Trial(2.0 * self.full_length(direction), untried, jnp.asarray(-1))
        return jax.lax.while_loop(too_long, halve, first).point

    def full_length(self, direction: Unknowns) -> Traced:
        """One, or less where a log would move too far.

        A move of all prices and incomes by one factor changes nothing but the unit of account, so
        theirs count against the middle of them: the numeraire does not decide how far a step goes.
        """
        model = self.model
        nominal = {f"p:{n}" for n, c in model.commodities.items() if c.zero_scale is None}
        nominal |= {f"m:{agent.name}" for agent, b in model.budgets.items() if b.tree is not None}
        linear = {f"m:{agent.name}" for agent, b in model.budgets.items() if b.tree is None}
        linear |= {f"y:{name}" for name, a in model.activities.items() if a.latent is not None}
        moves = [
            jnp.max(jnp.abs(d), initial=0.0)
            for k, d in direction.items()
            if k not in linear and k not in nominal
        ]
        highest = jnp.max(jnp.stack([jnp.max(direction[k], initial=-jnp.inf) for k in nominal]))
        lowest = jnp.min(jnp.stack([jnp.min(direction[k], initial=jnp.inf) for k in nominal]))
        longest = jnp.max(jnp.stack([*moves, 0.5 * (highest - lowest)]))
        return jnp.minimum(1.0, self.options.longest / jnp.maximum(longest, 1e-300))

    def point(self, unknowns: Unknowns, state: State) -> _Point:
        """A point, by what its residuals are, or by how far they are from what they shall be."""
        residual, worst = state.residual, state.worst
        walras = jnp.asarray(state.walras, float)
        if self.left is not None:
            residual = {key: r - self.left[key] for key, r in residual.items()}
            largest = [jnp.max(jnp.abs(r), initial=0.0) for r in residual.values()]
            worst, walras = jnp.max(jnp.stack(largest)), jnp.zeros(())
        norm = jnp.sqrt(sum(jnp.sum(r * r) for r in residual.values()))
        return _Point(unknowns, residual, walras, worst, norm)

    def state(self, unknowns: Unknowns) -> State:
        """The economy at a point."""
        return evaluate(self.model, self.axes, unknowns, self.values, self.calibration, self.weight)

    def factors(self, state: State) -> Factors:
        """The factorised Jacobian at a point."""
        blocks = with_auxiliaries(self.model, self.axes, state, self.values)
        return self.route.factorise(blocks, state.dead)

    @property
    def patience(self) -> int:
        """Rounds that may pass without progress: none where no price, level or bound has a kink."""
        model = self.model
        kinks = (
            bool(model.bounded)
            or any(c.zero_scale is not None for c in model.commodities.values())
            or any(a.latent is not None for a in model.activities.values())
            or any(x.has_bounds for x in model.auxiliaries.values())
        )
        return self.options.patience if kinks else 0


def _choose(condition: Traced, first: Any, second: Any) -> Any:
    """One of two trees of arrays."""
    return jax.tree.map(lambda a, b: jnp.where(condition, a, b), first, second)


def _held(axes: Axes, model: Model, calibration: Calibration) -> Calibration:
    """The calibration behind a barrier, so that it is computed once and not in every round."""
    tables = {f.name: getattr(calibration, f.name) for f in fields(calibration)}
    alive = tables.pop("alive")  # whether, not how much
    (held,) = axes.barrier([list(table.values()) for table in tables.values()])
    pairs = zip(tables.items(), held, strict=True)
    kept = {name: dict(zip(table, arrays, strict=True)) for (name, table), arrays in pairs}
    return Calibration(**kept, alive=alive)
