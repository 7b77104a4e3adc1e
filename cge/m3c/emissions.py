r"""Emissions are physical: fuel burnt times its factor, output times its factor.

.. math:: E = \sum_{rfj} \phi_{rfj} F_{rfj} + \sum_{rj} \pi_{rj} Y_{rj} ,

by region r, fuel f and user j. What a cap holds down are claims on these tons (``cge.m3c.carbon``);
pools may overlap or leave a source out, and the tons stay what they are. Capture is by source: an
option n takes the same share of the CO2 of all sectors that it is fitted to, so that direct
emissions of such a sector are :math:`1 - C_{rn} / \sum_j E_{rj}` of what it makes. Tons of a
technology with capture are those that it lets go: its factor is less what it catches.

Leakage is what others emit more for what members of pools under a cap or a price emit less, both
against the baseline,

.. math:: L = \frac{\sum_{r \notin P} (E_r - E_r^0)}{\sum_{r \in P} (E_r^0 - E_r)} .
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from calibration import Benchmark
from calibration.abatement import CAPTURING, OPTIONS, REMOVING, fitted_to
from cge.blocks import Block, Check, Lever, Report, Values, Year, once
from cge.equilibrium import State
from cge.language import Activity, Parameter
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

SMALLEST_CUT = 0.005
"""Cut of emissions, relative to the baseline's, below which leakage is no number."""

_CAPTURES = np.array([float(option in CAPTURING) for option in OPTIONS])
_REMOVES = np.array([float(option in REMOVING) for option in OPTIONS])


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

    @property
    def by_sector(self) -> Array:
        """Fuel and processes of sectors, generation apart, Mt (region, sector)."""
        tons: Array = self.industry.sum(axis=2) + self.process
        return tons

    def less_capture(self, captured: Array) -> Generated:
        """What is left when sectors catch so much, alike of fuel and processes.

        Arguments:
            captured: capture, Mt (region, sector).
        """
        left = 1.0 - ratio(captured, self.by_sector)  # region, sector
        return Generated(
            self.industry * left[:, :, None], self.power, self.households, self.process * left
        )


@dataclass(frozen=True, eq=False)
class Emissions(Block):
    """What is emitted, by source and in all.

    Attributes:
        sources: all sources.
        removing: removal and capture (region, option).
        members: membership of pools under a cap or a price (r p).
        intensity: CO2 of sectors per unit of what they burn and make, relative to the scenario's
            (r j).
        technologies: CO2 that technologies of generation take out of the air, Mt at a state
            (region).
    """

    sources: Sources
    removing: Activity
    members: Parameter
    intensity: Parameter
    technologies: Sequence[Callable[[State], Array]] = ()

    @once
    def direct(self, at: Year) -> Generated:
        """CO2 by source after capture, Mt."""
        return self.sources.generated(at).less_capture(self.captured(at))

    def captured(self, at: Year) -> Array:
        """CO2 captured at plants of sectors, generation apart, Mt (region, sector)."""
        b, made = at.setting.benchmark, self.sources.generated(at).by_sector
        fits = fitted_to(b.large_plants, b.sectors)
        tons = np.asarray(at.state.level(self.removing)) * _CAPTURES  # region, option
        captured: Array = made * (ratio(tons, made @ fits.T) @ fits)
        return captured

    def net(self, at: Year) -> Array:
        """Direct CO2 less what is removed from the air, Mt (region)."""
        removed = np.asarray(at.state.level(self.removing)) @ _REMOVES
        removed = np.sum([removed, *(tons(at.state) for tons in self.technologies)], axis=0)
        net: Array = self.direct(at).total - removed
        return net

    def imbalance(self, at: Year) -> Array:
        """Fuel times factor and processes, less capture, against direct CO2, relative to what is
        made (region).
        """
        made = sum(
            source.generated(at.state).reshape(len(at.setting.benchmark.regions), -1).sum(axis=1)
            for source in self.sources.every
        )
        captured = np.asarray(at.state.level(self.removing)) @ _CAPTURES
        direct = self.direct(at)
        by_user = self.by_sector(at).sum(axis=1) + direct.households.sum(axis=(1, 2))
        gap = np.maximum(abs(made - captured - direct.total), abs(by_user - direct.total))
        return ratio(gap, made)

    def leakage(self, at: Year) -> Array:
        """Rise of emissions outside of capped or priced pools for a cut inside, NaN for none."""
        baseline, inside = at.setting.baseline, at.parameter(self.members).any(axis=1)
        if baseline is None or inside.all() or not inside.any():
            return np.array(np.nan)
        before = baseline["co2_direct"].sel(year=at.year).transpose("region").to_numpy()
        more = self.direct(at).total - before
        cut = -more[inside].sum()
        return np.array(
            more[~inside].sum() / cut if abs(cut) > SMALLEST_CUT * before[inside].sum() else np.nan
        )

    def reports(self) -> Sequence[Report]:
        """CO2 by source and sector; direct, net."""
        return (
            Report(
                "co2_fuel", "region fuel sector", "Mt CO2",
                "CO2 of fuel burnt by sectors, without generation",
                lambda at: self.direct(at).industry.swapaxes(1, 2),
                iamc="Emissions|CO2|Energy|{sector:emitter}", total="sum",
            ),
            Report(
                "co2_power", "region technology", "Mt CO2", "CO2 of generation",
                lambda at: self.direct(at).power.sum(axis=2),
                iamc="Emissions|CO2|Energy|Supply; Emissions|CO2|Energy|Supply|Electricity",
                total="sum",
            ),
            Report(
                "co2_household", "region fuel", "Mt CO2", "CO2 of fuel burnt by households",
                lambda at: self.direct(at).households.sum(axis=1),
                iamc="Emissions|CO2|Energy|Demand|{fuel:burnt_at_home}; "
                "Emissions|CO2|Energy|Demand",
                total="sum",
            ),
            Report(
                "co2_process", "region sector", "Mt CO2", "CO2 of industrial processes",
                lambda at: self.direct(at).process,
                iamc="Emissions|CO2|Industrial Processes; "
                "Emissions|CO2|Industrial Processes|{sector:process}",
                total="sum",
            ),
            Report(
                "co2_energy", "region", "Mt CO2",
                "CO2 of fuel burnt by industry, power and households",
                lambda at: _energy(self.direct(at)),
                iamc="Emissions|CO2|Energy; Gross Emissions|CO2|Energy", total="sum",
            ),
            Report(
                "co2_direct", "region", "Mt CO2", "direct CO2 before removal",
                lambda at: self.direct(at).total, iamc="Gross Emissions|CO2", total="sum",
            ),
            Report(
                "co2_net", "region", "Mt CO2", "direct CO2 less removal", self.net,
                iamc="Emissions|CO2", total="sum",
            ),
            Report(
                "emissions", "region sector", "Mt CO2",
                "direct CO2 of sectors after capture: fuel, processes, and generation in the "
                "electricity sector",
                self.by_sector, total="sum",
            ),
            Report(
                "household_emissions", "region", "Mt CO2", "CO2 of fuel burnt by households",
                lambda at: self.direct(at).households.sum(axis=(1, 2)), total="sum",
            ),
            Report(
                "leakage", "", "ratio",
                "rise of direct CO2 of regions outside of all pools for a cut inside, against the "
                "baseline; not a number where there is none", self.leakage,
            ),
        )  # fmt: skip

    def levers(self) -> Sequence[Lever]:
        """CO2 per unit of what sectors burn and make."""
        return (
            Lever(
                "emission_intensity", "region sector", "ratio",
                "CO2 of a sector per unit of what it burns and makes, relative to the scenario's; "
                "plants of generation are the electricity sector's",
                lambda at: at.parameter(self.intensity), self._set_intensity, least=1e-3,
            ),
        )  # fmt: skip

    def _set_intensity(self, at: Year, intensity: Array) -> Values:
        change = intensity / at.parameter(self.intensity)  # region, sector
        power = change[:, at.setting.benchmark.electricity_place]
        scaled = (
            (self.sources.industry.factor, change[:, :, None]),  # region, sector, fuel
            (self.sources.power.factor, power[:, None, None]),  # region, technology, fuel
            (self.sources.process.factor, change),
        )
        new: dict[Parameter | str, Array] = {f: at.parameter(f) * by for f, by in scaled}
        return {self.intensity: intensity, **new}

    def checks(self) -> Sequence[Check]:
        """Tons add up, from fuel and output and from who emits."""
        return (
            Check(
                "co2", "region", "CO2 of fuel and processes less capture, and CO2 by user",
                self.imbalance,
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
