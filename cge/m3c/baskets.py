"""Baskets: what an investment in plants or storage buys."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calibration.plants import COMPOSITION
from cge.setting import Setting

Array = npt.NDArray[np.float64]

BOUGHT = {"machinery": ("ELM", "GEM"), "works": ("CON",), "services": ("SCI", "BUS")}
"""Sectors from which the parts of an investment are bought, the first that an economy has."""


def basket(setting: Setting, technology: str, year: int) -> Array:
    """What a unit of investment in a technology buys, sums to one (region, good).

    Machinery, works and services come from the sectors of ``BOUGHT``; where an economy lacks them,
    from what its investors buy on average.
    """
    b, plants = setting.benchmark, setting.assumptions.plants
    bought = b.demand.investment / np.maximum(
        b.demand.investment.sum(axis=1, keepdims=True), 1e-300
    )
    goods: Array = np.zeros_like(bought)
    for part in COMPOSITION:
        share = plants.value(technology, part, year)
        known = [name for name in BOUGHT[part] if name in b.sectors]
        if known:
            goods[:, b.position(known[0])] += share
        else:
            goods += share * bought
    return goods
