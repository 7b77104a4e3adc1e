"""The tables on the pages are those of the embedded dataset."""

from __future__ import annotations

import importlib.util
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from sam.accounts import ROLES
from sam.checks.run import CHECKS

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tables", DOCS / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_table_is_on_a_page(tables: ModuleType) -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in DOCS.glob("*.md"))
    missing = [name for name in tables.TABLES if f"<!-- table: {name} -->" not in pages]
    assert not missing


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_tables_are_those_of_the_dataset(page: Path, tables: ModuleType) -> None:
    text = page.read_text(encoding="utf-8")
    assert text == tables.page_with_tables(text), "run `python docs/tables.py`"


def test_the_page_lists_every_check_with_its_severity() -> None:
    page = (DOCS / "sam.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+)` \|.*\| (error|warning) \|$", page, re.MULTILINE)
    expected = [
        (name, inspect.signature(check).parameters["severity"].default)
        for name, check in CHECKS.items()
    ]
    assert listed == expected


def test_the_page_lists_every_kind_of_account() -> None:
    page = (DOCS / "sam.md").read_text(encoding="utf-8")
    for kind, role in ROLES.items():
        assert f"| `{kind}` | {role} |" in page
