r"""Constraints: linear totals of the cells of a matrix, each with the error it is believed to have.

.. math:: \sum_i A_{ki} x_i + e_k = b_k , \qquad \operatorname{sd}(e_k) = \sigma_k .

A total without error (:math:`\sigma_k = 0`) is hard and is met exactly; any other is soft and is
met as closely as its standard deviation deserves beside the cells and the other totals.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from sam.balancing.axes import Axes, Totals, along, axes_of, named, numbers
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
        axes: rows and columns of the matrix whose cells are numbered, by label or, where the totals
            came without labels, by number; nothing if the cells are of any other form.
    """

    matrix: sparse.csr_array
    totals: Array  # constraint
    deviations: Array  # constraint
    labels: tuple[str, ...]
    supports: tuple[Support | None, ...]
    axes: Axes | None = None

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

    def of(self, cells: npt.NDArray[np.intp]) -> Constraints:
        """The same totals of some of the cells, where all others are empty, or in another order.

        Arguments:
            cells: their numbers, in the order that they get.
        """
        return replace(self, matrix=sparse.csr_array(self.matrix[:, cells]), axes=None)

    def lines(self, chosen: npt.NDArray[np.intp]) -> Constraints:
        """Some of the totals.

        Arguments:
            chosen: their numbers.
        """
        return Constraints(
            self.matrix[chosen],
            self.totals[chosen],
            self.deviations[chosen],
            tuple(self.labels[k] for k in chosen),
            tuple(self.supports[k] for k in chosen),
            self.axes,
        )

    def __len__(self) -> int:
        return len(self.totals)


class ConstraintBuilder:
    """Collects constraints on the cells of a matrix, numbered row by row."""

    def __init__(self, cells: int, axes: Axes | None = None) -> None:
        """Start with no constraint on ``cells`` cells, of a matrix with these rows and columns."""
        self._cells = cells
        self._axes = axes
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
            index = np.ravel(np.asarray(cells))
            whole = index.dtype.kind in "iu" or not index.size
            if not whole or index.min(initial=0) < 0 or index.max(initial=-1) >= self._cells:
                raise BalancingError(
                    f"{label}: cells are numbered 0 to {self._cells - 1}; give their numbers (of a "
                    "mask: np.flatnonzero)"
                )
            index = index.astype(int)
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
            self._axes,
        )


def matrix_constraints(
    rows: Totals,
    columns: Totals,
    *,
    row_deviations: Totals | None = None,
    column_deviations: Totals | None = None,
) -> Constraints:
    """Row and column sums of a matrix (flattened row by row) as constraints.

    Series name the rows and columns: their deviations are matched by label, and ``balance`` matches
    them with the labels of a frame.

    Arguments:
        rows: required sums of the rows.
        columns: required sums of the columns.
        row_deviations: standard deviation of each row's error, hard if none are given.
        column_deviations: the same of the columns.

    Raises:
        BalancingError: deviations are not one for each total, or have other labels.
    """
    sides = ("row", "column")
    given = (rows, row_deviations), (columns, column_deviations)
    axes = tuple(_axis(totals) for totals, _ in given)
    cells = np.arange(len(axes[0]) * len(axes[1])).reshape(len(axes[0]), len(axes[1]))
    builder = ConstraintBuilder(cells.size, axes)
    for name, lines, axis, (totals, deviations) in zip(
        sides, (cells, cells.T), axes, given, strict=True
    ):
        wanted = _one_each(f"{name}s", totals, axis)
        errors = _one_each(f"{name}s", deviations, axis)
        for label, line, total, error in zip(axis, lines, wanted, errors, strict=True):
            builder.add(f"{name} {named(label)}", [(line, 1.0)], float(total), float(error))
    return builder.build()


def account_constraints(
    accounts: Sequence[Hashable] | pd.Index,
    totals: Totals | None = None,
    deviations: Totals | None = None,
    *,
    support: Support | None = None,
) -> ConstraintBuilder:
    r"""Every account of a square SAM receives what it pays, to which more totals may be added.

    .. math:: \sum_j T_{kj} - \sum_i T_{ik} = 0 , \qquad \sum_i T_{ik} + e_k = X_k .

    Arguments:
        accounts: account labels, in the order of rows and columns; an index of pandas is compared
            with the labels of the prior.
        totals: what each account turns over, a series by label; left open if none are given.
        deviations: standard deviation of each account total's error; hard if none are given.
        support: distribution of these errors; normal if none is given.

    Raises:
        BalancingError: totals or deviations are not one for each account.
    """
    index = accounts if isinstance(accounts, pd.Index) else _labels(accounts)
    size = len(index)
    cells = np.arange(size * size).reshape(size, size)
    builder = ConstraintBuilder(cells.size, (index, index) if index is accounts else None)
    for k, account in enumerate(accounts):
        others = np.arange(size) != k
        parts = [(cells[k, others], 1.0), (cells[others, k], -1.0)]
        builder.add(f"account {account}", parts, 0.0)
    if totals is not None:
        wanted, errors = (_one_each("accounts", part, index) for part in (totals, deviations))
        for k, account in enumerate(accounts):
            builder.add(
                f"total {account}",
                [(cells[:, k], 1.0)],
                float(wanted[k]),
                float(errors[k]),
                support=support,
            )
    return builder


def matched(prior: object, constraints: Constraints) -> tuple[Array, Constraints]:
    """Cells of the prior, and the constraints with these numbered in its order.

    Arguments:
        prior: an array of the cells, a frame or a series.
        constraints: totals of these cells; those of labelled rows and columns are matched with the
            labels of a frame.

    Raises:
        BalancingError: the prior is sparse, holds what is no number, or has other labels or another
            size than the totals are of.
    """
    if sparse.issparse(prior):
        raise BalancingError(
            "a sparse prior is for ras and gras; else give its cells (.data) as a vector and "
            "totals of these (ConstraintBuilder)"
        )
    cells = numbers(prior, "the prior")
    if constraints.axes is not None:
        constraints = _in_order_of(axes_of(prior), cells, constraints, constraints.axes)
    if cells.size != constraints.matrix.shape[1]:
        raise BalancingError(
            f"the prior has {cells.size} cells, the constraints are on "
            f"{constraints.matrix.shape[1]}"
        )
    if not np.isfinite(cells).all():
        place = int(np.flatnonzero(~np.isfinite(cells.ravel()))[0])
        raise BalancingError(f"cell {place} of the prior is not a number")
    return cells, constraints


def _in_order_of(
    given: Axes | None, cells: Array, constraints: Constraints, axes: Axes
) -> Constraints:
    """Constraints on rows and columns, numbered as in the prior."""
    size = tuple(map(len, axes))
    if cells.ndim > 1 and cells.shape != size:
        raise BalancingError(
            f"the prior is {' by '.join(map(str, cells.shape))}, the totals are of {size[0]} rows "
            f"and {size[1]} columns"
        )
    own = given if given is not None and len(given) == len(axes) else (None, None)
    lines = [
        np.arange(len(axis))
        if isinstance(axis, pd.RangeIndex)
        else along(pd.Series(np.arange(len(axis)), axis), labels, f"{name} totals").astype(int)
        for axis, labels, name in zip(axes, own, ("row", "column"), strict=True)
    ]
    if all((line == np.arange(line.size)).all() for line in lines):
        return constraints
    places = np.arange(cells.size).reshape(size)[np.ix_(*lines)].ravel()
    ordered = replace(constraints.of(places), axes=given)
    sums = len(constraints) == sum(size)  # one total for each row, then one for each column
    return ordered.lines(np.concatenate([lines[0], size[0] + lines[1]])) if sums else ordered


def _axis(totals: Totals) -> pd.Index:
    """Labels of the lines of these totals, numbers if they have none."""
    if isinstance(totals, Mapping):
        return pd.Series(totals).index
    return totals.index if isinstance(totals, pd.Series) else pd.RangeIndex(np.size(totals))


def _labels(accounts: Sequence[Hashable]) -> pd.Index:
    """Account labels as an index."""
    return pd.Index(list(accounts), tupleize_cols=all(isinstance(a, tuple) for a in accounts))


def _one_each(name: str, values: Totals | None, axis: pd.Index) -> Array:
    """One number for each line; zeros if none are given."""
    if values is None:
        return np.zeros(len(axis))
    found = along(values, axis, f"totals of {name}")
    if len(found) != len(axis):
        raise BalancingError(f"totals of {name}: {len(found)} numbers for {len(axis)} {name}")
    return found
