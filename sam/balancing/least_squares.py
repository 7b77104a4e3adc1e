r"""Weighted least squares: cells move by amounts, in proportion to their variance.

.. math:: D(x) = \sum_i \frac{(x_i - x^0_i)^2}{2 v_i} , \qquad x_i = x^0_i + v_i t_i ,
          \qquad t = A^\top y ,

(Stone, Champernowne and Meade 1942; Byron 1978). With normal errors this is the best linear
unbiased estimate, and one Newton step finds it; a cell may change its sign. If signs are kept, the
cell stops at zero instead, :math:`x_i = s_i \max(0, |x^0_i| + s_i v_i t_i)`, the solution of the
same problem under the bounds :math:`s_i x_i \ge 0`, and Newton's method works on the active set of
the cells that are not at their bound. A cell of variance zero, as by default every empty one, stays
as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_AT_BOUND = 1e-10
"""Slope of a cell at its bound, over its variance: not zero, for an account may have no other."""


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """Weighted squares of the cells' moves.

    Attributes:
        prior: cells of either sign.
        variance: variance of each cell, the unit of the cells squared; 0 where it is fixed.
        keep_signs: whether cells stop at zero rather than change their sign.
    """

    prior: Array
    variance: Array
    keep_signs: bool = False

    def cells(self, pull: Array) -> Array:
        """The cells at this pull."""
        free = self.prior + self.variance * pull
        return np.asarray(np.where(self._bound(free), 0.0, free))

    def slope(self, pull: Array) -> Array:
        """Derivative of each cell with respect to its pull, next to nothing at a bound."""
        bound = self._bound(self.prior + self.variance * pull)
        return np.asarray(np.where(bound, _AT_BOUND, 1.0) * self.variance)

    def conjugate(self, pull: Array) -> float:
        """Dual of the distance."""
        free = self.prior * pull + 0.5 * self.variance * pull**2
        moving = np.where(self.variance > 0.0, self.variance, 1.0)
        stopped = -0.5 * self.prior**2 / moving
        return float(np.where(self._bound(self.prior + self.variance * pull), stopped, free).sum())

    def distance(self, cells: Array) -> float:
        """Distance of cells from the prior."""
        moving = self.variance > 0.0
        moved = cells[moving] - self.prior[moving]
        return float((0.5 * moved**2 / self.variance[moving]).sum())

    def stride(self, direction: Array) -> float:
        """Longest step along a direction of the pull: squares need no limit."""
        del direction
        return 1.0

    def _bound(self, free: Array) -> npt.NDArray[np.bool_]:
        if not self.keep_signs:
            return np.zeros(free.shape, dtype=bool)
        return np.asarray((free * self.prior < 0.0) & (self.variance > 0.0))
