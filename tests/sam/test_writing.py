"""Files that are whole or not there: on full disks, in folders of others, after kills."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from sam import DatasetError, SAMError, SourceError, load_dataset, writing
from sam.readers import write_template
from sam.writing import LOCK, TEMPORARY, explained, reserved, write_file, write_set
from tests.economies import tiny_dataset

OLD, NEW = b"old " * 1000, b"new " * 2000
SET = {"a.csv": NEW, "b.csv": NEW, "last.nc": NEW}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refused(number: int) -> Callable[..., int]:
    """A system call that the system refuses."""

    def call(*_: object, **__: object) -> int:
        raise OSError(number, os.strerror(number))

    return call


def test_a_file_is_replaced_and_keeps_the_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(OLD)
    (tmp_path / "link").symlink_to("real")
    write_file(tmp_path / "link", NEW)
    assert contents(tmp_path) == {"real": NEW, "link": NEW}
    assert (tmp_path / "link").is_symlink()


def test_a_device_is_written_to_and_stays() -> None:
    write_file(Path(os.devnull), NEW)
    assert not Path(os.devnull).is_file()
    if Path("/dev/full").exists():
        with pytest.raises(OSError, match="No space left"):
            write_file(Path("/dev/full"), NEW)


PRINTS = """
import sys
from pathlib import Path
from sam.writing import write_file
write_file(Path(sys.argv[1]), b"all of it")
"""


@pytest.mark.parametrize("place", ["/dev/stdout", "/proc/self/fd/1"])
def test_a_pipe_is_written_to_by_any_name(place: str, repository: Path) -> None:
    if not Path(place).exists():
        pytest.skip("has no such name of standard output")
    words = [sys.executable, "-c", PRINTS, place]
    done = subprocess.run(words, cwd=repository, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"all of it", b"")


def test_new_files_have_the_rights_that_the_user_gives_to_files(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_file(tmp_path / "ours", NEW)
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("call", ["write", "fsync", "replace"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
def test_a_refusal_leaves_what_was_there(
    call: str, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(OLD)
    monkeypatch.setattr(writing.os, call, refused(number))
    with pytest.raises(SAMError, match=r"file: cannot be written \(.*\); .*elsewhere"):  # noqa: SIM117
        with explained(SAMError, f"{tmp_path / 'file'}:", "go elsewhere"):
            write_file(tmp_path / "file", NEW)
    assert contents(tmp_path) == {"file": OLD}


def test_full_disks_are_told_from_closed_ones() -> None:
    with pytest.raises(SAMError, match=r"x cannot be written \(No space left.*\); free some space"):  # noqa: SIM117
        with explained(SAMError, "x", "leave"):
            raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(SAMError, match=r"x cannot be written \(Read-only file system\); leave"):  # noqa: SIM117
        with explained(SAMError, "x", "leave"):
            raise OSError(errno.EROFS, "Read-only file system")


def fail_at(step: int) -> Callable[[str, str], None]:
    """Moves of files of which one fails, as those that undo it do not."""
    moved, move = iter(range(100)), os.replace

    def replace(source: str, destination: str) -> None:
        if next(moved) == step:
            raise OSError(errno.EIO, "Input/output error")
        move(source, destination)

    return replace


@pytest.mark.parametrize("step", range(6))
def test_a_set_is_exchanged_wholly_or_not_at_all(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {"a.csv": OLD, "more.csv": OLD, "last.nc": OLD}
    for name, content in {**old, "mine.txt": b"mine"}.items():
        (tmp_path / name).write_bytes(content)
    with monkeypatch.context() as patch:
        patch.setattr(writing.os, "replace", fail_at(step))
        with reserved(tmp_path) as ours, pytest.raises(OSError, match="Input/output"):
            write_set(ours, SET, replacing=[*old, "b.csv"])
    assert contents(tmp_path) == {**old, "mine.txt": b"mine"}
    with reserved(tmp_path) as ours:
        write_set(ours, SET, replacing=[*old, "b.csv"])
    assert contents(tmp_path) == {**SET, "mine.txt": b"mine"}


def test_the_last_file_goes_first_and_comes_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves, move = [], os.replace

    def replace(source: Path, destination: Path) -> None:
        moves.append((source.name, destination.parent == tmp_path))
        move(source, destination)

    monkeypatch.setattr(writing.os, "replace", replace)
    with reserved(tmp_path) as ours:
        write_set(ours, SET, replacing=SET)
        write_set(ours, SET, replacing=SET)
    incoming = [(name, True) for name in SET]
    assert moves == [*incoming, ("last.nc", False), ("b.csv", False), ("a.csv", False), *incoming]


def test_a_folder_of_the_name_of_a_file_is_not_removed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "a.csv" / "mine").write_bytes(b"mine")
    with (
        reserved(tmp_path) as ours,
        pytest.raises(IsADirectoryError, match=r"a.csv in it is a folder"),
    ):
        write_set(ours, SET, replacing=SET)
    assert (tmp_path / "a.csv" / "mine").read_bytes() == b"mine"


def test_a_reserved_folder_is_nobody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "PATIENCE", 0.1)
    folder = tmp_path / "deep" / "out"
    with reserved(folder):
        with pytest.raises(BlockingIOError, match="another run is using it"), reserved(folder):
            pass
        with reserved(tmp_path / "other"):
            pass
    assert list(tmp_path.iterdir()) == []
    with reserved(folder):
        pass


def test_somebody_who_is_done_soon_is_waited_for(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool, ExitStack() as held:
        held.enter_context(reserved(tmp_path))
        second = pool.submit(reserved(tmp_path).__enter__)
        time.sleep(0.2)
        assert not second.done()
        held.close()
        second.result(timeout=2.0)


KILLED = """
import os, sys
from pathlib import Path
from sam import writing
folder = Path(sys.argv[1])
writing.os.fsync = lambda handle: os.kill(os.getpid(), 9)  # all is written, nothing is named
if sys.argv[2] == "file":
    writing.write_file(folder / "file", b"x" * 5000)
with writing.reserved(folder) as ours:
    writing.write_set(ours, {"a": b"x" * 5000}, replacing=())
"""


def killed(folder: Path, what: str, repository: Path) -> None:
    """Write something in a process that is killed on the way."""
    done = subprocess.run([sys.executable, "-c", KILLED, folder, what], cwd=repository, check=False)
    assert done.returncode == -9


def test_what_killed_runs_leave_is_removed_by_the_next(tmp_path: Path, repository: Path) -> None:
    killed(tmp_path, "set", repository)
    left = {path.name for path in tmp_path.iterdir()}
    assert LOCK in left
    assert len(left) == 2
    with reserved(tmp_path) as ours:
        write_set(ours, {"a": NEW}, replacing=())
    assert contents(tmp_path) == {"a": NEW}
    killed(tmp_path, "file", repository)
    (left_file,) = tmp_path.glob(f"{TEMPORARY}*")
    assert left_file.is_file()
    write_file(tmp_path / "b", NEW)
    assert contents(tmp_path) == {"a": NEW, "b": NEW}


def ends_at(step: int) -> Callable[[str, str], None]:
    """Moves of files that end as those of a killed process: none is undone."""
    moved, move = iter(range(100)), os.replace

    def replace(source: str, destination: str) -> None:
        if next(moved) >= step:
            raise OSError(errno.EIO, "Input/output error")
        move(source, destination)

    return replace


@pytest.mark.parametrize("again", range(4))
@pytest.mark.parametrize("step", range(6))
def test_an_exchange_that_is_cut_short_costs_nobody_the_earlier_set(
    step: int, again: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is it lost where putting it back is cut short too."""
    old = {"a.csv": OLD, "more.csv": OLD, "last.nc": OLD}
    for name, content in {**old, "mine.txt": b"mine"}.items():
        (tmp_path / name).write_bytes(content)
    with monkeypatch.context() as patch:
        patch.setattr(writing.os, "replace", ends_at(step))
        with reserved(tmp_path) as ours, pytest.raises(OSError, match="Input/output"):
            write_set(ours, SET, replacing=["b.csv", *old])
        assert (tmp_path / "last.nc").exists() == (step == 0)
        patch.setattr(writing.os, "replace", ends_at(again))
        with reserved(tmp_path):
            pass
    with reserved(tmp_path):
        pass
    assert contents(tmp_path) == {**old, "mine.txt": b"mine"}


def test_a_run_that_is_killed_after_the_exchange_has_written(tmp_path: Path) -> None:
    (tmp_path / "last.nc").write_bytes(OLD)
    temporary = tmp_path / f"{TEMPORARY}0123456789abcdef.set"
    temporary.mkdir()
    for name, content in SET.items():
        (temporary / name).write_bytes(content)
    writing._exchange(temporary, tmp_path, list(SET), list(SET))
    with reserved(tmp_path):
        pass
    assert contents(tmp_path) == SET


def test_temporaries_of_the_living_stay(tmp_path: Path) -> None:
    path, handle = writing._temporary(tmp_path)
    write_file(tmp_path / "file", NEW)
    with reserved(tmp_path):
        assert path.exists()
    os.close(handle)
    write_file(tmp_path / "file", NEW)
    assert not path.exists()


def test_what_only_looks_like_a_temporary_is_the_users(tmp_path: Path) -> None:
    mine = ["notes", "rc", "cache", "0123456789abcdef", "0123456789ABCDEF.tmp", "0123.tmp"]
    for name in mine:
        (tmp_path / f"{TEMPORARY}{name}").write_bytes(b"mine")
    swapped = {"0123456789abcdef.tmp": "folder", "1123456789abcdef.set": "file"}
    (tmp_path / f"{TEMPORARY}0123456789abcdef.tmp").mkdir()
    (tmp_path / f"{TEMPORARY}1123456789abcdef.set").write_bytes(b"mine")
    (tmp_path / f"{TEMPORARY}folder").mkdir()
    (tmp_path / f"{TEMPORARY}folder" / "entry").write_bytes(b"mine")
    write_file(tmp_path / "file", NEW)
    with reserved(tmp_path) as ours:
        write_set(ours, SET, replacing=SET)
    left = {f"{TEMPORARY}{name}" for name in (*mine, *swapped, "folder")}
    assert {path.name for path in tmp_path.iterdir()} == {*left, *SET, "file"}
    assert (tmp_path / f"{TEMPORARY}folder" / "entry").read_bytes() == b"mine"


@pytest.mark.parametrize("taken", [True, False])
def test_a_folder_that_was_made_anew_is_not_written(taken: bool, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    with reserved(folder) as ours, ExitStack() as second:
        shutil.rmtree(folder)
        folder.mkdir()
        if taken:
            theirs = second.enter_context(reserved(folder))
            write_set(theirs, SET, replacing=SET)
        before = contents(folder)
        with pytest.raises(BlockingIOError, match="removed or made anew meanwhile"):
            write_set(ours, {"last.nc": OLD}, replacing=SET)
        assert contents(folder) == before
    assert folder.exists() == taken
    if taken:
        assert contents(folder) == SET


@pytest.mark.parametrize("target", ["nowhere", "out"])
@pytest.mark.parametrize("below", ["", "deep"])
def test_a_link_that_leads_nowhere_is_called_one(target: str, below: str, tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to(target)
    told = f"out is a link to {target}, which leads nowhere|Too many levels of symbolic links"
    with pytest.raises(SAMError, match=told), explained(SAMError, "folder", "go"):  # noqa: SIM117
        with reserved(tmp_path / "out" / below):
            pass
    assert (tmp_path / "out").is_symlink()


def opens(path: Path, refused: Callable[[int], bool]) -> Callable[..., int]:
    """Opening files, as a system does that refuses it of one file."""
    plain = os.open

    def call(name: str | Path, flags: int, mode: int = 0o777) -> int:
        if Path(name) == path and refused(flags):
            raise PermissionError(errno.EACCES, "Permission denied", str(name))
        return plain(name, flags, mode)

    return call


def test_another_users_lock_is_taken_where_it_can_be_read_and_named_where_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / LOCK
    lock.touch(mode=0o644)
    with monkeypatch.context() as patch:
        patch.setattr(writing.os, "open", opens(lock, lambda flags: bool(flags & os.O_RDWR)))
        patch.setattr(writing, "PATIENCE", 0.1)
        with reserved(tmp_path):
            with pytest.raises(BlockingIOError, match="another run"), reserved(tmp_path):
                pass
            patch.setattr(writing.os, "open", opens(lock, lambda flags: True))
            with pytest.raises(PermissionError, match=rf"{LOCK} in it is another user's"):  # noqa: SIM117
                with reserved(tmp_path):
                    pass
    assert list(tmp_path.iterdir()) == []


def test_files_that_cannot_be_locked_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcntl.flock", refused(errno.ENOLCK))
    (tmp_path / f"{TEMPORARY}0123456789abcdef.tmp").write_bytes(b"")
    write_file(tmp_path / "file", NEW)
    with (
        pytest.warns(RuntimeWarning, match="have no locks; let no other run"),
        reserved(tmp_path) as ours,
    ):
        write_set(ours, SET, replacing=SET)
    assert set(contents(tmp_path)) == {"file", *SET, f"{TEMPORARY}0123456789abcdef.tmp"}


@pytest.mark.parametrize("name", ["sam.csv", "sam.csv.gz", "sam.xlsx", "sam.parquet"])
def test_every_door_names_a_full_disk(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_dataset().sam.write(tmp_path / name)
    before = contents(tmp_path)
    monkeypatch.setattr(writing.os, "fsync", refused(errno.ENOSPC))
    with pytest.raises(SAMError, match=rf"{name}: cannot be written \(No space .*; free some"):
        tiny_dataset(1).sam.write(tmp_path / name)
    assert contents(tmp_path) == before


def test_a_dataset_on_a_full_disk_stays_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_dataset().save(tmp_path)
    before = contents(tmp_path)
    monkeypatch.setattr(writing.os, "fsync", refused(errno.ENOSPC))
    with pytest.raises(DatasetError, match=r"cannot be written \(No space .*; free some space"):
        tiny_dataset(1).save(tmp_path)
    assert contents(tmp_path) == before
    assert load_dataset(tmp_path).name == "tiny-0"


def test_a_template_on_a_full_disk_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing.os, "fsync", refused(errno.ENOSPC))
    with pytest.raises(SourceError, match=r"t.xlsx: cannot be written \(No space"):
        write_template(tmp_path / "t.xlsx", [f"s{k}" for k in range(42)])
    assert contents(tmp_path) == {}


def test_a_workbook_needs_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openpyxl.worksheet._writer.NamedTemporaryFile", refused(errno.ENOSPC))
    with pytest.raises(SAMError, match=r"s.xlsx: the folder of temporary files.*TMPDIR"):
        tiny_dataset().sam.to_excel(tmp_path / "s.xlsx")
