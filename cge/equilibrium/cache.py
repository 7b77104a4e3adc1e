"""JAX as the engine needs it: double precision, and compiled code kept on disk (``cge.cache``).

What the environment already says about JAX's own settings is respected. Messages that XLA writes to
the terminal on its own account are not for users: what goes wrong there is raised as an error, and
a long compilation is announced by ``compilation_told``.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from cge.cache import cache_folder, machine_key

PATIENCE = 5.0
"""Seconds after which a compilation is worth a word; code that is kept is loaded in less."""

_BEGUN = "/jax/core/compile/jaxpr_to_mlir_module_duration"
_ENDED = "/jax/core/compile/backend_compile_duration"


def configure() -> None:
    """Double precision and a persistent cache, unless the environment says otherwise."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when JAX is imported
    import jax

    config: Any = jax.config
    config.update("jax_enable_x64", True)
    folder = cache_folder()
    if config.jax_compilation_cache_dir is None and folder is not None:
        config.update("jax_compilation_cache_dir", str(folder / machine_key()))
        config.update("jax_persistent_cache_min_compile_time_secs", 0)
        config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def kept_in() -> Path | None:
    """The folder in which code that is compiled now will be kept, None where it will not be."""
    import jax

    config: Any = jax.config
    folder = config.jax_compilation_cache_dir
    return Path(folder) if folder else None


class _Clock:
    """Tells once that something has been compiling for a while."""

    def __init__(self, tell: Callable[[Path | None], None]) -> None:
        self.tell = tell
        self.timer: threading.Timer | None = None
        self.told = False

    def hear(self, event: str) -> None:
        """Take note of an event of JAX."""
        if event in (_BEGUN, _ENDED):
            self.stop()
        if event == _BEGUN and not self.told:
            self.timer = threading.Timer(PATIENCE, self._ring)
            self.timer.daemon = True
            self.timer.start()

    def stop(self) -> None:
        """Forget what is being compiled."""
        if self.timer is not None:
            self.timer.cancel()

    def _ring(self) -> None:
        self.told = True
        self.tell(kept_in())


_CLOCKS: list[_Clock] = []


@contextmanager
def compilation_told(tell: Callable[[Path | None], None]) -> Iterator[None]:
    """Say once, while it lasts, that code is being compiled which was not kept from an earlier run.

    Arguments:
        tell: called from another thread, with the folder in which the code will be kept.
    """
    _listen()
    clock = _Clock(tell)
    _CLOCKS.append(clock)
    try:
        yield
    finally:
        clock.stop()
        _CLOCKS.remove(clock)


@cache
def _listen() -> None:
    """Hear of JAX's compilations from now on."""
    import jax

    def heard(event: str, *_: Any, **__: Any) -> None:
        for clock in _CLOCKS:
            clock.hear(event)

    jax.monitoring.register_event_duration_secs_listener(heard)
