"""A command that is cut goes on; one whose year fails keeps the others; scenarios side by side."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cge.cli import BAD_INPUT, NO_SOLUTION, app
from cge.cli.run import scenarios
from cge.path import baselines, load_pathway, load_pathways
from cge.path.nearby import Nearby
from tests.economies import tiny_dataset, write_dataset

SCENARIO = """\
name: {name}
dataset: economy
last: 2022
pools:
  - name: all
    regions: [A, B]
    cap: {{2020: 1.0, 2022: {cap}}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a dataset, two scenarios, and baselines that are kept."""
    place = tmp_path_factory.mktemp("resume")
    write_dataset(tiny_dataset(), place / "economy")
    for name, cap in (("one", 0.9), ("two", 0.8)):
        (place / f"{name}.yaml").write_text(SCENARIO.format(name=name, cap=cap), encoding="utf-8")
    return place


@pytest.fixture(autouse=True)
def shelf(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "shelf", lambda: folder)


def command(folder: Path, out: str, *words: str, names: tuple[str, ...] = ("one",)) -> Result:
    files = [str(folder / f"{name}.yaml") for name in names]
    where = ["--out", str(folder / out), "--no-plots", "--json"]
    return CliRunner().invoke(app, ["run", *files, *where, *words])


@pytest.fixture(scope="module")
def whole(folder: Path) -> Path:
    """Results of the uncut command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "shelf", lambda: folder)
        done = command(folder, "whole")
    assert done.exit_code == 0, done.output
    return folder / "whole"


def ends(patch: pytest.MonkeyPatch, years: int, how: type[BaseException]) -> None:
    """Let a run end after some years."""
    found, left = Nearby.found, years

    def counted(near: Nearby, *before: object) -> object:
        nonlocal left
        left -= 1
        if left < 0:
            raise how
        return found(near, *before)  # type: ignore[arg-type]

    patch.setattr(Nearby, "found", counted)


def test_a_command_that_is_stopped_goes_on(folder: Path, whole: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        ends(patch, 2, KeyboardInterrupt)
        cut = command(folder, "cut")
    assert cut.exit_code == 130
    assert "The same command with --resume goes on from there." in cut.stderr
    assert load_pathway(folder / "cut", partial=True).years == [2020, 2021]
    done = command(folder, "cut", "--resume")
    assert done.exit_code == 0, done.output
    assert "one: 2020 to 2021 are solved already." in done.stderr
    names = {file.name for file in (folder / "cut").iterdir()}
    assert names == {file.name for file in whole.iterdir()}
    for name in ("summary.csv", "pathways.zip", "scenario.yaml"):
        assert (folder / "cut" / name).read_bytes() == (whole / name).read_bytes()


def test_without_resuming_what_was_cut_is_told_and_removed(folder: Path, whole: Path) -> None:
    """The years of another scenario too, and what killed runs have left beside them."""
    with pytest.MonkeyPatch.context() as patch:
        ends(patch, 1, KeyboardInterrupt)
        command(folder, "anew", names=("two",))
    (cut,) = (folder / "anew" / "unfinished").iterdir()
    (cut / ".m3c-lock").touch()
    (cut / f".m3c-{'0' * 16}.tmp").touch()
    done = command(folder, "anew")
    assert done.exit_code == 0, done.output
    assert "unfinished: an earlier run was cut" in done.stderr
    assert not (folder / "anew" / "unfinished").exists()


def test_another_scenario_is_not_gone_on_with(folder: Path, whole: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        ends(patch, 1, KeyboardInterrupt)
        command(folder, "other")
    text = SCENARIO.format(name="one", cap=0.7)
    (folder / "changed.yaml").write_text(text, encoding="utf-8")
    refused = command(folder, "other", "--resume", names=("changed",))
    assert refused.exit_code == BAD_INPUT
    assert "rest on other inputs (scenario)" in refused.stderr


def test_a_year_that_fails_leaves_the_others(folder: Path, whole: Path) -> None:
    from cge.equilibrium import NotSolved

    def none(*_: object, **__: object) -> None:
        raise NotSolved("no equilibrium found", None)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cge.m3c.model.Economy.check_feasible", lambda *_: None)
        patch.setattr(Nearby, "found", lambda near, last, _: none() if len(last) > 1 else None)
        failed = command(folder, "failed")
    assert failed.exit_code == NO_SOLUTION
    assert "scenario 'one', year 2022: no equilibrium found" in failed.stderr
    assert load_pathway(folder / "failed", partial=True).years == [2020, 2021]
    assert (folder / "failed" / "partial_summary.csv").is_file()


def test_a_baseline_of_other_results_is_taken(folder: Path, whole: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(baselines, "taken", lambda _: pytest.fail("it was given"))
        done = command(folder, "given", "--baseline", str(whole), "--last", "2021")
    assert done.exit_code == 0, done.output
    first, second = load_pathways(folder / "given")
    assert first.years == second.years == [2020, 2021]
    whole_path = load_pathway(whole)
    assert second.data.identical(whole_path.data.sel(year=[2020, 2021]))


def test_years_and_closures_are_options(folder: Path, whole: Path) -> None:
    (scenario,) = scenarios([str(folder / "one.yaml")], None, 2021, ["labour=fixed_real_wage"])
    assert (scenario.last, scenario.closure.labour) == (2021, "fixed_real_wage")
    for words, why in (
        (["--closure", "labour"], "give a kind and a name"),
        (["--closure", "labour=fixed_wage"], "did you mean 'fixed_real_wage'"),
        (["--closure", "labor=fixed_real_wage"], "unknown key 'labor'"),
        (["--last", "2100"], "up to 2030 only"),
        (["--first", "2021"], "is not the base year"),
        (["--last", "2019"], "is before first year"),
        (["--baseline", str(folder / "nowhere")], "no such file or folder"),
    ):
        refused = command(folder, "refused", *words)
        assert refused.exit_code == BAD_INPUT, words
        assert why in refused.stderr


@pytest.mark.slow
def test_scenarios_side_by_side_are_those_one_by_one(folder: Path, whole: Path) -> None:
    done = command(folder, "both", "--jobs", "2", names=("one", "two"))
    assert done.exit_code == 0, done.output
    names = [path.scenario.name for path in load_pathways(folder / "both")]
    assert names == ["baseline", "one", "two"]
    assert load_pathway(folder / "both", "one").data.identical(load_pathway(whole).data)
    assert (folder / "both" / "scenario_2.yaml").is_file()
    twice = command(folder, "twice", names=("one", "one"))
    assert twice.exit_code == BAD_INPUT
    assert "scenario 'one' is given 2 times" in twice.stderr
