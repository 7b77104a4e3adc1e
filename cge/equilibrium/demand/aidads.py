r"""An implicitly directly additive demand system (Rimmer and Powell 1996).

Of spending beyond commitments m, in logs relative to the reference, goods get the shares
:math:`\phi`, which go from :math:`\alpha` to :math:`\beta` as utility v rises,

.. math:: \phi_i = \alpha_i + (\beta_i - \alpha_i)\, h(v), \qquad
          h = \frac{1}{1 + e^{-(v + \bar v)}}, \qquad
          \sum_i \phi_i (\ln \phi_i + m - p_i) - v = \sum_i \theta_i \ln \theta_i .

Quantities are counted in units worth one at reference prices: the system is not invariant to other
units. With :math:`\pi = h(0)`, how far the reference is on the way from the poor to the rich,
:math:`\phi_i = \theta_i + (\beta_i - \alpha_i)(h - \pi)` has the reference shares :math:`\theta`
exactly. Income elasticities (of spending beyond commitments) and the response of utility:

.. math:: \eta_i = 1 + \frac{\phi_i'}{\phi_i} \Omega, \qquad
          \frac{dv}{dm} = \Omega = \frac{1}{1 - \sum_k \phi_k' (\ln \phi_k - p_k)} .

Compensated, goods are substitutes as in a linear expenditure system, with the elasticities
:math:`w_j - \delta_{ij}`. Goods are the last axis of all arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from cge.equilibrium.axes import Array
from cge.equilibrium.demand.solve import solve
from cge.equilibrium.demand.targets import labelled, targets
from cge.language.errors import DeclarationError

_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class AIDADS:
    """Preferences of an agent at its reference.

    Attributes:
        xp: array library.
        share: reference shares of what is spent beyond commitments (..., good).
        low: marginal budget shares of the poor (..., good).
        high: those of the rich (..., good).
    """

    xp: Any
    share: Array
    low: Array
    high: Array

    @cached_property
    def progress(self) -> Array:
        """How far the reference shares are on the way from ``low`` to ``high``; a half if equal."""
        way = self.high - self.low
        length = (way * way).sum(axis=-1)
        same = length < 1e-20
        found = ((self.share - self.low) * way).sum(axis=-1) / self.xp.where(same, 1.0, length)
        return self.xp.where(same, 0.5, found)

    @property
    def substitution(self) -> Array:
        """As in a linear expenditure system."""
        return self.xp.ones_like(self.share)

    def log_utility(self, log_spending: Array, log_price: Array) -> Array:
        """Log utility, zero at the reference."""

        def equation(v: Array, m: Array, p: Array, *numbers: Array) -> tuple[Array, Array]:
            value, slope = AIDADS(self.xp, *numbers)._distance(v, p)
            return value + m, slope

        data = (log_spending, log_price, self.share, self.low, self.high)
        return solve(self.xp, equation, 0.0 * log_spending, *data)

    def log_expenditure(self, log_utility: Array, log_price: Array) -> Array:
        """Log of the least spending that gives a log utility, zero at the reference."""
        return -self._distance(log_utility, log_price)[0]

    def log_relative_shares(self, v: Array, m: Array, p: Array) -> Array:
        """Log of shares relative to the reference, at the log utility of m and p."""
        phi, _ = self._phi(v)
        live = self.share > 0
        safe = self.xp.where(live, self.share, 1.0)
        return self.xp.where(live, self.xp.log(phi / safe), 0.0)

    def income_elasticities(self, w: Array, v: Array, p: Array) -> Array:
        """Elasticities in spending beyond commitments at budget shares w."""
        phi, slope = self._phi(v)
        _, response = self._distance(v, p)
        return 1.0 - slope / phi / response[..., None]

    def _phi(self, v: Array) -> tuple[Array, Array]:
        """Shares and their slopes in log utility; a tiny share where there is none."""
        pi = self.progress
        h = 1.0 / (1.0 + (1.0 - pi) / pi * self.xp.exp(-v))
        way = self.high - self.low
        live = self.share > 0
        phi = self.share + way * (h - pi)[..., None]
        phi = self.xp.where(live, self.xp.maximum(phi, _TINY), 1.0)
        return phi, self.xp.where(live, way * (h * (1.0 - h))[..., None], 0.0)

    def _distance(self, v: Array, p: Array) -> tuple[Array, Array]:
        """What defines utility, but for m; and its slope in log utility, without m as well."""
        xp, live = self.xp, self.share > 0
        phi, slope = self._phi(v)
        logs = xp.where(live, xp.log(phi) - p, 0.0)
        reference = xp.where(live, self.share * xp.log(xp.where(live, self.share, 1.0)), 0.0)
        value = xp.where(live, phi * logs, 0.0).sum(axis=-1) - v - reference.sum(axis=-1)
        return value, (slope * logs).sum(axis=-1) - 1.0


def calibrate(share: Any, income_elasticity: Any, *, progress: float = 0.5) -> tuple[Any, Any]:
    r"""Marginal budget shares of the poor and the rich from income elasticities.

    Elasticities at the reference identify the direction and size of
    :math:`\phi' = \theta (\eta - 1) / \Omega`, nothing else: how far the agent has come on its
    way, :math:`\pi`, is not identified by one observation and is given. It decides how much longer
    shares go on to change, so it matters in large changes of income only.

    Arguments:
        share: shares of spending beyond commitments, positive, sum to one; with labels, or by
            position (good).
        income_elasticity: elasticities in that spending; they are scaled so that their weighted
            mean is one. From the elasticity in all spending: times the share of spending that is
            beyond commitments, over the share of the good's that is; with labels where the shares
            have labels (good).
        progress: :math:`\pi` in (0, 1).

    Returns:
        ``low`` and ``high``, with the labels of the shares (good).

    Raises:
        DeclarationError: shares or elasticities are impossible, or of other goods; progress is not
            between zero and one; no shares >= 0 have these elasticities at this progress: says
            which good, and what would do.
    """
    theta, eta = targets(share, income_elasticity=income_elasticity)
    if not 0 < progress < 1 or (theta * eta).sum() <= 0:
        raise DeclarationError(
            f"progress is strictly between zero and one, found {progress:g}, and income "
            f"elasticities have a positive mean, found {eta.tolist()}"
        )
    eta = eta / (theta * eta).sum()
    # phi' = theta (eta - 1) / Omega with 1 / Omega = 1 - sum phi' ln theta, linear in 1 / Omega
    bent = theta * (eta - 1.0)
    inverse = 1.0 / (1.0 + (bent * np.log(theta)).sum())
    way = bent * inverse / (progress * (1.0 - progress))
    low, high = theta - progress * way, theta + (1.0 - progress) * way
    worst = int(np.argmin(np.minimum(low, high)))
    if inverse <= 0 or min(low[worst], high[worst]) < 0:
        good = getattr(labelled(share, theta), "index", range(theta.size))[worst]
        raise DeclarationError(
            f"good {good}: no marginal budget share >= 0 gives an income elasticity of "
            f"{eta[worst]:.3g} at progress {progress:g}: take it closer to one, or progress "
            f"{'smaller' if low[worst] < 0 else 'larger'}"
        )
    return labelled(share, low), labelled(share, high)
