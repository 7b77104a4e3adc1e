r"""Coupling as a fixed point: the economy and a partner model agree.

With x what the partner hands over (all items together) and F the partner's answer to the economy
solved at x, a round measures how far the two are from agreeing and moves part of the way,

.. math:: r_n = F(x_n) - x_n , \qquad x_{n+1} = x_n + \theta_n r_n .

The residual is that of the whole step, never of the damped one, so damping cannot pass for
convergence, and it is measured entry by entry (``cge.coupling.tolerance``). The damping factor
recovers when the residual falls and halves when it does not. What the partner reads must stand
still as well, from one round to the next, and what it reads no longer must be as it last read it.

A step at which the year has no equilibrium, or the partner fails, is halved from the last point
that succeeded, until what is left of it is no step.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeGuard

import numpy as np
import xarray as xr

from cge.coupling.convergence import Convergence, NotConverged, StepFailed
from cge.coupling.errors import CouplingError
from cge.coupling.items import Exchange
from cge.coupling.partner import Partner, asked
from cge.coupling.rounds import Round, differences
from cge.coupling.session import Session
from cge.coupling.tolerance import Tolerance, is_real
from cge.coupling.trace import Trace

SMALLEST_STEP = 1.0 / 64.0
"""Smallest damping factor that a growing residual leads to."""

RECOVERY = 1.25
"""Growth of the damping factor when the residual falls."""

HALVINGS = 6
"""How often a step that fails is halved."""

NO_STEP = SMALLEST_STEP / 2.0**HALVINGS
"""Share of the way below which no halved step is tried: the answer lies beyond what is feasible."""


def couple(
    session: Session,
    partner: Partner,
    *,
    tolerance: float | Tolerance = 1e-4,
    rounds: int = 60,
    damping: float = 1.0,
    throw: bool = True,
) -> Convergence:
    """Iterate the session's year with a partner until they agree.

    The session ends solved at the last exchange that was used, with the year still to be accepted::

        def partner(session):  # permits for 0.4 t of CO2 per MWh
            demand = session.get("electricity_demand", unit="TWh").sel(region=["SH", "JS"])
            return {"pool_cap": ({"first": 0.4 * float(demand.sum())}, "Mt CO2")}

        print(couple(session, partner).report())

    Arguments:
        session: solved or not; what is in force is where the iteration starts.
        partner: called with the solved session in each round, to read it and to answer with what
            is to be set; it must not change the session. What it once hands over it hands over in
            every round, or None to leave the item to the scenario again. What it once reads it
            reads in every round, or they agree only where that has not moved since.
        tolerance: how closely entries must agree; a number is relative to each entry.
        rounds: largest number of rounds.
        damping: share of the first step that is taken.
        throw: raise where they do not agree; else return the last round.

    Raises:
        NotConverged: they do not agree; reports the residuals and the entries that differ most.
        StepFailed: the partner fails, or the year has no equilibrium, at every step that is tried;
            the session is left at the last round that succeeded, which the error carries.
        CouplingError: an answer does not fit an item, or lacks one; the session is left likewise,
            and the error carries the rounds.
        cge.equilibrium.NotSolved: the economy has no equilibrium to start from.
    """
    _check_models(session, partner)
    within = Tolerance.of(tolerance)
    within.check_items(session.items)
    _check_limits(rounds, damping)
    if not session.solved:
        session.solve_year()
    done, step = _first(session, partner, within), damping
    while not done.converged and len(done.history) < rounds:
        done = _next(session, partner, done, step)
        step = _damping(done)
    if throw and not done.converged:
        raise NotConverged(done)
    return done


def _check_models(session: object, partner: object) -> None:
    if not isinstance(session, Session) or not callable(partner):
        raise CouplingError(
            f"found {type(session).__name__} and {type(partner).__name__}; give a Session and a "
            "partner that can be called with it"
        )


def _check_limits(rounds: int, damping: float) -> None:
    if not (_is_whole(rounds) and rounds >= 1 and is_real(damping) and 0.0 < damping <= 1.0):
        raise CouplingError(
            f"rounds={rounds!r}, damping={damping!r}: give at least one round, and a damping above "
            "0 and not above 1, both as numbers"
        )


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int | np.integer) and not isinstance(value, bool)


def _damping(done: Convergence) -> float:
    """Share of the next step: more than that of the last one where the residual fell, else half.

    Where something was handed over for the first time, it fell.
    """
    before, now = Trace.of(done.history[-2:], done.tolerance).sizes
    step = done.history[-1].step
    fell = now < before or np.isinf(done.history[-2].residual)
    return min(RECOVERY * step, 1.0) if fell else max(0.5 * step, SMALLEST_STEP)


def _first(session: Session, partner: Partner, tolerance: Tolerance) -> Convergence:
    """The partner's answer to the economy as it is."""
    nothing = Convergence((), tolerance)
    here = session.snapshot()
    try:
        return _visited(session, partner, nothing)
    except BaseException as error:
        session.restore(here)
        if _is_final(error, nothing):
            raise
        raise StepFailed(nothing, _failure(nothing, error, "at once")) from error


def _next(session: Session, partner: Partner, done: Convergence, step: float) -> Convergence:
    """Part of the way to the last answer; where that fails half of it, and half again."""
    here, last = session.snapshot(), done.history[-1]
    start = {name: used.fillna(session.get(name)) for name, used in last.used.items()}
    for halved, share in enumerate(_halves(step)):
        try:
            session.take(damped(start, last.answer, share))
            session.solve_year()
            return _visited(session, partner, done, share, halved)
        except BaseException as error:
            session.restore(here)
            if _is_final(error, done):
                raise
            cause = error
    stuck = replace(done, stuck=True)
    tried = f"at {step:.3g} of the way to the last answer and at its halves down to {share:.3g}"
    raise StepFailed(stuck, _failure(stuck, cause, tried)) from cause


def _halves(step: float) -> list[float]:
    """Shares of the way that are tried one after the other."""
    halves = [step / 2.0**k for k in range(1, HALVINGS + 1)]
    return [step, *(share for share in halves if share >= NO_STEP)]


def _visited(
    session: Session, partner: Partner, done: Convergence, step: float = np.nan, halved: int = 0
) -> Convergence:
    """The rounds with one more: where the session is, and the partner's answer to it."""
    before = done.history[-1] if done.history else Round({}, {}, {}, (), ())
    answer, read = asked(session, partner, before.answer)
    used = {name: session.given(name) for name in answer}
    unread = tuple(name for name in before.read if name not in read)
    present = {**read, **{name: session.get(name) for name in unread}}
    handed = differences("handed over", used, answer, done.tolerance)
    moved = differences("read", before.read, present, done.tolerance)
    now = Round(used, answer, {**before.read, **read}, handed, moved, step, halved, unread)
    return Convergence((*done.history, now), done.tolerance)


def _is_final(error: BaseException, done: Convergence) -> bool:
    """Whether a smaller step cannot help: an answer that does not fit, or an interruption.

    The former is given the rounds before it.
    """
    if isinstance(error, CouplingError):
        error.convergence = done
        return True
    return not isinstance(error, Exception)


def _failure(done: Convergence, cause: BaseException, tried: str) -> str:
    """What failed, and where the session is left, in words."""
    where = f"round {len(done.history)}" if done.history else "where it started"
    return (
        f"round {len(done.history) + 1} failed {tried}: {type(cause).__name__}: {cause}. The "
        f"session is left at {where}, solved. {done.report()}"
    )


def damped(start: Exchange, answer: Exchange, step: float) -> dict[str, xr.DataArray | None]:
    """Part of the way to the answer; entries that go, or come from nothing, move at once."""
    return {name: _damped(start[name], after, step) for name, after in answer.items()}


def _damped(start: xr.DataArray, after: xr.DataArray, step: float) -> xr.DataArray | None:
    old, new = start.transpose(*after.dims).to_numpy(), after.to_numpy()
    if np.isnan(new).all():
        return None
    between = np.isfinite(old) & np.isfinite(new)
    way = np.subtract(new, old, where=between, out=np.zeros_like(new))
    return after.copy(data=np.where(between, new - (1.0 - step) * way, new))
