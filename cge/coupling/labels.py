"""Labels at the boundary: nothing aligns by accident.

Labels bind, not places: dimensions and labels may come in any order, and each label of the item
must be there once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from cge.coupling.errors import CouplingError, Missing
from cge.coupling.forms import Entries, entries
from sam.spelling import some

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Labels = Mapping[str, Sequence[str]]

NAMED = 5
"""Labels that are named before the rest are counted."""


def labelled(values: Array, dims: Sequence[str], labels: Labels, name: str) -> xr.DataArray:
    """An array with its dimensions and labels."""
    coords = {dim: list(labels[dim]) for dim in dims}
    return xr.DataArray(np.array(values, float), dims=list(dims), coords=coords, name=name)


def plain(value: Any, dims: Sequence[str], labels: Labels, where: str) -> Array:
    """The numbers of a value of any form (``cge.coupling.forms``), in model order.

    Arguments:
        value: the value, with all labels of all dimensions.
        dims: dimensions of the item.
        labels: labels by dimension.
        where: item, for messages.

    Raises:
        Missing: a label is missing.
        CouplingError: a dimension is missing, a label unknown or repeated, or an entry is no
            number.
    """
    numbers, there = partial(value, dims, labels, where)
    if not there.all():
        raise Missing(f"{where}: missing {_missing(there, dims, labels)}")
    return numbers


def partial(value: Any, dims: Sequence[str], labels: Labels, where: str) -> tuple[Array, Mask]:
    """The numbers of a value that may lack labels, in model order, and where it has them.

    Raises:
        CouplingError: a dimension is missing, a label unknown or repeated, or an entry is no
            number.
    """
    found = entries(value, dims, labels, where)
    _check_known(found, dims, labels, where)
    places = {dim: {label: k for k, label in enumerate(labels[dim])} for dim in dims}
    at = [tuple(places[d][label] for d, label in zip(dims, key, strict=True)) for key in found.keys]
    numbers = np.full([len(labels[dim]) for dim in dims], np.nan)
    there = np.zeros(numbers.shape, bool)
    for place, number in zip(at, found.numbers, strict=True):
        numbers[place], there[place] = number, True
    return numbers, there


def _check_known(found: Entries, dims: Sequence[str], labels: Labels, where: str) -> None:
    """Assert that labels are known, and that no entry comes twice."""
    for d, dim in enumerate(dims):
        unknown = sorted({key[d] for key in found.keys} - set(labels[dim]))
        if unknown:
            raise CouplingError(
                f"{where}: unknown labels of {dim!r}: {listed(unknown)}; expected "
                f"{', '.join(labels[dim])}"
            )
    repeated = [entry(key) for key, times in Counter(found.keys).items() if times > 1]
    if repeated:
        raise CouplingError(f"{where}: repeated entries: {listed(repeated)}; give each once")


def _missing(there: Mask, dims: Sequence[str], labels: Labels) -> str:
    """What is missing: whole labels of a dimension if there are such, else single entries."""
    for d, dim in enumerate(dims):
        some = np.moveaxis(there, d, 0).reshape(len(labels[dim]), -1)
        lost = [label for label, found in zip(labels[dim], some, strict=True) if not found.any()]
        if lost:
            return f"labels of {dim!r}: {listed(lost)}"
    return f"entries: {listed(named(~there, [labels[dim] for dim in dims]))}"


def named(mask: Mask, axes: Sequence[Sequence[str]]) -> list[str]:
    """Entries where a mask holds, by their labels along the axes."""
    return [entry([axis[k] for axis, k in zip(axes, at, strict=True)]) for at in np.argwhere(mask)]


def axes_of(values: xr.DataArray) -> list[list[str]]:
    """Labels along the dimensions of an array."""
    return [[str(label) for label in values[dim].values] for dim in values.dims]


def entry(key: Sequence[str]) -> str:
    """An entry in words."""
    return " ".join(key) or "scalar"


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    return some(names, NAMED) or "none"
