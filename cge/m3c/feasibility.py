"""Caps that cannot be met: which, and by how much.

Subsistence of households needs permits whatever they cost; that is a lower bound of emissions. A
cap above it may still be out of reach. Then the year is solved once more with permits for sale at a
bound of the price: what emissions are left at that price, and how far above the cap they are, tells
what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.equilibrium import Equilibrium, NotSolved, Solver
from cge.m3c.economy import YUAN_PER_TON, Economy

Array = npt.NDArray[np.float64]

PRICE_BOUND = 50_000.0
"""Price in yuan per ton at which permits are for sale when a failure is explained."""

NO_LIMIT = 1e6
"""Permits at the ceiling that never run out, Mt."""


class InfeasibleCap(NotSolved):
    """A cap that cannot be met: names pool, cap, emissions at a bound of the price, and the gap."""


def lower_bound(values: Mapping[str, Any]) -> Array:
    """Emissions that no price avoids: fuel in the subsistence of households, Mt (pool)."""
    committed = np.asarray(values["HH.fuel_permit.minimum"])  # region, household, fuel, pool
    result: Array = committed.sum(axis=(0, 1, 2))
    return result


def available(values: Mapping[str, Any]) -> Array:
    """Permits of all kinds: caps, what removal and capture may add, the ceiling's, Mt (pool)."""
    limits = np.asarray(values["removal_limit"])  # region, option
    credited = np.asarray(values["RM.credit.quantity"])  # region, option, pool
    extra = (limits[:, :, None] * credited).sum(axis=(0, 1))
    result: Array = np.asarray(values["cap"]).sum(axis=0) + extra + values["ceiling_limit"]
    return result


def check(
    solver: Solver,
    economy: Economy,
    values: Mapping[str, Any],
    pools: Sequence[str],
    start: Any = None,
) -> None:
    """Assert that all caps can be met without a price ceiling.

    Solved directly, or else with permits for sale at ``PRICE_BOUND``: where some are bought, the
    cap is out of reach. Other failures are left to the solver to explain.

    Arguments:
        solver: solver of the economy.
        economy: the declared model.
        values: parameters of the year.
        pools: names of the pools.
        start: where the year's solve begins.

    Raises:
        InfeasibleCap: names pool, cap, emissions at the bound and the gap, in Mt.
    """
    full = solver.model.values(values)
    point = start.unknowns if isinstance(start, Equilibrium) else start
    attempt = solver.newton(full, point)
    if attempt.solved:
        return
    _check_subsistence(values, pools, attempt)
    _check_bound(solver, economy, values, pools, attempt, start)


def _check_subsistence(
    values: Mapping[str, Any], pools: Sequence[str], attempt: Equilibrium
) -> None:
    need, have = lower_bound(values), available(values)
    short = np.flatnonzero(have < need)
    if short.size:
        p = int(short[0])
        raise InfeasibleCap(
            f"pool {pools[p]!r}: households' subsistence alone emits {need[p]:.4g} Mt, but permits "
            f"of all kinds are {have[p]:.4g} Mt, {need[p] - have[p]:.4g} too few; raise the cap, "
            "the limits of removal that counts, or allow a price ceiling (removal: ceiling)",
            attempt,
        )


def _check_bound(
    solver: Solver,
    economy: Economy,
    values: Mapping[str, Any],
    pools: Sequence[str],
    attempt: Equilibrium,
    start: Any,
) -> None:
    b = economy.benchmark
    basket = b.consumption.sum(axis=1) / b.consumption.sum()
    eased = {
        **values,
        "SV.basket.quantity": PRICE_BOUND / YUAN_PER_TON * basket,
        "ceiling_limit": np.full(len(pools), NO_LIMIT),
    }
    point = start.unknowns if isinstance(start, Equilibrium) else start
    bound = solver.newton(solver.model.values(eased), point)
    if not bound.solved:
        return
    bought = bound.level(economy.valve).to_numpy()
    caps = np.asarray(values["cap"]).sum(axis=0)
    lines = [
        f"pool {pools[p]!r}: cap {caps[p]:.4g} Mt, emissions {caps[p] + bought[p]:.4g} Mt even at "
        f"{PRICE_BOUND:,.0f} yuan/t, {bought[p]:.4g} Mt too many"
        for p in map(int, np.flatnonzero(bought > 1e-6))
    ]
    if lines:
        advice = "raise the cap, the limits of removal, or allow a price ceiling (removal: ceiling)"
        raise InfeasibleCap(f"caps cannot be met: {'; '.join(lines)}; {advice}", attempt)
