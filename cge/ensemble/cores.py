"""Processes of this machine, each on a core of its own, which computes with one thread.

A process dies with its parent, however that ends. Where one is killed (out of memory, by hand),
what all had in hand comes back as an error, and new ones are begun with the next draw.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.queues import SimpleQueue
from typing import Any, Self

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What libraries read before they begin threads."""


def cores() -> list[int]:
    """Cores that this process may use; none where the system does not say."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


class Cores(Executor):
    """An executor of processes on cores.

    Arguments:
        jobs: number of processes; as many as there are cores by default.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self._max_workers = jobs or len(cores()) or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._begun: SimpleQueue[int] | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand a call to a process; begins new ones where the earlier ones died."""
        with _one_thread_each():
            if self._pool is not None:
                with suppress(BrokenProcessPool):
                    return self._pool.submit(fn, *args, **kwargs)
                self.shutdown(wait=False)
            self._pool = self._new()
            return self._pool.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End all processes."""
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)
            self._pool = None

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        """End all processes, and where something went wrong, at once."""
        if error is not None and self._begun is not None:
            ours = set[int]()
            while not self._begun.empty():
                ours.add(self._begun.get())
            for child in active_children():
                if child.pid in ours:
                    child.terminate()
        self.shutdown(cancel_futures=error is not None)

    def __enter__(self) -> Self:
        return self

    def _new(self) -> ProcessPoolExecutor:
        spawn = get_context("spawn")
        free, self._begun = spawn.SimpleQueue(), spawn.SimpleQueue()
        usable: list[int | None] = [*cores()] or [None]
        for k in range(self._max_workers):
            free.put(usable[k % len(usable)])
        given = (free, self._begun)
        return ProcessPoolExecutor(self._max_workers, spawn, _settled, given)


def _settled(free: SimpleQueue[int | None], begun: SimpleQueue[int]) -> None:
    """Begin a process: on its core, deaf to Ctrl-C (its parent decides), and not for longer than
    its parent.
    """
    core = free.get()
    if core is not None:
        os.sched_setaffinity(0, {core})
    begun.put(os.getpid())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Processes that begin meanwhile inherit that libraries use one thread."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
