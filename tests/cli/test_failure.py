"""A path that ends early: exit code 3, and what was solved is kept under a name that says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import cge.path
from cge.cli import NO_SOLUTION, app
from cge.equilibrium import NotSolved
from cge.path import Interrupted, Pathway
from cge.scenario import Scenario
from tests.results.made_up import made_up


def ends_in(year: int) -> Callable[..., Pathway]:
    """A run whose capped scenario has no equilibrium from a year on; the numbers are made up."""

    def run(scenario: Scenario, **_: object) -> Pathway:
        if not scenario.pools:
            return made_up(scenario)
        cause = NotSolved("no equilibrium found\n(made up)", None)  # type: ignore[arg-type]
        raise Interrupted(year, made_up(scenario, last=year - 1), cause)

    return run


@pytest.mark.parametrize("year", [2020, 2035])
def test_what_was_solved_is_kept(
    year: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cge.path, "run", ends_in(year))
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path)])
    assert result.exit_code == NO_SOLUTION
    assert f"year {year}" in result.stderr.splitlines()[-1]
    assert "Traceback" not in result.stderr
    assert {file.name for file in tmp_path.iterdir()} == {
        "partial_regions.yaml",
        "partial_results.nc",
        "partial_scenario.yaml",
        "partial_summary.csv",
        "partial_summary.parquet",
    }
    table = pd.read_csv(tmp_path / "partial_summary.csv")
    last = table.groupby("scenario")["year"].max()
    assert last["baseline"] == 2060
    assert last.get("enhanced_carbon_neutrality", 2019) == year - 1


def test_errors_that_are_bugs_are_not_dressed_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> Pathway:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(cge.path, "run", broken)
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path / "out")])
    assert isinstance(result.exception, ZeroDivisionError)
    assert list(tmp_path.iterdir()) == []
