r"""Biproportional scaling of a matrix to given row and column sums: RAS, and GRAS with signs.

.. math:: x_{ij} = r_i \, p_{ij} \, s_j - \frac{n_{ij}}{r_i s_j} , \qquad
          \sum_j x_{ij} = u_i , \quad \sum_i x_{ij} = v_j ,

with p the positive cells of the prior and n the size of the negative ones. This minimises
:math:`\sum |x^0_{ij}| \, (z_{ij} \ln (z_{ij} / e) + 1)`, :math:`z = x / x^0`, the objective of
Lenzen, Wood and Gallego (2007), with which the scaling of Junius and Oosterhaven (2003) is exact.
Given s, a row asks for the positive root of :math:`r^2 \, (Ps)_i - r \, u_i - (N/s)_i = 0`; a row
without positive cells has :math:`r = - (N/s)_i / u_i`, an empty one stays empty (Temurshoev, Miller
and Bouwmeester 2013). Sweeps over rows and columns are cheap, but where zeros all but separate the
matrix they creep, and Newton's method on the same dual takes over. Without negative cells this is
RAS (Kruithof 1937; Stone 1961).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import sparse

from sam.balancing.axes import Totals, along, headed
from sam.balancing.conflict import pursue, refuse_vanishing, vanished
from sam.balancing.constraints import Constraints
from sam.balancing.entropy import Entropy
from sam.balancing.scaling import ACCEPTED, emptied
from sam.balancing.table import Table
from sam.digits import told_apart
from sam.errors import BalancingError
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Matrix = TypeVar("Matrix")

_SWEEPS = 100
"""Sweeps before Newton's method may take over."""

_WINDOW = 50
"""Sweeps over which their rate is measured."""

_NEWTON = 6.0
"""Cells that sweeps pass in the time in which Newton's method factors as many cubes of totals."""

_STEPS = 100

_EXACT = 1e-16
"""Relative miss that rounding leaves, whatever is asked for."""

_DEAR, _FEW = 3, 10_000
"""A product with a sparse matrix takes as long as one with as many cells of a dense one: so many
times its own, and so many more."""


class Sums(NamedTuple):
    """Required sums.

    Attributes:
        rows: of the rows.
        columns: of the columns.
    """

    rows: Array
    columns: Array


class Scaled(NamedTuple):
    """Cells that have the required sums.

    Attributes:
        cells: the cells.
        logs: logarithms of the factors of rows and columns.
        iterations: sweeps and Newton steps.
        miss: largest miss of a total, relative to its account.
    """

    cells: Array
    logs: Array
    iterations: int
    miss: float


def ras(prior: Matrix, rows: Totals, columns: Totals, *, tol: float = 1e-12) -> Matrix:
    """Scale a non-negative matrix to given row and column sums.

    Arguments:
        prior: non-negative matrix (row, column), an array, a frame or a sparse array; zeros stay
            zero.
        rows: required sums of the rows; a series is matched with the labels of the prior.
        columns: required sums of the columns, likewise, with the same grand total.
        tol: largest miss of a sum relative to itself.

    Returns:
        A matrix of the kind of the prior, with its labels.

    Raises:
        BalancingError: negative cells, unequal grand totals, labels that do not match, a required
            row or column is empty in the prior, or the totals cannot be met with these zeros (a
            smallest set that cannot is named).
    """
    with headed("ras"):
        table = Table.of(prior)
        if (table.cells < 0.0).any():
            raise BalancingError("the prior has negative cells; use gras instead")
        return _scaled(prior, table, rows, columns, tol)


def gras(prior: Matrix, rows: Totals, columns: Totals, *, tol: float = 1e-12) -> Matrix:
    """Scale a matrix with cells of either sign to given row and column sums.

    Arguments:
        prior: matrix (row, column), an array, a frame or a sparse array; zeros stay zero and signs
            stay, but a row or column whose cells have one sign and whose sum is to be zero is
            emptied.
        rows: required sums of the rows; a series is matched with the labels of the prior.
        columns: required sums of the columns, likewise, with the same grand total.
        tol: largest miss of a sum relative to its account, the sum itself or half of all its cells.

    Returns:
        A matrix of the kind of the prior, with its labels.

    Raises:
        BalancingError: unequal grand totals, labels that do not match, a required row or column is
            empty in the prior, or the totals cannot be met with these zeros and signs (a smallest
            set that cannot is named).
    """
    with headed("gras"):
        return _scaled(prior, Table.of(prior), rows, columns, tol)


def _scaled(prior: Matrix, table: Table, rows: Totals, columns: Totals, tol: float) -> Matrix:
    """The matrix with the required sums, of the kind of the prior."""
    axes = table.axes or (None, None)
    sums = Sums(along(rows, axes[0], "row totals"), along(columns, axes[1], "column totals"))
    sums = _checked(table, sums)
    constraints = cache(lambda: table.constraints(*sums))
    found = scale(table, sums, constraints, tol)
    if vanished(table.cells, found.cells).any():
        refuse_vanishing(table.cells, constraints(), found.cells, table.name)
    scaled: Matrix = table.like(prior, found.cells)
    return scaled


def scale(table: Table, sums: Sums, constraints: Callable[[], Constraints], tol: float) -> Scaled:
    """Scaled cells.

    Arguments:
        table: cells of the prior.
        sums: required sums.
        constraints: gives the same as constraints on these cells, which sweeps do without.
        tol: largest miss of a total relative to its account.
    """
    live = table.cells
    if not (sums.rows.all() and sums.columns.all()):
        live = np.where(emptied(table.cells, constraints()), 0.0, table.cells)
    swept = _sweep(table, live, sums, tol)
    if swept.miss <= tol:
        return swept
    distance = Entropy(live, np.ones(live.size))
    found = pursue(distance, constraints(), tol, _STEPS, start=swept.logs)
    steps = swept.iterations + found.iterations
    return Scaled(found.cells, found.multipliers, steps, found.miss)


def _sweep(table: Table, live: Array, sums: Sums, tol: float) -> Scaled:
    """What sweeps over rows and columns come to, until the sums are met or sweeps creep."""
    positive, negative = (_held(table, np.maximum(side, 0.0)) for side in (live, -live))
    r, s = np.ones(sums.rows.size), np.ones(sums.columns.size)
    up, down = positive @ s, negative @ s  # row
    across = _miss(r @ positive, r @ negative, sums.columns)
    misses = [max(_miss(up, down, sums.rows), across)]
    while misses[-1] > tol and _worthwhile(misses, tol, table):
        r = _root(up, down, sums.rows)
        s = _root(r @ positive, (1.0 / r) @ negative, sums.columns)
        up, down = positive @ s, negative @ (1.0 / s)
        misses.append(_miss(r * up, down / r, sums.rows))
    sweeps = len(misses) - 1
    if not np.isfinite(misses[-1]):
        return Scaled(live, np.zeros(r.size + s.size), sweeps, misses[-1])
    factors = r[table.rows], s[table.columns]
    grown, shrunk = np.maximum(live, 0.0), np.maximum(-live, 0.0)
    cells = factors[0] * grown * factors[1] - shrunk / (factors[0] * factors[1])
    return Scaled(cells, np.concatenate([np.log(r), np.log(s)]), sweeps, misses[-1])


def _held(table: Table, cells: Array) -> Array | sparse.csr_array:
    """Cells as a matrix: sparse where few of them are filled and products with it are quicker."""
    filled = np.flatnonzero(cells)
    place = table.rows[filled], table.columns[filled]
    if _DEAR * filled.size + _FEW < table.shape[0] * table.shape[1]:
        return sparse.csr_array((cells[filled], place), shape=table.shape)
    full: Array = np.zeros(table.shape)
    full[place] = cells[filled]
    return full


def _worthwhile(misses: list[float], tol: float, table: Table) -> bool:
    """Whether to sweep on: at first, and while the rate promises an end before Newton's method."""
    sweeps = len(misses) - 1
    if sweeps < _SWEEPS or sweeps % _WINDOW:
        return bool(np.isfinite(misses[-1]))
    gain = np.log(misses[-1 - _WINDOW] / misses[-1])
    left = _WINDOW * np.log(misses[-1] / max(tol, _EXACT)) / gain if gain > 0.0 else np.inf
    return bool(left * table.cells.size * _NEWTON < min(table.shape) ** 3)


def _root(positive: Array, negative: Array, total: Array) -> Array:
    """Positive root of positive r^2 - total r - negative = 0, without cancellation; 1 if none."""
    root = np.sqrt(total**2 + 4.0 * positive * negative)
    up = ratio(total + root, 2.0 * positive, 1.0)
    down = ratio(2.0 * negative, root - total, 1.0)
    result = np.where(total >= 0.0, up, down)
    return np.where((result > 0.0) & np.isfinite(result), result, 1.0)


def _miss(positive: Array, negative: Array, totals: Array) -> float:
    """Largest miss of a sum of cells of both signs relative to its account."""
    size = np.maximum(np.abs(totals), 0.5 * (positive + negative))
    gap = np.abs(positive - negative - totals)
    return float(np.max(gap / np.where(size > 0.0, size, 1.0), initial=0.0))


def _checked(table: Table, sums: Sums) -> Sums:
    """The sums, with a grand total that differs by rounding made the same."""
    if table.shape != (sums.rows.size, sums.columns.size):
        raise BalancingError(
            f"the prior is {' by '.join(map(str, table.shape))}, the totals are of "
            f"{sums.rows.size} rows and {sums.columns.size} columns"
        )
    for axis, (name, totals, lines) in enumerate(
        (("row", sums.rows, table.rows), ("column", sums.columns, table.columns))
    ):
        odd = np.flatnonzero(~np.isfinite(totals))
        if odd.size:
            line = table.line(axis, int(odd[0]))
            raise BalancingError(f"the total of {name} {line} is not a number")
        empty = np.flatnonzero((totals != 0.0) & (np.bincount(lines, minlength=totals.size) == 0))
        if empty.size:
            label = f"{name} {table.line(axis, int(empty[0]))}"
            total = totals[empty[0]]
            raise BalancingError(f"{label} must sum to {total:g} but its prior is empty", (label,))
    rows, columns = float(sums.rows.sum()), float(sums.columns.sum())
    size = max(float(np.abs(sums.rows).sum()), float(np.abs(sums.columns).sum()))
    if abs(rows - columns) > ACCEPTED * size:
        of_rows, of_columns = told_apart(rows, columns)
        raise BalancingError(
            f"row totals sum to {of_rows}, column totals to {of_columns}, a difference of "
            f"{rows - columns:.4g}; make them equal"
        )
    gross = float(np.abs(sums.columns).sum())
    share = np.abs(sums.columns) / gross if gross > 0.0 else np.zeros(sums.columns.size)
    return Sums(sums.rows, sums.columns + (rows - columns) * share)
