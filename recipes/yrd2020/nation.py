r"""Fuel burnt in the rest of China, such that the nation consumes what its statistics say.

Two inventories contradict each other there: the nation's less the four provinces' (A), and the sum
of its provinces' own (B), higher in coal, oil and gas. Published energy consumption chooses between
them, fuel by fuel,

.. math:: E_u = \kappa \, [(1 - w) A_u + w B_u], \qquad \sum_u c_u E_u / e = Q^{CN} - Q^{known},

with w in [0, 1] as near to the target as it gets, and :math:`\kappa = 1` unless both inventories
lie on one side of it. Q is coal, coke, oil or gas in Mtce; c is what is bought per unit burnt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recipes.yrd2020.inventory import COAL
from sam.errors import DatasetError
from sam.readers import INVENTORY_FUELS

Array = npt.NDArray[np.float64]

GROUPS: dict[str, tuple[str, ...]] = {
    "coal": COAL,
    "coke": ("Coke",),
    "oil": (
        "Crude_Oil",
        "Gasoline",
        "Kerosene",
        "Diesel_Oil",
        "Fuel_Oil",
        "LPG",
        "Refinery_Gas",
        "Other_Petroleum_Products",
    ),
    "gas": ("Natural_Gas",),
}
"""Inventory fuels of the fuels whose national consumption is published."""


@dataclass(frozen=True)
class Blend:
    """How the rest of the nation was made of two inventories.

    Attributes:
        weight: weight of the sum of provinces (0-1).
        scale: factor on the mixture.
    """

    weight: float
    scale: float


def blend(low: Array, high: Array, target: float) -> Blend:
    """Weight and scale that meet a total.

    Arguments:
        low: what each user buys by the first inventory, Mtce.
        high: what each user buys by the second, Mtce.
        target: total, Mtce.

    Raises:
        DatasetError: the total is not positive or neither inventory has any.
    """
    first, second = float(low.sum()), float(high.sum())
    if target <= 0.0 or max(first, second) <= 0.0:
        raise DatasetError(
            f"rest of China: {target:.4g} Mtce are left for it, its inventories have {first:.4g} "
            f"and {second:.4g}; the national total contradicts the provinces"
        )
    gap = second - first
    weight = float(np.clip((target - first) / gap, 0.0, 1.0)) if gap != 0.0 else 0.0
    return Blend(weight, target / ((1.0 - weight) * first + weight * second))


def meet_nation(
    nation: Array,
    provinces: Array,
    factors: Array,
    bought: Array,
    targets: Mapping[str, float],
) -> tuple[Array, dict[str, Blend]]:
    """CO2 of the rest of the nation that meets what it consumes.

    Arguments:
        nation: CO2 by the national inventory less the provinces, Mt (user, inventory fuel).
        provinces: CO2 by the inventories of its provinces, Mt (user, inventory fuel).
        factors: t CO2 per tce (inventory fuel).
        bought: Mtce bought per Mtce burnt (user, inventory fuel); above one where distribution
            loses some.
        targets: consumption for burning of fuels of ``GROUPS``, Mtce.

    Returns:
        CO2, Mt (user, inventory fuel), and the mixture by fuel.

    Raises:
        DatasetError: a total cannot be met.
    """
    result, blends = nation.copy(), {}
    per_ton = bought / factors
    for group, target in targets.items():
        columns = positions(GROUPS[group])
        low, high = nation[:, columns], provinces[:, columns]
        mix = blend(low * per_ton[:, columns], high * per_ton[:, columns], target)
        result[:, columns] = mix.scale * ((1.0 - mix.weight) * low + mix.weight * high)
        blends[group] = mix
    return result, blends


def positions(fuels: Sequence[str]) -> list[int]:
    """Places of inventory fuels."""
    return [INVENTORY_FUELS.index(fuel) for fuel in fuels]
