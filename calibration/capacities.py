r"""Capacities of the base year: the plants that made its electricity.

Plants that run when asked for stand in the fleet. Where a region has none there, or too few to have
made its TWh (statistics count the turnover of pumped stations as hydropower), as many as make them
in full-load hours. Of wind and solar power those count that stood the whole
year, as many as make its TWh in full-load hours: what is connected in December has made nothing.
With the most hours b h of a plant (``calibration.plants``), what they can make at most is

.. math:: \beta_{rt} = \max\Bigl( \frac{b_t h_t K_{rt}}{10^3 G_{rt}} ,\, \underline\beta \Bigr)

times what they made; a region whose plants run more than that has longer hours of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.errors import AssumptionError
from calibration.fleet import Fleet
from calibration.plants import BASE, Plants
from calibration.potentials import RESOURCES, Potentials
from calibration.sets import Sets
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

WEATHER = ("onshore_wind", "offshore_wind", "utility_solar", "distributed_solar")
"""Technologies that run when the weather lets them."""

LEAST_BOUND = 1.02
"""Room that plants of the base year have at least, relative to what they made."""

_HOURS_OF_A_YEAR = 8760.0
_AVAILABLE = 0.95


@dataclass(frozen=True, eq=False)
class Capacities:
    """Plants of the base year.

    Attributes:
        capacity: GW that stood the whole year (region, technology).
        bound: the most that they can make over what they made, above one (region, technology).
    """

    capacity: Array
    bound: Array


def capacities(
    sets: Sets, twh: Array, plants: Plants, fleet: Fleet, potentials: Potentials
) -> Capacities:
    """Plants that made the electricity of the base year.

    Arguments:
        sets: labels.
        twh: electricity made (region, technology).
        plants: full-load hours and the bound on them.
        fleet: plants of the base year.
        potentials: full-load hours of wind and sun by region.

    Raises:
        AssumptionError: a technology has no properties.
    """
    missing = [name for name in sets.technologies if name not in plants.generation]
    if missing:
        raise AssumptionError(
            f"{plants.source}: no properties of technology {missing[0]!r}, which the table of "
            "technologies has; add its rows (cost, life, hours, bound, ...)"
        )
    hours = plants.values("hours", sets.technologies, [BASE])[:, 0]
    most = hours * plants.values("bound", sets.technologies, [BASE])[:, 0]
    own = _regional_hours(sets, hours, potentials)
    stands = ratio(1e3 * twh, own)  # region, technology: GW
    for r, region in enumerate(sets.regions):
        if region in fleet.regions:
            there = fleet.capacity([region], sets.technologies)[0]
            able = there * _HOURS_OF_A_YEAR * _AVAILABLE > 1e3 * twh[r]
            known = able & (twh[r] > 0.0) & ~np.isin(sets.technologies, WEATHER)
            stands[r] = np.where(known, there, stands[r])
    longest = np.maximum(most, own * ratio(most, hours))
    bound = np.maximum(ratio(longest * stands, 1e3 * twh, LEAST_BOUND), LEAST_BOUND)
    return Capacities(stands, bound)


def _regional_hours(sets: Sets, hours: Array, potentials: Potentials) -> Array:
    """Full-load hours of wind and sun where they are known, else those of the table (region,
    technology).
    """
    result = np.broadcast_to(hours, (len(sets.regions), len(hours))).copy()
    for r, region in enumerate(sets.regions):
        for t, name in enumerate(sets.technologies):
            if name in WEATHER and name in RESOURCES and region in potentials.regions:
                result[r, t] = potentials.hours(name, [region])[0]
    return result
