"""One small economy, declared and compiled once for all tests of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from calibration import Benchmark
from cge.blocks import Year
from cge.equilibrium import Equilibrium, Solver
from cge.m3c import Economy
from cge.setting import Setting
from tests.m3c.models import at_equilibrium, capped, report, tiny, tiny_setting


@dataclass(frozen=True)
class Small:
    """A small economy and its solver."""

    setting: Setting
    economy: Economy
    solver: Solver

    @property
    def benchmark(self) -> Benchmark:
        """The calibrated base year."""
        return self.setting.benchmark

    def capped(self, ratios: Any, belongs: np.ndarray | None = None) -> dict[str, Any]:
        """Parameters with caps relative to base-year emissions."""
        return capped(self.economy, self.setting, ratios, belongs)

    def solve(self, changes: dict[str, Any] | None = None, **options: Any) -> Equilibrium:
        """Solve at changed parameters."""
        return self.solver.solve(changes, **options)

    def at(self, equilibrium: Equilibrium) -> Year:
        """The base year at an equilibrium."""
        return at_equilibrium(self.economy, self.setting, equilibrium)

    def report(self, equilibrium: Equilibrium, name: str) -> np.ndarray:
        """What the economy reports of an equilibrium."""
        return report(self.economy, self.at(equilibrium), name)

    def permits(self, equilibrium: Equilibrium) -> np.ndarray:
        """Permits needed, Mt (region), in all pools together."""
        flows = {
            "Y": ("fuel_permit", "process_permit"),
            "T": ("fuel_permit",),
            "HH": ("fuel_permit",),
        }
        needed = [equilibrium.quantity(owner, name) for owner in flows for name in flows[owner]]
        return sum(part.sum([d for d in part.dims if d != "r"]).to_numpy() for part in needed)


@pytest.fixture(scope="session")
def small() -> Small:
    """Two regions, eight sectors, a pool for each region."""
    economy = tiny()
    return Small(tiny_setting(), economy, Solver(economy.model))


@pytest.fixture(scope="session")
def shocked(small: Small) -> Equilibrium:
    """Both regions capped at four fifths of their emissions, imports dearer, more labour."""
    return small.solve(shock(small))


def shock(small: Small) -> dict[str, Any]:
    """A cap of four fifths, higher duties and more labour in the first region."""
    model = small.economy.model
    labour = model.parameters["labour_supply"].value.copy()
    labour[0] *= 1.05
    return {
        **small.capped([0.8, 0.8]),
        "tariff": model.parameters["tariff"].value + 0.05,
        "labour_supply": labour,
    }


def base(small: Small) -> np.ndarray:
    """Base-year emissions, Mt (region)."""
    return small.benchmark.emissions.direct
