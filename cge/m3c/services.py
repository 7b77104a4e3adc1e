r"""Energy services: what burns fuel wears out, and something else may take its place.

Within a year the mix of energies hardly moves: devices are there (the nests of production and
demand). Between years a part :math:`1/L` of what renders the service of a fuel f for a user u wears
out, and of that the share which follows from cost goes to a substitute s (``calibration.
substitutes``),

.. math:: \phi_{t+1} = \phi_t + \frac{\phi^*_t - \phi_t}{L_u} , \qquad
          \phi^*_t = \frac{\Phi_{st}}{1 + (c_{st} / c_{ft})^{\theta_u}} ,

a logit in the cost of the service of a GJ of fuel with fuel, :math:`c_f = p_f + \epsilon_f p^C`, or
with the substitute, :math:`c_s = e_{st} p_s + k_{st}`: its energy, and what its devices cost more.
So prices of the year, that of carbon among them, decide what the years after burn; nothing is
imposed. Of the fuel's reference quantity :math:`1 - \sum_s \phi` is left, that of electricity grows
by what substitutes need,

.. math:: F_{ft} = F_f \frac{1 - \sum_s \phi_{fst}}{g_{uft}} , \qquad
          E_t = E \Bigl( \frac{1}{g_{uet}} + \frac{1}{Q_e}
          \sum_{fs} \frac{Q_f}{g_{uft}} \phi_{fst} e_{st} \Bigr) ,

with the base year's energy Q in PJ and efficiency g that needs no other devices. Permits and
emissions follow fuel. What devices cost more, :math:`\sum Q_f \phi k / g`, buys machinery from the
user's own pocket. Households' preferences move by the same rule, for what they are committed to and
for what they want beyond: the change of devices as such is no change of welfare.

Choice rests on the posted prices of the base year, moved by the model's: the money of single users
per PJ is too rough for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from calibration.electricity import PJ_PER_TWH
from calibration.substitutes import ELECTRICITY, HYDROGEN, Substitutes
from cge.blocks import Block, Report, Stock, Values, Year, once
from cge.language import Parameter
from cge.m3c.baskets import BOUGHT
from cge.m3c.carbon import Permits
from cge.m3c.energy import Energy
from cge.m3c.households import Households, growth_of_people
from cge.m3c.markets import Markets
from cge.m3c.prices import ConsumerPrices
from cge.m3c.production import Production
from cge.setting import Setting
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

YUAN_PER_GJ = 100.0
"""Yuan per GJ in a price of one 1e8 CNY per PJ."""

KEPT = 256
"""Years and settings whose efficiency is kept, of which that of the next year is made."""

SETTINGS = 8
"""Settings whose base year is kept; the one used longest ago goes first."""

MOST = 0.98
"""Share of a fuel's service that substitutes take at most, so that no fuel ends."""


@dataclass(frozen=True, eq=False)
class EnergyServices(Block):
    """Substitution of fuels by other devices.

    Attributes:
        production: what sectors burn.
        households: what households burn.
        energy: accounts in physical units.
        permits: who needs permits.
        markets: where energy is bought.
        prices: what prices are relative to.
        materials: goods per unit of output of sectors, 1e8 CNY (r i j).
    """

    production: Production
    households: Households
    energy: Energy
    permits: Permits
    markets: Markets
    prices: ConsumerPrices
    materials: Parameter

    @classmethod
    def declare(
        cls,
        production: Production,
        households: Households,
        energy: Energy,
        permits: Permits,
        markets: Markets,
        prices: ConsumerPrices,
    ) -> EnergyServices:
        """Take the quantities that follow devices."""
        materials = production.activity.flow("material").quantity
        return cls(production, households, energy, permits, markets, prices, materials)

    def parameters(self, at: Year) -> Values:
        """Quantities of fuel, electricity and devices in the year."""
        now = self.devices(at)
        return {**self._of_sectors(at, now), **self._of_homes(at, now)}

    def _of_sectors(self, at: Year, now: Devices) -> Values:
        b, made = at.setting.benchmark, self.production
        count = len(b.sectors)
        saved = now.saved[:, :count]  # region, sector: efficiency of the nest as a whole
        fuel, power = (now.factor[:, :count, part] for part in (slice(-1), -1))
        materials = at.parameter(self.materials).copy()
        materials[:, _machinery(b.sectors)] += now.cost[:, :count]
        return {
            made.energy_efficiency: saved,
            made.fuel: at.base[made.fuel.name] * fuel * saved[..., None],
            made.electricity: at.base[made.electricity.name] * (power * saved)[:, None],
            self.materials: materials,
        }

    def _of_homes(self, at: Year, now: Devices) -> Values:
        b, homes = at.setting.benchmark, self.households
        factor = now.factor[:, len(b.sectors) :]
        goods = np.ones((*factor.shape[:2], len(b.sectors)))
        goods[:, :, b.electricity_place] = factor[:, :, -1]
        people = growth_of_people(at.setting, at.year)
        committed = at.parameter(homes.committed_goods) * goods
        committed[:, :, _machinery(b.sectors)] += now.cost[:, len(b.sectors) :] * people
        return {
            homes.committed_goods: committed,
            homes.wanted_goods: at.parameter(homes.wanted_goods) * goods,
            homes.committed_fuel: at.parameter(homes.committed_fuel) * factor[:, :, :-1],
            homes.wanted_fuel: at.parameter(homes.wanted_fuel) * factor[:, :, :-1],
        }

    def reports(self) -> Sequence[Report]:
        """Substitution, its cost, and electrification by user."""
        return (
            Report(
                "substituted", "region user switch", "fraction",
                "share of what a fuel did for the user that the substitute does",
                lambda at: at.stocks["substituted"],
            ),
            Report(
                "substitute_cost", "region user switch", "ratio",
                "cost of the service with the substitute, energy and devices, over that with "
                "fuel and its permits; not a number where the user has no such substitute",
                self.relative_cost,
            ),
            Report(
                "device_cost", "region user", "1e8 CNY",
                "what devices of substitutes cost more a year, at base-year prices and the user's "
                "base-year output",
                lambda at: self.devices(at).cost,
            ),
            Report(
                "electrification_of_user", "region user", "fraction",
                "electricity in the energy that the user burns and uses, generation apart; not a "
                "number where it has none",
                self._electrification,
            ),
            Report(
                "substitute_electricity", "region user", "TWh",
                "electricity of substitutes, hydrogen included",
                lambda at: self._power_of(at, self.devices(at).taken),
            ),
            Report(
                "hydrogen_electricity", "region", "TWh", "electricity that makes hydrogen",
                lambda at: self._power_of(at, self.devices(at).hydrogen).sum(axis=1), total="sum",
            ),
        )  # fmt: skip

    def stocks(self) -> Sequence[Stock]:
        """What substitutes do of what fuels did."""
        return (
            Stock("substituted", "region user switch", "fraction", _none_yet, self._next),
        )  # fmt: skip

    def _next(self, at: Year) -> Array:
        """Devices that wear out are replaced by what costs of the year favour."""
        now, table = at.stocks["substituted"], at.setting.assumptions.substitutes
        users, pairs = at.setting.labels["user"], at.setting.switches
        exponent = table.of_users("logit", users, at.year)
        with np.errstate(over="ignore"):
            share = 1.0 / (1.0 + np.nan_to_num(self.relative_cost(at), nan=np.inf) ** exponent)
        aim = table.numbers("potential", users, pairs, at.year) * share
        moved: Array = now + (aim - now) / table.of_users("life", users, at.year)
        return np.where(_possible(at.setting), np.clip(moved, 0.0, 1.0), 0.0)

    @once
    def relative_cost(self, at: Year) -> Array:
        """Cost of substitutes over that of fuels, NaN where none is (region, user, switch)."""
        setting, table = at.setting, at.setting.assumptions.substitutes
        users, pairs = setting.labels["user"], setting.switches
        cost = self._cost(at)
        fuel, other = _places(setting)
        ours = table.numbers("energy", users, pairs, setting.cost_year(at.year)) * cost[:, :, other]
        ours = ours + table.numbers("device", users, pairs, setting.cost_year(at.year))
        return np.where(_possible(setting), ratio(ours, cost[:, :, fuel], np.nan), np.nan)

    def _cost(self, at: Year) -> Array:
        """What a GJ costs, permits included, yuan of the base year (region, user, energy)."""
        setting, b = at.setting, at.setting.benchmark
        energies, users = (*b.fuels, ELECTRICITY), setting.labels["user"]
        places = [*b.fuel_places, b.electricity_place]
        market = np.nan_to_num(self.prices.relative(at, self.markets.composite)[:, places], nan=1.0)
        table = setting.assumptions.substitutes
        posted = table.of_users("price", users, b.base_year, energies)
        cost: Array = posted * market[:, None]
        cost[:, :, :-1] += YUAN_PER_GJ * self._permits(at)
        return cost

    def _permits(self, at: Year) -> Array:
        """Worth of permits of a PJ of fuel, 1e8 CNY (region, user, fuel)."""
        b, price = at.setting.benchmark, self.prices.relative(at, self.permits.market)
        worth = at.parameter(self.permits.members) * price  # region, pool
        sources = self.production.combustion, self.households.combustion
        tons = np.concatenate([source.first(b) for source in sources], axis=1)
        covered = np.concatenate([at.parameter(source.covered) for source in sources], axis=0)
        per_pj = ratio(tons, _burnt(at.setting)[:, :, :-1])
        paid: Array = per_pj * np.einsum("rp,ufp->ruf", worth, covered)
        return paid

    def _electrification(self, at: Year) -> Array:
        used = self.energy.bought(at).used.copy()
        place = at.setting.benchmark.electricity_place
        used[:, place, :-1] -= self.energy.bought(at).power.sum(axis=1)
        share: Array = ratio(used[:, :, -1], used.sum(axis=2), np.nan)
        return share

    @once
    def devices(self, at: Year) -> Devices:
        """What the devices of a year need."""
        return Devices.of(at)

    def _power_of(self, at: Year, part: Array) -> Array:
        """What a part of the reference quantity of electricity uses, TWh (region, user)."""
        used = self.energy.bought(at).used[:, :, -1] / PJ_PER_TWH
        twh: Array = used * ratio(part, self.devices(at).factor[:, :, -1])
        return twh


@dataclass(frozen=True, eq=False)
class Devices:
    """What the devices of a year need.

    Attributes:
        saved: efficiency without other devices, base year = 1 (region, user).
        factor: energy at base-year prices relative to the base year, electricity last (region,
            user, energy).
        taken: what substitutes add to that of electricity (region, user).
        hydrogen: hydrogen in it (region, user).
        each: what devices cost more at the base year's output, 1e8 CNY (region, user, switch).
    """

    saved: Array
    factor: Array
    taken: Array
    hydrogen: Array
    each: Array

    @property
    def cost(self) -> Array:
        """What all devices of a user cost more, 1e8 CNY (region, user)."""
        total: Array = self.each.sum(axis=2)
        return total

    @classmethod
    def of(cls, at: Year) -> Devices:
        """The devices of a year."""
        setting, table = at.setting, at.setting.assumptions.substitutes
        b, users, pairs = setting.benchmark, setting.labels["user"], setting.switches
        energies = (*b.fuels, ELECTRICITY)
        saved = _saved(setting, at.year, energies)
        done = _within(at.stocks["substituted"], setting)
        fuel, other = _places(setting)
        base = _burnt(setting)
        served = base[:, :, fuel] / saved[:, :, fuel] * done  # PJ of fuel replaced
        needs = served * table.numbers("energy", users, pairs, setting.cost_year(at.year))
        factor = 1.0 / saved
        added = np.zeros_like(base)
        for s, (old, new) in enumerate(zip(fuel, other, strict=True)):
            factor[:, :, old] -= done[:, :, s] / saved[:, :, old]
            added[:, :, new] += needs[:, :, s]
        added = ratio(added, base)
        made = np.array([name == HYDROGEN for _, name in pairs], dtype=bool)
        device = table.numbers("device", users, pairs, setting.cost_year(at.year))
        return cls(
            _saved(setting, at.year, ("",))[:, :, 0],
            factor + added,
            added[:, :, -1],
            ratio(needs[:, :, made].sum(axis=2), base[:, :, -1]),
            served * device / YUAN_PER_GJ,
        )


def _none_yet(setting: Setting) -> Array:
    """Devices of the base year count as those of their energy (region, user, switch)."""
    return np.zeros([len(setting.labels[dim]) for dim in ("region", "user", "switch")])


@lru_cache(maxsize=KEPT)
def _saved(setting: Setting, year: int, energies: tuple[str, ...]) -> Array:
    """Efficiency without other devices since the base year (region, user, energy)."""
    rates, users = setting.dataset.driver("energy_efficiency"), setting.labels["user"]
    if year <= setting.benchmark.base_year:
        return np.ones((rates.shape[1], len(users), len(energies)))
    before = _saved(setting, year - 1, energies)
    if year not in rates.index:
        return before
    share = setting.assumptions.substitutes.of_users("saving", users, year, energies)
    saved: Array = before * (1.0 + share * rates.loc[year].to_numpy(dtype=float)[:, None, None])
    saved.setflags(write=False)  # it is handed out again
    return saved


@lru_cache(maxsize=SETTINGS)
def _burnt(setting: Setting) -> Array:
    """Fuel burnt, generation apart, and electricity of the base year, PJ (region, user, energy)."""
    b = setting.benchmark
    base: Array = setting.energy["burnt"] + setting.energy["used"]
    base[:, :, -1] = PJ_PER_TWH * np.concatenate([b.grid.use, b.grid.home_use], axis=1)
    base[:, b.electricity_place] = 0.0
    base.setflags(write=False)  # it is handed out again
    return base


def _places(setting: Setting) -> tuple[list[int], list[int]]:
    """Places of fuels and of the energies of their substitutes, electricity the last (switch)."""
    fuels = list(setting.benchmark.fuels)
    fuel = [fuels.index(old) for old, _ in setting.switches]
    return fuel, [fuels.index(new) if new in fuels else len(fuels) for _, new in setting.switches]


@lru_cache(maxsize=SETTINGS)
def _possible(setting: Setting) -> Array:
    """Where a user burns the fuel and buys the energy of the substitute (region, user, switch)."""
    table: Substitutes = setting.assumptions.substitutes
    fuel, other = _places(setting)
    base, users, pairs = _burnt(setting), setting.labels["user"], setting.switches
    years = (setting.dataset.base_year, int(setting.dataset.driver("labour").index.max()))
    listed = np.sum([table.numbers("potential", users, pairs, year) for year in years], axis=0) > 0
    possible: Array = listed & (base[:, :, fuel] > 0.0) & (base[:, :, other] > 0.0)
    possible.setflags(write=False)  # it is handed out again
    return possible


def _within(done: Array, setting: Setting) -> Array:
    """Shares of substitutes that leave something of every fuel (region, user, switch)."""
    fuel, _ = _places(setting)
    total = np.zeros_like(done)
    for old in dict.fromkeys(fuel):
        same = np.array(fuel) == old
        total[:, :, same] = done[:, :, same].sum(axis=2, keepdims=True)
    kept: Array = done * np.minimum(1.0, ratio(np.full_like(total, MOST), total, 1.0))
    return kept


def _machinery(sectors: Sequence[str]) -> int:
    """Place of the good that devices are."""
    return next(sectors.index(name) for name in BOUGHT["machinery"] if name in sectors)
