"""What a run takes as given in all its years, and what of it fixes the compiled model.

A ``Setting`` is a scenario with everything that it refers to: the dataset, the benchmark calibrated
from it, the assumptions, and for a policy the baseline that it is compared with. A ``Structure`` is
what the declared model depends on: labels, pools, slots for limits on output, and who adjusts. Two
settings with the same structure are solved by the same compiled code, whatever their numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from calibration import Assumptions, Benchmark
from calibration.abatement import OPTIONS
from cge.scenario import Scenario
from cge.scenario.schema import TAXES
from closures.catalogue import MOBILE_CAPITAL
from sam import Dataset
from sam.energy import ITEMS, energy_uses

Array = npt.NDArray[np.float64]

Extension = Callable[..., Any]
"""Declares one more block of the economy (see ``cge.m3c.model``)."""

AGES = (*(f"{5 * k}-{5 * k + 4}" for k in range(16)), "80+")
"""Classes of age of plants, years."""

AREAS = ("industry", "buildings", "transport", "energy", "agriculture", "removal")
"""Areas of investment in a transition."""

PRIMARY = (
    "coal", "oil", "gas", "biomass", "nuclear", "hydro", "wind", "solar", "trade",
)  # fmt: skip
"""Sources of primary energy; trade is electricity from outside."""

ANCHORS = ("electricity", "fuel")
"""What of demand is anchored to facts."""

NOBODY = "nobody"
"""The pool of a run without pools: a market needs a name, though nobody needs its permits."""


@dataclass(frozen=True)
class Structure:
    """What the declared model depends on beside numbers.

    Attributes:
        regions, sectors, households, fuels, technologies: labels of the benchmark.
        electricity: the sector that is electricity.
        pools: names of the carbon pools, at least one.
        slots: names of the slots for limits on output; none where no output can be limited.
        closure: who adjusts, name by kind; None in a baseline, which finds productivity.
        mobile: whether capital moves between sectors within a year.
        extensions: what declares blocks beside those of M3C.
        priced: whether pools may have a price or a target of intensity instead of a cap.
        recycled: taxes that what permits are worth lowers, in the order of their catalogue.
    """

    regions: tuple[str, ...]
    sectors: tuple[str, ...]
    households: tuple[str, ...]
    fuels: tuple[str, ...]
    technologies: tuple[str, ...]
    electricity: str
    pools: tuple[str, ...] = (NOBODY,)
    slots: tuple[str, ...] = ()
    closure: tuple[tuple[str, str], ...] | None = ()
    mobile: bool = False
    extensions: tuple[Extension, ...] = ()
    priced: bool = False
    recycled: tuple[str, ...] = ()

    @classmethod
    def of(cls, benchmark: Benchmark, **others: Any) -> Structure:
        """The structure of a benchmark; pools, slots, closure and extensions by name."""
        b = benchmark
        labels = (b.regions, b.sectors, b.households, b.fuels, b.technologies)
        return cls(*labels, b.electricity, **others)


@dataclass(frozen=True, eq=False)
class Setting:
    """What a run takes as given in all years.

    Attributes:
        scenario: the scenario.
        dataset: base year and drivers.
        assumptions: the assumption tables, at the scenario's costs.
        benchmark: calibrated base year.
        baseline: reported quantities of the baseline by year; None in a baseline.
    """

    scenario: Scenario
    dataset: Dataset
    assumptions: Assumptions
    benchmark: Benchmark
    baseline: xr.Dataset | None = None

    @property
    def years(self) -> range:
        """Years in order."""
        return self.scenario.years

    @property
    def frozen(self) -> bool:
        """Whether technology stays as it is in the base year: no learning, no drift."""
        return self.scenario.progress == "frozen"

    def cost_year(self, year: int) -> int:
        """The year whose technology costs hold in a year."""
        return self.dataset.base_year if self.frozen else year

    @cached_property
    def has_history(self) -> bool:
        """Whether the base year is that of the nation of which facts are told: it makes as much
        electricity.
        """
        made = float(self.benchmark.power.twh.sum())
        return self.assumptions.facts.tell_of(self.dataset.base_year, made)

    @cached_property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """Labels by dimension of what is reported and exchanged; no pools where there are none."""
        b = self.benchmark
        return {
            "region": b.regions,
            "origin": b.regions,
            "sector": b.sectors,
            "household": b.households,
            "fuel": b.fuels,
            "technology": b.technologies,
            "age": AGES,
            "anchor": ANCHORS,
            "area": AREAS,
            "option": OPTIONS,
            "user": (*b.sectors, *b.households),
            "carrier": (*b.fuels, b.electricity),
            "source": PRIMARY,
            "good": b.sectors,
            "switch": tuple("_".join(pair) for pair in self.switches),
            "pool": tuple(pool.name for pool in self.scenario.pools),
        }

    @cached_property
    def switches(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a fuel and what can take its place, those of ``calibration.substitutes``."""
        return self.assumptions.substitutes.switches(self.benchmark.fuels)

    def structure(self, slots: tuple[str, ...] = (), *extensions: Extension) -> Structure:
        """What the declared model depends on.

        Arguments:
            slots: names of slots for limits on output.
            extensions: what declares blocks beside those of M3C.
        """
        closure = self.scenario.closure
        used = {pool.revenue for pool in self.scenario.pools}
        chosen = tuple(closure.model_dump().items())
        return Structure.of(
            self.benchmark,
            pools=self.labels["pool"] or (NOBODY,),
            slots=slots,
            closure=None if self.baseline is None else chosen,
            mobile=closure.capital == MOBILE_CAPITAL.name,
            extensions=extensions,
            priced=any(pool.price or pool.intensity for pool in self.scenario.pools),
            recycled=tuple(tax for tax in TAXES if tax in used),
        )

    def driver(self, variable: str, year: int) -> Array:
        """A driver of the dataset in a year (region)."""
        row: Array = self.dataset.driver(variable).loc[year].to_numpy(dtype=float)
        return row

    def population(self, year: int) -> Array:
        """Population by household, million (region, household)."""
        if year not in self._people:
            self._people[year] = self.dataset.population(year).to_numpy(dtype=float)
        return self._people[year]

    @cached_property
    def _people(self) -> dict[int, Array]:
        """Population of the years that were asked for."""
        return {}

    @cached_property
    def indirect(self) -> Array:
        """CO2 of electricity drawn from outside in the base year, Mt, NaN outside (region)."""
        table = self.dataset.indirect.groupby("region")["mt_co2"].sum()
        return table.reindex(list(self.benchmark.regions)).to_numpy(dtype=float)

    @cached_property
    def energy(self) -> Mapping[str, Array]:
        """What became of energy in the base year, PJ: burnt, feedstock, ... (region, user, fuel).

        Users are sectors, then households; electricity is the last of the fuels.
        """
        b = self.benchmark
        users, fuels = (*b.sectors, *b.households), (*b.fuels, b.electricity)
        table = energy_uses(self.dataset, "PJ").set_index(["region", "user", "fuel"])
        index = pd.MultiIndex.from_product([b.regions, users, fuels])
        shape = len(b.regions), len(users), len(fuels)
        whole = table.reindex(index).fillna(0.0)
        return {item: whole[item].to_numpy(dtype=float).reshape(shape) for item in ITEMS}

    def growth(self, variable: str, year: int) -> Array:
        """Factor since the base year of yearly rates (region)."""
        table = self.dataset.driver(variable)
        rates = table.loc[(table.index > self.dataset.base_year) & (table.index <= year)]
        factor: Array = np.prod(1.0 + rates.to_numpy(dtype=float), axis=0)
        return factor

    def prospect(self, item: str, labels: tuple[str, ...], year: int) -> Array:
        """Factors of growth relative to the base year (label); see ``calibration.prospects``."""
        factors: Array = self.assumptions.prospects.factors(item, labels, [year])[:, 0]
        return factors
