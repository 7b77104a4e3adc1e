"""Parameters that are products of others: solved, differentiated and moved like their factors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.equilibrium.sensitivity import gradient
from cge.language import Fixed, Freed, Model, Swap, ces, leontief, scale

FUEL = np.array([20.0, 5.0])
INTENSITY = np.array([2.0, 1.0])
STEP = 1e-4


def emitters(product: bool) -> Model:
    """Two industries burn fuel under a cap; needs of permits are fuel times its carbon content."""
    m = Model("emitters", i=["dirty", "clean"])
    P, PL, PF = m.commodity("P", "i"), m.commodity("PL"), m.commodity("PF")
    PC, HH = m.commodity("PC", may_be_zero=0.2), m.agent("HH")
    fuel, content = m.parameter("fuel", "i", FUEL), m.parameter("content", "i", INTENSITY)
    need = m.product("need", "i", fuel, content) if product else ("i", FUEL * INTENSITY)
    m.activity(
        "Y",
        "i",
        makes=P["i"]([100.0, 80.0]),
        uses=ces(
            0.5,
            PL[""](np.array([100.0, 80.0]) - FUEL),
            leontief(PF[""](fuel, name="fuel"), PC[""](need, name="permit")),
        ),
    )
    m.activity("MINE", makes=PF[""](25.0), uses=PL[""](25.0))
    HH.owns(PL[""], 180.0, name="labour").owns(PC[""], 45.0, name="cap")
    HH.spends(ces(0.8, P["i"]([100.0, 80.0], name="goods")))
    m.numeraire(PL)
    return m


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(emitters(True))


def values(solver: Solver) -> dict[str, Any]:
    """A binding cap, in equilibrium with fuels dirtier than at first."""
    return solver.model.values(cap=30.0, content=("i", [2.2, 1.3]))


def test_a_product_is_its_factors_multiplied(solver: Solver) -> None:
    changes = {"fuel": ("i", [22.0, 5.0]), "content": ("i", [2.2, 1.3]), "cap": 30.0}
    found = solver.solve(changes)
    plain = emitters(False).solve(
        {
            "fuel": ("i", [22.0, 5.0]),
            "Y.permit.quantity": ("i", [22.0 * 2.2, 5.0 * 1.3]),
            "cap": 30.0,
        }
    )
    assert found.price("PC") > 0.1
    for key, unknown in found.unknowns.items():
        np.testing.assert_allclose(unknown, plain.unknowns[key], rtol=1e-12, atol=1e-12)


def test_one_solver_follows_its_factors(solver: Solver) -> None:
    """Whatever the parameters say of the product itself, at every door of the solver."""
    consistent = values(solver)
    stale = {**consistent, "need": solver.base["need"]}
    right = solver.solve(cap=30.0, content=("i", [2.2, 1.3]))
    for found in (solver.newton(stale).unknowns, solver.solution(stale)):
        for key, unknown in right.unknowns.items():
            np.testing.assert_allclose(found[key], unknown, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(solver.newton(stale).values["need"], consistent["need"])


def along(solver: Solver, of: Callable[[dict[str, Any]], Any], name: str) -> Any:
    """Central difference of a function of the solution with all members of a parameter."""
    base = values(solver)
    ends = [of({**base, name: base[name] * (1 + sign * STEP)}) for sign in (1.0, -1.0)]
    return jax.tree.map(lambda a, b: (np.asarray(a) - np.asarray(b)) / (2 * STEP), *ends)


def utility(state: Any) -> Any:
    return jnp.log(state.quantity(state.model.agents["HH"], "goods")).sum()


@pytest.mark.parametrize("name", ["content", "fuel", "cap"])
def test_derivatives_flow_through_a_product(solver: Solver, name: str) -> None:
    def welfare(at: dict[str, Any]) -> Any:
        return utility(solver.state(solver.solution(at), at))

    base = {k: jnp.asarray(v) for k, v in values(solver).items()}
    expected = along(solver, welfare, name)
    assert abs(expected) > 1e-3
    reverse = jax.grad(welfare)(base)
    assert float((reverse[name] * base[name]).sum()) == pytest.approx(expected, rel=1e-6)
    point = solver.solution(base)
    by_adjoint = gradient(solver, utility)(point, base)
    assert float((by_adjoint[name] * base[name]).sum()) == pytest.approx(expected, rel=1e-6)
    assert not np.any(by_adjoint["need"])


@pytest.mark.parametrize("name", ["content", "fuel"])
def test_tangents_carry_products_along(solver: Solver, name: str) -> None:
    base = {k: jnp.asarray(v) for k, v in values(solver).items()}
    change = {k: v if k == name else jnp.zeros_like(v) for k, v in base.items()}
    moved = solver.tangent(solver.solution(base), base, change)
    expected = along(solver, solver.solution, name)
    for key, value in moved.items():
        np.testing.assert_allclose(value, expected[key], rtol=1e-6, atol=1e-7, err_msg=key)


def test_a_product_follows_a_factor_that_adjusts() -> None:
    """Carbon content freed until permits cost a given price: the mirror gives the same."""
    m = emitters(True)
    cleaner = Freed("cleaner", "", {m.parameters["content"]: scale})
    price = Fixed("price", "", lambda s: s.price(m.commodities["PC"]))
    found = m.with_swaps([Swap(cleaner, price)], at=m.benchmark()).solve(
        {"cap": 30.0, "price_target": 0.05}
    )
    assert found.price("PC").item() == pytest.approx(0.05, rel=1e-9)
    content = found.parameter("content").to_numpy()
    assert (content < INTENSITY).all()
    np.testing.assert_allclose(found.parameter("need"), content * FUEL, rtol=1e-12)
    mirror = m.solve({"cap": 30.0, "content": content})
    assert mirror.price("PC").item() == pytest.approx(0.05, rel=1e-8)
