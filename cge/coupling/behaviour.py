r"""How the rounds of a coupling behave: they agree, grow, jump, fall slowly, or oscillate.

What helps depends on the gain g of the partner's answer (``cge.coupling.trace``): a damped step
multiplies the residual by :math:`1 - \theta (1 - g)`, so that damping holds an answer that
overshoots (g < -1), and none holds one that runs ahead (g > 1). Nor does any where the answer
jumps: however small the step, the answers on its two sides remain apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cge.coupling.rounds import Round
from cge.coupling.tolerance import Tolerance
from cge.coupling.trace import Trace

Array = npt.NDArray[np.float64]

SMALLEST_STEP = 1.0 / 64.0
"""Smallest damping that is tried."""

RECENT = 10
"""Rounds that are looked at."""

FEWEST = 4
"""Rounds that tell something."""

MOSTLY = 0.75
"""Share of rounds in which a residual falls that falls on the whole."""


@dataclass(frozen=True)
class Behaviour:
    """How rounds behave.

    Attributes:
        kind: in a word.
        words: what is seen, and what helps.
    """

    kind: Literal["agrees", "unclear", "grows", "jumps", "slow", "oscillates"]
    words: str


def behaviour(history: Sequence[Round], tolerance: Tolerance) -> Behaviour:
    """How rounds behave.

    Arguments:
        history: the rounds, at least one.
        tolerance: how closely the two must agree.
    """
    if history[-1].off <= 1.0:
        return Behaviour("agrees", "they agree")
    recent = [r for r in history[-RECENT:] if np.isfinite(r.off)]
    if len(history) < FEWEST:
        return Behaviour("unclear", "too few rounds to tell why; allow more")
    if recent[-1:] != [history[-1]] or len(recent) < FEWEST:
        return _unsteady(history[-1])
    trace = Trace.of(recent, tolerance)
    apart = recent[-1].residual > 1.0
    sizes = trace.sizes if apart else np.array([r.movement for r in recent])
    if (np.diff(sizes[-FEWEST:]) > 0.0).all():
        return Behaviour("grows", f"the residual grows{_held(trace.gain)}")
    return _jump(trace) or _fall(sizes) or _swing(trace)


def _unsteady(last: Round) -> Behaviour:
    worst = last.worst[0]
    return Behaviour(
        "unclear",
        f"{worst.item} at {worst.entry} comes and goes, or is not finite; hand over and read the "
        "same entries in every round",
    )


def _jump(trace: Trace) -> Behaviour | None:
    """An answer that turns far at the smallest steps, while what is used hardly moves."""
    small = trace.steps[1:] <= 2.0 * SMALLEST_STEP
    far = small & (trace.turns > 1.0) & (2.0 * SMALLEST_STEP * trace.turns >= trace.moves)
    if not far.any():
        return None
    k = int(np.argmax(np.where(far, trace.turns, 0.0)))
    e = int(np.argmax(np.abs(trace.answers[k + 1] - trace.answers[k])))
    before, after = (f"{trace.answers[n, e] * trace.room[e]:.6g}" for n in (k, k + 1))
    here, there = (f"{trace.used[n, e] * trace.room[e]:.6g}" for n in (k, k + 1))
    return Behaviour(
        "jumps",
        f"the answer jumps: {trace.names[e]} from {before} to {after} where {here} and then "
        f"{there} is used; no damping settles there, let the partner answer more smoothly",
    )


def _fall(sizes: Array) -> Behaviour | None:
    """A residual that falls on the whole, and how many more rounds it needs."""
    rate = float(sizes[-1] / sizes[0]) ** (1.0 / (len(sizes) - 1))
    if (np.diff(sizes) < 0.0).mean() < MOSTLY or rate >= 1.0:
        return None
    more = int(np.ceil(np.log(sizes[-1]) / -np.log(rate)))
    return Behaviour(
        "slow",
        f"the residual falls slowly, by {100.0 * (1.0 - rate):.2g} % a round; allow some {more} "
        "more",
    )


def _swing(trace: Trace) -> Behaviour:
    return Behaviour("oscillates", f"the residual goes up and down{_held(trace.gain)}")


def _held(gain: float) -> str:
    """Whether damping holds an answer with a gain, in words."""
    if gain > 1.0:
        return (
            f": the answer runs ahead, {gain:.2g} times as far as what is used and the same way; "
            "no damping holds it"
        )
    if gain < -1.0:
        return (
            f": the answer overshoots, {-gain:.2g} times as far as what is used and the other way; "
            f"damping={1.0 / (1.0 - gain):.2g} or less may hold it"
        )
    return ""
