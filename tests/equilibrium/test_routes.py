"""The block route and the dense route find the same equilibrium, and it is one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.jacobian import jacobian
from cge.equilibrium.state import Unknowns
from cge.language import Model
from tests.equilibrium.models import (
    carbon,
    closed_form,
    everything,
    industries,
    random_point,
    targeted,
    trading,
)

SHOCK = {"cap": ("r", [4.5, 4.8]), "skill": 1.05, "tariff": 0.02}  # for ``everything``

Case = tuple[Callable[[], Model], dict[str, Any]]

CASES: dict[str, Case] = {
    "carbon": (carbon, {"cap": 22.0, "floor": 0.92}),
    "targeted": (targeted, {"target": ("r", [30.0, 18.0])}),
    "specific factors": (partial(industries, True), {"tax": 0.0, "labour": 12.0}),
    "mobile factors": (partial(industries, False), {"tax": 0.2, "labour": 12.0}),
    "newcomer": (partial(trading, True), {"foreign": 2.0}),
}


@pytest.fixture(scope="module", params=CASES)
def both(request: pytest.FixtureRequest) -> tuple[Solver, Equilibrium, Equilibrium]:
    build, shock = CASES[request.param]
    model = build()
    block, dense = Solver(model), Solver(model, route="dense")
    start = block.start
    return block, *(s.newton(model.values(shock), start) for s in (block, dense))


def test_both_routes_solve(both: tuple[Solver, Equilibrium, Equilibrium]) -> None:
    _, block, dense = both
    for equilibrium in (block, dense):
        assert equilibrium.solved, equilibrium
        assert equilibrium.worst <= 1e-9
        assert abs(equilibrium.walras) <= 1e-9
    assert (block.route, dense.route) == ("block", "dense")


def test_both_routes_agree(both: tuple[Solver, Equilibrium, Equilibrium]) -> None:
    _, block, dense = both
    for key, value in block.unknowns.items():
        np.testing.assert_allclose(value, dense.unknowns[key], rtol=0, atol=1e-9, err_msg=key)


def test_something_happened(both: tuple[Solver, Equilibrium, Equilibrium]) -> None:
    solver, block, _ = both
    moved = [np.abs(v - np.asarray(solver.start[k])).max() for k, v in block.unknowns.items()]
    assert max(moved) > 0.01
    assert block.rounds > 0


def test_the_index_is_the_numeraire(both: tuple[Solver, Equilibrium, Equilibrium]) -> None:
    """The weighted mean of prices is that of the benchmark."""
    solver, block, _ = both
    now = then = 0.0
    for commodity, weights in solver.model.index.items():
        own = np.broadcast_to(weights.value, commodity.shape)
        now += float((own * block.price(commodity).values).sum())
        then += float((own * commodity.start).sum())
    assert now == pytest.approx(then, rel=1e-11)


def test_residuals_recomputed_without_the_compiler(
    both: tuple[Solver, Equilibrium, Equilibrium],
) -> None:
    """NumPy finds the same conditions met that the compiled loop found met."""
    _, block, _ = both
    table = block.residuals()
    assert table["residual"].abs().max() <= 1e-9
    assert not table["condition"].isna().any()


@pytest.mark.parametrize("specific", [True, False])
def test_large_families_get_a_core_of_their_own(specific: bool) -> None:
    plan = Solver(industries(specific)).plan
    assert plan is not None
    assert plan.core == (("y:Y", "p:P"),)
    assert "p:PL" in plan.border


def test_a_newcomer_leaves_the_plan_alone() -> None:
    """A technology that could make a composite does not bring prices and levels of composites
    back into the core: they follow from the one source that always runs.
    """
    plans = [Solver(trading(newcomer)).plan for newcomer in (False, True)]
    assert all(plan is not None for plan in plans)
    without, beside = plans
    assert ("y:A", "p:PA") in without.substitutions
    assert ("p:PA", "y:A") in without.substitutions
    assert (beside.substitutions, beside.core) == (without.substitutions, without.core)
    assert set(beside.border) == {*without.border, "y:NEW"}


def test_a_newcomer_enters_where_it_is_cheaper() -> None:
    """With little foreign exchange composites become dear, some beyond what the newcomer costs."""
    dear = Solver(trading(True)).solve(foreign=2.0)
    price, level = dear.price("PA").to_numpy(), dear.level("NEW").to_numpy()
    assert 0 < (level > 1e-6).sum() < level.size
    np.testing.assert_allclose(level[price > 1.03 + 1e-6], 0.3, rtol=1e-7)
    np.testing.assert_allclose(level[price < 1.03 - 1e-6], 0.0, atol=1e-7)


@pytest.mark.parametrize("newcomer", [False, True])
def test_both_routes_take_the_same_direction(newcomer: bool) -> None:
    model = trading(newcomer)
    block, dense = Solver(model), Solver(model, route="dense")
    point = {k: jnp.asarray(v) for k, v in random_point(model, 2).items()}
    state = block.state(point, block.base)
    blocks = jacobian(state)
    steps = [
        solver.route.apply(solver.route.factorise(blocks, state.dead), state.residual)
        for solver in (block, dense)
    ]
    for key, step in steps[0].items():
        np.testing.assert_allclose(step, steps[1][key], rtol=1e-8, atol=1e-10, err_msg=key)


def test_an_independent_newton_agrees_on_everything() -> None:
    """The model with everything: plain Newton's method in NumPy ends where the block route does."""
    model = everything()
    values = model.values(SHOCK)
    compiled = Solver(model).newton(values)
    assert compiled.solved
    rng = np.random.default_rng(0)
    near = {k: v + 1e-4 * rng.normal(size=v.shape) for k, v in compiled.unknowns.items()}
    again = newton_in_numpy(model, values, near)
    for key, value in compiled.unknowns.items():
        live = ~np.asarray(compiled.state.dead[key])
        np.testing.assert_allclose(value[live], again[key][live], rtol=0, atol=1e-9, err_msg=key)


def newton_in_numpy(
    model: Model, values: dict[str, np.ndarray], point: Unknowns, steps: int = 8
) -> Unknowns:
    """Newton's method with a dense matrix and without safeguards, from a point nearby."""
    axes, matrix = Axes(model.dims, np), closed_form(model)
    sizes = {key: family.size for key, family in model.families().items()}
    for _ in range(steps):
        state = evaluate(model, axes, point, values)
        f = np.concatenate([np.ravel(state.residual[key]) for key in sizes])
        dead = np.concatenate([np.ravel(state.dead[key]) for key in sizes]).astype(float)
        step = np.linalg.solve(matrix(point, values) - np.diag(dead), -f)
        parts = np.split(step, np.cumsum(list(sizes.values()))[:-1])
        point = {
            key: point[key] + part.reshape(np.shape(point[key]))
            for key, part in zip(sizes, parts, strict=True)
        }
    return point
