"""Timing: the best of several runs, in seconds, and a dense factorisation as the yardstick."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import lu_factor

cpu = time.process_time
"""Processor time of this process, all threads together."""


@dataclass(frozen=True)
class Ratio:
    """One measured ratio.

    Attributes:
        name: what was measured.
        seconds: time (or memory) of the thing.
        unit: time (or memory) of the yardstick.
        yardstick: what the yardstick is.
        limit: largest ratio that is wanted, None if smallest.
        at_least: smallest ratio that is wanted.
        shown: unit in which the two are printed, and how many of it make one of theirs.
    """

    name: str
    seconds: float
    unit: float
    yardstick: str
    limit: float | None = None
    at_least: float | None = None
    shown: tuple[str, float] = ("ms", 1e3)

    @property
    def value(self) -> float:
        """The ratio."""
        return self.seconds / self.unit

    def __str__(self) -> str:
        wanted = (
            f"at most {self.limit:g}" if self.limit is not None else f"at least {self.at_least:g}"
        )
        good = (self.limit is None or self.value <= self.limit) and (
            self.at_least is None or self.value >= self.at_least
        )
        label, scale = self.shown
        return (
            f"{'ok  ' if good else 'MISS'} {self.name}: {scale * self.seconds:.4g} {label} = "
            f"{self.value:.3g} x {self.yardstick} ({scale * self.unit:.4g} {label}); "
            f"wanted {wanted}"
        )


def best(
    action: Callable[[], Any], repeats: int = 7, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Smallest of several times of an action by a clock, seconds."""
    times = []
    for _ in range(repeats):
        begin = clock()
        action()
        times.append(clock() - begin)
    return min(times)


def factorisation(
    size: int, repeats: int = 7, clock: Callable[[], float] = time.perf_counter
) -> float:
    """Time of one dense LU factorisation in this process, seconds."""
    matrix = np.random.default_rng(0).normal(size=(size, size))
    return best(lambda: lu_factor(matrix), repeats, clock)


def side_by_side(action: Callable[[], Any], size: int, repeats: int = 7) -> tuple[float, float]:
    """Smallest processor times of an action, and of a factorisation before and after each."""
    took, unit = [], [factorisation(size, 2, cpu)]
    for _ in range(repeats):
        took.append(best(action, 1, cpu))
        unit.append(factorisation(size, 2, cpu))
    return min(took), min(unit)


def peak_memory() -> float:
    """Largest memory of this process so far, GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0**2
