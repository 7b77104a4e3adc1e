"""The two callers: a power system that agrees with the economy, and emissions on a grid."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.coupling import NotConverged, Session, couple

Example = Callable[[str], ModuleType]

TOLERANCE = 1e-4


@pytest.fixture
def power(fresh: Session, example: Example) -> tuple[Session, ModuleType]:
    return fresh, example("power_lp")


# ---------------------------------------------------------------------- power


def test_the_power_system_and_the_economy_agree(power: tuple[Session, ModuleType]) -> None:
    session, lp = power
    session.solve_year()
    system = lp.PowerSystem.of(session)
    session.advance()
    system.year += 1
    result = couple(session, system, tolerance=TOLERANCE)
    assert result.residual <= TOLERANCE
    assert session.year == 2021
    answer = system(session)  # asked once more, the programme still answers what is in force
    for name, values in answer.items():
        assert_allclose(values, session.given(name), rtol=2.0 * TOLERANCE)
    made = session.get("generation_twh").sum("technology")
    assert_allclose(system.last.generation.sum(axis=1), made, rtol=TOLERANCE)


def test_the_programme_keeps_its_constraints(power: tuple[Session, ModuleType]) -> None:
    session, lp = power
    session.solve_year()
    system = lp.PowerSystem.of(session)
    reading = lp.read(session)
    found = system.solve(reading)
    assert_allclose(found.generation.sum(axis=1), reading.demand, rtol=1e-9)
    most = (system.capacity + found.built) * lp.HOURS_PER_YEAR / 1e3
    assert np.all(found.generation <= most + 1e-9)
    room = np.stack([system._room(r, d) for r, d in enumerate(reading.demand)])
    assert np.all(found.built <= room + 1e-9)
    assert np.all(found.generation[~(system.capacity > 0.0)] == 0.0)


def test_a_carbon_price_turns_the_programme_away_from_coal(
    power: tuple[Session, ModuleType],
) -> None:
    session, lp = power
    session.solve_year()
    system, reading = lp.PowerSystem.of(session), lp.read(session)
    coal = system.technologies.index("coal")
    made = []
    for price in (0.0, 200.0, 800.0):
        dear = replace(reading, carbon_price=np.full(2, price))
        made.append(system.solve(dear).generation[:, coal])
    assert np.all(made[1] <= made[0] + 1e-9)
    assert np.all(made[2] < made[0])


def test_slices_make_up_a_year(example: Example) -> None:
    lp = example("power_lp")
    table = lp._slices()
    assert table[:, 0].sum() == pytest.approx(lp.HOURS_PER_YEAR)
    assert_allclose((table[:, :1] * table[:, 1:]).sum(axis=0) / table[:, 0].sum(), 1.0)


def test_demand_that_cannot_be_met_is_named(power: tuple[Session, ModuleType]) -> None:
    session, lp = power
    session.solve_year()
    system, reading = lp.PowerSystem.of(session), lp.read(session)
    more = replace(reading, demand=10.0 * reading.demand)
    with pytest.raises(RuntimeError, match=r"power system of A: .* TWh cannot be met"):
        system.solve(more)


def test_too_few_rounds_are_reported(power: tuple[Session, ModuleType]) -> None:
    session, lp = power
    session.solve_year()
    system = lp.PowerSystem.of(session)
    session.advance()
    with pytest.raises(NotConverged, match="undamped residual") as caught:
        couple(session, system, tolerance=1e-12, rounds=2)
    assert caught.value.convergence.residual > 1e-12


# ---------------------------------------------------------------------- grid


@pytest.fixture
def spatial(session: Session, example: Example) -> tuple[Session, ModuleType, object]:
    grid = example("emission_grid")
    places = {
        "A": grid.Territory(118.0, 120.0, 30.0, 32.0, (
            grid.Town("first", 118.5, 30.6, 6.0), grid.Town("second", 119.4, 31.5, 3.0),
        )),
        "B": grid.Territory(119.5, 121.0, 29.0, 31.0, (grid.Town("third", 120.2, 30.1, 4.0),)),
    }  # fmt: skip
    return session, grid, grid.Grid.over(places, session.labels("sector"))


def test_the_grid_keeps_the_totals(spatial: tuple[Session, ModuleType, object]) -> None:
    session, _, grid = spatial
    session.solve_year()
    emissions = session.get("emissions")
    cells = grid.spread(emissions)  # type: ignore[attr-defined]
    assert_allclose(cells.sum(["y", "x"]), emissions, rtol=1e-9)
    assert np.all(cells >= 0.0)


def test_cells_are_ten_kilometres_and_stay_in_their_territory(
    spatial: tuple[Session, ModuleType, object],
) -> None:
    _, module, grid = spatial
    assert_allclose(np.diff(grid.x), module.CELL)  # type: ignore[attr-defined]
    assert_allclose(np.diff(grid.y), module.CELL)  # type: ignore[attr-defined]
    height = 3.0 * module.KM_PER_DEGREE
    assert grid.y[-1] == pytest.approx(height, abs=module.CELL)  # type: ignore[attr-defined]
    outside = ~grid.inside[:, None] & (grid.weights > 0.0)  # type: ignore[attr-defined]
    assert not outside.any()


def test_a_limit_relieves_the_densest_cell(spatial: tuple[Session, ModuleType, object]) -> None:
    session, module, grid = spatial
    session.solve_year()
    before = module.densest(grid.spread(session.get("emissions")))[0]  # type: ignore[attr-defined]
    output = session.get("output").sel(sector="FER")
    result = module.run(session, grid, "FER", relief=0.95)
    assert result.converged
    after = module.densest(grid.spread(session.get("emissions")))[0]  # type: ignore[attr-defined]
    assert after <= 0.95 * before * (1.0 + 1e-3)
    change = session.get("output").sel(sector="FER") / output
    price = session.get("output_limit_price").sel(sector="FER")
    binding = price > 1e-6
    assert binding.any()
    assert np.all(change.where(binding, 0.5) < 1.0)


def test_the_provinces_have_their_towns_inside(example: Example) -> None:
    for place in example("emission_grid").territories().values():
        for town in place.towns:
            assert place.west <= town.east <= place.east
            assert place.south <= town.north <= place.north
