"""Every draw is there whole or not, the same wherever it is solved, and says why it failed."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cge.ensemble import (
    Cores,
    DrawsFailed,
    EnsembleError,
    Outcome,
    Outcomes,
    load_ensemble,
    load_outcomes,
    run_ensemble,
    solve_draw,
    store,
    task,
)
from cge.ensemble.changes import changed
from cge.ensemble.store import DRAWS, file_of
from cge.equilibrium import NotSolved
from cge.path import Interrupted, Pathway, run
from cge.results.headline import with_totals
from cge.scenario import Scenario
from sam.writing import TEMPORARY
from tests.ensemble.conftest import ENSEMBLE, FAILING, Here


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / DRAWS).iterdir()}


def test_every_draw_is_solved_at_its_point(whole: Outcomes) -> None:
    whole.check()
    assert whole.complete
    assert whole.done == tuple(range(8))
    prices = whole.values("carbon_price")[2021]
    assert prices.notna().all()
    assert prices.nunique() > 1
    assert set(whole.quantiles()["draws"]) == {8}


class Backwards(Here):
    """Solves what it has been handed last first, once that is all there is."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._max_workers = size
        self.held: list[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.held.append((future, fn, args))
        if len(self.held) == self._max_workers:
            for held, call, given in reversed(self.held):
                held.set_result(call(*given))
        return future


def test_a_stopped_ensemble_goes_on_and_no_order_matters(
    place: Path, whole: Outcomes, tmp_path: Path
) -> None:
    def stop(outcome: Outcome) -> None:
        if outcome.draw == 2:
            raise KeyboardInterrupt

    file, out = place / "ensemble.yaml", tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run_ensemble(file, out, executor=Here(), on_draw=stop)
    there = load_outcomes(out)
    assert not there.complete
    assert there.done == (0, 1, 2)
    with pytest.raises(EnsembleError, match="holds 3 of 8 draws of this ensemble; go on with"):
        run_ensemble(file, out)
    executor = Backwards(5)
    found = run_ensemble(file, out, executor=executor, resume=True)
    assert len(executor.held) == 5
    assert found.complete
    assert contents(out) == contents(whole.folder)
    assert not list(out.rglob(f"{TEMPORARY}*"))


class Breaking(Here):
    """Processes that one of eight draws kills, and with it all that was handed out beside it."""

    def __init__(self, poison: int) -> None:
        super().__init__()
        self._max_workers = 4
        self.poison, self.held = poison, list[Future[Any]]()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        died = BrokenProcessPool("one died")
        if len(self.held) == 8:  # from now on each is alone
            alone: Future[Any] = Future()
            if args[1] != self.poison:
                return super().submit(fn, *args, **kwargs)
            alone.set_exception(died)
            return alone
        self.held.append(Future())
        if len(self.held) == 8:
            for future in self.held:
                future.set_exception(died)
        return self.held[-1]


def test_a_draw_that_kills_its_process_takes_no_other_with_it(
    place: Path, whole: Outcomes, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    found = run_ensemble(place / "ensemble.yaml", out, executor=Breaking(5))
    assert list(found.lost) == [5]
    assert found.done == (0, 1, 2, 3, 4, 6, 7)
    with pytest.raises(
        DrawsFailed, match=r"1 draws were lost \(draw 5: BrokenProcessPool one died"
    ):
        found.check()
    run_ensemble(place / "ensemble.yaml", out, executor=Here(), resume=True).check()
    assert contents(out) == contents(whole.folder)


def test_blocks_of_draws_hold_what_the_draws_do(
    place: Path, whole: Outcomes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BLOCK", 3)
    out = tmp_path / "out"
    shutil.copytree(whole.folder, out)
    run_ensemble(place / "ensemble.yaml", out, resume=True)
    assert sorted(file.name for file in (out / "blocks").iterdir()) == [
        "0000000.parquet",
        "0000003.parquet",
    ]
    for file in (file_of(out, 0), file_of(out, 4)):
        file.write_bytes(b"")  # is not looked at
    copied = Outcomes(out, whole.about, whole.points, whole.done, ())
    pd.testing.assert_frame_equal(copied.table("gdp_real"), whole.table("gdp_real"))


def test_other_inputs_are_not_mixed_in(place: Path, whole: Outcomes) -> None:
    other = place / "other.yaml"
    other.write_text(ENSEMBLE.replace("seed: 1", "seed: 2"), encoding="utf-8")
    with pytest.raises(EnsembleError, match=r"rest on other inputs \(ensemble, points\)"):
        run_ensemble(other, whole.folder, resume=True)


def test_a_damaged_draw_is_named(place: Path, whole: Outcomes, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for file in ("ensemble.json", "design.parquet"):
        (tmp_path / "out" / file).write_bytes((whole.folder / file).read_bytes())
    (tmp_path / "out" / DRAWS).mkdir()
    content = file_of(whole.folder, 1).read_bytes()
    for wrong in (content[:-10], b"", file_of(whole.folder, 2).read_bytes()):
        file_of(tmp_path / "out", 1).write_bytes(wrong)
        with pytest.raises(EnsembleError, match=r"0000001.parquet: is (damaged|of another)"):
            load_outcomes(tmp_path / "out")


def test_a_draw_that_fails_says_why_and_leaves_the_others(place: Path, tmp_path: Path) -> None:
    """Shares above one are no shares: such draws are listed."""
    (place / "failing.yaml").write_text(FAILING, encoding="utf-8")
    found = run_ensemble(place / "failing.yaml", tmp_path / "out", executor=Here())
    wrong = [n for n, share in found.points.iloc[:, 0].items() if share > 1.0]
    assert 0 < len(wrong) < 4
    assert [failure.draw for failure in found.failures] == wrong
    assert "table resources.csv, line" in found.failures[0].reason
    assert found.complete
    assert set(found.quantiles()["draws"]) == {4 - len(wrong)}
    with pytest.raises(DrawsFailed, match=f"{len(wrong)} paths failed, such as draw"):
        found.check()


def test_a_year_without_equilibrium_is_named(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The years before it are kept."""
    solve = task.run

    def hard(scenario: Scenario, **given: Any) -> Pathway:
        path = solve(scenario, **given)
        if scenario.pools:
            raise Interrupted(2021, path.until(2020), NotSolved("no such cap", None))
        return path

    monkeypatch.setattr(task, "run", hard)
    outcome = solve_draw(load_ensemble(place / "ensemble.yaml").packed, 0)
    (failure,) = outcome.failures
    assert (failure.scenario, failure.year) == ("policy", 2021)
    assert "no such cap" in failure.reason
    rows = outcome.table.to_pandas()
    assert set(rows[rows["scenario"] == "policy"]["year"]) == {2020}
    assert set(rows[rows["scenario"] == "baseline"]["year"]) == {2020, 2021}


@pytest.mark.slow
def test_processes_give_the_same_to_the_last_bit(
    place: Path, whole: Outcomes, tmp_path: Path
) -> None:
    """One of them is killed on the way; what it had in hand is solved by another."""
    killed: list[int] = []

    def kill(outcome: Outcome) -> None:
        if not killed and executor._pool is not None:
            killed.append(next(iter(executor._pool._processes)))
            os.kill(killed[0], signal.SIGKILL)

    with Cores(1) as executor:
        found = run_ensemble(
            place / "ensemble.yaml", tmp_path / "out", executor=executor, on_draw=kill
        )
    assert killed
    assert not found.lost
    assert contents(tmp_path / "out") == contents(whole.folder)


def test_what_is_kept_is_what_the_path_reports(place: Path, whole: Outcomes) -> None:
    plan = load_ensemble(place / "ensemble.yaml")
    tables = changed(
        plan.tables, plan.ensemble.uncertain, plan.design.points[5], sectors=plan.sectors
    )
    path = run(plan.cases[0].scenario, assumptions=tables)
    kept = pq.read_table(file_of(whole.folder, 5)).to_pandas()
    for name in plan.variables:
        known = with_totals(path, name).sel(region=list(plan.regions)).to_numpy().ravel()
        rows = kept[(kept["variable"] == name) & (kept["scenario"] == "policy")]
        assert rows["value"].to_numpy() == pytest.approx(known, rel=1e-12, nan_ok=True)


def test_closures_share_draws_and_their_baseline(place: Path, tmp_path: Path) -> None:
    """Where real wages do not fall, people lose their work: the cap costs more in every draw."""
    file = place / "closures.yaml"
    kinds = "closures:\n  own: {}\n  stiff: {labour: fixed_real_wage}\n"
    file.write_text(ENSEMBLE.replace("sobol", "latin_hypercube") + kinds, encoding="utf-8")
    found = run_ensemble(file, tmp_path / "out", executor=Here())
    found.check()
    assert found.about["closures"] == ["own", "stiff"]
    lost = {
        closure: found.values("gdp_real", closure=closure, measure="per_cent")[2021]
        for closure in found.about["closures"]
    }
    assert list(lost["own"].index) == [0, 1]
    assert (lost["own"] < 0.0).all()
    assert (lost["stiff"] < lost["own"]).all()
    levels = found.table("gdp_real").pivot(
        index=["draw", "region", "year"], columns=["scenario", "closure"], values="value"
    )
    assert (levels["baseline", "stiff"] == levels["baseline", "own"]).all()  # it is solved once
