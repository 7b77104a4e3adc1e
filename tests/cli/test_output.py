"""What is printed where: full outputs, readers who leave, lines for each year, and stops."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import cge.path
from cge.checks import COLUMNS
from cge.cli import BAD_INPUT, NO_SOLUTION, app
from cge.cli.progress import progress
from cge.equilibrium import NotSolved, cache
from cge.path import Interrupted, Pathway, Progress, Stopped
from cge.results import FILES, check_results, output
from cge.scenario import Scenario, load_scenario
from sam import writing
from tests.results.made_up import made_up

FULL = Path("/dev/full")
MAIN = "from cge.cli import main; main()"

needs_full = pytest.mark.skipif(not FULL.exists(), reason="has no device that is always full")


def command(
    *arguments: str | Path, repository: Path, environment: dict[str, str], **streams: object
) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(
        [sys.executable, "-c", MAIN, *arguments],
        cwd=repository,
        env=environment,
        text=True,
        check=False,
        **streams,  # type: ignore[call-overload]
    )


@needs_full
@pytest.mark.parametrize("buffered", ["", "1"])
@pytest.mark.parametrize("words", [["data", "list"], ["--version"]])
def test_full_output_ends_with_one_line(
    words: list[str], buffered: str, repository: Path, plain_environment: dict[str, str]
) -> None:
    environment = {**plain_environment, "PYTHONUNBUFFERED": buffered}
    with FULL.open("w") as full:
        done = command(*words, repository=repository, environment=environment, stdout=full)
    assert done.returncode == BAD_INPUT
    assert done.stderr.startswith("Error: standard output cannot be written (No space left")
    assert done.stderr.count("\n") == 1


@needs_full
def test_full_error_output_changes_no_exit_code(
    repository: Path, plain_environment: dict[str, str]
) -> None:
    environment = {**plain_environment, "PYTHONUNBUFFERED": ""}
    with FULL.open("w") as full:
        done = command(
            "data", "check", "nowhere", repository=repository, environment=environment, stderr=full
        )
    assert done.returncode == BAD_INPUT


def test_a_reader_who_leaves_is_nobodys_error(
    repository: Path, plain_environment: dict[str, str]
) -> None:
    shell = f"{sys.executable} -c '{MAIN}' data report | head -1"
    done = subprocess.run(
        ["bash", "-c", shell],
        cwd=repository,
        env=plain_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("item")
    assert done.stderr == ""


def test_without_a_terminal_each_year_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    scenario = load_scenario("baseline")
    with progress([scenario, scenario], quiet=False) as on_year:
        for year in (2020, 2021):
            on_year(scenario)(year)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "baseline 2020: solved (1 of 82 years)",
        "baseline 2021: solved (2 of 82 years)",
    ]


def test_json_is_not_disturbed(capsys: pytest.CaptureFixture[str]) -> None:
    scenario = load_scenario("baseline")
    with progress([scenario], quiet=True) as on_year:
        on_year(scenario)(2020)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_damaged_code_is_mended_in_quiet_runs_too(
    quiet: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "kept_in", lambda: tmp_path)
    cache_key = "jit_newton-1"  # so called in JAX where it warns
    for name in (cache_key, "jit_newton-2"):
        (tmp_path / f"{name}-cache").touch()
    with progress([load_scenario("baseline")], quiet=quiet):
        text = "Error reading persistent compilation cache entry for 'jit_newton': cut"
        warnings.warn(text, stacklevel=1)
    assert [path.name for path in tmp_path.iterdir()] == ["jit_newton-2-cache"]
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == f"Compiled code in {tmp_path} could not be used or kept (cut).\n"


def stops_in(year: int, with_signal: int | None = None) -> Callable[..., Pathway]:
    """A run of made-up numbers that is stopped in a year of the capped scenario."""

    def run(scenario: Scenario, **_: object) -> Pathway:
        if not scenario.pools:
            return made_up(scenario)
        if with_signal is not None:
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(with_signal)
        raise Stopped(made_up(scenario, last=year - 1), Progress({}))

    return run


def test_a_stop_keeps_the_years_solved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cge.path, "run", stops_in(2030))
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path)])
    assert result.exit_code == 130
    assert result.stderr.startswith("Stopped.\nSolved until then: ")
    assert {file.name for file in tmp_path.iterdir()} == {
        "partial_regions.yaml",
        "partial_results.nc",
        "partial_scenario.yaml",
        "partial_summary.csv",
        "partial_summary.parquet",
    }
    assert check_results(tmp_path, partial=True)


def leaking(scenario: Scenario, **_: object) -> Pathway:
    """A run of made-up numbers whose electricity does not add up in one year of the capped one."""
    path = made_up(scenario)
    rows = [
        (year, "electricity", 3e-7 if scenario.pools and year == 2031 else 1e-12, "TWh in JS")
        for year in scenario.years
    ]
    return replace(path, balances=pd.DataFrame(rows, columns=list(COLUMNS)))


@pytest.mark.parametrize("words", [[], ["--json"]])
def test_accounts_that_do_not_balance_are_named_after_all_is_written(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cge.path, "run", leaking)
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path), "--no-plots", *words])
    assert result.exit_code == NO_SOLUTION
    for part in ("electricity of scenario 'enhanced_carbon_neutrality'", "2031", "JS", "3.0e-07"):
        assert part in result.stderr
    assert check_results(tmp_path)
    if words:
        report = json.loads(result.stdout)
        assert report["checks"] == {"electricity": 3e-7}
        assert report["anchors"] == []
    else:
        assert "Largest imbalance of accounts: electricity 3e-07." in result.stdout


def test_the_end_of_a_batch_job_is_a_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(cge.path, "run", stops_in(2030, signal.SIGTERM))
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path)])
    assert result.exit_code == 143
    assert "Solved until then" in result.stderr
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_stop_before_the_first_year_says_that_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(scenario: Scenario, **_: object) -> Pathway:
        empty = made_up(scenario, last=scenario.first)
        raise Stopped(Pathway(**{**vars(empty), "solves": empty.solves[:0]}), Progress({}))

    monkeypatch.setattr(cge.path, "run", run)
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path / "out")])
    assert result.exit_code == 130
    assert "nothing is kept" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["run"], ["check"], ["data", "list"]])
def test_a_stop_while_a_command_begins_is_said(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What each command calls first is where it is stopped."""

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for place in ("cge.scenario.load_scenario", "cge.m3c.check", "sam.available_datasets"):
        monkeypatch.setattr(place, stopped)
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(app, words)
    whole = "Stopped before anything was solved; nothing is kept.\n"
    assert (result.exit_code, result.stdout) == (130, "")
    assert result.stderr == (whole if words == ["run"] else "Stopped.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_stop_after_writing_says_what_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cge.path, "run", complete)
    monkeypatch.setattr("cge.results.notes", stopped)
    result = CliRunner().invoke(app, ["run", "--no-plots", "--out", str(tmp_path)])
    assert result.exit_code == 130
    assert result.stderr.startswith("Stopped while printing; written: ")
    assert check_results(tmp_path)


def test_what_is_replaced_is_said_before_anything_is_solved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["run", "--no-plots", "--json", "--out", str(tmp_path)]
    monkeypatch.setattr(cge.path, "run", complete)
    (tmp_path / "summary.csv").write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(app, words)
    told = f"in {tmp_path} when this run is done; name another with --out to keep them.\n"
    assert result.stderr == f"Replacing summary.csv {told}"
    run = check_results(tmp_path)

    def stopped(*_: object, **__: object) -> Pathway:
        raise KeyboardInterrupt

    monkeypatch.setattr(cge.path, "run", stopped)
    result = CliRunner().invoke(app, words)
    name = "enhanced_carbon_neutrality"
    first = f"Replacing the results of run {run} (scenario {name}) {told}"
    assert result.stderr.startswith(f"{first}Stopped.\n")
    assert check_results(tmp_path) == run
    (tmp_path / "results.nc").write_bytes(b"damaged")
    result = CliRunner().invoke(app, words)
    names = ", ".join(name for name in FILES if not name.endswith(".png"))
    assert result.stderr.startswith(f"Replacing {names} {told}")
    result = CliRunner().invoke(app, [*words[:-1], str(tmp_path / "new")])
    assert "Replacing" not in result.stderr


def full_disk(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


def complete(scenario: Scenario, **_: object) -> Pathway:
    return made_up(scenario)


def fails_on_a_full_disk(folder: Path) -> Callable[..., Pathway]:
    """A run whose folder is gone when it ends."""

    def run(scenario: Scenario, **_: object) -> Pathway:
        if scenario.pools:
            (folder / writing.LOCK).unlink()
            folder.rmdir()
        return made_up(scenario)

    return run


def test_results_that_find_no_folder_are_kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(cge.path, "run", fails_on_a_full_disk(tmp_path / "out"))
    result = CliRunner().invoke(app, ["run", "--no-plots", "--out", str(tmp_path / "out")])
    assert result.exit_code == BAD_INPUT
    *_, told = result.stderr.splitlines()
    assert "(No such file or directory)" in told
    kept = Path(told.split("the results are kept in ")[1])
    assert kept.parent == tmp_path
    assert check_results(kept)


def test_results_whose_folder_another_run_has_are_kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with ExitStack() as second:

        def run(scenario: Scenario, **_: object) -> Pathway:
            if scenario.pools:
                shutil.rmtree(out)
                second.enter_context(output(out))
            return made_up(scenario)

        monkeypatch.setattr(cge.path, "run", run)
        result = CliRunner().invoke(app, ["run", "--no-plots", "--out", str(out)])
        assert {path.name for path in out.iterdir()} == {writing.LOCK}
    assert result.exit_code == BAD_INPUT
    *_, told = result.stderr.splitlines()
    assert "(it was removed or made anew meanwhile" in told
    assert check_results(Path(told.split("the results are kept in ")[1]))


def test_figures_that_cannot_be_drawn_cost_no_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(cge.path, "run", complete)
    monkeypatch.setattr("matplotlib.figure.Figure.savefig", full_disk)
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path / "out")])
    assert result.exit_code == BAD_INPUT
    *_, told = result.stderr.splitlines()
    assert "figures cannot be drawn ([Errno 28] No space" in told
    assert "--no-plots" in told
    assert "--out" not in told
    assert check_results(Path(told.split("the results are kept in ")[1]))
    result = CliRunner().invoke(app, ["run", "--no-plots", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0


def test_a_failure_stays_one_where_the_disk_is_full_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(scenario: Scenario, **_: object) -> Pathway:
        monkeypatch.setattr(writing.os, "fsync", full_disk)
        cause = NotSolved("no equilibrium found", None)  # type: ignore[arg-type]
        raise Interrupted(2035, made_up(scenario, last=2034), cause)

    monkeypatch.setattr(cge.path, "run", run)
    result = CliRunner().invoke(app, ["run", "--out", str(tmp_path / "out")])
    assert result.exit_code == NO_SOLUTION
    first, second = result.stderr.splitlines()[-2:]
    assert "Nor could results be kept elsewhere" in first
    assert "no equilibrium found" in second


def test_a_second_run_is_refused_before_it_computes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*_: object, **__: object) -> Pathway:
        raise AssertionError("computed in a folder of another run")

    monkeypatch.setattr(cge.path, "run", run)
    monkeypatch.setattr(writing, "PATIENCE", 0.1)
    with output(tmp_path / "out"):
        result = CliRunner().invoke(app, ["run", "--out", str(tmp_path / "out")])
        assert result.exit_code == BAD_INPUT
        assert "(another run is using it); wait until it ends, or name another" in result.stderr
    monkeypatch.setattr(cge.path, "run", complete)
    result = CliRunner().invoke(app, ["run", "--no-plots", "--out", str(tmp_path / "out")])
    assert result.exit_code == 0


def test_a_signal_reaches_a_command_that_computes(
    tmp_path: Path, repository: Path, plain_environment: dict[str, str]
) -> None:
    """The real process: what a batch system sends ends it with its code and no traceback."""
    program = (
        "import time, cge.path\n"
        "def run(*_, **__):\n"
        "    print('computing', flush=True)\n"
        "    time.sleep(60)\n"
        "cge.path.run = run\n" + MAIN
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, "run", "--out", tmp_path / "out"],
        cwd=repository,
        env=plain_environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "computing\n"
        begun = time.monotonic()
        process.terminate()
        _, said = process.communicate(timeout=50)
    assert time.monotonic() - begun < 30
    assert process.returncode == 143
    assert "Traceback" not in said
    assert "nothing is kept" in said
    assert list(tmp_path.iterdir()) == []
