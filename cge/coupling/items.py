"""Exchange items: what a partner may read from a year of the economy, or hand to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.dynamics import Run, reported
from cge.equilibrium import Equilibrium, State
from cge.m3c import Economy

Array = npt.NDArray[np.float64]
Parameters = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Moment:
    """A year of a run, with the parameters in force and what was solved at them.

    Attributes:
        run: the run.
        year: the year.
        parameters: parameters by name, with everything that partners set.
        equilibrium: equilibrium at these parameters, None where none is needed.
    """

    run: Run
    year: int
    parameters: Parameters
    equilibrium: Equilibrium | None = None

    @property
    def economy(self) -> Economy:
        """The declared model."""
        return self.run.economy

    @property
    def benchmark(self) -> Benchmark:
        """The base year."""
        return self.run.economy.benchmark

    @property
    def state(self) -> State:
        """Prices, quantities and incomes of the equilibrium."""
        assert self.equilibrium is not None
        return self.equilibrium.state

    @cached_property
    def accounts(self) -> dict[str, Array]:
        """What a path reports of the year."""
        return reported(self.run, self.state)

    def parameter(self, name: str) -> Array:
        """A parameter in force, over all its letters."""
        value = self.parameters.get(name, self.economy.model.parameters[name].value)
        full: Array = self.economy.model.values({name: value})[name]
        return full


@dataclass(frozen=True, eq=False)
class Item:
    """Something that models exchange.

    Attributes:
        name: name of the item.
        dims: dimensions, in order.
        unit: unit in which ``read`` and ``change`` count.
        direction: ``"out"`` is read, ``"in"`` is set (and what is in force can be read).
        meaning: what it is, in words.
        read: values of a moment (dims).
        change: parameters that a value sets, of an item that is set.
        least: smallest value allowed.
        open: whether an entry may be NaN: nothing is handed over there, the scenario decides.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    direction: Literal["in", "out"]
    meaning: str
    read: Callable[[Moment], Array]
    change: Callable[[Moment, Array], dict[str, Any]] | None = None
    least: float = -np.inf
    open: bool = False
