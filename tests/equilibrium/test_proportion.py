"""Starts in proportion to what is owned: exact where all that is owned has grown alike."""

from __future__ import annotations

import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.equilibrium.axes import Axes
from cge.equilibrium.benchmark import benchmark
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.proportion import in_proportion
from cge.language import Model
from tests.properties.economies import TEMPLATE, declare

OWNED = ("factors", "foreign_saving", "permits", "committed", "possible")


@pytest.fixture(scope="module")
def model() -> Model:
    return declare(TEMPLATE)


@pytest.mark.parametrize("size", [0.02, 0.5, 3.0, 40.0])
def test_an_economy_that_has_grown_as_a_whole_is_in_equilibrium(model: Model, size: float) -> None:
    """Levels, spending, and incomes that are only handed on."""
    values = model.values()
    grown = {**values, **{name: size * values[name] for name in OWNED}}
    start = benchmark(model).unknowns
    point = in_proportion(model, start, grown)
    assert point is not None
    state = evaluate(model, Axes(model.dims, np), point, grown)
    assert state.worst <= 1e-9
    assert abs(float(state.walras)) <= 1e-9
    for key, u in start.items():
        if key[0] == "p":
            np.testing.assert_array_equal(point[key], u)


def test_a_start_that_takes_what_is_owned_stays(model: Model) -> None:
    values = model.values()
    assert in_proportion(model, benchmark(model).unknowns, values) is None
    more = {**values, "factors": 1.05 * values["factors"]}
    assert in_proportion(model, benchmark(model).unknowns, more) is None


def test_a_start_that_newton_leaves_leads_to_the_equilibrium(model: Model) -> None:
    """Half of everything, from the benchmark's own unknowns."""
    solver, values = Solver(model), model.values()
    half = {**values, **{name: 0.5 * values[name] for name in OWNED}}
    found = solver.solve(half, start=benchmark(model).unknowns)
    np.testing.assert_allclose(found.price("PF"), benchmark(model).price("PF"), rtol=1e-7)
