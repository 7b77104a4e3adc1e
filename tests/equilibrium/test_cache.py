"""Where compiled code is kept: with any home, user and machine; and what is said of compiling."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from cge import cache
from cge.cache import cache_folder, machine_key
from cge.equilibrium import cache as engine

NOBODY = """
import os, pwd
def getpwuid(number):
    raise KeyError(number)
pwd.getpwuid = getpwuid
import cge.equilibrium, jax
print(jax.config.jax_compilation_cache_dir)
"""


def started(
    environment: dict[str, str], repository: Path, code: str = NOBODY, *before: str
) -> subprocess.CompletedProcess[str]:
    """What a process of a user without a name and a home says."""
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        [*before, sys.executable, "-c", code],
        cwd=repository,
        env={**known, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user whom nothing names a home, and a folder of temporary files."""

    def home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(cache.Path, "home", home)
    monkeypatch.delenv("M3C_CACHE", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("named", [True, False])
def test_a_user_without_a_name_and_a_home_can_import(
    named: bool, tmp_path: Path, repository: Path
) -> None:
    wanted = {"M3C_CACHE": str(tmp_path / "mine")} if named else {"TMPDIR": str(tmp_path)}
    done = started(wanted, repository)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert Path(done.stdout.strip()).parents[1 if not named else 0].is_relative_to(tmp_path)


def test_an_unknown_user_id_can_import(tmp_path: Path, repository: Path) -> None:
    stranger = ("unshare", "--user", "--map-user=12345", "--map-group=12345")
    try:
        able = subprocess.run([*stranger, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        able = False
    if not able:
        pytest.skip("needs user name spaces")
    code = "import cge.equilibrium, os; print(os.getuid())"
    done = started({"TMPDIR": str(tmp_path)}, repository, code, *stranger)
    assert (done.returncode, done.stdout, done.stderr) == (0, "12345\n", "")


def test_the_named_folder_is_taken(homeless: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("M3C_CACHE", str(homeless / "deep" / "mine"))
    assert cache_folder() == homeless / "deep" / "mine"
    assert (homeless / "deep" / "mine").is_dir()


def test_a_named_folder_that_cannot_be_is_said(
    homeless: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("M3C_CACHE", f"{os.devnull}/x")
    folder = cache_folder()
    assert folder == homeless / f"m3c-cge-{os.getuid()}"
    (said,) = caplog.messages
    assert said.startswith(f"M3C_CACHE: {os.devnull}/x cannot be used (Not a directory)")
    assert said.endswith(f"kept in {folder}.")


def test_a_command_says_once_where_code_is_kept_instead(tmp_path: Path, repository: Path) -> None:
    environment = {"M3C_CACHE": f"{os.devnull}/x", "XDG_CACHE_HOME": str(tmp_path)}
    code = "from cge.cli.shared import explained\nwith explained():\n    import cge.equilibrium"
    done = started(environment, repository, code)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.count("\n") == 1
    assert f"kept in {tmp_path / 'm3c-cge'}." in done.stderr


def test_without_a_home_code_is_kept_among_temporary_files(homeless: Path) -> None:
    folder = cache_folder()
    assert folder == homeless / f"m3c-cge-{os.getuid()}"
    assert folder.stat().st_mode & 0o077 == 0
    assert cache_folder() == folder


@pytest.mark.parametrize("mode", [0o777, 0o770, 0o775])
def test_where_others_could_write_is_made_private_and_nothing_taken_from_there(
    homeless: Path, mode: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(homeless))
    folder = homeless / "m3c-cge"
    (folder / "key").mkdir(parents=True)
    (folder / "key" / "planted-cache").write_bytes(b"code")
    folder.chmod(mode)
    assert cache_folder() == folder
    assert folder.stat().st_mode & 0o077 == 0
    (folder / "key").mkdir()
    assert list((folder / "key").iterdir()) == []
    assert cache_folder() == folder
    assert (folder / "key").is_dir()


def test_what_cannot_be_made_private_is_passed_over(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("XDG_CACHE_HOME", str(homeless))
    (homeless / "m3c-cge").mkdir()
    (homeless / "m3c-cge").chmod(0o777)
    monkeypatch.setattr("shutil.rmtree", closed)
    assert cache_folder() == homeless / f"m3c-cge-{os.getuid()}"


def test_code_is_not_taken_through_a_link_or_from_another_owner(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (homeless / "theirs").mkdir(mode=0o700)
    link = homeless / f"m3c-cge-{os.getuid()}"
    link.symlink_to("theirs")
    assert cache_folder() is None
    link.unlink()
    link.mkdir(mode=0o700)
    owner = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    link.rename(homeless / f"m3c-cge-{owner + 1}")
    assert cache_folder() is None


def test_a_machine_without_temporary_files_keeps_nothing(
    homeless: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> str:
        raise FileNotFoundError(2, "No usable temporary directory found")

    monkeypatch.setattr("tempfile.gettempdir", none)
    assert cache_folder() is None


def test_a_processor_that_tells_nothing_has_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def closed(path: Path, *arguments: str, **named: str) -> str:
        if path == Path("/proc/cpuinfo"):
            raise PermissionError(13, "Permission denied")
        return read(path, *arguments, **named)

    monkeypatch.setattr(cache.Path, "read_text", closed)
    assert machine_key().startswith(f"{jax.lib.__version__}-")


def test_xla_is_asked_to_be_silent_unless_the_user_asks_it(repository: Path) -> None:
    code = "import cge.equilibrium, os; print(os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    home = {"HOME": os.environ.get("HOME", "/")}
    assert started(home, repository, code).stdout == "3\n"
    assert started({**home, "TF_CPP_MIN_LOG_LEVEL": "0"}, repository, code).stdout == "0\n"


COMPLAINS = """
import jax
import cge.equilibrium
silent = {"xla_dump_to": "/proc/nowhere"}
jax.jit(lambda x: x + 1.0).lower(1.0).compile(compiler_options=silent)
"""


@pytest.mark.parametrize(("asked", "silent"), [({}, True), ({"TF_CPP_MIN_LOG_LEVEL": "0"}, False)])
def test_xla_is_silent_too_where_jax_was_imported_before(
    repository: Path, asked: dict[str, str], silent: bool
) -> None:
    done = started({"HOME": os.environ.get("HOME", "/"), **asked}, repository, COMPLAINS)
    assert done.returncode == 0
    assert (done.stderr == "") is silent


def compile_something(size: int) -> None:
    def slow(x: jax.Array) -> jax.Array:
        for number in range(size):
            x = jnp.sin(x @ x.T) + number
        return x

    jax.jit(slow).lower(jnp.ones((7, 7))).compile()


class Alarm:
    """A timer that rings as soon as it is set, or not at all, however long anything takes."""

    def __init__(self, seconds: float, ring: Callable[[], None], *, rings: bool) -> None:
        assert seconds == engine.PATIENCE
        self.ring = ring if rings else None
        self.daemon = False

    def start(self) -> None:
        assert self.daemon  # else it would keep the program from ending
        if self.ring is not None:
            self.ring()

    def cancel(self) -> None:
        """Whether it has rung or not."""


def events_of(monkeypatch: pytest.MonkeyPatch, sizes: Sequence[int], *, slow: bool) -> list[str]:
    """Events of JAX and what is told, in their order, while something is compiled anew."""
    seen: list[str] = []
    hear = engine._Clock.hear

    def heard(clock: engine._Clock, event: str) -> None:
        seen.append(event)
        hear(clock, event)

    monkeypatch.setattr(engine._Clock, "hear", heard)
    monkeypatch.setattr(threading, "Timer", partial(Alarm, rings=slow))
    jax.config.update("jax_enable_compilation_cache", False)
    try:
        with engine.compilation_told(seen.append):
            for size in sizes:
                compile_something(size)
    finally:
        jax.config.update("jax_enable_compilation_cache", True)
    return seen


def test_a_long_compilation_is_told_while_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = events_of(monkeypatch, (4, 5), slow=True)
    (text,) = [each for each in seen if not each.startswith("/jax/")]
    assert seen.index(engine._BEGUN) < seen.index(text) < seen.index(engine._ENDED)
    assert text.startswith("Compiling once")
    assert str(engine.kept_in()) in text


def test_a_short_one_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(each.startswith("/jax/") for each in events_of(monkeypatch, (2,), slow=False))


def test_jax_tells_of_its_compilations(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: set[str] = set()
    monkeypatch.setattr(engine._Clock, "hear", lambda clock, event: heard.add(event))
    with engine.compilation_told(print):
        compile_something(3)
    assert {engine._BEGUN, engine._ENDED} <= heard


COMPILES = """
import cge.equilibrium.cache as engine, jax, resource
import numpy as np
function = jax.jit(lambda x: x + 1.0)
with engine.compilation_told(print):
    for size in (1, 2, 3):
        if FULL and size == 3:
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        assert np.asarray(function(np.ones(size))).tolist() == [2.0] * size
"""


def kept(folder: Path) -> dict[Path, tuple[int, int]]:
    """The entries in a folder: all of one name but for their keys, of one function of ours."""
    entries = {path: path.stat() for path in folder.rglob("*-cache") if path.is_file()}
    assert len({path.name.split("-")[0] for path in entries}) == 1
    return {path: (about.st_ino, about.st_size) for path, about in entries.items()}


def test_damaged_code_is_said_once_and_replaced_and_sound_code_stays(
    tmp_path: Path, repository: Path
) -> None:
    environment = {"M3C_CACHE": str(tmp_path)}
    assert started(environment, repository, "FULL = False" + COMPILES).stdout == ""
    sound, *damaged = whole = kept(tmp_path)
    assert len(damaged) == 2
    for path in damaged:
        path.write_bytes(path.read_bytes()[:100])
    done = started(environment, repository, "FULL = False" + COMPILES)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Compiled code in {tmp_path}")
    assert done.stdout.count("Compiled code") == 1
    assert set(kept(tmp_path)) == set(whole)
    assert kept(tmp_path)[sound] == whole[sound]
    again = started(environment, repository, "FULL = False" + COMPILES)
    assert (again.stdout, again.stderr) == ("", "")


def test_code_that_finds_no_space_is_said_and_costs_no_other(
    tmp_path: Path, repository: Path
) -> None:
    environment = {"M3C_CACHE": str(tmp_path)}
    done = started(environment, repository, "FULL = True" + COMPILES)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Compiled code in {tmp_path}")
    assert "could not be used or kept (OSError: [Errno 27] File too large" in done.stdout
    assert [size > 100 for _, size in kept(tmp_path).values()] == [True, True]
    again = started(environment, repository, "FULL = False" + COMPILES)
    assert (again.stdout, again.stderr) == ("", "")
    assert len(kept(tmp_path)) == 3
