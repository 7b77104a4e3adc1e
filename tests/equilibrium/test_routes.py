"""The block route and the dense route find the same equilibrium, and it is one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.language import Model
from tests.equilibrium.models import carbon, everything, industries, targeted

Case = tuple[Callable[[], Model], dict[str, Any]]

CASES: dict[str, Case] = {
    "everything": (everything, {"cap": ("r", [4.5, 4.8]), "skill": 1.05, "tariff": 0.02}),
    "carbon": (carbon, {"cap": 22.0, "floor": 0.92}),
    "targeted": (targeted, {"target": ("r", [30.0, 18.0])}),
    "specific factors": (partial(industries, True), {"tax": 0.0, "labour": 12.0}),
    "mobile factors": (partial(industries, False), {"tax": 0.2, "labour": 12.0}),
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
        then += float(own.sum()) * commodity.start
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
