"""Kills and full disks while results are written: an old set, a new one or none, no mixture."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cge.results import FILES, check_results
from tests.results.made_up import baseline_and_policy

KILLS, SIZES = 30, 20
PROGRAM = Path(__file__).with_name("hostile.py")


@dataclass(frozen=True)
class Attempts:
    """What became of results that were written again and again.

    Attributes:
        place: where temporary files are.
        every: how each attempt ended, by what was done to it.
    """

    place: Path
    every: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def attempts(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Attempts:
    place = tmp_path_factory.mktemp("hostile")
    (place / "paths").write_bytes(pickle.dumps(baseline_and_policy()))
    (place / "disk").mkdir()
    wanted = {"kill": KILLS, "limit": SIZES} | ({"mount": SIZES} if can_mount(place) else {})
    words = [word for what, times in wanted.items() for word in (what, str(times))]
    done = subprocess.run(
        [sys.executable, PROGRAM, place / "paths", place / "disk", *words],
        env={**os.environ, "PYTHONPATH": str(repository), "TMPDIR": str(place)},
        cwd=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return Attempts(
        place, {what: [each for each in found if each["what"] == what] for what in wanted}
    )


def can_mount(place: Path) -> bool:
    """Whether we may make a small file system here."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return False
    mount = ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", place]
    commands = (mount, ["umount", place])
    return all(
        subprocess.run(each, capture_output=True, check=False).returncode == 0 for each in commands
    )


def kind(found: dict[str, Any], old: str, new: str) -> str:
    """Whether a folder holds the old set, the new one or none, and nothing in between."""
    assert found["changed"] == []
    if "results.nc" not in found["names"]:
        return "none"
    assert found["run"] in (old, new), found
    assert set(FILES) <= set(found["names"])
    return "old" if found["run"] == old else "new"


def test_killed_at_any_instant(attempts: Attempts) -> None:
    every = attempts.every["kill"]
    assert len(every) == KILLS
    old = every[0]["next"]["run"]
    new = next(found["run"] for found in every if found["run"] not in (None, old))
    seen = Counter()
    for found in every:
        state = kind(found, old, new)
        seen[state] += 1
        assert found["code"] in (-9, 0)
        assert state == "new" or found["code"] == -9
        assert state != "old" or found["earlier"]
        assert found["next"]["names"] == sorted(FILES)
        assert found["next"]["run"] == old
    assert set(seen) == {"old", "new", "none"}


def refusals(every: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Attempts that a disk refused: exit code 2, one line, the folder as it was."""
    refused = [found for found in every if found["code"] != 0]
    for found in refused:
        assert found["code"] == 2, found
        *_, line = found["said"].splitlines()
        assert line.startswith("Error: output folder")
        assert "Traceback" not in found["said"]
        assert (found["names"], found["run"]) == (found["before"]["names"], found["before"]["run"])
        assert not found["enough"]
    for found in every:
        if found["code"] == 0:
            assert found["names"] == sorted(FILES)
            assert found["run"] not in (None, found["before"]["run"])
    return refused


def test_files_too_large_at_any_size(attempts: Attempts) -> None:
    every = attempts.every["limit"]
    refused = refusals(every)
    assert SIZES / 2 < len(refused) < SIZES == len(every)
    assert all("File too large" in found["said"] for found in refused)
    assert all("Nor could results be kept elsewhere" in found["said"] for found in refused)


def test_disk_full_at_any_size(attempts: Attempts) -> None:
    if "mount" not in attempts.every:
        pytest.skip("needs the right to mount a file system")
    every = attempts.every["mount"]
    refused = refusals(every)
    assert SIZES / 4 < len(refused) < SIZES == len(every)
    for found in refused:
        assert "No space left on device" in found["said"]
        kept = Path(found["said"].split("are kept in ")[1].strip())
        assert kept.parent == attempts.place
        assert check_results(kept)
