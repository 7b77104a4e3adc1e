r"""Cross-entropy of column coefficients, the form of Robinson, Cattaneo and El-Said (2001).

.. math:: \min \sum_{ij} a_{ij} \ln \frac{a_{ij}}{a^0_{ij}} + \sum_k E_k(e_k) , \qquad
          a_{ij} = x_{ij} / X_j , \quad X_j = \sum_i x_{ij} ,

subject to totals of the flows x. Where the column sums :math:`X_j` are themselves uncertain this is
no convex problem, but its first-order conditions,

.. math:: \frac{1}{X_j} \Bigl( \ln \frac{a_{ij}}{a^0_{ij}} - h_j \Bigr) = (A^\top y)_{ij} , \qquad
          h_j = \sum_i a_{ij} \ln \frac{a_{ij}}{a^0_{ij}} ,

are those of the cross-entropy of flows from :math:`a^0_{ij} X_j e^{h_j}` with
:math:`\theta_{ij} = X_j`: solve that with the column sums of the last solution until these repeat.
Cells that a total of zero empties are not looked for.
Unlike the cross-entropy of flows, which is RAS, this counts columns of any size the same.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sam.balancing.conflict import pursue
from sam.balancing.constraints import Constraints
from sam.balancing.entropy import Entropy
from sam.balancing.scaling import Solution, emptied
from sam.errors import BalancingError
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

_REPEATS = 1e-11
"""Largest relative change of a column sum that counts as none."""

_ROUNDS = 500


def balance_coefficients(
    prior: Array, constraints: Constraints, tol: float, max_steps: int
) -> Solution:
    """Matrix with the nearest column coefficients that meets the totals.

    Arguments:
        prior: non-negative matrix (row, column).
        constraints: totals of the flows, hard or soft.
        tol: largest miss of a total relative to its account.
        max_steps: limit on Newton steps in each round.

    Raises:
        BalancingError: the prior is no matrix or has negative cells, a hard total has no cell, or
            the column sums do not settle.
    """
    if prior.ndim != 2 or (prior < 0.0).any():
        raise BalancingError(
            "coefficients need a matrix without negative cells; net these out in the "
            "opposite cell, or use the entropy of flows"
        )
    empty = emptied(prior.ravel(), constraints).reshape(prior.shape)
    cells, sums = np.where(empty, 0.0, prior), prior.sum(0)
    shares = cells / np.where(sums > 0.0, sums, 1.0)
    multipliers, steps = None, 0
    for _ in range(_ROUNDS):
        before = cells.sum(0)
        pulled = shares * before * np.exp(_column_entropy(cells, shares))
        distance = Entropy(pulled.ravel(), np.broadcast_to(before, prior.shape).ravel())
        found = pursue(distance, constraints, tol, max_steps, start=multipliers)
        steps += found.iterations
        cells, multipliers = found.cells.reshape(prior.shape), found.multipliers
        if (np.abs(cells.sum(0) - before) <= _REPEATS * before).all():
            break
    else:
        raise BalancingError(
            f"column sums do not settle in {_ROUNDS} rounds; give them smaller errors"
        )
    return found._replace(iterations=steps, distance=float(_column_entropy(cells, shares).sum()))


def _column_entropy(cells: Array, shares: Array) -> Array:
    """Cross-entropy of the coefficients of each column from the prior ones."""
    sums = cells.sum(0)
    coefficients = cells / np.where(sums > 0.0, sums, 1.0)
    change = ratio(coefficients, shares, 1.0, where=coefficients > 0.0)
    return np.asarray((coefficients * np.log(change)).sum(0))
