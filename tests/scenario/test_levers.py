"""What scenarios set of the economy: mistakes are named at their line, with the nearest name."""

from __future__ import annotations

from pathlib import Path

import pytest

from cge.scenario import ScenarioError, load_scenario

GOOD = """\
name: mine
last: 2030
pools:
  - name: Delta
    regions: [SH, JS]
shocks:
  - lever: energy_efficiency
    factor: {2025: 1.1}
    region: JS
    sector: [FER, NMM]
  - lever: generation_capacity
    add: {2025: 10}
    technology: nuclear
technology:
  onshore_wind:
    cost: {2030: 0.9}
    potential: {JS: 2}
  coal:
    phase_out: {begin: 2025, end: 2030}
assumptions:
  elasticities:
    - {name: foreign, sector: FER, value: 3}
  plants:
    - {technology: coal, item: overnight, year: 2020, value: 3000}
    - {technology: coal, item: overnight, year: 2030, value: 2500}
drivers:
  population: {factor: {2025: 1, 2030: 1.02}, region: [SH, JS]}
  world: {level: {2030: 1.2}}
"""


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_what_is_written_reads_back_equal(tmp_path: Path) -> None:
    mine = load_scenario(written(tmp_path, GOOD))
    assert mine.shocks[0].region == ["JS"]
    assert mine.technology["onshore_wind"].potential == {"JS": 2.0}
    assert load_scenario(written(tmp_path, mine.to_yaml())) == mine


MISTAKES = {
    "lever": ("energy_efficiency", "energy_efficency", 7, "did you mean 'energy_efficiency'?"),
    "region": ("region: JS", "region: RCM", 9, "unknown region 'RCM'; did you mean 'RCN'?"),
    "sector": ("NMM]", "NMMM]", 10, "unknown sector 'NMMM'; did you mean 'NMM'?"),
    "technology": ("nuclear", "nucular", 13, "did you mean 'nuclear'?"),
    "key": ("    add:", "    adds:", 12, "unknown key 'adds'; did you mean 'add'?"),
    "no rule": ("    add: {2025: 10}\n", "", 11, "one of level, factor, add, found none"),
    "two rules": ("    add:", "    level: 3\n    add:", 13, "found level and add; give one"),
    "dimension": ("technology: nuclear", "sector: ELE", 13, "varies over region, technology"),
    "too late": ("{2025: 10}", "{2035: 10}", 12, "begins in 2035, after the last year 2030"),
    "no number": ("{2025: 10}", "{2025: ten}", 12, "is 'ten'"),
    "plants": ("  onshore_wind:", "  onshore:", 15, "did you mean 'onshore_wind'?"),
    "key of plants": ("    cost:", "    costs:", 16, "unknown key 'costs'; did you mean 'cost'?"),
    "resource": ("    cost: {2030: 0.9}\n    potential", "    potential", 16, "'JX'"),
    "nothing": ("    phase_out: {begin: 2025, end: 2030}", "    {}", 18, "changes nothing"),
    "backwards": ("end: 2030}\n", "end: 2025}\n", 19, "not after 2025"),
    "table": ("  elasticities:", "  elasticity:", 21, "did you mean 'elasticities'?"),
    "column": ("sector: FER", "sectors: FER", 22, "'sectors'; did you mean 'sector'?"),
    "no such name": ("name: foreign", "name: foregn", 22, "did you mean 'foreign'?"),
    "no such sector": ("sector: FER,", "sector: FERR,", 22, "did you mean 'FER'?"),
    "no value": (", value: 3}", "}", 22, "value"),
    "truth": ("value: 3}", "value: true}", 22, "is True; give a name or a number"),
    "no table": (
        "  elasticities:\n    - {name: foreign, sector: FER, value: 3}",
        "  elasticities: 3",
        21,
        "is 3; give rows, or the path of a CSV file",
    ),
    "twice": ("2030, value: 2500", "2020, value: 2500", 25, "is given twice (3000 and 2500)"),
    "a path": ("year: 2020, value: 3000", "year: 2025, value: 3000", 23, "add its row of 2020"),
    "driver": ("  population:", "  populaton:", 27, "did you mean 'population'?"),
    "region of a driver": ("[SH, JS]}", "[SH, RCM]}", 27, "did you mean 'RCN'?"),
    "key of a driver": ("{level: {2030: 1.2}}", "{levle: 1.2}", 28, "did you mean 'level'?"),
    "how": ("{level: {2030: 1.2}}", "{add: 1.2}", 28, "world is moved by level or factor"),
    "one for all": ("{level: {2030: 1.2}}", "{level: 2, region: JS}", 28, "one for all regions"),
    "no people": ("2030: 1.02}", "2030: 0}", 27, "population comes to 0 in SH in 2030"),
    "no world": ("{level: {2030: 1.2}}", "{level: {2030: 0}}", 28, "world comes to 0 in 2030"),
    "late driver": ("{level: {2030: 1.2}}", "{level: {2031: 1}}", 28, "after the last year"),
    "no pools": (
        "pools:\n  - name: Delta\n    regions: [SH, JS]\nshocks:\n",
        "shocks:\n  - lever: pool_cap\n    factor: 0.9\n",
        4,
        "is about pools, and the scenario has none",
    ),
}


@pytest.mark.parametrize(("old", "new", "line", "said"), MISTAKES.values(), ids=MISTAKES)
def test_mistakes_are_named_at_their_line(
    old: str, new: str, line: int, said: str, tmp_path: Path
) -> None:
    text = GOOD.replace("JS: 2", "JX: 2") if said == "'JX'" else GOOD
    file = written(tmp_path, text.replace(old, new, 1))
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    message = str(caught.value)
    assert message.startswith(f"scenario {file}, line {line}"), message
    assert said in message
