r"""Investment in the transition by area: industry, buildings, transport, energy, farming, removal.

Plants, batteries and reserve are of energy, equipment that catches CO2 or takes it out of the air
is of removal, and devices that take the place of fuels are of those who use them: vehicles, those
of oil, of transport, all others of the sector, or of buildings where services and households have
them.
What devices and equipment cost a year, c, is an annuity of their worth, and what is invested
replaces what wears out and adds to it,

.. math:: W_t = \frac{c_t}{a(i, L)} , \qquad I_t = W_{t+1} - W_t + \frac{W_t}{L} ,

with the devices that prices of the year lead to in the next, at its own costs, and L their life.
Money is at base-year prices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from calibration.abatement import OPTIONS
from calibration.plants import annuity
from calibration.substitutes import GROUPS
from cge.blocks import Block, Report, Year
from cge.m3c.abatement import CarbonRemoval
from cge.m3c.adequacy import Adequacy
from cge.m3c.carbon import YUAN_PER_TON
from cge.m3c.households import growth_of_people
from cge.m3c.plants import INTEREST, Plants
from cge.m3c.services import EnergyServices
from cge.setting import AREAS
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

ENERGY = ("COL", "OIL", "GAS", "REF", "COK", "ELE", "GDT")
"""Sectors that make energy."""

BUILDINGS = (*GROUPS["services"], *GROUPS["households"], "CON")
"""Users whose devices stand in buildings."""

VEHICLES = "REF"
"""Fuel of vehicles."""


@dataclass(frozen=True, eq=False)
class Areas(Block):
    """Investment by area.

    Attributes:
        plants, adequacy: plants, batteries and reserve.
        services: devices.
        removal: removal and capture.
    """

    plants: Plants
    adequacy: Adequacy
    services: EnergyServices
    removal: CarbonRemoval

    def reports(self) -> Sequence[Report]:
        """Investment in the transition."""
        return (
            Report(
                "transition_investment", "region area", "1e8 CNY",
                "investment in plants, storage and reserve, in devices that take the place of "
                "fuels, and in equipment for capture and removal, at base-year prices",
                self.invested,
                iamc="Transition Investment; Transition Investment|{area}", total="sum",
            ),
        )  # fmt: skip

    def invested(self, at: Year) -> Array:
        """Investment of a year by area, 1e8 CNY (region, area)."""
        total = self._devices(at)
        total[:, AREAS.index("energy")] += self.plants.spent(at) + self.adequacy.invested(at)
        total[:, AREAS.index("removal")] += self._equipment(at)
        return total

    def _devices(self, at: Year) -> Array:
        """Investment in devices by area, 1e8 CNY (region, area)."""
        setting = at.setting
        users, pairs = setting.labels["user"], setting.switches
        life = setting.assumptions.substitutes.of_users("life", users, at.year)
        life = np.reshape(life, (-1, len(users)))[0]
        worth = ratio(np.ones(len(users)), [annuity(INTEREST, years) for years in life])
        later = replace(at, stocks={**at.stocks, **self._next(at)}, known={})
        now, then = (self._paid(year) * worth[:, None] for year in (at, later))
        invested = np.maximum(then - now + now / life[:, None], 0.0)  # region, user, switch
        own = [[_area(user, fuel) for fuel, _ in pairs] for user in users]
        return np.stack([invested[:, np.array(own) == area].sum(axis=1) for area in AREAS], axis=1)

    def _next(self, at: Year) -> dict[str, Array]:
        return {stock.name: stock.next(at) for stock in self.services.stocks()}

    def _paid(self, at: Year) -> Array:
        """What devices cost a year at the scale of their users, 1e8 CNY (region, user, switch)."""
        b, made = at.setting.benchmark, self.services.production
        output = ratio(made.output(at), b.output)
        people = growth_of_people(at.setting, at.year)
        grown = np.concatenate([output, people], axis=1)
        cost: Array = self.services.devices(at).each * grown[:, :, None]
        return cost

    def _equipment(self, at: Year) -> Array:
        """Investment in capture and removal, 1e8 CNY (region): the annuities of what runs, the
        stock of which is renewed as it grows.
        """
        table, year = at.setting.assumptions.removal, at.setting.cost_year(at.year)
        cost = table.values(OPTIONS, "investment", year) / YUAN_PER_TON  # of a ton a year
        life = np.maximum(table.values(OPTIONS, "lifetime", year), 1.0)
        tons, before = self.removal.tons(at), at.stocks["abated_before"]
        added = np.maximum(tons - before + before / life, 0.0)
        total: Array = added @ cost
        return total


def _area(user: str, fuel: str) -> str:
    """The area of a device."""
    if user == "AGR":
        return "agriculture"
    if user == "TRN" or (user in BUILDINGS and fuel == VEHICLES):
        return "transport"
    if user in BUILDINGS:
        return "buildings"
    return "energy" if user in ENERGY else "industry"
