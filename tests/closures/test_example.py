"""The example of closures tells what it says it does."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def example(repository: Path) -> ModuleType:
    path = repository / "examples" / "03_closures.py"
    spec = importlib.util.spec_from_file_location("examples_03_closures", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_closure_holds_what_it_fixes(
    example: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    table = example.compare()
    default = table["default"]
    assert default["employment"] == default["foreign saving"] == 1.0
    assert table["fixed real wage"]["employment"] < 0.95
    assert table["driven by investment"]["investment"] == pytest.approx(1.0, rel=1e-9)
    assert table["driven by investment"]["consumption"] < default["consumption"]
    assert table["fixed exchange rate"]["foreign saving"] < 1.0
    assert table["given public consumption"]["public"] == pytest.approx(1.0, rel=1e-9)
    monkeypatch.setattr(example, "compare", lambda: table)
    example.main()
    told = capsys.readouterr().out
    assert "fixed real wage" in told
    assert "Refused: condition capital_stock depends on nothing" in told
