r"""Energy in physical units: what the money of a year buys, in PJ, TWh and Mtce.

A flow at base-year prices is a quantity, and the dataset tells what each user's quantity of a fuel
is in physical units. So what user u burns, or makes into other things, of fuel f in a year is the
base year's energy times the growth of that purchase,

.. math:: Q_{ruf} = Q^0_{ruf} \, \frac{x_{ruf}}{x^0_{ruf}} ,

and of what power stations burn each technology has the part that it pays for, at one price.

Final energy is what users buy without the fuel of power stations, feedstock of other fuels and
losses. Primary energy is counted as Chinese statistics do (``sam.energy.primary``): coal, oil and
gas with coke and products beyond what is made at home, and electricity that is not made of fuel
at the coal that plants would burn for it,

.. math:: E_r = \sum_f Q_{rf} - \sum_{k \in \{cok, ref\}} \eta_k S_{rk}
          + \kappa \, (U_r - G^{fuel}_r) .

Electricity adds up in TWh in every region: what is made, what comes in from other regions and from
abroad less what is sent there, is what users receive, losses and own use of plants among it,

.. math:: \sum_t G_{rt} + \sum_q (F_{qr} - F_{rq}) + M_r - X_r = \sum_u Q_{ru} .
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from calibration.electricity import PJ_PER_TWH
from cge.blocks import Block, Check, Report, Year, once
from cge.language import Activity
from cge.m3c.households import Households, home_wedge
from cge.m3c.markets import Agents
from cge.m3c.power import Power
from cge.m3c.production import Production
from cge.m3c.trade import Sent, Trade, unit_value
from sam.energy import PJ_PER_MTCE
from sam.energy.primary import FOSSIL, MADE_OF, SOURCES
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

COAL_EQUIVALENT = 0.3055
"""What a kWh counts for that is not made of fuel, kgce: coal burnt per kWh supplied by plants of
6 MW and more in 2020 (National Energy Administration, national power statistics 2020; recalled).
The same in all years, so that primary energy moves with quantities only."""

YIELDS = {"COK": 0.925, "REF": 0.953}
"""What coking and refining make of a tce of their feedstock, tce (order of China Statistical
Yearbook 2021, efficiency of energy transformation; recalled)."""


@dataclass(frozen=True, eq=False)
class Bought:
    """Energy bought in a year, PJ. Users are sectors, then households; fuels, then electricity.

    Attributes:
        used: fuel burnt and electricity used (region, user, fuel).
        materials: fuel that becomes a material (region, user, fuel).
        transformed: fuel that becomes another one, and losses (region, user, fuel).
        power: fuel burnt to make electricity, part of what the electricity sector burns (region,
            technology, fuel without electricity).
        public: electricity of government and investors, who are none of the users (region).
    """

    used: Array
    materials: Array
    transformed: Array
    power: Array
    public: Array

    @property
    def whole(self) -> Array:
        """All that is bought (region, user, fuel)."""
        total: Array = self.used + self.materials + self.transformed
        return total

    @property
    def final(self) -> Array:
        """What is neither burnt to make electricity nor transformed nor lost (region, fuel)."""
        total: Array = (self.used + self.materials).sum(axis=1)
        total[:, :-1] -= self.power.sum(axis=1)
        total[:, -1] += self.public
        return total


@dataclass(frozen=True, eq=False)
class Energy(Block):
    """The energy accounts of a year.

    Attributes:
        production, power, households, trade: whose purchases are energy.
        removing: removal and capture, which take electricity.
        agents: government and investors.
        valve: permits at a price ceiling, for a basket with energy in it.
    """

    production: Production
    power: Power
    households: Households
    trade: Trade
    removing: Activity
    agents: Agents
    valve: Activity

    @once
    def bought(self, at: Year) -> Bought:
        """Energy bought by user and fuel."""
        b, base = at.setting.benchmark, at.setting.energy
        made, technology = self.production.activity, self.power.mix.technology
        home, quantity = self.households.agent, at.state.quantity
        generation = quantity(technology.flow("fuel"))  # region, technology, fuel
        now = _Money.arranged(
            b,
            fuel=quantity(made.flow("fuel")),
            goods=quantity(made.flow("material")),
            further=self._further(at),
            electricity=quantity(made.flow("electricity"))[:, :, 0],
            generation=generation,
            home_fuel=quantity(home.flow("fuel")),
            home_goods=quantity(home.flow("goods")),
        )
        then = _Money.of(b)
        used, kept = ratio(now.used, then.used), ratio(now.kept, then.kept)
        place = b.electricity_place
        content = ratio(base["burnt"][:, place, :-1], then.used[:, place, :-1])  # PJ per 1e8 CNY
        received = _electric(b, base)
        return Bought(
            used=(base["burnt"] + received["used"]) * used,
            materials=base["non_energy"] * kept,
            transformed=(base["feedstock"] + received["losses"]) * kept,
            power=generation * content[:, None],
            public=PJ_PER_TWH * self._public(at),
        )

    def _public(self, at: Year) -> Array:
        """Electricity of government and investors, and in baskets that permits at a price ceiling
        cost, TWh (region).
        """
        b, e = at.setting.benchmark, at.setting.benchmark.electricity_place
        bought = [
            at.state.quantity(agent.flow("goods"))[:, e]
            for agent in (self.agents.government, self.agents.investor)
        ]
        bought.append(self.at_the_ceiling(at)[:, e])
        twh: Array = ratio(np.sum(bought, axis=0), unit_value(b))
        return twh

    def at_the_ceiling(self, at: Year) -> Array:
        """Goods that permits at a price ceiling cost, 1e8 CNY (region, good)."""
        goods: Array = np.asarray(at.state.quantity(self.valve.flow("basket"))).sum(axis=0)
        return goods

    def _further(self, at: Year) -> Array:
        """Electricity that plants, batteries and capture of CO2 take, 1e8 CNY at base-year prices
        (region): own use of the sector beyond that of the base year.
        """
        place = at.setting.benchmark.electricity_place
        owners = (self.power.mix.technology, self.removing)
        flows = [owner.flow(name) for owner in owners for name in ("material", "carriage")]
        total: Array = sum(at.state.quantity(flow)[:, :, place].sum(axis=1) for flow in flows)
        return total

    @once
    def sent(self, at: Year) -> Array:
        """Electricity sent between regions and within them, TWh (origin, region)."""
        b, e = at.setting.benchmark, at.setting.benchmark.electricity_place
        local = at.state.quantity(self.trade.armington.flow("local"))[:, e]
        content = Sent.of(b).content[:, e]  # origin
        bought = at.state.quantity(self.trade.armington.flow("inflow"))[:, e]  # region, origin
        flow: Array = np.asarray(bought).T * content[:, None]
        return flow + np.diag(local * content)

    def received(self, at: Year) -> Array:
        """Electricity that users receive, losses in the sector's own use, TWh (region)."""
        bought = self.bought(at)
        total: Array = (bought.whole[:, :, -1].sum(axis=1) + bought.public) / PJ_PER_TWH
        return total

    @once
    def abroad(self, at: Year) -> Array:
        """Electricity from abroad less what is sent there, TWh (region)."""
        b, e = at.setting.benchmark, at.setting.benchmark.electricity_place
        sold: Array = Sent.of(b).content[:, e] * self.production.exports(at)[:, e]
        return self.imported(at) - sold

    def imported(self, at: Year) -> Array:
        """Electricity from abroad, TWh (region)."""
        b, e = at.setting.benchmark, at.setting.benchmark.electricity_place
        twh: Array = Sent.of(b).imported[:, e] * self.trade.imports(at)[:, e]
        return twh

    def imbalance(self, at: Year) -> Array:
        """TWh made and taken in less those received, relative to the latter (region)."""
        made, flow, used = self.power.mix.twh(at).sum(axis=1), self.sent(at), self.received(at)
        gap = made + flow.sum(axis=0) - flow.sum(axis=1) + self.abroad(at) - used
        return ratio(gap, used)

    @once
    def primary(self, at: Year) -> dict[str, Array]:
        """Primary energy by source, electricity among them, Mtce (region)."""
        b, bought = at.setting.benchmark, self.bought(at)
        whole = bought.whole.sum(axis=1) / PJ_PER_MTCE  # region, fuel
        found = {
            source: whole[:, [b.fuels.index(fuel) for fuel in fuels if fuel in b.fuels]].sum(axis=1)
            for source, fuels in SOURCES.items()
        }
        for product, fuel in MADE_OF.items():
            if product in b.sectors and fuel in b.fuels:
                charged = bought.transformed[:, b.position(product), b.fuels.index(fuel)]
                (source,) = (name for name, fuels in SOURCES.items() if product in fuels)
                found[source] = found[source] - YIELDS[product] * charged / PJ_PER_MTCE
        found["electricity"] = COAL_EQUIVALENT * self.not_of_fuel(at)
        return found

    def not_of_fuel(self, at: Year) -> Array:
        """Electricity received that plants of the region have not made of fuel, TWh (region)."""
        of_fuel = np.isin(at.setting.benchmark.technologies, FOSSIL)
        left: Array = self.received(at) - self.power.mix.twh(at)[:, of_fuel].sum(axis=1)
        return left

    def total(self, at: Year) -> Array:
        """Primary energy, Mtce (region)."""
        total: Array = np.sum(list(self.primary(at).values()), axis=0)
        return total

    def reports(self) -> Sequence[Report]:
        """Energy by user and fuel; final and primary energy; whether electricity adds up."""
        return (
            Report(
                "energy_use", "region sector fuel", "PJ",
                "fuel bought by sectors, feedstock included, the fuel of generation apart",
                self._of_sectors, total="sum",
            ),
            Report(
                "energy_generation", "region technology fuel", "PJ",
                "fuel burnt to make electricity",
                lambda at: self.bought(at).power, total="sum",
            ),
            Report(
                "energy_household", "region household fuel", "PJ", "fuel bought by households",
                lambda at: self._of_homes(at)[:, :, :-1],
                iamc="Final Energy|{fuel:driven}; -Final Energy|{fuel:not_at_home}", total="sum",
            ),
            Report(
                "electricity_sector", "region sector", "TWh",
                "electricity bought by sectors; losses and own use of plants in the electricity "
                "sector",
                lambda at: self.bought(at).whole[:, : _sectors(at), -1] / PJ_PER_TWH, total="sum",
            ),
            Report(
                "electricity_household", "region household", "TWh",
                "electricity bought by households",
                lambda at: self._of_homes(at)[:, :, -1] / PJ_PER_TWH, total="sum",
            ),
            Report(
                "final_energy", "region", "Mtce",
                "energy bought by users, electricity at its heat, without the fuel of generation, "
                "the feedstock of other fuels, and losses",
                lambda at: self.bought(at).final.sum(axis=1) / PJ_PER_MTCE,
                iamc="Final Energy", total="sum",
            ),
            Report(
                "electrification", "region", "fraction", "electricity in final energy",
                lambda at: _last_part(self.bought(at).final),
                total="mean", by="final_energy",
            ),
            Report(
                "primary_energy", "region", "Mtce",
                "primary energy consumed, electricity that is not made of fuel at the coal that "
                "plants would burn for it",
                self.total, total="sum",
            ),
            *(
                Report(
                    f"primary_{source}", "region", "Mtce", f"{source} in primary energy",
                    _source(self, source), total="sum",
                )
                for source in ("coal", "oil", "gas")
            ),
            Report(
                "non_fossil_share", "region", "fraction",
                "electricity that is not made of fuel in primary energy, as the coal that plants "
                "would burn for it",
                lambda at: ratio(self.primary(at)["electricity"], self.total(at), np.nan),
                total="mean", by="primary_energy",
            ),
            Report(
                "electricity_sent", "region origin", "TWh",
                "electricity that a region receives from an origin, its own generation too",
                lambda at: self.sent(at).T,
            ),
            Report(
                "electricity_abroad", "region", "TWh",
                "electricity from abroad less what is sent there", self.abroad, total="sum",
            ),
            Report(
                "electricity_balance", "region", "ratio",
                "electricity made and taken in less what users receive, relative to the latter; "
                "zero where TWh add up",
                self.imbalance,
            ),
        )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        """Electricity adds up in TWh."""
        return (
            Check(
                "electricity", "region", "electricity made and taken in, and electricity received",
                self.imbalance,
            ),
        )  # fmt: skip

    def _of_sectors(self, at: Year) -> Array:
        """Fuel bought by sectors, PJ, what generation burns apart (region, sector, fuel)."""
        bought = self.bought(at)
        fuel = bought.whole[:, : _sectors(at), :-1].copy()
        fuel[:, at.setting.benchmark.electricity_place] -= bought.power.sum(axis=1)
        return fuel

    def _of_homes(self, at: Year) -> Array:
        """Energy bought by households, PJ (region, household, fuel)."""
        return self.bought(at).whole[:, _sectors(at) :]


@dataclass(frozen=True, eq=False)
class _Money:
    """Purchases of energy at base-year prices, 1e8 CNY (region, user, fuel), electricity last.

    Attributes:
        used: what is burnt, and electricity.
        kept: what is not burnt: feedstock and materials; of electricity all that is bought.
    """

    used: Array
    kept: Array

    @classmethod
    def of(cls, b: Benchmark) -> _Money:
        """In the base year."""
        made = b.production
        return cls.arranged(
            b,
            fuel=made.fuel.swapaxes(1, 2),
            goods=made.material.swapaxes(1, 2),
            further=np.zeros(len(b.regions)),
            electricity=made.electricity / (1.0 + b.grid.wedge),
            generation=b.power.fuel.swapaxes(1, 2),
            home_fuel=b.demand.consumption[:, :, b.fuel_places],
            home_goods=b.demand.consumption / (1.0 + home_wedge(b)),
        )

    @classmethod
    def arranged(
        cls,
        b: Benchmark,
        *,
        fuel: Array,
        goods: Array,
        further: Array,
        electricity: Array,
        generation: Array,
        home_fuel: Array,
        home_goods: Array,
    ) -> _Money:
        """Flows of sectors, technologies and households by user; what sectors buy of goods too."""
        place, burnt, current = b.electricity_place, fuel.copy(), electricity.copy()
        burnt[:, place] += generation.sum(axis=1)
        current[:, place] += goods[:, place, place]  # what the grid buys from itself
        current[:, place] += further
        power = np.concatenate([current, home_goods[:, :, place]], axis=1)[:, :, None]
        used = np.concatenate([np.concatenate([burnt, home_fuel], axis=1), power], axis=2)
        materials = np.concatenate([goods[:, :, b.fuel_places], home_fuel], axis=1)
        return cls(used, np.concatenate([materials, power], axis=2))


def _electric(b: Benchmark, base: Mapping[str, Array]) -> dict[str, Array]:
    """Energy used and lost in the base year, PJ, with the electricity that adds up (region, user,
    fuel).
    """
    whole = base["used"][:, :, -1] + base["losses"][:, :, -1]
    twh = np.concatenate([b.grid.use, b.grid.home_use], axis=1)
    found = {item: base[item].copy() for item in ("used", "losses")}
    for item in found:
        found[item][:, :, -1] *= ratio(PJ_PER_TWH * twh, whole)
    found["used"][:, :, -1] += np.where(whole > 0.0, 0.0, PJ_PER_TWH * twh)
    return found


def _source(energy: Energy, source: str) -> Callable[[Year], Array]:
    return lambda at: energy.primary(at)[source]


def _sectors(at: Year) -> int:
    """How many of the users are sectors."""
    return len(at.setting.benchmark.sectors)


def _last_part(energy: Array) -> Array:
    """What the last of the fuels, electricity, is of all (region)."""
    return ratio(energy[:, -1], energy.sum(axis=1), np.nan)
