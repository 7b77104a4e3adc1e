"""Imports run one way, and light commands load light modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ("cge", "sam", "recipes", "calibration", "closures")
HEAVY = ("jax", "jaxlib", "matplotlib.pyplot", "pyomo", "scipy", "sympy", "xarray")


def test_imports_run_one_way(repository: Path, tmp_path: Path) -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    report = subprocess.run(
        [lint, "--config", repository / "pyproject.toml", "--cache-dir", tmp_path],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.returncode == 0, report.stdout + report.stderr
    assert "0 broken" in report.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_declare_that_they_are_typed(repository: Path, package: str) -> None:
    assert (repository / package / "py.typed").is_file()


def modules_after(statement: str, repository: Path, environment: dict[str, str]) -> set[str]:
    """Names of the modules that a fresh interpreter holds after a statement."""
    program = f"import sys\n{statement}\nprint(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=repository,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_command_line_starts_without_the_engine(
    repository: Path, plain_environment: dict[str, str]
) -> None:
    loaded = modules_after("import cge.cli", repository, plain_environment)
    assert not loaded.intersection(HEAVY)


@pytest.mark.parametrize("package", ["cge.language", "closures"])
def test_declaring_needs_no_engine(
    package: str, repository: Path, plain_environment: dict[str, str]
) -> None:
    loaded = modules_after(f"import {package}", repository, plain_environment)
    assert "cge.language.model" in loaded
    assert loaded.isdisjoint({"jax", "cge.equilibrium"})


def test_data_and_calibration_need_no_jax(
    repository: Path, plain_environment: dict[str, str]
) -> None:
    assert "jax" not in modules_after("import sam, calibration", repository, plain_environment)
