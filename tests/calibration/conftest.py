"""A tiny economy and its benchmark, made once."""

from __future__ import annotations

import pytest

from calibration import Benchmark, calibrate
from sam import Dataset
from tests.economies import tiny_dataset


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return tiny_dataset(0, ("A", "B", "C"))


@pytest.fixture(scope="session")
def benchmark(dataset: Dataset) -> Benchmark:
    return calibrate(dataset)
