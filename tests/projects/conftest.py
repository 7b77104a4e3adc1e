"""A tiny economy without caps, and a project in its first region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cge.path import Pathway, run
from cge.projects import Project
from cge.scenario import Pool, Scenario
from tests.economies import tiny_dataset, write_dataset

SAID = {"source": "test", "quality": "assumed"}


@pytest.fixture(scope="session")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    """A pool without a cap."""
    folder = write_dataset(tiny_dataset(), tmp_path_factory.mktemp("projects") / "economy")
    pools = [Pool(name="all", regions=["A", "B"])]
    return Scenario(name="plain", dataset=folder, last=2023, pools=pools)


@pytest.fixture(scope="session")
def baseline(scenario: Scenario) -> Pathway:
    """The baseline."""
    return run(scenario.baseline())


def one(low: float, high: float | None = None) -> dict[str, Any]:
    """A number with its source."""
    return {"low": low, "high": low if high is None else high, **SAID}


def shares(**parts: float) -> dict[str, Any]:
    """Shares with their source."""
    return {"shares": parts, **SAID}


Build = Callable[..., Project]


@pytest.fixture(scope="session")
def build() -> Build:
    """Builds projects: works of two years in A, then less CO2 of steel."""

    def build(amount: float = 100.0, tons: float = 1.0, **others: Any) -> Project:
        content = {
            "name": "works",
            "title": {"en": "Works", "zh": "工程"},
            "amount": one(0.5 * amount, 1.5 * amount),
            "years": {"first": 2021, "last": 2022, **SAID},
            "provinces": shares(A=1.0),
            "basket": shares(GEM=0.75, TRD=0.25),
            "operation": {"cost": one(0.05 * amount), "basket": shares(GEM=1.0)},
            "abatement": {"tons": one(tons), "first": 2023, "sectors": shares(FER=1.0)},
        }
        return Project.model_validate({**content, **others})

    return build
