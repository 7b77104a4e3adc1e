r"""Measurement error of totals: normal, or spread over a few support points.

A total with error :math:`e_k` costs, beside the distance of the cells,

.. math:: \text{normal:} \quad \frac{e_k^2}{2 \sigma_k^2} , \qquad
          \text{with support:} \quad \min_w \sum_j w_{kj} \ln \frac{w_{kj}}{\bar w_j}
          \quad \text{s.t.} \quad \sum_j w_{kj} = 1 , \; e_k = \sigma_k \sum_j w_{kj} v_j ,

the second being the cross-entropy of the weights from their prior (Golan, Judge and Miller 1996;
Robinson, Cattaneo and El-Said 2001). The dual of the first is :math:`\sigma^2 y^2 / 2`, of the
second :math:`\ln \sum_j \bar w_j \exp(\sigma v_j y)`; their first derivatives are the error, their
second derivatives its variance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sam.errors import BalancingError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Support:
    """Points over which an error may spread, and how likely each is before the data are seen.

    Attributes:
        points: support points, in standard deviations.
        weights: prior weight of each point.

    Raises:
        BalancingError: the weights are not positive or do not sum to one, or the prior mean of the
            error is not zero.
    """

    points: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        points, weights = np.array(self.points), np.array(self.weights)
        good = points.shape == weights.shape and (weights > 0.0).all()
        if not (good and abs(weights.sum() - 1.0) < 1e-12 and abs(points @ weights) < 1e-12):
            raise BalancingError(
                f"support {self.points} with weights {self.weights}: one positive weight per "
                "point, weights that sum to one and a mean of zero are needed"
            )


THREE_POINTS = Support((-3.0, 0.0, 3.0), (1 / 18, 16 / 18, 1 / 18))
"""Mean zero and the stated variance; no error beyond three standard deviations."""

FIVE_POINTS = Support((-3.0, -1.5, 0.0, 1.5, 3.0), (1 / 162, 16 / 81, 48 / 81, 16 / 81, 1 / 162))
"""As the normal distribution up to the fourth moment; no error beyond three deviations."""

SEVEN_POINTS = Support((-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0), (1 / 7,) * 7)
"""Uninformative: any error up to three deviations is as likely as any other (so that the standard
deviation is in fact twice the stated). These three as in Robinson's CESAM2, GAMS Model Library."""


@dataclass(frozen=True, eq=False)
class Errors:
    """Errors of all totals.

    Attributes:
        deviations: standard deviation of each, 0 where there is none.
        groups: the totals with a common support, ``None`` for normal errors.
    """

    deviations: Array
    groups: tuple[tuple[Support | None, npt.NDArray[np.int_]], ...]

    @classmethod
    def of(cls, deviations: Array, supports: Sequence[Support | None]) -> Errors:
        """Errors of these deviations, each with its support."""
        kinds = dict.fromkeys(supports)
        members = {kind: [k for k, found in enumerate(supports) if found == kind] for kind in kinds}
        return cls(deviations, tuple((kind, np.array(m, dtype=int)) for kind, m in members.items()))

    def mean(self, multipliers: Array) -> Array:
        """The error of each total at these multipliers."""
        error = self.deviations**2 * multipliers
        for support, k in self._spread():
            weights = self._weights(support, k, multipliers)
            error[k] = self.deviations[k] * (weights @ np.array(support.points))
        return error

    def variance(self, multipliers: Array) -> Array:
        """Derivative of each error with respect to its multiplier."""
        variance = self.deviations**2
        for support, k in self._spread():
            weights, points = self._weights(support, k, multipliers), np.array(support.points)
            spread = weights @ points**2 - (weights @ points) ** 2
            variance[k] = self.deviations[k] ** 2 * spread
        return variance

    def conjugate(self, multipliers: Array) -> float:
        """Dual cost of all errors."""
        cost = 0.5 * self.deviations**2 * multipliers**2
        for support, k in self._spread():
            exponent = self._exponent(support, k, multipliers)
            peak = exponent.max(1)
            cost[k] = peak + np.log(np.exp(exponent - peak[:, None]).sum(1))
        return float(cost.sum())

    def cost(self, multipliers: Array) -> float:
        """What the errors cost beside the distance of the cells (Fenchel's equality)."""
        return float(self.mean(multipliers) @ multipliers) - self.conjugate(multipliers)

    def _spread(self) -> list[tuple[Support, npt.NDArray[np.int_]]]:
        return [(support, k) for support, k in self.groups if support is not None]

    def _exponent(self, support: Support, k: npt.NDArray[np.int_], multipliers: Array) -> Array:
        pull = np.outer(self.deviations[k] * multipliers[k], support.points)
        return np.asarray(np.log(np.array(support.weights)) + pull)  # total, point

    def _weights(self, support: Support, k: npt.NDArray[np.int_], multipliers: Array) -> Array:
        exponent = self._exponent(support, k, multipliers)
        weight = np.exp(exponent - exponent.max(1, keepdims=True))
        return np.asarray(weight / weight.sum(1, keepdims=True))
