"""Functions of a model that are compiled once, and whose machine code is kept between runs.

To trace a model, to lower what was traced and to compile it are nearly all of a first solve. So
machine code is kept in a file, and a later run loads it and does nothing of that. A file has two
names. One is a fingerprint of all that the code was traced from (``cge.equilibrium.fingerprint``),
by which it is found at once. The other is a hash of the program, by which code is found that was
compiled before the source of ``cge`` or of a condition was edited, where the edit left the program
as it was. Both rest on the compiler, too: its version, its options and the processor.

Where there is no fingerprint, or no folder, the function is compiled as any other. Files hold code
that is run, so they lie where nobody else can write (``cge.cache``), beside JAX's own.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import tempfile
import warnings
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.experimental.serialize_executable import deserialize_and_load, serialize

from cge.equilibrium.cache import compiled, kept_in, lowered, settings
from cge.equilibrium.effort import LOG
from cge.equilibrium.fingerprint import Unknowable, fingerprint
from cge.equilibrium.jitted import Jitted, in_double, kind_of

_HEAD = b"m3c-cge, machine code\n"

_CALLS_BACK = "callback"
"""What is in the text of a program that calls Python: it holds where that is in this process."""


@dataclass(eq=False)
class Kept:
    """A function of trees of arrays, compiled once and kept.

    Where JAX itself calls it, to differentiate or to vectorise, it is traced as it is.

    Attributes:
        name: what it is called in files.
        function: what is to be compiled.
        depends_on: all that it depends on beside its arguments.
        size: number of unknowns, by which the compiler chooses how hard to try.
        agrees: whether a value, and the arguments that gave it, are those of this model; asked once
            of code that was found by its fingerprint, as that of another would give wrong numbers
            unseen.
    """

    name: str
    function: Callable[..., Any]
    depends_on: Sequence[Any]
    size: int
    agrees: Callable[..., bool]
    _read: bool = field(default=False, init=False, repr=False)
    _jitted: Jitted = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._jitted = Jitted(self.function, self.size, self._made)

    def __call__(self, *arguments: Any) -> Any:
        """The function's value; arrays are of double precision."""
        value = self._jitted(*arguments)
        if self._read and not self.agrees(value, *arguments):
            self._forget(in_double(arguments))
            value = self._jitted(*arguments)
        self._read = False
        return value

    def lower(self, *arguments: Any) -> Any:
        """The function as JAX lowers it, traced anew."""
        return self._jitted.lower(*arguments)

    def _forget(self, arguments: tuple[Any, ...]) -> None:
        """Remove what was read."""
        self._jitted.forget()
        file = self._file(arguments)
        if file is not None:
            _remove(file, "it is of another model")

    def _made(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        """Machine code: read, or compiled and kept."""
        file = self._file(arguments)
        code = None if file is None else _read(file, arguments)
        self._read = code is not None
        if code is not None:
            return code
        program = lowered(self.function, arguments)
        if file is None:
            return compiled(program, self.size)
        key = _hash(settings(), str(self.size), str(kind_of(arguments)), program.as_text())
        twin = file.with_name(f"program-{key}.code")
        code = _read(twin, arguments, key)
        if code is None:
            apart = _CALLS_BACK not in program.as_text()
            code = compiled(program, self.size, apart=apart)
            if apart:
                _write(twin, zlib.compress(pickle.dumps((key, *serialize(code))), 1))
        _link(twin, file)
        return code

    def _file(self, arguments: tuple[Any, ...]) -> Path | None:
        """Where the code for arguments like these is kept; None where it cannot be."""
        configuration: Any = jax.config
        folder = kept_in()
        if folder is None or not configuration.jax_enable_compilation_cache:
            return None
        try:
            key = fingerprint(self.name, self.depends_on, str(kind_of(arguments)), settings())
        except Unknowable as cause:
            LOG.debug("%s is traced in every run: it rests on %s", self.name, cause)
            return None
        return folder / f"{self.name}-{key}.code"


def _hash(*parts: str) -> str:
    """A hash of some texts, in which no two run together."""
    each = (hashlib.sha256(part.encode()).digest() for part in parts)
    return hashlib.sha256(b"".join(each)).hexdigest()


def _read(file: Path, arguments: tuple[Any, ...], key: str = "") -> Callable[..., Any] | None:
    """The code in a file, None where there is none for these arguments.

    Arguments:
        file: what to read.
        arguments: what the code is for.
        key: hash of the program, where it is known.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as cause:
        _warn("reading", file, str(cause))
        return None
    body = content[len(_HEAD) + 32 :]
    if content[: len(_HEAD) + 32] != _HEAD + hashlib.sha256(body).digest():
        _remove(file, "it is damaged")
        return None
    _load_lapack()
    try:
        program, *content = pickle.loads(zlib.decompress(body))
        code = deserialize_and_load(*content)
    except Exception as cause:
        _remove(file, f"{type(cause).__name__}: {cause}")
        return None
    wanted = jax.tree.map(lambda leaf: leaf.shape, (arguments, {}))
    if jax.tree.map(lambda aval: aval.shape, code.in_avals) != wanted or key not in ("", program):
        _remove(file, "it is of another program")
        return None
    return code


@cache
def _load_lapack() -> None:
    """Make LAPACK known, on which machine code calls without asking; JAX does so as it lowers."""
    try:
        lapack: Any = import_module("jaxlib.lapack")
        lapack.prepare_lapack_call("getrf_ffi", np.dtype(float))
    except (ImportError, AttributeError, TypeError):
        jax.jit(jax.lax.linalg.lu).lower(np.ones((1, 1)))


def _write(file: Path, body: bytes) -> None:
    """Keep code; the file is whole or not there."""
    part = ""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=file.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(_HEAD + hashlib.sha256(body).digest() + body)
        os.replace(part, file)
    except OSError as cause:
        if part:
            Path(part).unlink(missing_ok=True)
        _warn("writing", file, f"{type(cause).__name__}: {cause}")


def _link(twin: Path, file: Path) -> None:
    """Let code be found by a second name; where files have one only, it is traced in every run."""
    with suppress(OSError):
        os.link(twin, file)


def _remove(file: Path, why: str) -> None:
    """Remove what cannot be used, so that it is replaced."""
    with suppress(OSError):
        file.unlink()
    _warn("reading", file, why)


def _warn(doing: str, file: Path, why: str) -> None:
    """Warn as JAX does of machine code that cannot be used or kept (``compilation_told``)."""
    entry = f"Error {doing} persistent compilation cache entry for '{file.name}'"
    warnings.warn(f"{entry}: {why}", stacklevel=2)
