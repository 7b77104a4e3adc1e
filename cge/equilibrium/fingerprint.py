"""Fingerprints: a hash of all that compiled code of a model depends on.

Compiled code is a function of parameters, so it depends on what a model *says* and not on its
numbers: names, letters, labels, trees, elasticities that are plain numbers, rules, bounds. Two
models of one fingerprint may share compiled code, and a difference that a fingerprint misses would
be a wrong number that looks right. So nothing is listed here: whatever can be reached from an
object is part of it, by content, but for the values of parameters.

Functions of users (conditions and rules of auxiliary variables) count with their code, with what
they close over and what they refer to, and there the values of parameters count too, as a function
may read them while it is compiled. What has no content to read (an open file, an object of a
compiled library), or a function that can reach what it does not name, has no fingerprint.
"""

from __future__ import annotations

import dis
import enum
import hashlib
import struct
import sys
import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from types import (
    BuiltinFunctionType,
    CodeType,
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

import jax
import numpy as np

from cge.language.parameters import Parameter

_OURS = ("cge", "closures", "calibration", "recipes", "sam")
"""Packages whose source counts as a whole."""

_HIDES = {"getattr", "globals", "locals", "vars", "eval", "exec", "compile", "open", "__import__"}
"""Built-in functions that reach what a function does not name."""

_RESTLESS = {
    *("datetime", "importlib", "inspect", "io", "os", "pathlib", "random", "secrets", "sys"),
    *("time", "urllib"),
}
"""Modules, of Python or as parts of a library, that answer differently from call to call."""


class Unknowable(Exception):
    """Something has no fingerprint; says what."""


def fingerprint(*things: Any) -> str:
    """A hash of all that can be reached from some objects, but for the values of parameters.

    Raises:
        Unknowable: something has no content to read.
    """
    functions = _Walk(None)
    walk = _Walk(functions)
    versions = sys.version, jax.__version__, version("jaxlib"), np.__version__
    walk.add((*versions, source("cge")))
    for thing in things:
        walk.add(thing)
    walk.write("functions", functions.digest.digest())
    return walk.digest.hexdigest()


@cache
def source(package: str) -> str:
    """A hash of the source of a package of ours, to the last letter."""
    digest = hashlib.sha256()
    for folder in sorted(import_module(package).__path__):
        for file in sorted(Path(folder).rglob("*.py")):
            digest.update(file.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


@dataclass(eq=False)
class _Walk:
    """A walk through everything that can be reached.

    Attributes:
        functions: the walk through what functions reach; None for that walk itself, in which the
            values of parameters count.
        digest: hash of what was met so far.
        seen: objects met so far by identity, with their place; kept, so that none is reused.
    """

    functions: _Walk | None
    digest: Any = field(default_factory=hashlib.sha256)
    seen: dict[int, tuple[int, Any]] = field(default_factory=dict)

    def write(self, kind: str, content: bytes = b"") -> None:
        """Add to the hash, with kind and length, so that no two contents run together."""
        self.digest.update(f"{kind}:{len(content)};".encode() + content)

    def add(self, thing: Any) -> None:
        """Add anything."""
        if thing is None or type(thing) in (bool, int, str, bytes, complex, type(...)):
            self.write(type(thing).__name__, repr(thing).encode())
        elif type(thing) is float:
            self.write("float", struct.pack("<d", thing))
        elif id(thing) in self.seen:
            self.write("again", str(self.seen[id(thing)][0]).encode())
        else:
            self.seen[id(thing)] = len(self.seen), thing
            self._add_new(thing)

    def _add_new(self, thing: Any) -> None:
        """Add an object that was not met before."""
        match thing:
            case Parameter():
                self._parameter(thing)
            case np.ndarray() | np.generic() | jax.Array():
                self._array(thing)
            case dict() | MappingProxyType():
                self._parts(thing, (part for item in thing.items() for part in item))
            case list() | tuple():
                self._parts(thing, thing)
            case set() | frozenset():
                self._parts(thing, _ordered(thing))
            case enum.Enum():
                self._parts(thing, (thing.name, thing.value))
            case partial():
                self._parts(thing, (thing.func, thing.args, thing.keywords))
            case FunctionType() | MethodType() | BuiltinFunctionType():
                self._function(thing)
            case CodeType():
                self._code(thing)
            case ModuleType():
                self._module(thing)
            case type():
                self._class(thing)
            case _:
                self._object(thing)

    def _parameter(self, parameter: Parameter) -> None:
        """A parameter; its value where a function may read it."""
        value = np.asarray(parameter.value)
        others = {k: v for k, v in vars(parameter).items() if k != "value"}
        own = value if self.functions is None else (str(value.dtype), value.shape)
        self._parts(parameter, (others, own))

    def _array(self, value: Any) -> None:
        array = np.asarray(value)
        if array.dtype.hasobject:
            raise Unknowable("an array of objects")
        self.write("array", f"{type(value).__name__} {array.dtype.descr} {array.shape}".encode())
        self.write("data", np.ascontiguousarray(array).tobytes())

    def _parts(self, thing: Any, parts: Iterable[Any]) -> None:
        """An object as its class and what it is made of."""
        self.add(type(thing))
        self.write("parts")
        for part in parts:
            self.add(part)
        self.write("end")

    def _object(self, thing: Any) -> None:
        """An object by its class and attributes, one of a library by its name there."""
        kind = type(thing)
        if _is_named(thing):
            self.write("named", f"{thing.__module__}.{thing.__qualname__}".encode())
            return
        slots = [name for base in kind.__mro__ for name in _slots(base)]
        if _is_foreign(kind.__module__) or not (slots or hasattr(thing, "__dict__")):
            raise Unknowable(f"an object of {kind.__module__}.{kind.__qualname__}")
        content = {name: getattr(thing, name) for name in slots if hasattr(thing, name)}
        named = getattr(thing, "__dict__", {}).items()
        self._parts(thing, (content, {k: v for k, v in named if not _is_derived(kind, k)}))

    # ------------------------------------------------------------------ code

    def _function(self, function: Any) -> None:
        """A function by its code and all that it reaches, numbers included."""
        if self.functions is not None:
            self.functions.add(function)
        elif isinstance(function, MethodType):
            self._parts(function, (function.__func__, function.__self__))
        elif _is_named(function):
            self.write("named", f"{function.__module__}.{function.__qualname__}".encode())
        elif isinstance(function, FunctionType):
            self._definition(function)
        else:
            raise Unknowable(f"the built-in method {function.__qualname__}")

    def _definition(self, function: FunctionType) -> None:
        """A function written in Python, by us or a user."""
        self.write("def", f"{function.__module__}.{function.__qualname__}".encode())
        try:
            closure = [cell.cell_contents for cell in function.__closure__ or ()]
        except ValueError:
            raise Unknowable(f"{function.__qualname__}, which is not complete") from None
        self.add([function.__defaults__, function.__kwdefaults__, vars(function), closure])
        self.add(function.__code__)
        if _is_ours(function.__module__):
            self.add(source(function.__module__.partition(".")[0]))
        else:
            self._references(function, closure)

    def _references(self, function: FunctionType, closure: list[Any]) -> None:
        """What a function of a user refers to by name, also within modules of users."""
        known, names = function.__globals__, _names(function.__code__)
        hidden = [name for name in names if name in _HIDES and name not in known]
        hidden += [name for name in names if name in _RESTLESS]
        hidden += [name for name in _imports(function.__code__) if not _is_library(name)]
        if hidden:
            raise Unknowable(f"{function.__qualname__}, which refers to {hidden[0]}")
        found = [(name, known[name]) for name in names if name in known]
        self.add(found)
        for value in (*(value for _, value in found), *closure):
            if isinstance(value, ModuleType):
                if value.__name__.partition(".")[0] in _RESTLESS:
                    raise Unknowable(f"{function.__qualname__}, which refers to {value.__name__}")
                if not _is_library(value.__name__):
                    self.add([(name, vars(value)[name]) for name in names if name in vars(value)])

    def _code(self, code: CodeType) -> None:
        """Instructions, constants and names; not the lines where they stand."""
        self.add([code.co_code, code.co_consts, code.co_exceptiontable])
        self.add([code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars])
        self.add([code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount])
        self.add(code.co_flags)

    def _module(self, module: ModuleType) -> None:
        """A library by its name and version, a module of a user by its source."""
        name = module.__name__
        root = sys.modules.get(name.partition(".")[0], module)
        self.write("module", f"{name} {getattr(root, '__version__', '')}".encode())
        if _is_ours(name):
            self.add(source(name.partition(".")[0]))
        elif not _is_foreign(name):
            file = getattr(module, "__file__", None)
            if file is None:
                raise Unknowable(f"module {name}, which has no source")
            self.write("source", Path(file).read_bytes())

    def _class(self, kind: type) -> None:
        """A class by its name and, where a user defines it, by all that it defines."""
        self.write("class", f"{kind.__module__}.{kind.__qualname__}".encode())
        if _is_ours(kind.__module__):
            self.add(source(kind.__module__.partition(".")[0]))
        elif not _is_foreign(kind.__module__):
            self.add(list(kind.__bases__))
            self.add([part for item in sorted(vars(kind).items()) for part in _member(*item)])


def _member(name: str, value: Any) -> tuple[Any, ...]:
    """What a class defines under a name, without what Python itself adds."""
    descriptor = isinstance(value, MemberDescriptorType | GetSetDescriptorType)
    special = name.startswith("__") and not isinstance(value, FunctionType)
    if descriptor or special or name.startswith("_abc_"):
        return ()
    if isinstance(value, property):
        return name, [value.fget]
    return name, getattr(value, "__func__", getattr(value, "func", value))


def _ordered(things: Iterable[Any]) -> list[Any]:
    """The members of a set of plain values; others have no order."""
    if not all(type(thing) in (str, int, float, bytes) for thing in things):
        raise Unknowable("a set of objects")
    return sorted(things, key=repr)


def _names(code: CodeType) -> list[str]:
    """Names that code refers to, those of functions inside it included."""
    inner = (name for c in code.co_consts if isinstance(c, CodeType) for name in _names(c))
    return sorted({*code.co_names, *inner})


def _imports(code: CodeType) -> list[str]:
    """Modules that code imports itself, that of functions inside it included."""
    own = [i.argval for i in dis.get_instructions(code) if i.opname == "IMPORT_NAME"]
    return own + [n for c in code.co_consts if isinstance(c, CodeType) for n in _imports(c)]


def _slots(kind: type) -> tuple[str, ...]:
    names = vars(kind).get("__slots__", ())
    return (names,) if isinstance(names, str) else tuple(n for n in names if n != "__weakref__")


def _is_derived(kind: type, name: str) -> bool:
    """Whether an attribute of an object of ours is worked out from others when it is asked for."""
    return _is_ours(kind.__module__) and isinstance(getattr(kind, name, None), cached_property)


def _is_named(thing: Any) -> bool:
    """Whether a library has something under the name that it bears."""
    module, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    if not isinstance(module, str) or not isinstance(name, str) or not _is_foreign(module):
        return False
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is thing


def _is_ours(module: str | None) -> bool:
    return (module or "").partition(".")[0] in _OURS


def _is_library(module: str | None) -> bool:
    """Whether source is known by its version: ours, of Python, or installed."""
    return _is_ours(module) or _is_foreign(module)


@cache
def _is_foreign(module: str | None) -> bool:
    """Whether a module is one of Python's or of an installed package, but not ours."""
    root = (module or "").partition(".")[0]
    if _is_ours(root) or root == "__main__":
        return False
    if root in sys.builtin_module_names or root in sys.stdlib_module_names:
        return True
    found = sys.modules.get(root)
    file = getattr(found, "__file__", None) or next(iter(getattr(found, "__path__", ())), None)
    places = {sysconfig.get_path(name) for name in ("purelib", "platlib")}
    return file is not None and any(Path(file).is_relative_to(place) for place in places)
