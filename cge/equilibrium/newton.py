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
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from cge.equilibrium.axes import Array, Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.direction import Route
from cge.equilibrium.jacobian import with_auxiliaries
from cge.equilibrium.shares import Calibration, calibrate
from cge.equilibrium.state import State, Unknowns
from cge.language.model import Model


@dataclass(frozen=True)
class Options:
    """How hard to try.

    Attributes:
        tolerance: residual to reach, relative to market value.
        accepted: largest residual of a solution, where rounding stops Newton short of that.
        imbalance: largest imbalance of the market left unsolved, as a share of its size. More says
            that a price tends to zero, where the value of an imbalance vanishes but not its size.
        rounds: most factorisations.
        longest: longest step of any log price or level.
        chord: a chord step follows if the last step cut the residual to this fraction.
        halvings: most halvings of a step.
        patience: rounds without progress before returning to the best point, with kinks.
        boldness: growth of the norm that is tolerated meanwhile.
    """

    tolerance: float = 1e-11
    accepted: float = 1e-9
    imbalance: float = 1e-6
    rounds: int = 60
    longest: float = 2.0
    chord: float = 0.05
    halvings: int = 12
    patience: int = 4
    boldness: float = 1e3


class Iteration(NamedTuple):
    """Where the loop stands.

    Attributes:
        unknowns: the point.
        worst: largest absolute residual there.
        walras: imbalance of the market left unsolved.
        norm: Euclidean norm of the residuals.
        rounds: factorisations so far.
        stuck: whether the last step did not reduce the norm.
        best: the point with the smallest norm so far.
        least: its norm.
        patience: rounds that may still pass before the search returns to the best point.
    """

    unknowns: Unknowns
    worst: Array
    walras: Array
    norm: Array
    rounds: Array
    stuck: Array
    best: Unknowns
    least: Array
    patience: Array


_WALRAS = "w:"
"""Key of the imbalance of the market left unsolved, which travels with the residuals."""


def worst(residual: Unknowns) -> Array:
    """Largest absolute residual; NaN if any is."""
    own = [r for key, r in residual.items() if key != _WALRAS]
    return jnp.max(jnp.stack([jnp.max(jnp.abs(r), initial=0.0) for r in own]))


def norm(residual: Unknowns) -> Array:
    """Euclidean norm of all residuals."""
    return jnp.sqrt(sum(jnp.sum(r * r) for key, r in residual.items() if key != _WALRAS))


def _residual(state: State) -> Unknowns:
    return {**state.residual, _WALRAS: jnp.asarray(state.walras, float)}


def make_newton(model: Model, axes: Axes, route: Route, options: Options) -> Any:
    """A function (start, parameters, weight of latent levels) -> Iteration, to be compiled."""
    linear = {f"m:{agent.name}" for agent, b in model.budgets.items() if b.tree is None}
    linear |= {f"y:{name}" for name, a in model.activities.items() if a.latent is not None}
    patience = options.patience if _has_kinks(model) else 0

    def solve(unknowns: Unknowns, values: Mapping[str, Array], weight: Array) -> Iteration:
        calibration = _held(axes, model, calibrate(model, axes, values))

        def residual(at: Unknowns) -> Unknowns:
            return _residual(evaluate(model, axes, at, values, calibration, weight))

        def round_(last: Iteration) -> Iteration:
            careful = last.patience <= 0
            here = _choose(careful, last.best, last.unknowns)
            state = evaluate(model, axes, here, values, calibration, weight)
            blocks = with_auxiliaries(model, axes, state, values)
            factors = route.factorise(blocks, state.dead)
            f = _residual(state)
            size = norm(f)
            least = jnp.minimum(last.least, size)
            best = _choose(size < last.least, here, last.best)
            allowed = jnp.where(careful, size, options.boldness * least)
            first = _Step(here, f, worst(f), size, jnp.asarray(jnp.inf), jnp.asarray(False), 0)
            final = jax.lax.while_loop(
                lambda s: _goes_on(s, options),
                lambda s: _step(
                    s,
                    route.apply(factors, s.residual),
                    residual,
                    linear,
                    jnp.where(s.count == 0, allowed, s.norm),
                    options,
                ),
                first,
            )
            better = final.norm < 0.9 * least
            return Iteration(
                final.unknowns,
                final.worst,
                final.residual[_WALRAS],
                final.norm,
                last.rounds + 1,
                final.stuck & careful,
                _choose(final.norm < least, final.unknowns, best),
                jnp.minimum(final.norm, least),
                jnp.where(better, patience, jnp.maximum(last.patience, 1) - 1),
            )

        unknown = jnp.asarray(jnp.inf)
        begin = Iteration(
            unknowns,
            worst=unknown,
            walras=unknown,
            norm=unknown,
            rounds=jnp.asarray(0),
            stuck=jnp.asarray(False),
            best=unknowns,
            least=unknown,
            patience=jnp.asarray(patience),
        )
        return jax.lax.while_loop(lambda it: _unfinished(it, options), round_, begin)

    return solve


def _unfinished(it: Iteration, options: Options) -> Array:
    more = (it.worst > options.tolerance) & (it.rounds < options.rounds)
    return more & ~it.stuck & ~jnp.isnan(it.least)


def _has_kinks(model: Model) -> bool:
    """Whether a price or a level may be zero, or a variable is bounded."""
    return (
        any(c.zero_scale is not None for c in model.commodities.values())
        or any(a.latent is not None for a in model.activities.values())
        or any(x.lower is not None or x.upper is not None for x in model.auxiliaries.values())
    )


def _choose(condition: Array, first: Unknowns, second: Unknowns) -> Unknowns:
    return {k: jnp.where(condition, first[k], second[k]) for k in first}


def _held(axes: Axes, model: Model, calibration: Calibration) -> Calibration:
    """The calibration behind a barrier, so that it is computed once and not in every round."""
    (tables,) = axes.barrier(
        [list(t.values()) for t in (calibration.quantity, calibration.share, calibration.value)]
    )
    quantity, share, value = tables
    return Calibration(
        dict(zip(calibration.quantity, quantity, strict=True)),
        dict(zip(calibration.share, share, strict=True)),
        dict(zip(calibration.value, value, strict=True)),
        calibration.alive,
    )


class _Step(NamedTuple):
    unknowns: Unknowns
    residual: Unknowns
    worst: Array
    norm: Array
    contraction: Array
    stuck: Array
    count: Array


def _goes_on(step: _Step, options: Options) -> Array:
    """The first step always, further ones while they contract and the tolerance is not met."""
    chord = (step.contraction < options.chord) & (step.count < 8)
    return ((step.count == 0) | chord) & (step.worst > options.tolerance) & ~jnp.asarray(step.stuck)


def _step(
    step: _Step,
    direction: Unknowns,
    residual: Any,
    linear: set[str],
    allowed: Array,
    options: Options,
) -> _Step:
    """One step along a direction, shortened until the norm falls below what is allowed."""
    lengths = [jnp.max(jnp.abs(d), initial=0.0) for k, d in direction.items() if k not in linear]
    longest = jnp.max(jnp.stack(lengths))
    full = jnp.minimum(1.0, options.longest / jnp.maximum(longest, 1e-300))

    def at(length: Array) -> Unknowns:
        return {k: u + length * direction[k] for k, u in step.unknowns.items()}

    def trial(state: tuple[Array, Unknowns, Array, Array]) -> tuple[Array, Unknowns, Array, Array]:
        length = 0.5 * state[0]
        r = residual(at(length))
        return length, r, norm(r), state[3] + 1

    def too_long(state: tuple[Array, Unknowns, Array, Array]) -> Array:
        length, _, size, halvings = state
        enough = size < (1.0 - 1e-4 * length) * allowed
        return ~enough & (halvings < options.halvings)

    begin = (2.0 * full, step.residual, jnp.asarray(jnp.inf), jnp.asarray(-1))
    length, new, size, _ = jax.lax.while_loop(too_long, trial, begin)
    accepted = size < allowed
    unknowns = _choose(accepted, at(length), step.unknowns)
    f = _choose(accepted, new, step.residual)
    contraction = jnp.where(accepted, size / step.norm, jnp.inf)
    stuck = ~accepted & (step.count == 0)
    return _Step(
        unknowns,
        f,
        worst(f),
        jnp.where(accepted, size, step.norm),
        contraction,
        stuck,
        step.count + 1,
    )
