"""What a user installs: a wheel that imports and runs in an empty directory.

The wheel is built from a copy of the sources, through the source distribution, so that nothing that
lies about in the checkout can hide a file that the package forgets to declare.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

PACKAGES = ("cge", "sam", "recipes", "calibration", "closures")
DATA = {".csv", ".gz", ".json", ".yaml", ".md", ".typed", ".css", ".j2"}
FOLDERS = (*PACKAGES, "tests", "examples", "benchmarks")
FILES = ("setup.cfg", "pyproject.toml", "README.md", "LICENSE")


def run(command: Sequence[str | Path], folder: Path, environment: dict[str, str]) -> str:
    """Output of a command, which has to succeed."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


def copy_sources(repository: Path, target: Path) -> None:
    """Copy the sources, tests and examples too, without what running them leaves behind."""
    leavings = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*")
    for name in FOLDERS:
        shutil.copytree(repository / name, target / name, ignore=leavings)
    for name in FILES:
        shutil.copy2(repository / name, target / name)


@pytest.fixture(scope="module")
def wheel(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, plain_environment: dict[str, str]
) -> Path:
    """The wheel, built from the source distribution, without network."""
    sources = tmp_path_factory.mktemp("sources")
    copy_sources(repository, sources)
    run([sys.executable, "-m", "build", "--no-isolation"], sources, plain_environment)
    (built,) = (sources / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def contents(wheel: Path) -> set[str]:
    """Paths of the files in the wheel, its own metadata aside."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


@pytest.fixture(scope="module")
def installed(
    wheel: Path, tmp_path_factory: pytest.TempPathFactory, plain_environment: dict[str, str]
) -> Path:
    """A folder with the installed wheel; its dependencies are those of the running interpreter."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    run([*pip, "--target", target, wheel], target, plain_environment)
    return target


@pytest.fixture
def user(installed: Path, plain_environment: dict[str, str]) -> dict[str, str]:
    """Environment of somebody who has the wheel installed and no checkout."""
    return plain_environment | {
        "PYTHONPATH": str(installed),
        "PYTHONSAFEPATH": "1",
        "PATH": f"{installed / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }


def test_wheel_holds_the_packages_and_nothing_else(contents: set[str]) -> None:
    assert {name.split("/")[0] for name in contents} <= set(PACKAGES)


def test_wheel_holds_every_module_and_data_file(repository: Path, contents: set[str]) -> None:
    files = (path for package in PACKAGES for path in (repository / package).rglob("*"))
    wanted = {
        path.relative_to(repository).as_posix()
        for path in files
        if path.is_file() and (path.suffix in DATA or path.suffix == ".py")
    }
    assert wanted - contents == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_installed_package_imports(
    package: str, installed: Path, user: dict[str, str], tmp_path: Path
) -> None:
    place = run(
        [sys.executable, "-c", f"import {package}; print({package}.__file__)"], tmp_path, user
    )
    assert Path(place.strip()).is_relative_to(installed)


def test_installed_dataset_loads_and_balances(user: dict[str, str], tmp_path: Path) -> None:
    program = "import sam; d = sam.load_dataset('yrd2020'); d.sam.check(1e-6); print(*d.regions)"
    regions = run([sys.executable, "-c", program], tmp_path, user).split()
    assert regions == ["SH", "JS", "ZJ", "AH", "RCN"]


def test_installed_command_line_answers(
    installed: Path, user: dict[str, str], tmp_path: Path
) -> None:
    answer = run([installed / "bin" / "cge", "--help"], tmp_path, user)
    assert "run" in answer
    assert "check" in answer
    assert list(tmp_path.iterdir()) == []
