r"""Trade: supply of each commodity by origin, and sales of each activity by destination.

The composite (Armington) commodity of region r is bought from abroad at the import price and duty
:math:`\tau`, from the region itself and from the other regions q; an activity sells at home and in
other regions (domestic output) and to the world,

.. math:: A_{ri} = (1 + \tau_{ri}) M_{ri} + S_{ri} + \sum_q T_{qri} , \qquad
          D_{rj} = S_{rj} + \sum_q T_{rqj} .
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.accounts import Accounts

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trade:
    """Trade flows, 1e8 CNY.

    Attributes:
        output_domestic: sales within the country (region, activity).
        output_export: sales to the world (region, activity).
        armington_import: imports, c.i.f. (region, commodity).
        tariff: rate on c.i.f. (region, commodity).
        armington_local: purchases from the region itself (region, commodity).
        armington_inflow: purchases from other regions (origin, region, commodity).
    """

    output_domestic: Array
    output_export: Array
    armington_import: Array
    tariff: Array
    armington_local: Array
    armington_inflow: Array


def calibrate_trade(accounts: Accounts) -> Trade:
    """Arrange trade flows and derive tariff rates."""
    rate = np.zeros_like(accounts.imports)
    np.divide(accounts.tariffs, accounts.imports, out=rate, where=accounts.imports > 0.0)
    return Trade(
        output_domestic=accounts.local + accounts.inflow.sum(axis=1),
        output_export=accounts.exports,
        armington_import=accounts.imports,
        tariff=rate,
        armington_local=accounts.local,
        armington_inflow=accounts.inflow,
    )
