"""A session on an economy of two lines that solves at once; its doors are the real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np

from cge.blocks import Lever, Report, Year
from cge.equilibrium import Equilibrium, NotSolved

LABELS = {
    "region": ("A", "B", "C"),
    "sector": ("COL", "FER"),
    "pool": ("east",),
}
BASE = {
    "x": np.ones(3),
    "efficiency": np.full((3, 2), 1.5),
    "cost": np.full((3, 2), 300.0),
    "cap": np.array([500.0]),
}


def lever(name: str, dims: str, unit: str, **others: Any) -> Lever:
    """A lever on a parameter of its name; NaN leaves the base."""
    return Lever(
        name, dims, unit, name, lambda at: at.values[name],
        lambda at, value: {name: np.where(np.isnan(value), at.values[name], value)}, **others,
    )  # fmt: skip


@dataclass
class Economy:
    """Stands in for ``cge.path``: ``demand`` is a function of x, and some x have no equilibrium.

    Attributes:
        respond: demand at x (region).
        infeasible: whether the year has no equilibrium at x.
        solves: x of every solve.
    """

    respond: Callable[[Any], Any] = lambda x: x
    infeasible: Callable[[Any], bool] = lambda x: False
    solves: list[Any] = field(default_factory=list)

    def run(self, scenario: object, **_: object) -> None:
        """No baseline."""

    def prepare(self, scenario: object, **_: object) -> SimpleNamespace:
        """Labels and a year."""
        return SimpleNamespace(labels=LABELS, years=range(2030, 2031), scenario=scenario)

    def begin(self, setting: object, **_: object) -> SimpleNamespace:
        """Nothing accepted yet."""
        levers: Sequence[Lever] = (
            lever("x", "region", "index", open=True),
            lever("efficiency", "region sector", "index", least=0.1),
            lever("cost", "region sector", "CNY/MWh", open=True),
            lever("cap", "pool", "Mt CO2", open=True, unlimited=True, least=0.0),
        )
        reports = (
            Report("demand", "region", "TWh", "demand", lambda at: self.respond(at.values["x"])),
        )
        compiled = SimpleNamespace(economy=SimpleNamespace(levers=levers))
        progress = SimpleNamespace(records={})
        return SimpleNamespace(
            setting=setting, compiled=compiled, reports=reports, progress=progress
        )

    def opened(self, run: Any, year: int) -> Year:
        """The base."""
        return Year(run.setting, year, {}, BASE, {})

    def changed(self, run: object, at: Year, values: Mapping[str, Any]) -> Year:
        """With other parameters."""
        return replace(at, values={**at.values, **values})

    def solve(self, run: object, at: Year) -> Equilibrium:
        """Solved, unless x is infeasible."""
        self.solves.append(at.values["x"])
        equilibrium: Any = SimpleNamespace(x=at.values["x"])
        if self.infeasible(at.values["x"]):
            raise NotSolved(f"no equilibrium at {at.values['x']}", equilibrium)
        return equilibrium

    def solved(self, at: Year, equilibrium: Any) -> Year:
        """The year at its equilibrium."""
        return replace(at, solved=equilibrium)
