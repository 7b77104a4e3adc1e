"""Links lead somewhere, and files that are named are there: on the pages, in README and others."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import catalogues

ROOT = Path(__file__).parents[2]
TEXTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NAMED = re.compile(r"`((?:calibration|cge|closures|docs|examples|recipes|sam|tests)/[\w./-]*)`")
_MADE = {ROOT / "docs" / catalogues.FOLDER / f"{name}.md" for name in catalogues.PAGES}
"""Pages that the build makes."""


def anchors(text: str) -> set[str]:
    """Anchors of the headings of a text, as GitHub and MyST make them."""
    headings = re.findall(r"^#+ (.*)$", _FENCED.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_links_lead_to_files_and_headings(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    for link in _LINK.findall(_CODE.sub("", _FENCED.sub("", text))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (file.parent / name).resolve() if name else file
        assert target.exists() or target in _MADE, f"{link} leads nowhere"
        if anchor and target not in _MADE:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"no heading for {link}"


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_files_and_folders_that_are_named_are_there(file: Path) -> None:
    named = _NAMED.findall(_FENCED.sub("", file.read_text(encoding="utf-8")))
    assert not [name for name in named if not (ROOT / name).exists()]
