r"""Trade and transport margins on flows between regions.

Provincial tables are at producers' prices: users buy the services of trade and transport directly,
and no margin sits on a flow of goods. Where a source gives flows at purchasers' prices, or rates by
commodity, the purchaser pays

.. math:: p_{rsi} = t_{rsi} \Bigl(1 + \sum_m \mu_{mi}\Bigr) , \qquad
          t^{+}_{rsm} = t_{rsm} + \sum_i \mu_{mi} t_{rsi} ,

and the services :math:`m` of the origin are sold along with the goods, so that what purchasers pay
above producers' prices is what trade and transport earn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sam.errors import BalancingError
from sam.interregional.arrays import check_unlabelled

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class PurchaserTrade:
    """Trade between regions seen from both sides.

    Attributes:
        producer: flows at producers' prices with the services that carry the margins
            (origin, destination, commodity); this is what regions sell.
        purchaser: what buyers pay for each commodity, margins included, and for services beyond
            the margins (origin, destination, commodity).
        margin: margins paid on each commodity (origin, destination, commodity).
    """

    producer: Array
    purchaser: Array
    margin: Array


def add_margins(flow: Array, rates: Array, services: Sequence[int]) -> PurchaserTrade:
    """Put margins on flows between regions and credit the services that earn them.

    Arguments:
        flow: flows at producers' prices (origin, destination, commodity), services without those
            that margins pay.
        rates: margin over producers' value (service, commodity), services in the order of
            ``services``.
        services: positions of the commodities that earn margins.

    Raises:
        BalancingError: rates have the wrong shape, are negative, or lie on the services themselves.
    """
    check_unlabelled(flow=flow, rates=rates)
    shape = (len(services), flow.shape[2])
    if rates.shape != shape or (rates < 0.0).any() or rates[:, list(services)].any():
        raise BalancingError(
            f"margins: rates of shape {rates.shape} must be {shape}, non-negative, and zero on the "
            "services that earn them"
        )
    margin = flow * rates.sum(0)
    producer = flow.copy()
    producer[:, :, list(services)] += np.einsum("rsi,mi->rsm", flow, rates)
    return PurchaserTrade(producer, flow + margin, margin)
