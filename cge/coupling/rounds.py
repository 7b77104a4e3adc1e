"""Rounds of a coupling: what was handed over, what was answered and read, and what differs most."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import xarray as xr

from cge.coupling.items import Exchange
from cge.coupling.labels import axes_of, entry
from cge.coupling.tolerance import Tolerance
from sam import ranking

SHOWN = 3
"""Entries that are kept of those that differ most."""


@dataclass(frozen=True)
class Difference:
    """An entry that differs: an answer from what was used, or what is read from the last reading.

    Attributes:
        what: whether the entry is handed over or read.
        item: name of the item.
        entry: its labels.
        before: what was used, or last read.
        after: the answer, or what it is now.
        off: the difference in tolerances; of entries that agree at most one.
    """

    what: Literal["handed over", "read"]
    item: str
    entry: str
    before: float
    after: float
    off: float

    def __str__(self) -> str:
        verbs = ("used", "answered") if self.what == "handed over" else ("read before", "now")
        numbers = [
            f"{'nothing' if np.isnan(number) else f'{number:.6g}'} {verb}"
            for number, verb in zip((self.before, self.after), verbs, strict=True)
        ]
        size = f" ({self.off:.3g} tolerances)" if np.isfinite(self.off) else ""
        return f"{self.item} at {self.entry}, {', '.join(numbers)}{size}"


@dataclass(frozen=True, eq=False)
class Round:
    """The economy solved at what was handed over, and the partner's answer to it.

    Attributes:
        used: what was handed over, NaN where it was left to the scenario.
        answer: what the partner answers.
        read: what the partner has read, each item when it last read it.
        handed: entries that differ most between answer and use, the worst first.
        moved: entries that differ most from what the partner had last read of them. Reading for
            the first time differs without limit.
        step: share of the way to the last answer that led here, NaN in the first round.
        halved: how often that share was halved, because the step failed.
        unread: items that were read in an earlier round and not in this one. What they are now
            counts all the same: an answer from memory is that to another economy.
    """

    used: Exchange
    answer: Exchange
    read: Exchange
    handed: tuple[Difference, ...]
    moved: tuple[Difference, ...]
    step: float = np.nan
    halved: int = 0
    unread: tuple[str, ...] = ()

    @property
    def residual(self) -> float:
        """Largest difference between answer and use, in tolerances."""
        return self.handed[0].off

    @property
    def movement(self) -> float:
        """Largest difference from what the partner had last read, in tolerances."""
        return self.moved[0].off if self.moved else 0.0

    @property
    def off(self) -> float:
        """The larger of the two: at most one where the models agree."""
        return max(self.residual, self.movement)

    @property
    def numbers(self) -> dict[str, list[bool]]:
        """Which entries of each item are used and answered with a number."""
        return {
            name: np.isfinite((values + self.used[name]).to_numpy()).ravel().tolist()
            for name, values in self.answer.items()
        }

    @property
    def worst(self) -> tuple[Difference, ...]:
        """What differs most of all that is handed over and read, the worst first."""
        return worst_of([*self.handed, *self.moved])


def worst_of(found: list[Difference]) -> tuple[Difference, ...]:
    """The first differences by size."""
    order = ranking.worst_first([difference.off for difference in found])
    return tuple(found[k] for k in order[:SHOWN])


def differences(
    what: Literal["handed over", "read"], before: Exchange, after: Exchange, tolerance: Tolerance
) -> tuple[Difference, ...]:
    """Entries of an exchange that differ most from an earlier one, the worst first.

    What the earlier one lacks differs without limit.
    """
    found = [
        Difference(what, name, *difference)
        for name, now in after.items()
        for difference in _of_item(
            name, before.get(name, xr.full_like(now, np.nan)), now, tolerance
        )
    ]
    return worst_of(found)


def _of_item(
    name: str, before: xr.DataArray, after: xr.DataArray, tolerance: Tolerance
) -> Iterator[tuple[str, float, float, float]]:
    old, new = before.transpose(*after.dims).to_numpy(), after.to_numpy()
    off = tolerance.off(name, old, new)
    for k in ranking.worst_first(off)[:SHOWN]:
        at = np.unravel_index(k, off.shape)
        labels = [axis[i] for axis, i in zip(axes_of(after), at, strict=True)]
        yield entry(labels), float(old[at]), float(new[at]), float(off[at])
