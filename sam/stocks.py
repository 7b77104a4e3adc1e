r"""Stocks that fall: what is sold out of them must be storable, supplied anew, and somebody's.

With the fall :math:`D_{ri} = -\Delta S_{ri} > 0` of a commodity's stocks and its supply from
activities and abroad A,

.. math:: D_{ri} \le A_{ri} , \qquad \sum_k I_{rk} > 0 :

what is used is mostly made or imported, and what is drawn belongs to those who invest. Electricity
is not stored.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

UNSTORED = "electricity is not stored"
SCARCE = "output, imports and inflow supply less of it than that"
UNOWNED = "nobody there invests, who could own them"


def impossible_falls(
    fall: Array, supply: Array, invested: Array, electricity: Mask
) -> dict[str, Mask]:
    """Where stocks cannot fall, by the reason, in the order in which one is given.

    Arguments:
        fall: of stocks, zero or less where they do not fall, 1e8 CNY (any axes, to which the others
            broadcast).
        supply: of the commodity from activities and abroad, 1e8 CNY.
        invested: fixed investment and additions to stocks of the region, 1e8 CNY.
        electricity: whether the commodity is electricity.
    """
    falls = fall > 0.0
    return {
        UNSTORED: falls & electricity,
        SCARCE: falls & (fall > supply),
        UNOWNED: falls & ~(invested > 0.0),
    }
