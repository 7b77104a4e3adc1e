"""The example of the workbench: a new base year meets what is known of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from sam.checks import run_checks
from sam.matrix.national_accounts import EXPENDITURE, GDP, INCOME, PRODUCTION

PATH = Path(__file__).parents[2] / "examples" / "04_base_year.py"


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("examples_04_base_year", PATH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_old_matrix_is_the_published_one(example: ModuleType) -> None:
    old = example.old_matrix()
    old.check()
    # Hosoe, Gasawa and Hashimoto: value added 90, indirect taxes 9, tariffs 3
    assert old.gdp().loc[(PRODUCTION, GDP), "Home"] == pytest.approx(102.0, rel=1e-12)


def test_the_new_matrix_meets_what_is_known(example: ModuleType) -> None:
    old = example.old_matrix()
    found = example.new_matrix(old)
    new = found.sam
    new.check()
    accounts = new.gdp()["Home"]
    for approach in (PRODUCTION, INCOME, EXPENDITURE):
        assert accounts[approach, GDP] == pytest.approx(125.0, rel=1e-9)
    assert accounts[EXPENDITURE, "exports"] == pytest.approx(17.0, rel=1e-9)
    assert accounts[EXPENDITURE, "imports"] == pytest.approx(30.0, rel=1e-9)
    assert found.result.soft["residual"].abs().max() < 2.0
    np.testing.assert_array_equal(new.matrix() == 0.0, old.matrix() == 0.0)
    assert new.unit == old.unit
    assert not run_checks(new).errors
