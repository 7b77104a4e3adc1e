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
    """

    names: Sequence[str]
    room: Array
    used: Array
    answers: Array

    @classmethod
    def of(cls, history: Sequence[Round], tolerance: Tolerance) -> Trace:
        """The trace of rounds."""
        last = history[-1].used
        items = [name for name in last if all(name in r.answer for r in history)]
        used = np.stack([_row(r.used, items) for r in history])
        answers = np.stack([_row(r.answer, items) for r in history])
        rooms = [tolerance.room(name, last[name].to_numpy()).ravel() for name in items]
        room = np.concatenate([np.empty(0), *rooms])
        there = np.isfinite([*used, *answers]).all(axis=0) & (room > 0.0)
        room = room[there]
        names = [
            f"{name} at {key}"
            for name in items
            for key in named(np.ones(last[name].shape, bool), axes_of(last[name]))
        ]
        kept = [names[k] for k in np.flatnonzero(there)]
        return cls(kept, room, used[:, there] / room, answers[:, there] / room)

    @property
    def sizes(self) -> Array:
        """Largest difference between answer and use (round)."""
        sizes: Array = np.abs(self.answers - self.used).max(axis=1, initial=0.0)
        return sizes

    @property
    def gain(self) -> float:
        """How far the answer moves for what is used, along its way."""
        moved, turned = np.diff(self.used, axis=0), np.diff(self.answers, axis=0)
        with np.errstate(over="ignore", invalid="ignore"):
            way = float((moved**2).sum())
            return float((moved * turned).sum()) / way if way > 0.0 else 0.0

    def turn(self) -> Turn | None:
        """Where the answer to the entry that is most apart turns from more to less than is used.

        None where it does not turn.
        """
        if not self.names:
            return None
        apart = self.answers - self.used
        e = int(np.abs(apart).max(axis=0).argmax())
        more, less = np.flatnonzero(apart[:, e] > 0.0), np.flatnonzero(apart[:, e] < 0.0)
        if not len(more) or not len(less):
            return None
        sides = [more[self.used[more, e].argmax()], less[self.used[less, e].argmin()]]
        used, answers = (x[sides, e] * self.room[e] for x in (self.used, self.answers))
        return Turn(self.names[e], used, answers)


@dataclass(frozen=True, eq=False)
class Turn:
    """The closest rounds on the two sides of where an answer turns from more to less than is used.

    Attributes:
        name: item and labels of the entry.
        used: what was used on the lower and on the upper side, in the unit of the item.
        answers: what was answered there.
    """

    name: str
    used: Array
    answers: Array

    @property
    def steepness(self) -> float:
        """How far answers and use are apart on both sides, relative to how close the sides are."""
        apart = float(np.abs(self.answers - self.used).sum())
        width = abs(float(self.used[1] - self.used[0]))
        return apart / width if width > 0.0 else np.inf


def _row(exchange: Exchange, items: Sequence[str]) -> Array:
    return np.concatenate([np.empty(0), *(exchange[item].to_numpy().ravel() for item in items)])
