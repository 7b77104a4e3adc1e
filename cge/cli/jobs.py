"""Scenarios beside each other: a process for each, on a core of its own.

Processes hand nothing over but files: the baseline in an archive, every solved year in the folder
of the run. So whatever becomes of one, the years of all are there, and ``--resume`` goes on.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from cge.cli.shared import BAD_INPUT, NO_SOLUTION, exit_code, say

if TYPE_CHECKING:
    from cge.path import Pathway
    from cge.scenario import Scenario


class JobFailed(RuntimeError):
    """A scenario was not solved in its process."""


class JobRefused(ValueError):
    """A scenario could not be begun, or its years not be written."""


class _Job(NamedTuple):
    """A scenario in its process, and where that says how it ended."""

    scenario: Scenario
    process: SpawnProcess
    told: Connection
    core: int | None


def solve_beside(
    scenarios: Sequence[Scenario], baseline: Pathway, *, folder: Path, resume: bool, jobs: int
) -> Iterator[Pathway]:
    """Solve scenarios, some at a time; paths come in the order of the scenarios.

    Arguments:
        scenarios: with pools.
        baseline: of all of them.
        folder: where years are kept.
        resume: whether to go on from years that are there.
        jobs: how many at a time.

    Raises:
        JobFailed: a scenario has no equilibrium in a year, or its process was killed.
        JobRefused: a scenario does not fit its dataset or baseline, or the folder is not writable.
    """
    from cge.path.store import archive, load_pathway
    from sam.writing import write_file

    with tempfile.TemporaryDirectory() as place:
        shared = Path(place, "baseline.zip")
        write_file(shared, archive([baseline]))
        ended = _all(scenarios, shared, folder, resume, jobs)
    for scenario in scenarios:
        code, text = ended[scenario.name]
        if not code:
            yield load_pathway(folder / text)
    for code, text in (each for each in ended.values() if each[0]):
        raise (JobRefused if code == BAD_INPUT else JobFailed)(text)


def _all(
    scenarios: Sequence[Scenario], baseline: Path, folder: Path, resume: bool, jobs: int
) -> dict[str, tuple[int, str]]:
    """Run all jobs: by name, exit code, and the key of the path or the reason of a failure."""
    left, running = list(scenarios), list[_Job]()
    ended: dict[str, tuple[int, str]] = {}
    free: list[int | None] = [*_cores()[:jobs]] or [None] * jobs
    try:
        while left or running:
            while left and free:
                running.append(_started(left.pop(0), baseline, folder, resume, free.pop(0)))
            wait([job.process.sentinel for job in running])
            for job in [job for job in running if job.process.exitcode is not None]:
                running.remove(job)
                free.append(job.core)
                ended[job.scenario.name] = _ended(job)
    finally:
        for job in running:
            job.process.terminate()
            job.process.join()
    return ended


def _cores() -> list[int]:
    """Cores that this process may use; none where the system does not say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _started(
    scenario: Scenario, baseline: Path, folder: Path, resume: bool, core: int | None
) -> _Job:
    """A scenario in a process of its own."""
    spawn = get_context("spawn")
    told, telling = spawn.Pipe(duplex=False)
    words = (scenario, baseline, folder, resume, core, telling)
    process = spawn.Process(target=_solve, args=words, name=scenario.name)
    process.start()
    telling.close()
    return _Job(scenario, process, told, core)


def _ended(job: _Job) -> tuple[int, str]:
    """Exit code of a job, and the key of its path or the reason of its failure."""
    if job.told.poll():
        code, text = job.told.recv()
        return int(code), str(text)
    signal = -(job.process.exitcode or 0)
    how = f"was killed (signal {signal})" if signal > 0 else "failed, see above"
    return NO_SOLUTION, f"scenario {job.scenario.name!r}: its process {how}; --resume goes on"


def _solve(
    scenario: Scenario,
    baseline: Path,
    folder: Path,
    resume: bool,
    core: int | None,
    telling: Connection,
) -> None:
    """Solve a scenario in this process, and tell where it is, or why it could not be."""
    if core is not None:
        os.sched_setaffinity(0, {core})
    from cge.path import load_pathway, run

    def line(year: int) -> None:
        say(f"{scenario.name} {year}: solved")

    try:
        known = load_pathway(baseline, partial=True)
        how: dict[str, Any] = {"folder": folder, "resume": resume, "on_year": line}
        telling.send((0, run(scenario, baseline=known, **how).key))
    except KeyboardInterrupt:
        raise SystemExit(1) from None
    except Exception as error:
        if (code := exit_code(error)) is None:
            raise
        telling.send((code, str(error)))
        raise SystemExit(code) from None
