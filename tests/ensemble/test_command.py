"""The command solves, tells, and ends with the code that says how it went."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from cge.cli import BAD_INPUT, NO_SOLUTION, app, ensemble
from cge.ensemble import Outcomes
from tests.ensemble.conftest import FAILING, Here


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draws are solved in this process."""

    @contextmanager
    def executor(address: str | None) -> Iterator[tuple[Here, int]]:
        yield Here(), 1

    monkeypatch.setattr(ensemble, "executor", executor)


def command(file: Path, out: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["ensemble", str(file), "--out", str(out), *words])


def test_a_solved_ensemble_is_told_and_not_begun_anew(place: Path, whole: Outcomes) -> None:
    refused = command(place / "ensemble.yaml", whole.folder)
    assert refused.exit_code == BAD_INPUT
    assert "holds 8 of 8 draws of this ensemble; go on with --resume" in refused.stderr
    done = command(place / "ensemble.yaml", whole.folder, "--resume")
    assert done.exit_code == 0, done.output
    assert "trade and power: 8 of 8 draws" in done.stdout
    for name in ("fans.pdf", "fans_against_baseline.png", "indices.csv", "regression.csv"):
        assert (whole.folder / name).is_file()
    table = pd.read_csv(whole.folder / "quantiles.csv")
    known = whole.quantiles(["carbon_price"]).set_index(["scenario", "region", "year"])
    price = table[table["variable"] == "carbon_price"]
    price = price[price["measure"] == "value"].set_index(["scenario", "region", "year"])
    at = ("policy", "Atlantis", 2021)
    assert price.loc[at, "0.95"] == pytest.approx(known.loc[at, "0.95"])


def test_draws_that_fail_are_listed_and_the_others_kept(place: Path, tmp_path: Path) -> None:
    (place / "failing.yaml").write_text(FAILING, encoding="utf-8")
    done = command(place / "failing.yaml", tmp_path / "out", "--json", "--no-plots")
    assert done.exit_code == NO_SOLUTION
    report = json.loads(done.stdout)
    assert report["solved"] == report["draws"] == 4
    wrong = [failure["draw"] for failure in report["failures"]]
    assert 0 < len(wrong) < 4
    assert f"Failed: draw {wrong[0]}, scenario 'policy'" in done.stderr
    assert f"Error: {len(wrong)} paths failed" in done.stderr
    assert pd.read_csv(tmp_path / "out" / "failures.csv")["draw"].tolist() == wrong
    assert set(pd.read_csv(tmp_path / "out" / "quantiles.csv")["draws"]) == {4 - len(wrong)}


def test_no_file_is_no_ensemble(tmp_path: Path) -> None:
    done = command(tmp_path / "none.yaml", tmp_path / "out")
    assert done.exit_code == BAD_INPUT
    assert "Error: ensemble " in done.stderr
    assert not (tmp_path / "out").exists()
