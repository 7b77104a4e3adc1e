"""Regions inside a nation: every cell of its table is known, and columns of each region."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sam.balancing import ConstraintBuilder

Array = npt.NDArray[np.float64]


def nested_totals(cells: Array) -> tuple[ConstraintBuilder, npt.NDArray[np.int_]]:
    """Totals that the cells (region, row, column) meet, and the position of every cell.

    They are labelled ``nation (row, column)``, which come first, and ``column region column``.
    """
    regions, rows, columns = cells.shape
    numbers = np.arange(cells.size).reshape(cells.shape)
    builder = ConstraintBuilder(cells.size)
    for place in np.ndindex(rows, columns):
        builder.add(f"nation {place}", [(numbers[:, *place], 1.0)], cells[:, *place].sum())
    for r, k in np.ndindex(regions, columns):
        builder.add(f"column {r} {k}", [(numbers[r, :, k], 1.0)], cells[r, :, k].sum())
    return builder, numbers
