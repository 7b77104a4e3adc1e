"""The site builds without a warning and without a network, and mathematics shows in a browser."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome")
     if (found := shutil.which(name))),
    None,
)  # fmt: skip
NEEDED = ("sphinx", "furo", "myst_parser", "sphinx-mathjax-offline")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, NEEDED)),
        reason="no Sphinx with what the pages need (make docs)",
    ),
]

NO_NETWORK = """
import socket, sys
def refused(*_):
    raise OSError("the build asked for a network")
socket.socket.connect = socket.getaddrinfo = refused
from sphinx.cmd.build import main
sys.exit(main(sys.argv[1:]))
"""
"""Sphinx in an interpreter that refuses connections."""


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, repository: Path, plain_environment: dict[str, str]
) -> Path:
    """The site, built from a copy of the pages."""
    folder = tmp_path_factory.mktemp("site")
    ignored = shutil.ignore_patterns("_build", "reference", "__pycache__")
    pages = shutil.copytree(repository / "docs", folder / "docs", ignore=ignored)
    done = subprocess.run(
        [sys.executable, "-c", NO_NETWORK, "--fail-on-warning", "--quiet", pages, folder / "html"],
        cwd=repository,
        env=plain_environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "html"


def test_every_page_is_built_with_its_picture(site: Path, repository: Path) -> None:
    sources = {file.stem for file in (repository / "docs").glob("*.md")}
    assert {file.stem for file in site.glob("*.html")} >= sources
    assert (site / "_images" / "paths.svg").is_file()


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium (make chromium)")
def test_mathematics_shows_without_a_network(site: Path, tmp_path: Path) -> None:
    page = site / "reference" / "m3c_equations.html"
    command = [
        str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu",
        "--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr", "--dump-dom",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=30000", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0
    assert not [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    written = len(re.findall('class="math ', page.read_text(encoding="utf-8")))
    assert done.stdout.count("<mjx-container") == written > 200
    assert "data-mjx-error" not in done.stdout
