"""Caps that cannot be met: which, and by how much.

Subsistence of households needs permits whatever they cost; that is a lower bound of emissions. A
cap above it may still be out of reach. Then it is approached from base-year emissions, with permits
for sale at a bound of the price: what is still emitted at that price, or at the hardest cap for
which there is an equilibrium at all, tells what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cge.blocks import Year
from cge.equilibrium import Equilibrium, NotSolved, Solver
from cge.equilibrium.effort import Effort
from cge.equilibrium.state import Unknowns
from cge.m3c.carbon import NO_LIMIT, YUAN_PER_TON, national_basket

if TYPE_CHECKING:
    from cge.m3c.model import Economy

Array = npt.NDArray[np.float64]

PRICE_BOUND = 20_000.0
"""Price in yuan per ton at which permits are for sale when a failure is explained."""

_SMALLEST = 1e-3  # smallest step on the way to a cap that is out of reach


class InfeasibleCap(NotSolved):
    """A cap that cannot be met: names pool, cap, emissions at a bound of the price, and the gap."""


def check(economy: Economy, solver: Solver, at: Year, start: Unknowns | None = None) -> None:
    """Assert that all caps can be met without a price ceiling.

    Solved directly, or else approached with permits for sale at ``PRICE_BOUND``: where some are
    bought, or the cap is not reached, it is out of reach. Other failures are left to the solver.

    Arguments:
        economy: the declared model.
        solver: its solver.
        at: the year, with its parameters.
        start: where the year's solve begins.

    Raises:
        InfeasibleCap: names pool, cap, emissions at the bound and the gap, in Mt.
    """
    attempt = solver.newton(solver.model.values(at.values), start)
    if not attempt.solved:
        trial = _Trial(economy, solver, at, start, attempt)
        trial.check_subsistence()
        trial.check_bound()


def lower_bound(economy: Economy, at: Year) -> Array:
    """Emissions that no price avoids: fuel in the subsistence of households, Mt (pool)."""
    committed = economy.households.agent.flow("fuel_permit").minimum
    assert committed is not None
    needed: Array = _full(economy, at)[committed.name].sum(axis=(0, 1, 2))
    return needed


def available(economy: Economy, at: Year) -> Array:
    """Permits of all kinds: caps, what removal and capture may add, the ceiling's, Mt (pool).

    Without end where they are issued as they are needed.
    """
    credit = economy.abatement.removing.flow("credit").quantity
    credited = _full(economy, at)[credit.name]  # region, option, pool
    limits = at.parameter(economy.abatement.limit)  # region, option
    extra = (limits[:, :, None] * credited).sum(axis=(0, 1))
    ceiling = at.parameter(economy.carbon.ceiling_limit)
    permits: Array = at.parameter(economy.carbon.cap).sum(axis=0) + extra + ceiling
    return np.where(economy.carbon.follow(at), np.inf, permits)


def _full(economy: Economy, at: Year) -> dict[str, Array]:
    return economy.model.values(at.values)


@dataclass(frozen=True, eq=False)
class _Trial:
    """A year that was not solved, and why."""

    economy: Economy
    solver: Solver
    at: Year
    start: Unknowns | None
    attempt: Equilibrium

    @property
    def pools(self) -> Sequence[str]:
        return self.economy.structure.pools

    def check_subsistence(self) -> None:
        need, have = lower_bound(self.economy, self.at), available(self.economy, self.at)
        short = np.flatnonzero(have < need)
        if short.size:
            p = int(short[0])
            raise InfeasibleCap(
                f"pool {self.pools[p]!r}: households' subsistence alone emits {need[p]:.4g} Mt, "
                f"but permits of all kinds are {have[p]:.4g} Mt, {need[p] - have[p]:.4g} too few; "
                "raise the cap, the limits of removal that counts, or allow a price ceiling "
                "(removal: ceiling)",
                self.attempt,
            )

    def check_bound(self) -> None:
        carbon = self.economy.carbon
        basket = national_basket(self.at.setting.benchmark)
        eased = {
            **self.at.values,
            carbon.valve.flow("basket").quantity.name: PRICE_BOUND / YUAN_PER_TON * basket,
            carbon.ceiling_limit.name: np.full(len(self.pools), NO_LIMIT),
        }
        reached = self._approach(eased)
        if reached is not None:
            self._check_reached(reached)

    def _check_reached(self, reached: Equilibrium) -> None:
        carbon = self.economy.carbon
        caps = self.at.parameter(carbon.cap).sum(axis=0)
        bought = reached.level(carbon.valve).to_numpy()
        emitted = np.asarray(reached.values[carbon.cap.name]).sum(axis=0) + bought
        prices = YUAN_PER_TON * reached.price(carbon.permits.market).to_numpy()
        bound = caps * (1.0 + 1e-6)
        lines = [
            f"pool {self.pools[p]!r}: cap {caps[p]:.4g} Mt, emissions {emitted[p]:.4g} Mt even at "
            f"{prices[p]:,.0f} yuan/t, {emitted[p] - caps[p]:.4g} Mt too many"
            for p in map(int, np.flatnonzero(~carbon.follow(self.at) & (emitted > bound)))
        ]
        if lines:
            raise InfeasibleCap(
                f"caps cannot be met: {'; '.join(lines)}; raise the cap, the limits of removal, or "
                "allow a price ceiling (removal: ceiling)",
                self.attempt,
            )

    def _approach(self, values: dict[str, Any]) -> Equilibrium | None:
        """The equilibrium at a hard cap, or at the hardest one that is found on the way to it.

        The cap is tightened from base-year emissions in steps that become smaller where a solve
        fails: beyond some cap households cannot pay for their subsistence, and there is no
        equilibrium. The search has the budget of a solve.
        """
        model, cap = self.economy.model, self.economy.carbon.cap
        hard = self.at.parameter(cap)
        base = self.at.setting.benchmark.emissions.direct[:, None] * (hard > 0)
        easy = np.maximum(hard, base)
        found, last, share, step = None, self.start, 0.0, 0.25
        effort = Effort(self.solver.options.budget, {"newton"})
        while share <= 1.0 and step > _SMALLEST and not effort.spent:
            tried = easy ** (1.0 - share) * np.where(hard > 0, hard, 1.0) ** share * (hard > 0)
            aim = model.values({**values, cap.name: tried})
            trial = effort.timed("newton", partial(self.solver.newton, aim, last))
            effort.rounds += trial.rounds
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
