r"""Constraints: linear totals of the cells of a matrix, each with the error it is believed to have.

.. math:: \sum_i A_{ki} x_i + e_k = b_k , \qquad \operatorname{sd}(e_k) = \sigma_k .

A total without error (:math:`\sigma_k = 0`) is hard and is met exactly; any other is soft and is
met as closely as its standard deviation deserves beside the cells and the other totals.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from sam.balancing.measurement import Support
from sam.errors import BalancingError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Constraints:
    """Linear totals of the cells of a matrix.

    Attributes:
        matrix: one row per constraint, one column per cell (flattened row by row).
        totals: required values, in the unit of the cells.
        deviations: standard deviation of each total's error, in the unit of the cells; 0 where the
            total is hard, infinite where it is only to be compared.
        labels: name of each constraint.
        supports: how the error of each total is distributed, ``None`` for a normal error.
    """

    matrix: sparse.csr_array
    totals: Array  # constraint
    deviations: Array  # constraint
    labels: tuple[str, ...]
    supports: tuple[Support | None, ...]

    @property
    def hard(self) -> npt.NDArray[np.bool_]:
        """Which totals must be met exactly."""
        return np.asarray(self.deviations == 0.0)

    @property
    def widest(self) -> Array:
        """Largest error of each total: none, the reach of its support, or any if it is normal."""
        reach = [
            np.inf if support is None else float(np.abs(support.points).max())
            for support in self.supports
        ]
        none = np.zeros(len(self))
        return np.multiply(reach, self.deviations, out=none, where=~self.hard)

    def __len__(self) -> int:
        return len(self.totals)


class ConstraintBuilder:
    """Collects constraints on the cells of a matrix, numbered row by row."""

    def __init__(self, cells: int) -> None:
        """Start with no constraint on ``cells`` cells."""
        self._cells = cells
        self._rows: list[npt.NDArray[np.int_]] = []
        self._columns: list[npt.NDArray[np.int_]] = []
        self._values: list[Array] = []
        self._totals: list[float] = []
        self._deviations: list[float] = []
        self._supports: list[Support | None] = []
        self._labels: list[str] = []

    def add(
        self,
        label: str,
        parts: Sequence[tuple[npt.ArrayLike, float]],
        total: float,
        deviation: float = 0.0,
        *,
        support: Support | None = None,
    ) -> None:
        """Require that the weighted sum of cells equals ``total``.

        Arguments:
            label: name for messages and reports.
            parts: pairs of cell numbers and their common weight.
            total: required value, in the unit of the cells.
            deviation: standard deviation of the total's error in the unit of the total; 0 for a
                hard constraint.
            support: distribution of the error; normal if none is given.

        Raises:
            BalancingError: the total or its deviation is not a number or negative, or a cell number
                is outside the matrix.
        """
        if not (np.isfinite(total) and deviation >= 0.0):
            raise BalancingError(
                f"{label}: total {total:g} with standard deviation {deviation:g}; give a finite "
                "total and a deviation that is not negative"
            )
        number = len(self._totals)
        for cells, weight in parts:
            index = np.ravel(np.asarray(cells)).astype(int)
            if index.size and not (index.min() >= 0 and index.max() < self._cells):
                raise BalancingError(f"{label}: cells are numbered 0 to {self._cells - 1}")
            self._rows.append(np.full(index.size, number))
            self._columns.append(index)
            self._values.append(np.full(index.size, float(weight)))
        self._totals.append(float(total))
        self._deviations.append(float(deviation))
        self._supports.append(support)
        self._labels.append(label)

    def build(self) -> Constraints:
        """The collected constraints as one sparse system."""
        shape = (len(self._totals), self._cells)
        entries = np.concatenate([np.empty(0), *self._values])
        empty = np.empty(0, dtype=int)
        place = (np.concatenate([empty, *self._rows]), np.concatenate([empty, *self._columns]))
        return Constraints(
            sparse.csr_array((entries, place), shape=shape),
            np.array(self._totals),
            np.array(self._deviations),
            tuple(self._labels),
            tuple(self._supports),
        )


def matrix_constraints(
    rows: Array,
    columns: Array,
    *,
    row_deviations: Array | None = None,
    column_deviations: Array | None = None,
) -> Constraints:
    """Row and column sums of a matrix (flattened row by row) as constraints.

    Arguments:
        rows: required sums of the rows.
        columns: required sums of the columns.
        row_deviations: standard deviation of each row's error, hard if none are given.
        column_deviations: the same of the columns.

    Raises:
        BalancingError: deviations are not one for each total.
    """
    cells = np.arange(rows.size * columns.size).reshape(rows.size, columns.size)
    builder = ConstraintBuilder(cells.size)
    for name, lines, totals, deviations in (
        ("row", cells, rows, row_deviations),
        ("column", cells.T, columns, column_deviations),
    ):
        errors = _one_each(f"{name}s", deviations, totals.size)
        for k, (line, total, error) in enumerate(zip(lines, totals, errors, strict=True)):
            builder.add(f"{name} {k}", [(line, 1.0)], float(total), float(error))
    return builder.build()


def account_constraints(
    accounts: Sequence[Hashable],
    totals: Array | None = None,
    deviations: Array | None = None,
    *,
    support: Support | None = None,
) -> ConstraintBuilder:
    r"""Every account of a square SAM receives what it pays, to which more totals may be added.

    .. math:: \sum_j T_{kj} - \sum_i T_{ik} = 0 , \qquad \sum_i T_{ik} + e_k = X_k .

    Arguments:
        accounts: account labels, in the order of rows and columns.
        totals: what each account turns over; left open if none are given.
        deviations: standard deviation of each account total's error; hard if none are given.
        support: distribution of these errors; normal if none is given.

    Raises:
        BalancingError: totals or deviations are not one for each account.
    """
    size = len(accounts)
    cells = np.arange(size * size).reshape(size, size)
    builder = ConstraintBuilder(cells.size)
    for k, account in enumerate(accounts):
        others = np.arange(size) != k
        parts = [(cells[k, others], 1.0), (cells[others, k], -1.0)]
        builder.add(f"account {account}", parts, 0.0)
    if totals is not None:
        wanted, errors = (_one_each("accounts", part, size) for part in (totals, deviations))
        for k, account in enumerate(accounts):
            builder.add(
                f"total {account}",
                [(cells[:, k], 1.0)],
                float(wanted[k]),
                float(errors[k]),
                support=support,
            )
    return builder


def _one_each(name: str, values: Array | None, count: int) -> Array:
    """One number for each total; zeros if none are given."""
    if values is None:
        return np.zeros(count)
    if len(values) != count:
        raise BalancingError(f"totals of {name}: {len(values)} numbers for {count} {name}")
    return values
