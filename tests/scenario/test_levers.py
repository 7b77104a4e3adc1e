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
    intensity: {base: 2, levels: {2020: 2, 2030: 1.6}}
    covers: [ELE, NMM, RUR]
    fuels: [COL]
    processes: [NMM]
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
    "two targets": ("    covers:", "    cap: {2030: 1}\n    covers:", 6, "a cap and an intensity"),
    "levels": ("levels: {2020", "level: {2020", 6, "'level'; did you mean 'levels'?"),
    "high": ("2030: 1.6}", "2030: 160}", 6, "98 per cent is 0.98"),
    "cover": ("RUR]", "RURAL]", 7, "unknown sector or household 'RURAL'; did you mean 'RUR'?"),
    "fuel": ("fuels: [COL]", "fuels: [COAL]", 8, "unknown fuel 'COAL'; did you mean 'COL'?"),
    "process": ("processes: [NMM]", "processes: [NMMM]", 9, "did you mean 'NMM'?"),
    "not covered": ("processes: [NMM]", "processes: [FER]", 9, "FER is not covered"),
    "revenue": (
        "    fuels:",
        "    revenue: consumption_tax\n    fuels:",
        8,
        "choose 'households', 'government'",
    ),
    "worth nothing": (
        "    intensity: {base: 2, levels: {2020: 2, 2030: 1.6}}",
        "    revenue: government",
        6,
        "permits are worth nothing",
    ),
    "lever": ("energy_efficiency", "energy_efficency", 11, "did you mean 'energy_efficiency'?"),
    "region": ("region: JS", "region: RCM", 13, "unknown region 'RCM'; did you mean 'RCN'?"),
    "sector": ("[FER, NMM]", "[FER, NMMM]", 14, "unknown sector 'NMMM'; did you mean 'NMM'?"),
    "technology": ("nuclear", "nucular", 17, "did you mean 'nuclear'?"),
    "key": ("    add:", "    adds:", 16, "unknown key 'adds'; did you mean 'add'?"),
    "no rule": ("    add: {2025: 10}\n", "", 15, "one of level, factor, add, found none"),
    "two rules": ("    add:", "    level: 3\n    add:", 17, "found level and add; give one"),
    "dimension": ("technology: nuclear", "sector: ELE", 17, "varies over region, technology"),
    "too late": ("{2025: 10}", "{2035: 10}", 16, "begins in 2035, after the last year 2030"),
    "no number": ("{2025: 10}", "{2025: ten}", 16, "is 'ten'"),
    "plants": ("  onshore_wind:", "  onshore:", 19, "did you mean 'onshore_wind'?"),
    "key of plants": ("    cost:", "    costs:", 20, "unknown key 'costs'; did you mean 'cost'?"),
    "resource": ("    cost: {2030: 0.9}\n    potential", "    potential", 20, "'JX'"),
    "nothing": ("    phase_out: {begin: 2025, end: 2030}", "    {}", 22, "changes nothing"),
    "backwards": ("end: 2030}\n", "end: 2025}\n", 23, "not after 2025"),
    "table": ("  elasticities:", "  elasticity:", 25, "did you mean 'elasticities'?"),
    "column": ("sector: FER", "sectors: FER", 26, "'sectors'; did you mean 'sector'?"),
    "no such name": ("name: foreign", "name: foregn", 26, "did you mean 'foreign'?"),
    "no such sector": ("sector: FER,", "sector: FERR,", 26, "did you mean 'FER'?"),
    "no value": (", value: 3}", "}", 26, "value"),
    "truth": ("value: 3}", "value: true}", 26, "is True; give a name or a number"),
    "no table": (
        "  elasticities:\n    - {name: foreign, sector: FER, value: 3}",
        "  elasticities: 3",
        25,
        "is 3; give rows, or the path of a CSV file",
    ),
    "twice": ("2030, value: 2500", "2020, value: 2500", 29, "is given twice (3000 and 2500)"),
    "a path": ("year: 2020, value: 3000", "year: 2025, value: 3000", 27, "add its row of 2020"),
    "driver": ("  population:", "  populaton:", 31, "did you mean 'population'?"),
    "region of a driver": ("[SH, JS]}", "[SH, RCM]}", 31, "did you mean 'RCN'?"),
    "key of a driver": ("{level: {2030: 1.2}}", "{levle: 1.2}", 32, "did you mean 'level'?"),
    "how": ("{level: {2030: 1.2}}", "{add: 1.2}", 32, "world is moved by level or factor"),
    "one for all": ("{level: {2030: 1.2}}", "{level: 2, region: JS}", 32, "one for all regions"),
    "no people": ("2030: 1.02}", "2030: 0}", 31, "population comes to 0 in SH in 2030"),
    "no world": ("{level: {2030: 1.2}}", "{level: {2030: 0}}", 32, "world comes to 0 in 2030"),
    "late driver": ("{level: {2030: 1.2}}", "{level: {2031: 1}}", 32, "after the last year"),
    "no pools": (
        GOOD[GOOD.index("pools:") : GOOD.index("shocks:")] + "shocks:\n",
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
