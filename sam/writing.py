"""Files that are whole or not there, and folders that one run at a time writes into.

Whatever is to be written is made in memory first. It then goes to a temporary beside its
destination and onto the disk, where a full drive or a quota shows, and takes its name in one step.
What a killed run leaves has a name of a form that nothing else has, bears a lock that nobody holds
any more, and is removed by whoever writes next; all else stays. Files that belong together appear
in the order given, the last when all others are there: it says that the set is complete. What a
killed run was replacing is put back.

Where files have no locks, as on some network drives, nobody is kept out: a warning says so, and
temporaries stay.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import secrets
import shutil
import time
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

TEMPORARY = ".m3c-"
"""How the names of all begin that is not yet, or no longer, of use."""

_OURS = re.compile(r"\.m3c-[0-9a-f]{16}\.(tmp|set)")
"""The whole names of temporaries: files, and folders of sets."""

LOCK = f"{TEMPORARY}lock"
"""The file that a run holds locked while a folder is reserved for it."""

PATIENCE = 3.0
"""Seconds to wait for a folder that another run has reserved: longer than a set takes to write."""

SCRATCH = "the folder of temporary files, where workbooks are made,"
OTHER_SCRATCH = "name another by the environment variable TMPDIR"
"""What to say where a library fails to make a workbook on its way into memory."""

Content = bytes | memoryview

_REPLACED, _MOVES = "replaced", f"{TEMPORARY}moves"
"""Beside a new set until it is in place: the earlier files, and the names of both."""

_FIRST = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some space",
    errno.EFBIG: "raise the limit on the size of files (ulimit -f)",
    errno.EAGAIN: "wait until it ends",
}
"""What to do by the system's reason, before going elsewhere."""


def write_file(path: Path, content: Content) -> None:
    """Write a file that is whole or not there, and replaces the one before it in one step.

    Arguments:
        path: where to; a link stays, and what is no file (a pipe, a device) is written to directly.
        content: all of it.

    Raises:
        OSError: it cannot be written; what was there before is untouched.
    """
    place = Path(os.path.realpath(path))
    if path.exists() and not place.is_file():  # also /dev/stdout into a pipe, which is no place
        path.write_bytes(content)
        return
    _clear(place.parent)
    temporary, handle = _temporary(place.parent)
    try:
        _onto_disk(handle, content)
        os.replace(temporary, place)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)
    _settle(place.parent)


@dataclass(frozen=True)
class Reservation:
    """A folder that is reserved for us, as long as its lock is the one that we hold.

    Attributes:
        folder: to write into.
        lock: our open and locked file.
    """

    folder: Path
    lock: int

    def check(self) -> None:
        """Make sure that the folder is still ours.

        Raises:
            BlockingIOError: it or its lock was removed, so that another run may have it.
        """
        if not _is_at(self.lock, self.folder / LOCK):
            lost = "it was removed or made anew meanwhile, and another run may be using it"
            raise BlockingIOError(errno.EAGAIN, lost)


def write_set(
    ours: Reservation, files: Mapping[str, Content], *, replacing: Collection[str]
) -> list[Path]:
    """Write files that belong together: all of them, or none and the earlier ones stay.

    Arguments:
        ours: the folder, as ``reserved`` gives it.
        files: what they hold, by name, in the order in which they appear.
        replacing: all names that an earlier set may have; none of it remains.

    Returns:
        The files written.

    Raises:
        OSError: they cannot be written, or (``BlockingIOError``) the folder is no longer ours; the
            earlier ones are as they were.
    """
    folder = ours.folder
    temporary = folder / _new_name("set")
    temporary.mkdir(mode=0o700)
    try:
        for name, content in files.items():
            with (temporary / name).open("wb") as stream:
                _onto_disk(stream.fileno(), content)
        ours.check()
        _exchange(temporary, folder, list(files), list(replacing))
    finally:
        with suppress(OSError):  # the next run does it
            _dissolve(temporary, folder)
    _settle(folder)
    return [folder / name for name in files]


@contextmanager
def reserved(folder: Path) -> Iterator[Reservation]:
    """Keep a folder for oneself, so that no other run writes into it.

    It is made where there is none, and removed again where nothing is written. What killed runs
    have left in it is removed, and the set put back that one was replacing; the lock of a dead
    process is free. Where files have no locks a warning says that others are not kept out.

    Arguments:
        folder: to write into.

    Yields:
        What tells that it is ours.

    Raises:
        OSError: it cannot be made or written, or (``BlockingIOError``) another run has it.
    """
    place = folder.absolute()
    made = [each for each in (place, *place.parents) if not each.exists()]
    try:
        handle = _reserve(folder)
        try:
            _clear(folder, sets=True)
            yield Reservation(folder, handle)
        finally:
            with suppress(OSError):
                if _is_at(handle, folder / LOCK):
                    (folder / LOCK).unlink()
            os.close(handle)
    finally:
        with suppress(OSError):
            for each in made:
                each.rmdir()  # refused, and the end of it, where something is in it


@contextmanager
def explained(error: type[ValueError], place: str, remedy: str) -> Iterator[None]:
    """Turn the system's refusal to write into an error with place, reason and remedy.

    Arguments:
        error: the error of this door.
        place: what cannot be written, with its path.
        remedy: where else to write, to follow "or".
    """
    try:
        yield
    except OSError as cause:
        first = _FIRST.get(cause.errno or 0)
        remedy = f"{first}, or {remedy}" if first else remedy
        raise error(f"{place} cannot be written ({reason(cause)}); {remedy}") from None


def reason(cause: OSError) -> str:
    """Why the system refused, in words."""
    if not isinstance(cause, FileExistsError):
        return cause.strerror or str(cause)
    place = cause.filename or ""
    if os.path.islink(place) and not os.path.exists(place):
        return f"{place} is a link to {os.readlink(place)}, which leads nowhere"
    return "it is a file"


def _exchange(temporary: Path, folder: Path, new: list[str], old: list[str]) -> None:
    """Move an earlier set out of a folder and a new one in.

    The last file of a set goes first and comes last: where it is, the others are.
    """
    for name in {*old, *new}:
        if (folder / name).is_dir():
            raise IsADirectoryError(errno.EISDIR, f"{name} in it is a folder")
    gone = [name for name in reversed(old) if os.path.lexists(folder / name)]
    (temporary / _REPLACED).mkdir()
    with (temporary / _MOVES).open("wb") as stream:
        _onto_disk(stream.fileno(), json.dumps([new, gone]).encode())
    for name in gone:
        os.replace(folder / name, temporary / _REPLACED / name)
    for name in new:
        os.replace(temporary / name, folder / name)


def _dissolve(temporary: Path, folder: Path) -> None:
    """Remove what an exchange leaves; where it was cut short, the earlier set is put back first.

    If this is cut short itself, it can be done again.
    """
    try:
        new, gone = json.loads((temporary / _MOVES).read_bytes())
    except (FileNotFoundError, ValueError):
        new = gone = []  # nothing has been moved
    if new and os.path.lexists(temporary / new[-1]):
        for name in new:
            if os.path.lexists(folder / name) and not os.path.lexists(temporary / name):
                os.replace(folder / name, temporary / name)
        for name in reversed(gone):
            if os.path.lexists(temporary / _REPLACED / name):
                os.replace(temporary / _REPLACED / name, folder / name)
    (temporary / _MOVES).unlink(missing_ok=True)
    shutil.rmtree(temporary)


def _reserve(folder: Path) -> int:
    """The open and locked file that reserves a folder."""
    end = time.monotonic() + PATIENCE
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        handle = _opened(folder / LOCK)
        try:
            locked = _lock(handle)
        except BlockingIOError:
            os.close(handle)
            if time.monotonic() > end:
                raise BlockingIOError(errno.EAGAIN, "another run is using it") from None
            time.sleep(0.05)
            continue
        if _is_at(handle, folder / LOCK):
            if not locked:
                told = f"{folder}: files there have no locks; let no other run write into it"
                warnings.warn(told, RuntimeWarning, stacklevel=1)
            return handle
        os.close(handle)  # its holder removed it between our opening and locking it


def _opened(lock: Path) -> int:
    """The open file of a lock, made if need be; another user's is opened to be read."""
    try:
        return os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        if not os.path.lexists(lock):
            raise  # it is the folder that is closed
    try:
        return os.open(lock, os.O_RDONLY)
    except PermissionError:
        told = f"{lock.name} in it is another user's; have it removed if no run of theirs is on"
        raise PermissionError(errno.EACCES, told) from None


def _new_name(kind: str) -> str:
    """A name for a temporary that nothing has yet."""
    return f"{TEMPORARY}{secrets.token_hex(8)}.{kind}"


def _temporary(folder: Path) -> tuple[Path, int]:
    """A new temporary file, open and locked, to be told from that of a killed run."""
    while True:
        path = folder / _new_name("tmp")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(BlockingIOError):
            _lock(handle)
            if _is_at(handle, path):
                return path, handle
        os.close(handle)  # somebody took it for a killed run's before it was locked


def _lock(handle: int) -> bool:
    """Lock an open file until it is closed or its process ends; False where files have no locks.

    Raises:
        BlockingIOError: another has locked it.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # a network drive without locks
        return False
    return True


def _is_at(handle: int, path: Path) -> bool:
    """Whether a path still names an open file."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except OSError:
        return False


def _clear(folder: Path, *, sets: bool = False) -> None:
    """Remove what killed runs have left in a folder; sets only where it is reserved."""
    for path in folder.glob(f"{TEMPORARY}*"):
        kind = _OURS.fullmatch(path.name)
        if kind is None or path.is_dir() != (kind[1] == "set"):
            continue
        with suppress(OSError):
            if path.is_dir():
                if sets:
                    _dissolve(path, folder)
                continue
            handle = os.open(path, os.O_RDWR)
            try:
                if _lock(handle):
                    path.unlink()
            finally:
                os.close(handle)


def _onto_disk(handle: int, content: Content) -> None:
    """Write all of a file's content and see it arrive: network drives refuse no sooner."""
    rest = memoryview(content).cast("B")
    while rest:
        rest = rest[os.write(handle, rest) :]
    os.fsync(handle)


def _settle(folder: Path) -> None:
    """See the names in a folder arrive on the disk, where the system can do so."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
