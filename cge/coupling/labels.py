"""Labels at the boundary: nothing aligns by accident.

A value comes as a labelled array or as nested mappings. Dimensions are told by name, so their order
does not matter; the labels along each must be all of the item's labels, in the order of the model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cge.coupling.errors import CouplingError

Array = npt.NDArray[np.float64]
Labels = Mapping[str, Sequence[str]]


def labelled(values: Array, dims: Sequence[str], labels: Labels, name: str) -> xr.DataArray:
    """An array with its dimensions and labels."""
    coords = {dim: list(labels[dim]) for dim in dims}
    return xr.DataArray(np.array(values, float), dims=list(dims), coords=coords, name=name)


def plain(value: Any, dims: Sequence[str], labels: Labels, where: str) -> Array:
    """The numbers of a labelled array or of nested mappings, in model order.

    Arguments:
        value: labelled array, nested mappings (outer keys of the first dimension), or a number for
            an item without dimensions.
        dims: dimensions of the item.
        labels: labels by dimension.
        where: item, for messages.

    Raises:
        CouplingError: a dimension or label is missing, unknown or out of order, or an entry is no
            number.
    """
    if isinstance(value, xr.DataArray):
        return _from_labelled(value, dims, labels, where)
    if isinstance(value, Mapping) == bool(dims):
        return np.array(_from_mappings(value, dims, labels, where), dtype=float)
    raise CouplingError(
        f"{where}: found {type(value).__name__} without labels; give a DataArray over "
        f"{_listed(dims)}, or nested mappings by its labels"
    )


def _from_labelled(value: xr.DataArray, dims: Sequence[str], labels: Labels, where: str) -> Array:
    found = [str(dim) for dim in value.dims]
    if set(found) != set(dims):
        raise CouplingError(f"{where}: dimensions are {_listed(found)}, expected {_listed(dims)}")
    for dim in dims:
        if dim not in value.coords:
            raise CouplingError(f"{where}: dimension {dim!r} has no labels; give its coordinates")
        check_labels([str(x) for x in value.coords[dim].values], labels[dim], dim, where)
    result: Array = np.array(value.transpose(*dims).values, dtype=float)
    return result


def _from_mappings(value: Any, dims: Sequence[str], labels: Labels, where: str) -> Any:
    if not dims:
        return _number(value, where)
    if not isinstance(value, Mapping):
        raise CouplingError(f"{where}: found {value!r} where a mapping by {dims[0]} is expected")
    check_labels([str(key) for key in value], labels[dims[0]], dims[0], where, ordered=False)
    table = {str(key): inner for key, inner in value.items()}
    return [
        _from_mappings(table[label], dims[1:], labels, f"{where}, {label}")
        for label in labels[dims[0]]
    ]


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise CouplingError(f"{where}: {value!r} is no number")
    return float(value)


def check_labels(
    found: Sequence[str], known: Sequence[str], dim: str, where: str, *, ordered: bool = True
) -> None:
    """Assert that labels are all the known ones, each once, and in order.

    Raises:
        CouplingError: names the labels that are unknown, missing, repeated or out of order.
    """
    unknown = [label for label in found if label not in known]
    missing = [label for label in known if label not in found]
    repeated = sorted(label for label, times in Counter(found).items() if times > 1)
    for what, names in (("unknown", unknown), ("missing", missing), ("repeated", repeated)):
        if names:
            raise CouplingError(
                f"{where}: {what} labels of {dim!r}: {_listed(names)}; expected {_listed(known)}"
            )
    if ordered and list(found) != list(known):
        raise CouplingError(
            f"{where}: labels of {dim!r} are out of order: {_listed(found)}; expected "
            f"{_listed(known)}. Reorder with .sel({dim}=[...])"
        )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
