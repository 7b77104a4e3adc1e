"""The pages run: the Python blocks of a page, one after the other, as a reader would type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.code import run

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))

SLOW = {"ensembles", "runs"}
"""Pages that compile the whole model."""


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, marks=[pytest.mark.slow] if p.stem in SLOW else []) for p in PAGES],
    ids=lambda page: page.stem,
)
def test_the_code_of_a_page_runs(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run(page.read_text(encoding="utf-8"), str(page))
