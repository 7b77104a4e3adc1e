"""An ensemble in a process of its own, to be killed: python solving.py FILE FOLDER JOBS."""

from __future__ import annotations

import sys
from pathlib import Path

from cge.ensemble import Outcome, run_ensemble


def told(outcome: Outcome) -> None:
    """Say that a draw is solved, to whoever kills."""
    print(outcome.draw, flush=True)


if __name__ == "__main__":
    file, folder, jobs = sys.argv[1:]
    run_ensemble(Path(file), folder, jobs=int(jobs), resume=True, on_draw=told)
