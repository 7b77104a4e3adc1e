r"""Footprints: whose final use the CO2 of a region arises for.

What is sold carries the CO2 of making it and its inputs. With direct CO2 :math:`E^o_{rj}` of sector
j (in region r = o), what it sells :math:`q_{rj}`, inputs :math:`z_{rij}`, and goods i of region r
that come from q in the quantity :math:`t_{qri}`, all at base-year prices, the CO2 of origin o in a
unit is (Leontief 1970; Miller and Blair 2009, chapters 3 and 10)

.. math:: m^o_{rj}\, q_{rj} = E^o_{rj} + \sum_i c^o_{ri}\, z_{rij} , \qquad
          c^o_{ri} = \frac{\sum_q m^o_{qi}\, t_{qri}}{s_{ri}} ,

with all that is supplied of a good, imports and goods out of stocks among it, :math:`s`. The latter
carry nothing: what is emitted abroad is not known here. Final use :math:`y_{ri}` (consumption,
capital formation, governments, removal of CO2) and exports :math:`x` take it all,

.. math:: F_{or} = \sum_i c^o_{ri}\, y_{ri} + H_{r} [o = r] , \qquad
          X_o = \sum_{rj} m^o_{rj}\, x_{rj} , \qquad \sum_r F_{or} + X_o = E_o ,

with what households burn, H. Inputs of plants of generation are the electricity sector's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cge.blocks import Block, Check, Report, Year, once
from cge.m3c.capital import Capital
from cge.m3c.emissions import Emissions
from cge.m3c.power import Power
from cge.m3c.production import Production
from cge.m3c.trade import Trade
from sam.ratios import ratio

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Embodied:
    """CO2 by where it arises and whom for, Mt.

    Attributes:
        used: for final use (origin, region).
        exported: for exports of all regions (origin).
    """

    used: Array
    exported: Array


@dataclass(frozen=True, eq=False)
class Footprints(Block):
    """CO2 in what is finally used.

    Attributes:
        production, power, trade, capital: what is made, of what, and where it goes.
        emissions: what making it emits.
    """

    production: Production
    power: Power
    trade: Trade
    capital: Capital
    emissions: Emissions

    @once
    def embodied(self, at: Year) -> Embodied:
        """CO2 of all regions in final use and exports (formulas of the module)."""
        sold = self.production.output(at)  # region, sector
        inputs, supplied = self._inputs(at), self._supplied(at)
        regions, sectors = sold.shape
        shares = ratio(self._goods(at), supplied)  # origin, region, good
        made = ratio(np.ones_like(sold), sold)
        needed = np.einsum("rij,qri,rj->rjqi", inputs, shares, made)
        emitted = np.zeros((regions, sectors, regions))
        places = np.arange(regions)
        emitted[places, :, places] = self.emissions.by_sector(at) * made
        size = regions * sectors
        solved = np.linalg.solve(
            np.eye(size) - needed.reshape(size, size), emitted.reshape(size, -1)
        )
        unit = solved.reshape(regions, sectors, regions)  # m: region, sector, origin
        final = supplied - inputs.sum(axis=2)
        used = np.einsum("qio,qri,ri->or", unit, shares, final)
        homes = self.emissions.direct(at).households.sum(axis=(1, 2))
        abroad = np.einsum("rjo,rj->o", unit, self.production.exports(at))
        return Embodied(used + np.diag(homes), abroad)

    def _inputs(self, at: Year) -> Array:
        """Goods that sectors use up, energy and what generation takes among them, 1e8 CNY (region,
        good, sector).
        """
        b, quantity = at.setting.benchmark, at.state.quantity
        made, technology = self.production.activity, self.power.mix.technology
        inputs: Array = np.array(quantity(made.flow("material"))).swapaxes(1, 2)
        inputs[:, b.fuel_places] += np.asarray(quantity(made.flow("fuel"))).swapaxes(1, 2)
        inputs[:, b.electricity_place] += quantity(made.flow("electricity"))[:, :, 0]
        goods = [quantity(technology.flow(name)) for name in ("material", "carriage")]
        inputs[:, :, b.electricity_place] += sum(np.asarray(of).sum(axis=1) for of in goods)
        burnt = np.asarray(quantity(technology.flow("fuel"))).sum(axis=1)  # region, fuel
        inputs[:, b.fuel_places, b.electricity_place] += burnt
        return inputs

    def _supplied(self, at: Year) -> Array:
        """Goods that there are, out of stocks too, 1e8 CNY (region, good)."""
        goods: Array = at.state.quantity(self.trade.armington.flow("composite"))
        return goods + at.parameter(self.capital.drawdown)

    def _goods(self, at: Year) -> Array:
        """Goods of the nation by where they come from, at the producer, 1e8 CNY (origin, region,
        good).
        """
        bought, quantity = self.trade.armington, at.state.quantity
        goods: Array = np.array(quantity(bought.flow("inflow"))).transpose(2, 0, 1)
        places = np.arange(len(goods))
        goods[places, places] += quantity(bought.flow("local"))
        return goods

    def reports(self) -> Sequence[Report]:
        """CO2 for whom, by origin, and for exports."""
        return (
            Report(
                "co2_embodied", "region origin", "Mt CO2",
                "direct CO2 of an origin for what is finally used in a region: consumption, "
                "capital formation, governments, and what its households burn",
                lambda at: self.embodied(at).used.T, total="none",
            ),
            Report(
                "co2_footprint", "region", "Mt CO2",
                "direct CO2 of all regions for what is finally used in a region; what is emitted "
                "abroad for imports is not in it",
                lambda at: self.embodied(at).used.sum(axis=0), total="sum",
            ),
            Report(
                "co2_exported", "region", "Mt CO2",
                "direct CO2 of a region for what all regions export",
                lambda at: self.embodied(at).exported, total="sum",
            ),
        )  # fmt: skip

    def checks(self) -> Sequence[Check]:
        """Every ton arises for somebody."""
        return (
            Check(
                "co2", "region", "direct CO2, and CO2 for final use and exports", self.unassigned
            ),
        )

    def unassigned(self, at: Year) -> Array:
        """CO2 that arises for nobody, relative to direct CO2 (region)."""
        total, found = self.emissions.direct(at).total, self.embodied(at)
        return ratio(total - found.used.sum(axis=1) - found.exported, total)
