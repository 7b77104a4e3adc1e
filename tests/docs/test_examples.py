"""The pages run: the Python blocks of a page, one after the other, as a reader would type them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "docs").glob("*.md"))
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> str:
    """The code of a page, every line where it stands on the page, so that errors name it."""
    text = page.read_text(encoding="utf-8")
    lines = [""] * text.count("\n")
    for match in _BLOCK.finditer(text):
        first = text.count("\n", 0, match.start(1))
        for k, line in enumerate(match.group(1).splitlines()):
            lines[first + k] = line
    return "\n".join(lines)


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
    exec(compile(blocks(page), str(page), "exec"), {"__name__": "__main__"})
