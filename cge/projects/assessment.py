r"""The economy with projects and without them, year by year.

A project of the amount A, built in T years, buys in each of them and in region r

.. math:: G_{ri} = \frac{A}{T} \, s_r \, g_i ,

by its provinces s and its basket g, as part of capital formation (``cge.m3c.capital``). Who pays is
the *finance*: other investment of the region, which gives way (``region``), that of the whole
nation in proportion (``nation``), or the world, which lends it (``world``). Once built, running
takes goods that the government of the region buys. Plants of generation stand in the year after
they are built and are the economy's (``cge.m3c.plants``). Of what sectors j would emit without the
project, E, the tons B are averted,

.. math:: \phi_{rj} = 1 - \frac{B_{rj}}{E_{rj}} ,

the ratio by which their CO2 per unit of fuel and output falls. As construction and as operation are
also run alone, it is known what each does; what they do together is more or less by the
*interaction*.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration import Benchmark
from cge import path as pathways
from cge.blocks import Year
from cge.path import Pathway, Progress, Run
from cge.projects.project import End, Project, ProjectError, Range
from cge.scenario import Scenario, with_options
from sam.ratios import ratio

Array = npt.NDArray[np.float64]

PHASES: Mapping[str, tuple[bool, bool]] = {
    "without": (False, False),
    "construction": (True, False),
    "operation": (False, True),
    "project": (True, True),
}
"""Runs: whether projects are built, and whether they operate."""

FINANCE = ("region", "nation", "world")
"""Who pays for construction."""

TOLD = {
    "gdp_real": "1e8 CNY",
    "investment": "1e8 CNY",
    "consumption": "1e8 CNY",
    "government": "1e8 CNY",
    "employed": "million person",
    "co2_direct": "Mt CO2",
    "co2_indirect": "Mt CO2",
}
"""Reports that are compared, with their units; those by sector are added up."""

GAINED = "jobs_gained"
"""People in sectors that employ more than without the projects."""

UPTAKE = "co2_uptake"
"""CO2 that projects take up outside of the economy."""

LARGEST = 0.95
"""Most of a sector's CO2 that projects may avert."""

THOUSAND = 1e3
"""Thousand people in a million."""

COLUMNS = ("phase", "variable", "unit", "region", "year", "without", "with", "difference")


@dataclass(frozen=True, eq=False)
class Assessment:
    """Projects held against the economy without them.

    Attributes:
        projects: the projects.
        scenario: the economy around them.
        end: end of their ranges.
        finance: who pays.
        data: one row by phase, variable, region and year (``COLUMNS``).
        paths: paths by phase, and ``without``.
    """

    projects: tuple[Project, ...]
    scenario: Scenario
    end: End
    finance: str
    data: pd.DataFrame
    paths: Mapping[str, Pathway]

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions in which projects are built."""
        return tuple(dict.fromkeys(r for each in self.projects for r in each.provinces.shares))

    @property
    def built(self) -> int:
        """Last year of construction."""
        return max(project.years.last for project in self.projects)

    def difference(self, variable: str, phase: str = "project", *, nation: bool = False) -> Array:
        """What projects change, by year; in their regions, or in the nation."""
        table = self.data[(self.data["variable"] == variable) & (self.data["phase"] == phase)]
        if not nation:
            table = table[table["region"].isin(self.regions)]
        found: Array = table.groupby("year")["difference"].sum().to_numpy(dtype=float)
        return found

    def phase(self, phase: str = "project") -> pd.DataFrame:
        """What a phase changes in their regions, by year: GDP in 1e8 CNY, people in thousand, of
        them those in sectors that employ more, direct and indirect CO2, and uptake in Mt.
        """
        columns = {
            "GDP": self.difference("gdp_real", phase),
            "jobs": THOUSAND * self.difference("employed", phase),
            "jobs gained": THOUSAND * self.difference(GAINED, phase),
            "CO2": self.difference("co2_direct", phase),
            "CO2 indirect": self.difference("co2_indirect", phase),
        }
        table = pd.DataFrame(columns, index=pd.Index(self.paths["without"].years, name="year"))
        if taken := self.difference(UPTAKE, phase).tolist():
            table["CO2 uptake"] = taken
        return table

    def gdp(self) -> Mapping[str, float]:
        """Cumulative change of GDP in the regions by phase, and the interaction, 1e8 CNY."""
        parts = {p: float(self.difference("gdp_real", p).sum()) for p in PHASES if p != "without"}
        rest = parts["project"] - parts["construction"] - parts["operation"]
        return {**parts, "interaction": rest}


def assess(
    projects: Sequence[Project],
    scenario: Scenario,
    *,
    last: int | None = None,
    end: End = "middle",
    finance: str = "region",
    baseline: Pathway | None = None,
    on_year: Callable[[str, int], None] = lambda phase, year: None,
) -> Assessment:
    """Run an economy with projects and without them.

    Arguments:
        projects: the projects, together.
        scenario: the economy around them; without pools, productivity is that of its baseline.
        last: last year; by default that of the scenario.
        end: end of the ranges of amounts, costs and abatement.
        finance: who pays for construction, of ``FINANCE``.
        baseline: the solved baseline; by default solved, or taken from those that are kept.
        on_year: called with each phase and year that is solved.

    Raises:
        ProjectError: a region, sector or technology is unknown, a region has no plants of the
            technology, construction ends after the last year, or more is averted than sectors emit.
        cge.equilibrium.NotSolved: a year has no equilibrium.
    """
    if finance not in FINANCE:
        raise ProjectError(f"finance {finance!r}: choose {', '.join(FINANCE)}")
    chosen = with_options(scenario, last=last)
    if baseline is None:
        baseline = pathways.run(chosen.baseline(), cache=True)
    current = pathways.begin(pathways.prepare(chosen, baseline=baseline))
    _check(projects, current)
    first = min(project.years.first for project in projects)
    programme = Programme(tuple(projects), end, finance)
    paths, before = dict[str, Pathway](), current.progress
    for phase, (builds, operates) in PHASES.items():
        tell = lambda year, phase=phase: on_year(phase, year)  # noqa: E731
        part = programme.phase(builds=builds, operates=operates)
        alone = paths.get("without")
        before = _solve(current, part, before, alone, first, tell)
        paths[phase] = pathways.finish(current)
    data = pd.concat([_held(paths, phase) for phase in PHASES if phase != "without"])
    taken = pd.concat([programme.uptake(phase, current.setting.years) for phase in PHASES])
    whole = pd.concat([data, taken], ignore_index=True)
    return Assessment(tuple(projects), chosen, end, finance, whole, paths)


def _check(projects: Sequence[Project], current: Run) -> None:
    """Assert that projects fit the economy and its years."""
    setting = current.setting
    b = setting.benchmark
    for project in projects:
        project.check(setting.labels, (*b.fuels, b.electricity))
        _check_plants(project, b)
        span = project.years
        if span.first <= setting.years[0] or span.last > setting.years[-1]:
            raise ProjectError(
                f"project {project.name!r} is built from {span.first} to {span.last}, the economy "
                f"is solved from {setting.years[0]} to {setting.years[-1]}; set other years, none "
                "of them the base year"
            )


def _check_plants(project: Project, b: Benchmark) -> None:
    """Assert that regions have plants of the technology.

    Raises:
        ProjectError: names the region that has none.
    """
    if project.plants is None:
        return
    place = b.technologies.index(project.plants.technology)
    for region in project.provinces.shares:
        if not b.power.capacity[b.regions.index(region), place]:
            raise ProjectError(
                f"project {project.name!r}: {region} has no {project.plants.technology} in the "
                "base year, so that what plants make there is not known; build them elsewhere, or "
                "others"
            )


def _solve(
    current: Run,
    programme: Programme,
    before: Progress,
    alone: Pathway | None,
    first: int,
    on_year: Callable[[int], None],
) -> Progress:
    """Solve the years of a phase; those before the first project are the same in all phases.

    Returns:
        Progress up to the first project, to begin the other phases with.
    """
    current.progress, shared = before, before
    levers = {lever.name: lever for lever in current.compiled.economy.levers}
    for year in current.setting.years:
        if year in current.progress.records:
            continue
        at = pathways.opened(current, year)
        for name, values in programme.settings(at, alone).items():
            at = pathways.changed(current, at, levers[name].change(at, values))
        pathways.accept(current, at, pathways.solve(current, at))
        on_year(year)
        if year < first:
            shared = current.progress
    return shared


@dataclass(frozen=True)
class Programme:
    """Projects at an end of their ranges, and what of them takes place.

    Attributes:
        projects: the projects.
        end: end of their ranges.
        finance: who pays.
        builds, operates: whether they are built, and whether they run and avert CO2.
    """

    projects: tuple[Project, ...]
    end: End
    finance: str
    builds: bool = True
    operates: bool = True

    def phase(self, *, builds: bool, operates: bool) -> Programme:
        """The same projects, of which only a part takes place."""
        return replace(self, builds=builds, operates=operates)

    def settings(self, at: Year, alone: Pathway | None) -> Mapping[str, Array]:
        """Levers of a year by name.

        Arguments:
            at: the year, still to be solved.
            alone: the economy without projects; none while it is solved.

        Raises:
            ProjectError: more is averted than sectors emit.
        """
        found: dict[str, Array] = {}
        if self.builds and (bought := self._goods(at)).any():
            found |= {"project_goods": bought, "project_capital": self._capital(at)}
            if self.finance != "region":
                lent = found["project_goods"].sum(axis=1)
                found["outside_saving"] = self._outside(at) + lent - self._borrowed(at, lent)
        if self.operates and (plants := self._plants(at)).any():
            found["project_plants"] = plants
        if self.operates and alone is not None:
            if (running := self._running(at)).any():
                found["project_running"] = running
            if (averted := self._averted(at)).any():
                found["emission_intensity"] = self._intensity(at, averted, alone)
        return found

    def _outside(self, at: Year) -> Array:
        lent: Array = at.values["outside_saving"]
        return lent

    def _borrowed(self, at: Year, lent: Array) -> Array:
        """What regions give for the nation's projects, 1e8 CNY (region)."""
        if self.finance != "nation":
            return np.zeros_like(lent)
        invested = at.setting.benchmark.demand.investment.sum(axis=1)
        given: Array = lent.sum() * invested / invested.sum()
        return given

    def _goods(self, at: Year) -> Array:
        """Goods that projects are built of, 1e8 CNY (region, good)."""
        parts = [(p, self._yearly(p, p.amount, at.year), p.basket.shares) for p in self.projects]
        return _spread(at, parts)

    def _capital(self, at: Year) -> Array:
        """What becomes capital of sectors, 1e8 CNY (region, sector)."""
        parts = [
            (p, self._yearly(p, p.amount, at.year), p.capital.shares)
            for p in self.projects
            if p.capital is not None
        ]
        return _spread(at, parts)

    def _plants(self, at: Year) -> Array:
        """Plants that are built, GW (region, technology)."""
        parts = [
            (p, self._yearly(p, p.plants.gw, at.year), {p.plants.technology: 1.0})
            for p in self.projects
            if p.plants is not None
        ]
        return _spread(at, parts, "technology")

    def _yearly(self, project: Project, whole: Range, year: int) -> float:
        """What is built in a year of what is built in all."""
        span = project.years
        there = span.first <= year <= span.last
        return whole.at(self.end) / (span.last - span.first + 1) if there else 0.0

    def _running(self, at: Year) -> Array:
        """Goods that run projects, 1e8 CNY (region, good)."""
        parts = [
            (p, p.operation.cost.at(self.end), p.operation.basket.shares)
            for p in self.projects
            if p.operation is not None and at.year > p.years.last
        ]
        return _spread(at, parts)

    def _averted(self, at: Year) -> Array:
        """CO2 that is averted, Mt (region, sector)."""
        parts = [
            (p, p.abatement.tons.at(self.end), p.abatement.sectors.shares)
            for p in self.projects
            if p.abatement is not None and p.abatement.sectors is not None
            if at.year >= p.abatement.first
        ]
        return _spread(at, parts)

    def _intensity(self, at: Year, averted: Array, alone: Pathway) -> Array:
        """CO2 of sectors relative to what it would be (region, sector)."""
        emitted = alone.data["emissions"].sel(year=at.year).transpose("region", "sector").to_numpy()
        for r, j in np.argwhere(averted > LARGEST * emitted):
            raise ProjectError(
                f"projects avert {averted[r, j]:.4g} Mt of {at.setting.labels['sector'][j]} in "
                f"{at.setting.labels['region'][r]} in {at.year}, which emits {emitted[r, j]:.4g} "
                "Mt without them; let them avert less, or in other provinces and sectors"
            )
        left: Array = 1.0 - np.where(averted > 0.0, ratio(averted, emitted), 0.0)
        return left

    def uptake(self, phase: str, years: Sequence[int]) -> pd.DataFrame:
        """CO2 taken up outside of the economy, as rows of an assessment."""
        _, operates = PHASES[phase]
        rows = []
        for p in self.projects:
            if p.abatement is None or p.abatement.sectors is not None or phase == "without":
                continue
            for region, share in p.provinces.shares.items():
                for year in years:
                    runs = operates and year >= p.abatement.first
                    tons = share * p.abatement.tons.at(self.end) if runs else 0.0
                    rows.append((phase, UPTAKE, "Mt CO2", region, year, 0.0, tons, tons))
        return pd.DataFrame(rows, columns=list(COLUMNS))


Part = tuple[Project, float, Mapping[str, float]]
"""A project, an amount of it, and the shares of sectors or technologies in the amount."""


def _spread(at: Year, parts: Sequence[Part], dim: str = "sector") -> Array:
    """Amounts by province and sector, or technology (region, ``dim``)."""
    regions, labels = at.setting.labels["region"], at.setting.labels[dim]
    total = np.zeros((len(regions), len(labels)))
    for project, amount, shares in parts:
        for region, there in project.provinces.shares.items():
            for label, share in shares.items():
                total[regions.index(region), labels.index(label)] += amount * there * share
    return total


def _held(paths: Mapping[str, Pathway], phase: str) -> pd.DataFrame:
    """A phase against the economy without projects, as rows of an assessment."""
    without, those = paths["without"].data, paths[phase].data
    parts = []
    for name, unit in TOLD.items():
        over = [dim for dim in those[name].dims if dim not in ("region", "year")]
        sums = [data[name].sum(over) for data in (without, those)]
        parts.append((name, unit, sums))
    moved = (those["employed"] - without["employed"]).clip(min=0.0).sum("sector")
    parts.append((GAINED, "million person", [0.0 * moved, moved]))
    rows = []
    for name, unit, sums in parts:
        for region in map(str, without["region"].to_numpy()):
            for year in paths[phase].years:
                pair = [float(x.sel(region=region, year=year)) for x in sums]
                rows.append((phase, name, unit, region, year, *pair))
    table = pd.DataFrame(rows, columns=list(COLUMNS[:-1]))
    return table.assign(difference=table["with"] - table["without"])
