r"""Employment: people who work, by sector.

A sector works with so many people a unit of labour, which is measured in base-year wages, as in the
base year; all together are those who work in the region,

.. math:: N_{rj} = N_r \frac{n_{rj} L_{rj}}{\sum_k n_{rk} L_{rk}} , \qquad
          n_{rj} = \frac{N_{rj0}}{L_{rj0}} ,

where :math:`N_r` moves with the labour that households supply, and :math:`N_{rj0}` is the dataset's
table of employment, its groups of sectors split by wages; without it, everybody earns the same.
Plants of generation are the electricity sector's, removal and capture of CO2 stand apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from cge.blocks import Block, Report, Year
from cge.language import Activity
from cge.m3c.households import Households
from cge.m3c.power import Power
from cge.m3c.production import Production
from cge.setting import Setting
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

KEPT = 8
"""Settings whose people per unit of labour are kept; the one used longest ago goes first."""


@dataclass(frozen=True, eq=False)
class Employment(Block):
    """Who works where.

    Attributes:
        production, power: sectors and plants.
        removing: removal and capture.
        households: who supply labour.
    """

    production: Production
    power: Power
    removing: Activity
    households: Households

    def reports(self) -> Sequence[Report]:
        """People by sector, and those in removal and capture."""
        return (
            Report(
                "employed", "region sector", "million person",
                "people who work in a sector, plants of generation in the electricity sector",
                lambda at: self.people(at)[:, :-1], total="sum",
                iamc="Labor Force|Employed",
            ),
            Report(
                "employed_in_removal", "region", "million person",
                "people who work in removal and capture of CO2",
                lambda at: self.people(at)[:, -1], total="sum", iamc="Labor Force|Employed",
            ),
        )  # fmt: skip

    def people(self, at: Year) -> Array:
        """People by sector, removal and capture last, million (region, sector)."""
        each = _each(at.setting)
        weight = self._labour(at) * np.concatenate([each, _mean(at.setting)[:, None]], axis=1)
        return self._working(at)[:, None] * ratio(
            weight, np.broadcast_to(weight.sum(axis=1, keepdims=True), weight.shape)
        )

    def _labour(self, at: Year) -> Array:
        """Labour by sector in base-year wages, removal and capture last (region, sector)."""
        made, plants, removing = (
            np.asarray(at.state.quantity(owner.flow("labour")))
            for owner in (self.production.activity, self.power.mix.technology, self.removing)
        )
        labour = made.copy()
        labour[:, at.setting.benchmark.electricity_place] += plants.sum(axis=1)
        return np.concatenate([labour, removing.sum(axis=1, keepdims=True)], axis=1)

    def _working(self, at: Year) -> Array:
        """People who work in a region, million (region)."""
        b = at.setting.benchmark
        supplied = np.asarray(at.state.parameter(self.households.labour_supply)).sum(axis=1)
        first: Array = at.setting.driver("labour", b.base_year)
        return first * ratio(supplied, b.institutions.labour_income.sum(axis=1))


def _first_labour(setting: Setting) -> Array:
    """Labour of the base year, 1e8 CNY (region, sector)."""
    b = setting.benchmark
    labour = b.production.labour.copy()
    labour[:, b.electricity_place] += b.power.labour.sum(axis=1)
    return labour


@lru_cache(maxsize=KEPT)
def _each(setting: Setting) -> Array:
    """People per unit of labour in the base year, million per 1e8 CNY (region, sector)."""
    b, labour = setting.benchmark, _first_labour(setting)
    each = np.broadcast_to(_mean(setting)[:, None], labour.shape).copy()
    table = setting.dataset.employment
    millions = table["million"].to_numpy(dtype=float)
    for region, sectors, million in zip(table["region"], table["sectors"], millions, strict=True):
        if region in b.regions:
            r = b.regions.index(region)
            places = [b.position(code) for code in str(sectors).split() if code in b.sectors]
            each[r, places] = float(ratio(million, labour[r, places].sum()))
    each.setflags(write=False)  # it is handed out again
    return each


def _mean(setting: Setting) -> Array:
    """People per unit of labour of a region in the base year (region)."""
    first: Array = setting.driver("labour", setting.benchmark.base_year)
    return ratio(first, _first_labour(setting).sum(axis=1))
