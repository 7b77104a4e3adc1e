"""A closure that is not square is bad input to the command line: one paragraph, exit code 2."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

import cge.path
from cge.cli import BAD_INPUT, app
from cge.language import scale
from closures import Fixed, Freed, Swap, impose
from tests.closures.models import small


def test_exit_code_and_message(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object, **__: object) -> None:
        economy = small()
        given = Fixed("capital_stock", "r", lambda s: s.parameter("capital"))
        impose(economy.model, [Swap(Freed("jobs", "r", {economy.supply: scale}), given)])

    monkeypatch.setattr(cge.path, "run", run)
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path / "out")])
    assert result.exit_code == BAD_INPUT
    assert result.stderr.startswith("Error: condition capital_stock[north] depends on nothing")
    assert len(result.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
