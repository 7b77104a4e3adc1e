"""A run that is killed at any instant goes on to the last bit, and never looks complete before."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cge.path import Pathway, StoreError, load_pathways, run
from sam.writing import TEMPORARY
from tests.path import killed
from tests.path.test_store import assert_same

LAST, LONG = 2022, 2030
INSTANTS = 200


@pytest.fixture(scope="module")
def whole(folder: Path) -> list[Pathway]:
    """The uncut run: baseline and policy."""
    policy = killed.policy(folder, LAST)
    baseline = run(policy.baseline())
    return [baseline, run(policy, baseline=baseline)]


def start(
    dataset: Path, out: Path, last: int = LAST, call: int | None = None
) -> subprocess.Popen[bytes]:
    words = [killed.__file__, str(dataset), str(out), str(last), *([str(call)] if call else [])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, *words], env=environment, stdout=subprocess.PIPE)


def check(out: Path, whole: list[Pathway]) -> int:
    """Assert that all that is there is of the uncut run; how many years there are."""
    if not out.is_dir():
        return 0
    try:
        there = load_pathways(out, partial=True)
    except StoreError as error:
        assert "holds no path" in str(error)  # noqa: PT017
        return 0
    for part, uncut in zip(there, whole, strict=False):
        assert part.scenario == uncut.scenario
        if part.years:
            assert part.data.identical(uncut.data.sel(year=part.years))
    complete = [len(part.solves) == len(part.scenario.years) for part in there]
    if not all(complete):
        with pytest.raises(StoreError, match=r"has \d+ of \d+ years"):
            load_pathways(out)
    return sum(len(part.solves) for part in there)


def test_a_run_killed_again_and_again_equals_the_uncut_one(
    folder: Path, whole: list[Pathway], tmp_path: Path
) -> None:
    """A file takes four calls, and what years rest on is one: in the middle of writing the second
    year of the baseline, and before the first year of the policy has its name.
    """
    years = []
    for call in (9, 19):
        process = start(folder, tmp_path / "out", call=call)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        years.append(check(tmp_path / "out", whole))
    assert years == [1, 3]
    process = start(folder, tmp_path / "out")
    process.communicate()
    assert process.returncode == 0
    for path, uncut in zip(load_pathways(tmp_path / "out"), whole, strict=True):
        assert_same(path, uncut)
    assert not list(tmp_path.rglob(f"{TEMPORARY}*"))


@pytest.mark.slow
def test_runs_killed_at_random_instants_equal_the_uncut_one(folder: Path, tmp_path: Path) -> None:
    """Each run is killed again and again, anywhere from its start to within a write, until it is
    through; then the next begins.
    """
    rng, instants, runs = random.Random(0), 0, 0
    policy = killed.policy(folder, LONG)
    baseline = run(policy.baseline())
    whole = [baseline, run(policy, baseline=baseline)]
    while instants < INSTANTS:
        out = tmp_path / str(runs)
        process = start(folder, out, LONG)
        assert process.stdout is not None
        for _ in range(rng.randrange(4)):
            process.stdout.readline()
        time.sleep(rng.uniform(0.0, 3.0) if rng.random() < 0.1 else rng.uniform(0.0, 0.2))
        process.kill()
        process.communicate()
        instants += process.returncode == -signal.SIGKILL
        if check(out, whole) == 2 * len(policy.years):
            for path, uncut in zip(load_pathways(out), whole, strict=True):
                assert_same(path, uncut)
            runs += 1
    assert runs > INSTANTS / 20
