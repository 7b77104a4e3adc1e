"""Where compiled code is kept between runs.

``M3C_CACHE`` names the folder; the default is ``m3c-cge`` in the user's cache folder. Code is kept
per version of JAX and kind of processor. This module needs no JAX.
"""

from __future__ import annotations

import hashlib
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path


def machine_key() -> str:
    """A name for what compiled code depends on: the processor's instructions and JAX's version."""
    processor = platform.machine()
    description = Path("/proc/cpuinfo")
    if description.exists():
        lines = description.read_text().splitlines()
        processor += "".join(sorted({line for line in lines if line.startswith("flags")}))
    return f"{version('jaxlib')}-{hashlib.sha256(processor.encode()).hexdigest()[:12]}"


def cache_folder() -> Path:
    """The folder of all compiled code, made if need be; a temporary one if it cannot be made."""
    named = os.environ.get("M3C_CACHE")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(named) if named else Path(base) / "m3c-cge"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        folder = Path(tempfile.gettempdir(), f"m3c-cge-{os.getuid()}")
    return folder
