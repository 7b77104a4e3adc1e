"""The examples, imported by path: what a reader runs is what the tests assert."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def example(repository: Path) -> Callable[[str], ModuleType]:
    """A module of ``examples/`` by name."""

    def load(name: str) -> ModuleType:
        spec = importlib.util.spec_from_file_location(
            f"examples_{name}", repository / "examples" / f"{name}.py"
        )
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load
