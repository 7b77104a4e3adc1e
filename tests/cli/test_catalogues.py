"""What there is to choose from, and what a file says, without running anything."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from cge.cli import BAD_INPUT, app
from cge.scenario import available_scenarios, load_scenario
from closures.catalogue import catalogue


def cge(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_scenarios_are_listed_with_what_they_are_about() -> None:
    shown = cge("scenarios").stdout
    rows = json.loads(cge("scenarios", "--json").stdout)
    assert [row["name"] for row in rows] == list(available_scenarios())
    assert all(row["name"] in shown and row["description"] for row in rows)


def test_a_scenario_is_shown_as_a_file_that_can_be_run(tmp_path: Path) -> None:
    shown = cge("scenario", "show", "current_policies").stdout
    (tmp_path / "mine.yaml").write_text(shown, encoding="utf-8")
    assert load_scenario(tmp_path / "mine.yaml") == load_scenario("current_policies")
    assert yaml.safe_load(shown)["closure"]["labour"] == "full_employment"


def test_every_file_is_validated(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("name: good\nlast: 2030\n", encoding="utf-8")
    bad.write_text("name: bad\nlats: 2030\n", encoding="utf-8")
    assert cge("scenario", "validate", good).exit_code == 0
    done = cge("scenario", "validate", bad, good, tmp_path / "none.yaml")
    assert done.exit_code == BAD_INPUT
    assert f"{good}: scenario 'good' of yrd2020, 2020-2030, no pools" in done.stdout
    first, second = done.stderr.splitlines()
    assert "line 2" in first
    assert "did you mean 'last'" in first
    assert second.endswith("none.yaml: no such file")


def test_closures_are_listed_the_default_first() -> None:
    shown = cge("closures").stdout
    for named in catalogue():
        assert f"    {named.name:<22} {named.meaning}" in shown
    assert shown.index("full_employment") < shown.index("fixed_real_wage")
    rows = json.loads(cge("closures", "--json").stdout)
    assert [(row["kind"], row["name"]) for row in rows] == [(n.kind, n.name) for n in catalogue()]


def test_variables_are_found_by_words() -> None:
    rows = json.loads(cge("variables", "--json", "carbon", "price").stdout)
    found = {row["name"]: row for row in rows}
    assert found["carbon_price"]["unit"] == "CNY/t"
    assert found["carbon_price"]["dims"] == ["region"]
    assert all("price" in row["name"] + row["meaning"] for row in rows)


@pytest.mark.parametrize(
    ("words", "place", "offered"),
    [("cge scen", 1, ["scenario", "scenarios"]), ("cge run fro", 2, ["frozen"])],
)
def test_a_shell_completes_commands_and_scenarios(
    words: str, place: int, offered: list[str], plain_environment: dict[str, str], repository: Path
) -> None:
    asked = {"_CGE_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(place)}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; sys.argv[0] = 'cge'; from cge.cli import main; main()"],
        env={**plain_environment, **asked},
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert sorted(done.stdout.split()) == offered
