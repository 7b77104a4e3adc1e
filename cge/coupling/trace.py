r"""What was used and answered over some rounds, entry by entry and on one scale.

How far the answer moves for what is used is its gain,

.. math:: g = \frac{\Delta a \cdot \Delta u}{\Delta u \cdot \Delta u} .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cge.coupling.items import Exchange
from cge.coupling.labels import axes_of, named
from cge.coupling.rounds import Round
from cge.coupling.tolerance import Tolerance

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trace:
    """Entries that are numbers in all of some rounds, as multiples of their last tolerance.

    Attributes:
        names: item and labels of each entry.
        room: tolerance of each entry in the last round, in the unit of its item.
        used: what was used (round, entry).
        answers: what was answered (round, entry).
        steps: share of the way that led to each round.
    """

    names: Sequence[str]
    room: Array
    used: Array
    answers: Array
    steps: Array

    @classmethod
    def of(cls, history: Sequence[Round], tolerance: Tolerance) -> Trace:
        """The trace of rounds."""
        last = history[-1].used
        items = [name for name in last if all(name in r.answer for r in history)]
        used = np.stack([_row(r.used, items) for r in history])
        answers = np.stack([_row(r.answer, items) for r in history])
        there = np.isfinite([*used, *answers]).all(axis=0)
        rooms = [tolerance.room(name, last[name].to_numpy()).ravel() for name in items]
        room = np.concatenate([np.empty(0), *rooms])[there]
        names = [
            f"{name} at {key}"
            for name in items
            for key in named(np.ones(last[name].shape, bool), axes_of(last[name]))
        ]
        kept = [names[k] for k in np.flatnonzero(there)]
        steps = np.array([r.step for r in history])
        return cls(kept, room, used[:, there] / room, answers[:, there] / room, steps)

    @property
    def sizes(self) -> Array:
        """Largest difference between answer and use (round)."""
        return _largest(self.answers - self.used)

    @property
    def moves(self) -> Array:
        """How far what is used has moved, at most, since the round before (round but the first)."""
        return _largest(np.diff(self.used, axis=0))

    @property
    def turns(self) -> Array:
        """How far the answer has moved, at most, since the round before (round but the first)."""
        return _largest(np.diff(self.answers, axis=0))

    @property
    def gain(self) -> float:
        """How far the answer moves for what is used, along its way."""
        moved, turned = np.diff(self.used, axis=0), np.diff(self.answers, axis=0)
        way = float((moved**2).sum())
        return float((moved * turned).sum()) / way if way > 0.0 else 0.0


def _row(exchange: Exchange, items: Sequence[str]) -> Array:
    return np.concatenate([np.empty(0), *(exchange[item].to_numpy().ravel() for item in items)])


def _largest(differences: Array) -> Array:
    largest: Array = np.abs(differences).max(axis=1, initial=0.0)
    return largest
