"""JAX as the engine needs it: double precision, and compiled code kept on disk (``cge.cache``).

What the environment already says about JAX's own settings is respected. Messages that XLA writes to
the terminal on its own account are not for users: what goes wrong there is raised as an error. Who
wants to know of long compilations, and of kept code that is damaged, asks ``compilation_told``.
"""

from __future__ import annotations

import inspect
import os
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any

from cge.cache import cache_folder, machine_key

PATIENCE = 5.0
"""Seconds after which a compilation is worth a word; code that is kept is loaded in less."""

_OF_JAX = "1"
"""What JAX asks of XLA's messages where nobody asks anything."""

_BEGUN = "/jax/core/compile/jaxpr_to_mlir_module_duration"
_ENDED = "/jax/core/compile/backend_compile_duration"

_DAMAGE = re.compile(
    r"Error (reading|writing) persistent compilation cache entry for '[^']*': (?P<cause>.*)",
    re.DOTALL,
)
"""JAX's warnings of code that it could not load or keep."""

_KEY = "cache_key"
"""What JAX calls the name of an entry; its warnings give another, which many entries share."""


def configure() -> None:
    """Double precision and a persistent cache, unless the environment says otherwise."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when JAX is imported
    import jax

    _hush()
    config: Any = jax.config
    config.update("jax_enable_x64", True)
    folder = cache_folder()
    if config.jax_compilation_cache_dir is None and folder is not None:
        config.update("jax_compilation_cache_dir", str(folder / machine_key()))
        config.update("jax_persistent_cache_min_compile_time_secs", 0)
        config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _hush() -> None:
    """Keep XLA silent where somebody imported JAX, which asks for warnings, before the engine.

    Its complaint of slow compilation, to be filed as a bug, is what users would see most.
    """
    asked = os.environ.get("TF_CPP_MIN_LOG_LEVEL", "3")
    with suppress(ImportError, AttributeError, ValueError):
        from jaxlib import utils

        utils.absl_set_min_log_level(3 if asked == _OF_JAX else int(asked))


def kept_in() -> Path | None:
    """The folder in which code that is compiled now will be kept, None where it will not be."""
    import jax

    config: Any = jax.config
    folder = config.jax_compilation_cache_dir
    return Path(folder) if folder else None


_MARK: dict[str, Any] = {"xla_embed_ir_in_executable": False}
"""An option that changes nothing, by which JAX tells a program from any that it has kept."""

_NEVER = 1e9
"""Seconds that no compilation takes: JAX keeps those that take longer."""

SMALL = 300
"""Unknowns up to which a model is compiled in haste: its loops are short, and code hardly faster
when the compiler takes pains."""


_IDLE = ("cache", "dump", "log", "traceback")
"""What is in the names of settings of JAX that leave machine code as it is."""


def settings() -> str:
    """What machine code depends on beside its program: version and settings of JAX and of XLA."""
    import jax

    config: Any = jax.config
    own = {k: v for k, v in config.values.items() if not any(word in k for word in _IDLE)}
    flags = {k: v for k, v in os.environ.items() if k in ("XLA_FLAGS", "NPROC")}
    versions = jax.__version__, jax.devices()[0].client.platform_version
    return str((versions, sorted(own.items()), sorted(flags.items()), machine_key()))


@contextmanager
def _unkept() -> Iterator[None]:
    """For a while JAX keeps nothing that it compiles."""
    import jax

    config: Any = jax.config
    usual = config.jax_persistent_cache_min_compile_time_secs
    config.update("jax_persistent_cache_min_compile_time_secs", _NEVER)
    try:
        yield
    finally:
        config.update("jax_persistent_cache_min_compile_time_secs", usual)


def lowered(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """The program of a function, for arguments like these.

    It does not say where in the source its instructions come from, as that would be a sixth of what
    is kept and loaded.
    """
    import jax
    from jaxlib.mlir.passmanager import PassManager

    program = jax.jit(function).lower(*arguments)
    module: Any = program.compiler_ir()
    with module.context:
        PassManager.parse("builtin.module(strip-debuginfo)").run(module.operation)
    return program


def compiled(program: Any, size: int, *, apart: bool = False) -> Any:
    """Machine code of a program.

    XLA's emitters of fused loops take most of the time to compile ours and make them no faster, so
    the older ones are asked for; a version of XLA that does not know them takes its own.

    Arguments:
        program: what ``lowered`` returns.
        size: number of unknowns of the model.
        apart: compile it now, past what JAX keeps: code that JAX has loaded cannot be kept again.
    """
    import jax

    _hush()
    level = 0 if size <= SMALL else 1
    options: Any = {"xla_cpu_use_fusion_emitters": False, "xla_backend_optimization_level": level}
    mark = _MARK if apart else {}
    with _unkept() if apart else nullcontext():
        try:
            return program.compile(compiler_options={**options, **mark})
        except jax.errors.JaxRuntimeError as cause:
            if "compile option" not in str(cause):
                raise
            return program.compile(compiler_options=mark)


class _Clock:
    """Tells once that something has been compiling for a while."""

    def __init__(self, tell: Callable[[str], None]) -> None:
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
        folder = kept_in()
        kept = f"kept in {folder} for later runs" if folder else "kept nowhere; M3C_CACHE names one"
        self.tell(f"Compiling once: this takes minutes the first time; {kept}.")


_CLOCKS: list[_Clock] = []


@contextmanager
def compilation_told(tell: Callable[[str], None]) -> Iterator[None]:
    """Say, once and while it lasts, that code is being compiled which no earlier run has kept.

    Kept code that a full disk or a killed run has damaged is removed and said too: JAX would warn
    of it in every run, and never replace it. What is sound stays.

    Arguments:
        tell: shows a line of text; may be called from another thread.
    """
    _listen()
    clock = _Clock(tell)
    _CLOCKS.append(clock)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("always", message=_DAMAGE.pattern)
            warnings.showwarning = _mending(tell, warnings.showwarning)
            yield
    finally:
        clock.stop()
        _CLOCKS.remove(clock)


def _mending(tell: Callable[[str], None], show: Callable[..., None]) -> Callable[..., None]:
    """What to do with a warning: those of kept code are mended, others shown."""
    told = False

    def mend(message: Warning | str, *about: Any, **more: Any) -> None:
        nonlocal told
        damage, folder = _DAMAGE.match(str(message)), kept_in()
        if damage is None or folder is None:
            return show(message, *about, **more)
        if key := _failing():
            for entry in folder.glob(f"{key}*"):
                with suppress(OSError):
                    entry.unlink()
        if not told:
            tell(f"Compiled code in {folder} could not be used or kept ({damage['cause']}).")
        told = True
        return None

    return mend


def _failing() -> str | None:
    """The entry of which JAX is warning, from the function that warns."""
    calls = (call.frame.f_locals for call in inspect.stack(context=0))
    return next((names[_KEY] for names in calls if _KEY in names), None)


@cache
def _listen() -> None:
    """Hear of JAX's compilations from now on."""
    import jax

    def heard(event: str, *_: Any, **__: Any) -> None:
        for clock in _CLOCKS:
            clock.hear(event)

    jax.monitoring.register_event_duration_secs_listener(heard)
