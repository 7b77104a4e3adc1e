"""Flows of goods and factors in all regions: the cells that the recipe moves from 2007 to 2020."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

LABOUR, TAX, CAPITAL = 0, 1, 2
"""Positions of the components of value added."""

RURAL, URBAN, GOVERNMENT, FIXED, STOCKS = range(5)
"""Positions of the final uses."""


@dataclass(frozen=True, eq=False)
class Flows:
    """Goods and factors of all regions, 1e8 CNY.

    Attributes:
        intermediate: purchases (region, commodity, activity).
        value_added: labour, net production tax, capital (region, component, activity).
        final: purchases (region, commodity, final use): rural and urban households, government,
            fixed capital, changes in stocks.
        exports: sales abroad (region, commodity).
        imports: purchases from abroad, c.i.f. (region, commodity).
        trade: sales between regions (origin, destination, commodity), zero within a region.
        local: sales within a region (region, commodity).
    """

    intermediate: Array
    value_added: Array
    final: Array
    exports: Array
    imports: Array
    trade: Array
    local: Array

    @property
    def output(self) -> Array:
        """Gross output (region, activity)."""
        return np.asarray(self.intermediate.sum(1) + self.value_added.sum(1))

    @property
    def cells(self) -> Array:
        """All flows in one vector."""
        return np.concatenate([getattr(self, item.name).ravel() for item in fields(self)])

    def with_cells(self, cells: Array) -> Flows:
        """Flows of the same shape with other values."""
        return Flows(**_cut(self, cells))

    def numbers(self) -> Flows:
        """The position of each flow in ``cells``, in the shape of the flows."""
        return Flows(**_cut(self, np.arange(self.cells.size)))


def summed(values: Array) -> Array:
    """Sums over regions in the shape of the values (region, ...)."""
    return np.broadcast_to(values.sum(0), values.shape)


def _cut(flows: Flows, cells: Array) -> dict[str, Array]:
    start, parts = 0, {}
    for item in fields(Flows):
        shape = getattr(flows, item.name).shape
        size = int(np.prod(shape))
        parts[item.name] = cells[start : start + size].reshape(shape)
        start += size
    return parts
