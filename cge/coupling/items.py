"""Exchange items: what a partner may read from a year of the economy, or hand to it.

Every report of the economy is an item that is read, every lever one that is set; nothing is
declared here a second time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from cge.blocks import Lever, Report, Values, Year
from cge.coupling.labels import Labels

Array = npt.NDArray[np.float64]

Exchange = Mapping[str, xr.DataArray]
"""Values of items by name, in the units of the items."""


@dataclass(frozen=True, eq=False)
class Item:
    """Something that models exchange.

    Attributes:
        name: name of the item.
        dims: dimensions, in order.
        unit: unit in which ``read`` and ``change`` count.
        direction: ``"out"`` is read, ``"in"`` is set (and what is in force can be read).
        meaning: what it is, in words.
        read: values of a year (dims).
        change: parameters that a value sets, of an item that is set.
        least: smallest value allowed.
        open: whether an entry may be NaN: nothing is handed over there, the scenario decides.
        unlimited: whether an entry may be infinite: no limit holds there.
    """

    name: str
    dims: tuple[str, ...]
    unit: str
    direction: Literal["in", "out"]
    meaning: str
    read: Callable[[Year], Array]
    change: Callable[[Year, Array], Values] | None = None
    least: float = -np.inf
    open: bool = False
    unlimited: bool = False

    @property
    def where(self) -> str:
        """The item in messages."""
        return f"item {self.name!r}"


def items_of(reports: Iterable[Report], levers: Iterable[Lever], labels: Labels) -> dict[str, Item]:
    """All items whose dimensions have labels, by name; a lever hides the report of its name."""
    known = [*map(item_of, reports), *map(item_of, levers)]
    return {item.name: item for item in known if all(labels[dim] for dim in item.dims)}


def table(items: Iterable[Item]) -> pd.DataFrame:
    """Items with their dimensions, units, directions and meanings."""
    rows = [(i.name, " ".join(i.dims), i.unit, i.direction, i.meaning) for i in items]
    return pd.DataFrame(rows, columns=["item", "dims", "unit", "direction", "meaning"])


def item_of(source: Report | Lever) -> Item:
    """The item that a report or a lever is."""
    dims = tuple(source.dims.split())
    if isinstance(source, Report):
        return Item(source.name, dims, source.unit, "out", source.meaning, source.of)
    return Item(
        source.name,
        dims,
        source.unit,
        "in",
        source.meaning,
        source.read,
        source.change,
        source.least,
        source.open,
        source.unlimited,
    )
