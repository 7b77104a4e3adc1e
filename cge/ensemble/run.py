"""Solving an ensemble: draws are handed to processes, a few ahead, and written as they come back.

Any ``concurrent.futures.Executor`` will do: the processes of this machine (``Cores``), each on a
core of its own; threads; or machines of a cluster, ``dask.distributed.Client.get_executor()``. Only
this process writes, and each draw once: what a process that died had in hand is handed out again.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

from cge.ensemble.cores import Cores
from cge.ensemble.outcomes import Outcomes, load_outcomes
from cge.ensemble.plan import Plan
from cge.ensemble.reading import load_ensemble
from cge.ensemble.store import Store, opened_store
from cge.ensemble.task import Outcome, solve_draw

TRIES = 2
"""How often a draw is tried alone whose process dies."""


def run_ensemble(
    ensemble: Plan | str | Path,
    folder: str | Path,
    *,
    executor: Executor | None = None,
    jobs: int | None = None,
    ahead: int | None = None,
    resume: bool = False,
    on_draw: Callable[[Outcome], None] = lambda outcome: None,
) -> Outcomes:
    """Solve all draws of an ensemble that are not solved yet.

    A draw that has no path says why in the results, and so do draws that were lost with their
    process; nothing is raised for them.

    Arguments:
        ensemble: the plan (``load_ensemble``), or its YAML file.
        folder: where draws are written.
        executor: what solves draws; processes of this machine by default. A dataset or scenario in
            a folder has to be there on all machines.
        jobs: number of processes of this machine; as many as there are cores by default.
        ahead: draws that are handed out at a time; twice the number of processes by default.
        resume: whether to go on from draws that are there.
        on_draw: called with each draw that is solved and written.

    Raises:
        EnsembleError: the ensemble does not fit, or the folder cannot be written.
    """
    plan = ensemble if isinstance(ensemble, Plan) else load_ensemble(ensemble)
    place = Path(folder)
    with ExitStack() as opened:
        store = opened.enter_context(opened_store(place, plan, resume=resume))
        done = store.done()
        missing = [draw for draw in range(plan.size) if draw not in done]
        lost: dict[int, str] = {}
        if missing:
            workers = executor or opened.enter_context(Cores(jobs))
            size = ahead or 2 * int(getattr(workers, "_max_workers", None) or os.cpu_count() or 1)
            lost = _Handing(plan, store, workers, size, on_draw).all(missing)
        store.copy_blocks()
    return load_outcomes(place, lost=lost)


class _Handing:
    """Draws on their way to processes and back."""

    def __init__(
        self,
        plan: Plan,
        store: Store,
        executor: Executor,
        ahead: int,
        on_draw: Callable[[Outcome], None],
    ) -> None:
        self.packed, self.store, self.executor = plan.packed, store, executor
        self.ahead, self.on_draw = ahead, on_draw
        self.running: dict[Future[Outcome], int] = {}
        self.suspects: deque[int] = deque()
        self.tries: Counter[int] = Counter()
        self.lost: dict[int, str] = {}

    def all(self, draws: Iterable[int]) -> dict[int, str]:
        """Solve draws; the reasons of those that were lost.

        Where a process dies, all that was handed out may be to blame; each is tried again alone.
        """
        left = iter(draws)
        try:
            while True:
                if not self.suspects:
                    self._hand_out(islice(left, self.ahead - len(self.running)))
                elif not self.running:
                    self._hand_out([self.suspects.popleft()])
                if not self.running:
                    return self.lost
                alone = len(self.running) == 1
                finished, _ = wait(self.running, return_when=FIRST_COMPLETED)
                for future in sorted(finished, key=self.running.__getitem__):
                    self._take(future, alone)
        finally:
            for future in self.running:
                future.cancel()

    def _hand_out(self, draws: Iterable[int]) -> None:
        for draw in draws:
            self.running[self.executor.submit(solve_draw, self.packed, draw)] = draw

    def _take(self, future: Future[Outcome], alone: bool) -> None:
        """Write what came back, or try the draw again."""
        draw = self.running.pop(future)
        error = _error(future)
        if error is None:
            outcome = future.result()
            self.store.add(outcome)
            self.on_draw(outcome)
            return
        self.tries[draw] += alone
        if self.tries[draw] < TRIES:
            self.suspects.append(draw)
        else:
            self.lost[draw] = f"draw {draw}: {' '.join(f'{type(error).__name__} {error}'.split())}"


def _error(future: Future[Outcome]) -> BaseException | None:
    """Why nothing came back; None where something did."""
    if future.cancelled():
        return RuntimeError("it was cancelled by its executor")
    return future.exception()
