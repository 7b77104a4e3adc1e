"""The command solves on the workers of a scheduler, or says what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cge.cli import BAD_INPUT, app
from cge.ensemble import Outcomes, cluster
from cge.ensemble.store import DRAWS

distributed: Any = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def scheduler() -> Iterator[Any]:
    """A scheduler on this machine, without workers yet, which are threads of this process."""
    how: dict[str, Any] = {"processes": False, "dashboard_address": None, "protocol": "tcp"}
    with distributed.LocalCluster(**how, n_workers=0, threads_per_worker=1) as found:
        yield found


def test_workers_of_a_scheduler_solve_the_same_to_the_last_bit(
    place: Path, whole: Outcomes, scheduler: Any, tmp_path: Path
) -> None:
    out, file = tmp_path / "out", place / "ensemble.yaml"
    words = ["--dask", scheduler.scheduler_address, "--out", str(out), "--no-plots"]
    alone = CliRunner().invoke(app, ["ensemble", str(file), *words])
    assert alone.exit_code == BAD_INPUT
    assert "has no workers; begin some" in alone.stderr
    scheduler.scale(1)
    scheduler.wait_for_workers(1)
    done = CliRunner().invoke(app, ["ensemble", str(file), *words])
    assert done.exit_code == 0, done.output
    for draw in (whole.folder / DRAWS).iterdir():
        assert (out / DRAWS / draw.name).read_bytes() == draw.read_bytes()


def test_a_scheduler_that_does_not_answer_is_named(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 0.5)
    words = ["--dask", "tcp://127.0.0.1:1", "--out", str(tmp_path / "out")]
    done = CliRunner().invoke(app, ["ensemble", str(place / "ensemble.yaml"), *words])
    assert done.exit_code == BAD_INPUT
    assert "tcp://127.0.0.1:1 does not answer" in done.stderr
