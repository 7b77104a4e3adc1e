"""A run of a tiny economy in a process of its own, killed at the n-th call that writes.

python killed.py DATASET FOLDER LAST [CALL]
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cge.path import run
from cge.scenario import Pool, Scenario
from sam import writing

CALLS = ("write", "fsync", "replace")
"""What a file takes to be on the disk under its name: in this order, and the folder's fsync."""


def kill_at(call: int) -> None:
    """Kill this process before the n-th call, or half-way through it where it writes."""
    left = call

    def counted(name: str) -> Any:
        plain = getattr(os, name)

        def touch(*arguments: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                if name == "write":
                    plain(arguments[0], bytes(arguments[1])[: len(arguments[1]) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            return plain(*arguments)

        return touch

    writing.os = SimpleNamespace(**{**vars(os), **{name: counted(name) for name in CALLS}})


def policy(dataset: Path, last: int) -> Scenario:
    """A scenario with a cap."""
    pool = Pool(name="all", regions=["A", "B"], cap={2020: 1.0, last: 0.85})
    return Scenario(name="policy", dataset=dataset, last=last, pools=[pool])


if __name__ == "__main__":
    place, folder, last, *rest = sys.argv[1:]

    def told(year: int) -> None:
        """Say that a year is solved, to whoever kills; begin to count with the first."""
        print(year, flush=True)

    if rest:
        kill_at(int(rest[0]))
    run(policy(Path(place), int(last)), folder=folder, resume=True, on_year=told)
