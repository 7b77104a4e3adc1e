"""What may be eliminated is, and any order of elimination gives the same direction."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.equilibrium.jacobian import jacobian
from cge.equilibrium.plan import Plan, make_plan
from cge.equilibrium.state import Unknowns
from cge.language import Model, ces, cet
from tests.equilibrium.models import industries, random_point

COMPOSITE = (("y:A", "p:PA"), ("p:PA", "y:A"))


def selling_stocks() -> Model:
    """Goods for home and abroad, and composites with imports, some of which come out of stocks."""
    n = 3
    m = Model("selling stocks", j=n)
    P, PA = m.commodity("P", "j"), m.commodity("PA", "j")
    PL, FX, HH = m.commodity("PL"), m.commodity("FX"), m.agent("HH")
    output, stocks = np.array([10.0, 20.0, 30.0]), np.array([0.0, 1.0, 5.0])
    made = cet(2.0, P["j"](0.9 * output), FX[""](0.1 * output))
    m.activity("Y", "j", makes=made, uses=PL[""](output))
    m.activity(
        "A", "j", makes=PA["j"](output), uses=ces(3.0, P["j"](0.9 * output), FX[""](0.1 * output))
    )
    HH.owns(PL[""], output.sum(), name="labour").owns(PA["j"], ("j", stocks), name="stocks")
    HH.spends(ces(0.5, PA["j"](output + stocks)))
    m.numeraire(PL, drop=FX)
    return m


def test_a_good_that_is_also_sold_from_stocks_is_a_composite() -> None:
    """The activity that makes it still sets its price, and makes what the stocks leave to make."""
    solver = Solver(selling_stocks())
    assert solver.plan is not None
    assert set(COMPOSITE) <= set(solver.plan.substitutions)
    state = solver.benchmark
    direction = _direction(solver, solver.model)
    dense = _direction(Solver(solver.model, route="dense"), solver.model)
    for key, step in dense.items():
        np.testing.assert_allclose(direction[key], step, rtol=1e-9, atol=1e-11, err_msg=key)
    assert not state.dead["p:PA"].any()


def test_a_good_that_stocks_supply_alone_is_none() -> None:
    """What nobody has to make has no cost that would be its price."""
    model = selling_stocks()
    assert COMPOSITE[0] in Solver(model).plan.substitutions  # type: ignore[union-attr]
    idle = selling_stocks()
    blocks, dead = jacobian(Solver(idle).benchmark), dict(Solver(idle).benchmark.dead)
    (pattern,) = blocks.table["p:PA", "y:A"]
    blocks.table["p:PA", "y:A"][pattern] = np.array([-1.0, -1.0, 0.0])
    assert COMPOSITE[0] not in make_plan(idle, blocks, dead).substitutions


@pytest.mark.parametrize("coupled", [(), (1, 4, 7), tuple(range(13))])
def test_levels_may_follow_from_their_own_zero_profit(coupled: tuple[int, ...]) -> None:
    """With factors specific to industries cost depends on the own level: any of these levels may be
    eliminated by it.
    """
    model = industries(True)
    dense = Solver(model, route="dense")
    border = ("p:PL", "m:HH")
    plan = Plan((("p:PK", "p:PK"),), (("y:Y", "p:P"),), border, border, coupled)
    found = _direction(Solver(model, plan=plan), model)
    for key, step in _direction(dense, model).items():
        np.testing.assert_allclose(found[key], step, rtol=1e-9, atol=1e-11, err_msg=key)


def _direction(solver: Solver, model: Model) -> Unknowns:
    point = {k: jnp.asarray(v) for k, v in random_point(model, 2).items()}
    state = solver.state(point, solver.base)
    factors = solver.route.factorise(jacobian(state), state.dead)
    return solver.route.apply(factors, state.residual)


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(selling_stocks())


def test_factors_of_a_neighbour_serve(solver: Solver) -> None:
    """They lead to the same equilibrium without a factorisation of its own."""
    first = solver.newton(solver.model.values(labour=61.0), keep=True)
    assert first.rounds > 0
    values = solver.model.values(labour=61.01)
    plain = solver.newton(values)
    kept = solver.newton(values, first.unknowns, factors=first.factors)
    assert kept.solved
    assert kept.rounds == 0
    assert kept.factors is first.factors
    assert plain.factors is None
    for key, value in plain.unknowns.items():
        np.testing.assert_allclose(kept.unknowns[key], value, rtol=0, atol=1e-10, err_msg=key)


def test_factors_that_do_not_serve_are_replaced(solver: Solver) -> None:
    """Useless ones cost time, never truth."""
    values = solver.model.values(labour=90.0)
    plain = solver.newton(values)
    useful = solver.newton(solver.base, keep=True).factors
    wrong = useful._replace(border=useful.border._replace(columns=-useful.border.columns))
    found = solver.newton(values, factors=wrong, keep=True)
    assert found.solved
    assert found.factors is not wrong
    assert found.rounds > 0
    for key, value in plain.unknowns.items():
        np.testing.assert_allclose(found.unknowns[key], value, rtol=0, atol=1e-10, err_msg=key)
