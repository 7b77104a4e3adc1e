"""Equilibria that all tests of the accounts share: each model is compiled once."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from cge.equilibrium import Equilibrium, Solver
from tests.accounts.models import two_consumers


class Pair(NamedTuple):
    """A solver, its benchmark and an equilibrium after a shock."""

    solver: Solver
    base: Equilibrium
    new: Equilibrium


@pytest.fixture(scope="session")
def book(repository: Path) -> ModuleType:
    """The standard CGE of Hosoe et al., the second example."""
    path = repository / "examples" / "02_standard_cge.py"
    spec = importlib.util.spec_from_file_location("standard_cge_of_the_accounts", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def free_trade(book: ModuleType) -> Pair:
    """The tariff of the standard CGE is abolished."""
    solver = Solver(book.build())
    base = solver.solve()
    return Pair(solver, base, solver.solve(tariff=0.0, start=base))


@pytest.fixture(scope="session")
def consumers() -> Pair:
    """Two households: a tax on wine, better skills in bread, scarce permits."""
    solver = Solver(two_consumers())
    new = solver.solve(tax=("i", [0.0, 0.1, 0.3]), skill=("i", [1.3, 1.0, 0.9]), permits=9.0)
    return Pair(solver, solver.solve(), new)
