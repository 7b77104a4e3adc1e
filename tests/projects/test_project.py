"""Projects that ship, and files that say something wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from calibration import load_assumptions
from cge.projects import ProjectError, available_projects, load_project
from sam import load_dataset

AMOUNT_OF_ALL = (10_000.0, 20_000.0)
"""The report's total: 1 to 2 trillion yuan, in 1e8 CNY."""


def test_the_ten_projects_cost_what_the_report_says() -> None:
    projects = [load_project(name) for name in available_projects()]
    assert len(projects) == 10
    assert sum(p.amount.low for p in projects) == pytest.approx(AMOUNT_OF_ALL[0], rel=0.01)
    assert sum(p.amount.high for p in projects) == pytest.approx(AMOUNT_OF_ALL[1], rel=0.01)


@pytest.mark.parametrize("name", available_projects())
def test_shipped_projects_fit_the_shipped_economy(name: str) -> None:
    dataset = load_dataset("yrd2020")
    labels = {
        "region": tuple(dataset.regions),
        "sector": tuple(dataset.sectors["code"]),
        "technology": tuple(load_assumptions().plants.generation),
    }
    load_project(name).check(labels, ("COL", "OIL", "GAS", "REF", "COK", "ELE"))


def test_an_unknown_project_is_told_the_nearest_name() -> None:
    with pytest.raises(ProjectError, match="did you mean 'offshore_wind'"):
        load_project("ofshore_wind")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("amount:", "amuont:", "line 6, amuont: unknown key 'amuont'"),
        ("ELM: 0.3,", "ELM: 0.4,", "basket: shares are 1.1 in all; let them be"),
        ("low: 2700", "low: 9000", "amount: low 9000 exceeds high 5200"),
        ("last: 2030", "last: 2020", "years: first year 2026 is after the last, 2020"),
        ("gw:", "mw:", "line 30, plants.mw: unknown key 'mw'"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    old: str, new: str, told: str, tmp_path: Path, repository: Path
) -> None:
    shipped = repository / "cge" / "projects" / "shipped" / "offshore_wind.yaml"
    text = shipped.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "mine.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ProjectError) as caught:
        load_project(file)
    assert told in str(caught.value)
    assert f"project {file}, line " in str(caught.value)
