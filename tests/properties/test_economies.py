"""What is true of every economy, whatever its numbers: random ones, at shocked equilibria."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.benchmark import benchmark
from cge.language import Model
from cge.testing import (
    assert_balanced,
    assert_equilibrium,
    assert_homogeneous,
    assert_same_economy,
)
from tests.properties.economies import (
    EMPTY,
    TEMPLATE,
    Economy,
    Shock,
    declare,
    economies,
    shocks,
)

EXAMPLES = settings(max_examples=25)

Changes = dict[str, np.ndarray]


@pytest.fixture(scope="module")
def solver() -> Solver:
    """Compiled once: all economies differ in their parameters only."""
    return Solver(declare(TEMPLATE))


def solved(
    solver: Solver, model: Model, changes: Changes, start: dict[str, np.ndarray] | None = None
) -> Equilibrium:
    """The equilibrium of an economy at changed parameters, from its benchmark."""
    values = model.values(changes)
    return solver.solve(values, start=benchmark(model).unknowns if start is None else start)


@EXAMPLES
@given(economies())
def test_the_benchmark_is_replicated(solver: Solver, e: Economy) -> None:
    model = declare(e)
    assert_balanced(model, 1e-10)
    result = solved(solver, model, {})
    assert_equilibrium(result, 1e-10)
    for name in model.activities:
        live = ~np.asarray(result.state.dead[f"y:{name}"])
        expected = 0.0 if name == "AVOID" else 1.0
        np.testing.assert_allclose(result.level(name).values[live], expected, atol=1e-9)


@EXAMPLES
@given(economies(), shocks())
def test_walras_law_and_homogeneity(solver: Solver, e: Economy, shock: Shock) -> None:
    model = declare(e)
    result = solved(solver, model, shock.on(model))
    assert_equilibrium(result)
    assert_homogeneous(result, 3.0)


@EXAMPLES
@given(economies(), shocks(), st.floats(0.2, 5.0))
def test_the_price_level_does_not_matter(
    solver: Solver, e: Economy, shock: Shock, level: float
) -> None:
    """From benchmark prices at another level, the same equilibrium in the same numeraire."""
    model = declare(e)
    start = {
        k: v + np.log(level) if k[0] in "pm" else v for k, v in benchmark(model).unknowns.items()
    }
    start["p:PC"], start["m:TREASURY"] = (
        np.zeros(()),
        level * benchmark(model).unknowns["m:TREASURY"],
    )
    first = solved(solver, model, shock.on(model))
    second = solved(solver, model, shock.on(model), start)
    assert_same_economy(first, second)
    np.testing.assert_allclose(first.price("PF"), second.price("PF"), rtol=1e-7)


@EXAMPLES
@given(economies(), shocks())
def test_the_numeraire_does_not_matter(solver: Solver, e: Economy, shock: Shock) -> None:
    """Goods instead of factors as the unit of account."""
    model = declare(e)
    changes = shock.on(model)
    goods = {"in_factors": np.zeros(2), "in_goods": np.array([1.0, 0.0, 0.0, 0.0])}
    first = solved(solver, model, changes)
    second = solved(solver, model, {**changes, **goods})
    assert_equilibrium(second)
    assert second.price("PA").values[0] == pytest.approx(1.0, rel=1e-10)
    assert_same_economy(first, second)


@EXAMPLES
@given(economies(), shocks(), st.permutations(range(EMPTY + 1)))
def test_the_order_of_sectors_does_not_matter(
    solver: Solver, e: Economy, shock: Shock, order: list[int]
) -> None:
    model, other = declare(e), declare(e.permuted(order))
    first = solved(solver, model, shock.on(model))
    second = solved(solver, other, shock.permuted(order).on(other))
    for name in ("P", "PA"):
        live = ~np.asarray(first.state.dead[f"p:{name}"])[order]
        a, b = first.price(name).values[order][live], second.price(name).values[live]
        np.testing.assert_allclose(a, b, rtol=1e-7)
    live = ~np.asarray(first.state.dead["y:Y"])[order]
    a, b = first.level("Y").values[order][live], second.level("Y").values[live]
    np.testing.assert_allclose(a, b, rtol=1e-7)
    np.testing.assert_allclose(first.income("H"), second.income("H"), rtol=1e-7)


@EXAMPLES
@given(economies(), shocks(), st.integers(0, EMPTY - 1))
def test_two_halves_of_a_sector_are_the_sector(
    solver: Solver, e: Economy, shock: Shock, sector: int
) -> None:
    """Split a sector with its goods into two identical halves; nobody notices."""
    model, other = declare(e), declare(e.halved(sector))
    order = [*range(EMPTY), sector]
    whole = solved(solver, model, shock.on(model))
    halves = solved(solver, other, shock.permuted(order).on(other))
    assert_equilibrium(halves)
    for name in ("P", "PA"):
        live = ~np.asarray(whole.state.dead[f"p:{name}"])[order]
        a, b = whole.price(name).values[order][live], halves.price(name).values[live]
        np.testing.assert_allclose(a, b, rtol=1e-7)
    made, parts = whole.quantity("Y", "P").values, halves.quantity("Y", "P").values
    assert parts[[sector, EMPTY]].sum() == pytest.approx(made[sector], rel=1e-7, abs=1e-30)
    np.testing.assert_allclose(whole.income("H"), halves.income("H"), rtol=1e-7)
    np.testing.assert_allclose(whole.price("PC"), halves.price("PC"), rtol=1e-7, atol=1e-9)


@EXAMPLES
@given(economies(), shocks(), st.floats(0.1, 20.0))
def test_an_economy_twice_as_large_does_twice_as_much(
    solver: Solver, e: Economy, shock: Shock, size: float
) -> None:
    """Endowments, commitments, permits and capacities in proportion: prices stay as they are."""
    model = declare(e)
    values = model.values(shock.on(model))
    grow = ("factors", "foreign_saving", "permits", "committed", "possible")
    first = solved(solver, model, values)
    second = solved(solver, model, {**values, **{k: size * values[k] for k in grow}})
    assert_equilibrium(second)
    assert_same_economy(first, second, scale=size)
    np.testing.assert_allclose(first.price("PF"), second.price("PF"), rtol=1e-7)


@EXAMPLES
@given(economies(), shocks())
def test_a_technology_that_idles_changes_nothing(solver: Solver, e: Economy, shock: Shock) -> None:
    """Avoiding emissions at a cost beyond reason, against not being able to."""
    model = declare(e)
    values = model.values(shock.on(model))
    dear = {"AVOID.PF.quantity": 1e4 * values["AVOID.PF.quantity"]}
    without = {"possible": np.zeros(())}
    first = solved(solver, model, {**values, **dear})
    second = solved(solver, model, {**values, **without})
    assert first.level("AVOID").item() == pytest.approx(0.0, abs=1e-6)
    assert_same_economy(first, second)


@EXAMPLES
@given(economies(), shocks())
def test_emissions_stay_below_the_cap(solver: Solver, e: Economy, shock: Shock) -> None:
    """And the price is positive only where they reach it."""
    model = declare(e)
    changes = shock.on(model)
    result = solved(solver, model, changes)
    emitted = result.quantity("Y", "PC").sum().item()
    avoided = result.level("AVOID").item()
    left = changes["permits"].sum() + avoided - emitted
    scale = e.burnt.sum()
    assert left >= -1e-9 * scale
    assert result.price("PC").item() * left == pytest.approx(0.0, abs=1e-9 * scale)
    assert -1e-6 <= avoided <= (0.2 + 1e-6) * scale
