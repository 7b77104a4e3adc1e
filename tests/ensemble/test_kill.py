"""An ensemble that is killed at any instant goes on to the last bit; so does one on a cluster."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cge.ensemble import EnsembleError, Outcome, Outcomes, load_outcomes, run_ensemble
from cge.ensemble.store import DRAWS
from sam.writing import TEMPORARY
from tests.ensemble import solving
from tests.ensemble.conftest import ENSEMBLE, Here

INSTANTS = int(os.environ.get("M3C_KILLS", "20"))
"""How often the ensemble is killed."""


def contents(folder: Path) -> dict[str, bytes]:
    """Draws by name, without what a killed write has left."""
    return {file.name: file.read_bytes() for file in (folder / DRAWS).glob("[0-9]*")}


def start(place: Path, out: Path) -> subprocess.Popen[bytes]:
    words = [solving.__file__, str(place / "ensemble.yaml"), str(out), "2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.PIPE)


def check(out: Path, whole: Outcomes) -> None:
    """Assert that all that is there is of the uncut ensemble, and that it says what is not."""
    try:
        there = load_outcomes(out)
    except EnsembleError as error:
        assert "holds no ensemble" in str(error)  # noqa: PT017
        return
    known, found = contents(whole.folder), contents(out)
    assert all(known[name] == content for name, content in found.items())
    assert len(there.done) == len(found)
    assert there.complete == (len(found) == len(known))


@pytest.mark.slow
def test_ensembles_killed_at_random_instants_equal_the_uncut_one(
    place: Path, whole: Outcomes, tmp_path: Path
) -> None:
    """Killed again and again, between the start and the end, within a solve or a write; none of its
    processes outlives it.
    """
    rng, instants, runs = random.Random(0), 0, 0
    while instants < INSTANTS:
        out = tmp_path / str(runs)
        with start(place, out) as process:
            assert process.stdout is not None
            for _ in range(rng.randrange(4)):
                process.stdout.readline()
            time.sleep(rng.uniform(0.0, 5.0) if rng.random() < 0.2 else rng.uniform(0.0, 0.3))
            process.kill()
            process.stdout.read()  # ends when all that hold it have ended
        assert process.returncode in (0, -signal.SIGKILL)
        instants += process.returncode == -signal.SIGKILL
        check(out, whole)
        if (out / DRAWS).is_dir() and contents(out) == contents(whole.folder):
            runs += 1
    done = start(place, out)
    done.communicate()
    assert done.returncode == 0
    assert contents(out) == contents(whole.folder)
    assert not list(out.rglob(f"{TEMPORARY}*"))
    assert runs > 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_cluster_one_of_whose_two_workers_is_killed_loses_nothing(
    place: Path, tmp_path: Path
) -> None:
    distributed: Any = pytest.importorskip("distributed")
    many = place / "many.yaml"
    many.write_text(ENSEMBLE.replace("count: 2", "count: 4"), encoding="utf-8")
    whole = run_ensemble(many, tmp_path / "whole", executor=Here())
    killed: list[int] = []
    solved: list[int] = []

    def kill(outcome: Outcome) -> None:
        solved.append(outcome.draw)
        if len(solved) == 4:
            killed.append(next(iter(client.run(os.getpid).values())))
            os.kill(killed[0], signal.SIGKILL)

    how: dict[str, Any] = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(**how, silence_logs=50) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = run_ensemble(
            many,
            tmp_path / "out",
            executor=client.get_executor(pure=False),
            ahead=4,
            on_draw=kill,
        )
    assert killed
    assert not found.lost
    assert found.complete
    assert sorted(solved) == list(range(16))  # each once
    assert contents(tmp_path / "out") == contents(whole.folder)
