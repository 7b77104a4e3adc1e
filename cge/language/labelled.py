"""Labelled numbers: pandas, xarray and mappings are read by their labels, never by position.

A ``Series``, a ``DataFrame``, a ``DataArray`` or a mapping such as ``{"north": {"bread": 4.0}}`` is
a table of axes with labels. An axis belongs to the letter of its name, or else to the one letter
that has its labels; then its entries are put in the order of the letter. Labels that are missing,
unknown or there twice are refused by name. Arrays and lists have no labels: they go by position.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cge.language.dimensions import Dimension, Dimensions
from cge.language.errors import DeclarationError
from cge.language.words import some

NAMED = 6
"""Labels that a message lists before it counts the others."""


@dataclass(frozen=True, eq=False)
class Axis:
    """An axis of a table.

    Attributes:
        name: its name, empty for none.
        labels: labels of its entries, None for an axis that has none.
    """

    name: str
    labels: tuple[Any, ...] | None


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers over labelled axes."""

    axes: tuple[Axis, ...]
    values: NDArray[Any]


def table_of(value: Any, where: str) -> Table | None:
    """Read a labelled value, None for one that has no labels.

    Raises:
        DeclarationError: not all combinations of labels have one value; names those.
    """
    if hasattr(value, "dims") and hasattr(value, "coords"):
        if not hasattr(value, "values") or callable(value.values):
            raise DeclarationError(f"{where}: a Dataset holds many variables; give one of them")
        return _from_xarray(value)
    if hasattr(value, "index") and hasattr(value, "to_numpy"):
        columns = getattr(value, "columns", None)
        return _from_pandas(value.index, columns, value.to_numpy(), where)
    if isinstance(value, Mapping):
        return _from_mapping(value, where)
    return None


def aligned(
    table: Table, letters: str, stated: str | None, dims: Dimensions, where: str
) -> tuple[str, NDArray[Any]]:
    """The letters of a table's axes, and its numbers in the order of their labels.

    Arguments:
        table: the table.
        letters: letters that it may have.
        stated: letters of its axes in order, if the user said them.
        dims: letters of the model.
        where: what the table is for.

    Raises:
        DeclarationError: an axis belongs to no letter, or labels do not match.
    """
    _check_column(table, letters if stated is None else stated, where)
    own = (
        _stated(table, stated, where) if stated is not None else _found(table, letters, dims, where)
    )
    array = table.values
    for k, (axis, letter) in enumerate(zip(table.axes, own, strict=True)):
        if axis.labels is not None:
            order = _order(axis.labels, dims[letter], where)
            array = array if order is None else np.take(array, order, axis=k)
    return own, array


def _check_column(table: Table, letters: str, where: str) -> None:
    """A table of one column is no vector: which label of which letter it has is not said."""
    labels = table.axes[-1].labels if table.axes else None
    if len(table.axes) == len(letters) + 1 and labels is not None and len(labels) == 1:
        raise DeclarationError(
            f"{where}: a table whose only column is {labels[0]!r}, where '{' '.join(letters)}' "
            f"may be; give the column, as in df[{labels[0]!r}]"
        )


# ------------------------------------------------------------------ reading


def _from_xarray(value: Any) -> Table:
    def labels(dim: Any) -> tuple[Any, ...] | None:
        return tuple(value.coords[dim].values.tolist()) if dim in value.coords else None

    axes = tuple(Axis(str(dim), labels(dim)) for dim in value.dims)
    return Table(axes, np.asarray(value.values))


def _from_pandas(index: Any, columns: Any, values: NDArray[Any], where: str) -> Table:
    sides = [index] if columns is None else [index, columns]
    if all(side.nlevels == 1 for side in sides):
        return Table(tuple(_axis(side) for side in sides), values)
    names = [_axis(side.get_level_values(k)).name for side in sides for k in range(side.nlevels)]
    rows = _rows(sides[0])
    if columns is not None:
        rows = [(*row, *column) for row in rows for column in _rows(columns)]
    return _gridded(names, rows, values.ravel(), where)


def _rows(index: Any) -> list[tuple[Any, ...]]:
    """The labels of each entry of an index, one for each level."""
    return [entry if index.nlevels > 1 else (entry,) for entry in index]


def _axis(index: Any) -> Axis:
    level = index.get_level_values(0)
    return Axis("" if level.name is None else str(level.name), tuple(level.tolist()))


def _from_mapping(value: Mapping[Any, Any], where: str) -> Table:
    if not value:
        raise DeclarationError(f"{where}: the mapping is empty; give a number for each label")
    rows, numbers = [], []
    for path, number in _entries(value, ()):
        if not np.isscalar(number) and np.ndim(number) > 0:
            raise DeclarationError(
                f"{where}: an array stands at {_path(path)} of a mapping; labels and positions do "
                "not mix: give numbers by label down to the last letter"
            )
        rows.append(path)
        numbers.append(number)
    depths = sorted({len(path) for path in rows})
    if len(depths) > 1:
        raise DeclarationError(
            f"{where}: the mapping has numbers at {_path(rows[0])} and, deeper or less deep, "
            f"elsewhere ({depths[0]} and {depths[-1]} labels); nest all entries alike"
        )
    if depths == [1]:
        return Table((Axis("", tuple(path[0] for path in rows)),), np.array(numbers, dtype=object))
    return _gridded([""] * depths[0], rows, np.array(numbers, dtype=object), where)


def _entries(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Numbers of a nested mapping with their labels; keys may be tuples, values Series."""
    labelled = isinstance(value, Mapping) or (hasattr(value, "items") and hasattr(value, "index"))
    if not labelled:
        yield path, value
        return
    for key, below in value.items():
        yield from _entries(below, (*path, *(key if isinstance(key, tuple) else (key,))))


def _gridded(
    names: Sequence[str], rows: Sequence[tuple[Any, ...]], numbers: NDArray[Any], where: str
) -> Table:
    """A table of numbers that come one by one, each with a label for every axis."""
    labels = [tuple(dict.fromkeys(row[k] for row in rows)) for k in range(len(names))]
    places = [{label: j for j, label in enumerate(own)} for own in labels]
    values = np.empty([len(own) for own in labels], dtype=object)
    filled = np.zeros(values.shape, bool)
    for row, number in zip(rows, numbers, strict=True):
        at = tuple(place[label] for place, label in zip(places, row, strict=True))
        if filled[at]:
            raise DeclarationError(f"{where}: two values at {_path(row)}; give one for each label")
        values[at], filled[at] = number, True
    if not filled.all():
        gaps = [
            _path([own[j] for own, j in zip(labels, at, strict=True)])
            for at in np.argwhere(~filled)
        ]
        raise DeclarationError(
            f"{where}: no value at {some(gaps, NAMED)}; give one for every combination"
        )
    axes = tuple(Axis(name, own) for name, own in zip(names, labels, strict=True))
    return Table(axes, values)


# ------------------------------------------------------------------ letters


def _stated(table: Table, stated: str, where: str) -> str:
    """The letters that a pair says, which names of axes may not contradict."""
    count = len(table.axes)
    if len(stated) != count:
        raise DeclarationError(
            f"{where}: {count} labelled axes where '{' '.join(stated)}' says {len(stated)}"
        )
    for axis, letter in zip(table.axes, stated, strict=True):
        if axis.name in tuple(stated) and axis.name != letter:
            raise DeclarationError(
                f"{where}: an axis named {axis.name!r} stands where '{' '.join(stated)}' says "
                f"{letter!r}; pass it without the letters, or in this order"
            )
    return stated


def _found(table: Table, letters: str, dims: Dimensions, where: str) -> str:
    """The letter of each axis: that of its name, else the only one with its labels."""
    for axis in table.axes:
        if axis.name in dims and axis.name not in letters:
            raise DeclarationError(
                f"{where}: dimension {axis.name!r} is not among '{' '.join(letters)}'; rename it "
                "if it stands for one of these"
            )
    own = [axis.name if axis.name in dims else "" for axis in table.axes]
    for k, axis in enumerate(table.axes):
        if not own[k]:
            own[k] = _by_labels(axis, [c for c in letters if c not in own], dims, where)
    if len(set(own)) != len(own):
        twice = next(c for c in own if own.count(c) > 1)
        raise DeclarationError(f"{where}: two axes stand for the letter {twice!r}")
    return "".join(own)


def _by_labels(axis: Axis, free: Sequence[str], dims: Dimensions, where: str) -> str:
    """The letter that has the labels of an axis, or those that come nearest."""
    said = f"axis {axis.name!r}" if axis.name else "an axis"
    if axis.labels is None or not free:
        known = f"'{' '.join(free)}'" if free else "those that are left, none"
        raise DeclarationError(f"{where}: {said} is not among {known}; name it by its letter")
    texts = set(map(str, axis.labels))
    common = {c: len(texts.intersection(dims[c].labels)) for c in free}
    best = [c for c in free if common[c] == max(common.values())]
    exact = [c for c in best if _has_labels(axis.labels, dims[c])]
    best, labels = exact or best, some(list(map(str, axis.labels)), NAMED)
    if len(best) > 1 and max(common.values()) > 0:
        raise DeclarationError(
            f"{where}: {said} with labels {labels} may be any of the "
            f"letters {', '.join(best)}; name the axis by its letter, or say the letters of all "
            "axes in order in a pair, such as ('i j', table)"
        )
    if max(common.values()) == 0 and len(free) > 1:
        raise DeclarationError(
            f"{where}: labels {labels} are of none of the letters "
            f"{', '.join(free)}; to go by position give an array (.to_numpy())"
        )
    return best[0]


# ------------------------------------------------------------------ labels


def _order(labels: tuple[Any, ...], dimension: Dimension, where: str) -> list[int] | None:
    """Positions of a dimension's labels on an axis, None where they stand in order already."""
    texts = _texts(labels, dimension)
    if texts == dimension.labels:
        return None
    places = {text: k for k, text in enumerate(texts)}
    missing = [x for x in dimension.labels if x not in places]
    unknown = [x for x in places if x not in dimension.labels]
    twice = list(dict.fromkeys(x for x in texts if texts.count(x) > 1))
    if not (missing or unknown or twice):
        return [places[label] for label in dimension.labels]
    parts = [
        f"{what} {some(found, NAMED)}"
        for what, found in (
            ("no value for", missing),
            ("unknown", [_with_near(x, dimension) for x in unknown]),
            ("twice", twice),
        )
        if found
    ]
    by_position = all(isinstance(x, int | np.integer) for x in labels)
    remedy = "; to go by position give an array (.to_numpy())" if by_position else ""
    raise DeclarationError(
        f"{where}: labels of {dimension.letter!r}: {'; '.join(parts)}; give one value for each of "
        f"{some(list(dimension.labels), NAMED)}{remedy}"
    )


def _has_labels(labels: tuple[Any, ...], dimension: Dimension) -> bool:
    """Whether labels are those of a dimension, in any order."""
    return sorted(_texts(labels, dimension)) == sorted(dimension.labels)


def _texts(labels: tuple[Any, ...], dimension: Dimension) -> tuple[str, ...]:
    """Labels as the dimension writes them: whole floats are the integers that they stand for."""
    known = set(dimension.labels)

    def text(label: Any) -> str:
        plain = str(label)
        if plain not in known and isinstance(label, float) and label.is_integer():
            return str(int(label))
        return plain

    return tuple(map(text, labels))


def _with_near(label: str, dimension: Dimension) -> str:
    near = get_close_matches(label, dimension.labels, n=1)
    return f"{label!r} ({near[0]}?)" if near else repr(label)


def _path(labels: Sequence[Any]) -> str:
    return ",".join(map(str, labels))
