r"""Demands are derivatives: of unit cost, of revenue, of expenditure (Shephard, Hotelling, Roy).

Two independent derivatives stand against the engine's share forms: JAX's of the engine's own cost,
and sympy's of the textbook functions written without calibrated shares.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import sympy

from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import commitments, evaluate, start
from cge.equilibrium.state import State, Unknowns
from cge.language import Model, Node, ces, cet, cobb_douglas, leontief, les, subset

GOODS = ["coal", "gas", "steel"]


@pytest.fixture(scope="module")
def nests() -> Model:
    """One technology with every kind of nest, taxes and productivities, and a household."""
    rng = np.random.default_rng(5)
    m = Model("nests", i=GOODS, t=2, f=subset("i", ["coal", "steel"]))
    P, PL, PK = m.commodity("P", "i"), m.commodity("PL"), m.commodity("PK", "t")
    PC, HH = m.commodity("PC", may_be_zero=0.2), m.agent("HH", "t")
    tax = m.parameter("tax", "i t", ("i t", 0.3 * rng.random((3, 2))))
    duty = m.parameter("duty", "i", 0.3 * rng.random(3))
    skill = m.parameter("skill", "t", [1.2, 0.8])

    def some(*shape: int) -> np.ndarray:
        return rng.uniform(0.2, 1.0, shape)

    m.activity(
        "Y",
        "t",
        makes=cet(
            m.parameter("eta", "t", [0.5, 3.0]),
            PK["t"](some(2), taxes=m.parameter("levy", "", 0.2).to(HH["t"])),
            cet(1.5, P["i"](("t i", some(2, 3)))),
        ),
        uses=leontief(
            PL[""](some(2), name="overhead"),
            ces(
                m.parameter("sigma", "t", [0.4, 1.0]),
                cobb_douglas(PL[""](some(2), productivity=skill), PK["t"](some(2), name="used")),
                ces(
                    1.0 + 1e-10,
                    P["i"](("t i", some(2, 3)), taxes=[tax.to(HH["t"]), duty.to(HH["t"])]),
                    ces(
                        2.5,
                        leontief(
                            P["f"](("t f", some(2, 2)), name="fuel"),
                            PC[""](("t f", some(2, 2))),
                            each="f",
                        ),
                    ),
                ),
            ),
        ),
    )
    HH.spends(
        les(
            P["i"](("t i", some(2, 3) + 0.4), taxes=duty.to(HH["t"]), minimum=("i", some(3) / 3)),
            ces(0.5, PL[""](some(2)), PK["t"](some(2) + 0.5, minimum=0.3)),
        )
    )
    return m


@pytest.fixture(scope="module")
def point(nests: Model) -> Unknowns:
    rng = np.random.default_rng(6)
    moved = {k: v + 0.3 * rng.normal(size=v.shape) for k, v in start(nests).items()}
    return {k: jnp.asarray(v) for k, v in {**moved, "p:PC": np.array(0.4)}.items()}


def state_at(model: Model, point: Unknowns) -> State:
    values = {k: jnp.asarray(v) for k, v in model.values().items()}
    return evaluate(model, Axes(model.dims, jnp), point, values)


def by_market(state: State, owner: str, sides: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Quantities of an owner's flows times their wedge times price slope, summed by market."""
    found: dict[str, np.ndarray] = {}
    for flow in state.flows:
        if flow.owner.name != owner or flow.tree.side not in sides:
            continue
        for leaf, quantity in flow.total.items():
            slope = state.axes.take(state.prices.slope[leaf.commodity], leaf.use, leaf.letters)
            worth = slope * flow.unit.wedge[leaf] * quantity
            key = f"p:{leaf.commodity.name}"
            found[key] = found.get(key, 0.0) + state.axes.collect(worth, leaf.letters, leaf.use)
    return found


@pytest.mark.parametrize("side", ["uses", "makes"])
def test_inputs_and_outputs_are_derivatives_of_cost_and_revenue(
    nests: Model, point: Unknowns, side: str
) -> None:
    """Shephard's and Hotelling's lemma at a level of one; in logs of prices, value by market."""
    point = {**point, "y:Y": jnp.zeros(2)}

    def value(prices: Unknowns) -> Any:
        state = state_at(nests, {**point, **prices})
        flow = next(f for f in state.flows if f.owner.name == "Y" and f.tree.side == side)
        reference = state.calibration.value[flow.tree]
        return (reference * jnp.exp(flow.unit.log_price[flow.tree.root])).sum()

    prices = {k: v for k, v in point.items() if k.startswith("p:")}
    expected = jax.grad(value)(prices)
    found = by_market(state_at(nests, point), "Y", (side,))
    for key, derivative in expected.items():
        np.testing.assert_allclose(found.get(key, 0.0), derivative, rtol=1e-12, err_msg=key)


def test_purchases_are_derivatives_of_expenditure(nests: Model, point: Unknowns) -> None:
    r""":math:`e(p, u) = \sum p \gamma + u\,P(p)`, compensated demand by Shephard's lemma."""
    utility = jnp.array([0.7, 1.3])

    def at(prices: Unknowns) -> tuple[State, Any]:
        state = state_at(nests, {**point, **prices})
        (flow,) = (f for f in state.flows if f.owner.name == "HH")
        income = jnp.log(utility) + flow.unit.log_price[flow.tree.root]
        state = state_at(nests, {**point, **prices, "m:HH": income})
        (flow,) = (f for f in state.flows if f.owner.name == "HH")
        spent = state.scale[nests.agents["HH"]] * jnp.exp(income)
        return state, (spent + commitments(state, flow)).sum()

    prices = {k: v for k, v in point.items() if k.startswith("p:")}
    state, _ = at(prices)
    found = by_market(state, "HH", ("spends",))
    for key, derivative in jax.grad(lambda p: at(p)[1])(prices).items():
        np.testing.assert_allclose(found.get(key, 0.0), derivative, rtol=1e-12, err_msg=key)


def test_purchases_exhaust_income(nests: Model, point: Unknowns) -> None:
    state = state_at(nests, point)
    (flow,) = (f for f in state.flows if f.owner.name == "HH")
    bought = sum(
        (flow.unit.user_price[leaf] * quantity).reshape(2, -1).sum(axis=1)
        for leaf, quantity in flow.total.items()
    )
    spent = state.scale[nests.agents["HH"]] * jnp.exp(point["m:HH"]) + commitments(state, flow)
    np.testing.assert_allclose(bought, spent, rtol=1e-12)


# Against sympy ------------------------------------------------------------------------------------

QUANTITY = [0.7, 0.4, 1.1]
PRICE = [1.3, 0.8, 1.7]
p = sympy.symbols("p1:4", positive=True)
share = [sympy.Rational(str(q)) / sympy.Rational("2.2") for q in QUANTITY]


def textbook_ces(sigma: str) -> Any:
    """Unit cost of a CES technology that uses the given quantities at unit prices."""
    s = sympy.Rational(sigma)
    inner = sum(a * x ** (1 - s) for a, x in zip(share, p, strict=True))
    return sympy.Rational("2.2") * inner ** (1 / (1 - s))


def textbook_nested() -> Any:
    """CES of the first input and a Cobb-Douglas of the others."""
    outer, rest = sympy.Rational("0.6"), share[1] + share[2]
    inner = p[1] ** (share[1] / rest) * p[2] ** (share[2] / rest)
    both = share[0] * p[0] ** (1 - outer) + rest * inner ** (1 - outer)
    return sympy.Rational("2.2") * both ** (1 / (1 - outer))


COSTS: dict[str, tuple[Any, Any]] = {
    "leontief": (
        lambda *leaves: leontief(*leaves),
        sum(sympy.Rational(str(q)) * x for q, x in zip(QUANTITY, p, strict=True)),
    ),
    "cobb_douglas": (
        lambda *leaves: cobb_douglas(*leaves),
        sympy.Rational("2.2") * sympy.prod([x**a for a, x in zip(share, p, strict=True)]),
    ),
    "ces 0.5": (lambda *leaves: ces(0.5, *leaves), textbook_ces("0.5")),
    "ces 4": (lambda *leaves: ces(4.0, *leaves), textbook_ces("4")),
    "ces near 1": (lambda *leaves: ces(1.000001, *leaves), textbook_ces("1.000001")),
    "nested": (lambda a, b, c: ces(0.6, a, cobb_douglas(b, c)), textbook_nested()),
}


def one_technology(nest: Any, outputs: bool = False) -> tuple[Model, dict[str, np.ndarray]]:
    """A technology over three goods and labour, and the point with the prices above."""
    m = Model("one", i=3)
    goods, PL = [m.commodity(f"P{k}") for k in range(3)], m.commodity("PL")
    tree: Node = nest(*(P[""](q) for P, q in zip(goods, QUANTITY, strict=True)))
    if outputs:
        m.activity("Y", makes=tree, uses=PL[""](2.2))
    else:
        m.activity("Y", makes=PL[""](2.2), uses=tree)
    return m, {**start(m), **{f"p:P{k}": np.log(x) for k, x in enumerate(PRICE)}}


def quantities(model: Model, point: Unknowns, owner: str) -> list[float]:
    with np.errstate(divide="ignore", invalid="ignore"):  # half an economy clears no market
        state = evaluate(model, Axes(model.dims, np), point, model.values())
    tables = {**model.activities, **model.agents}
    return [float(state.quantity(tables[owner], f"P{k}")) for k in range(3)]


def exact(expression: Any, more: dict[Any, float] | None = None) -> float:
    at = {**dict(zip(p, PRICE, strict=True)), **(more or {})}
    return float(expression.subs({k: sympy.Float(v, 40) for k, v in at.items()}).evalf(40))


@pytest.mark.parametrize("form", COSTS)
def test_input_demands_equal_symbolic_derivatives(form: str) -> None:
    nest, cost = COSTS[form]
    model, point = one_technology(nest)
    expected = [exact(sympy.diff(cost, x)) for x in p]
    np.testing.assert_allclose(quantities(model, point, "Y"), expected, rtol=1e-12)


@pytest.mark.parametrize("eta", ["0.5", "2"])
def test_output_supplies_equal_symbolic_derivatives(eta: str) -> None:
    revenue = textbook_ces(f"-{eta}")
    model, point = one_technology(lambda *leaves: cet(float(eta), *leaves), outputs=True)
    expected = [exact(sympy.diff(revenue, x)) for x in p]
    np.testing.assert_allclose(quantities(model, point, "Y"), expected, rtol=1e-12)


def test_linear_expenditure_equals_roys_identity() -> None:
    r"""Marshallian demand :math:`-v_p / v_M` of :math:`v = (M - \sum p\gamma) / \prod p^\beta`."""
    minimum, income = [0.3, 0.1, 0.5], 2.9
    m = Model("one", i=3)
    goods, HH = [m.commodity(f"P{k}") for k in range(3)], m.agent("HH")
    pairs = zip(goods, QUANTITY, minimum, strict=True)
    HH.spends(les(*(P[""](q, minimum=c) for P, q, c in pairs)))
    M = sympy.Symbol("M", positive=True)
    gamma = [sympy.Rational(str(c)) for c in minimum]
    spare = [sympy.Rational(str(q)) - c for q, c in zip(QUANTITY, gamma, strict=True)]
    beta = [s / sum(spare) for s in spare]
    committed = sum(x * c for x, c in zip(p, gamma, strict=True))
    v = (M - committed) / sympy.prod([x**b for x, b in zip(p, beta, strict=True)])
    expected = [exact(-sympy.diff(v, x) / sympy.diff(v, M), {M: income}) for x in p]
    left = income - sum(x * c for x, c in zip(PRICE, minimum, strict=True))
    unknown = np.log(left / float(sum(spare)))
    point = {**start(m), **{f"p:P{k}": np.log(x) for k, x in enumerate(PRICE)}, "m:HH": unknown}
    np.testing.assert_allclose(quantities(m, point, "HH"), expected, rtol=1e-12)


def test_supply_curve_equals_its_formula() -> None:
    m = Model("supply")
    P, PL, HH = m.commodity("P0"), m.commodity("PL"), m.agent("HH")
    HH.owns(P[""], 3.0, elasticity=0.7, relative_to=PL[""])
    HH.owns(P[""], -2.0, elasticity=-1.5, relative_to=PL[""])
    point = {**start(m), "p:P0": np.log(1.3), "p:PL": np.log(0.9)}
    state = evaluate(m, Axes(m.dims, np), point, m.values())
    assert float(state.supplies[P]) == pytest.approx(3.0 * (1.3 / 0.9) ** 0.7, rel=1e-14)
    assert float(state.demands[P]) == pytest.approx(2.0 * (1.3 / 0.9) ** -1.5, rel=1e-14)


def test_supply_curves_pass_through_their_quantity_in_any_unit() -> None:
    """Prices count relative to the benchmark, member by member."""
    m = Model("units", i=["a", "b"])
    P, PL = m.commodity("P0", "i", price=("i", [2.0, 0.5])), m.commodity("PL", price=4.0)
    HH = m.agent("HH")
    HH.owns(P["i"], ("i", [3.0, 5.0]), elasticity=0.7, relative_to=PL[""], name="reserve")
    HH.spends(cobb_douglas(P["i"](1.0)))
    m.numeraire(PL)
    state = evaluate(m, Axes(m.dims, np), start(m), m.values())
    np.testing.assert_allclose(state.supplies[P], [3.0, 5.0], rtol=1e-14)
    raised = {**start(m), "p:P0": start(m)["p:P0"] + np.log([1.3, 1.0])}
    state = evaluate(m, Axes(m.dims, np), raised, m.values())
    np.testing.assert_allclose(state.supplies[P], [3.0 * 1.3**0.7, 5.0], rtol=1e-14)
    shown = str(m.equations("P0", at={"i": "a"}, numbers=True))
    assert f"{3.0 * 2.0**0.7:.6g}*(P0[a]/PL)**0.7" in shown.replace(" ", "")  # (P / 2) / (PL / 4)
