"""Labels of a prior and of what is asked of it: totals and errors are matched by label.

A prior is an array, a frame or a sparse array, or a vector of cells. What is given for its rows,
columns or cells as a series is brought to its order; arrays are taken in the order in which they
stand. Labels that do not match are errors, for in the wrong order they would scale the wrong lines.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from sam.errors import BalancingError

Array = npt.NDArray[np.float64]
Axes = tuple[pd.Index, ...]
Totals = npt.ArrayLike | pd.Series | Mapping[Any, float]

_SHOWN = 5
"""Labels that a message lists."""


@contextmanager
def headed(verb: str) -> Iterator[None]:
    """Errors begin with the verb that was called, whatever it called itself.

    Arguments:
        verb: name of the public function.
    """
    try:
        yield
    except BalancingError as error:
        raise BalancingError(error.message, error.conflict, verb=verb) from None


def axes_of(prior: object) -> Axes | None:
    """Labels of the rows and columns of a frame, or of the cells of a series; else nothing."""
    if isinstance(prior, pd.DataFrame):
        return prior.index, prior.columns
    return (prior.index,) if isinstance(prior, pd.Series) else None


def numbers(values: Any, what: str) -> Array:
    """Plain numbers, in the order in which they stand.

    Arguments:
        values: an array, a sequence, a frame or a series.
        what: name in messages.

    Raises:
        BalancingError: these are no numbers, or they have labels that would be lost.
    """
    if np.ma.isMaskedArray(values) or (hasattr(values, "dims") and hasattr(values, "coords")):
        raise BalancingError(
            f"{what}: a {type(values).__name__}, whose labels or mask would be lost; give a "
            "numpy array without mask or a pandas object (of xarray: .to_pandas())"
        )
    try:
        return np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise BalancingError(
            f"{what}: a {type(values).__name__} that does not hold numbers only; give numbers"
        ) from None


def along(values: Any, axis: pd.Index | None, what: str) -> Array:
    """One number for each line, in the order of the prior.

    Arguments:
        values: an array in that order, or a series or mapping by label.
        axis: labels of the lines of the prior, nothing if it has none.
        what: name in messages, as ``row totals``.

    Raises:
        BalancingError: labels are unknown, missing or repeated, the prior has none to match them
            with, or these are not numbers in one row.
    """
    if isinstance(values, Mapping):
        values = pd.Series(values)
    if isinstance(values, pd.Series):
        values = _in_order(values, axis, what)
    found = numbers(values, what)
    if found.ndim != 1:
        size = " by ".join(map(str, found.shape)) or "one number"
        raise BalancingError(f"{what}: {size}; give one number for each line, in one row")
    return found


def alike(values: Any, axes: Axes | None, what: str) -> Array:
    """One number for each cell, in the order of the prior.

    Arguments:
        values: an array, or a frame or series by label.
        axes: labels of the prior, nothing if it has none.
        what: name in messages.

    Raises:
        BalancingError: labels do not match those of the prior, or these are no numbers.
    """
    given = axes_of(values)
    if given is None:
        return numbers(values, what)
    if axes is not None and len(axes) != len(given):
        raise BalancingError(f"{what}: give a {'frame' if len(axes) > 1 else 'series'}, as prior")
    wanted = axes or (None,) * len(given)
    places = [
        _in_order(pd.Series(np.arange(len(own)), own), axis, f"{what}, {side}")
        for own, axis, side in zip(given, wanted, ("rows", "columns"), strict=False)
    ]
    return numbers(values, what)[np.ix_(*places)]


def named(label: object) -> str:
    """A label in a message; levels are joined."""
    return "/".join(map(str, label)) if isinstance(label, tuple) else str(label)


def _in_order(values: pd.Series, axis: pd.Index | None, what: str) -> pd.Series:
    """A series in the order of the labels of the prior."""
    index = values.index
    if axis is None:
        if index.equals(pd.RangeIndex(len(index))):
            return values
        raise BalancingError(
            f"{what} are labelled {_listed(index)}, but the prior has no labels to match them "
            "with; give the prior as a pandas frame, or these as an array in its order "
            "(.to_numpy())"
        )
    names = list(axis.names)
    if isinstance(index, pd.MultiIndex) and index.names != names and set(index.names) == set(names):
        index = index.reorder_levels(names)
    if index.equals(axis):
        return values
    for labels, owner in ((index, what), (axis, f"{what}: those of the prior")):
        if labels.has_duplicates:
            repeated = labels[labels.duplicated()].unique()
            raise BalancingError(f"{owner} have the labels {_listed(repeated)} more than once")
    own, wanted = index.tolist(), axis.tolist()
    unknown, missing = set(own) - set(wanted), set(wanted) - set(own)
    if unknown or missing:
        parts = []
        if unknown:
            parts.append(f"{_listed(k for k in own if k in unknown)} are not in the prior")
        if missing:
            parts.append(f"{_listed(k for k in wanted if k in missing)} of the prior are missing")
        raise BalancingError(
            f"{what}: labels {'; '.join(parts)}; give each label of the prior once, or an array in "
            "its order"
        )
    place = {label: k for k, label in enumerate(own)}
    return values.iloc[[place[label] for label in wanted]]


def _listed(found: Iterable[Hashable]) -> str:
    """Some labels, for a message."""
    labels = list(found)
    more = f", ... ({len(labels)} in all)" if len(labels) > _SHOWN else ""
    return f"[{', '.join(map(repr, labels[:_SHOWN]))}{more}]"
