r"""Year by year: what moves between one equilibrium and the next.

Recursive dynamics with a step of one year. Real capital formation :math:`I_t` adds to the stock,

.. math:: K_{r,t+1} = (1 - \delta_{rt}) K_{rt} + I_{rt} , \qquad
          \text{services}_{rt} = \text{services}_{r0} \, K_{rt} / K_{r0} ,

labour follows employment, subsistence follows population, energy efficiency grows on its own, and
the productivity of labour and capital is found in the baseline so that real GDP follows its path,
then kept in every other scenario:

.. math:: \frac{GDP_{rt}}{GDP_{r0}} = \prod_{s \le t} (1 + g_{rs}) .
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from calibration import (
    Abatement,
    Assumptions,
    Benchmark,
    Prospects,
    calibrate,
    gdp,
    load_assumptions,
)
from calibration.abatement import OPTIONS
from cge.equilibrium import Equilibrium, NotSolved, Options, Solver, State
from cge.m3c import Economy, accounts, closure, declare, emitters, feasibility
from cge.m3c.economy import NO_LIMIT, WORLD_SIZE
from cge.m3c.productivity import free_productivity
from cge.scenario import Scenario, check_scenario
from sam import Dataset, load_dataset

Array = npt.NDArray[np.float64]

DIMS: dict[str, tuple[str, ...]] = {
    "co2_fuel": ("region", "fuel", "sector"),
    "co2_power": ("region", "technology"),
    "co2_household": ("region", "fuel"),
    "co2_process": ("region", "sector"),
    "output": ("region", "sector"),
    "generation_twh": ("region", "technology"),
    "electricity_inflow": ("region", "origin"),
    "discretionary": ("region", "household"),
    "living_cost": ("region", "household"),
    "exchange_rate": (),
    "foreign_saving": (),
}
"""Dimensions of reported quantities beside the year; all others are by region."""

UNITS: dict[str, tuple[str, str]] = {
    "gdp_real": ("1e8 CNY", "GDP at 2020 prices"),
    "consumption": ("1e8 CNY", "household consumption at 2020 prices"),
    "government": ("1e8 CNY", "government consumption at 2020 prices"),
    "investment": ("1e8 CNY", "capital formation at 2020 prices"),
    "exports": ("1e8 CNY", "exports to the world at 2020 prices"),
    "imports": ("1e8 CNY", "imports from the world at 2020 prices"),
    "population": ("million", "population"),
    "co2_fuel": ("Mt CO2", "CO2 of fuel burnt by sectors, without generation"),
    "co2_power": ("Mt CO2", "CO2 of generation"),
    "co2_household": ("Mt CO2", "CO2 of fuel burnt by households"),
    "co2_process": ("Mt CO2", "CO2 of industrial processes"),
    "co2_direct": ("Mt CO2", "direct CO2 before removal"),
    "co2_indirect": ("Mt CO2", "CO2 of electricity drawn from outside the four provinces"),
    "removal": ("Mt CO2", "removal of CO2"),
    "captured": ("Mt CO2", "capture of CO2 at large plants, not part of direct CO2"),
    "capturable": ("Mt CO2", "CO2 of large plants before capture"),
    "offsets": ("Mt CO2", "permits bought at the price ceiling"),
    "co2_net": ("Mt CO2", "direct CO2 less removal"),
    "cap": ("Mt CO2", "permits of the region"),
    "carbon_price": ("CNY/t", "carbon price at 2020 consumer prices"),
    "output": ("1e8 CNY", "gross output at 2020 prices"),
    "generation_twh": ("TWh", "electricity made"),
    "electricity_use": ("1e8 CNY", "electricity bought at 2020 prices"),
    "electricity_inflow": ("1e8 CNY", "electricity bought from other regions at 2020 prices"),
    "equivalent_variation": (
        "1e8 CNY",
        "equivalent variation at the baseline's prices of the year",
    ),
    "wage": ("index", "wage relative to consumer prices, 2020 = 1"),
    "return_to_capital": ("index", "rental of capital relative to consumer prices, 2020 = 1"),
    "exchange_rate": ("index", "price of foreign exchange relative to consumer prices, 2020 = 1"),
    "capital": ("1e8 CNY", "capital stock at 2020 prices"),
    "productivity": ("index", "productivity of labour and capital, 2020 = 1"),
    "employment": ("fraction", "employment relative to the labour force, under a fixed real wage"),
    "saving": ("ratio", "factor on household saving rates, where investment is given"),
    "foreign_saving": (
        "1e8 CNY",
        "foreign saving at the exchange rate of 2020, where that rate is given",
    ),
    "discretionary": ("1e8 CNY", "real expenditure above subsistence"),
    "living_cost": ("index", "price of discretionary expenditure, 2020 = 1"),
}
"""Unit and meaning of reported quantities."""


YEARLY = Options(tolerance=1e-10, chord=0.3)
"""Years start close to their solution: fewer factorisations, more steps with each."""


@dataclass(frozen=True, eq=False)
class Path:
    """The equilibria of a scenario over the years.

    Attributes:
        scenario: what was run.
        assumptions: all assumptions, removal at the scenario's costs.
        data: reported quantities by year, with units.
        solves: year, status, rounds, worst residual and Walras' check of each solve.
        versions: versions of dataset and package.
    """

    scenario: Scenario
    assumptions: Assumptions
    data: xr.Dataset
    solves: pd.DataFrame
    versions: dict[str, str]


@dataclass(frozen=True, eq=False)
class Setting:
    """What a run takes as given in all years.

    Attributes:
        scenario: the scenario.
        dataset: base year and drivers.
        assumptions: all assumptions, removal at the scenario's costs.
        benchmark: calibrated base year.
        prospects: growth of what the dataset's drivers leave out.
        removal: removal and capture with purchases from the sectors that exist.
        years: years in order.
    """

    scenario: Scenario
    dataset: Dataset
    assumptions: Assumptions
    benchmark: Benchmark
    prospects: Prospects
    removal: Abatement
    years: tuple[int, ...]

    @property
    def pools(self) -> list[tuple[str, list[str]]]:
        """Pools with their members, and one for the regions outside."""
        named = [(pool.name, list(pool.regions)) for pool in self.scenario.pools]
        return [*named, (emitters.OUTSIDE, [])]

    @property
    def labels(self) -> dict[str, tuple[str, ...]]:
        """Labels by dimension of what is reported and exchanged."""
        b = self.benchmark
        return {
            "region": b.regions,
            "origin": b.regions,
            "sector": b.sectors,
            "household": b.households,
            "fuel": b.fuels,
            "technology": b.technologies,
            "option": OPTIONS,
            "pool": tuple(pool.name for pool in self.scenario.pools),
        }

    @property
    def members(self) -> Array:
        """Membership (region, pool)."""
        return emitters.membership(self.benchmark.regions, self.pools)


def prepare(scenario: Scenario) -> Setting:
    """Load and calibrate what a scenario needs.

    Raises:
        sam.DatasetError: the dataset is unknown.
        ScenarioError: the scenario does not fit the dataset.
        calibration.CalibrationError: the base year cannot be calibrated.
    """
    dataset = load_dataset(scenario.dataset)
    check_scenario(scenario, dataset)
    given = load_assumptions(scenario.assumptions, sectors=dataset.sectors["code"])
    assumptions = given.replace(removal=scenario.removal.applied_to(given.removal))
    benchmark = calibrate(dataset, assumptions)
    removal = assumptions.removal.restricted_to(benchmark.sectors)
    years = tuple(scenario.years)
    prospects = assumptions.prospects
    return Setting(scenario, dataset, assumptions, benchmark, prospects, removal, years)


@dataclass(eq=False)
class Run:
    """A scenario on its way through the years.

    Attributes:
        setting: what is given.
        economy: the declared model.
        solver: its compiled solver.
        productivity: productivity by year (region), empty where the baseline finds it.
        targets: targets of the closure by year and parameter, from the baseline.
        capital: capital stock of the current year, 1e8 CNY at base-year prices (region).
        records: reported quantities by year.
        solves: how each solve ended.
        last: the equilibria of the last two years, for the next guess.
    """

    setting: Setting
    economy: Economy
    solver: Solver
    productivity: Mapping[int, Array]
    targets: Mapping[int, Mapping[str, Array]]
    capital: Array
    records: dict[int, dict[str, Array]] = field(default_factory=dict)
    solves: list[dict[str, Any]] = field(default_factory=list)
    last: list[Equilibrium] = field(default_factory=list)


def run(
    scenario: Scenario,
    *,
    baseline: Path | None = None,
    on_year: Callable[[int], None] = lambda year: None,
) -> Path:
    """Solve a scenario for all its years.

    Arguments:
        scenario: what to run; without pools it is the baseline, which finds productivity.
        baseline: the solved baseline; run first if a scenario needs it and none is given.
        on_year: called with each year that is solved.

    Raises:
        Interrupted: a year has no equilibrium; carries the path up to the year before.
    """
    if scenario.pools and baseline is None:
        baseline = run(scenario.baseline(), on_year=on_year)
    setting = prepare(scenario)
    current = begin(setting, baseline)
    for year in setting.years:
        try:
            advance(current, year)
        except NotSolved as error:
            raise Interrupted(year, finish(current, baseline), error) from error
        on_year(year)
    return finish(current, baseline)


class Interrupted(RuntimeError):
    """A year of a scenario has no equilibrium.

    Attributes:
        year: the year that failed.
        path: the years solved before it.
        attempt: where the solve of that year ended.
    """

    def __init__(self, year: int, path: Path, cause: NotSolved) -> None:
        name = path.scenario.name
        done = f"{len(path.solves)} years before it are solved and kept"
        super().__init__(f"scenario {name!r}, year {year}: {cause} ({done})")
        self.year = year
        self.path = path
        self.attempt = cause.attempt


def begin(setting: Setting, baseline: Path | None, limits: Sequence[str] = ()) -> Run:
    """Declare the model and start with the capital stock of the base year.

    Arguments:
        setting: what is given in all years.
        baseline: path whose productivity holds, and which the scenario's closure follows; None
            finds productivity, under the default closure.
        limits: slots for limits on output (see ``cge.m3c.declare``).

    Raises:
        closures.ClosureError: the closure does not determine what it frees.
    """
    names = [name for name, _ in setting.pools]
    economy = declare(setting.benchmark, setting.removal, names, limits)
    found: dict[int, Array] = {}
    targets: dict[int, dict[str, Array]] = {}
    if baseline is None:
        economy = free_productivity(economy)
    else:
        economy = closure.close(economy, setting.scenario.closure)
        for year in map(int, baseline.data["year"].to_numpy()):
            found[year] = baseline.data["productivity"].sel(year=year).to_numpy()
            targets[year] = closure.targets(economy, baseline.data, year)
    stock = setting.dataset.driver("capital_stock").loc[setting.dataset.base_year].to_numpy(float)
    solver = Solver(economy.model, options=YEARLY)
    return Run(setting, economy, solver, found, targets, stock)


def advance(current: Run, year: int) -> Equilibrium:
    """Solve one year and carry the capital stock into the next.

    Raises:
        NotSolved: the year has no equilibrium; the run stays at the year before.
    """
    equilibrium = solve(current, parameters(current, year))
    accept(current, year, equilibrium)
    return equilibrium


def solve(current: Run, values: Mapping[str, Any]) -> Equilibrium:
    """The equilibrium at parameters of a year; leaves the run as it is.

    Raises:
        InfeasibleCap: without a price ceiling, a cap cannot be met; names pool, cap and gap.
        NotSolved: there is no equilibrium for another reason; names the worst conditions.
    """
    start = _guess(current.last)
    if current.setting.scenario.removal.ceiling == "none":
        names = [name for name, _ in current.setting.pools]
        feasibility.check(current.solver, current.economy, values, names, start)
    return current.solver.solve(values, start=start)


def accept(current: Run, year: int, equilibrium: Equilibrium) -> None:
    """Record an equilibrium as that of the year, and carry the capital stock into the next."""
    state = equilibrium.state
    row = reported(current, state)
    row["capital"] = current.capital
    row["productivity"] = np.array(state.parameter("productivity"))
    owned = np.asarray(state.parameter("cap"))
    row["cap"] = emitters.caps(current.economy, current.setting.members, owned)
    current.records[year] = row
    current.solves.append(
        {
            "year": year,
            "status": equilibrium.status.value,
            "rounds": equilibrium.rounds,
            "worst": equilibrium.worst,
            "walras": equilibrium.walras,
        }
    )
    current.last = [*current.last[-1:], equilibrium]
    decay = _driver(current.setting, "depreciation", year)
    current.capital = (1.0 - decay) * current.capital + row["investment"]


def reported(current: Run, state: State) -> dict[str, Array]:
    """What a path reports of an equilibrium, with what adjusts under the closure."""
    row = accounts.record(current.economy, state, current.setting.members)
    return {**row, **closure.adjustments(current.economy, state)}


def _guess(last: list[Equilibrium]) -> Any:
    """Unknowns extrapolated from the last two years."""
    if len(last) < 2:
        return last[-1] if last else None
    before, now = last
    return {k: 2.0 * u - before.unknowns[k] for k, u in now.unknowns.items()}


def _driver(setting: Setting, variable: str, year: int) -> Array:
    table = setting.dataset.driver(variable)
    result: Array = table.loc[year].to_numpy(dtype=float)
    return result


def _growth(setting: Setting, variable: str, year: int) -> Array:
    """Factor since the base year of yearly rates (region)."""
    table = setting.dataset.driver(variable)
    rates = table.loc[(table.index > setting.dataset.base_year) & (table.index <= year)]
    result: Array = np.prod(1.0 + rates.to_numpy(dtype=float), axis=0)
    return result


def parameters(current: Run, year: int) -> dict[str, Any]:
    """All parameters of a year that differ from the base year."""
    setting, economy = current.setting, current.economy
    values: dict[str, Any] = dict(emitters.needs(economy, setting.members))
    values |= _people(setting, values, year)
    values |= _endowments(current, year)
    values |= _world(setting, year)
    values |= _carbon(current, year)
    values["energy_efficiency"] = ("r", _growth(setting, "energy_efficiency", year))
    if current.productivity:
        values["productivity"] = current.productivity[year]
        values |= current.targets[year]
    elif year > setting.dataset.base_year:
        base = accounts_gdp(setting.benchmark)
        values["gdp_target"] = base * _growth(setting, "gdp_growth", year)
    return values


def accounts_gdp(benchmark: Benchmark) -> Array:
    """GDP of the base year by expenditure (region)."""
    result: Array = gdp(benchmark)["expenditure"].to_numpy(dtype=float)
    return result


def _population(setting: Setting, year: int) -> Array:
    """Population by household, million (region, household)."""
    columns = [_driver(setting, f"population_{h}", year) for h in setting.benchmark.households]
    return np.stack(columns, axis=1)


def _people(setting: Setting, needs: Mapping[str, Array], year: int) -> dict[str, Array]:
    """Employment, its split and that of profits over households, and subsistence."""
    b, base = setting.benchmark, setting.dataset.base_year
    before = _population(setting, base)
    people = _population(setting, year) / np.where(before > 0, before, 1.0)  # region, household
    jobs = _driver(setting, "labour", year) / _driver(setting, "labour", base)
    labour = _shared(b.institutions.labour_income, people) * jobs[:, None]
    profits = (
        _shared(b.institutions.enterprise_to_household, people)
        / b.institutions.capital_income[:, None]
    )
    fuels = b.fuel_places
    other = b.demand.subsistence.copy()
    other[:, :, fuels] = 0.0
    permits = needs["HH.fuel_permit.minimum"] * people[:, :, None, None]
    return {
        "labour_supply": labour,
        "distributed_share": profits,
        "HH.goods.minimum": other * people[:, :, None],
        "HH.fuel.minimum": b.demand.subsistence[:, :, fuels] * people[:, :, None],
        "HH.fuel_permit.minimum": permits,
    }


def _shared(income: Array, people: Array) -> Array:
    """Income by household with the base year's total, moved with population."""
    weight = income * people
    total = np.where(weight.sum(axis=1) > 0, weight.sum(axis=1), 1.0)
    result: Array = weight * (income.sum(axis=1) / total)[:, None]
    return result


def _endowments(current: Run, year: int) -> dict[str, Array]:
    setting = current.setting
    b, base = setting.benchmark, setting.dataset.base_year
    stock = _driver(setting, "capital_stock", base)
    services = b.production.capital.sum(axis=1) + b.power.capital.sum(axis=1)
    sites = setting.prospects.factors("site", b.technologies, [year])[:, 0]
    reserves = setting.prospects.factors("resource", b.sectors, [year])[:, 0]
    return {
        "capital_supply": services * current.capital / stock,
        "sites": b.power.fixed * sites,
        "resources": b.production.resource * reserves,
    }


def _world(setting: Setting, year: int) -> dict[str, Array]:
    """World demand grows, and foreign and interregional saving with it."""
    b = setting.benchmark
    growth = float(setting.prospects.factors("world", [""], [year])[0, 0])
    return {
        "export_demand": -b.production.export * growth,
        "world_income": np.asarray(WORLD_SIZE * b.production.export.sum() * growth),
        "outside_saving": (b.institutions.foreign_saving + b.institutions.interregional_saving)
        * growth,
    }


def _carbon(current: Run, year: int) -> dict[str, Array]:
    """Caps, and the limits of removal and of capture (a share of last year's large plants)."""
    setting, economy = current.setting, current.economy
    scenario = setting.scenario
    before = current.records.get(year - 1)
    capturable = (
        np.zeros(len(economy.benchmark.regions)) if before is None else before["capturable"]
    )
    ratios = np.array([pool.ratios([year])[0] for pool in scenario.pools] + [np.nan])
    limits = scenario.removal.limits(economy.benchmark.regions, [year])[:, 0]
    share = float(setting.prospects.factors("capture", [""], [year])[0, 0])
    share = share if scenario.pools else 0.0  # nobody captures without a price
    return {
        "cap": emitters.permits(economy, setting.members, ratios),
        "removal_limit": np.stack([limits, capturable * share], axis=1),
        "ceiling_limit": np.full(
            ratios.shape, 0.0 if scenario.removal.ceiling == "none" else NO_LIMIT
        ),
    }


def finish(current: Run, baseline: Path | None) -> Path:
    """The labelled path of the years solved so far."""
    setting = current.setting
    years = list(current.records)
    data = xr.Dataset(
        {name: _variable(setting, current.records, name) for name in current.records[years[0]]}
        if years
        else {}
    )
    if years:
        data = data.assign(_given(setting, current, years))
        data["equivalent_variation"] = _equivalent_variation(data, baseline)
    for name, (unit, meaning) in UNITS.items():
        if name in data:
            data[name].attrs = {"units": unit, "long_name": meaning}
    versions = {"dataset": setting.dataset.version, "m3c-cge": version("m3c-cge")}
    columns = ["year", "status", "rounds", "worst", "walras"]
    return Path(
        setting.scenario,
        setting.assumptions,
        data,
        pd.DataFrame(current.solves, columns=columns),
        versions,
    )


def _variable(
    setting: Setting, records: Mapping[int, Mapping[str, Array]], name: str
) -> xr.DataArray:
    dims = DIMS.get(name, ("region",))
    coords: dict[str, Any] = {d: list(setting.labels[d]) for d in dims}
    values = np.stack([np.asarray(records[y][name]) for y in records], axis=-1)
    return xr.DataArray(values, dims=(*dims, "year"), coords={**coords, "year": list(records)})


def _given(setting: Setting, current: Run, years: list[int]) -> dict[str, xr.DataArray]:
    """Population and indirect emissions by region and year."""
    regions = list(setting.benchmark.regions)
    people = np.stack([_population(setting, y).sum(axis=1) for y in years], axis=1)
    indirect = np.stack([_indirect(setting, current.records[y]) for y in years], axis=1)
    dims, coords = ("region", "year"), {"region": regions, "year": years}
    return {
        name: xr.DataArray(values, dims=dims, coords=coords)
        for name, values in (("population", people), ("co2_indirect", indirect))
    }


def _indirect(setting: Setting, row: Mapping[str, Array]) -> Array:
    r"""CO2 of electricity drawn from outside, Mt (region): as much and as clean as what is drawn.

    With inflow :math:`T_{qr}` of electricity from the regions q outside (those for which the
    dataset has no indirect emissions) and the CO2 :math:`f_q` of their generation per TWh,

    .. math:: E_r = E_{r0} \frac{\sum_q f_q T_{qr}}{\sum_q f_{q0} T_{qr0}} .
    """
    b, table = setting.benchmark, setting.dataset.indirect
    base = table.groupby("region")["mt_co2"].sum().reindex(list(b.regions))
    outside = np.where(base.isna(), 1.0, 0.0)  # origin
    made, emitted = b.power.twh.sum(axis=1), b.emissions.technology.sum(axis=(1, 2))
    then = _drawn(b.trade.inflow[:, :, b.electricity_place].T, outside, emitted, made)
    made, emitted = row["generation_twh"].sum(axis=1), row["co2_power"].sum(axis=1)
    now = _drawn(np.asarray(row["electricity_inflow"]), outside, emitted, made)
    change = np.divide(now, then, out=np.ones_like(then), where=then > 0.0)
    result: Array = base.fillna(0.0).to_numpy(dtype=float) * change
    return result


def _drawn(inflow: Array, outside: Array, emitted: Array, made: Array) -> Array:
    """Inflow from outside, each origin weighted with its CO2 per TWh (region)."""
    factor = np.divide(emitted, made, out=np.zeros_like(made), where=made > 0.0)  # origin
    result: Array = inflow @ (factor * outside)
    return result


def _equivalent_variation(data: xr.Dataset, baseline: Path | None) -> xr.DataArray:
    """EV at the baseline's prices of the same year, summed over households; zero in a baseline."""
    if baseline is None:
        return xr.zeros_like(data["gdp_real"])
    other = baseline.data.sel(year=data["year"])
    gain = data["discretionary"] - other["discretionary"]
    return (gain * other["living_cost"]).sum("household")
