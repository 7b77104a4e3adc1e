"""A run that is cut and taken up again is the uncut one; what is no such run is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cge.path import Pathway, Run, accept, begin, finish, opened, prepare, run, solve
from cge.path.store import StoreError, load, save
from tests.path.conftest import LAST, Build

CAP = {2020: 1.0, LAST: 0.85}
CUT = 2021


@pytest.fixture(scope="module")
def cut(scenario: Build, baseline: Pathway) -> Run:
    """A run that stops after two years."""
    current = begin(prepare(scenario("policy", CAP), baseline=baseline))
    for year in range(2020, CUT + 1):
        at = opened(current, year)
        accept(current, at, solve(current, at))
    return current


def test_a_cut_run_taken_up_again_is_the_uncut_one(
    cut: Run, scenario: Build, baseline: Pathway, tmp_path: Path
) -> None:
    save(cut.progress, cut.setting, tmp_path / "progress.npz")
    progress = load(tmp_path / "progress.npz", cut.setting)
    whole = run(scenario("policy", CAP), baseline=baseline)
    rest = run(scenario("policy", CAP), baseline=baseline, after=progress)
    xr.testing.assert_identical(rest.data, whole.data)
    assert rest.solves.equals(whole.solves)
    assert [file.name for file in tmp_path.iterdir()] == ["progress.npz"]


def test_all_that_is_carried_is_kept(cut: Run, tmp_path: Path) -> None:
    save(cut.progress, cut.setting, tmp_path / "progress.npz")
    progress = load(tmp_path / "progress.npz", cut.setting)
    stocks = {stock.name for stock in cut.compiled.economy.stocks}
    assert set(progress.stocks) == stocks
    for name in stocks:
        np.testing.assert_array_equal(progress.stocks[name], cut.progress.stocks[name])


def test_progress_of_another_scenario_is_refused(
    cut: Run, scenario: Build, baseline: Pathway, tmp_path: Path
) -> None:
    save(cut.progress, cut.setting, tmp_path / "progress.npz")
    other = prepare(scenario("policy", {2020: 1.0, LAST: 0.8}), baseline=baseline)
    with pytest.raises(StoreError, match=r"is of another run, whose scenario differ"):
        load(tmp_path / "progress.npz", other)


def test_a_damaged_file_is_refused(cut: Run, tmp_path: Path) -> None:
    file = tmp_path / "progress.npz"
    save(cut.progress, cut.setting, file)
    whole = file.read_bytes()
    for part in (whole[: len(whole) // 2], b"", b"no archive"):
        file.write_bytes(part)
        with pytest.raises(StoreError, match=r"holds no progress of a run"):
            load(file, cut.setting)


def test_a_full_disk_leaves_the_progress_of_before(
    cut: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "progress.npz"
    save(cut.progress, cut.setting, file)
    before = file.read_bytes()
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"progress.npz: cannot be written \(No space left"):
        save(replace(cut.progress, solves=()), cut.setting, file)
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [before]


def test_progress_with_other_stocks_is_refused(
    cut: Run, scenario: Build, baseline: Pathway
) -> None:
    foreign = replace(cut.progress, stocks={**cut.progress.stocks, "bank": np.zeros(2)})
    with pytest.raises(ValueError, match=r"other stocks than this economy \(bank\)"):
        run(scenario("policy", CAP), baseline=baseline, after=foreign)


def test_a_cut_run_is_a_path_of_its_years(cut: Run) -> None:
    assert finish(cut).data["year"].to_numpy().tolist() == [2020, CUT]
