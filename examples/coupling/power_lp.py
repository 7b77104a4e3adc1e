r"""A technology model beside the economy: a least-cost power system as a linear programme.

The economy knows what electricity is worth; a power model knows when the sun shines. Here a linear
programme, written in Pyomo and solved by HiGHS, takes over the choice of generation technology. It
reads from the session, by region,

- the electricity that generators must supply (TWh) and the plants of the base year (GW),
- the carbon price (yuan/t), the fuel cost and the cost of labour and materials (yuan/MWh), and the
  CO2 (t/MWh) of each technology,

and chooses generation :math:`g_{ts}` in time slices s of :math:`h_s` hours and new capacity
:math:`x_{tk}` in cost classes k at least cost of the year,

.. math::

    \min_{g, x \ge 0} \sum_{ts} (f_t + v_t + p\,e_t) g_{ts}
    + \sum_{tk} F_t (1 + \beta \tfrac{k}{N}) x_{tk} \quad \text{s.t.} \quad
    \sum_t g_{ts} = d_s D , \qquad
    g_{ts} \le a_{ts} h_s \Big(K_t + \sum_k x_{tk}\Big) , \qquad
    \sum_s g_{ts} \ge m_t K_t .

Existing plants are sunk; new ones pay the annuity :math:`F_t` of the project's table of plants,
which falls as technologies mature, and which rises with what is built in the year (sites and
manufacture are scarce), in N classes so fine that the programme answers almost smoothly. It hands
back the shares of technologies in generation and the plants that run, in GW at the hours of the
base year: what idle plants could make is worth nothing. The economy has those plants in the place
of its own, and pays them their rent. The two iterate until the undamped residual is below the
tolerance; then capacity is carried into the next year. Plants that capture CO2 are left as they
are, for the programme knows of no room to store it.

Needs the extra ``m3c-cge[coupling]`` (Pyomo and HiGHS). Run it:
``python examples/coupling/power_lp.py``. It takes some minutes, most of them to compile.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyomo.environ as pyo
import xarray as xr
from pyomo.contrib.appsi.base import TerminationCondition
from pyomo.contrib.appsi.solvers import Highs

from calibration.plants import Item, Plants, annuity
from cge.coupling import Convergence, Session, couple
from cge.scenario import Scenario, load_scenario

Array = npt.NDArray[np.float64]

HOURS_PER_YEAR = 8760.0

SLICES = {
    # hours a year, load relative to the mean, sun and wind relative to their means: assumed shapes
    # of a region with a summer peak of cooling and an evening peak of lighting.
    "summer day": (1464.0, 1.22, 2.30, 0.75),
    "summer evening": (366.0, 1.28, 0.10, 0.85),
    "summer night": (1830.0, 0.92, 0.00, 0.90),
    "winter day": (1224.0, 1.10, 1.55, 1.15),
    "winter evening": (456.0, 1.18, 0.00, 1.25),
    "winter night": (1960.0, 0.88, 0.00, 1.25),
    "spring and autumn": (1460.0, 0.8432, 1.93, 1.0057),
}
"""Time slices of a year."""

MUST_RUN = {"coal": 0.3, "gas": 0.5, "oil": 0.3, "nuclear": 0.9, "biomass": 0.5}
"""Smallest generation relative to that of the base year per unit of capacity (heat supply,
contracts): assumed; nothing of the others."""

WEATHER = {
    "utility_solar": "sun", "distributed_solar": "sun",
    "onshore_wind": "wind", "offshore_wind": "wind",
}  # fmt: skip
"""What the hours of a technology follow."""

AVAILABLE = 0.9
"""Largest use of plants that burn fuel, relative to a whole year: assumed."""

INTEREST = 0.06
"""Real interest that new plants pay: assumed."""

ENTRY = 0.01  # addition that is always possible, relative to the region's mean load
SCARCITY = 0.5  # how much more the last class of a year's additions costs than the first
CLASSES = 200


@dataclass(frozen=True, eq=False)
class Reading:
    """What the programme reads from the economy, plain arrays in the order of the session.

    Attributes:
        demand: electricity to be supplied, TWh (region).
        carbon_price: CNY/t (region).
        fuel: fuel cost, CNY/MWh (region, technology).
        upkeep: labour and materials, CNY/MWh (region, technology).
        co2: t/MWh (region, technology).
    """

    demand: Array
    carbon_price: Array
    fuel: Array
    upkeep: Array
    co2: Array

    @property
    def running(self) -> Array:
        """Cost of running a plant, CNY/MWh (region, technology)."""
        return self.fuel + self.upkeep + self.carbon_price[:, None] * self.co2


@dataclass(frozen=True, eq=False)
class Dispatch:
    """The solved programme.

    Attributes:
        generation: TWh (region, technology).
        built: new capacity, GW (region, technology).
        cost: total running cost and annuities of new plants, 1e8 CNY (region).
    """

    generation: Array
    built: Array
    cost: Array


@dataclass(eq=False)
class PowerSystem:
    """Plants of all regions, and the linear programme that runs and extends them.

    Attributes:
        regions: regions of the session.
        technologies: technologies of the session.
        plants: what plants cost, how long they live and how fast they are added.
        capacity: GW (region, technology).
        hours: full-load hours of the base year (region, technology).
        year: the year of costs.
        last: the last solution.
    """

    regions: tuple[str, ...]
    technologies: tuple[str, ...]
    plants: Plants
    capacity: Array
    hours: Array
    year: int
    last: Dispatch | None = field(default=None, repr=False)

    @classmethod
    def of(cls, session: Session) -> PowerSystem:
        """The plants that stand in the solved base year, and their hours."""
        twh = session.get("generation_twh").to_numpy()
        capacity = np.nan_to_num(session.get("capacity", unit="GW").to_numpy())
        hours = np.divide(1e3 * twh, capacity, out=np.zeros_like(twh), where=capacity > 0.0)
        return cls(
            session.labels("region"),
            session.labels("technology"),
            session.setting.assumptions.plants,
            capacity,
            hours,
            session.year,
        )

    # ------------------------------------------------------------------ as a partner

    def __call__(self, session: Session) -> dict[str, xr.DataArray]:
        """Answer to a solved session: shares of technologies, and the plants that run."""
        self.last = self.solve(read(session))
        made = self.last.generation
        total = made.sum(axis=1, keepdims=True)
        kept = np.maximum(made, 1e-4 * total)  # a technology that exists does not vanish
        running = np.divide(
            1e3 * kept, self.hours, out=np.full_like(made, np.nan), where=self.hours > 0.0
        )
        answer = {
            "generation_share": (made / total, "index"),
            "generation_capacity": (running, "GW"),
        }
        return {
            name: session.template(name).copy(data=values).assign_attrs(units=unit)
            for name, (values, unit) in answer.items()
        }

    def move_on(self) -> None:
        """Keep what was built, retire what is old, and let a year pass."""
        assert self.last is not None
        self.capacity = self.capacity * (1.0 - 1.0 / self._of("lifetime")) + self.last.built
        self.year += 1

    # ------------------------------------------------------------------ linear programme

    @property
    def annuity(self) -> Array:
        """Yearly cost of a new plant, 1e8 CNY/GW (technology)."""
        shares = np.array([annuity(INTEREST, life) for life in self._of("lifetime")])
        yuan_per_kw = self._of("overnight") * shares + self._of("fixed_om")
        return yuan_per_kw / 100.0

    def _of(self, item: Item) -> Array:
        """A property of new plants of the year (technology)."""
        return self.plants.values(item, self.technologies, [self.year])[:, 0]

    def solve(self, reading: Reading) -> Dispatch:
        """Least cost of the year, region by region (no lines between them).

        Raises:
            RuntimeError: demand cannot be met.
        """
        found = [self._solve_region(r, reading) for r in range(len(self.regions))]
        generation, built, cost = (np.stack(part) for part in zip(*found, strict=True))
        return Dispatch(generation, built, cost)

    def _solve_region(self, r: int, reading: Reading) -> tuple[Array, Array, Array]:
        model, solver = self.programme(r, reading), Highs()
        solver.config.load_solution = False
        result = solver.solve(model)
        if result.termination_condition is not TerminationCondition.optimal:
            raise RuntimeError(
                f"power system of {self.regions[r]}: {reading.demand[r]:.4g} TWh cannot be met "
                f"from {self.capacity[r].sum():.4g} GW and what may be built; allow more additions"
            )
        result.solution_loader.load_vars()
        generation, built = (np.zeros(len(self.technologies)) for _ in range(2))
        for t, s in model.generation:
            generation[t] += pyo.value(model.generation[t, s])
        for t, k in model.built:
            built[t] += pyo.value(model.built[t, k])
        return generation, built, np.array(pyo.value(model.cost))

    def programme(self, r: int, reading: Reading) -> pyo.ConcreteModel:
        """The linear programme of a region: TWh, GW, 1e8 CNY."""
        plants = [t for t in range(len(self.technologies)) if self.capacity[r, t] > 0.0]
        load = reading.demand[r] / HOURS_PER_YEAR  # TWh per hour
        weights = _slices()
        available = self._availability(r)  # technology, slice
        m = pyo.ConcreteModel()
        m.plants, m.slices = pyo.Set(initialize=plants), pyo.RangeSet(0, len(weights) - 1)
        m.classes = pyo.RangeSet(0, CLASSES - 1)
        m.generation = pyo.Var(m.plants, m.slices, domain=pyo.NonNegativeReals)
        room = self._room(r, reading.demand[r]) / CLASSES
        m.built = pyo.Var(m.plants, m.classes, bounds=lambda _, t, k: (0.0, room[t]))
        annuities = self.annuity
        m.annuity = {
            (t, k): annuities[t] * (1.0 + SCARCITY * k / CLASSES) for t in plants for k in m.classes
        }
        m.balance = pyo.Constraint(m.slices, rule=lambda m, s: (
            sum(m.generation[t, s] for t in m.plants) == load * weights[s, 0] * weights[s, 1]
        ))  # fmt: skip
        m.limit = pyo.Constraint(m.plants, m.slices, rule=lambda m, t, s: (
            m.generation[t, s] <= available[t, s] * weights[s, 0] / 1e3
            * (self.capacity[r, t] + sum(m.built[t, k] for k in m.classes))
        ))  # fmt: skip
        must = np.array([MUST_RUN.get(t, 0.0) for t in self.technologies]) * self.hours[r] / 1e3
        m.contract = pyo.Constraint(m.plants, rule=lambda m, t: (
            sum(m.generation[t, s] for s in m.slices) >= must[t] * self.capacity[r, t]
        ))  # fmt: skip
        running = reading.running[r] / 100.0  # 1e8 CNY per TWh
        m.cost = pyo.Objective(expr=(
            sum(running[t] * m.generation[t, s] for t in m.plants for s in m.slices)
            + sum(m.annuity[key] * m.built[key] for key in m.built)
        ))  # fmt: skip
        return m

    def _room(self, r: int, demand: float) -> Array:
        """Largest addition of the year, GW (technology)."""
        growth = np.where(self._of("capture") > 0.0, 0.0, self._of("entry_most"))
        entry = ENTRY * 1e3 * demand / HOURS_PER_YEAR * (growth > 0.0)
        return growth * self.capacity[r] + entry

    def _availability(self, r: int) -> Array:
        """Largest use of capacity (technology, slice): machines, sun and wind; water is stored."""
        table = _slices()
        places = {"sun": table[:, 2], "wind": table[:, 3]}
        mean = self.hours[r] / HOURS_PER_YEAR
        result = np.empty((len(self.technologies), len(table)))
        for t, name in enumerate(self.technologies):
            burns = name not in WEATHER and name != "hydro"
            course = places[WEATHER[name]] if name in WEATHER else 1.0
            result[t] = max(AVAILABLE, mean[t]) if burns else mean[t] * course
        return np.minimum(result, 1.0)


def _slices() -> Array:
    """Hours, load, sun, wind (slice, what), the last three with a mean of one over the year."""
    table = np.array(list(SLICES.values()))
    table[:, 0] *= HOURS_PER_YEAR / table[:, 0].sum()
    table[:, 1:] /= (table[:, :1] * table[:, 1:]).sum(axis=0) / HOURS_PER_YEAR
    return table


def read(session: Session) -> Reading:
    """What the programme needs from a solved session, in its units."""
    return Reading(
        session.get("electricity_demand", unit="TWh").to_numpy(),
        session.get("carbon_price", unit="CNY/t").to_numpy(),
        np.nan_to_num(session.get("fuel_cost", unit="CNY/MWh").to_numpy()),
        np.nan_to_num(session.get("generation_cost", unit="CNY/MWh").to_numpy()),
        np.nan_to_num(session.get("emission_factor", unit="t/MWh").to_numpy()),
    )


def run(session: Session, years: int, tolerance: float = 1e-4) -> list[Convergence]:
    """Couple the first years of a session with a power system; the base year is the start.

    Raises:
        cge.coupling.NotConverged: the two do not agree in some year.
    """
    session.solve_year()
    power = PowerSystem.of(session)
    session.advance()
    power.year += 1
    done = []
    while len(done) < years and not session.finished:
        done.append(couple(session, power, tolerance=tolerance))
        _print_year(session, power, done[-1])
        session.advance()
        power.move_on()
    return done


def _print_year(session: Session, power: PowerSystem, convergence: Convergence) -> None:
    print(f"\n{session.year}. {convergence.report()}")
    share = session.get("generation_share").to_pandas()
    share.insert(0, "TWh", session.get("electricity_demand").to_pandas())
    share.insert(1, "yuan/t", session.get("carbon_price").to_pandas())
    print(share.round(3).to_string())


def main(scenario: Scenario | None = None, years: int = 5) -> list[Convergence]:
    """Couple the economy of the Yangtze River Delta with the power system of its regions."""
    scenario = scenario or load_scenario("enhanced_carbon_neutrality")
    session = Session(scenario.model_copy(update={"last": scenario.first + years}))
    return run(session, years)


if __name__ == "__main__":
    main()
