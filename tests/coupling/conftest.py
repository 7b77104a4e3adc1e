"""One session on a tiny economy for all tests: compiled once, set back before each of them."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cge import path as pathways
from cge.coupling import Session, Snapshot
from cge.coupling import session as session_module
from cge.scenario import Pool, Scenario
from tests.coupling.stand_in import Economy
from tests.economies import tiny_dataset, write_dataset

CAP = {2020: 1.0, 2021: 0.9, 2022: 0.8}


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """Region A under a falling cap, region B outside."""
    folder = write_dataset(tiny_dataset(), tmp_path_factory.mktemp("coupling") / "economy")
    pools = [Pool(name="first", regions=["A"], cap=CAP)]
    return Scenario(name="capped", dataset=folder, first=2020, last=2022, pools=pools)


@pytest.fixture(scope="session")
def baseline(scenario: Scenario) -> pathways.Pathway:
    """The economy without the cap."""
    return pathways.run(scenario.baseline())


@pytest.fixture(scope="session")
def opened(scenario: Scenario, baseline: pathways.Pathway) -> tuple[Session, Snapshot, Snapshot]:
    """A session, as it is before the base year and before the first year with a cap."""
    session = Session(scenario, baseline=baseline, limits=2)
    start = session.snapshot()
    session.advance()
    return session, start, session.snapshot()


@pytest.fixture
def session(opened: tuple[Session, Snapshot, Snapshot]) -> Session:
    """The session in 2021, nothing set and nothing solved."""
    opened[0].restore(opened[2])
    return opened[0]


@pytest.fixture
def fresh(opened: tuple[Session, Snapshot, Snapshot]) -> Session:
    """The session before the base year."""
    opened[0].restore(opened[1])
    return opened[0]


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> Callable[[Economy], Session]:
    """Opens a session on an economy that stands in."""

    def opened(economy: Economy) -> Session:
        monkeypatch.setattr(session_module, "pathways", economy)
        scenario: Any = SimpleNamespace(name="stand-in", baseline=lambda: None)
        return Session(scenario)

    return opened


@pytest.fixture(scope="session")
def example(repository: Path) -> Callable[[str], ModuleType]:
    """A script of ``examples/coupling`` by name."""

    def load(name: str) -> ModuleType:
        path = repository / "examples" / "coupling" / f"{name}.py"
        spec = importlib.util.spec_from_file_location(f"coupling_{name}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        return module

    return load
