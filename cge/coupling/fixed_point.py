r"""Coupling as a fixed point: the economy and a partner model agree.

With x what the partner hands over (all items together) and F the partner's answer to the economy
solved at x, a round measures how far the two are from agreeing and moves part of the way,

.. math:: r_n = \| F(x_n) - x_n \| , \qquad x_{n+1} = x_n + \theta_n (F(x_n) - x_n) .

The residual is that of the whole step, never of the damped one, so damping cannot pass for
convergence. Its norm is the largest difference of any entry relative to the largest value of its
item. The damping factor halves when the residual grows and recovers when it falls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from cge.coupling.session import Session
from sam import ranking

Exchange = Mapping[str, xr.DataArray]
Partner = Callable[[Session], Exchange]
"""Reads a solved session and answers with items to be set, with their units as attributes."""

_SMALLEST_STEP = 1.0 / 64.0
_RECOVERY = 1.25


@dataclass(frozen=True, eq=False)
class Convergence:
    """How a coupling went.

    Attributes:
        converged: whether the last residual is below the tolerance.
        rounds: round, residual, damping and the item and entry that differ most, one row each.
        used: what the session is solved at.
        answer: the partner's answer to it.
    """

    converged: bool
    rounds: pd.DataFrame
    used: Exchange
    answer: Exchange

    @property
    def residual(self) -> float:
        """Undamped residual of the last round."""
        return float(self.rounds["residual"].iloc[-1])

    def report(self) -> str:
        """What happened in a paragraph: how it ended, how the residual moved, who differs most."""
        residuals, last = self.rounds["residual"].to_numpy(), self.rounds.iloc[-1]
        end = "agree" if self.converged else f"do not agree ({_behaviour(residuals)})"
        recent = ", ".join(f"{r:.2e}" for r in residuals[-5:])
        return (
            f"The economy and the partner {end} after {len(residuals)} rounds: undamped residual "
            f"{self.residual:.2e}, lately {recent}; smallest {residuals.min():.2e} in round "
            f"{int(residuals.argmin()) + 1}. Largest difference: {last['item']} at "
            f"{last['entry']}, {last['used']:.6g} used, {last['answer']:.6g} answered; damping "
            f"{last['damping']:.3g}."
        )


class NotConverged(RuntimeError):
    """The economy and a partner do not agree.

    Attributes:
        convergence: the rounds, and where they ended.
    """

    def __init__(self, convergence: Convergence) -> None:
        super().__init__(convergence.report())
        self.convergence = convergence


def couple(
    session: Session,
    partner: Partner,
    *,
    tolerance: float = 1e-4,
    rounds: int = 60,
    damping: float = 1.0,
    throw: bool = True,
) -> Convergence:
    """Iterate the session's year with a partner until they agree.

    The session ends solved at the last exchange that was used, with the year still to be accepted.

    Arguments:
        session: solved or not; what it has been set to is where the iteration starts, except for
            items of the partner, which start from its answer to the economy as it is.
        partner: called with the solved session in each round.
        tolerance: largest undamped residual.
        rounds: largest number of rounds.
        damping: share of the first step that is taken.
        throw: raise where they do not agree; else return the last round.

    Raises:
        NotConverged: they do not agree; reports the residuals and the entry that differs most.
        CouplingError: an answer does not fit an item.
        cge.equilibrium.NotSolved: the economy has no equilibrium at an exchange.
    """
    session.solve_year()
    used = dict(partner(session))
    table: list[dict[str, object]] = []
    last, step = np.inf, damping
    while True:
        for name, values in used.items():
            session.set(name, values)
        session.solve_year()
        answer = dict(partner(session))
        worst = difference(used, answer)
        residual = float(worst["residual"])  # type: ignore[arg-type]
        step = max(0.5 * step, _SMALLEST_STEP) if residual > last else min(_RECOVERY * step, 1.0)
        table.append({"round": len(table) + 1, "damping": step, **worst})
        if residual <= tolerance or len(table) == rounds:
            break
        used, last = damped(used, answer, step), residual
    result = Convergence(residual <= tolerance, pd.DataFrame(table), used, answer)
    if throw and not result.converged:
        raise NotConverged(result)
    return result


def difference(used: Exchange, answer: Exchange) -> dict[str, object]:
    """The entry that differs most: residual, item, entry, used and answered value."""
    found = [_item_difference(name, used[name], values) for name, values in answer.items()]
    residuals = [float(row["residual"]) for row in found]  # type: ignore[arg-type]
    return found[ranking.worst(residuals)]


def _item_difference(name: str, used: xr.DataArray, answer: xr.DataArray) -> dict[str, object]:
    before, after = used.to_numpy(), answer.transpose(*used.dims).to_numpy()
    size = max(float(np.nanmax(np.abs(before), initial=0.0)), np.finfo(float).tiny)
    gap = np.abs(after - before) / size
    gap = np.where(np.isnan(before) & np.isnan(after), 0.0, np.where(np.isnan(gap), np.inf, gap))
    at = np.unravel_index(ranking.worst(gap), gap.shape)
    labels = [str(used[d].values[k]) for d, k in zip(used.dims, at, strict=True)]
    return {
        "residual": float(gap[at]),
        "item": name,
        "entry": " ".join(labels) or "scalar",
        "used": float(before[at]),
        "answer": float(after[at]),
    }


def damped(used: Exchange, answer: Exchange, step: float) -> dict[str, xr.DataArray]:
    """Part of the way from what was used to the answer; entries that come or go move at once."""
    result = {}
    for name, after in answer.items():
        old, new = used[name].transpose(*after.dims).to_numpy(), after.to_numpy()
        mixed = np.where(np.isnan(old) | np.isnan(new), new, old + step * (new - old))
        result[name] = after.copy(data=mixed)
    return result


def _behaviour(residuals: np.ndarray) -> str:
    """How residuals that do not reach the tolerance behave: diverge, oscillate, or fall slowly."""
    recent = residuals[-10:]
    if not np.isfinite(recent).all() or recent[-1] > 10.0 * residuals.min():
        return "the residual grows"
    falls = np.diff(recent) < 0.0
    if falls.all():
        return "the residual still falls; allow more rounds"
    return "the residual goes up and down; the partner's answer may jump, or needs more damping"
