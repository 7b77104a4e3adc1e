"""The checks behind ``cge check``."""

from __future__ import annotations

from pathlib import Path

import pytest

from cge.m3c import check
from cge.m3c.check import LAWS
from tests.economies import tiny_dataset, write_dataset


def test_a_small_economy_passes(tmp_path: Path) -> None:
    report = check(write_dataset(tiny_dataset(), tmp_path / "economy"))
    assert report["passed"] is True
    assert report["benchmark_residual"] <= 1e-10
    assert max(report[law] for law in LAWS) <= 1e-9


@pytest.mark.slow
def test_the_embedded_economy_passes() -> None:
    report = check("yrd2020")
    assert report["passed"] is True
    assert report["benchmark_residual"] <= 1e-10
    assert max(report[law] for law in LAWS) <= 1e-9
