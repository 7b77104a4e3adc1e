"""The page of projects is that of what is stored."""

from __future__ import annotations

import importlib.util
from pathlib import Path


def test_the_page_is_that_of_what_is_stored(repository: Path) -> None:
    spec = importlib.util.spec_from_file_location("projects", repository / "docs" / "projects.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    page = script.PAGE.read_text(encoding="utf-8")
    assert page == script.page_with_tables(page), "run `python docs/projects.py`"
    assert all(f"<!-- found: {name} -->" in page for name in script.TABLES)
