"""A run that is cut and taken up again is the uncut one; what is no such run is refused."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cge.equilibrium import Equilibrium
from cge.path import (
    Pathway,
    Stopped,
    StoreError,
    accept,
    begin,
    load_pathway,
    load_pathways,
    nearby,
    opened,
    prepare,
    run,
    solve,
)
from cge.path.run import continued
from cge.path.store import ABOUT, ARCHIVE, archive
from cge.scenario import Scenario
from tests.path.conftest import LAST, Build

CAP = {2020: 1.0, LAST: 0.85}
CUT = 2021


@pytest.fixture(scope="module")
def policy(scenario: Build) -> Scenario:
    return scenario("policy", CAP)


@pytest.fixture(scope="module")
def whole(policy: Scenario, baseline: Pathway) -> Pathway:
    """The uncut run."""
    return run(policy, baseline=baseline)


@pytest.fixture
def cut(policy: Scenario, baseline: Pathway, tmp_path: Path) -> Path:
    """The folder of a run that was cut after two years."""

    def stop(year: int) -> None:
        if year == CUT:
            raise KeyboardInterrupt

    with pytest.raises(Stopped):
        run(policy, baseline=baseline, folder=tmp_path, on_year=stop)
    return tmp_path


def assert_same(one: Pathway, other: Pathway) -> None:
    """The same path to the last bit, whatever it goes on from included."""
    xr.testing.assert_identical(one.data, other.data)
    assert one.solves.equals(other.solves)
    assert one.balances.equals(other.balances)
    assert one.scenario == other.scenario
    assert one.inputs == other.inputs
    assert one.assumptions == other.assumptions
    assert one.geography == other.geography
    assert one.progress is not None
    assert other.progress is not None
    for mine, theirs in zip(arrays(one), arrays(other), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def arrays(path: Pathway) -> Iterator[np.ndarray]:
    assert path.progress is not None
    for part in (path.progress.stocks, path.progress.opening, *path.progress.last):
        yield from (part[name] for name in sorted(part))


def years_of(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/*.parquet"))


def test_a_cut_run_taken_up_again_is_the_uncut_one(
    cut: Path, policy: Scenario, baseline: Pathway, whole: Pathway
) -> None:
    solved: list[int] = []
    rest = run(policy, baseline=baseline, folder=cut, resume=True, on_year=solved.append)
    assert solved == [2022, 2023]
    assert_same(rest, whole)
    assert_same(load_pathway(cut), whole)


def test_a_run_that_is_not_resumed_begins_anew(
    cut: Path, policy: Scenario, baseline: Pathway, whole: Pathway
) -> None:
    solved: list[int] = []
    assert_same(run(policy, baseline=baseline, folder=cut, on_year=solved.append), whole)
    assert solved == list(range(2020, LAST + 1))


def test_every_year_is_there_as_soon_as_it_is_solved(
    policy: Scenario, baseline: Pathway, tmp_path: Path
) -> None:
    def look(year: int) -> None:
        part = load_pathway(tmp_path, partial=True)
        assert part.years == list(range(2020, year + 1))
        if year < LAST:
            with pytest.raises(StoreError, match=rf"has {year - 2019} of 4 years"):
                load_pathway(tmp_path)

    run(policy, baseline=baseline, folder=tmp_path, on_year=look)


def test_a_baseline_is_resumed_with_its_policy(
    policy: Scenario, baseline: Pathway, whole: Pathway, tmp_path: Path
) -> None:
    def stop(year: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Stopped):
        run(policy, folder=tmp_path, on_year=stop)
    solved: list[int] = []
    path = run(policy, folder=tmp_path, resume=True, on_year=solved.append)
    assert solved == [*range(2021, LAST + 1), *range(2020, LAST + 1)]
    assert_same(path, whole)
    first, second = load_pathways(tmp_path)
    assert_same(first, replace(baseline, scenario=policy.baseline()))
    assert_same(second, whole)


def test_the_last_equilibrium_is_worked_out_to_the_last_bit(
    policy: Scenario, baseline: Pathway
) -> None:
    """Where extrapolation fails the next year is looked for from it, so it must be the same."""
    current = begin(prepare(policy, baseline=baseline))
    for year in (2020, 2021, 2022):
        at = opened(current, year)
        accept(current, at, solve(current, at))
        had = current.progress.solved
        again = continued(current, replace(current.progress, solved=None)).solved
        assert isinstance(had, Equilibrium)
        assert isinstance(again, Equilibrium)
        assert had.values.keys() == again.values.keys()
        for name, value in had.values.items():
            np.testing.assert_array_equal(again.values[name], value, err_msg=name)
        for name, value in had.unknowns.items():
            np.testing.assert_array_equal(again.unknowns[name], value, err_msg=name)


def test_a_cut_run_goes_on_alike_where_extrapolation_fails(
    cut: Path, policy: Scenario, baseline: Pathway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nearby.Nearby, "_any", lambda *_: None)
    monkeypatch.setattr(nearby, "WEIGHTS", (np.nan,))
    run(policy, baseline=baseline, folder=cut)
    uncut = load_pathway(cut)
    for file in years_of(cut)[2:]:
        file.unlink()
    assert_same(run(policy, baseline=baseline, folder=cut, resume=True), uncut)


def test_a_path_goes_on_to_later_years(scenario: Build, baseline: Pathway, whole: Pathway) -> None:
    """A path and its beginning are the same, so that either can be continued."""
    short = run(scenario("policy", CAP, 2022), baseline=baseline)
    xr.testing.assert_identical(short.data, whole.data.sel(year=[2020, 2021, 2022]))
    assert_same(run(scenario("policy", CAP), baseline=baseline, after=short), whole)
    assert_same(
        run(scenario("baseline", None), after=run(scenario("baseline", None, 2021))), baseline
    )


def test_a_path_does_not_go_on_from_another(scenario: Build, baseline: Pathway) -> None:
    short = run(scenario("policy", CAP, 2021), baseline=baseline)
    with pytest.raises(StoreError, match=r"cannot go on from a path of other inputs \(scenario\)"):
        run(scenario("policy", {2020: 1.0, LAST: 0.8}), baseline=baseline, after=short)
    with pytest.raises(StoreError, match=r"carries no stocks"):
        run(scenario("policy", CAP), baseline=baseline, after=short.until(2020))
    with pytest.raises(StoreError, match=r"a path to 2021, which is later"):
        run(scenario("policy", CAP, 2020), baseline=baseline, after=short)
    other = baseline.data.assign(productivity=1.01 * baseline.data["productivity"])
    with pytest.raises(StoreError, match=r"a path of another baseline"):
        run(scenario("policy", CAP), baseline=replace(baseline, data=other), after=short)


def test_a_part_of_a_path_is_a_path_and_a_baseline(
    scenario: Build, baseline: Pathway, whole: Pathway
) -> None:
    part = baseline.until(2021)
    assert part.scenario.last == 2021
    assert part.years == [2020, 2021]
    xr.testing.assert_identical(
        run(scenario("policy", CAP, 2021), baseline=part).data, whole.data.sel(year=[2020, 2021])
    )


def test_what_is_resumed_must_rest_on_the_same_inputs(
    cut: Path, scenario: Build, baseline: Pathway
) -> None:
    other = scenario("policy", {2020: 1.0, LAST: 0.8})
    with pytest.raises(
        StoreError, match=r"of scenario 'policy' there rest on other .*\(scenario\)"
    ):
        run(other, baseline=baseline, folder=cut, resume=True)
    assert run(other, baseline=baseline, folder=cut).years == list(other.years)


def test_what_fails_elsewhere_is_not_blamed_on_the_folder(
    policy: Scenario, baseline: Pathway, tmp_path: Path
) -> None:
    def lost(year: int) -> None:
        raise FileNotFoundError("of whoever looks on")

    with pytest.raises(FileNotFoundError, match="of whoever looks on"):
        run(policy, baseline=baseline, folder=tmp_path, on_year=lost)


@pytest.mark.parametrize("damage", [b"", b"no file of Parquet", "half", "one byte"])
def test_a_damaged_year_is_refused(
    damage: bytes | str, cut: Path, policy: Scenario, baseline: Pathway
) -> None:
    file = years_of(cut)[-1]
    content = file.read_bytes()
    if damage == "half":
        damage = content[: len(content) // 2]
    elif damage == "one byte":
        k = len(content) // 2
        damage = content[:k] + bytes([content[k] ^ 1]) + content[k + 1 :]
    file.write_bytes(damage)  # type: ignore[arg-type]
    with pytest.raises(StoreError, match=r"2021.parquet: is damaged .* from the year before"):
        run(policy, baseline=baseline, folder=cut, resume=True)


def test_damaged_words_are_refused(cut: Path) -> None:
    file = next(cut.glob(f"*/{ABOUT}"))
    content = file.read_text(encoding="utf-8")
    for damage in ("", content[:-9], content.replace("0.", "9.", 1), "{}", "[1]"):
        file.write_text(damage, encoding="utf-8")
        with pytest.raises(StoreError, match=r"about.json: is damaged"):
            load_pathway(cut, partial=True)


def test_a_year_that_is_missing_ends_what_is_there(cut: Path) -> None:
    years_of(cut)[0].unlink()
    assert load_pathway(cut, partial=True).years == []


def test_a_full_disk_leaves_the_years_of_before(
    policy: Scenario, baseline: Pathway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    def fills(year: int) -> None:
        if year == CUT:
            monkeypatch.setattr(os, "fsync", full)

    with pytest.raises(StoreError, match=r"cannot be written \(No space left"):
        run(policy, baseline=baseline, folder=tmp_path, on_year=fills)
    monkeypatch.undo()
    assert [file.name for file in years_of(tmp_path)] == ["2020.parquet", "2021.parquet"]
    assert load_pathway(tmp_path, partial=True).years == [2020, 2021]


def test_no_two_runs_write_the_same_path(
    policy: Scenario, baseline: Pathway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sam.writing.PATIENCE", 0.0)

    def second(year: int) -> None:
        run(policy, baseline=baseline, folder=tmp_path)

    with pytest.raises(StoreError, match="another run is using it"):
        run(policy, baseline=baseline, folder=tmp_path, on_year=second)


def test_an_archive_holds_paths_to_the_last_bit(
    policy: Scenario, baseline: Pathway, whole: Pathway, tmp_path: Path
) -> None:
    content = archive([baseline, whole])
    assert content == archive([baseline, whole])
    many = archive([baseline] * 11 + [whole])
    (tmp_path / "many.zip").write_bytes(many)
    assert load_pathways(tmp_path / "many.zip")[-1].scenario == policy
    (tmp_path / ARCHIVE).write_bytes(content)
    first, second = load_pathways(tmp_path)
    assert_same(first, baseline)
    assert_same(second, whole)
    assert_same(load_pathway(tmp_path / ARCHIVE, "baseline"), baseline)
    assert_same(run(policy, baseline=first), whole)


def test_what_holds_no_paths_is_named(whole: Pathway, tmp_path: Path) -> None:
    for place, why in (
        (tmp_path / "nowhere", "no such file or folder"),
        (tmp_path, "holds no path; name a folder that cge run has written"),
    ):
        with pytest.raises(StoreError, match=why):
            load_pathway(place)
    file = tmp_path / ARCHIVE
    file.write_bytes(archive([whole])[:-100])
    with pytest.raises(StoreError, match=r"pathways.zip: holds no paths"):
        load_pathway(tmp_path)
    file.write_bytes(archive([whole]))
    with pytest.raises(StoreError, match=r"did you mean 'policy'"):
        load_pathway(tmp_path, "polcy")
    with zipfile.ZipFile(file) as content:
        assert content.testzip() is None


def test_progress_with_other_stocks_is_refused(
    whole: Pathway, policy: Scenario, baseline: Pathway
) -> None:
    assert whole.progress is not None
    foreign = replace(whole.progress, stocks={**whole.progress.stocks, "bank": np.zeros(2)})
    with pytest.raises(ValueError, match=r"other stocks than this economy \(bank\)"):
        run(policy, baseline=baseline, after=foreign)


def test_a_run_of_no_years_leaves_nothing(
    policy: Scenario, baseline: Pathway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(nearby.Nearby, "found", stopped)
    with pytest.raises(Stopped):
        run(policy, baseline=baseline, folder=tmp_path / "deep" / "out")
    assert list(tmp_path.iterdir()) == []
