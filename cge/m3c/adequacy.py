r"""Adequacy: what it takes that kWh of wind and sun meet demand, paid by their plants.

Batteries carry noon into the evening: of solar power beyond a share :math:`s_0` of generation D the
part :math:`\kappa` is shifted every day through :math:`h` hours of storage S, GW,

.. math:: S_{rt} \ge \frac{\kappa \max(0,\, s_{rt} - s_0)\, 10^3 D_{rt}}{365\, h} .

Plants count at the peak with the firm share :math:`\phi_t` of their capacity, batteries with less
and less of theirs the more they are of the peak L, up to the part :math:`\bar e` of it. What is
lacking of the peak with a reserve :math:`\rho`, mean net inflow N taken off, is kept in reserve,
plants that hardly ever run, at the cost of gas turbines,

.. math:: R_r = \max\Bigl( 0,\, (1 + \rho) L_r - N_r - \sum_t \phi_t K_{rt} - \phi^P P_r
          - L_r\, \bar e\, \bigl(1 - e^{-\phi^S S_r / (\bar e L_r)}\bigr) \Bigr) ,
          \qquad L_r = \frac{10^3 D_r}{8760\, \lambda} .

Balancing and grids cost :math:`c(w)` yuan per kWh of wind and sun at their share w, linear between
the points of ``BALANCING``. All three, and what batteries lose, are inputs of the plants of wind
and sun in the year after: goods worth the annuities, and electricity.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from calibration.capacities import WEATHER
from calibration.plants import annuity
from cge.blocks import Block, Report, Stock, Values, Year, once
from cge.m3c.baskets import basket
from cge.m3c.cohorts import YUAN_PER_KW
from cge.m3c.energy import Energy
from cge.m3c.plants import INTEREST
from cge.m3c.power import Power, bounding_elasticity
from cge.m3c.trade import unit_value
from cge.setting import Setting
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

RESERVE = 0.10
"""Firm capacity beyond the peak, relative to it (order of reserve margins of 10 to 15 %: NERC;
Chinese planning code, DL/T 5429)."""

LOAD_FACTOR = 0.75
"""Mean over peak load of provinces (a national peak of 1,076 GW at 7,511 TWh in 2020 and of
1,451 GW at 9,852 TWh in 2024, .80 and .78; National Energy Administration; less the diversity of
provinces)."""

BALANCING = ((0.1, 0.0), (0.2, 0.01), (0.4, 0.02), (0.6, 0.03), (0.8, 0.04), (1.0, 0.05))
"""Share of wind and sun in generation, and yuan per kWh of theirs for balancing and grids (order of
Hirth, Ueckerdt and Edenhofer 2015: 5 to 10 EUR/MWh at 30 to 40 %, profile costs apart)."""

ABSORBED = 0.12
"""Share of solar power in generation that demand takes at noon (order of Denholm and Margolis 2007:
10 to 20 % before much is spilled)."""

SHIFTED = 0.6
"""Part of solar power beyond it that is stored, the rest moved by demand, hydropower and pumped
stations, or spilled; our own judgement."""

MOST_OF_PEAK = 0.45
"""Most of the peak that batteries of four hours can cover (order of Denholm et al. 2019, The
potential for battery energy storage to provide peaking capacity, NREL: longer peaks are left)."""

HOURS = 4.0
"""Hours of power that a battery stores (``calibration.plants``), turned over once a day."""

RESERVE_PLANT = "gas"
"""The plant whose cost a kW in reserve has."""

_DAYS = 365.0
_HOURS_OF_A_YEAR = 8760.0
_PER_TWH = 10.0  # 1e8 CNY per TWh at one yuan per kWh


@dataclass(frozen=True, eq=False)
class Adequacy(Block):
    """Storage and integration.

    Attributes:
        power: what plants make.
        energy: what users receive and regions send.
    """

    power: Power
    energy: Energy

    def parameters(self, at: Year) -> Values:
        """What plants of wind and sun buy beyond running them, and the elasticity that bounds them.

        At base-year prices, per base-year generation.
        """
        b = at.setting.benchmark
        weather = _weather(b)
        made = at.stocks["generated"]  # region, technology: TWh of the year before
        whole, first = (twh[:, weather].sum(axis=1) for twh in (made, b.power.twh))  # region
        booked = ratio(balancing(b, b.power.twh), first)  # what the base year's plants pay already
        beyond = np.maximum(ratio(self.cost(at, made), whole) - booked, 0.0)
        goods = beyond[:, None] * basket(at.setting, "battery", at.setting.cost_year(at.year))
        if b.makes_electricity:
            goods[:, b.electricity_place] += ratio(self.lost(at), whole) * unit_value(b)
        more = goods[:, :, None] * (b.power.twh * weather)[:, None, :]  # region, good, technology
        sigma = bounding_elasticity(b, more.sum(axis=1))
        return {self.power.material: b.power.material + more, self.power.bounding: sigma}

    def cost(self, at: Year, made: Array) -> Array:
        """Storage, reserve and balancing, 1e8 CNY at base-year prices (region)."""
        storage = at.stocks["storage"] * _yearly(at, "battery")
        reserve = at.stocks["reserve"] * _yearly(at, RESERVE_PLANT)
        total: Array = (storage + reserve) / YUAN_PER_KW + balancing(at.setting.benchmark, made)
        return total

    def invested(self, at: Year) -> Array:
        """Batteries and reserve that are built in a year, at base-year prices, 1e8 CNY (region)."""
        year = at.setting.cost_year(at.year)
        plants, found = at.setting.assumptions.plants, np.zeros(len(at.setting.benchmark.regions))
        for name, stock, after in (
            ("battery", "storage", self._batteries(at)),
            (RESERVE_PLANT, "reserve", self._lacking(at)),
        ):
            left = at.stocks[stock] * (1.0 - 1.0 / plants.value(name, "lifetime", year))
            found += np.maximum(after - left, 0.0) * _built(at, name) / YUAN_PER_KW
        return found

    def lost(self, at: Year) -> Array:
        """Electricity lost in batteries, TWh (region)."""
        gone = 1.0 - at.setting.assumptions.plants.value(
            "battery", "efficiency", at.setting.cost_year(at.year)
        )
        total: Array = gone * at.stocks["storage"] * HOURS * _DAYS / 1e3
        return total

    @once
    def peak(self, at: Year) -> Array:
        """Peak load, GW (region)."""
        load: Array = 1e3 * self.energy.received(at) / _HOURS_OF_A_YEAR / LOAD_FACTOR
        return load

    def firm(self, at: Year) -> Array:
        """Firm capacity of plants, pumped stations and batteries of a year, GW (region)."""
        setting = at.setting
        plants, b = setting.assumptions.plants, setting.benchmark
        credit = plants.values("credit", b.technologies, [setting.cost_year(at.year)])[:, 0]
        pumped = plants.value("pumped_hydro", "credit", at.setting.cost_year(at.year)) * _pumped(
            setting
        )
        first = plants.value("battery", "credit", at.setting.cost_year(at.year))
        most = MOST_OF_PEAK * self.peak(at)
        batteries = most * -np.expm1(-ratio(first * at.stocks["storage"], most))
        total: Array = at.stocks["plants"].sum(axis=2) @ credit + pumped + batteries
        return total

    def needed(self, at: Year) -> Array:
        """Firm capacity that demand asks for, mean net inflow taken off, GW (region)."""
        flow = self.energy.sent(at)
        inflow = 1e3 * (flow.sum(axis=0) - flow.sum(axis=1)) / _HOURS_OF_A_YEAR
        total: Array = (1.0 + RESERVE) * self.peak(at) - inflow
        return total

    def stocks(self) -> Sequence[Stock]:
        """Batteries, reserve, and what plants made in the year before."""
        return (
            Stock("storage", "region", "GW", _none, self._batteries),
            Stock("reserve", "region", "GW", _none, self._lacking),
            Stock("generated", "region technology", "TWh", _made, self.power.mix.twh),
        )

    def reports(self) -> Sequence[Report]:
        """Firm capacity, storage and their cost."""
        return (
            Report("storage", "region", "GW", "batteries that stand in the year",
                   lambda at: at.stocks["storage"], total="sum"),
            Report("reserve", "region", "GW", "plants in reserve, no part of capacity",
                   lambda at: at.stocks["reserve"], total="sum"),
            Report("firm_capacity", "region", "GW",
                   "firm capacity of plants, pumped stations, batteries and reserve",
                   lambda at: self.firm(at) + at.stocks["reserve"], total="sum"),
            Report("firm_needed", "region", "GW",
                   "peak load and reserve, mean net inflow taken off", self.needed, total="sum"),
            Report("integration_cost", "region", "CNY/MWh",
                   "cost of storage, reserve and balancing per unit of wind and solar power at "
                   "base-year prices; not a number where there is none", self._integration),
        )  # fmt: skip

    def _integration(self, at: Year) -> Array:
        weather = self.power.mix.twh(at)[:, _weather(at.setting.benchmark)].sum(axis=1)
        return ratio(100.0 * self.cost(at, at.stocks["generated"]), weather, np.nan)

    def _batteries(self, at: Year) -> Array:
        """Batteries of the year after: those that are left, or as many as noon asks for."""
        life = at.setting.assumptions.plants.value(
            "battery", "lifetime", at.setting.cost_year(at.year)
        )
        names = at.setting.benchmark.technologies
        made = self.power.mix.twh(at)
        solar = made[:, np.isin(names, SOLAR)].sum(axis=1)
        beyond = np.maximum(solar - ABSORBED * made.sum(axis=1), 0.0)
        shifting = SHIFTED * 1e3 * beyond / (_DAYS * HOURS)
        needed: Array = np.maximum(at.stocks["storage"] * (1.0 - 1.0 / life), shifting)
        return needed

    def _lacking(self, at: Year) -> Array:
        """Reserve of the year after, with the growth of the peak in a year."""
        short: Array = np.maximum(self.needed(at) * GROWTH - self.firm(at), 0.0)
        return short


GROWTH = 1.03
"""Growth of the peak for which reserve is kept a year ahead (order of demand in 2020-2030)."""

SOLAR = ("utility_solar", "distributed_solar")


def _weather(b: Benchmark) -> npt.NDArray[np.bool_]:
    """Which technologies run when the weather lets them (technology)."""
    return np.isin(b.technologies, WEATHER)


def balancing(b: Benchmark, made: Array) -> Array:
    """Cost of balancing wind and sun, 1e8 CNY at base-year prices (region)."""
    weather = made[:, _weather(b)].sum(axis=1)
    share = ratio(weather, made.sum(axis=1))
    points, cost = np.array(BALANCING).T
    total: Array = _PER_TWH * np.interp(share, points, cost) * weather
    return total


def _yearly(at: Year, technology: str) -> float:
    """Annuity and upkeep of a kW, yuan at base-year prices; of batteries with their energy."""
    plants, year = at.setting.assumptions.plants, at.setting.cost_year(at.year)
    yearly = annuity(INTEREST, plants.value(technology, "lifetime", year))
    return _built(at, technology) * yearly + plants.value(technology, "fixed_om", year)


def _built(at: Year, technology: str) -> float:
    """Cost of a kW, yuan at base-year prices; of batteries with their energy."""
    plants, year = at.setting.assumptions.plants, at.setting.cost_year(at.year)
    built = plants.value(technology, "overnight", year)
    if technology in plants.storage:
        built += HOURS * plants.value(technology, "energy_overnight", year)
    return built


def _pumped(setting: Setting) -> Array:
    """Pumped stations, GW (region)."""
    fleet = setting.assumptions.fleet
    return np.array(
        [
            fleet.capacity([region], ["pumped_hydro"]).sum() if region in fleet.regions else 0.0
            for region in setting.benchmark.regions
        ]
    )


def _none(setting: Setting) -> Array:
    return np.zeros(len(setting.benchmark.regions))


def _made(setting: Setting) -> Array:
    return setting.benchmark.power.twh.copy()
