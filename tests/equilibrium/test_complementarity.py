"""Prices that may be zero, technologies that may idle, variables with bounds: exact at the kink."""

from __future__ import annotations

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.conditions import EVEN_WEIGHT
from cge.language import Model, ces, leontief
from tests.equilibrium.models import carbon, targeted

EMISSIONS = 35.0  # of the economy without a cap that binds
REMOVAL_LIMIT = 10.0
SINK_CAPACITY = 4.0


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(carbon())


@pytest.fixture(scope="module")
def bounded() -> Solver:
    return Solver(targeted())


def test_a_slack_cap_costs_nothing(solver: Solver) -> None:
    e = solver.solve(cap=40.0)
    assert e.price("PC").item() == pytest.approx(0.0, abs=1e-15)
    assert gross_emissions(e) == pytest.approx(EMISSIONS, rel=1e-10)
    assert not e.kinks()


def test_a_slack_cap_that_opens_again(solver: Solver) -> None:
    """From an equilibrium with a price back to one without."""
    tight = solver.solve(cap=25.0)
    e = solver.solve(cap=60.0, start=tight)
    assert e.price("PC").item() == pytest.approx(0.0, abs=1e-11)
    assert gross_emissions(e) == pytest.approx(EMISSIONS, rel=1e-9)


def test_a_binding_cap_is_met_exactly_at_a_price(solver: Solver) -> None:
    e = solver.solve(cap=30.0)
    assert e.price("PC").item() > 0.1
    assert gross_emissions(e) == pytest.approx(30.0, rel=1e-10)


def test_at_the_kink_both_sides_are_zero(solver: Solver) -> None:
    """A cap at what is emitted anyway: price zero, nothing left, and the result says so."""
    e = solver.solve(cap=EMISSIONS)
    assert e.price("PC").item() == pytest.approx(0.0, abs=1e-9)
    assert "PC" in e.kinks()


def test_removal_idles_below_its_cost(solver: Solver) -> None:
    e = solver.solve(cap=30.0)
    assert e.level("REMOVE").item() == pytest.approx(0.0, abs=1e-15)  # up to rounding
    assert e.price("PC").item() < cost_of_removal(e)
    assert e.price("PN").item() == pytest.approx(0.0, abs=1e-15)


def test_removal_runs_at_its_cost(solver: Solver) -> None:
    e = solver.solve(cap=22.0)
    assert 0.0 < e.level("REMOVE").item() < REMOVAL_LIMIT
    assert e.price("PC").item() == pytest.approx(cost_of_removal(e), rel=1e-9)
    assert gross_emissions(e) - e.level("REMOVE").item() == pytest.approx(22.0, rel=1e-10)


def test_a_limit_to_removal_earns_a_rent(solver: Solver) -> None:
    e = solver.solve(cap=15.0)
    assert e.level("REMOVE").item() == pytest.approx(REMOVAL_LIMIT, rel=1e-10)
    rent = e.price("PC").item() - cost_of_removal(e)
    assert rent > 0.1
    assert e.price("PN").item() == pytest.approx(rent, rel=1e-9)
    assert e.level("SINK").item() == pytest.approx(0.0, abs=1e-7)


def test_a_sink_below_its_capacity_earns_nothing(solver: Solver) -> None:
    e = solver.solve(cap=11.0)
    assert 0.1 < e.level("SINK").item() < SINK_CAPACITY - 0.1
    assert e.price("PC").item() == pytest.approx(1.2 * e.price("PL").item(), rel=1e-9)
    assert e.income("TREASURY").item() == pytest.approx(tax_revenue(e), rel=1e-9)


def test_a_sink_at_its_capacity_earns_a_profit_for_its_owner(solver: Solver) -> None:
    e = solver.solve(cap=5.0)
    assert e.level("SINK").item() == pytest.approx(SINK_CAPACITY, abs=1e-7)
    profit = SINK_CAPACITY * (e.price("PC").item() - 1.2 * e.price("PL").item())
    assert profit > 0.1
    assert e.income("TREASURY").item() == pytest.approx(tax_revenue(e) + profit, rel=1e-8)


@pytest.mark.parametrize("cap", [40.0, 35.0, 30.0, 27.0, 22.0, 17.0, 10.0, 3.0])
def test_price_times_slack_is_zero(solver: Solver, cap: float) -> None:
    e = solver.solve(cap=cap)
    level, state = e.level("REMOVE").item(), e.state
    for name in ("PC", "PN"):
        commodity = solver.model.commodities[name]
        slack = float(state.supplies[commodity] - state.demands[commodity])
        assert e.price(name).item() >= -1e-10
        assert slack >= -1e-8
        assert e.price(name).item() * slack == pytest.approx(0.0, abs=1e-8)
    loss = cost_of_removal(e) + e.price("PN").item() - e.price("PC").item()
    assert level >= -1e-7
    assert loss >= -1e-9
    assert level * loss == pytest.approx(0.0, abs=1e-8)


def test_a_wage_floor_makes_unemployment(solver: Solver) -> None:
    idle, binding = solver.solve(floor=0.5), solver.solve(floor=1.05)
    assert idle.variable("unemployment").item() == pytest.approx(0.0, abs=1e-15)
    assert binding.variable("unemployment").item() > 0.01
    real_wage = binding.price("PL").item() / binding.price("P").mean().item()
    assert real_wage == pytest.approx(1.05, rel=1e-10)
    assert binding.parameter("labour").item() < 170.0


def test_a_tax_finds_the_rate_that_pays_for_the_target(bounded: Solver) -> None:
    e = bounded.solve(target=("r", [25.0, 18.0]))
    np.testing.assert_allclose(e.quantity("GOV", "P").values.ravel(), [25.0, 18.0], rtol=1e-10)
    rates = e.parameter("tax").values
    np.testing.assert_allclose(rates, np.array([0.2, 0.1]) + e.variable("rate").values, rtol=1e-12)


def test_at_its_bounds_the_target_is_missed(bounded: Solver) -> None:
    high = bounded.solve(target=("r", [80.0, 20.0]))
    assert high.variable("rate").values[0] == pytest.approx(0.3, abs=1e-12)
    assert high.quantity("GOV", "P").values[0] < 80.0
    low = bounded.solve(tax=("r", [0.6, 0.1]))
    assert low.variable("rate").values[0] == pytest.approx(-0.3, abs=1e-12)
    assert low.quantity("GOV", "P").values[0] > 20.0


def gross_emissions(e: Equilibrium) -> float:
    """Permits bought by industries."""
    return sum(e.quantity("Y", name).sum().item() for name in ("process", "combustion"))


def tax_revenue(e: Equilibrium) -> float:
    """Tax on labour in the dirty industry."""
    return 0.1 * e.price("PL").item() * e.quantity("Y", "PL").values[0]


def cost_of_removal(e: Equilibrium) -> float:
    """Cost of a unit of removal, without the rent of the limit: CES of labour and clean goods."""
    wage, clean = e.price("PL").item(), e.price("P").values[1]
    return 0.7 * (0.3 / 0.7 * wage**0.5 + 0.4 / 0.7 * clean**0.5) ** 2


@pytest.mark.parametrize("cap", [12.0, 11.0, 10.0, 9.0])
def test_any_weight_of_the_level_leads_to_the_same_solution(solver: Solver, cap: float) -> None:
    """A sink between its bounds, found with a small weight of its level and with an even one."""
    values = solver.model.values(cap=cap)
    small, even = solver.newton(values), solver.newton(values, weight=EVEN_WEIGHT)
    assert even.solved
    if small.solved:
        assert small.level("SINK").item() == pytest.approx(even.level("SINK").item(), abs=1e-6)
    assert solver.solve(values).solved


def test_plants_that_do_not_exist_earn_nothing() -> None:
    """Members without flows have a level and a capacity, and pay their owners no profit."""
    m = Model("plants", r=["there", "nowhere"])
    hours, power = m.commodity("PL"), m.commodity("PX")
    people, owner = m.agent("HH"), m.agent("OWN", "r")
    m.activity(
        "Y",
        "r",
        makes=power[""](("r", [10.0, 0.0])),
        uses=leontief(
            hours[""](("r", [6.0, 0.0]), name="staff"), hours[""](("r", [2.0, 0.0]), name="repair")
        ),
        latent=1.0,
        capacity=m.parameter("capacity", "r", 1.0),
        owner=owner["r"],
        level=1.0,
    )
    owner.gives(m.parameter("share", "r", 1.0), people[""])
    people.owns(hours[""], 12.0, name="hours")
    people.spends(ces(1.0, power[""](10.0), hours[""](4.0, name="leisure")))
    m.numeraire(hours)
    found = m.solve(hours=14.0)
    assert found.income("OWN").to_numpy()[1] == 0.0
    assert found.income("OWN").to_numpy()[0] > 1.0
