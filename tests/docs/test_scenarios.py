"""The scenarios of the page on scenarios are read, and its table of levers is that of the model."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cge.scenario import load_scenario
from cge.scenario.shocks import LEVERS

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)


@pytest.mark.parametrize("text", BLOCKS, ids=range(len(BLOCKS)))
def test_a_scenario_of_the_page_is_read(text: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    scenario = load_scenario(file)
    file.write_text(scenario.to_yaml(), encoding="utf-8")
    assert load_scenario(file) == scenario


def test_the_levers_of_the_page_are_those_that_there_are() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([a-z, ]+) \|", PAGE.read_text(encoding="utf-8"), re.M)
    told = {name: tuple(dims.split(", ")) for name, dims in rows if name in LEVERS}
    assert told == {**LEVERS}
