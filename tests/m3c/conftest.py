"""One small economy, declared and compiled once for all tests of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from calibration import Benchmark, calibrate, load_abatement
from cge.equilibrium import Equilibrium, Solver
from cge.m3c import Economy, declare, emitters
from tests.economies import tiny_dataset


def declared(benchmark: Benchmark, pools: int = 2) -> Economy:
    """The model of a benchmark with a number of pools."""
    removal = load_abatement().restricted_to(benchmark.sectors)
    return declare(benchmark, removal, [f"pool {k}" for k in range(pools)])


def capped(economy: Economy, ratios: Any, members: np.ndarray | None = None) -> dict[str, Any]:
    """Parameters with caps relative to base-year emissions; by default a pool for each region."""
    regions = len(economy.benchmark.regions)
    members = np.eye(regions) if members is None else members
    return {
        **emitters.needs(economy, members),
        "cap": emitters.permits(economy, members, np.asarray(ratios, float)),
    }


@dataclass(frozen=True)
class Small:
    """A small economy and its solver."""

    benchmark: Benchmark
    economy: Economy
    solver: Solver

    def solve(self, changes: dict[str, Any] | None = None, **options: Any) -> Equilibrium:
        """Solve at changed parameters."""
        return self.solver.solve(changes, **options)

    def emissions(self, equilibrium: Equilibrium) -> np.ndarray:
        """Permits needed, Mt (region)."""
        flows = {
            "Y": ("fuel_permit", "process_permit"),
            "T": ("fuel_permit",),
            "HH": ("fuel_permit",),
        }
        return sum(
            equilibrium.quantity(owner, name)
            .sum([d for d in "jftihp" if d in equilibrium.quantity(owner, name).dims])
            .to_numpy()
            for owner, names in flows.items()
            for name in names
        )


@pytest.fixture(scope="session")
def small() -> Small:
    """Two regions, eight sectors, a pool for each region."""
    benchmark = calibrate(tiny_dataset())
    economy = declared(benchmark)
    return Small(benchmark, economy, Solver(economy.model))


@pytest.fixture(scope="session")
def shocked(small: Small) -> Equilibrium:
    """Both regions capped at four fifths of their emissions, imports dearer, more labour."""
    return small.solve(shock(small.economy))


def shock(economy: Economy) -> dict[str, Any]:
    """A cap of four fifths, higher duties and more labour in the first region."""
    model = economy.model
    labour = model.parameters["labour_supply"].value.copy()
    labour[0] *= 1.05
    return {
        **capped(economy, [0.8, 0.8]),
        "tariff": model.parameters["tariff"].value + 0.05,
        "labour_supply": labour,
    }


def base(small: Small) -> np.ndarray:
    """Base-year emissions, Mt (region)."""
    return small.benchmark.emissions.direct
