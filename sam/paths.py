"""Paths that people give: why one is no file that can be read, in words for a message."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def why_unreadable(path: str | Path) -> str:
    """What keeps a path from being read as a file, with the remedy; empty where nothing does.

    A folder is not missing, a device has no end, and a name may be too long for the system.
    """
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            return "is a folder; name the file in it"
        if not stat.S_ISREG(mode):
            return "is no regular file; save its content to a file and name that"
        with open(path, "rb"):
            return ""
    except FileNotFoundError:
        return "does not exist; correct the path"
    except NotADirectoryError:
        return "does not exist: a part of the path is a file; correct the path"
    except OSError as cause:
        return f"cannot be read ({cause.strerror}); correct the path, or who may read it"
    except ValueError as cause:  # a NUL byte, a character that no file name can have
        return f"is no path ({cause}); correct it"


def undecodable_line(cause: UnicodeDecodeError) -> int:
    """The line of the byte at which a file is no text of its encoding."""
    return cause.object.count(b"\n", 0, cause.start) + 1
