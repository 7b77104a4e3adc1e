r"""Cross-entropy: cells move in proportion, keep their signs, and zeros stay zero.

.. math:: D(x) = \sum_i \frac{|x^0_i|}{\theta_i} \, \varphi(x_i / x^0_i) , \qquad
          \varphi(z) = z \ln z - z + 1 .

The pull :math:`t = A^\top y` of the totals gives :math:`x_i = x^0_i \exp(\theta_i s_i t_i)` with
:math:`s_i = \operatorname{sign} x^0_i`. To second order :math:`\theta_i |x^0_i|` is the variance of
cell i, as if the flow were a number of independent transactions of the size :math:`\theta`. With
one :math:`\theta` for all cells and totals without error this is RAS, and with negative cells GRAS
in the form of Lenzen, Wood and Gallego (2007).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_LARGEST = 60.0
"""Largest log change of a cell, far beyond any that is meant, to keep clear of overflow."""

_STRIDE = 4.0
"""Largest log growth of a cell in one step; cells may shrink at once."""


@dataclass(frozen=True, eq=False)
class Entropy:
    """Cross-entropy of the cells from their prior.

    Attributes:
        prior: cells of either sign.
        theta: variance of each cell over its size, in the unit of the cells; 0 where it is fixed.
    """

    prior: Array
    theta: Array

    def cells(self, pull: Array) -> Array:
        """The cells at this pull."""
        return np.asarray(self.prior * np.exp(self._logs(pull)))

    def slope(self, pull: Array) -> Array:
        """Derivative of each cell with respect to its pull."""
        return np.asarray(self.theta * np.abs(self.cells(pull)))

    def conjugate(self, pull: Array) -> float:
        """Dual of the distance."""
        gain = np.abs(self.prior) * np.expm1(self._logs(pull))
        moving = self.theta > 0.0
        dual = np.where(moving, gain / np.where(moving, self.theta, 1.0), self.prior * pull)
        return float(dual.sum())

    def distance(self, cells: Array) -> float:
        """Distance of cells from the prior; a cell of the other sign is infinitely far."""
        moving = (self.theta > 0.0) & (self.prior != 0.0)
        prior, theta = self.prior[moving], self.theta[moving]
        ratio = cells[moving] / prior
        if (ratio < 0.0).any():
            return float("inf")
        logs = np.log(np.where(ratio > 0.0, ratio, 1.0))
        return float((np.abs(prior) / theta * (ratio * logs - ratio + 1.0)).sum())

    def stride(self, direction: Array) -> float:
        """Longest step along a direction of the pull."""
        growth = self.theta * np.sign(self.prior) * direction
        reach = float(np.max(growth, initial=0.0))
        return min(1.0, _STRIDE / max(reach, 1e-9))

    def _logs(self, pull: Array) -> Array:
        return np.clip(self.theta * np.sign(self.prior) * pull, -_LARGEST, _LARGEST)


def transaction_size(prior: Array, relative_deviation: float) -> float:
    r"""The common :math:`\theta` at which cells have this relative standard deviation.

    .. math:: \theta = \rho^2 \frac{\sum_i (x^0_i)^2}{\sum_i |x^0_i|} , \qquad \text{so that} \quad
              \sum_i \theta |x^0_i| = \rho^2 \sum_i (x^0_i)^2 ;

    cells larger than the flow-weighted mean cell are relatively surer, smaller ones less. One if
    all cells are empty, which then stay so whatever it is.
    """
    size = float(np.abs(prior).sum())
    return relative_deviation**2 * float((prior**2).sum()) / size if size > 0.0 else 1.0
