"""How a coupling went: its rounds, how they ended, and what differs most."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cge.coupling.behaviour import Behaviour, behaviour
from cge.coupling.items import Exchange
from cge.coupling.labels import axes_of, listed, named
from cge.coupling.rounds import Difference, Round
from cge.coupling.tolerance import Tolerance


@dataclass(frozen=True, eq=False)
class Convergence:
    """How a coupling went.

    Attributes:
        history: its rounds; none where the partner has not answered.
        tolerance: how closely the two must agree.
        stuck: whether no step from the last round succeeds.
    """

    history: tuple[Round, ...]
    tolerance: Tolerance
    stuck: bool = False

    @property
    def converged(self) -> bool:
        """Whether all agrees that is handed over, and all stands still that is read."""
        return bool(self.history) and self.history[-1].off <= 1.0

    @property
    def residual(self) -> float:
        """Undamped residual of the last round: the largest difference between answer and use.

        Relative to the entry, as far as no absolute tolerance makes it count for less.
        """
        return self.history[-1].residual * self.tolerance.relative if self.history else np.inf

    @property
    def used(self) -> Exchange:
        """What the session is solved at, NaN where it is left to the scenario."""
        return self.history[-1].used if self.history else {}

    @property
    def answer(self) -> Exchange:
        """The partner's answer to it."""
        return self.history[-1].answer if self.history else {}

    @property
    def worst(self) -> tuple[Difference, ...]:
        """The entries that differ most in the last round, of those handed over and those read."""
        return self.history[-1].worst if self.history else ()

    @cached_property
    def rounds(self) -> pd.DataFrame:
        """A row each: residual, movement of what is read, step, and what is handed over worst."""
        size = self.tolerance.relative
        rows = [
            {
                "round": number,
                "residual": size * r.residual,
                "movement": size * r.movement,
                "damping": r.step,
                "halved": r.halved,
                "item": r.handed[0].item,
                "entry": r.handed[0].entry,
                "used": r.handed[0].before,
                "answer": r.handed[0].after,
            }
            for number, r in enumerate(self.history, start=1)
        ]
        return pd.DataFrame(rows)

    @cached_property
    def handed(self) -> pd.DataFrame:
        """By item, how many entries the last answer hands over, of how many, and which are left."""
        rows = []
        for name, values in self.answer.items():
            left = np.isnan(values.to_numpy())
            rows.append((name, int((~left).sum()), left.size, named(left, axes_of(values))))
        return pd.DataFrame(rows, columns=["item", "handed", "entries", "left"])

    @cached_property
    def behaviour(self) -> Behaviour:
        """How the rounds behave, and what keeps them from agreeing."""
        return behaviour(self.history, self.tolerance, stuck=self.stuck)

    def report(self) -> str:
        """What happened in a paragraph: how it ended, what was exchanged, what differs most."""
        if not self.history:
            return "The partner has not answered."
        end = "agree" if self.converged else f"do not agree ({self.behaviour.words})"
        residuals, last = self.rounds["residual"].to_numpy(), self.history[-1]
        recent = ", ".join(f"{residual:.2e}" for residual in residuals[-5:])
        damping = "" if np.isnan(last.step) else f"; damping {last.step:.3g}"
        differ = [str(difference) for difference in self.worst if difference.off > 0.0]
        return (
            f"The economy and the partner {end} after {len(residuals)} rounds: undamped residual "
            f"{self.residual:.2e}, lately {recent}; smallest {residuals.min():.2e} in round "
            f"{int(residuals.argmin()) + 1}; tolerance {self.tolerance.relative:.3g} of each entry"
            f"{damping}. Handed over: {self._handed()}. Read: {self._read()}. Largest differences: "
            f"{'; '.join(differ) or 'none'}."
        )

    def _read(self) -> str:
        """What was read and how far it moved, in words."""
        last = self.history[-1]
        if not last.read:
            return "nothing"
        moving = f"moving by {last.movement * self.tolerance.relative:.2e} at most"
        first = "some of it for the first time"
        unread = f" (read earlier, no longer: {listed(last.unread)})" if last.unread else ""
        how = moving if np.isfinite(last.movement) else first
        return f"{listed(list(last.read))}, {how}{unread}"

    def _handed(self) -> str:
        """What was handed over and what was left to the scenario, in words."""
        parts = [
            f"{handed} of {entries} entries of {item}"
            + (f" (left to the scenario: {listed(left)})" if left else "")
            for item, handed, entries, left in self.handed.to_numpy().tolist()
        ]
        return ", ".join(parts)


class NotConverged(RuntimeError):
    """The economy and a partner do not agree.

    Attributes:
        convergence: the rounds, and where they ended.
    """

    def __init__(self, convergence: Convergence, message: str = "") -> None:
        super().__init__(message or convergence.report())
        self.convergence = convergence


class StepFailed(NotConverged):
    """The partner failed, or the year has no equilibrium, however small the step was made.

    The session is back at the last round that succeeded, and solved there.

    Attributes:
        convergence: the rounds that succeeded.
    """
