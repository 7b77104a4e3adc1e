"""A scenario that extends another one is what both say, written out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cge.scenario import ScenarioError, load_scenario

BASE = """\
name: base
description: The other one.
last: 2040
pools:
  - name: Delta
    regions: [SH, JS]
    cap: {2020: 1.0, 2030: 0.8}
    counts: net
  - name: Others
    regions: [ZJ, AH, RCN]
removal:
  limit: {JS: {2025: 0, 2030: 5}}
  ceiling: 4000
closure: {labour: fixed_real_wage}
"""

MINE = """\
extends: base.yaml
name: mine
pools:
  - name: Delta
    price: {2025: 100}
  - name: West
    regions: [RCN]
  - name: Others
    regions: [ZJ, AH]
removal: {ceiling: none}
"""

WHOLE = """\
name: mine
last: 2040
pools:
  - name: Delta
    regions: [SH, JS]
    price: {2025: 100}
    counts: net
  - name: Others
    regions: [ZJ, AH]
  - name: West
    regions: [RCN]
removal:
  limit: {JS: {2025: 0, 2030: 5}}
  ceiling: none
closure: {labour: fixed_real_wage}
"""


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_extending_is_writing_all_out(tmp_path: Path) -> None:
    write(tmp_path, "base", BASE)
    mine = load_scenario(write(tmp_path, "mine", MINE))
    whole = load_scenario(write(tmp_path, "whole", WHOLE))
    assert mine == whole
    assert mine.to_yaml() == whole.to_yaml()
    assert mine.description == ""


def test_an_embedded_scenario_is_extended_by_name(tmp_path: Path) -> None:
    text = "extends: enhanced_carbon_neutrality\nname: shorter\nlast: 2030\n"
    mine = load_scenario(write(tmp_path, "mine", text))
    other = load_scenario("enhanced_carbon_neutrality")
    assert mine.pools == other.pools
    assert (mine.last, mine.name) == (2030, "shorter")


def test_what_extends_may_be_extended(tmp_path: Path) -> None:
    write(tmp_path, "base", BASE)
    write(tmp_path, "mine", MINE)
    third = load_scenario(write(tmp_path, "third", "extends: mine.yaml\nname: third\nlast: 2025\n"))
    assert third.pools[0].price == {2025: 100.0}
    assert third.removal.limit == {"JS": {2025: 0.0, 2030: 5.0}}


def test_files_are_found_beside_the_one_that_names_them(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    rows = "name,sector,value,source,quality\nforeign,AGR,3,mine,assumed\n"
    (inner / "mine.csv").write_text(rows, encoding="utf-8")
    write(inner, "base", BASE + "assumptions: {elasticities: mine.csv}\n")
    mine = load_scenario(write(tmp_path, "mine", "extends: inner/base.yaml\nname: mine\n"))
    assert mine.assumptions == {"elasticities": inner / "mine.csv"}


MISTAKES = {
    "no such scenario": ("base.yaml", "enhanced_neutrality", "mine.yaml", 1, ["did you mean"]),
    "no such file": ("base.yaml", "bass.yaml", "mine.yaml", 1, ["bass.yaml: no such file"]),
    "itself": ("base.yaml", "mine.yaml", "mine.yaml", 1, ["extends this scenario itself"]),
    "a list": ("base.yaml", "[base.yaml]", "mine.yaml", 1, ["name one scenario"]),
    "no name": ("name: mine\n", "", "mine.yaml", 1, ["key 'name' is missing"]),
    "own mistake": ("price: {2025: 100}", "prize: {2025: 100}", "mine.yaml", 5, ["'price'"]),
    "in two pools": ("[ZJ, AH]", "[ZJ, AH, SH]", "mine.yaml", 9, ["'SH' is in pool 'Delta'"]),
    "inherited": ("removal: {ceiling: none}", "last: 2022", "mine.yaml", 5, ["begins in 2025"]),
}


@pytest.mark.parametrize(("old", "new", "file", "line", "said"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_found_where_they_stand(
    old: str, new: str, file: str, line: int, said: list[str], tmp_path: Path
) -> None:
    write(tmp_path, "base", BASE)
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(tmp_path, "mine", MINE.replace(old, new)))
    text = str(caught.value)
    assert f"{tmp_path / file}, line {line}" in text
    assert all(part in text for part in said), text


def test_a_mistake_of_the_other_one_is_found_there(tmp_path: Path) -> None:
    write(tmp_path, "base", BASE.replace("fixed_real_wage", "fixed_wage"))
    with pytest.raises(ScenarioError, match=r"base\.yaml, line 14, closure\.labour: .*fixed_real"):
        load_scenario(write(tmp_path, "mine", MINE))
