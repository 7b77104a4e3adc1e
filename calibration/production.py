r"""Production: what activities sell, and their inputs by the nests in which they enter.

Gross revenue pays the production tax at rate :math:`t` and the inputs,

.. math:: (1 - t_j)\,(D_j + E_j) = \sum_i M_{ij} + \sum_f F_{fj} + EL_j + L_j + K_j + R_j + G_j ,

with sales at home and in other regions D, exports E, materials M, fuels burnt F, electricity EL,
labour L, capital K, natural resources R and the generation composite G (electricity only). A
purchase of fuel is split by the feedstock share: crude oil in refining or coal in coking becomes
part of the product and is a material. The rent of land and reserves is a stated share of what the
SAM books as capital income.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.fields import MONEY, block, over
from calibration.labelled import labelled_array
from calibration.payments import Payments
from calibration.resources import Resources
from calibration.sets import Sets
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@block
class Production:
    """Sales and inputs of activities."""

    domestic: Array = over("region activity", MONEY, "sales in the country, gross of output tax")
    export: Array = over("region activity", MONEY, "sales to the world, gross of output tax")
    output_tax: Array = over(
        "region activity", "share", "production tax in gross revenue, may be negative"
    )
    material: Array = over(
        "region commodity activity",
        MONEY,
        "goods, services, feedstock, and what electricity buys from itself",
    )
    fuel: Array = over("region fuel activity", MONEY, "fuel burnt")
    electricity: Array = over("region activity", MONEY, "electricity used as energy")
    labour: Array = over("region activity", MONEY, "labour")
    capital: Array = over("region activity", MONEY, "capital without natural resources")
    resource: Array = over("region activity", MONEY, "natural resource of the activity's own")
    generation: Array = over(
        "region activity", MONEY, "purchase of the generation composite, by electricity only"
    )

    @property
    def output(self) -> Array:
        """Gross output, production tax included (region, activity)."""
        return self.domestic + self.export


def feedstock_shares(
    table: pd.DataFrame, regions: Sequence[str], fuels: Sequence[str], users: Sequence[str]
) -> Array:
    """Share of each purchase of fuel that is not burnt (region, fuel, user), zero where not listed.

    Raises:
        CalibrationError: a share is not a number from 0 to 1, unknown label, or a line given twice.
    """
    axes = {"region": regions, "fuel": fuels, "user": users}
    return labelled_array(table, axes, "share", "feedstock", most=1.0)


def calibrate_production(
    payments: Payments, feedstock: Array, sets: Sets, resources: Resources
) -> Production:
    """Sort the payments of activities; electricity is not yet split off its technologies.

    Arguments:
        payments: payments of the SAM.
        feedstock: share of fuel purchases that is not burnt (region, fuel, activity).
        sets: labels.
        resources: share of natural resources in capital income by sector.
    """
    bought = payments["intermediate"]  # region, commodity, activity
    burnt = sets.fuel_places
    material = bought.copy()
    material[:, burnt] *= feedstock
    electricity = np.zeros_like(payments["labour"])  # region, activity
    if sets.makes_electricity:
        electricity = material[:, sets.electricity_place].copy()
        material[:, sets.electricity_place] = 0.0
    resource = payments["capital"] * resources.shares(sets.sectors)
    return Production(
        domestic=payments["local"] + payments["inflow"].sum(axis=1),
        export=payments["exports"],
        output_tax=_tax_rates(payments),
        material=material,
        fuel=bought[:, burnt] * (1.0 - feedstock),
        electricity=electricity,
        labour=payments["labour"],
        capital=payments["capital"] - resource,
        resource=resource,
        generation=np.zeros_like(electricity),
    )


def _tax_rates(payments: Payments) -> Array:
    """Production tax as a share of gross revenue (region, activity), zero where nothing is made."""
    return ratio(payments["production_tax"], payments.output)
