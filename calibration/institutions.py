r"""Institutions: who receives income and what it is used for.

Labour income goes to households, capital income (with rents) to enterprises, which distribute it,
pay company tax and retain the rest; production tax is shared between province and centre, duties
are central, and the centre gives all of it back as transfers,

.. math:: \sum_r \Bigl[ \theta_r \sum_j t_{rj} X_{rj} + \sum_i \tau_{ri} M_{ri} \Bigr]
          = \sum_r TR_r ; \qquad
          I_r = S^{ent}_r + \sum_h S_{rh} + S^{gov}_r + S^{foreign}_r + S^{reg}_r .
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.accounts import Accounts

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Institutions:
    """Income flows, 1e8 CNY, and the split of production tax.

    Attributes:
        labour_income: labour income (region, household).
        capital_income: capital income and rents of enterprises (region).
        enterprise_to_household: distributed income (region, household).
        enterprise_tax: company tax (region).
        enterprise_saving: retained income (region).
        income_tax: income tax (region, household).
        household_saving: saving (region, household).
        government_saving: saving of provincial government (region).
        production_tax_central_share: share of production tax that goes to the centre (region).
        central_transfer: net transfer from the centre to the province (region).
        foreign_saving: net capital from the world (region).
        interregional_saving: net capital from other regions (region).
    """

    labour_income: Array
    capital_income: Array
    enterprise_to_household: Array
    enterprise_tax: Array
    enterprise_saving: Array
    income_tax: Array
    household_saving: Array
    government_saving: Array
    production_tax_central_share: Array
    central_transfer: Array
    foreign_saving: Array
    interregional_saving: Array


def calibrate_institutions(accounts: Accounts) -> Institutions:
    """Arrange income flows and derive the central share of production tax."""
    total = accounts.production_tax_local + accounts.production_tax_central
    share = np.zeros_like(total)
    np.divide(accounts.production_tax_central, total, out=share, where=total != 0.0)
    return Institutions(
        labour_income=accounts.labour_income,
        capital_income=accounts.capital_income,
        enterprise_to_household=accounts.enterprise_to_household,
        enterprise_tax=accounts.enterprise_tax,
        enterprise_saving=accounts.enterprise_saving,
        income_tax=accounts.income_tax,
        household_saving=accounts.household_saving,
        government_saving=accounts.government_saving,
        production_tax_central_share=share,
        central_transfer=accounts.central_transfer,
        foreign_saving=accounts.foreign_saving,
        interregional_saving=accounts.interregional_saving,
    )
