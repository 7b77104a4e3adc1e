"""A tiny economy in a folder, its scenarios, and its baseline, for the tests of paths."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cge.path import Pathway, run
from cge.scenario import Pool, Scenario
from tests.economies import tiny_dataset, write_dataset

LAST = 2023

Build = Callable[..., Scenario]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset."""
    return write_dataset(tiny_dataset(), tmp_path_factory.mktemp("path") / "economy")


@pytest.fixture(scope="session")
def scenario(folder: Path) -> Build:
    """Builds scenarios by name, with a cap for all regions or without."""

    def build(name: str, cap: dict[int, float] | None, last: int = LAST) -> Scenario:
        pools = [Pool(name="all", regions=["A", "B"], cap=cap)] if cap else []
        return Scenario(name=name, dataset=folder, last=last, pools=pools)

    return build


@pytest.fixture(scope="session")
def baseline(scenario: Build) -> Pathway:
    """The economy without a cap."""
    return run(scenario("baseline", None))
