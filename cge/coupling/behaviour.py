r"""How the rounds of a coupling behave: they agree, or what keeps them from it.

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

RECENT = 20
"""Rounds that are looked at."""

FEWEST = 4
"""Rounds that tell something."""

ENOUGH = 12
"""Rounds that tell a jump from a steep answer, on which smaller steps would have closed in."""

MOST = 1000
"""Rounds that are advised at most."""

STEEP = 16.0
"""Residuals on both sides of a jump, relative to how close the two sides are."""


@dataclass(frozen=True)
class Behaviour:
    """How rounds behave.

    Attributes:
        kind: in a word.
        words: what is seen, and what helps.
    """

    kind: Literal["agrees", "edge", "memory", "unclear", "grows", "jumps", "slow", "oscillates"]
    words: str


def behaviour(history: Sequence[Round], tolerance: Tolerance, *, stuck: bool = False) -> Behaviour:
    """How rounds behave.

    Arguments:
        history: the rounds, at least one.
        tolerance: how closely the two must agree.
        stuck: whether no step from the last one succeeds.
    """
    last = history[-1]
    if last.off <= 1.0:
        return Behaviour("agrees", "they agree")
    if stuck or (len(history) >= FEWEST and all(r.halved for r in history[-FEWEST:])):
        return _edge(last)
    if last.residual <= 1.0 and last.moved[0].item in last.unread:
        return _memory(last)
    if len(history) < FEWEST:
        return Behaviour("unclear", "too few rounds to tell why; allow more")
    recent = _steady(history[-RECENT:])
    if len(recent) < FEWEST:
        return _unsteady(history[-1])
    trace = Trace.of(recent, tolerance)
    apart = recent[-1].residual > 1.0
    if apart and not trace.names:
        return _unsteady(history[-1])
    sizes = trace.sizes if apart else np.array([r.movement for r in recent])
    if (np.diff(sizes[-FEWEST:]) > 0.0).all():
        return Behaviour("grows", f"the residual grows{_held(trace.gain)}")
    return _jump(trace) or _fall(sizes) or _swing(trace)


def _edge(last: Round) -> Behaviour:
    """Answers that lie where there is no equilibrium, so that steps towards them are halved."""
    return Behaviour(
        "edge",
        f"the coupling stands at the edge of what is feasible: {last.handed[0]}, and on the way "
        "there the year has no equilibrium or the partner fails; let the partner answer with what "
        "the economy can bear",
    )


def _memory(last: Round) -> Behaviour:
    """An answer to what the economy was when the partner last read it."""
    moved = last.moved[0]
    return Behaviour(
        "memory",
        f"the partner answers to what it read earlier, and {moved.item} at {moved.entry} has moved "
        "since; let it read the same items in every round",
    )


def _steady(history: Sequence[Round]) -> list[Round]:
    """The latest rounds in which the entries that are numbers are those of the last one."""
    steady: list[Round] = []
    for each in reversed(history):
        if not np.isfinite(each.off) or each.numbers != history[-1].numbers:
            break
        steady.insert(0, each)
    return steady


def _unsteady(last: Round) -> Behaviour:
    worst = last.worst[0]
    return Behaviour(
        "unclear",
        f"{worst.item} at {worst.entry} comes and goes, or is not finite; hand over and read the "
        "same entries in every round",
    )


def _jump(trace: Trace) -> Behaviour | None:
    """An answer whose sides remain apart, however close what is used comes to where it turns."""
    turn = trace.turn()
    half = len(trace.sizes) // 2
    closer = trace.sizes[half:].min() <= 0.5 * trace.sizes[:half].min()
    if turn is None or turn.steepness < STEEP or len(trace.sizes) < ENOUGH or closer:
        return None
    return Behaviour(
        "jumps",
        f"the answer jumps: {turn.name} is {turn.answers[0]:.6g} where {turn.used[0]:.6g} is used, "
        f"and {turn.answers[1]:.6g} where {turn.used[1]:.6g} is; no damping settles there, let the "
        "partner answer more smoothly",
    )


def _fall(sizes: Array) -> Behaviour | None:
    """A residual that falls on the whole, and how many more rounds it needs."""
    half = len(sizes) // 2
    before, now = sizes[:half].max(), sizes[half:].max()
    if not 1.0 < now < before:
        return None
    rate = float(now / before) ** (1.0 / half)
    more = int(np.ceil(np.log(now) / -np.log(rate)))
    advice = f"allow some {more} more" if more <= MOST else "more rounds hardly help"
    return Behaviour(
        "slow", f"the residual falls slowly, by {100.0 * (1.0 - rate):.2g} % a round; {advice}"
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
