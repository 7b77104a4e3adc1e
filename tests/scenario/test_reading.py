"""Scenario files: what is read, and what is said about mistakes in them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from calibration import ElasticityError, load_abatement
from calibration.tables import DATA
from cge.scenario import (
    Closures,
    Pool,
    Removal,
    Scenario,
    ScenarioError,
    available_scenarios,
    check_scenario,
    load_scenario,
    with_options,
)
from cge.scenario.tables import assumptions_of
from sam import load_dataset

GOOD = """\
name: mine
dataset: yrd2020
first: 2020
last: 2030
pools:
  - name: Delta
    regions: [SH, JS]
    cap:
      2020: 1.0
      2030: 0.8
  - name: Others
    regions:
      - ZJ
      - RCN
removal:
  limit:
    JS: {2025: 0, 2030: 5}
closure:
  labour: fixed_real_wage
"""

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to_file(text: str) -> Path:
        file = tmp_path / "mine.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return to_file


def message(file: Path) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(file)
    return str(caught.value)


def test_a_scenario_of_ones_own(write: Write) -> None:
    scenario = load_scenario(write(GOOD))
    assert scenario.years == range(2020, 2031)
    delta, others = scenario.pools
    np.testing.assert_allclose(delta.ratios([2020, 2025, 2030]), [1.0, 0.8**0.5, 0.8])
    assert np.all(np.isnan(others.ratios(scenario.years)))
    assert scenario.closure.labour == "fixed_real_wage"
    assert scenario.removal.limits(["SH", "JS"], [2025, 2030]).tolist() == [[0, 0], [0, 5]]


def test_nobody_removes_without_limits() -> None:
    assert Removal().limits(["SH", "JS"], [2020, 2060]).tolist() == [[0, 0], [0, 0]]


@pytest.mark.parametrize("name", available_scenarios())
def test_written_scenario_reads_back_equal(name: str, write: Write) -> None:
    scenario = load_scenario(name)
    assert load_scenario(write(scenario.to_yaml())) == scenario


def test_the_baseline_is_the_same_economy_without_caps_removal_and_other_closures(
    write: Write,
) -> None:
    scenario = load_scenario(write(GOOD))
    baseline = scenario.baseline()
    assert baseline.name == "baseline"
    assert baseline.pools == []
    assert baseline.assumptions == scenario.assumptions
    assert baseline.years == scenario.years
    assert baseline.closure == Closures()
    assert baseline.removal == Removal()
    assert baseline.baseline() == baseline
    assert load_scenario(write(baseline.to_yaml())) == baseline


def test_a_pool_may_begin_after_the_last_year_where_another_holds(write: Write) -> None:
    """A scenario that is cut short on the command line, and written to be run again."""
    short = with_options(load_scenario("enhanced_carbon_neutrality"), last=2025)
    assert [pool.begin for pool in short.pools] == [2020, 2027]
    assert load_scenario(write(short.to_yaml())) == short


MISTAKES = {
    "unknown key": ("pools:", "pool:", 5, ["'pool'", "did you mean 'pools'", "closure"]),
    "unknown key of a pool": ("    cap:", "    caps:", 8, ["'caps'", "did you mean 'cap'"]),
    "unknown key of removal": ("  limit:", "  limits:", 16, ["'limits'", "ceiling"]),
    "unknown region": ("[SH, JS]", "[SH, JX]", 7, ["'JX'", "yrd2020", "known: SH, JS"]),
    "region in lower case": ("- RCN", "- rcn", 14, ["'rcn'", "did you mean 'RCN'"]),
    "unknown region of removal": ("JS: {2025", "TJ: {2025", 17, ["'TJ'", "known: SH"]),
    "region twice": ("- ZJ", "- SH", 13, ["'SH' is in pool 'Delta' and again in 'Others'"]),
    "pool twice": ("name: Others", "name: Delta", 11, ["pool 'Delta' is given twice"]),
    "unknown dataset": ("yrd2020", "prd2020", 2, ["'prd2020'", "yrd2020"]),
    "negative cap": ("2030: 0.8", "2030: -0.8", 10, ["pools[0].cap[2030]", "-0.8", "positive"]),
    "zero cap": ("2030: 0.8", "2030: 0", 10, ["cannot be met", "positive"]),
    "cap that is no number": ("2030: 0.8", "2030: .nan", 10, ["nan", "positive"]),
    "cap after the last year": (
        "      2020: 1.0\n      2030: 0.8",
        "      2040: 0.8",
        8,
        ["pools[0].cap", "begins in 2040, after the last year 2030", "or leave it out"],
    ),
    "negative limit": ("2030: 5", "2030: -5", 17, ["-5", "greater than or equal to 0"]),
    "years backwards": ("last: 2030", "last: 2010", 4, ["2010", "before", "2020"]),
    "years without drivers": ("last: 2030", "last: 2100", 4, ["drivers", "2060"]),
    "another first year": ("first: 2020", "first: 2022", 3, ["base year", "2020"]),
    "a cap without years": (
        "    cap:\n      2020: 1.0\n      2030: 0.8\n",
        "    cap: 0.95\n",
        8,
        ["is 0.95; give it by year, such as {2030: 0.95}"],
    ),
    "unknown closure": ("fixed_real_wage", "fixed_wage", 19, ["'fixed_wage'", "fixed_real_wage"]),
    "key twice": ("last: 2030", "first: 2030", 4, ["'first'", "twice"]),
    "no name": ("name: mine\n", "", 1, ["'name'", "missing"]),
    "name of the baseline": ("name: mine", "name: baseline", 1, ["without pools"]),
    "a word for a year": ("2030: 0.8", "later: 0.8", 10, ["'later' is no year"]),
    "no YAML": ("[SH, JS]", "[SH, JS", 8, ["no YAML"]),
    "table outside assumptions": (
        "closure:",
        "elasticities: mine.csv\nclosure:",
        18,
        ["'elasticities' is a table", "write 'assumptions: {elasticities: FILE}'"],
    ),
    "unknown table": (
        "closure:",
        "assumptions:\n  technology: mine.csv\nclosure:",
        19,
        ["unknown table of assumptions 'technology'; did you mean 'technologies'?"],
    ),
    "no regions": ("[SH, JS]", "[]", 7, ["regions"]),
    "a description in one language of two": (
        "last: 2030",
        "description: {en: A cap.}\nlast: 2030",
        4,
        ["description.zh", "key 'zh' is missing"],
    ),
    "a description in a third language": (
        "last: 2030",
        "description: {en: A cap., zh: 上限。, fr: Un plafond.}\nlast: 2030",
        4,
        ["unknown key 'fr'", "en, zh"],
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_named_with_file_line_and_remedy(mistake: str, write: Write) -> None:
    old, new, line, words = MISTAKES[mistake]
    assert GOOD.count(old) == 1
    file = write(GOOD.replace(old, new))
    said = message(file)
    assert said.startswith(f"scenario {file}, line {line}")
    assert "\n" not in said
    for word in words:
        assert word in said


def test_a_description_is_in_one_language_or_in_two(write: Write) -> None:
    assert load_scenario(write("name: m\ndescription: A cap.\n")).told == ("A cap.", "A cap.")
    both = load_scenario(write("name: m\ndescription: {en: A cap., zh: 上限。}\n"))
    assert both.told == ("A cap.", "上限。")
    assert load_scenario(write(both.to_yaml())) == both


LEVELS = """\
name: mine
last: 2030
pools:
  - name: Delta
    regions: [SH]
    cap:
      base: 2.0
      levels:
        2020: 2.0
        2025: 2.5
      growth:
        2030: -0.05
"""


def test_cap_as_levels_and_growth(write: Write) -> None:
    pool = load_scenario(write(LEVELS)).pools[0]
    np.testing.assert_allclose(pool.ratios([2020, 2025, 2030]), [1.0, 1.25, 1.25 * 0.95**5])


@pytest.mark.parametrize(
    ("old", "new", "line", "word"),
    [
        ("levels:", "level:", 8, "did you mean 'levels'"),
        ("2025: 2.5", "2025: -2.5", 10, "positive"),
        ("-0.05", "-9.4", 12, "greater than -1"),
        ("2030: -0.05", "2025: -0.05", 12, "a level and growth"),
        ("2030: -0.05", "2019: -0.05", 12, "no level before it"),
    ],
)
def test_mistakes_in_levels_are_named(
    old: str, new: str, line: int, word: str, write: Write
) -> None:
    said = message(write(LEVELS.replace(old, new)))
    assert f"line {line}" in said
    assert word in said


def test_further_errors_are_counted(write: Write) -> None:
    said = message(write(GOOD.replace("2030: 0.8", "2030: -1").replace("2020: 1.0", "2020: -1")))
    assert "line 9" in said
    assert "and 1 more" in said


def test_paths_are_relative_to_the_file(write: Write, tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    file = write(GOOD + "assumptions: {prospects: mine.csv}\n")
    assert "line 20, assumptions.prospects: file" in message(file)
    assert "mine.csv does not exist" in message(file)
    table.write_bytes((DATA / "prospects.csv").read_bytes())
    scenario = load_scenario(file)
    assert scenario.assumptions == {"prospects": table}
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "copy.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    assert load_scenario(other / "copy.yaml") == scenario


def test_the_cost_of_removal_is_that_of_the_assumptions_unless_given() -> None:
    table = load_abatement()
    assert table.with_cost(None) == table
    dear = table.with_cost(2000.0).cost(2040)
    assert dear.tolist() == [2000.0, *table.cost(2040)[1:]]


def test_a_ceiling_below_the_cost_of_removal_is_refused(write: Write) -> None:
    said = "line 16, removal.ceiling: ceiling 799 yuan/t is below the cost of removal 800 yuan/t"
    lines = "removal:\n  ceiling: 799\n  cost: 800\n"
    assert said in message(write(GOOD.replace("removal:\n", lines)))
    assert load_scenario(write(GOOD)).removal.ceiling == "none"


def test_a_table_may_hold_one_row_and_is_checked_at_once(write: Write, tmp_path: Path) -> None:
    header = (DATA / "elasticities.csv").read_text(encoding="utf-8").splitlines()[0]
    table = tmp_path / "mine.csv"
    table.write_text(f"{header}\nforeign,,FER,,2.5,me,assumed\n", encoding="utf-8")
    file = write(GOOD + "assumptions: {elasticities: mine.csv}\n")
    scenario = load_scenario(file)
    dataset = load_dataset(scenario.dataset)
    tables = assumptions_of(scenario, dataset)
    assert tables.hash != assumptions_of(load_scenario(write(GOOD)), dataset).hash
    again = load_scenario(write(scenario.to_yaml()))
    assert again == scenario
    assert assumptions_of(again, dataset).hash == tables.hash
    for row, said in (
        ("foreign,,FERR,,2.5", "line 2, foreign FERR: unknown sector 'FERR'; did you mean 'FER'"),
        ("kle,TJ,FER,,2.5", "has the unknown region 'TJ'; the dataset has"),
    ):
        table.write_text(f"{header}\n{row},me,assumed\n", encoding="utf-8")
        with pytest.raises(ElasticityError, match=said):
            load_scenario(file)


def test_years_of_numpy_are_years() -> None:
    years = np.arange(2021, 2024)
    pool = Pool(name="one", regions=["SH"], cap=dict.fromkeys(years, np.float64(0.9)))
    assert pool.cap == {2021: 0.9, 2022: 0.9, 2023: 0.9}
    with pytest.raises(ValidationError, match="valid integer"):
        Pool(name="one", regions=["SH"], cap={2021.0: 0.9})


def test_a_scenario_made_in_python_reads_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its meaning does not depend on what a file holds when it is made."""

    def read(*_: object, **__: object) -> str:
        raise AssertionError("a file was read")

    monkeypatch.setattr(Path, "read_text", read)
    pool = Pool(name="one", regions=["SH"], cap={2030: 0.8})
    scenario = Scenario(name="mine", pools=[pool], removal=Removal(limit={"SH": {2030: 5.0}}))
    assert scenario.removal.cost is None
    assert scenario.baseline().to_yaml()


def test_what_a_run_without_pools_would_ignore_is_refused(write: Write) -> None:
    closure = "name: mine\nclosure:\n  labour: fixed_real_wage\n"
    said = message(write(closure))
    assert "line 2, closure: scenario 'mine' has no pools" in said
    assert "remove the closure, or name regions in a pool" in said
    uncapped = closure + "pools: [{name: all, regions: [SH]}]\n"
    assert load_scenario(write(uncapped)).closure.labour == "fixed_real_wage"
    assert load_scenario(write("name: mine\nclosure:\n  labour: full_employment\n"))
    mobile = load_scenario(write("name: mine\nclosure:\n  capital: mobile\n"))
    assert mobile.baseline().closure == mobile.closure == Closures(capital="mobile")


def test_removal_where_nobody_pays_for_it_is_refused(write: Write) -> None:
    said = message(write(GOOD.replace("JS: {2025", "AH: {2025")))
    assert "line 17, removal.limit.AH: region 'AH' is in no pool" in said
    limit = "name: mine\nremoval:\n  limit:\n    JS: {2030: 5}\n"
    assert "line 4, removal.limit.JS: region 'JS' is in no pool" in message(write(limit))


def test_unknown_scenario_names_the_embedded_ones(tmp_path: Path) -> None:
    said = message(Path("enhanced_neutrality"))
    assert "did you mean" in said
    assert "baseline" in said
    assert "mapping" in message_of_text(tmp_path, "- a list\n")
    assert "mapping" in message_of_text(tmp_path, "")


def message_of_text(folder: Path, text: str) -> str:
    file = folder / "other.yaml"
    file.write_text(text, encoding="utf-8")
    return message(file)


def test_folder_is_no_scenario(tmp_path: Path) -> None:
    assert message(tmp_path) == f"scenario {tmp_path}: is a folder; name the file in it"


def test_scenarios_made_in_python_are_checked_against_the_dataset() -> None:
    scenario = Scenario(name="mine", pools=[Pool(name="one", regions=["SH", "XX"])])
    with pytest.raises(ScenarioError, match=r"pools\[0\]\.regions\[1\]: unknown region.*'XX'"):
        check_scenario(scenario)


def test_scenarios_made_in_python_are_checked_by_themselves() -> None:
    with pytest.raises(ValidationError, match="before first year"):
        Scenario(name="mine", first=2020, last=2019)
    with pytest.raises(ValidationError, match="raise the ceiling"):
        Removal(cost=100.0, ceiling=50.0)
