r"""Stocks: what capital formation adds to them, and what is sold out of them.

A change in stocks :math:`\Delta S` adds to them or draws on them. What is added is bought like
fixed investment F. What is drawn, D, the investor owns and sells at the price that users pay: a
supply beside the goods of all origins A. Capital formation I counts both, as national accounts have
it (SNA 2008, 10.118),

.. math:: D_{ri} = \max(-\Delta S_{ri}, 0) , \qquad
          A_{ri} + D_{ri} = \text{use}_{ri} , \qquad
          I_r = \sum_i \bigl( F_{ri} + \max(\Delta S_{ri}, 0) - D_{ri} \bigr) .

A good that is both invested in and drawn from stocks is bought and sold: nothing is netted. What
becomes of D after the base year, ``cge.m3c.capital`` says.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calibration.errors import CalibrationError
from calibration.payments import Payments
from calibration.sets import Sets
from sam.ranking import worst
from sam.stocks import impossible_falls

Array = npt.NDArray[np.float64]


def purchases(payments: Payments) -> Array:
    """Fixed investment and additions to stocks, 1e8 CNY (region, commodity)."""
    bought: Array = payments["fixed_investment"] + np.maximum(payments["stock_changes"], 0.0)
    return bought


def drawdown(payments: Payments, sets: Sets) -> Array:
    """Sales out of stocks, 1e8 CNY (region, commodity).

    Raises:
        CalibrationError: stocks fall where they cannot (``sam.stocks``); names the largest fall.
    """
    drawn: Array = np.maximum(-payments["stock_changes"], 0.0)
    invested = purchases(payments).sum(axis=1, keepdims=True)
    electricity = np.array(sets.sectors) == sets.electricity
    refused = impossible_falls(drawn, payments.supply, invested, electricity)
    for why, where in refused.items():
        wrong = np.where(where, drawn, 0.0)
        if wrong.any():
            r, i = np.unravel_index(worst(wrong), wrong.shape)
            raise CalibrationError(
                f"SAM: stocks of {sets.sectors[i]} in {sets.regions[r]} fall by {drawn[r, i]:g}, "
                f"but {why} ({int((wrong > 0.0).sum())} such in all); book the fall as output or "
                "imports of the year and rebalance (sam.balancing), or correct its sign"
            )
    return drawn
