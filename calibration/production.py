r"""Production: the inputs of an activity by the nests in which they enter.

Gross revenue pays the production tax at rate :math:`t` and the inputs,

.. math:: (1 - t_j)\,(D_j + E_j) = \sum_i M_{ij} + \sum_f F_{fj} + EL_j + L_j + K_j
          + \sum_n R_{nj} + G_j ,

with materials M, fuels burnt F, electricity EL, labour L, capital K, natural resources R and the
generation composite G (electricity only). A purchase of fuel is split by the feedstock share: crude
oil in refining or coal in coking becomes part of the product and is a material. The rent of land
and reserves is a stated share of what the SAM books as capital income.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.accounts import Accounts
from calibration.assumptions import Resources
from calibration.labelled import labelled_array

Array = npt.NDArray[np.float64]

ELECTRICITY = "ELE"
"""Sector that makes electricity (and heat)."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """Purchases of activities by nest, 1e8 CNY.

    Attributes:
        material: goods and services, feedstock included (region, commodity, activity).
        fuel: fuel burnt (region, fuel, activity).
        electricity: electricity (region, activity).
        labour: labour (region, activity).
        capital: capital without natural resources (region, activity).
        resource: natural resources (region, resource, activity).
    """

    material: Array
    fuel: Array
    electricity: Array
    labour: Array
    capital: Array
    resource: Array


def feedstock_shares(
    table: pd.DataFrame, regions: Sequence[str], fuels: Sequence[str], users: Sequence[str]
) -> Array:
    """Share of each purchase of fuel that is not burnt (region, fuel, user), zero where not listed.

    Raises:
        CalibrationError: a share is not a number from 0 to 1, unknown label, or a line given twice.
    """
    axes = {"region": regions, "fuel": fuels, "user": users}
    return labelled_array(table, axes, "share", "feedstock", most=1.0)


def split_inputs(
    accounts: Accounts,
    feedstock: Array,
    sectors: Sequence[str],
    fuels: Sequence[str],
    resources: Resources,
) -> Inputs:
    """Sort the purchases of activities into materials, fuels burnt, electricity and factors.

    Arguments:
        accounts: flows of the SAM.
        feedstock: share of fuel purchases that is not burnt (region, fuel, activity).
        sectors: sector codes.
        fuels: commodities that may be burnt.
        resources: share of natural resources in capital income by sector.
    """
    material = accounts.intermediate.copy()
    burnt = [sectors.index(fuel) for fuel in fuels]
    fuel = accounts.intermediate[:, burnt] * (1.0 - feedstock)  # region, fuel, activity
    material[:, burnt] *= feedstock
    electricity = np.zeros_like(accounts.labour)  # region, activity
    if ELECTRICITY in sectors:
        place = sectors.index(ELECTRICITY)
        electricity = material[:, place].copy()
        material[:, place] = 0.0
    resource = _rents(accounts.capital, sectors, resources)
    capital = accounts.capital - resource.sum(axis=1)
    return Inputs(material, fuel, electricity, accounts.labour, capital, resource)


def tax_rates(accounts: Accounts) -> Array:
    """Production tax as a share of gross revenue (region, activity), zero where nothing is made."""
    revenue = accounts.local + accounts.inflow.sum(axis=1) + accounts.exports
    rates: Array = np.zeros_like(revenue)
    np.divide(accounts.production_tax, revenue, out=rates, where=revenue > 0.0)
    return rates


def _rents(capital: Array, sectors: Sequence[str], resources: Resources) -> Array:
    r"""Rents of natural resources, :math:`R_{nj} = \theta_n K_j` for n = j."""
    names = resources.sectors(sectors)
    resource = np.zeros((len(capital), len(names), len(sectors)))  # region, resource, activity
    for n, name in enumerate(names):
        j = sectors.index(name)
        resource[:, n, j] = resources.share(name) * capital[:, j]
    return resource
