r"""Trade: supply of each commodity by origin.

The composite (Armington) commodity of region r is bought from abroad at the import price and duty
:math:`\tau`, from the region itself and from the other regions q; what an activity sells in the
country is what is bought of it (sales to the world are part of production),

.. math:: A_{ri} = (1 + \tau_{ri}) M_{ri} + S_{ri} + \sum_q T_{qri} , \qquad
          D_{rj} = S_{rj} + \sum_q T_{rqj} .
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calibration.fields import MONEY, block, over
from calibration.payments import Payments
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@block
class Trade:
    """Purchases of commodities by origin."""

    imports: Array = over("region commodity", MONEY, "purchases from abroad, c.i.f.")
    tariff: Array = over("region commodity", "rate", "duty on the c.i.f. value of imports")
    local: Array = over("region commodity", MONEY, "purchases from the region itself")
    inflow: Array = over(
        "origin region commodity", MONEY, "purchases from other regions, none from the own one"
    )


def calibrate_trade(payments: Payments) -> Trade:
    """Arrange trade flows and derive tariff rates."""
    imports = payments["imports"]
    rate = ratio(payments["tariffs"], imports)
    return Trade(imports, rate, payments["local"], payments["inflow"])
