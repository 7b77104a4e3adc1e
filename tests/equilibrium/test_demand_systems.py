"""CDE and AIDADS: demand of an agent whose budget shares change with its income."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd
import pytest

from cge.equilibrium import Solver
from cge.equilibrium.axes import Axes
from cge.equilibrium.benchmark import benchmark, check_benchmark
from cge.equilibrium.conditions import commitments, evaluate
from cge.equilibrium.demand import AIDADS, CDE, expenditure, utility
from cge.equilibrium.demand.aidads import calibrate as calibrate_aidads
from cge.equilibrium.demand.cde import calibrate as calibrate_cde
from cge.equilibrium.demand.cde import own_price_elasticities
from cge.equilibrium.jacobian import jacobian
from cge.equilibrium.state import State, Unknowns
from cge.language import (
    DeclarationError,
    Model,
    Node,
    aces,
    aidads,
    cde,
    ces,
    cobb_douglas,
    leontief,
    les,
)
from cge.testing import assert_homogeneous
from tests.equilibrium.models import automatic, closed_form, closing, names, random_point

FOOD = np.array([[0.5, 0.3], [0.4, 0.2]])  # household, region
HEAT = np.array([[0.3, 0.4], [0.2, 0.5]])
GOODS = np.array([[0.2, 0.6, 0.3], [0.5, 0.1, 0.0]])  # household, good


def spending(system: str, m: Model, *children: Any) -> Node:
    """A root over heat, two goods apart, and food: a nest, a flow with more letters, a flow."""
    if system == "cde":
        alpha = [0.4, ("h i", [[0.2, 0.7, 0.5], [0.1, 0.3, 0.6]]), m.parameter("alpha", "h", 0.5)]
        return cde(
            *children,
            substitution=alpha,
            expansion=[m.parameter("e", "h", [1.3, 0.7]), ("i", [0.5, 1.0, 2.0]), 0.6],
        )
    worth = np.concatenate([SPENT["heat"][:, None], SPENT["goods"], SPENT["food"][:, None]], axis=1)
    share = worth / worth.sum(axis=1, keepdims=True)
    way = np.array([0.05, 0.03, 0.02, 0.0, -0.1]) * np.array([[1.0], [0.5]])
    low, high = share - 0.4 * way, share + 0.6 * way

    def split(name: str, x: np.ndarray) -> list[Any]:
        return [("h", x[:, 0]), ("h i", x[:, 1:4]), m.parameter(name, "h", x[:, 4])]

    return aidads(*children, low=split("food_low", low), high=split("food_high", high))


TAX, LOW = 0.1, 0.3
SPENT = {
    "heat": 0.5 + 0.3 * np.ones(2),
    "goods": GOODS * (1 + TAX) * (1 - LOW),
    "food": FOOD.sum(axis=1),
}


@cache
def economy(system: str) -> Model:
    return _economy(system, closing(_economy(system, {})))


def _economy(system: str, lumps: dict[str, np.ndarray]) -> Model:
    """Two households buy heat (a nest with permits), goods with a tax and commitments, and food."""
    m = Model(system, h=2, r=2, i=3)
    PF, PI, PL = m.commodity("PF", "r"), m.commodity("PI", "i"), m.commodity("PL")
    PC, FX = m.commodity("PC", may_be_zero=0.2), m.commodity("FX")
    HH, GOV = m.agent("HH", "h"), m.agent("GOV")
    tax = m.parameter("tax", "i", TAX)
    m.activity("F", "r", makes=PF["r"](FOOD.sum(axis=0)), uses=PL[""](FOOD.sum(axis=0)))
    made = GOODS.sum(axis=0) + 0.5
    m.activity("G", "i", makes=PI["i"](made), uses=ces(0.5, PL[""](0.7 * made), FX[""](0.3 * made)))
    HH.spends(
        spending(
            system,
            m,
            ces(0.8, PL[""](0.5, name="work"), leontief(FX[""](0.3), PC[""](0.6))),
            PI["i"](("h i", GOODS), taxes=tax.to(GOV[""]), minimum=("h i", LOW * GOODS)),
            cobb_douglas(PF["r"](("h r", FOOD))),
        )
    )
    GOV.spends(PI["i"](0.5))
    GOV.owns(PC[""], 1.5, name="cap")
    HH.owns(PL[""], ("h", [3.0, 2.5]), name="labour")
    GOV.owns(PL[""], FOOD.sum() + 0.7 * made.sum() + 1.0 - 5.5, name="public")
    HH.gives(0.1, GOV[""])
    for name, agent in m.agents.items():
        agent.owns(FX[""], (agent.letters, lumps.get(name, np.zeros(agent.shape))), name=f"l{name}")
    m.numeraire(PL, drop=FX)
    return m


SYSTEMS = pytest.mark.parametrize("system", ["cde", "aidads"])


def state_at(model: Model, point: Unknowns) -> State:
    with np.errstate(all="ignore"):
        return evaluate(model, Axes(model.dims, np), point, model.values())


@SYSTEMS
def test_closed_form_equals_automatic_derivative(system: str) -> None:
    model = economy(system)
    assert abs(float(check_benchmark(model, 1e-12).walras)) < 1e-12
    what = names(model)
    for seed in range(4):
        point = random_point(model, seed)
        own, oracle = (
            np.asarray(f(model)(point, model.values())) for f in (closed_form, automatic)
        )
        assert np.isfinite(oracle).all()
        apart = np.abs(own - oracle) > 1e-11 * np.maximum(1.0, np.abs(oracle))
        assert not apart.any(), [
            f"{what[i]} by {what[j]}: {own[i, j]} {oracle[i, j]}" for i, j in np.argwhere(apart)
        ][:5]


@SYSTEMS
def test_purchases_exhaust_income(system: str) -> None:
    model = economy(system)
    for seed in range(3):
        point = random_point(model, seed, 0.5)
        state = state_at(model, point)
        (flow,) = (f for f in state.flows if f.owner.name == "HH")
        bought = sum(
            (flow.unit.user_price[leaf] * quantity).reshape(2, -1).sum(axis=1)
            for leaf, quantity in flow.total.items()
        )
        spent = state.scale[flow.owner] * np.exp(point["m:HH"]) + commitments(state, flow)
        np.testing.assert_allclose(bought, spent, rtol=1e-12)


@pytest.mark.parametrize("system", ["cde", pytest.param("aidads", marks=pytest.mark.slow)])
def test_a_shock_is_solved_and_worth_what_it_costs(system: str) -> None:
    """Money does not matter; utility and its cost belong together at all prices."""
    model = economy(system)
    solver = Solver(model)
    base, result = solver.solve(), solver.solve({"labour": ("h", [3.3, 2.0]), "cap": 0.8})
    assert_homogeneous(result, 2.0, 1e-8)
    HH, state, start = model.agents["HH"], result.state, benchmark(model)
    np.testing.assert_allclose(utility(start, HH), 1.0, rtol=1e-12)
    after = utility(state, HH)
    assert after[0] > 1.0 > after[1]
    np.testing.assert_allclose(expenditure(state, HH, after), state.incomes[HH], rtol=1e-10)
    worth = start.scale[HH] * after  # at the reference, utility is money
    np.testing.assert_allclose(expenditure(start, HH, after), worth, rtol=1e-10)
    np.testing.assert_allclose(result.ev("HH", base), worth - start.incomes[HH], atol=1e-9)


# The systems by themselves ------------------------------------------------------------------------

SHARE = np.array([0.5, 0.3, 0.2])
BOTH = {
    "cde": CDE(jnp, SHARE, np.array([0.2, 0.5, 0.8]), np.array([0.6, 1.1, 1.9])),
    "cde above one": CDE(jnp, SHARE, np.array([1.2, 2.5, 1.8]), np.array([0.6, 1.1, 1.9])),
    "aidads": AIDADS(jnp, SHARE, np.array([0.7, 0.25, 0.05]), np.array([0.2, 0.375, 0.425])),
}
ALL = pytest.mark.parametrize("system", BOTH)


def log_demand(system: Any, m: Any, p: Any) -> Any:
    v = system.log_utility(m, p)
    return np.log(SHARE) + system.log_relative_shares(v, m, p) + m - p


@ALL
@pytest.mark.parametrize("m", [-0.7, 0.0, 1.5])
def test_demand_theory(system: str, m: float) -> None:
    """Adding up, homogeneity, Engel aggregation, Slutsky, Shephard, and the hat calculus."""
    s, p = BOTH[system], jnp.array([0.3, -0.4, 0.1])
    money = jnp.asarray(m)
    x = log_demand(s, money, p)
    share = np.exp(x + p - m)
    assert share.sum() == pytest.approx(1.0, rel=1e-13)
    np.testing.assert_allclose(log_demand(s, money + 2.0, p + 2.0), x, atol=1e-12)
    by_m = jax.jacfwd(log_demand, 1)(s, money, p)
    by_p = jax.jacfwd(log_demand, 2)(s, money, p)
    assert (share * by_m).sum() == pytest.approx(1.0, rel=1e-11)
    np.testing.assert_allclose(share @ by_p, -share, atol=1e-12)  # Cournot aggregation
    slutsky = share[:, None] * (by_p + by_m[:, None] * share[None, :])
    np.testing.assert_allclose(slutsky, slutsky.T, atol=1e-12)
    assert np.linalg.eigvalsh(slutsky).max() < 1e-12
    v = s.log_utility(money, p)
    assert s.log_expenditure(v, p) == pytest.approx(m, abs=1e-13)
    shephard = jax.grad(s.log_expenditure, 1)(v, p)
    np.testing.assert_allclose(shephard, share, rtol=1e-11)
    np.testing.assert_allclose(s.income_elasticities(share, v, p), by_m, rtol=1e-10)
    alpha = np.asarray(s.substitution)
    mean = (share * alpha).sum()
    hat = share[None, :] * (alpha[:, None] + alpha[None, :] - mean - by_m[:, None]) - np.diag(alpha)
    np.testing.assert_allclose(by_p, hat, atol=1e-11)


def test_cde_satisfies_its_definition() -> None:
    """Sum of B u^(e b) (p / m)^b, in levels."""
    s, p, m = BOTH["cde"], np.array([1.4, 0.7, 1.1]), 2.5
    b = 1.0 - s.substitution
    B = (SHARE / b) / (SHARE / b).sum()
    u = float(jnp.exp(s.log_utility(jnp.log(m), jnp.log(p))))
    terms = B * u ** (s.expansion * b) * (p / m) ** b
    assert terms.sum() == pytest.approx(1.0, rel=1e-13)
    x = np.exp(log_demand(s, jnp.log(m), jnp.log(p)))
    np.testing.assert_allclose(x * p / m, terms * b / (terms * b).sum(), rtol=1e-12)


def test_aidads_satisfies_its_definition() -> None:
    """Sum of phi ln(x / A e^u) = 1 with marginal shares on their way, in levels."""
    s, p = BOTH["aidads"], np.array([1.4, 0.7, 1.1])
    pi = (0.5 - 0.7) / (0.2 - 0.7)
    shift = np.log(pi / (1 - pi))
    A = np.exp((SHARE * np.log(SHARE)).sum() - 1.0 - shift)
    for m in (0.2, 1.0, 30.0):
        u = float(s.log_utility(jnp.log(m), jnp.log(p))) + shift
        phi = (s.low + s.high * np.exp(u)) / (1 + np.exp(u))
        x = np.exp(log_demand(s, jnp.log(m), jnp.log(p)))
        np.testing.assert_allclose(x, phi * m / p, rtol=1e-12)
        assert (phi * np.log(x / (A * np.exp(u)))).sum() == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize("xp", [np, jnp], ids=["numpy", "jax"])
def test_far_from_the_reference(xp: Any) -> None:
    """From a hundredth to a hundred times the income, either library."""
    m = xp.asarray(np.log([0.01, 1.0, 100.0]))
    p = xp.asarray(np.tile([1.0, -1.0, 0.5], (3, 1)))
    for s in BOTH.values():
        s = type(s)(xp, *(getattr(s, k) for k in list(s.__dataclass_fields__)[1:]))
        v = s.log_utility(m, p)
        np.testing.assert_allclose(s.log_expenditure(v, p), m, atol=1e-10)


def one_consumer(tree: Any, **more: Any) -> tuple[Model, dict[str, np.ndarray]]:
    m = Model("one", i=3)
    P, H = m.commodity("P", "i"), m.agent("H")
    H.spends(tree(P["i"](SHARE, **more)))
    point = {"p:P": np.array([0.3, -0.4, 0.1]), "m:H": np.array(0.8)}
    return m, point


def bought(tree: Any, **more: Any) -> Any:
    m, point = one_consumer(tree, **more)
    return state_at(m, point).quantity(m.agents["H"], "P")


def test_special_cases() -> None:
    """CDE with one substitution is a CES nest, AIDADS with constant shares is the LES."""
    same = cde, {"substitution": 0.6, "expansion": 1.0}
    np.testing.assert_allclose(
        bought(lambda leaf: same[0](leaf, **same[1])),
        bought(lambda leaf: ces(0.6, leaf)),
        rtol=1e-13,
    )
    low = np.array([0.2, 0.1, 0.0])
    share = (SHARE - low) / (SHARE - low).sum()
    np.testing.assert_allclose(
        bought(lambda leaf: aidads(leaf, low=share, high=share), minimum=low),
        bought(les, minimum=low),
        rtol=1e-13,
    )


def test_a_nest_may_stand_for_a_good() -> None:
    """A composite with a demand system above it, against the composite's own price."""
    sub, exp = [0.3, 0.7], [0.8, 1.2]

    def build(nested: bool) -> Any:
        m = Model("one", i=2)
        P, Q, H = m.commodity("P", "i"), m.commodity("Q"), m.agent("H")
        inner = cobb_douglas(P["i"]([0.2, 0.3])) if nested else Q[""](0.5)
        H.spends(cde(inner, Q[""](0.5, name="other"), substitution=sub, expansion=exp))
        p = np.array([0.5, -0.2])
        q = (p * [0.4, 0.6]).sum()
        # one price of Q in both: the composite's, so that it can stand in its place
        return m, {"p:P": p, "p:Q": np.asarray(q), "m:H": np.asarray(0.4)}

    (first, a), (second, b) = build(True), build(False)
    states = [state_at(m, point) for m, point in ((first, a), (second, b))]
    others = [s.quantity(s.model.agents["H"], "other") for s in states]
    np.testing.assert_allclose(*others, rtol=1e-13)


@pytest.mark.parametrize("system", ["cde", "aidads"])
def test_who_buys_nothing_has_numbers_all_the_same(system: str) -> None:
    """One of two households is not there; without it nothing changes for the other."""
    m = Model("m", h=2, i=2)
    P, PL, H = m.commodity("P", "i"), m.commodity("PL"), m.agent("H", "h")
    m.activity("A", "i", makes=P["i"](0.5), uses=PL[""](0.5))
    goods = P["i"](("h i", [[0.0, 0.0], [0.5, 0.5]]))
    if system == "cde":
        H.spends(cde(goods, substitution=0.5, expansion=("i", [1.0, 2.0])))
    else:
        H.spends(aidads(goods, low=("i", [0.6, 0.4]), high=("i", [0.4, 0.6])))
    H.owns(PL[""], ("h", [0.0, 1.0]), name="labour")
    m.numeraire(PL)
    state = check_benchmark(m)
    blocks = jacobian(state).table.values()
    assert all(np.isfinite(t).all() for tensors in blocks for t in tensors.values())
    np.testing.assert_allclose(utility(state, H), [0.0, 1.0])
    np.testing.assert_allclose(expenditure(state, H, np.array([0.0, 2.0])), [0.0, 2.0])


def test_cde_meets_elasticities_that_it_can_have() -> None:
    """Calibrated to its own elasticities a system comes back."""
    s = BOTH["cde"]
    eta = s.income_elasticities(SHARE, jnp.zeros(()), jnp.zeros(3))
    own = own_price_elasticities(SHARE, s.substitution)
    alpha, e = calibrate_cde(SHARE, eta, own)
    np.testing.assert_allclose(alpha, s.substitution, rtol=1e-7)
    np.testing.assert_allclose(e, s.expansion / (SHARE * s.expansion).sum(), rtol=1e-7)
    alpha, e = calibrate_cde(SHARE, [0.1, 1.0, 5.0], [-2.0, -0.1, -0.1])  # it cannot
    assert ((alpha >= 0.01) & (alpha <= 0.95) & (e > 0)).all()


def test_aidads_meets_income_elasticities() -> None:
    for progress in (0.3, 0.6):
        eta = np.array([0.8, 1.1, 1.35])
        low, high = calibrate_aidads(SHARE, eta, progress=progress)
        assert low.sum() == pytest.approx(1.0)
        assert high.sum() == pytest.approx(1.0)
        s = AIDADS(jnp, SHARE, low, high)
        assert float(s.progress) == pytest.approx(progress)
        found = s.income_elasticities(SHARE, jnp.zeros(()), jnp.zeros(3))
        np.testing.assert_allclose(found, eta / (SHARE * eta).sum(), rtol=1e-12)
        # The shares of the very poor and the very rich are the limits.
        for m, limit in ((-60.0, low), (60.0, high)):
            x = log_demand(s, jnp.asarray(m), jnp.zeros(3))
            np.testing.assert_allclose(np.exp(x - m), limit, atol=1e-10)
    with pytest.raises(ValueError, match=r"good 2: .* at progress 0\.9: take it closer to one"):
        calibrate_aidads(SHARE, [0.1, 1.0, 3.0], progress=0.9)


def test_targets_with_labels_are_read_by_them() -> None:
    """Elasticities in another order than the shares: the same numbers, with the shares' labels."""
    goods, eta, own = ["food", "goods", "services"], [0.8, 1.1, 1.35], [-0.26, -0.24, -0.52]
    share, elasticity = (pd.Series(x, goods) for x in (SHARE, eta))
    for plain, found in zip(
        (*calibrate_cde(SHARE, eta, own), *calibrate_aidads(SHARE, eta, progress=0.4)),
        (
            *calibrate_cde(share, elasticity[::-1], dict(zip(goods, own, strict=True))),
            *calibrate_aidads(share, elasticity.to_xarray()[::-1], progress=0.4),
        ),
        strict=True,
    ):
        assert found.index.tolist() == goods
        np.testing.assert_array_equal(found, plain)


@pytest.mark.parametrize(
    ("share", "eta", "own", "said"),
    [
        ([0.3, 0.5, 0.3], [1.0, 1.0, 1.0], [-0.2, -0.2, -0.2], r"sum to 1\.1, not to one"),
        ([0.3, 0.7, 0.0], [1.0, 1.0, 1.0], [-0.2, -0.2, -0.2], "good 2: 0 must be > 0"),
        ([0.3, 0.5, 0.2], [1.0, np.nan, 1.0], [-0.2, -0.2, -0.2], "of good 1: nan is no number"),
        ([0.3, 0.5, 0.2], [1.0, 1.0], [-0.2, -0.2, -0.2], r"shape \(2,\); give 3 numbers"),
        ([0.3, 0.5, 0.2], [1.0, 1.0, 1.0], [0.2, -0.2, -0.2], "must be <= 0"),
        ([0.3, 0.5, 0.2], pd.Series([1.0, 1.0, 1.0]), [-0.2, -0.2, -0.2], "income_elas.* alone"),
    ],
)
def test_targets_that_cannot_be_are_refused(share: Any, eta: Any, own: Any, said: str) -> None:
    with pytest.raises(DeclarationError, match=said):
        calibrate_cde(share, eta, own)


def test_how_far_and_within_what_is_refused_where_it_cannot_be() -> None:
    with pytest.raises(DeclarationError, match="strictly between zero and one, found 0"):
        calibrate_aidads(SHARE, [0.8, 1.0, 1.3], progress=0.0)
    with pytest.raises(DeclarationError, match="both below one, or both above one"):
        calibrate_cde(SHARE, [0.8, 1.0, 1.3], [-0.2, -0.2, -0.2], most=1.5)
    with pytest.raises(DeclarationError, match=r"goods are \['a', 'c'\], those of the shares"):
        calibrate_aidads({"a": 0.5, "b": 0.5}, {"a": 1.0, "c": 1.0})


def test_what_cannot_be_is_refused() -> None:
    def refused(match: str, tree: Any, **more: Any) -> None:
        with pytest.raises(DeclarationError, match=match):
            one_consumer(tree, **more)

    wide = {"substitution": 0.5, "expansion": 1.0}
    refused(
        "expansion of a cde system must be > 0, found 0",
        lambda x: cde(x, substitution=0.5, expansion=[1.0, 0.0, 1.0]),
    )
    refused(
        "H: substitution in a cde", lambda x: cde(x, substitution=[0.5, 1.5, 0.5], expansion=1.0)
    )
    refused("root of what an agent spends", lambda x: ces(0.5, cde(x, **wide)))
    refused("3 numbers for 2 children", lambda x: cde(x, x, substitution=[0.5] * 3, expansion=1.0))
    refused("'low' of aidads", lambda x: aidads(x, low=[0.5, 0.4, 0.2], high=SHARE))
    refused("off the line", lambda x: aidads(x, low=[0.6, 0.3, 0.1], high=[0.2, 0.4, 0.4]))
    refused("not strictly", lambda x: aidads(x, low=SHARE, high=[0.2, 0.4, 0.4]))
    m, _ = one_consumer(lambda x: cde(x, **wide))
    with pytest.raises(DeclarationError, match="H: substitution"):
        m.values({"H.substitution": 1.0})
    n, point = one_consumer(lambda x: aces(2.0, x))
    with pytest.raises(DeclarationError, match="additive nest"):
        utility(state_at(n, point), n.agents["H"])


def test_utility_of_a_ces_agent_is_real_spending() -> None:
    m, point = one_consumer(lambda x: ces(0.6, x))
    state = state_at(m, point)
    H = m.agents["H"]
    assert expenditure(state, H, np.asarray(2.0)) == pytest.approx(2.0 * state.price_index(H))
