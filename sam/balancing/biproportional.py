r"""Biproportional scaling of a matrix to given row and column sums.

.. math:: x_{ij} = r_i x^0_{ij} s_j , \qquad \sum_j x_{ij} = u_i , \qquad \sum_i x_{ij} = v_j .
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sam.errors import BalancingError

Array = npt.NDArray[np.float64]


def ras(
    prior: Array, rows: Array, columns: Array, *, tol: float = 1e-12, max_sweeps: int = 20_000
) -> Array:
    """Scale a non-negative matrix to given row and column sums (plain RAS).

    Arguments:
        prior: non-negative matrix (row, column); zeros stay zero.
        rows: required sums of the rows.
        columns: required sums of the columns, with the same grand total.
        tol: largest miss of a row sum relative to the grand total.
        max_sweeps: limit on alternating scalings.

    Raises:
        BalancingError: negative cells, unequal grand totals, a required row or column is empty in
            the prior, or the totals cannot be met with these zeros.
    """
    if (prior < 0).any():
        raise BalancingError("ras: the prior has negative cells; use balance (GRAS) instead")
    grand = float(rows.sum())
    if abs(grand - float(columns.sum())) > 1e-9 * max(grand, 1e-300):
        raise BalancingError(
            f"ras: row totals sum to {grand:g}, column totals to {columns.sum():g}; make them equal"
        )
    for name, total, present in (("row", rows, prior.sum(1)), ("column", columns, prior.sum(0))):
        empty = np.flatnonzero((total > 0) & (present <= 0))
        if empty.size:
            k = int(empty[0])
            raise BalancingError(f"ras: {name} {k} must sum to {total[k]:g} but its prior is empty")
    x: Array = prior.astype(float)
    for _ in range(max_sweeps):
        x = x * _ratio(rows, x.sum(1))[:, None]
        x = x * _ratio(columns, x.sum(0))[None, :]
        if float(np.max(np.abs(x.sum(1) - rows))) <= tol * max(grand, 1e-300):
            return x
    k = int(np.argmax(np.abs(x.sum(1) - rows)))
    raise BalancingError(
        f"ras: row {k} sums to {x.sum(1)[k]:g} instead of {rows[k]:g} after {max_sweeps} sweeps; "
        "the zeros of the prior do not allow these totals"
    )


def _ratio(wanted: Array, present: Array) -> Array:
    factor: Array = np.zeros_like(present)
    np.divide(wanted, present, out=factor, where=present > 0)
    return factor
