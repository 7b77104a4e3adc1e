r"""Emissions: carbon dioxide bound to the fuel burnt and to industrial output.

Each purchase of fuel f by user u carries the inventory's emissions, so the factor

.. math:: e_{rfu} = \frac{E_{rfu}}{F_{rfu}} \quad [\text{Mt per } 10^8 \text{ CNY}]

differs by region and user (prices and fuel quality do); sums meet the inventory exactly. Emissions
of the electricity sector follow the fuel of each technology. Process emissions are bound to output.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration.errors import CalibrationError
from calibration.fields import MASS, block, over
from calibration.labelled import labelled_array
from calibration.power import Power
from calibration.production import Production
from calibration.sets import Sets
from sam import Dataset
from sam.ranking import worst
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@block
class Emissions:
    """CO2 of the base year by source, before capture and removal."""

    fuel: Array = over("region fuel activity", MASS, "fuel burnt by activities, generation apart")
    technology: Array = over("region fuel technology", MASS, "fuel burnt in generation")
    household: Array = over("region household fuel", MASS, "fuel burnt by households")
    process: Array = over("region activity", MASS, "industrial processes")

    @property
    def direct(self) -> Array:
        """Direct CO2 of all sources, Mt (region): what caps are measured against."""
        total: Array = (
            self.fuel.sum(axis=(1, 2))
            + self.technology.sum(axis=(1, 2))
            + self.household.sum(axis=(1, 2))
            + self.process.sum(axis=1)
        )
        return total


def calibrate_emissions(
    dataset: Dataset,
    sets: Sets,
    production: Production,
    power: Power,
    burnt_at_home: Array,
    emitted: Array,
) -> Emissions:
    """Attach the inventories to the fuel burnt and to output.

    Arguments:
        dataset: base year with its inventories.
        sets: labels.
        production: fuel burnt by activities other than through technologies, and output.
        power: fuel burnt by technologies.
        burnt_at_home: fuel burnt by households, 1e8 CNY (region, fuel, household).
        emitted: share of CO2 that technologies do not capture (technology).

    Raises:
        CalibrationError: unknown label, a negative or missing value, a line given twice, or an
            emission without a flow to be bound to.
    """
    users = (*sets.sectors, *sets.households)
    combustion = combustion_array(dataset.combustion, sets.regions, sets.fuels, users)
    process = process_array(dataset.process, sets.regions, sets.sectors)
    burnt = _with_generation(production.fuel, power.fuel, sets)
    money = np.concatenate([burnt, burnt_at_home], axis=2)
    check_carriers(combustion, money, (sets.regions, sets.fuels, users), "fuel burnt")
    check_carriers(process, production.output, (sets.regions, sets.sectors), "output")
    by_sector, household = np.split(combustion, [len(sets.sectors)], axis=2)
    fuel, technology = _split_generation(by_sector, production.fuel, power.fuel * emitted, sets)
    return Emissions(fuel, technology, household.transpose(0, 2, 1).copy(), process)


def _with_generation(burnt: Array, by_technology: Array, sets: Sets) -> Array:
    """Fuel burnt by sectors, generation included, 1e8 CNY (region, fuel, activity)."""
    total = burnt.copy()
    if sets.makes_electricity:
        total[:, :, sets.electricity_place] += by_technology.sum(axis=2)
    return total


def _split_generation(
    emitted: Array, burnt: Array, by_technology: Array, sets: Sets
) -> tuple[Array, Array]:
    """CO2 of activities with the grid alone, and of technologies, in proportion to fuel burnt.

    Of fuel burnt with capture what is not captured counts.

    Arguments:
        emitted: CO2, Mt (region, fuel, activity), generation included.
        burnt: fuel burnt by activities, generation apart, 1e8 CNY (region, fuel, activity).
        by_technology: fuel burnt by technologies whose CO2 is not captured, 1e8 CNY (region, fuel,
            technology).
        sets: labels.
    """
    fuel = emitted.copy()
    if not sets.makes_electricity:
        return fuel, np.zeros_like(by_technology)
    place = sets.electricity_place
    money = np.concatenate([by_technology, burnt[:, :, [place]]], axis=2)
    total = money.sum(axis=2, keepdims=True)
    share = ratio(money, total)
    split = share * fuel[:, :, [place]]  # region, fuel, technology and grid
    fuel[:, :, place] = split[:, :, -1]
    return fuel, split[:, :, :-1]


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
