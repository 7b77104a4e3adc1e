"""A baseline is solved once, found by all that it rests on, and the same to the last bit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cge.path import Pathway, baselines, run, versions
from cge.scenario import Scenario
from tests.path.conftest import LAST, Build
from tests.path.test_store import assert_same


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty shelf."""
    monkeypatch.setattr(baselines, "shelf", lambda: tmp_path)
    return tmp_path


def solved(scenario: Scenario, **how: object) -> tuple[Pathway, list[int]]:
    """A path from whatever is kept, and the years that were solved for it."""
    years: list[int] = []
    return run(scenario, cache=True, on_year=years.append, **how), years  # type: ignore[arg-type]


def test_a_baseline_is_solved_once(scenario: Build, baseline: Pathway) -> None:
    first, years = solved(scenario("baseline", None))
    assert years == list(range(2020, LAST + 1))
    again, years = solved(scenario("another name", None))
    assert years == []
    assert again.scenario.name == "another name"
    assert_same(first, baseline)
    assert again.data.identical(baseline.data)


def test_policies_share_it(scenario: Build, baseline: Pathway, shelf: Path) -> None:
    policies = [
        scenario(name, {2020: 1.0, 2021: cap}, 2021) for name, cap in (("a", 0.9), ("b", 0.8))
    ]
    path, years = solved(policies[0])
    assert years == [2020, 2021, 2020, 2021]
    path, years = solved(policies[1])
    assert years == [2020, 2021]
    assert path.data.identical(run(policies[1], baseline=baseline).data)
    assert len(list(shelf.iterdir())) == 1


def test_a_shorter_one_is_gone_on_from_and_a_longer_one_is_cut(
    scenario: Build, baseline: Pathway
) -> None:
    solved(scenario("baseline", None, 2021))
    path, years = solved(scenario("baseline", None))
    assert years == [2022, 2023]
    assert_same(path, baseline)
    path, years = solved(scenario("baseline", None, 2022))
    assert (path.years, years) == ([2020, 2021, 2022], [])
    assert path.scenario.last == 2022


def test_another_program_has_another_baseline(
    scenario: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    solved(scenario("baseline", None, 2020))
    monkeypatch.setattr(versions, "source", lambda package: f"{package}, edited")
    versions.program.cache_clear()
    try:
        assert solved(scenario("baseline", None, 2020))[1] == [2020]
    finally:
        versions.program.cache_clear()


def test_a_damaged_one_is_solved_anew(
    scenario: Build, shelf: Path, caplog: pytest.LogCaptureFixture
) -> None:
    short = scenario("baseline", None, 2020)
    solved(short)
    (file,) = shelf.iterdir()
    file.write_bytes(file.read_bytes()[:1000])
    assert solved(short)[1] == [2020]
    assert "It is solved anew" in caplog.text
    assert solved(short)[1] == []


def test_those_used_longest_ago_go(
    scenario: Build, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(baselines, "KEPT", 2)
    for k in range(2):
        (shelf / f"{k}.zip").touch()
        os.utime(shelf / f"{k}.zip", (k, k))
    solved(scenario("baseline", None, 2020))
    assert {file.name for file in shelf.iterdir()} > {"1.zip"}
    assert not (shelf / "0.zip").exists()


def test_without_a_shelf_it_is_solved(scenario: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(baselines, "shelf", lambda: None)
    for _ in range(2):
        assert solved(scenario("baseline", None, 2020))[1] == [2020]
