"""Projects on the command line, on a tiny economy."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import yaml
from typer.testing import CliRunner, Result

from cge.cli import BAD_INPUT, app
from cge.projects import available_projects, load_project
from tests.economies import tiny_dataset, write_dataset


def cge(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_shipped_projects_are_listed() -> None:
    shown = cge("assess", "--list").stdout
    assert all(name in shown for name in available_projects())


def test_a_project_is_told_by_phase_and_written_whole(tmp_path: Path) -> None:
    folder = write_dataset(tiny_dataset(), tmp_path / "economy")
    pools = [{"name": "all", "regions": ["A", "B"]}]
    scenario = {"name": "plain", "dataset": str(folder), "last": 2022, "pools": pools}
    project = load_project("blue_carbon").model_dump(exclude_none=True)
    project["provinces"]["shares"], project["basket"]["shares"] = {"A": 1.0}, {"GEM": 1.0}
    project["operation"]["basket"]["shares"] = {"TRD": 1.0}
    project["years"] |= {"first": 2021, "last": 2021}
    project["abatement"]["first"] = 2022
    for name, content in (("plain", scenario), ("mine", project)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
    files = [tmp_path / name for name in ("mine.yaml", "plain.yaml", "all.csv")]
    done = cge("assess", files[0], "--scenario", files[1], "--end", "high", "--csv", files[2])
    assert done.exit_code == 0, done.output
    assert all(phase in done.stdout for phase in ("construction", "operation", "interaction"))
    table = pd.read_csv(files[2])
    assert set(table["phase"]) == {"construction", "operation", "project"}
    taken = table[(table["variable"] == "co2_uptake") & (table["phase"] == "project")]
    assert taken.set_index("year")["with"].loc[2022] == 0.1


def test_what_is_unknown_is_bad_input() -> None:
    done = cge("assess", "blue_carbn")
    assert done.exit_code == BAD_INPUT
    assert "did you mean 'blue_carbon'" in done.stderr
