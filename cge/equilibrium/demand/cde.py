r"""Constant difference of elasticities (Hanoch 1975; Hertel 1997, ch. 2; McDougall 2003).

Relative to the reference, with budget shares :math:`\theta`, substitution :math:`\alpha` and
expansion e, log utility v of log spending m at log prices p solves

.. math:: \sum_i B_i e^{f_i} = 1, \qquad f_i = (1 - \alpha_i)(e_i v + p_i - m), \qquad
          B_i \propto \frac{\theta_i}{1 - \alpha_i} ,

and budget shares are :math:`w_i \propto \theta_i e^{f_i}`. Income elasticities, and compensated
price elasticities by :math:`w_j (\alpha_i + \alpha_j - \bar\alpha) - \delta_{ij} \alpha_i`:

.. math:: \eta_i = \frac{e_i (1 - \alpha_i) + \sum_k w_k e_k \alpha_k}{\sum_k w_k e_k}
          + \alpha_i - \bar\alpha, \qquad \bar\alpha = \sum_k w_k \alpha_k .

Goods are the last axis of all arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cge.equilibrium.axes import Array
from cge.equilibrium.demand.solve import solve
from cge.equilibrium.demand.targets import labelled, targets
from cge.equilibrium.means import log_of_mean
from cge.language.errors import DeclarationError


@dataclass(frozen=True, eq=False)
class CDE:
    """Preferences of an agent at its reference.

    Attributes:
        xp: array library.
        share: reference budget shares, which sum to one (..., good).
        substitution: of each good (..., good).
        expansion: of each good (..., good).
    """

    xp: Any
    share: Array
    substitution: Array
    expansion: Array

    def log_utility(self, log_spending: Array, log_price: Array) -> Array:
        """Log utility, zero at the reference."""

        def equation(v: Array, m: Array, p: Array, *numbers: Array) -> tuple[Array, Array]:
            value, weight, b, e = self._distance(v, m, p, *numbers)
            return value, (weight * b * e).sum(axis=-1)

        start = 0.0 * log_spending
        return solve(self.xp, equation, start, log_spending, log_price, *self._numbers)

    def log_expenditure(self, log_utility: Array, log_price: Array) -> Array:
        """Log of the least spending that gives a log utility, zero at the reference."""

        def equation(m: Array, v: Array, p: Array, *numbers: Array) -> tuple[Array, Array]:
            value, weight, b, _ = self._distance(v, m, p, *numbers)
            return value, -(weight * b).sum(axis=-1)

        start = 0.0 * log_utility
        return solve(self.xp, equation, start, log_utility, log_price, *self._numbers)

    def log_relative_shares(self, v: Array, m: Array, p: Array) -> Array:
        """Log of budget shares relative to the reference, at the log utility of m and p."""
        f = (1.0 - self.substitution) * (self.expansion * v[..., None] + p - m[..., None])
        return f - _log_mean(self.xp, self.share, f)[0][..., None]

    def income_elasticities(self, w: Array, v: Array, p: Array) -> Array:
        """Income elasticities at budget shares w."""
        e, alpha = self.expansion, self.substitution

        def mean(what: Array) -> Array:
            total: Array = (w * what).sum(axis=-1, keepdims=True)
            return total

        return (e * (1.0 - alpha) + mean(e * alpha)) / mean(e) + alpha - mean(alpha)

    @property
    def _numbers(self) -> tuple[Array, Array, Array]:
        return self.share, self.substitution, self.expansion

    def _distance(
        self, v: Array, m: Array, p: Array, share: Array, substitution: Array, expansion: Array
    ) -> tuple[Array, Array, Array, Array]:
        """Log of the sum that defines utility, the weights in it, 1 - substitution, expansion."""
        b = 1.0 - substitution
        f = b * (expansion * v[..., None] + p - m[..., None])
        scale = share / b
        value, weight = _log_mean(self.xp, scale / scale.sum(axis=-1, keepdims=True), f)
        return value, weight, b, expansion


def _log_mean(xp: Any, weight: Array, logs: Array) -> tuple[Array, Array]:
    """Log of the weighted mean of what has these logs, and the share of each good in it."""
    live = xp.where(weight > 0, logs, 0.0)

    def less_one(excess: Array) -> Array:
        total: Array = (weight * xp.expm1(live - excess[..., None])).sum(axis=-1)
        return total

    mean = log_of_mean(xp, live.max(axis=-1), less_one)
    return mean, weight * xp.exp(live - mean[..., None])


def own_price_elasticities(share: Array, substitution: Array) -> Array:
    """Compensated own-price elasticities (..., good)."""
    mean = (share * substitution).sum(axis=-1, keepdims=True)
    own: Array = share * (2.0 * substitution - mean) - substitution
    return own


def calibrate(
    share: Any,
    income_elasticity: Any,
    own_price_elasticity: Any,
    *,
    least: float = 0.01,
    most: float = 0.95,
) -> tuple[Any, Any]:
    r"""Substitution and expansion from target elasticities, in the manner of GTAP.

    Substitution comes first: compensated own-price elasticities are linear in it, and least squares
    within the bounds, weighted with budget shares, comes as near to the targets as it can. Then
    expansion, with :math:`\sum w e = 1`, comes as near to the income elasticities, which are linear
    in it too:

    .. math:: e_i (1 - \alpha_i) + \sum_k w_k e_k \alpha_k = \eta_i - \alpha_i + \bar\alpha .

    Own-price elasticities identify all n substitutions, income elasticities (which average to one)
    the n - 1 ratios of expansion; cross-price elasticities follow. Where a bound holds, a target is
    missed: compare what comes out (``CDE.income_elasticities``, ``own_price_elasticities``).

    Arguments:
        share: budget shares, positive, sum to one; with labels, or by position (good).
        income_elasticity: targets; they are scaled so that their weighted mean is one; with labels
            where the shares have labels (good).
        own_price_elasticity: compensated targets, not positive; likewise (good).
        least: smallest substitution, and smallest expansion.
        most: largest substitution, below one; above one take both bounds above one.

    Returns:
        Substitution and expansion, with the labels of the shares (good).

    Raises:
        DeclarationError: shares or elasticities are impossible, or of other goods; the bounds are
            not below one or above one both.
    """
    from scipy.optimize import lsq_linear

    w, eta, own_price = targets(
        share, income_elasticity=income_elasticity, own_price_elasticity=own_price_elasticity
    )
    if (own_price > 0).any() or (w * eta).sum() <= 0:
        raise DeclarationError(
            "compensated own-price elasticities must be <= 0, and income elasticities have a "
            f"positive mean; found {own_price.tolist()} and {eta.tolist()}"
        )
    if not (0 <= least < most < 1 or 1 < least < most):
        raise DeclarationError(f"bounds {least:g} and {most:g}: both below one, or both above one")
    eta = eta / (w * eta).sum()
    weight = np.sqrt(w)[:, None]
    own = np.diag(2.0 * w - 1.0) - w[:, None] * w[None, :]
    alpha = lsq_linear(weight * own, weight[:, 0] * own_price, (least, most)).x
    income = np.diag(1.0 - alpha) + (w * alpha)[None, :]
    target = eta - alpha + (w * alpha).sum()
    e = lsq_linear(weight * income, weight[:, 0] * target, (min(least, 0.01), np.inf)).x
    return labelled(share, alpha), labelled(share, e / (w * e).sum())
