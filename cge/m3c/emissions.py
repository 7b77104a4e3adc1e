r"""Emissions are physical: fuel burnt times its factor, output times its factor.

.. math:: E = \sum_{rfj} \phi_{rfj} F_{rfj} + \sum_{rj} \pi_{rj} Y_{rj} ,

by region r, fuel f and user j. What a cap holds down are claims on these tons (``cge.m3c.carbon``);
pools may overlap or leave a source out, and the tons stay what they are. Capture takes the same
share of all large plants in a region, so direct emissions of such a plant are :math:`(1 - s_r)` of
what it generates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from calibration.abatement import OPTIONS
from cge.blocks import Block, Report, Year, once
from cge.equilibrium import State
from cge.language import Activity, Parameter

Array = npt.NDArray[np.float64]

CAPTURE = OPTIONS.index("capture")


@dataclass(frozen=True, eq=False)
class Source:
    """CO2 that arises where fuel is burnt or goods are made.

    Attributes:
        factor: Mt per unit of what is burnt or made.
        flow: units burnt or made at a state, over the letters of the factor.
        covered: permits of a pool that a ton needs, for the members of the pool (letters of the
            factor but the region, then the pool); one by default.
        first: CO2 of a benchmark, Mt (letters of the factor).
    """

    factor: Parameter
    flow: Callable[[State], Any]
    covered: Parameter
    first: Callable[[Benchmark], Array]

    def generated(self, state: State) -> Array:
        """CO2 before capture, Mt (letters of the factor)."""
        tons: Array = np.asarray(self.flow(state) * state.parameter(self.factor))
        return tons

    def covered_first(self, at: Year) -> Array:
        """Permits that members of each pool would have needed in the base year (region, pool)."""
        letters, covered = self.factor.letters, self.covered.letters
        tons = self.first(at.setting.benchmark)
        needed: Array = np.einsum(f"{letters},{covered}->rp", tons, at.parameter(self.covered))
        return needed


@dataclass(frozen=True, eq=False)
class Sources:
    """All sources of CO2.

    Attributes:
        industry: fuel burnt by sectors, generation apart (region, sector, fuel).
        power: fuel burnt by technologies (region, technology, fuel).
        households: fuel burnt by households (region, household, fuel).
        process: industrial processes (region, sector).
    """

    industry: Source
    power: Source
    households: Source
    process: Source

    @property
    def every(self) -> tuple[Source, Source, Source, Source]:
        """The sources in order."""
        return self.industry, self.power, self.households, self.process

    @once
    def generated(self, at: Year) -> Generated:
        """CO2 before capture in a year."""
        return Generated(*(source.generated(at.state) for source in self.every))

    def covered_first(self, at: Year) -> Array:
        """Permits that members of each pool would have needed in the base year (region, pool)."""
        needed: Array = np.sum([source.covered_first(at) for source in self.every], axis=0)
        return needed


@dataclass(frozen=True, eq=False)
class Generated:
    """CO2 by source, Mt, with the dimensions of ``Sources``."""

    industry: Array
    power: Array
    households: Array
    process: Array

    @property
    def total(self) -> Array:
        """All sources together (region)."""
        sources = (self.industry, self.power, self.households, self.process)
        parts = [tons.reshape(len(tons), -1).sum(axis=1) for tons in sources]
        tons: Array = np.sum(parts, axis=0)
        return tons

    def of_large_plants(self, large: Array) -> Array:
        """CO2 of power and of sectors with large plants, Mt (region).

        Arguments:
            large: one for sectors with large plants, else zero (sector).
        """
        industry = (self.industry.sum(axis=2) * large).sum(axis=1)
        process = (self.process * large).sum(axis=1)
        total: Array = industry + process + self.power.sum(axis=(1, 2))
        return total

    def less_capture(self, captured: Array, large: Array) -> Generated:
        """What is left after the same share is captured at all large plants.

        Arguments:
            captured: capture, Mt (region).
            large: one for sectors with large plants, else zero (sector).
        """
        share = 1.0 - captured / np.maximum(self.of_large_plants(large), 1e-300)  # region
        left = 1.0 - large + large * share[:, None]  # region, sector
        return Generated(
            self.industry * left[:, :, None],
            self.power * share[:, None, None],
            self.households,
            self.process * left,
        )


def has_large_plants(at: Year) -> Array:
    """One for sectors whose CO2 comes from plants large enough for capture, else zero (sector)."""
    b = at.setting.benchmark
    return np.array([float(sector in b.large_plants) for sector in b.sectors])


@dataclass(frozen=True, eq=False)
class Emissions(Block):
    """What is emitted, by source and in all.

    Attributes:
        sources: all sources.
        removing: removal and capture (region, option).
    """

    sources: Sources
    removing: Activity

    @once
    def direct(self, at: Year) -> Generated:
        """CO2 by source after capture, Mt."""
        captured = at.state.level(self.removing)[:, CAPTURE]
        return self.sources.generated(at).less_capture(captured, has_large_plants(at))

    def net(self, at: Year) -> Array:
        """Direct CO2 less what is removed from the air, Mt (region)."""
        removed: Array = at.state.level(self.removing)[:, OPTIONS.index("removal")]
        return self.direct(at).total - removed

    def reports(self) -> Sequence[Report]:
        """CO2 by source and sector; direct, net."""
        return (
            Report(
                "co2_fuel", "region fuel sector", "Mt CO2",
                "CO2 of fuel burnt by sectors, without generation",
                lambda at: self.direct(at).industry.swapaxes(1, 2),
            ),
            Report(
                "co2_power", "region technology", "Mt CO2", "CO2 of generation",
                lambda at: self.direct(at).power.sum(axis=2),
            ),
            Report(
                "co2_household", "region fuel", "Mt CO2", "CO2 of fuel burnt by households",
                lambda at: self.direct(at).households.sum(axis=1),
            ),
            Report(
                "co2_process", "region sector", "Mt CO2", "CO2 of industrial processes",
                lambda at: self.direct(at).process,
                iamc="Emissions|CO2|Industrial Processes", total="sum",
            ),
            Report(
                "co2_energy", "region", "Mt CO2",
                "CO2 of fuel burnt by industry, power and households",
                lambda at: _energy(self.direct(at)),
                iamc="Emissions|CO2|Energy", total="sum",
            ),
            Report(
                "co2_direct", "region", "Mt CO2", "direct CO2 before removal",
                lambda at: self.direct(at).total, total="sum",
            ),
            Report(
                "co2_net", "region", "Mt CO2", "direct CO2 less removal", self.net,
                iamc="Emissions|CO2", total="sum",
            ),
            Report(
                "emissions", "region sector", "Mt CO2",
                "direct CO2 of sectors after capture: fuel, processes, and generation in the "
                "electricity sector",
                self.by_sector,
            ),
            Report(
                "household_emissions", "region", "Mt CO2", "CO2 of fuel burnt by households",
                lambda at: self.direct(at).households.sum(axis=(1, 2)),
            ),
        )  # fmt: skip

    def by_sector(self, at: Year) -> Array:
        """Direct CO2 by sector, Mt (region, sector); generation is part of electricity."""
        direct = self.direct(at)
        total: Array = direct.industry.sum(axis=2) + direct.process
        total[:, at.setting.benchmark.electricity_place] += direct.power.sum(axis=(1, 2))
        return total


def _energy(direct: Generated) -> Array:
    burnt: Array = direct.industry.sum(axis=(1, 2)) + direct.households.sum(axis=(1, 2))
    burnt += direct.power.sum(axis=(1, 2))
    return burnt
