r"""Structural change: what users need of goods drifts (table ``drift``, ``calibration.drift``).

A unit of output of j takes :math:`a_{ij} d_{ijt}` of good i, with the drift d relative to the base
year. What is saved that way is worth

.. math:: S_{jt} = \sum_i a_{ij} (1 - d_{ijt}) ,

at base-year prices, of which the shares ``kept`` are spent on other goods: installations, equipment
and design take the place of mass. The rest is technical progress. Investors and governments keep
what they spend at base-year prices and change its composition alone.

Output in tons follows gross output of the sector that makes it: crude steel and cement (facts of
the base year). So what minerals and steel have beside it, glass or special steels, moves along.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from calibration.facts import Facts
from calibration.substitutes import GROUPS
from cge.blocks import Block, Report, Values, Year
from cge.language import Parameter
from cge.m3c.capital import Capital
from cge.m3c.institutions import Institutions
from cge.m3c.production import Production
from sam.accounts import NATIONAL
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

MASSES = {
    "steel": ("crude_steel", "FER", "Production|Iron and Steel|Steel"),
    "cement": ("cement", "NMM", "Production|Non-Metallic Minerals|Cement"),
}
"""Fact of the base year, the sector whose output it follows, and the name in the summary, by name
of the report."""


@dataclass(frozen=True, eq=False)
class StructuralChange(Block):
    """Drift of input coefficients and of baskets.

    Attributes:
        production: whose materials drift.
        materials: goods per unit of output, 1e8 CNY (r i j).
        invested: basket of investors, 1e8 CNY (r i).
        governed: basket of governments, 1e8 CNY (r i).
    """

    production: Production
    materials: Parameter
    invested: Parameter
    governed: Parameter

    @classmethod
    def declare(
        cls, production: Production, capital: Capital, institutions: Institutions
    ) -> StructuralChange:
        """Take the quantities that drift."""
        return cls(
            production,
            production.activity.flow("material").quantity,
            capital.investor.flow("goods").quantity,
            institutions.government.flow("goods").quantity,
        )

    def parameters(self, at: Year) -> Values:
        """Coefficients and baskets of the year."""
        table, sectors = at.setting.assumptions.drift, at.setting.benchmark.sectors
        investment, government = (
            table.basket(item, sectors, at.year) for item in ("investment", "government")
        )
        factor = table.materials(sectors, sectors, at.year)
        base = at.base[self.materials.name]
        return {
            self.materials: drifted(base, factor, table.kept(sectors, at.year)),
            self.invested: recomposed(at.parameter(self.invested), investment),
            self.governed: recomposed(at.parameter(self.governed), government),
        }

    def reports(self) -> Sequence[Report]:
        """Tons of materials, the weight of services, drift."""
        return (
            *(
                Report(
                    name, "region", "Mt",
                    f"{name} made, in proportion to output of {sector}; not a number where the "
                    "base year is not known",
                    _mass(self.production, fact, sector), iamc=iamc, total="sum",
                )
                for name, (fact, sector, iamc) in MASSES.items()
            ),
            Report(
                "services_share", "region", "fraction",
                "services in gross output at base-year prices",
                self._services, total="none",
            ),
            Report(
                "material_drift", "good sector", "index",
                "goods per unit of output by the table of drift, base year = 1",
                _drift,
            ),
        )  # fmt: skip

    def _services(self, at: Year) -> Array:
        output = self.production.output(at)
        served = [code in GROUPS["services"] for code in at.setting.benchmark.sectors]
        share: Array = ratio(output[:, served].sum(axis=1), output.sum(axis=1), np.nan)
        return share


def drifted(base: Array, factor: Array, kept: Array) -> Array:
    """Materials of the year, with what is spent on others in their place (region, good, user).

    Arguments:
        base: materials of the base year (region, good, user).
        factor: drift (good, user).
        kept: share of the worth of what is saved that is spent on a good (good).
    """
    needed = base * factor
    saved = (base - needed).sum(axis=1)  # region, user
    moved: Array = needed + np.maximum(saved, 0.0)[:, None] * kept[:, None]
    return moved


def recomposed(basket: Array, factor: Array) -> Array:
    """A basket of the same worth in another composition (region, good)."""
    changed = basket * factor
    total: Array = changed * ratio(basket.sum(axis=1), changed.sum(axis=1))[:, None]
    return total


def _drift(at: Year) -> Array:
    sectors = at.setting.benchmark.sectors
    return at.setting.assumptions.drift.materials(sectors, sectors, at.year)


def _mass(production: Production, fact: str, sector: str) -> Callable[[Year], Array]:
    def tons(at: Year) -> Array:
        b = at.setting.benchmark
        if sector not in b.sectors:
            return np.full(len(b.regions), np.nan)
        place = b.position(sector)
        grown = ratio(production.output(at)[:, place], b.output[:, place])
        return _first_tons(at.setting.assumptions.facts, fact, b.regions, b.base_year) * grown

    return tons


@cache
def _first_tons(facts: Facts, fact: str, regions: tuple[str, ...], year: int) -> Array:
    """Tons of the base year, Mt (region): the rest of the nation has what the others have not."""
    rows = [row for row in facts.rows if (row.variable, row.year) == (fact, year)]
    known = {row.region: row.value for row in rows}
    tons = np.array([known.get(region, np.nan) for region in regions])
    missing = np.isnan(tons)
    if missing.sum() == 1 and NATIONAL in known and len(regions) > 1:
        tons[missing] = known[NATIONAL] - np.nansum(tons)
    return tons
