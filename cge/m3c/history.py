r"""History: the plants that statistics tell of, until they end.

For a nation whose base year is that of the facts, what stands in a year that has passed is what its
generation takes at the full-load hours of the year before,

.. math:: K_{t+1} = \hat G_{t+1} \, \frac{K_t}{G_t} ,

for wind, sun, water and nuclear power, split by the capacity of offshore wind and distributed solar
power; where statistics give capacity alone (thermal power, gas, biomass), what stands grows with
the mean of the ends of two years. Regions and what is in no statistic keep their proportions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibration.facts import Facts
from calibration.fleet import COUNTED
from cge.setting import Setting
from sam.accounts import NATIONAL

Array = npt.NDArray[np.float64]

BY_GENERATION = ("nuclear", "hydro", "wind", "solar")
"""Technologies of statistics whose generation is anchored."""

BY_CAPACITY = ("gas", "biomass")
"""Technologies of statistics whose capacity is anchored."""

THERMAL = ("coal", "gas", "biomass")
"""What statistics count as thermal power."""


@dataclass(frozen=True, eq=False)
class History:
    """What statistics tell of a year.

    Attributes:
        facts: the statistics.
        technologies: technologies of the model.
        year: the year.
    """

    facts: Facts
    technologies: tuple[str, ...]
    year: int

    @classmethod
    def of(cls, setting: Setting, year: int) -> History | None:
        """What is told of a year; None of the future, and of other economies."""
        facts = setting.assumptions.facts
        told = facts.series("generation", NATIONAL, "total")
        if not setting.has_history or year not in told or year <= setting.dataset.base_year:
            return None
        return cls(facts, setting.benchmark.technologies, year)

    def stands(self, standing: Array, twh: Array) -> Array:
        """Plants of the year, GW (region, technology), NaN where nothing is told.

        Arguments:
            standing: plants of the year before, GW (region, technology).
            twh: what they made, TWh (region, technology).
        """
        result = np.full_like(standing, np.nan)
        for name, growth in self._growth(twh.sum(axis=0)).items():
            place = self.technologies.index(name)
            result[:, place] = standing[:, place] * growth
        return result

    def _growth(self, twh: Array) -> Mapping[str, float]:
        """Growth of capacity on the year before by technology of the model, which made so much."""
        at = {name: k for k, name in enumerate(self.technologies)}
        found: dict[str, float] = {}
        for whole in BY_GENERATION:
            parts = [name for name in COUNTED.get(whole, (whole,)) if name in at]
            told = self.facts.series("generation", NATIONAL, whole).get(self.year)
            made = {name: twh[at[name]] for name in parts}
            if told is None or not sum(made.values()) > 0.0:
                continue
            wanted = {name: made[name] * self._grown(name, whole, parts) for name in parts}
            scale = told / sum(wanted.values())
            found |= {name: scale * wanted[name] / made[name] for name in parts if made[name] > 0}
        found |= {name: self._mean_growth(name) for name in BY_CAPACITY if name in at}
        if "coal" in at:
            found["coal"] = self._coal()
        return found

    def _grown(self, name: str, whole: str, parts: Sequence[str]) -> float:
        """Growth of a part of what statistics count as one: told, or what the others leave."""
        told = [part for part in parts if self.facts.series("capacity", NATIONAL, part)]
        if not told or whole == name:
            return 1.0
        total = {y: self._mean(whole, y) for y in (self.year, self.year - 1)}

        def share(year: int) -> float:
            parts_told = sum(self._mean(part, year) / self._mean(whole, year) for part in told)
            if name in told:
                return self._mean(name, year) / self._mean(whole, year)
            return 1.0 - parts_told

        known = self._last(told[0])
        now, before = (min(y, known) for y in (self.year, self.year - 1))
        return share(now) / share(before) * total[self.year] / total[self.year - 1]

    def _mean_growth(self, name: str) -> float:
        """Growth of the mean of the year's ends; that of the last year told for later ones."""
        year = min(self.year, self._last(name))
        return self._mean(name, year) / self._mean(name, year - 1)

    def _mean(self, name: str, year: int) -> float:
        """Mean capacity of a year, GW."""
        ends = self.facts.series("capacity", NATIONAL, name)
        return (ends[year] + ends[year - 1]) / 2.0

    def _last(self, name: str) -> int:
        """The last year whose two ends are told."""
        ends = self.facts.series("capacity", NATIONAL, name)
        return max(year for year in ends if year - 1 in ends)

    def _coal(self) -> float:
        """Growth of what is left of thermal power."""

        def left(year: int) -> float:
            ends = [self.facts.series("capacity", NATIONAL, name) for name in THERMAL[1:]]
            rest = sum(end.get(year, end[max(end)]) for end in ends)
            return self.facts.series("capacity", NATIONAL, "thermal")[year] - rest

        y = self.year
        return (left(y) + left(y - 1)) / (left(y - 1) + left(y - 2))
