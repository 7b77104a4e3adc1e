r"""Emissions: carbon dioxide bound to the fuel burnt and to industrial output.

Each purchase of fuel f by user u carries the inventory's emissions, so the factor

.. math:: e_{rfu} = \frac{E_{rfu}}{F_{rfu}} \quad [\text{Mt per } 10^8 \text{ CNY}]

differs by region and user (prices and fuel quality do); sums meet the inventory exactly. Emissions
of the electricity sector follow the fuel of each technology. Process emissions are bound to output.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.errors import CalibrationError
from calibration.labelled import labelled_array
from calibration.production import ELECTRICITY
from sam.ranking import worst

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Emissions:
    """Base-year CO2, Mt.

    Attributes:
        fuel: from fuel burnt by activities (region, fuel, activity).
        technology: from fuel burnt by generation technologies (region, fuel, technology).
        household: from fuel burnt by households (region, household, fuel).
        process: from industrial processes (region, activity).
    """

    fuel: Array
    technology: Array
    household: Array
    process: Array


def calibrate_emissions(
    combustion: Array,
    process: Array,
    burnt: Array,
    burnt_by_technology: Array,
    sectors: Sequence[str],
) -> Emissions:
    """Attach the inventory to the fuel burnt.

    Arguments:
        combustion: CO2, Mt (region, fuel, user), users being activities and then households.
        process: CO2, Mt (region, activity).
        burnt: fuel burnt by activities other than through technologies, 1e8 CNY (region, fuel,
            activity).
        burnt_by_technology: fuel burnt by technologies, 1e8 CNY (region, fuel, technology).
        sectors: sector codes.
    """
    fuel = combustion[:, :, : len(sectors)].copy()
    technology = np.zeros_like(burnt_by_technology)
    if ELECTRICITY in sectors:
        place = sectors.index(ELECTRICITY)
        money = np.concatenate([burnt_by_technology, burnt[:, :, [place]]], axis=2)
        total = money.sum(axis=2, keepdims=True)
        share = np.divide(money, total, out=np.zeros_like(money), where=total > 0.0)
        split = share * fuel[:, :, [place]]  # region, fuel, technology and grid
        technology, fuel[:, :, place] = split[:, :, :-1], split[:, :, -1]
    household = combustion[:, :, len(sectors) :].transpose(0, 2, 1)
    return Emissions(fuel, technology, household.copy(), process)


def combustion_array(
    table: pd.DataFrame, regions: Sequence[str], fuels: Sequence[str], users: Sequence[str]
) -> Array:
    """Inventory of combustion, Mt (region, fuel, user).

    Raises:
        CalibrationError: unknown label, a negative or missing value, or a line given twice.
    """
    axes = {"region": regions, "fuel": fuels, "user": users}
    return labelled_array(table, axes, "mt_co2", "combustion")


def process_array(table: pd.DataFrame, regions: Sequence[str], sectors: Sequence[str]) -> Array:
    """Inventory of process emissions, Mt (region, activity).

    Raises:
        CalibrationError: unknown label, a negative or missing value, or a line given twice.
    """
    axes = {"region": regions, "sector": sectors}
    return labelled_array(table, axes, "mt_co2", "process")


def check_carriers(
    emissions: Array, money: Array, labels: Sequence[Sequence[str]], what: str
) -> None:
    """Assert that every emission sits on a positive flow, so that its factor is finite.

    Raises:
        CalibrationError: names the largest emission without a flow.
    """
    orphans = np.where((emissions > 0.0) & ~(money > 0.0), emissions, 0.0)
    if orphans.any():
        place = np.unravel_index(worst(orphans), orphans.shape)
        where = " ".join(names[int(k)] for names, k in zip(labels, place, strict=True))
        raise CalibrationError(
            f"{int((orphans > 0).sum())} emissions have no {what} to be bound to, in all "
            f"{orphans.sum():.4g} Mt CO2, the largest {where} with {orphans.max():.4g} Mt; correct "
            "the inventory, the SAM or the feedstock share of this cell"
        )
