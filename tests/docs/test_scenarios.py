"""The table of levers on the page on scenarios is that of the model."""

from __future__ import annotations

import re
from pathlib import Path

from cge.scenario.shocks import LEVERS

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_levers_of_the_page_are_those_that_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    told = {name: tuple(dims.split(", ")) for name, dims in rows if name in LEVERS}
    assert told == {**LEVERS}
