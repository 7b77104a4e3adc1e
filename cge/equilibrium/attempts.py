r"""Ways to look for an equilibrium, ever more patient ones: the ladder that a solve climbs.

Newton's method from the start comes first. Others follow where it ends without a solution: from a
start in proportion to what is owned (``proportion``); from one with latent activities that break
even where permits are short (``backstops``); with another weight of their levels; on the dense
route; by homotopy, in parameters from an equilibrium that is known,

.. math:: \theta(s) = \theta_0 + s (\theta_1 - \theta_0), \qquad
          \frac{du}{ds} = -J^{-1} \frac{\partial f}{\partial \theta} (\theta_1 - \theta_0) ,

where that stops, along the curve of these equilibria itself (``continuation``); or, from any start,
in what is out of balance there, :math:`f(u) = (1 - s) f(u_0)`; Ipopt, where it is installed; and at
last all that counts in another unit of account. All share one budget (``effort``). A failure tells
all that was tried, and reports the point that came nearest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cge.equilibrium.axes import Traced
from cge.equilibrium.backstops import at_backstops
from cge.equilibrium.bindings import INSTALL, available
from cge.equilibrium.bounds import apart
from cge.equilibrium.conditions import EVEN_WEIGHT, LEVEL_WEIGHT
from cge.equilibrium.continuation import Curve, between, follow
from cge.equilibrium.effort import Attempt, Effort, Log
from cge.equilibrium.price_level import at_price_level
from cge.equilibrium.proportion import in_proportion
from cge.equilibrium.result import Equilibrium, NotSolved, failure
from cge.equilibrium.state import Unknowns

if TYPE_CHECKING:
    from cge.equilibrium.solver import Solver

_LARGEST, _SMALLEST = 0.25, 1e-4
"""First step of a homotopy, and the step at which it gives up."""

_SHARE, _FEW = 0.2, 100
"""Share of the budget of rounds that each homotopy may use, and how many it may in any case."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be solved.

    Attributes:
        solver: the compiled model.
        values: parameters by name.
        point: unknowns to start from.
        origin: an equilibrium at parameters ``base``, from which these are moved; None where the
            start is a point of which nothing is known.
        base: its parameters.
    """

    solver: Solver
    values: Mapping[str, Traced]
    point: Unknowns
    origin: Unknowns | None
    base: Mapping[str, Traced]


Try = Callable[[Task, Effort], tuple[str, Equilibrium | None]]
"""How an attempt ended, in words, and the point, where it is one at the parameters asked for."""


@dataclass(frozen=True)
class Way:
    """A way to look for an equilibrium.

    Attributes:
        name: what it is called in messages.
        part: what has to be compiled for it.
        fits: whether it is another way than those before, for a task.
        call: follow it.
    """

    name: str
    part: str
    fits: Callable[[Task], bool]
    call: Try


def climb(
    task: Task, effort: Effort, log: Log, ladder: tuple[Way, ...] | None = None
) -> Equilibrium:
    """The first solution on the ladder; its rounds are those of all attempts.

    Arguments:
        task: what is to be solved.
        effort: what it may cost, and has cost.
        log: told, at level INFO, which attempt failed and which is next.
        ladder: ways in order; ``LADDER`` by default.

    Raises:
        NotSolved: none led to a solution; reports the point that came nearest.
    """
    tried: list[Attempt] = []
    best: Equilibrium | None = None
    for way in (way for way in ladder or LADDER if way.fits(task)):
        if tried:
            new = "" if way.part in effort.compiled else ", compiling it first"
            log.info("%s; trying %s%s", tried[-1], way.name, new)
        before = effort.rounds, effort.seconds
        ended, found = way.call(task, effort)
        spent = effort.rounds - before[0], effort.seconds - before[1]
        tried.append(Attempt(way.name, *spent, ended))
        if found is not None:
            best = found if best is None else _nearer(best, found)
            if best.solved:
                return replace(best, rounds=effort.rounds)
        if effort.spent:
            break
    assert best is not None
    best = replace(best, rounds=effort.rounds)
    raise NotSolved(failure(best) + _told(tried, effort), best, tried)


def _nearer(first: Equilibrium, second: Equilibrium) -> Equilibrium:
    """The one that is solved, or whose worst condition nearly holds; numbers before none."""
    if second.solved:
        return second
    sizes = [np.inf if np.isnan(e.worst) else e.worst for e in (first, second)]
    return second if sizes[1] < sizes[0] else first


def _told(tried: list[Attempt], effort: Effort) -> str:
    """What was tried, and what was not."""
    text = f". Tried: {'; '.join(map(str, tried))}."
    if effort.spent:
        return (
            f"{text} The budget of {effort.budget} ended the search; "
            "Solver.solve(budget=Budget(rounds=..., seconds=...)) may go on longer."
        )
    return text if available() else f"{text} Ipopt, the last resort, was not tried: {INSTALL}."


# Newton's method ----------------------------------------------------------------------------------


def _direct(part: str, call: Callable[[Task], Equilibrium], task: Task, effort: Effort) -> Any:
    found = effort.timed(part, partial(call, task))
    effort.rounds += found.rounds
    return f"{found.status.value}, residual {found.worst:.1e}", found


def _newton(task: Task) -> Equilibrium:
    return task.solver.newton(task.values, task.point)


def _even(task: Task) -> Equilibrium:
    return task.solver.newton(task.values, task.point, EVEN_WEIGHT)


def _dense(task: Task) -> Equilibrium:
    return task.solver.dense.newton(task.values, task.point)


Moved = Callable[["Task"], Unknowns | None]
"""Another start for a task; None where it is as good as the one that there is."""


def _at_backstops(task: Task) -> Unknowns | None:
    """Where anything short can be had from technologies that idle, with these at work."""
    solver = task.solver
    return at_backstops(solver.model, task.point, solver.complete(task.values))


def _in_proportion(task: Task) -> Unknowns | None:
    """All in proportion to what is owned."""
    solver = task.solver
    return in_proportion(solver.model, task.point, solver.complete(task.values))


def _from(start: str, moved: Moved, weight: float) -> Way:
    """Newton's method from another start."""

    def call(task: Task) -> Equilibrium:
        return task.solver.newton(task.values, moved(task), weight)

    return Way(
        f"Newton's method {start}",
        "newton",
        lambda task: moved(task) is not None,
        partial(_direct, "newton", call),
    )


# Homotopy -----------------------------------------------------------------------------------------

Leg = Callable[[Unknowns, float, float], Equilibrium]
"""Newton's method from a point at one share of the way to another share."""


def _walked(leg: Leg, point: Unknowns, effort: Effort) -> tuple[str, Equilibrium | None]:
    """Go from a point to the end of the way in steps that succeed.

    A step is twice as long as one that succeeded, and a quarter of one that failed.

    Arguments:
        leg: one step.
        point: where the way begins.
        effort: what it may cost, and has cost.
    """
    most = _most(effort)
    last: Equilibrium | None = None
    at, step = 0.0, _LARGEST
    while at < 1.0 and step > _SMALLEST and not effort.spent and effort.rounds < most:
        goal = min(1.0, at + step)
        trial = leg(point, at, goal)
        effort.rounds += trial.rounds
        last = trial if goal == 1.0 else last
        if trial.solved:
            at, point, step = goal, trial.unknowns, 2.0 * step
        else:
            step = 0.25 * step
    return f"came {at:.1%} of the way", last


def _most(effort: Effort) -> float:
    """Rounds of all attempts at which a homotopy that begins now ends."""
    return effort.rounds + max(_FEW, effort.budget.rounds * _SHARE)


def _in_parameters(task: Task, effort: Effort) -> tuple[str, Equilibrium | None]:
    """Move the parameters from a known equilibrium to those asked for in steps that succeed."""
    solver, base, origin = task.solver, task.base, task.origin
    assert origin is not None
    change = {k: np.asarray(task.values[k]) - np.asarray(base[k]) for k in task.values}

    def leg(point: Unknowns, at: float, goal: float) -> Equilibrium:
        here, aim = ({k: base[k] + s * change[k] for k in task.values} for s in (at, goal))
        tangent = effort.timed("tangent", partial(_tangent, solver, point, here, change))
        guess = {k: u + (goal - at) * tangent[k] for k, u in point.items()}
        guess = guess if _is_finite(guess) else point
        return effort.timed("newton", partial(solver.newton, aim, guess))

    return _walked(leg, origin, effort)


def _tangent(solver: Solver, point: Unknowns, *others: Any) -> Unknowns:
    """The tangent, once it is there: JAX answers before it has computed."""
    return {k: np.asarray(v) for k, v in solver.tangent(point, *others).items()}


def _along_curve(task: Task, effort: Effort) -> tuple[str, Equilibrium | None]:
    """Follow the curve of equilibria from a known one around its turning points."""
    solver, origin = task.solver, task.origin
    assert origin is not None

    def values(share: float) -> Mapping[str, Traced]:
        own, bounds = apart(solver.model, between(task.base, task.values, share))
        return {**solver.model.parameters.complete(own), **bounds}

    system = solver.system
    start = system.join({k: np.asarray(u, float) for k, u in origin.items()})
    live = ~system.join(system.state(start, values(0.5)).dead)
    curve = Curve(system, values, start, live)
    effort.timed("curve", lambda: curve.slopes(np.append(start[live], 0.5)))
    most = _most(effort)
    share, at = effort.timed("curve", partial(follow, curve, effort, most))
    ended, found = f"came {share:.1%} of the way", None
    for weight in (EVEN_WEIGHT, LEVEL_WEIGHT) if share == 1.0 else ():
        end = partial(solver.newton, task.values, curve.unknowns(at), weight)
        found = effort.timed("newton", end)
        effort.rounds += found.rounds
        if found.solved:
            break
    return ended, found


def _in_residuals(task: Task, effort: Effort) -> tuple[str, Equilibrium | None]:
    """Reduce what is out of balance at the start in steps that succeed."""
    solver, values = task.solver, task.solver.complete(task.values)
    residual = {k: np.asarray(r) for k, r in solver.state(task.point, values).residual.items()}
    if not _is_finite(residual):
        return "the start has conditions that are no numbers", None

    def leg(point: Unknowns, at: float, goal: float) -> Equilibrium:
        if goal == 1.0:
            return effort.timed("newton", partial(solver.newton, values, point))
        left = {k: (1.0 - goal) * r for k, r in residual.items()}
        return effort.timed("offset", partial(solver.newton_beside, values, point, left))

    return _walked(leg, task.point, effort)


def _is_finite(point: Unknowns) -> bool:
    return all(bool(np.isfinite(np.asarray(v)).all()) for v in point.values())


# Unit of account ----------------------------------------------------------------------------------


def _other_units(task: Task) -> dict[str, np.ndarray]:
    """Equal weights of all prices in the index that is the unit of account."""
    model = task.solver.model
    return {p.name: np.ones(p.value.shape) for p in model.index.values()}


def _has_other_units(task: Task) -> bool:
    """Whether the unit of account is an index over more prices than those with a weight now."""
    weights = {name: np.asarray(task.values[name]) for name in _other_units(task)}
    return any((weight == 0.0).any() for weight in weights.values())


def _in_other_unit(task: Task, effort: Effort) -> tuple[str, Equilibrium | None]:
    """Look for the equilibrium in another unit of account, and count it in the one asked for."""
    solver = task.solver
    other = replace(task, values={**task.values, **_other_units(task)})
    ways = (way for way in LADDER if way.call is not _in_other_unit and way.fits(other))
    for way in ways:
        _, found = way.call(other, effort)
        if found is not None and found.solved:
            index = float(solver.state(found.unknowns, task.values).prices.numeraire)
            there = replace(task, point=at_price_level(found, 1.0 / index).unknowns)
            return _direct("newton", _newton, there, effort)
        if effort.spent:
            break
    return "found in no other unit either", None


# Ipopt --------------------------------------------------------------------------------------------


def _ipopt(task: Task, effort: Effort) -> tuple[str, Equilibrium | None]:
    """Ipopt within what is left of the budget."""
    solver = task.solver
    call = partial(solver.ipopt, task.values, task.point, budget=effort.left)
    found = effort.timed("ipopt", call)
    effort.rounds += found.rounds
    return f"{found.status.value}, residual {found.worst:.1e}", found


def _always(task: Task) -> bool:
    return True


def _has_latent(task: Task) -> bool:
    return any(a.latent is not None for a in task.solver.model.activities.values())


LADDER: tuple[Way, ...] = (
    Way("Newton's method", "newton", _always, partial(_direct, "newton", _newton)),
    _from("from where all is in proportion to what is owned", _in_proportion, LEVEL_WEIGHT),
    _from("with technologies that break even where permits are short", _at_backstops, EVEN_WEIGHT),
    Way(
        "Newton's method with an even weight of latent levels",
        "newton",
        _has_latent,
        partial(_direct, "newton", _even),
    ),
    Way(
        "Newton's method on the dense route",
        "dense",
        lambda task: task.solver.plan is not None,
        partial(_direct, "dense", _dense),
    ),
    Way("homotopy", "tangent", lambda task: task.origin is not None, _in_parameters),
    Way("homotopy along its curve", "curve", lambda task: task.origin is not None, _along_curve),
    Way("homotopy from what is out of balance at the start", "offset", _always, _in_residuals),
    Way("Ipopt", "ipopt", lambda task: available() is not None, _ipopt),
    Way("another unit of account", "newton", _has_other_units, _in_other_unit),
)
"""All ways, the quickest first."""
