"""Who needs permits from which pool, and how many permits there are.

Membership of regions in pools is a parameter, so the same compiled model serves any arrangement
with as many pools: regional caps, one common pool, or some regions outside.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cge.m3c.economy import Economy, credits, pooled, uncapped

Array = npt.NDArray[np.float64]

OUTSIDE = "outside"
"""Name of the pool of the regions that no cap covers."""

SPARE = 1.0
"""Permits of a region, Mt, in a pool without members. Nobody needs them, so that the price is zero
for a reason: without any permits it would be undetermined."""


def membership(regions: Sequence[str], pools: Sequence[tuple[str, Sequence[str]]]) -> Array:
    """One where a region belongs to a pool (region, pool), the last pool for all others."""
    table = np.zeros((len(regions), len(pools)))
    for k, region in enumerate(regions):
        home = [p for p, (_, members) in enumerate(pools) if region in members]
        table[k, home[0] if home else len(pools) - 1] = 1.0
    return table


def needs(economy: Economy, members: Array) -> dict[str, Array]:
    """Parameters that say from which pool the permits of each emitter come.

    Arguments:
        economy: the declared model.
        members: share of each region's permits needed from each pool (region, pool).

    Returns:
        Reference permits, Mt, of production, technologies and households, and what removal earns.
    """
    b, removal = economy.benchmark, economy.removal
    places = b.fuel_places
    burnt, minimum = b.demand.consumption[:, :, places], b.demand.subsistence[:, :, places]
    ratio = np.divide(minimum, burnt, out=np.zeros_like(burnt), where=burnt > 0)
    committed = pooled("r h f", b.emissions.household * ratio, members)
    total = pooled("r h f", b.emissions.household, members)
    credited, retired = credits(removal, members)
    return {
        "Y.fuel_permit.quantity": pooled("r f j", b.emissions.fuel, members),
        "Y.process_permit.quantity": pooled("r j", b.emissions.process, members),
        "T.fuel_permit.quantity": pooled("r f t", b.emissions.technology, members),
        "HH.fuel_permit.quantity": total - committed,
        "HH.fuel_permit.minimum": committed,
        "RM.credit.quantity": credited,
        "RM.reward.quantity": retired,
    }


def permits(economy: Economy, members: Array, ratios: Array) -> Array:
    """Permits by owner's region and pool, Mt (region, pool).

    A pool's cap is shared out to its regions in proportion to base-year emissions. In a pool
    without members everybody has ``SPARE`` permits.

    Arguments:
        economy: the declared model.
        members: membership (region, pool).
        ratios: cap of each pool relative to its base-year emissions, NaN for no cap (pool).
    """
    base = economy.benchmark.emissions.direct[:, None] * members  # region, pool
    free = uncapped(economy.benchmark)[:, None] * members
    owned = np.where(np.isnan(ratios), free, base * np.nan_to_num(ratios))
    return np.where(members.any(axis=0), owned, SPARE)


def caps(economy: Economy, members: Array, owned: Array) -> Array:
    """Permits of regions under a cap, Mt, NaN for regions with as many as they like (region).

    Arguments:
        economy: the declared model.
        members: membership (region, pool).
        owned: permits by owner's region and pool (region, pool).
    """
    total, many = (owned * members).sum(axis=1), 0.5 * uncapped(economy.benchmark)
    return np.where(total > many, np.nan, total)
