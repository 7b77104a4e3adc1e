r"""The energy balance: where energy comes from is where it goes, by two routes.

What the market of an energy f sells in a region is what the accounts know somebody to have bought:
sectors, power stations and households, whose energy is counted, and investors, governments and the
upkeep of plants, whose is not,

.. math:: D_{rf} = \sum_j \left( F_{rjf} + M_{rjf} \right) + \sum_t \left( F_{rtf} + M_{rtf} \right)
          + \sum_h C_{rhf} + B_{rf} + G_{rf} .

What users bought is what they burnt or used, what became a material, and what went into another
energy or was lost. With electricity at its heat, primary energy is what is left for final use and
what transformation takes: the fuel of power stations beyond the electricity :math:`G^{fuel}` that
is made of it, feedstock beyond the coke and oil, and the piped gas P, that are made of it, and what
is lost on the way,

.. math:: E^{heat}_r = N_r + \Bigl( \sum_{tf} Q_{rtf} - k\, G^{fuel}_r \Bigr)
          + \Bigl( S_r - \sum_k \eta_k S_{rk} - P_r \Bigr) .

By the physical content of energy nuclear power counts with the heat of its reactors and biomass
with what is burnt, by the method of Chinese statistics as the coal that plants would burn
(``cge.m3c.energy``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.electricity import PJ_PER_TWH
from cge.blocks import Block, Check, Report, Year
from cge.language import BoundLeaf
from cge.m3c.energy import YIELDS, Energy
from cge.m3c.markets import Agents, Markets
from cge.setting import PRIMARY
from sam.energy import PJ_PER_MTCE
from sam.energy.primary import FOSSIL, MADE_OF, SOURCES
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

HEAT = PJ_PER_TWH / PJ_PER_MTCE
"""Heat of a TWh, Mtce."""

REACTORS = 0.33
"""Electricity over heat of nuclear plants in the physical energy content method (IEA and Eurostat,
Energy Statistics Manual, 2005)."""

BIOMASS = ("biomass", "bioenergy_capture")
"""Technologies that burn biomass."""

PLANTS_OF = {
    "biomass": BIOMASS,
    "nuclear": ("nuclear",),
    "hydro": ("hydro",),
    "wind": ("onshore_wind", "offshore_wind"),
    "solar": ("utility_solar", "distributed_solar"),
}
"""Technologies that make electricity of a primary source which is no fuel of the accounts."""


@dataclass(frozen=True, eq=False)
class EnergyBalance(Block):
    """Primary, transformed and final energy.

    Attributes:
        energy: the accounts by user.
        markets: where energy is sold.
        agents: whose energy is not counted.
    """

    energy: Energy
    markets: Markets
    agents: Agents

    def reports(self) -> Sequence[Report]:
        """Energy by user, primary energy by its physical content, losses."""
        return (
            Report(
                "energy_bought", "region user fuel", "Mtce",
                "fuel bought, that of generation in the electricity sector",
                lambda at: self.energy.bought(at).whole[:, :, :-1] / PJ_PER_MTCE,
            ),
            Report(
                "final_energy_of_user", "region user", "Mtce",
                "final energy, electricity at its heat",
                lambda at: self.final(at).sum(axis=2) / PJ_PER_MTCE, total="sum",
            ),
            Report(
                "energy_burnt", "region user carrier", "Mtce",
                "final energy that is burnt or used as electricity, by carrier, electricity at its "
                "heat",
                lambda at: self.burnt(at) / PJ_PER_MTCE,
                iamc="Final Energy|{user}; Final Energy|{user:end_use}|{carrier}; "
                "Final Energy|{carrier}",
                total="sum",
            ),
            Report(
                "non_energy_use", "region carrier", "Mtce",
                "final energy that becomes a material, by carrier",
                lambda at: self.energy.bought(at).materials.sum(axis=1) / PJ_PER_MTCE,
                iamc="Final Energy|Non-Energy Use; Final Energy|{carrier}; "
                "Final Energy|Non-Energy Use|{carrier:feedstock}",
                total="sum",
            ),
            Report(
                "public_electricity", "region", "Mtce",
                "electricity of government and investors, who are none of the users, at its heat",
                lambda at: self.energy.bought(at).public / PJ_PER_MTCE,
                iamc="Final Energy|Residential and Commercial; Final Energy|Commercial; "
                "Final Energy|Residential and Commercial|Electricity; Final Energy|Electricity",
                total="sum",
            ),
            Report(
                "final_electricity", "region", "Mtce", "electricity in final energy at its heat",
                lambda at: self.energy.bought(at).final[:, -1] / PJ_PER_MTCE,
                total="sum",
            ),
            Report(
                "primary_energy_physical", "region", "Mtce",
                "primary energy consumed, electricity at its heat, that of nuclear plants and "
                "biomass at the heat that they take",
                self.physical, total="sum",
            ),
            Report(
                "primary_by_source", "region source", "Mtce",
                "primary energy consumed by source in direct equivalents: electricity at its heat, "
                "biomass at the heat that it burns with; trade is electricity from outside",
                self.direct, iamc="Primary Energy; Primary Energy|{source}", total="sum",
            ),
            Report(
                "transformation_losses", "region", "Mtce",
                "energy lost where fuels and electricity are made of others, and on the way",
                self.lost, total="sum",
            ),
        )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        """Nobody buys energy unknown to the accounts, and primary energy is used or lost."""
        return (
            Check(
                "energy", "region fuel", "fuel sold, and fuel bought by users of the accounts",
                lambda at: self.unknown(at)[:, :-1],
            ),
            Check(
                "energy", "region", "electricity sold, and bought by users of the accounts",
                lambda at: self.unknown(at)[:, -1],
            ),
            Check(
                "energy", "region", "primary energy, and final energy with what is lost",
                self.imbalance,
            ),
        )  # fmt: skip

    def unknown(self, at: Year) -> Array:
        """What is sold beyond what the accounts know of, relative to it (region, energy)."""
        b, owners = at.setting.benchmark, self.energy
        places = [*b.fuel_places, b.electricity_place]
        made, plants, home = owners.production.activity, owners.power.mix.technology, self.agents
        goods = [
            _bought(at, flow)[:, places]
            for flow in (
                *(owner.flow(name) for owner in (plants, owners.removing) for name in _UPKEEP),
                made.flow("material"),
                home.households.flow("goods"),
                home.government.flow("goods"),
                home.investor.flow("goods"),
            )
        ]
        fuels = [_bought(at, owner.flow("fuel")) for owner in (made, plants, home.households)]
        known = np.sum([*goods, owners.at_the_ceiling(at)[:, places]], axis=0)
        known[:, :-1] += np.sum(fuels, axis=0)
        known[:, -1] += _bought(at, made.flow("electricity"))[:, 0]
        sold = np.asarray(at.state.demand(self.markets.composite))[:, places]
        return ratio(sold - known, sold)

    def final(self, at: Year) -> Array:
        """Final energy, PJ (region, user, fuel), electricity the last."""
        bought = self.energy.bought(at)
        found: Array = bought.used + bought.materials
        found[:, at.setting.benchmark.electricity_place, :-1] -= bought.power.sum(axis=1)
        return found

    def burnt(self, at: Year) -> Array:
        """Final energy that does not become a material, PJ (region, user, fuel)."""
        found: Array = self.final(at) - self.energy.bought(at).materials
        return found

    def direct(self, at: Year) -> Array:
        """Primary energy in direct equivalents, Mtce (region, source)."""
        fuels = self.energy.primary(at)
        made = {name: HEAT * self._made(at, plants) for name, plants in PLANTS_OF.items()}
        trade = HEAT * self.energy.not_of_fuel(at) - np.sum(list(made.values()), axis=0)
        made["biomass"] = made["biomass"] + self._heat_of_biomass(at)
        found = {**fuels, **made, "trade": trade}
        return np.stack([found[source] for source in PRIMARY], axis=1)

    def lost(self, at: Year) -> Array:
        """What transformation takes and what is lost on the way, Mtce (region)."""
        b, bought = at.setting.benchmark, self.energy.bought(at)
        total = bought.transformed.sum(axis=(1, 2)) + bought.power.sum(axis=(1, 2))
        for product, fuel in MADE_OF.items():
            if product in b.sectors and fuel in b.fuels:
                charged = bought.transformed[:, b.position(product), b.fuels.index(fuel)]
                total -= YIELDS[product] * charged
        for fuel in set(b.fuels) - _OF_SOURCES:
            total -= bought.whole[:, :, b.fuels.index(fuel)].sum(axis=1)
        burnt = self._made(at, FOSSIL)
        found: Array = total / PJ_PER_MTCE - HEAT * burnt
        return found

    def heat(self, at: Year) -> Array:
        """Primary energy with electricity at its heat, Mtce (region)."""
        sources = self.energy.primary(at)
        fuels: Array = np.sum([sources[name] for name in sources if name != "electricity"], axis=0)
        return fuels + HEAT * self.energy.not_of_fuel(at)

    def imbalance(self, at: Year) -> Array:
        """Primary energy less final energy and losses, relative to it (region)."""
        users = self.energy.bought(at).final.sum(axis=1) / PJ_PER_MTCE
        heat = self.heat(at)
        return ratio(heat - users - self.lost(at), heat)

    def physical(self, at: Year) -> Array:
        """Primary energy by physical content, Mtce (region)."""
        reactors = HEAT * (1.0 / REACTORS - 1.0) * self._made(at, ("nuclear",))
        found: Array = self.heat(at) + reactors + self._heat_of_biomass(at)
        return found

    def _heat_of_biomass(self, at: Year) -> Array:
        """Heat of biomass burnt beyond the electricity made of it, Mtce (region)."""
        plants, year = at.setting.assumptions.plants, at.setting.cost_year(at.year)
        losses = {name: 1.0 / plants.value(name, "efficiency", year) - 1.0 for name in BIOMASS}
        lost = [more * self._made(at, (name,)) for name, more in losses.items()]
        total: Array = HEAT * np.sum(lost, axis=0)
        return total

    def _made(self, at: Year, technologies: Sequence[str]) -> Array:
        """What technologies made, TWh (region)."""
        mine = np.isin(at.setting.benchmark.technologies, technologies)
        total: Array = self.energy.power.mix.twh(at)[:, mine].sum(axis=1)
        return total


_OF_SOURCES = {fuel for fuels in SOURCES.values() for fuel in fuels}
"""Fuels that primary energy is bought as; others are made where they are used."""

_UPKEEP = ("material", "carriage")


def _bought(at: Year, flow: BoundLeaf) -> Array:
    """A flow by region and good, over all who buy it."""
    quantity: Array = np.asarray(at.state.quantity(flow))
    total: Array = quantity.sum(axis=tuple(range(1, quantity.ndim - 1)))
    return total
