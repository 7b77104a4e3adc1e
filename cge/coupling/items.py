"""Exchange items: what a partner may read from a year of the economy, or hand to it.

Every report of the economy is an item that is read, every lever one that is set; nothing is
declared here a second time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from cge.blocks import Lever, Report, Values, Year

Array = npt.NDArray[np.float64]


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
    )
