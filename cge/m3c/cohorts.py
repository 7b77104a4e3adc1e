r"""Cohorts: plants by age, and what they are worth.

Of plants of age a the share :math:`S(a + 1) / S(a)` stands a year later (``calibration.fleet``),
and a fifth of each class of five years moves one class on. What stands is worth what building it
anew would cost, less a part for each year of its life,

.. math:: W_r = \sum_{ta} K_{rta}\, c_t \max\Bigl( 0,\, 1 - \frac{a}{L_t} \Bigr) .
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from calibration.fleet import SPAN, survival
from calibration.plants import BASE
from cge.setting import AGES, Setting

Array = npt.NDArray[np.float64]

YUAN_PER_KW = 100.0
"""Yuan per kW in one 1e8 CNY per GW."""


MIDDLE = SPAN * (np.arange(len(AGES)) + 0.5)
"""Middle of each class of age, years."""

KEPT = 8
"""Settings whose first plants are kept; those used longest ago go first."""


def lasting(lifetimes: Array) -> Array:
    """Share of plants that stand a year later (technology, age)."""
    return np.stack([survival(MIDDLE + 1.0, life) / survival(MIDDLE, life) for life in lifetimes])


def aged(stands: Array, lifetimes: Array) -> Array:
    """Plants a year later (region, technology, age), a fifth of each class one class on."""
    alive = stands * lasting(lifetimes)
    moving = alive[:, :, :-1] / SPAN
    older = alive.copy()
    older[:, :, :-1] -= moving
    older[:, :, 1:] += moving
    return older


@lru_cache(maxsize=KEPT)
def first(setting: Setting) -> Array:
    """Plants of the base year by age: those of the fleet, scaled to what stood the whole year."""
    b, fleet = setting.benchmark, setting.assumptions.fleet
    by_age = np.zeros((*b.power.capacity.shape, len(AGES)))
    nation = fleet.ages(fleet.regions, b.technologies).sum(axis=0)  # technology, vintage
    places = [(BASE - vintage) // SPAN for vintage in fleet.vintages]
    for r, region in enumerate(b.regions):
        own = fleet.ages([region], b.technologies)[0] if region in fleet.regions else nation
        own = np.where(own.sum(axis=1, keepdims=True) > 0.0, own, nation)
        by_age[r][:, places] = own
    empty = by_age.sum(axis=2) == 0.0
    by_age[empty, 0] = 1.0
    shares = by_age / by_age.sum(axis=2, keepdims=True)
    stands: Array = shares * b.power.capacity[:, :, None]
    stands.setflags(write=False)  # it is handed out again
    return stands


@lru_cache(maxsize=KEPT)
def worth(setting: Setting) -> Array:
    """What the plants of the base year are worth, 1e8 CNY (region)."""
    plants, b = setting.assumptions.plants, setting.benchmark
    cost, life = (
        plants.values(item, b.technologies, [b.base_year])[:, 0]
        for item in ("overnight", "lifetime")
    )
    left = np.maximum(0.0, 1.0 - MIDDLE / life[:, None])  # technology, age
    value: Array = np.einsum("rta,t,ta->r", first(setting), cost, left) / YUAN_PER_KW
    value.setflags(write=False)
    return value
