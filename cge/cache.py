"""Where compiled code is kept between runs.

``M3C_CACHE`` names the folder; the default is ``m3c-cge`` in the user's cache folder, or, where
there is none, one of the user's own among temporary files. Code is kept per version of JAX and kind
of processor. This module needs no JAX.
"""

from __future__ import annotations

import hashlib
import logging
import os
import platform
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

LOG = logging.getLogger("cge.cache")


def machine_key() -> str:
    """A name for what compiled code depends on: the processor's instructions and JAX's version."""
    processor = platform.machine()
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
        processor += "".join(sorted({line for line in lines if line.startswith("flags")}))
    return f"{version('jaxlib')}-{hashlib.sha256(processor.encode()).hexdigest()[:12]}"


def cache_folder() -> Path | None:
    """The folder of all compiled code, made if need be; None where there can be none."""
    if not (named := os.environ.get("M3C_CACHE")):
        return _usual_folder()
    try:
        Path(named).mkdir(parents=True, exist_ok=True)
    except OSError as cause:
        folder = _usual_folder()
        LOG.warning(
            "M3C_CACHE: %s cannot be used (%s), so compiled code is kept %s.",
            *(named, cause.strerror, f"in {folder}" if folder else "nowhere"),
        )
        return folder
    return Path(named)  # if only to be read, as one that is shared may be


def _usual_folder() -> Path | None:
    """The first of a user's folders that is private and can be written, made if need be."""
    for folder in _usual():
        with suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _is_ours(folder):
                _make_private(folder)
                return folder
    return None


def _usual() -> Iterator[Path]:
    """Folders of a user, who may have no home and no name."""
    if base := os.environ.get("XDG_CACHE_HOME"):
        yield Path(base, "m3c-cge")
    else:
        with suppress(RuntimeError):
            yield Path.home() / ".cache" / "m3c-cge"
    with suppress(OSError):  # a machine may have no folder of temporary files
        yield Path(tempfile.gettempdir(), f"m3c-cge-{os.getuid()}")


def _is_ours(folder: Path) -> bool:
    """Whether a folder, and no link to one, belongs to us and can be written."""
    about = folder.lstat()
    ours = stat.S_ISDIR(about.st_mode) and about.st_uid == os.getuid()
    return ours and os.access(folder, os.W_OK)


def _make_private(folder: Path) -> None:
    """Begin anew where others could write, as earlier versions let them: code there is run."""
    if folder.lstat().st_mode & 0o022:
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
