r"""Newton's method on all conditions, compiled as one loop.

Each round factorises the Jacobian once and then takes steps with the same factors as long as they
contract the residual (chord steps). Steps in logs are limited, and shortened until the residual
norm falls. Kinks of complementarities are handled as they are: the Jacobian of the active side is a
generalised derivative (semismooth Newton; Qi and Sun 1993). Crossing a kink may raise the norm for
a while (a capacity is overshot, then priced), so where there are kinks full steps are taken for a
few rounds before the search returns to the best point and shortens its steps (the watchdog
technique; Chamberlain, Powell, Lemarechal and Pedersen 1982). Where these creep, somebody who has
other starts gives up early (``Options.creep``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from cge.equilibrium.axes import Array, Axes, Traced
from cge.equilibrium.conditions import evaluate, start
from cge.equilibrium.direction import Factors, Route
from cge.equilibrium.effort import USUAL, Budget
from cge.equilibrium.jacobian import with_auxiliaries
from cge.equilibrium.shares import Calibration, reference_shares
from cge.equilibrium.state import State, Unknowns
from cge.language.model import Model

_STEPS = 8
"""Most steps with one factorisation."""

_KEPT_STEPS = 20
"""Most steps with factors that were made for another equilibrium: they cost none."""

_NEGLIGIBLE = -8.0
"""Log of a price, relative to its start and to the middle of all, below which it is next to
nothing."""


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
        kept: the same where the factors are those of another equilibrium.
        halvings: most halvings of a step.
        patience: rounds without progress before returning to the best point, with kinks.
        boldness: growth of the norm that is tolerated meanwhile.
        creep: rounds from the best point, one after another, that may each cut the norm by less
            than a hundredth.
        budget: most that all attempts of a solve may cost together.
    """

    tolerance: float = 1e-11
    accepted: float = 1e-9
    rounds: int = 60
    longest: float = 2.0
    chord: float = 0.05
    kept: float = 0.3
    halvings: int = 12
    patience: int = 4
    boldness: float = 1e3
    creep: int = 60
    budget: Budget = USUAL


class Iteration(NamedTuple):
    """Where Newton's method ended.

    Attributes:
        unknowns: the point.
        worst: how far the condition that holds worst is from holding there.
        walras: imbalance of the market left unsolved.
        rounds: factorisations.
        stuck: whether the last step did not reduce the norm.
        best: the point with the smallest norm.
        factors: the last factorised Jacobian, for runs from points nearby; None where it is not
            kept.
    """

    unknowns: Unknowns
    worst: Traced
    walras: Traced
    rounds: Traced
    stuck: Traced
    best: Unknowns
    factors: Factors | None


def make_newton(
    model: Model,
    axes: Axes,
    route: Route,
    options: Options,
    *,
    beside: bool = False,
    keeping: bool = False,
) -> Any:
    """A function (start, parameters, weight of latent levels) -> Iteration, to be compiled.

    Arguments:
        model: the declared model.
        axes: letters and array library.
        route: linear algebra.
        options: tolerances and limits.
        beside: the function has a fourth argument: what the residuals shall be, instead of zero.
        keeping: the last factorised Jacobian is returned, for ``make_chords``. To hand it on costs
            M3C as much as it saves, and pays where factorisations are large.
    """

    def solve(
        unknowns: Unknowns,
        values: Mapping[str, Traced],
        weight: Traced,
        left: Unknowns | None = None,
    ) -> Iteration:
        calibration = reference_shares(model, axes, values)
        beside = None if left is None else route.join(left)
        newton = _Newton(model, axes, route, options, values, calibration, weight, beside)
        start = newton.begin(route.join(unknowns), keeping)
        end = jax.lax.while_loop(newton.goes_on, newton.round, start)
        return Iteration(
            unknowns=route.split(end.vector),
            worst=end.worst,
            walras=end.walras,
            rounds=end.rounds,
            stuck=end.stuck,
            best=route.split(end.best),
            factors=end.factors,
        )

    if beside:
        return solve
    return lambda unknowns, values, weight: solve(unknowns, values, weight)


def make_chords(model: Model, axes: Axes, route: Route, options: Options) -> Any:
    """A function (start, parameters, weight, factors) -> Iteration: steps, but no factorisation.

    The factors are those of an equilibrium nearby. They are given up as soon as a step with them
    does not cut the norm well, and nothing is lost: the run ends at the best point so far.
    """

    def solve(
        unknowns: Unknowns, values: Mapping[str, Traced], weight: Traced, factors: Factors
    ) -> Iteration:
        calibration = reference_shares(model, axes, values)
        newton = _Newton(model, axes, route, options, values, calibration, weight)
        vector = route.join(unknowns)
        here = newton.point(vector, newton.state(vector))
        step = newton.steps(here, factors, here.norm, newton.patient)
        end = step.point
        found = route.split(end.vector)
        rounds = jnp.asarray(0)
        return Iteration(found, end.worst, end.walras, rounds, step.stuck, found, None)

    return solve


class _Search(NamedTuple):
    """Where the rounds stand.

    Attributes:
        vector: the unknowns.
        worst: how far the condition that holds worst is from holding there.
        walras: imbalance of the market left unsolved.
        rounds: factorisations so far.
        stuck: whether the last step did not reduce the norm.
        best: the point with the smallest norm so far.
        least: its norm.
        patience: rounds that may still pass before the search returns to the best point; below
            zero, how many have crept since.
        factors: the last factorised Jacobian, None where it is not kept.
    """

    vector: Traced
    worst: Traced
    walras: Traced
    rounds: Traced
    stuck: Traced
    best: Traced
    least: Traced
    patience: Traced
    factors: Factors | None


class _Point(NamedTuple):
    """A point, its residuals and their norm, and how far the conditions are from holding.

    The market left unsolved is told apart from the others.
    """

    vector: Traced
    residual: Traced
    walras: Traced
    worst: Traced
    norm: Traced


class _Step(NamedTuple):
    """Where the steps of a round stand: how far the last one cut the norm, whether it failed."""

    point: _Point
    contraction: Traced
    stuck: Traced
    count: Traced


class _Pace(NamedTuple):
    """How long the same factors serve.

    Attributes:
        enough: a step follows if the last one cut the norm to this fraction.
        most: most steps.
        halvings: most halvings of a step.
    """

    enough: float
    most: int
    halvings: int


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
    left: Traced | None = None

    @property
    def usual(self) -> _Pace:
        """With factors of the point where the steps begin."""
        return _Pace(self.options.chord, _STEPS, self.options.halvings)

    @property
    def patient(self) -> _Pace:
        """With factors of another equilibrium, which cost nothing."""
        return _Pace(self.options.kept, _KEPT_STEPS, 0)

    def begin(self, vector: Traced, keeping: bool) -> _Search:
        """Before the first round nothing is known of the start."""
        unknown = jnp.asarray(jnp.inf)
        return _Search(
            vector=vector,
            worst=unknown,
            walras=unknown,
            rounds=jnp.asarray(0),
            stuck=jnp.asarray(False),
            best=vector,
            least=unknown,
            patience=jnp.asarray(self.patience),
            factors=self.blank(vector) if keeping else None,
        )

    def blank(self, vector: Traced) -> Factors:
        """In the place of factors before the first round."""
        shapes = jax.eval_shape(lambda: self.factors(self.state(vector)))
        blank: Factors = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
        return blank

    def goes_on(self, it: _Search) -> Traced:
        """Until the tolerance is met, nothing helps, or there is no number."""
        more = self.fails(it) & (it.rounds < self.options.rounds)
        return more & ~it.stuck & ~jnp.isnan(it.least)

    def fails(self, at: _Search | _Point) -> Traced:
        """Whether a condition does not hold to the tolerance, or the market left unsolved."""
        return (at.worst > self.options.tolerance) | (jnp.abs(at.walras) > self.options.accepted)

    def round(self, last: _Search) -> _Search:
        """Factorise once and take steps: boldly, or with care from the best point so far."""
        careful = last.patience <= 0
        state = self.state(jnp.where(careful, last.best, last.vector))
        here = self.point(jnp.where(careful, last.best, last.vector), state)
        factors = self.factors(state)
        least = jnp.minimum(last.least, here.norm)
        best = jnp.where(here.norm < last.least, here.vector, last.best)
        allowed = jnp.where(careful, here.norm, self.options.boldness * least)
        step = self.steps(here, factors, allowed, self.usual)
        end = step.point
        creeps = careful & (end.norm > 0.99 * here.norm)
        waits = jnp.where(creeps, last.patience, jnp.maximum(last.patience, 1)) - 1
        return _Search(
            vector=end.vector,
            worst=end.worst,
            walras=end.walras,
            rounds=last.rounds + 1,
            stuck=careful & (step.stuck | (waits < -self.options.creep)),
            best=jnp.where(end.norm < least, end.vector, best),
            least=jnp.minimum(end.norm, least),
            patience=jnp.where(end.norm < 0.9 * least, self.patience, waits),
            factors=None if last.factors is None else factors,
        )

    def steps(self, here: _Point, factors: Factors, allowed: Traced, pace: _Pace) -> _Step:
        """A step to a norm that is allowed, and chord steps while they contract the residual."""

        def goes_on(step: _Step) -> Traced:
            chord = (step.contraction < pace.enough) & (step.count < pace.most)
            more = ((step.count == 0) | chord) & self.fails(step.point)
            return more & ~step.stuck

        def next_step(last: _Step) -> _Step:
            direction = self.route.direction(factors, last.point.residual)
            limit = jnp.where(last.count == 0, allowed, last.point.norm)
            found = self.search(last.point, direction, limit, pace.halvings)
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

    def search(self, origin: _Point, direction: Traced, allowed: Traced, halvings: int) -> _Point:
        """The point at the end of a step that is halved until the norm is clearly allowed."""

        def too_long(trial: _Trial) -> Traced:
            enough = trial.point.norm < (1.0 - 1e-4 * trial.length) * allowed
            return ~enough & (trial.halvings < halvings)

        def halve(trial: _Trial) -> _Trial:
            length = 0.5 * trial.length
            vector = origin.vector + length * direction
            return _Trial(length, self.point(vector, self.state(vector)), trial.halvings + 1)

        untried = origin._replace(norm=jnp.asarray(jnp.inf))
        full = self.full_length(origin.vector, direction)
        first = _Trial(2.0 * full, untried, jnp.asarray(-1))
        return jax.lax.while_loop(too_long, halve, first).point

    def full_length(self, vector: Traced, direction: Traced) -> Traced:
        """One, or less where a log would move too far.

        A move of all prices and incomes by one factor changes nothing but the unit of account, so
        theirs count against the middle of them: the numeraire does not decide how far a step goes.
        A price that is next to nothing beside the others (the rent of a plant that idles) may fall
        as far as it likes, and rise to where it is something.
        """
        model = self.model
        nominal = {f"p:{n}" for n, c in model.commodities.items() if c.zero_scale is None}
        nominal |= {f"m:{agent.name}" for agent, b in model.budgets.items() if b.tree is not None}
        linear = {f"m:{agent.name}" for agent, b in model.budgets.items() if b.tree is None}
        linear |= {f"y:{name}" for name, a in model.activities.items() if a.latent is not None}
        others = jnp.where(self._among(nominal | linear), 0.0, jnp.abs(direction))
        far = self._apart(vector, direction, np.flatnonzero(self._among(nominal)))
        longest = jnp.maximum(jnp.max(others, initial=0.0), 0.5 * far)
        return jnp.minimum(1.0, self.options.longest / jnp.maximum(longest, 1e-300))

    def _apart(self, vector: Traced, direction: Traced, money: Array) -> Traced:
        """How far a full step moves prices and incomes apart, in logs.

        Arguments:
            vector: the unknowns.
            direction: the step.
            money: places of prices and incomes.
        """
        if not money.size:
            return jnp.asarray(0.0)
        since = (vector - self.route.join(start(self.model)))[money]
        level, move = since - jnp.median(since), direction[money] - jnp.median(direction[money])
        rise = jnp.maximum(level + move - _NEGLIGIBLE, 0.0)
        move = jnp.where(level < _NEGLIGIBLE, rise, move)
        return jnp.max(move) - jnp.min(move)

    def _among(self, keys: set[str]) -> Array:
        """Which of all unknowns, counted through, are of some families."""
        families = self.model.families().items()
        return np.concatenate([np.full(family.size, key in keys) for key, family in families])

    def state(self, vector: Traced) -> State:
        """The economy at a point."""
        unknowns = self.route.split(vector)
        return evaluate(self.model, self.axes, unknowns, self.values, self.calibration, self.weight)

    def point(self, vector: Traced, state: State) -> _Point:
        """A point, by what its residuals are, or by how far they are from what they shall be."""
        residual, worst = self.route.join(state.residual), state.worst
        walras = jnp.asarray(state.walras, float)
        if self.left is not None:
            residual = residual - self.left
            worst, walras = jnp.max(jnp.abs(residual), initial=0.0), jnp.zeros(())
        norm = jnp.sqrt(jnp.sum(residual * residual))
        return _Point(vector, residual, walras, worst, norm)

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
