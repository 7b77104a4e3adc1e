"""The pages run: their Python as a reader would type it, and guides as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import PAGES, README, typed

GUIDES = {
    "first_scenario",
    "from_data_to_report",
    "recipes_coupling",
    "recipes_economists",
    "recipes_policy",
}
"""Pages whose commands are run too, with their files, in order."""

SLOW = {"ensembles", "first_scenario", "recipes_coupling", "recipes_policy", "runs"}
"""Pages that compile the whole model."""


@pytest.mark.parametrize(
    "page",
    [pytest.param(p, marks=[pytest.mark.slow] if p.stem in SLOW else []) for p in (*PAGES, README)],
    ids=lambda page: page.stem,
)
def test_what_a_page_says_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    typed(page, tmp_path, commands=page.stem in GUIDES)
