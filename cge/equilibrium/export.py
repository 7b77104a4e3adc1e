"""Functions of a model that are compiled once and kept between runs, tracing and all.

JAX keeps machine code, but finds it by the traced program, and to trace a model is most of a first
solve. So the traced program is kept too, beside the machine code, under a fingerprint of all that
it was traced from (``cge.equilibrium.fingerprint``), and a later run reads it instead of tracing.
Where there is no fingerprint, or no folder, the function is compiled as any other.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import export

from cge.equilibrium.cache import kept_in, machine_code
from cge.equilibrium.effort import LOG
from cge.equilibrium.fingerprint import Unknowable, fingerprint

_HEAD = b"m3c-cge, a traced program\n"


@dataclass(eq=False)
class Kept:
    """A function of trees of arrays, compiled once and kept.

    Where JAX itself calls it, to differentiate or to vectorise, it is traced as it is.

    Attributes:
        name: what it is called in files.
        function: what is to be compiled.
        returns: named tuples that its value is made of.
        depends_on: all that it depends on beside its arguments.
        size: number of unknowns, by which the compiler chooses how hard to try.
        agrees: whether a value, and the arguments that gave it, are those of this model; asked once
            of a program that was read, as that of another would give wrong numbers unseen.
    """

    name: str
    function: Callable[..., Any]
    returns: Sequence[type]
    depends_on: Sequence[Any]
    size: int
    agrees: Callable[..., bool]
    _read: bool = field(default=False, init=False, repr=False)
    _traced: Any = field(init=False, repr=False)
    _codes: dict[Any, Callable[..., Any]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._traced = jax.jit(self.function)

    def __call__(self, *arguments: Any) -> Any:
        """The function's value; arrays are of double precision."""
        if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(arguments)):
            return self._traced(*arguments)
        arguments = jax.tree.map(_array, arguments)
        kind = _kind(arguments)
        if kind not in self._codes:
            self._codes[kind] = self._made(arguments)
        value = self._codes[kind](*arguments)
        if self._read and not self.agrees(value, *arguments):
            self._forget(arguments)
            self._codes[kind] = self._made(arguments)
            value = self._codes[kind](*arguments)
        self._read = False
        return value

    def lower(self, *arguments: Any) -> Any:
        """The function as JAX lowers it, traced anew."""
        return self._traced.lower(*arguments)

    def _forget(self, arguments: tuple[Any, ...]) -> None:
        """Remove what was read."""
        file = self._file(arguments)
        if file is not None:
            _remove(file, "it is of another model")

    def _made(self, arguments: tuple[Any, ...]) -> Callable[..., Any]:
        """Machine code, of a program that is read, or traced and kept."""
        for kind in self.returns:
            _register(kind)
        file = self._file(arguments)
        if file is None:
            return machine_code(self.function, arguments, self.size)
        program = _read(file, arguments)
        self._read = program is not None
        if program is None:
            program = export.export(jax.jit(self.function))(*arguments)
            _write(file, program)
        return machine_code(program.call, arguments, self.size)

    def _file(self, arguments: tuple[Any, ...]) -> Path | None:
        """Where the program for arguments like these is kept; None where it cannot be."""
        settings: Any = jax.config
        folder = kept_in()
        if folder is None or not settings.jax_enable_compilation_cache:
            return None
        try:
            tree, shapes = _kind(arguments)
            key = fingerprint(self.name, self.depends_on, str(tree), shapes)
        except Unknowable as cause:
            LOG.debug("%s is traced in every run: it rests on %s", self.name, cause)
            return None
        return folder / f"{self.name}-{key}.traced"


def _kind(arguments: tuple[Any, ...]) -> tuple[Any, tuple[tuple[int, ...], ...]]:
    """What machine code is made for: the tree of the arguments, and their shapes."""
    leaves, tree = jax.tree.flatten(arguments)
    return tree, tuple(leaf.shape for leaf in leaves)


def _array(value: Any) -> Any:
    """A number or an array in double precision, where it is."""
    if isinstance(value, jax.Array):
        return value if value.dtype == jnp.float64 else value.astype(jnp.float64)
    return np.asarray(value, float)


@cache
def _register(kind: Any) -> None:
    """Let JAX write trees with a kind of named tuple in them."""
    export.register_namedtuple_serialization(
        kind, serialized_name=f"{kind.__module__}.{kind.__qualname__}"
    )


def _read(file: Path, arguments: tuple[Any, ...]) -> export.Exported | None:
    """The program in a file, None where there is none for these arguments."""
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
    try:
        program = export.deserialize(bytearray(body))
    except Exception as cause:
        _remove(file, f"{type(cause).__name__}: {cause}")
        return None
    fits = str(jax.tree.structure((arguments, {}))) == str(program.in_tree)
    fits = fits and _kind(arguments)[1] == tuple(a.shape for a in program.in_avals)
    if not fits:
        _remove(file, "its arguments are others")
    return program if fits else None


def _write(file: Path, program: export.Exported) -> None:
    """Keep a program; the file is whole or not there."""
    body = bytes(program.serialize())
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


def _remove(file: Path, why: str) -> None:
    """Remove what cannot be used, so that it is replaced."""
    with suppress(OSError):
        file.unlink()
    _warn("reading", file, why)


def _warn(doing: str, file: Path, why: str) -> None:
    """Warn as JAX does of machine code that cannot be used or kept (``compilation_told``)."""
    entry = f"Error {doing} persistent compilation cache entry for '{file.name}'"
    warnings.warn(f"{entry}: {why}", stacklevel=2)
