"""Caps that cannot be met: which, and by how much.

Subsistence of households needs permits whatever they cost; that is a lower bound of emissions. A
cap above it may still be out of reach. Then it is approached from base-year emissions, with permits
for sale at a bound of the price: what is still emitted at that price, or at the hardest cap for
which there is an equilibrium at all, tells what is missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.equilibrium import Equilibrium, NotSolved, Solver
from cge.m3c.economy import NO_LIMIT, YUAN_PER_TON, Economy

Array = npt.NDArray[np.float64]

PRICE_BOUND = 20_000.0
"""Price in yuan per ton at which permits are for sale when a failure is explained."""

_SMALLEST = 1e-3  # smallest step on the way to a cap that is out of reach


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

    Solved directly, or else approached with permits for sale at ``PRICE_BOUND``: where some are
    bought, or the cap is not reached, it is out of reach. Other failures are left to the solver.

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
    basket = b.demand.consumption.sum(axis=1) / b.demand.consumption.sum()
    eased = {
        **values,
        "SV.basket.quantity": PRICE_BOUND / YUAN_PER_TON * basket,
        "ceiling_limit": np.full(len(pools), NO_LIMIT),
    }
    reached = _approach(solver, economy, eased, start)
    if reached is None:
        return
    caps = np.asarray(values["cap"]).sum(axis=0)
    emitted = (
        np.asarray(reached.values["cap"]).sum(axis=0) + reached.level(economy.valve).to_numpy()
    )
    prices = YUAN_PER_TON * reached.price(economy.permits).to_numpy()
    lines = [
        f"pool {pools[p]!r}: cap {caps[p]:.4g} Mt, emissions {emitted[p]:.4g} Mt even at "
        f"{prices[p]:,.0f} yuan/t, {emitted[p] - caps[p]:.4g} Mt too many"
        for p in map(int, np.flatnonzero(emitted > caps * (1.0 + 1e-6)))
    ]
    if lines:
        advice = "raise the cap, the limits of removal, or allow a price ceiling (removal: ceiling)"
        raise InfeasibleCap(f"caps cannot be met: {'; '.join(lines)}; {advice}", attempt)


def _approach(
    solver: Solver, economy: Economy, values: Mapping[str, Any], start: Any
) -> Equilibrium | None:
    """The equilibrium at a hard cap, or at the hardest one that is found on the way to it.

    The cap is tightened from base-year emissions in steps that become smaller where a solve fails:
    beyond some cap households cannot pay for their subsistence, and there is no equilibrium.
    """
    hard = np.asarray(values["cap"])
    base = economy.benchmark.emissions.direct[:, None] * (hard > 0)
    easy = np.maximum(hard, base)
    last = start.unknowns if isinstance(start, Equilibrium) else start
    found: Equilibrium | None = None
    share, step = 0.0, 0.25
    while share <= 1.0 and step > _SMALLEST:
        cap = easy ** (1.0 - share) * np.where(hard > 0, hard, 1.0) ** share * (hard > 0)
        trial = solver.newton(solver.model.values({**values, "cap": cap}), last)
        if trial.solved:
            found, last = trial, trial.unknowns
            if share == 1.0:
                return found
            share = min(1.0, share + step)
        elif found is None:
            return None
        else:
            step *= 0.5
            share -= step
    return found
