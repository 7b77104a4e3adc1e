"""What a technology model sets of generation: shares, costs, efficiencies and capacity.

The levers compose: shares move the plants in proportion, which may be set after them; costs and
efficiencies scale what a unit of a technology takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from cge.blocks import Lever, Refused, Values, Year
from cge.language import Activity, Parameter
from sam.ratios import ratio

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

YUAN_PER_MWH = 100.0
"""Yuan per MWh in a price of one 1e8 CNY per TWh."""

SMALLEST_SHARE = 1e-4
"""Share of generation below which a technology is not put, or a tenth of that of the base year
where this is less: it stays, so that it can come back.
"""


@dataclass(frozen=True, eq=False)
class Mix:
    """Parameters of generation that partners set.

    Attributes:
        technology: the technologies (r t).
        made: generation of each technology per unit of the composite, 1e8 CNY (r t).
        apart: the same of those that go with load (r t).
        substitution: elasticity among technologies (r).
        peak: elasticity between those that go with load and the others (r).
        bought: labour and materials per unit of a technology, 1e8 CNY.
        fuel: fuel per unit of a technology, 1e8 CNY (r t f).
        plants: plants in base-year rents, 1e8 CNY (r t).
        stored: CO2 stored per unit of a technology, Mt (r t).
    """

    technology: Activity
    made: Parameter
    apart: Parameter
    substitution: Parameter
    peak: Parameter
    bought: tuple[Parameter, ...]
    fuel: Parameter
    plants: Parameter
    stored: Parameter

    def levers(self) -> Sequence[Lever]:
        """All levers, in the order in which they take effect."""
        dims = "region technology"
        return (
            Lever(
                "generation_share", dims, "index",
                "share of technologies in the TWh of a region, at least "
                f"{SMALLEST_SHARE:g}, or a tenth of the base year's, where a technology exists; "
                "not a number in regions whose mix "
                "is left to prices, where a solved year has the shares that they chose. Setting "
                "shares holds the mix. Plants follow in proportion unless they are set too",
                self.shares, self.set_shares, least=0.0, open=True,
            ),
            Lever(
                "generation_cost", dims, "CNY/MWh",
                "labour and materials per unit generated at base-year prices; not a number where "
                "the base year's holds",
                self.cost, self.set_cost, least=1e-6, open=True,
            ),
            Lever(
                "generation_efficiency", dims, "index",
                "generation per unit of fuel, base year = 1; not a number where nothing is set",
                self.efficiency, self.set_efficiency, least=1e-3, open=True,
            ),
            Lever(
                "generation_capacity", dims, "GW",
                "plants of a technology, where the region has it in the base year; not a number "
                "where those hold that the year began with",
                self.capacity, self.set_capacity, least=1e-9, open=True,
            ),
        )  # fmt: skip

    def standing(self, b: Benchmark, stands: Array, apart: Array) -> dict[Parameter | str, Array]:
        """Parameters at plants that stand: their services, and their weights among kWh.

        Arguments:
            b: the benchmark.
            stands: plants, GW (region, technology).
            apart: what goes with load, per unit of the composite, 1e8 CNY (region, technology);
                less where its plants are fewer, relative to the base year.
        """
        power = b.power
        grown = ratio(stands, power.capacity)
        apart = np.minimum(apart, power.apart * power.sold * grown)
        weight = (1.0 - power.apart) * power.sold * grown
        rest = (power.counted - ratio(apart, power.sold) * power.counted).sum(axis=1)  # region
        whole = rest / np.maximum(weight.sum(axis=1), 1e-300)
        made = weight * whole[:, None]
        return {self.plants: power.rent * grown, self.made: made, self.apart: apart}

    def shares(self, at: Year) -> Array:
        """Shares in force: those that are set, and those that prices chose in a solved year.

        Raises:
            Refused: the mix of a region is left to prices, and the year is not solved.
        """
        power = at.setting.benchmark.power
        value = at.parameter(self.made) + at.parameter(self.apart)
        made = ratio(value * power.twh, power.sold)
        free = at.parameter(self.substitution) > 0.0
        if free.any():
            made = np.where(free[:, None], self.chosen(at, free), made)
        return ratio(made, np.broadcast_to(made.sum(axis=1, keepdims=True), made.shape))

    def chosen(self, at: Year, free: Mask) -> Array:
        """What prices chose in regions where technologies substitute, TWh."""
        if at.solved is None:
            region = at.setting.benchmark.regions[int(np.argmax(free))]
            raise Refused(
                f"the mix of {region} is left to prices, which are not known before {at.year} is "
                "solved; call solve_year first"
            )
        return self.twh(at)

    def twh(self, at: Year) -> Array:
        """Electricity made, TWh (region, technology): base-year TWh times the level of each."""
        made: Array = at.setting.benchmark.power.twh * at.state.level(self.technology)
        return made

    def set_shares(self, at: Year, shares: Array) -> Values:
        """Fixed proportions where shares are given, and plants in proportion to them.

        All plants of a region together can make as much as those that the year began with.
        """
        given = np.asarray(np.isfinite(shares).any(axis=1))  # region
        _check_shares(at, shares, given)
        there, power = _exists(at), at.setting.benchmark.power
        base = power.twh / np.maximum(power.twh.sum(axis=1, keepdims=True), 1e-300)
        least = np.minimum(SMALLEST_SHARE, base / 10.0)
        kept = np.where(there, np.maximum(np.nan_to_num(shares), least), 0.0)
        twh = kept / kept.sum(axis=1, keepdims=True) * power.twh.sum(axis=1, keepdims=True)
        needed = power.rent * ratio(twh, power.twh) * self._grown(at)[:, None]
        value = ratio(power.sold * twh, power.twh)
        chosen, apart = (1.0 - power.apart) * value, power.apart * value
        return {
            self.made: np.where(given[:, None], chosen, at.parameter(self.made)),
            self.apart: np.where(given[:, None], apart, at.parameter(self.apart)),
            self.substitution: np.where(given, 0.0, at.parameter(self.substitution)),
            self.peak: np.where(given, 0.0, at.parameter(self.peak)),
            self.plants: np.where(given[:, None], needed, at.parameter(self.plants)),
        }

    def _grown(self, at: Year) -> Array:
        """What all plants in force can make, base year = 1 (region)."""
        power = at.setting.benchmark.power
        able = ratio(at.parameter(self.plants) * power.twh, power.rent).sum(axis=1)
        return ratio(able, power.twh.sum(axis=1), 1.0)

    def cost(self, at: Year) -> Array:
        """Labour and materials in force, CNY/MWh (region, technology)."""
        parts = [np.einsum(f"{p.letters}->rt", at.parameter(p)) for p in self.bought]
        return per_mwh(at, sum(parts, np.zeros_like(parts[0])))

    def set_cost(self, at: Year, cost: Array) -> Values:
        """Labour and materials scaled alike."""
        check_exists(at, np.isfinite(cost))
        return _scaled(at, self.bought, cost / self.cost(at))

    def efficiency(self, at: Year) -> Array:
        """Efficiency in force relative to the base year, one where no fuel is burnt.

        Not a number where there is no such technology.
        """
        now = at.parameter(self.fuel).sum(axis=2)
        base = at.setting.benchmark.power.fuel.sum(axis=1)
        return ratio(base, now, np.where(_exists(at), 1.0, np.nan))

    def set_efficiency(self, at: Year, efficiency: Array) -> Values:
        """Fuel of a unit scaled; what it emits, stores, and the permits it needs follow."""
        check_exists(at, np.isfinite(efficiency))
        return _scaled(at, (self.fuel, self.stored), 1.0 / efficiency)

    def capacity(self, at: Year) -> Array:
        """Plants in force, GW; not a number where the region has none."""
        power = at.setting.benchmark.power
        return ratio(at.parameter(self.plants) * power.capacity, power.rent, np.nan)

    def set_capacity(self, at: Year, gw: Array) -> Values:
        """Plants, and their weights among kWh where the mix is left to prices."""
        given = np.isfinite(gw)
        check_exists(at, given)
        stands = np.where(given, gw, np.nan_to_num(self.capacity(at)))
        values = self.standing(at.setting.benchmark, stands, at.parameter(self.apart))
        free = at.parameter(self.substitution) > 0.0  # region
        for share in (self.made, self.apart):
            values[share] = np.where(free[:, None], values[share], at.parameter(share))
        values[self.plants] = np.where(given, values[self.plants], at.parameter(self.plants))
        return values


def per_mwh(at: Year, value: Array) -> Array:
    """A base-year value by technology in yuan per MWh, not a number where nothing is made."""
    return ratio(YUAN_PER_MWH * value, at.setting.benchmark.power.twh, np.nan)


def _exists(at: Year) -> Mask:
    there: Mask = at.setting.benchmark.power.twh > 0.0
    return there


def check_exists(at: Year, wanted: Mask) -> None:
    """Assert that nothing is set for a technology that a region does not have."""
    lost = np.argwhere(wanted & ~_exists(at))
    if lost.size:
        r, t = lost[0]
        b = at.setting.benchmark
        raise Refused(
            f"{b.regions[r]} has no {b.technologies[t]} in the base year; technologies cannot be "
            "added, leave it out there"
        )


def _check_shares(at: Year, shares: Array, given: Mask) -> None:
    check_exists(at, np.nan_to_num(shares) > 0.0)
    total = np.nansum(shares, axis=1)
    wrong = given & ((np.abs(total - 1.0) > 1e-6) | (np.isnan(shares) & _exists(at)).any(axis=1))
    if wrong.any():
        r = int(np.argmax(wrong))
        raise Refused(
            f"shares of {at.setting.benchmark.regions[r]} sum to {total[r]:.9g} over "
            f"{np.isfinite(shares[r]).sum()} technologies; give all of them, summing to 1, or none"
        )


def _scaled(at: Year, parameters: Sequence[Parameter], change: Array) -> Values:
    """Quantities per unit of a technology times a ratio, one where it is not a number."""
    factor = np.where(np.isnan(change), 1.0, change)  # region, technology
    return {
        p: np.einsum(f"{p.letters},rt->{p.letters}", at.parameter(p), factor) for p in parameters
    }
