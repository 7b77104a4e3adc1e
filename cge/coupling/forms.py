"""Forms in which values come: labelled arrays, series and tables of pandas, mappings, JSON.

All of them become entries: numbers by their labels. What an axis is is told by its name, or by its
labels where it has no name, never by its place; what has no labels is refused.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from cge.coupling.errors import CouplingError

Array = npt.NDArray[np.float64]
Labels = Mapping[str, Sequence[str]]
Key = tuple[str, ...]

NUMBERS = "fiu"
"""Kinds of arrays that are numbers: neither dates, truth values, complex numbers nor text."""


@dataclass(frozen=True, eq=False)
class Entries:
    """Numbers by their labels.

    Attributes:
        keys: labels of each entry along the dimensions, in the order of the item.
        numbers: the number of each.
    """

    keys: Sequence[Key]
    numbers: Array


def entries(value: Any, dims: Sequence[str], labels: Labels, where: str) -> Entries:
    """What a value of any form holds.

    Arguments:
        value: labelled array, its ``to_dict()``, series or table of pandas (labels in the index,
            the columns, or in columns named after dimensions), nested mappings (outer keys of the
            first dimension), or a number where there are no dimensions. None in a mapping or a
            JSON document is no number (NaN).
        dims: dimensions, in order.
        labels: known labels by dimension, which tell unnamed axes apart.
        where: item, for messages.

    Raises:
        CouplingError: it has no labels, other dimensions, or an entry that is no number.
    """
    if _is_document(value):
        return entries(_from_document(value, where), dims, labels, where)
    if isinstance(value, xr.DataArray):
        return _of_array(value, dims, where)
    if isinstance(value, pd.Series | pd.DataFrame):
        return _of_pandas(value, dims, labels, where)
    if isinstance(value, Mapping) and not isinstance(value, xr.Dataset) and dims:
        return _of_mapping(value, dims, labels, where)
    if not dims:
        return Entries([()], np.array([number(value, where)]))
    raise CouplingError(
        f"{where}: found {type(value).__name__} without labels of {_listed(dims)}; give a "
        "DataArray, a Series or nested mappings by them"
    )


def number(value: Any, where: str) -> float:
    """A single number; None is no number (NaN), as JSON has it.

    Raises:
        CouplingError: it is a date, a truth value, complex, text or an object.
    """
    if value is None:
        return np.nan
    try:
        found = np.asarray(value)
    except (TypeError, ValueError, OverflowError):  # lists of several lengths
        found = np.asarray(None)
    if found.ndim or found.dtype.kind not in NUMBERS:
        raise CouplingError(f"{where}: {value!r} is no number")
    return float(found)


def _check_kind(kind: object, where: str) -> None:
    dtype = pd.api.types.pandas_dtype(kind)
    if dtype.kind not in NUMBERS:
        raise CouplingError(
            f"{where}: entries of type {dtype} are no numbers; give real numbers, for example "
            "with .astype(float) where that is what they mean"
        )


# ---------------------------------------------------------------------- labelled arrays, JSON


def _of_array(value: xr.DataArray, dims: Sequence[str], where: str) -> Entries:
    found = [str(dim) for dim in value.dims]
    if set(found) != set(dims):
        raise CouplingError(f"{where}: dimensions are {_listed(found)}, expected {_listed(dims)}")
    for dim in dims:
        if dim not in value.coords:
            raise CouplingError(f"{where}: dimension {dim!r} has no labels; give its coordinates")
    _check_kind(value.dtype, where)
    axes = [[str(label) for label in value.coords[dim].values] for dim in dims]
    return Entries(list(product(*axes)), np.array(value.transpose(*dims).values, float).ravel())


def _is_document(value: Any) -> bool:
    return isinstance(value, Mapping) and {"dims", "coords"} <= set(map(str, value))


def _from_document(value: Mapping[str, Any], where: str) -> xr.DataArray:
    """The array of ``to_dict()``, also after a journey through JSON."""
    try:
        data = np.array(value["data"], dtype=object)
        numbers = [number(entry, where) for entry in data.ravel()]
        array = np.array(numbers, float).reshape(data.shape)
        return xr.DataArray.from_dict({**value, "data": array})
    except CouplingError:
        raise
    except Exception as cause:  # xarray raises many kinds for what is no document of its own
        raise CouplingError(
            f"{where}: found 'dims' and 'coords' that make no labelled array ({cause}); write it "
            "with DataArray.to_dict()"
        ) from None


# ---------------------------------------------------------------------- pandas


def _of_pandas(
    value: pd.Series | pd.DataFrame, dims: Sequence[str], labels: Labels, where: str
) -> Entries:
    if isinstance(value, pd.DataFrame) and value.columns.nlevels == 1:
        inside = [dim for dim in dims if dim in value.columns]
        if inside:
            return _of_pandas(_indexed(value, inside, dims, where), dims, labels, where)
    table = value.to_frame() if isinstance(value, pd.Series) else value
    for kind in table.dtypes:
        _check_kind(kind, where)
    names, keys = list(value.index.names), _keys(value.index)
    if isinstance(value, pd.DataFrame):
        names += value.columns.names
        keys = [row + column for row in keys for column in _keys(value.columns)]
    order = _order(names, keys, dims, labels, f"{where}: {type(value).__name__}")
    numbers = table.to_numpy(dtype=float, na_value=np.nan).ravel()
    return Entries([tuple(key[k] for k in order) for key in keys], numbers)


def _indexed(
    table: pd.DataFrame, inside: list[str], dims: Sequence[str], where: str
) -> pd.Series[Any] | pd.DataFrame:
    """A table whose columns name dimensions, by their labels.

    An index that counts the rows has no labels; any other has those of a further dimension. With
    labels of all dimensions numbers are one column, and else a column for each label of the last.
    """
    if table.columns.isin(inside).sum() > len(inside):
        raise CouplingError(f"{where}: a column {_listed(inside)} comes twice; give each once")
    counts = table.index.names == [None] and pd.api.types.is_integer_dtype(table.index.dtype)
    indexed = table.set_index(inside, append=not counts)
    if indexed.index.nlevels < len(dims):
        return indexed
    if len(indexed.columns) == 1:
        return indexed.iloc[:, 0]
    names = list(map(str, indexed.columns))
    example = f", as in table[{[*inside, *names[:1]]!r}]" if names else ""
    raise CouplingError(
        f"{where}: a table by the columns {_listed(inside)} has one column of numbers beside them, "
        f"found {_listed(names)}; hand over one{example}"
    )


def _keys(index: pd.Index[Any]) -> list[Key]:
    return [tuple(map(str, key if isinstance(key, tuple) else (key,))) for key in index]


def _order(
    names: Sequence[Hashable], keys: Sequence[Key], dims: Sequence[str], labels: Labels, what: str
) -> list[int]:
    """The level that each dimension is: told by names, and by labels where there are none."""
    named = [name for name in names if name is not None]
    if len(names) != len(dims) or not set(named) <= set(dims) or len({*named}) < len(named):
        found = _listed(["no name" if name is None else str(name) for name in names])
        raise CouplingError(
            f"{what} by {found}, expected one level for each of {_listed(dims)}, of that name or "
            "without a name"
        )
    fits = [
        [name in (None, dim) and {key[k] for key in keys} <= set(labels[dim]) for dim in dims]
        for k, name in enumerate(names)
    ]
    turns = [
        list(turn)
        for turn in permutations(range(len(dims)))
        if all(fits[level][d] for d, level in enumerate(turn))
    ]
    if len(turns) > 1:
        raise CouplingError(f"{what} has levels that may be any of {_listed(dims)}; name them")
    return turns[0] if turns else _by_name(names, dims)


def _by_name(names: Sequence[Hashable], dims: Sequence[str]) -> list[int]:
    """Levels in the order of the dimensions where labels are unknown: names first, then places."""
    unnamed = iter([k for k, name in enumerate(names) if name is None])
    return [list(names).index(dim) if dim in names else next(unnamed) for dim in dims]


# ---------------------------------------------------------------------- mappings


def _of_mapping(
    value: Mapping[Any, Any], dims: Sequence[str], labels: Labels, where: str
) -> Entries:
    parts = [
        (str(key), entries(inner, dims[1:], labels, f"{where}, {key}"))
        for key, inner in value.items()
    ]
    keys = [(label, *key) for label, part in parts for key in part.keys]
    return Entries(keys, np.concatenate([np.empty(0), *(part.numbers for _, part in parts)]))


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
