r"""Accumulation: what is invested in a region, shared out to its sectors by their rates of return.

Growth of a stock is an inverse-logistic function of its rate of return (Dixon and Rimmer 2002,
*Dynamic General Equilibrium Modelling for Forecasting and Policy*, section 21): what it loses by
depreciation is the least, a headroom D above the average the most. With the average
:math:`\bar r_r` of the region as the normal rate, and :math:`\iota_r = I_r / \sum_j K_{rj}`,

.. math:: g_{rj} = -\delta_r + \frac{\iota_r + D}{1 + e^{-C_r (r_{rj} - \bar r_r) - \lambda_r}} ,
          \qquad C_r = s \, \frac{\iota_r + D}{\iota_r D} ,

where :math:`\lambda_r` makes investment add up to what there is,

.. math:: I_{rj} = (g_{rj} + \delta_r) K_{rj} \ge 0 , \qquad \sum_j I_{rj} = I_r .

At the average rate a stock grows about as the region's does, and a rate one point higher raises its
growth by s points. Investment is smooth in rates, and positive wherever there is a stock.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from calibration import Investment
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

HALVINGS = 100
"""Halvings of the interval in which lambda lies: to the last bit."""


def shared_out(total: Array, stock: Array, excess: Array, rule: Investment) -> Array:
    """Investment by sector, 1e8 CNY (region, sector).

    Arguments:
        total: what is invested, 1e8 CNY (region); where it is not positive, nothing is invested.
        stock: capital, 1e8 CNY (region, sector).
        excess: rate of return less the region's average, as a fraction (region, sector).
        rule: slope and headroom.
    """
    there = np.where((total > 0.0) & (stock.sum(axis=1) > 0.0), total, 0.0)
    rate = ratio(there, stock.sum(axis=1), 0.0)
    headroom = rule.value("headroom")
    most = rate + headroom
    steepness = rule.value("slope") * ratio(most, rate * headroom, 0.0)
    pull = np.where(stock > 0.0, steepness[:, None] * excess, 0.0)
    level = _level(np.where(stock > 0.0, stock, 0.0), pull, rate, most)
    shares = np.where(stock > 0.0, stock * expit(pull + level[:, None]), 0.0)
    invested: Array = shares * ratio(there, shares.sum(axis=1), 0.0)[:, None]
    return invested


def _level(stock: Array, pull: Array, rate: Array, most: Array) -> Array:
    """Lambda, by halving: growth of all stocks rises with it (region)."""
    middle = logit(np.where(rate > 0.0, rate / most, 0.5))
    low, high = middle - pull.max(axis=1), middle - pull.min(axis=1)
    for _ in range(HALVINGS):
        level = 0.5 * (low + high)
        short = (stock * expit(pull + level[:, None])).sum(axis=1) * most < rate * stock.sum(axis=1)
        low, high = np.where(short, level, low), np.where(short, high, level)
    found: Array = 0.5 * (low + high)
    return found
