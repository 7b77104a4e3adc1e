"""Starting the command line: light, helpful, and clear about bad input."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cge.cli import BAD_INPUT, app

HEAVY = {"jax", "pandas", "xarray", "matplotlib", "pydantic", "numpy", "yaml"}


def cge(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, output and error output of the command line."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("package", ["cge", "cge.cli"])
def test_nothing_heavy_is_imported(
    package: str, repository: Path, plain_environment: dict[str, str]
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, {package}; print(*sys.modules)"],
        cwd=repository,
        env=plain_environment,
        capture_output=True,
        text=True,
        check=True,
    )
    assert HEAVY.isdisjoint(done.stdout.split())


def test_help_names_the_commands_and_embedded_scenarios() -> None:
    code, out, _ = cge("--help")
    assert code == 0
    assert "run" in out
    assert "check" in out
    code, out, _ = cge("run", "--help")
    assert code == 0
    assert "enhanced_carbon_neutrality_rcn_uncapped" in out
    assert "results" in out


@pytest.mark.parametrize(
    "words",
    [["run"], ["compare"], ["ensemble"], ["equations"], ["variables"], ["scenario", "validate"]],
)
def test_help_has_examples_a_line_each(words: list[str]) -> None:
    _, out, _ = cge(*words, "--help")
    assert any(line.startswith(f"  cge {' '.join(words)} ") for line in out.splitlines())
    assert "\\b" not in out


def test_version() -> None:
    assert cge("--version") == (0, f"{version('m3c-cge')}\n", "")


def assert_bad_input(result: tuple[int, str, str], *words: str) -> None:
    code, out, err = result
    assert code == BAD_INPUT
    assert out == ""
    assert err.startswith("Error: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for word in words:
        assert word in err


def test_unknown_scenario(tmp_path: Path) -> None:
    assert_bad_input(cge("run", "enhanced", "--out", tmp_path), "'enhanced'", "baseline")


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name: mine\nyears: 40\n", "unknown key 'years'"),
        ("name: mine\ndataset: nowhere\n", "unknown dataset 'nowhere'"),
        ("name: mine\nfirst: 2020\nlast: 2000\n", "before"),
        ("name: mine\npools: [{name: a, regions: [XX]}]\n", "unknown region 'XX'"),
        ("name: mine\npools: [{name: a, regions: [SH], cap: {2030: -1}}]\n", "positive"),
    ],
)
def test_bad_scenarios_leave_nothing_behind(text: str, word: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    assert_bad_input(cge("run", file, "--out", tmp_path / "out"), str(file), "line", word)
    assert list(tmp_path.iterdir()) == [file]


def test_output_folder_is_checked_before_solving(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def solve(*_: object, **__: object) -> None:
        raise AssertionError("solved before the folder was checked")

    monkeypatch.setattr("cge.cli.run._solve", solve)
    file = tmp_path / "results"
    file.write_text("a file", encoding="utf-8")
    assert_bad_input(cge("run", "baseline", "--out", file), str(file), "--out")
    assert file.read_text(encoding="utf-8") == "a file"


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("top,,XXX,,0.1,made up,assumed", "unknown sector 'XXX'"),
        ("top,,,,-0.1,made up,assumed", "-0.1"),
        ("top,,,,nan,made up,assumed", "nan"),
    ],
)
def test_bad_elasticities_are_found_before_solving(row: str, word: str, tmp_path: Path) -> None:
    header = "name,region,sector,household,value,source,quality"
    (tmp_path / "mine.csv").write_text(f"{header}\n{row}\n", encoding="utf-8")
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\nassumptions: {elasticities: mine.csv}\n", encoding="utf-8")
    result = cge("run", file, "--out", tmp_path / "out")
    assert_bad_input(result, "mine.csv, line 2", word)
    assert not (tmp_path / "out").exists()
