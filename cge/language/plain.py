"""Plain numbers: what goes by position, and what only looks like a number.

A number, a list or an array has no labels, so its entries go by position. A list of labelled things
would mix both, and a text, a truth value, a date or an entry that is masked is no number, although
Python would make one of it.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cge.language.errors import DeclarationError

NO_NUMBERS = {"b": "truth values", "c": "complex", "m": "time spans", "M": "dates", "S": "texts"}
"""Kinds of arrays that hold no numbers."""
NO_NUMBERS["U"] = NO_NUMBERS["S"]
_TIMES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)
_MIXED = (
    "a list mixes positions with the labels of what stands in it; give a DataFrame, a DataArray or "
    "a mapping of labels such as {'bread': ...}, which are read by their labels"
)


def as_array(value: Any, where: str, *, truths: bool = False) -> NDArray[np.float64]:
    """A float array of one's own.

    Arguments:
        value: a number, or numbers by position.
        where: what it is for.
        truths: whether truth values stand for one and zero.

    Raises:
        DeclarationError: it is none of numbers, has entries that are masked, or holds labelled
            things in a list.
    """
    try:
        for part in _parts(value):
            _check_part(part, truths)
        return np.array(value, float)
    except (TypeError, ValueError, OverflowError) as error:
        raise DeclarationError(
            f"{where}: not a number, nor numbers by label or position: {type(value).__name__} "
            f"({error})"
        ) from None


def is_labelled(value: Any) -> bool:
    """Whether something says which of its numbers is which, by labels of one axis or more."""
    if isinstance(value, Mapping):
        return True
    both = ("dims", "coords"), ("index", "to_numpy")
    has = any(all(hasattr(value, name) for name in names) for names in both)
    return has and np.ndim(value) > 0


def _parts(value: Any) -> Iterator[Any]:
    """What a value is made of: arrays of one kind, and things by themselves."""
    if isinstance(value, list | tuple):
        for part in value:
            if is_labelled(part):
                raise ValueError(f"holds a {type(part).__name__}: {_MIXED}")
            yield from _parts(part)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "O":
        yield from _parts(value.ravel().tolist())
    else:
        yield value


def _check_part(part: Any, truths: bool) -> None:
    """Refuse what is no number, or has none."""
    if np.ma.is_masked(part):
        raise ValueError("some entries are masked; fill them first (.filled(0.0))")
    kind = getattr(getattr(part, "dtype", None), "kind", "")
    if isinstance(part, bool):
        kind = "b"
    if isinstance(part, str | bytes):
        raise ValueError(f"a text, {part!r}")
    if isinstance(part, complex):
        kind = "c"
    if isinstance(part, _TIMES):
        kind = "M"
    if kind in NO_NUMBERS and not (truths and kind == "b"):
        raise ValueError(f"{NO_NUMBERS[kind]}, such as {np.ravel(part)[:1].tolist()}, no numbers")
