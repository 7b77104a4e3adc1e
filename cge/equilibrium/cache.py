"""JAX as the engine needs it: double precision, and compiled code kept on disk.

Compiled code is stored in ``M3C_CACHE`` (default: ``m3c-cge`` in the user's cache folder), in a
folder per version of JAX and kind of processor, so that a second run starts at once. What the
environment already says about JAX's own settings is respected.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax


def machine_key() -> str:
    """A name for what compiled code depends on: the processor's instructions and JAX's version."""
    processor = platform.machine()
    description = Path("/proc/cpuinfo")
    if description.exists():
        lines = description.read_text().splitlines()
        processor += "".join(sorted({line for line in lines if line.startswith("flags")}))
    return f"{version('jaxlib')}-{hashlib.sha256(processor.encode()).hexdigest()[:12]}"


def cache_folder() -> Path:
    """Folder of compiled code: ``M3C_CACHE``, the user's cache, or a temporary one."""
    named = os.environ.get("M3C_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(named) if named else Path(base) / "m3c-cge"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir(), f"m3c-cge-{os.getuid()}")
    return folder / machine_key()


def configure() -> None:
    """Double precision and a persistent cache, unless the environment says otherwise."""
    config: Any = jax.config  # has no types
    config.update("jax_enable_x64", True)
    if config.jax_compilation_cache_dir is None:
        config.update("jax_compilation_cache_dir", str(cache_folder()))
        config.update("jax_persistent_cache_min_compile_time_secs", 0)
        config.update("jax_persistent_cache_min_entry_size_bytes", -1)
