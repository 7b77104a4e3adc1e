"""Equilibria that all tests of the accounts share: each model is compiled once."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.language import Model
from tests.accounts.models import consumers_of_goods, two_countries
from tests.properties.economies import TEMPLATE, Shock, declare


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
    """Three households: taxes on drinks, better skills in bread, scarce permits."""
    solver = Solver(consumers_of_goods())
    taxes = {"tax": ("i", [0.0, 0.1, 0.3]), "excise": ("i", [0.0, 0.2, 0.0])}
    new = solver.solve(**taxes, skill=("i", [1.3, 1.0, 0.9]), permits=9.0)
    return Pair(solver, solver.solve(), new)


@pytest.fixture(scope="session")
def scarcity() -> Pair:
    """A random economy: permits become so scarce that emissions are avoided; taxes change too."""
    solver = Solver(declare(TEMPLATE))
    shock = Shock(np.array([1.1, 0.95]), 0.6, np.array([0.03, -0.02, 0.0, 0.01]), 0.3)
    base = solver.solve()
    return Pair(solver, base, solver.solve(shock.on(solver.model), start=base))


@pytest.fixture(scope="session")
def tariff_war() -> Pair:
    """Home taxes imports a little and becomes more skilled; more people work abroad."""
    return war_of(two_countries())


def war_of(model: Model) -> Pair:
    """The shock of the tariff war on a model of two countries."""
    solver = Solver(model)
    duty = np.array([[0.0, 0.15], [0.0, 0.0]])  # buyer, maker
    new = solver.solve(duty=duty, skill=("r", [1.05, 1.0]), labour=("r", [9.0, 13.5]))
    return Pair(solver, solver.solve(), new)
