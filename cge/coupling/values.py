"""What is handed over, as numbers of its item: in the item's order and unit, and in its range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.coupling.errors import CouplingError, Missing
from cge.coupling.items import Item
from cge.coupling.labels import Labels, entry, partial, plain
from cge.coupling.units import factor, is_number

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def whole(item: Item, value: Any, unit: str | None, labels: Labels) -> Array:
    """The numbers of a value that has all labels of its item.

    Arguments:
        item: the item.
        value: value of any form (``cge.coupling.forms``).
        unit: unit that is said for it; None: the one that it carries.
        labels: labels by dimension.

    Raises:
        Missing: a label is missing; says what may be handed over, in an answer as elsewhere.
        CouplingError: labels or unit do not fit, a number is out of range, or there is none.
    """
    try:
        numbers = plain(value, item.dims, labels, item.where)
    except Missing as error:
        raise Missing(f"{error}; hand over all, for example {_all_of(item)}") from None
    numbers = numbers * _size(item, value, unit)
    _check_range(item, numbers, np.ones(numbers.shape, bool), labels)
    if np.isnan(numbers).all():
        raise nothing(item)
    return numbers


def _all_of(item: Item) -> str:
    """A value with all labels of an item, of which only some entries are known."""
    if item.open:
        return (
            f"session.template({item.name!r}) filled where they are known: NaN leaves an entry to "
            "the scenario"
        )
    return f"a changed copy of session.get({item.name!r})"


def some(item: Item, value: Any, unit: str | None, labels: Labels) -> tuple[Array, Mask]:
    """The numbers of a value that may lack labels of its item, and where it has them.

    Raises:
        CouplingError: labels or unit do not fit, or a number is out of range.
    """
    numbers, there = partial(value, item.dims, labels, item.where)
    numbers = numbers * _size(item, value, unit)
    _check_range(item, numbers, there, labels)
    return numbers, there


def nothing(item: Item) -> CouplingError:
    """What is said where no number is handed over."""
    return CouplingError(
        f"{item.where}: no number is handed over; session.clear({item.name!r}) leaves it to the "
        "scenario (in an answer: None)"
    )


def said(item: Item, unit: Any) -> str:
    """A unit that is said.

    Raises:
        CouplingError: it is no text.
    """
    if not isinstance(unit, str):
        raise CouplingError(f"{item.where}: {unit!r} is no unit; write it as in {item.unit!r}")
    return unit


# ---------------------------------------------------------------------- unit


def _size(item: Item, value: Any, unit: str | None) -> float:
    """What numbers that are handed over are multiplied by to be in the unit of their item."""
    carried = _carried(value)
    if unit is not None:
        _check_same(item, carried, said(item, unit))
        return factor(unit, item.unit, item.where)
    if carried is not None:
        return _of_carried(item, carried)
    if is_number(item.unit):
        return 1.0
    raise CouplingError(
        f"{item.where}: the numbers have no unit; say unit={item.unit!r} or another one (in an "
        f"answer: the pair (value, {item.unit!r}))"
    )


def _carried(value: Any) -> str | None:
    """The unit that a value carries."""
    attrs = value.get("attrs") if isinstance(value, Mapping) else getattr(value, "attrs", None)
    unit = attrs.get("units") if isinstance(attrs, Mapping) else None
    return None if unit is None else str(unit)


def _of_carried(item: Item, carried: str) -> float:
    try:
        return factor(carried, item.unit, item.where)
    except CouplingError as error:
        raise CouplingError(
            f"{error}. If {carried!r} is what a calculation has left and the numbers are in "
            f"{item.unit}, say unit={item.unit!r} or hand over "
            f"value.assign_attrs(units={item.unit!r})"
        ) from None


def _check_same(item: Item, carried: str | None, unit: str) -> None:
    """Assert that a unit that is said is not another size of the one that numbers carry.

    One of another kind is what a calculation has left.
    """
    try:
        same = carried is None or np.isclose(factor(carried, unit, item.where), 1.0, rtol=1e-12)
    except CouplingError:
        return
    if not same:
        raise CouplingError(
            f"{item.where}: the numbers carry the unit {carried!r}, and unit={unit!r} is said; "
            "leave unit out to have them converted, or hand over "
            f"value.assign_attrs(units={unit!r})"
        )


# ---------------------------------------------------------------------- range


def _check_range(item: Item, numbers: Array, there: Mask, labels: Labels) -> None:
    """Assert that numbers are in the range of their item where there are any."""
    wrong = numbers < item.least
    if not item.unlimited:
        wrong |= np.isinf(numbers)
    if not item.open:
        wrong |= np.isnan(numbers)
    if not (wrong & there).any():
        return
    at = tuple(int(k) for k in np.argwhere(wrong & there)[0])
    place = entry([labels[dim][k] for dim, k in zip(item.dims, at, strict=True)])
    unit = "" if np.isnan(numbers[at]) or is_number(item.unit) else f" {item.unit}"
    raise CouplingError(
        f"{item.where}: {numbers[at]:g}{unit} at {place} is out of range; every entry is a "
        "finite number"
        + (f" of {item.least:g} or more" if np.isfinite(item.least) else "")
        + (", or infinite where there is no limit" if item.unlimited else "")
        + (", or NaN where it is left to the scenario" if item.open else "")
    )
