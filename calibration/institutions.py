r"""Institutions: who receives income and what it is used for.

Labour income goes to households, capital income (with rents) to enterprises, which distribute it,
pay company tax and retain the rest; production tax is shared between province and centre, duties
are central, and the centre gives all of it back as transfers,

.. math:: \sum_r \Bigl[ \theta_r \sum_j t_{rj} X_{rj} + \sum_i \tau_{ri} M_{ri} \Bigr]
          = \sum_r TR_r ; \qquad
          I_r = S^{ent}_r + \sum_h S_{rh} + S^{gov}_r + S^{foreign}_r + S^{reg}_r .
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calibration.fields import MONEY, block, over, quantities
from calibration.payments import Payments
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@block
class Institutions:
    """Income and its uses other than consumption and investment."""

    labour_income: Array = over("region household", MONEY, "labour income")
    capital_income: Array = over(
        "region", MONEY, "capital income and all rents, received by enterprises"
    )
    enterprise_to_household: Array = over("region household", MONEY, "distributed income")
    enterprise_tax: Array = over("region", MONEY, "company tax")
    enterprise_saving: Array = over("region", MONEY, "retained income")
    income_tax: Array = over("region household", MONEY, "income tax")
    household_saving: Array = over("region household", MONEY, "saving of households")
    government_saving: Array = over("region", MONEY, "saving of provincial government")
    production_tax_central_share: Array = over(
        "region", "share", "part of production tax that goes to the centre"
    )
    central_transfer: Array = over("region", MONEY, "net transfer from the centre to the province")
    foreign_saving: Array = over("region", MONEY, "net capital from the world")
    interregional_saving: Array = over(
        "region", MONEY, "net capital from other regions, sums to zero"
    )


def calibrate_institutions(payments: Payments) -> Institutions:
    """Income flows as the SAM has them, and the central share of production tax."""
    central = payments["production_tax_central"]
    total = payments["production_tax_local"] + central
    share = ratio(central, total, where=total != 0.0)
    flows = {name: payments[name] for name in quantities(Institutions) if name in payments.flows}
    return Institutions(production_tax_central_share=share, **flows)
