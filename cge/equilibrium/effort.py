"""What a solve may cost, what it has cost, and what was tried.

A budget counts rounds first: factorisations of Newton's method and iterations of Ipopt, which are
the same on every machine. Seconds by the clock are the backstop where rounds are slow. A
budget only cuts: what is found within it does not depend on it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from cge.language.errors import DeclarationError

LOG = logging.getLogger("cge.equilibrium")
"""Says which attempt failed, which is next, and whether that is compiled first, at level INFO."""

LOG.addHandler(logging.NullHandler())

Log = logging.Logger | logging.LoggerAdapter[logging.Logger]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Budget:
    """Most that a solve may cost, all attempts together.

    Attributes:
        rounds: most rounds; an attempt that has begun may go beyond by those of one Newton run.
        seconds: most time by the clock, without the first call of what is compiled on it.
    """

    rounds: int = 2000
    seconds: float = 300.0

    def __str__(self) -> str:
        return f"{self.rounds} rounds and {self.seconds:g} s"


def check_budget(budget: object) -> None:
    """Assert that a budget says what it limits.

    Raises:
        DeclarationError: it is no ``Budget``, or has no numbers.
    """
    numbers = (budget.rounds, budget.seconds) if isinstance(budget, Budget) else (None,)
    if not all(
        isinstance(n, int | float | np.number) and not isinstance(n, bool) and n >= 0
        for n in numbers
    ):
        raise DeclarationError(
            "budget: expected is cge.equilibrium.Budget(rounds=2000, seconds=300.0), found "
            f"{budget!r}"
        )


USUAL = Budget()
"""The budget where no other is given."""


@dataclass(frozen=True)
class Attempt:
    """One attempt of a solve.

    Attributes:
        name: what was tried.
        rounds: what it took.
        seconds: time by the clock, without compiling.
        ended: how it ended.
    """

    name: str
    rounds: int
    seconds: float
    ended: str

    def __str__(self) -> str:
        return f"{self.name} ({self.ended}, {self.rounds} rounds, {self.seconds:.1f} s)"


@dataclass(eq=False)
class Effort:
    """What a solve has cost so far.

    Attributes:
        budget: what it may cost.
        compiled: parts that are compiled: the first call of any other costs no time.
        rounds: rounds so far.
        seconds: time so far.
    """

    budget: Budget
    compiled: set[str] = field(default_factory=set)
    rounds: int = 0
    seconds: float = 0.0

    @property
    def spent(self) -> bool:
        """Whether the budget is used up."""
        return self.rounds >= self.budget.rounds or self.seconds >= self.budget.seconds

    @property
    def left(self) -> Budget:
        """What is left of the budget."""
        rounds = max(0, self.budget.rounds - self.rounds)
        return Budget(rounds, max(0.0, self.budget.seconds - self.seconds))

    def timed(self, part: str, call: Callable[[], Found]) -> Found:
        """Call something and add its time, unless it is compiled for the first time meanwhile."""
        begun = time.monotonic()
        found = call()
        if part in self.compiled:
            self.seconds += time.monotonic() - begun
        self.compiled.add(part)
        return found
