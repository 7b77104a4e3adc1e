"""Kills and full disks while results are written: an old set, a new one or none, no mixture."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cge.results import FILES, check_results
from tests.results.made_up import baseline_and_policy

KILLS, SIZES = 50, 30
PROGRAM = Path(__file__).with_name("hostile.py")


def attempts(what: str, place: Path, repository: Path, times: int) -> list[dict[str, Any]]:
    """What became of results that were written again and again."""
    (place / "paths").write_bytes(pickle.dumps(baseline_and_policy()))
    (place / "disk").mkdir()
    arguments = [sys.executable, PROGRAM, what, place / "paths", place / "disk", str(times)]
    environment = {**os.environ, "PYTHONPATH": str(repository), "TMPDIR": str(place)}
    done = subprocess.run(
        arguments, env=environment, cwd=place, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def kind(found: dict[str, Any], old: str, new: str) -> str:
    """Whether a folder holds the old set, the new one or none, and nothing in between."""
    assert found["changed"] == []
    if "results.nc" not in found["names"]:
        return "none"
    assert found["run"] in (old, new), found
    assert set(FILES) <= set(found["names"])
    return "old" if found["run"] == old else "new"


def test_killed_at_any_instant(tmp_path: Path, repository: Path) -> None:
    every = attempts("kill", tmp_path, repository, KILLS)
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


def test_files_too_large_at_any_size(tmp_path: Path, repository: Path) -> None:
    every = attempts("limit", tmp_path, repository, SIZES)
    refused = refusals(every)
    assert SIZES / 2 < len(refused) < SIZES == len(every)
    assert all("File too large" in found["said"] for found in refused)
    assert all("Nor could results be kept elsewhere" in found["said"] for found in refused)


def can_mount(place: Path) -> bool:
    """Whether we may make a small file system here."""
    if os.geteuid() != 0 or not sys.platform.startswith("linux"):
        return False
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", place], capture_output=True, check=False
    )
    return (
        mounted.returncode == 0 and subprocess.run(["umount", place], check=False).returncode == 0
    )


def test_disk_full_at_any_size(tmp_path: Path, repository: Path) -> None:
    if not can_mount(tmp_path):
        pytest.skip("needs the right to mount a file system")
    every = attempts("mount", tmp_path, repository, SIZES)
    refused = refusals(every)
    assert SIZES / 4 < len(refused) < SIZES == len(every)
    for found in refused:
        assert "No space left on device" in found["said"]
        kept = Path(found["said"].split("are kept in ")[1].strip())
        assert kept.parent == tmp_path
        assert check_results(kept)
