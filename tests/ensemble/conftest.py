"""A tiny economy with a scenario and ensembles of it, solved once for the tests of ensembles."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest

from cge.ensemble import Outcomes, run_ensemble
from tests.economies import tiny_dataset, write_dataset

SCENARIO = """\
name: policy
dataset: economy
last: 2021
pools:
  - name: all
    regions: [A, B]
    cap: {2020: 1.0, 2021: 0.9}
"""

ENSEMBLE = """\
name: trade and power
scenarios: [policy.yaml]
draws: {method: sobol, count: 2, seed: 1}
uncertain:
  - name: trade
    table: elasticities
    where: {name: foreign}
    distribution: {law: uniform, low: 0.5, high: 1.5}
    as: factor
  - name: cost of wind
    table: plants
    where: {technology: [onshore_wind, offshore_wind], item: [overnight]}
    distribution: {law: lognormal, median: 1.0, deviation: 0.3}
outputs:
  variables: [gdp_real, co2_direct, carbon_price]
  regions: [A, Atlantis]
"""

FAILING = """\
name: reserves
scenarios: [policy.yaml]
draws: {method: monte_carlo, count: 4, seed: 3}
uncertain:
  - table: resources
    where: {sector: COL}
    distribution: {law: uniform, low: 0.2, high: 1.8}
    as: level
outputs: {variables: [gdp_real]}
"""
"""Shares above one are no shares."""


class Here(Executor):
    """Solves in this process."""

    def __init__(self) -> None:
        self._max_workers = 1

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, a scenario and an ensemble."""
    folder = tmp_path_factory.mktemp("ensemble")
    write_dataset(tiny_dataset(), folder / "economy")
    (folder / "policy.yaml").write_text(SCENARIO, encoding="utf-8")
    (folder / "ensemble.yaml").write_text(ENSEMBLE, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def whole(place: Path) -> Outcomes:
    """The ensemble, solved in this process without being cut."""
    return run_ensemble(place / "ensemble.yaml", place / "whole", executor=Here())
