"""Additive nests: quantities add up at any prices, and all that holds for other nests holds too."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.axes import Axes
from cge.equilibrium.benchmark import check_benchmark
from cge.equilibrium.bindings import available
from cge.equilibrium.conditions import evaluate, recalibrates
from cge.equilibrium.state import State, Unknowns
from cge.language import (
    Activity,
    DeclarationError,
    Model,
    Node,
    aces,
    acet,
    alias,
    ces,
    cobb_douglas,
    leontief,
    les,
    scale,
)
from cge.testing import assert_homogeneous
from tests.equilibrium.models import automatic, closed_form, closing, names, random_point

MILD = {"cap": 0.64, "labour": 1.02, "skill": 1.02}


@cache
def power() -> Model:
    return _power(closing(_power({})))


def _power(lumps: dict[str, np.ndarray]) -> Model:
    """Two regions make power by four technologies, trade it, and use it for heat beside fuel.

    Additive nests of leaves, below CES and above it, inside each other, over permits and below an
    expenditure system, on the side of outputs, and at the root of an agent. Some are so dear that
    only ``allow_dear`` lets them pass.
    """
    rng = np.random.default_rng(0)

    def draw(*shape: int) -> np.ndarray:
        return rng.uniform(0.5, 1.5, shape)

    def nest(sigma: Any, *children: Any) -> Node:
        return aces(sigma, *children, allow_dear=True)

    m = Model("power", r=2, q=alias("r"), t=4, h=2)
    PT, PG = m.commodity("PT", "r t"), m.commodity("PG", "r")
    PE, PF = m.commodity("PE", "r"), m.commodity("PF", "r")
    PL, PK, FX = m.commodity("PL", "r"), m.commodity("PK", "r", price=1.7), m.commodity("FX")
    PH, PC = m.commodity("PH", "r"), m.commodity("PC", may_be_zero=0.5)
    HH, GOV = m.agent("HH", "r h"), m.agent("GOV")
    s = m.parameter("sigma", "r", 2.0)
    public = m.parameter("public_sigma", "", 2.0)

    made = draw(2, 4)  # region, technology
    made[0, 3] = 0.0
    fuel, carbon = 0.2 * made * (np.arange(4) < 2), 0.7 * made * (np.arange(4) < 2)
    m.activity(
        "T",
        "r t",
        makes=PT["r t"](("r t", made)),
        uses=ces(
            ("t", [0.2, 0.0, 0.4, 0.8]),
            leontief(PF["r"](("r t", fuel), name="fuel"), PC[""](("r t", carbon), name="carbon")),
            PK["r"](("r t", (made - fuel) * 0.6 / 1.7)),
            PL["r"](("r t", (made - fuel) * 0.4)),
        ),
    )
    twh = m.parameter("twh", "r t", ("r t", 3 * draw(2, 4)))
    gen = made.sum(axis=1)
    uses = nest(s, PT["r t"](("r t", made), yields=twh))
    m.activity("GEN", "r", makes=PG["r"](gen), uses=uses)

    # Trade: additive inside additive, with a tax and different units by origin.
    flow = draw(2, 2)
    flow *= (gen / flow.sum(axis=0))[None, :]  # buyer, seller: all that is made
    toll = m.parameter("toll", "r", [0.1, 0.2])
    inflow, abroad = flow * (1 - np.eye(2)), 0.2 * draw(2)
    paid = np.diag(flow) + inflow.sum(axis=1) * (1 + toll.value) + abroad
    line = m.parameter("line", "q", [1.2, 0.9])
    m.activity(
        "TRADE",
        "r",
        makes=acet(
            s,
            PE["r"](0.7 * paid, name="normal"),
            PE["r"](0.3 * paid, yields=0.8, name="special"),
            allow_dear=True,
        ),
        uses=ces(
            0.6,
            FX[""](abroad),
            nest(
                m.parameter("sigma_trade", "r", [4.0, 0.0]),
                PG["r"](("r", np.diag(flow)), yields=1.5, name="local"),
                nest(
                    ("r", [1.0, 7.0]),
                    PG["q"](("r q", inflow), taxes=toll.to(GOV[""]), yields=line, name="inflow"),
                ),
            ),
        ),
    )

    # Heat: power beside fuel burnt with permits and a device, which is a nest that yields.
    skill = m.parameter("skill", "r", 1.0)
    lit, burnt, device = 0.5 * paid, 0.3 * draw(2), 0.2 * draw(2)
    heat = lit + burnt + device + 0.1
    m.activity(
        "HEAT",
        "r",
        makes=PH["r"](heat),
        uses=ces(
            0.4,
            PL["r"](0.1),
            nest(
                s,
                PE["r"](lit, yields=0.9, productivity=skill),
                ces(
                    0.3,
                    leontief(PF["r"](burnt, yields=0.4, name="fuel"), PC[""](burnt, name="carbon")),
                    PL["r"](device, name="device"),
                ),
            ),
        ),
    )
    share = np.array([0.4, 0.6])
    left, warm = (paid - lit)[:, None] * share, heat[:, None] * share
    HH.spends(
        les(
            PF["r"](("r h", 0.3 * draw(2, 2)), minimum=0.1),
            nest(
                2.5,
                PE["r"](("r h", left), minimum=("r h", 0.3 * left), name="power"),
                PH["r"](("r h", warm), minimum=("r h", 0.2 * warm), yields=2.0, name="heat"),
            ),
        )
    )
    GOV.spends(nest(public, PL["r"](("r", [0.1, 0.2])), FX[""](0.2)))
    GOV.owns(PC[""], 1.5 * (carbon.sum() + burnt.sum()), name="cap")
    for commodity, name in ((PF, "fuel"), (PL, "labour"), (PK, "capital")):
        HH.owns(commodity["r"], ("r h", _bought(m, commodity)[:, None] * share), name=name)
    for name, agent in m.agents.items():
        lump = (agent.letters, lumps.get(name, np.zeros(agent.shape)))
        agent.owns(FX[""], lump, name=f"lump.{name}")
    m.numeraire({PL: 1.0, PE: 0.5}, drop=FX)
    return m


def _bought(m: Model, commodity: Any) -> np.ndarray:
    """What is bought of a commodity over regions at the reference point."""
    axes, bought = Axes(m.dims, np), np.zeros(2)
    for leaf in (leaf for tree in m.trees() for leaf in tree.leaves):
        if leaf.commodity is commodity:
            for p in (leaf.quantity, leaf.minimum):
                if p is not None:
                    whole = axes.spread(p.value, p.letters, leaf.letters)
                    bought += axes.collect(whole, leaf.letters, leaf.use)
    return bought


SIGMAS: dict[str, Any] = {"0": 0.0, "0.3": 0.3, "1": 1.0, "0 and 10": [0.0, 10.0]}


def state_at(model: Model, point: Unknowns, values: Any) -> State:
    with np.errstate(all="ignore"):
        return evaluate(model, Axes(model.dims, np), point, values)


@pytest.mark.parametrize("sigma", SIGMAS)
def test_closed_form_equals_automatic_derivative(sigma: str) -> None:
    model, what = power(), names(power())
    values = model.values(sigma=SIGMAS[sigma])
    assert abs(float(check_benchmark(model, 1e-12, values).walras)) < 1e-12
    for seed in range(4):
        point = random_point(model, seed)
        own, oracle = (np.asarray(f(model)(point, values)) for f in (closed_form, automatic))
        assert np.isfinite(oracle).all()
        apart = np.abs(own - oracle) > 1e-11 * np.maximum(1.0, np.abs(oracle))
        assert not apart.any(), [f"{what[i]} by {what[j]}" for i, j in np.argwhere(apart)][:5]


@pytest.mark.parametrize("sigma", [0.0, 0.3, 1.0, 10.0, 1000.0])
def test_quantities_add_up_and_are_paid_for(sigma: float) -> None:
    """At points where prices are far apart: with 1000, powers of prices overflow."""
    model = power()
    values = model.values(sigma=sigma)
    start = state_at(model, random_point(model, 0, 0.0), values)
    gen, trade = model.activities["GEN"], model.activities["TRADE"]

    def counted(s: State, owner: Activity, **yields: Any) -> Any:
        return sum((s.quantity(owner, k) * y).reshape(2, -1).sum(axis=1) for k, y in yields.items())

    for seed in range(4):
        state = state_at(model, random_point(model, seed, 0.8), values)
        assert all(np.isfinite(x).all() for f in state.flows for x in f.total.values())
        units = [
            (gen, {"PT": values["twh"]}),
            (trade, {"normal": 1.0, "special": 0.8}),
        ]
        for owner, yields in units:
            ratio = counted(state, owner, **yields) / counted(start, owner, **yields)
            np.testing.assert_allclose(ratio, state.level(owner), rtol=1e-10)
        (flow,) = (f for f in state.flows if f.tree is gen.uses)
        paid = (state.quantity(gen, "PT") * state.price(model.commodities["PT"])).sum(axis=1)
        average = np.exp(flow.unit.log_price[flow.tree.root])
        value = state.calibration.value[flow.tree] * average * state.level(gen)
        np.testing.assert_allclose(paid, value, rtol=1e-10)
        # The nest within a nest adds up as well, to a quantity of its own.
        (flow,) = (f for f in state.flows if f.tree is trade.uses)
        node = trade.flow("local").parent
        ratio = np.exp(flow.unit.log_ratio[node]) * state.level(trade)
        now, then = (counted(s, trade, local=1.5, inflow=values["line"]) for s in (state, start))
        np.testing.assert_allclose(now, then * ratio, rtol=1e-10)


def test_demands_are_those_of_the_paper() -> None:
    """Shares a p^-s / sum a p^-s and the average price, written without logs or references."""
    model, sigma = power(), 3.0
    point = random_point(model, 1, 0.4)
    state = state_at(model, point, model.values(sigma=sigma))
    gen, price = model.activities["GEN"], np.exp(point["p:PT"])
    twh = model.parameters["twh"].value
    base = gen.flow("PT").quantity.value * twh
    weight = base * (1.0 / twh) ** sigma  # the price of a TWh at the benchmark is 1 / twh
    share = weight * (price / twh) ** -sigma
    share /= share.sum(axis=1, keepdims=True)
    total = base.sum(axis=1) * state.level(gen)
    np.testing.assert_allclose(state.quantity(gen, "PT") * twh, share * total[:, None], rtol=1e-13)


def technologies(price: Any, sigma: Any, nest: Callable[..., Node] = aces, **more: Any) -> Model:
    """Two technologies that make a TWh each of labour at these prices, and a buyer of their mix."""
    m = Model("technologies", t=["coal", "gas"])
    PT, PG, PL, HH = m.commodity("PT", "t"), m.commodity("PG"), m.commodity("PL"), m.agent("HH")
    cost = np.array(price)
    m.activity("T", "t", makes=PT["t"](cost), uses=PL[""](cost))
    mix = nest(
        m.parameter("sigma", "", sigma),
        PT["t"](cost, ("t", np.ones(2)), yields=m.parameter("twh", "t", 1.0 / cost)),
        **more,
    )
    m.activity("GEN", makes=PG[""](cost.sum()), uses=mix)
    HH.owns(PL[""], cost.sum(), name="labour")
    HH.spends(PG[""](cost.sum()))
    m.numeraire(PL)
    return m


def average_price(m: Model, state: State) -> Any:
    tree = m.activities["GEN"].uses
    (flow,) = (f for f in state.flows if f.tree is tree)
    return flow.unit.log_price[tree.root]


def test_demands_are_not_the_gradient_of_the_average_price() -> None:
    """No envelope theorem: why there is no expenditure function, no EV and no CV."""
    m = technologies([1.0, 1.0], 3.0)
    point, prices = random_point(m, 0, 0.0), jnp.array([0.2, -0.3])

    def average(log_prices: Any) -> Any:
        at = {**point, "p:PT": log_prices}
        return average_price(m, evaluate(m, Axes(m.dims, jnp), at, m.values()))

    response = jax.grad(average)(prices)
    state = state_at(m, {**point, "p:PT": np.asarray(prices)}, m.values())
    value = state.quantity(m.activities["GEN"], "PT") * np.exp(prices)
    assert np.abs(response - value / value.sum()).max() > 0.1
    assert float(response.sum()) == pytest.approx(1.0)


@pytest.mark.parametrize(("price", "sign"), [(2.9, 1.0), (3.1, -1.0)])
def test_the_average_price_falls_beyond_the_threshold_only(price: float, sign: float) -> None:
    """With s = 3 waste pays where p > 1.5 P; next to a technology that costs 1 that is p > 3."""
    m = technologies([1.0, price], 3.0, allow_dear=True)
    point = random_point(m, 0, 0.0)
    dearer = {**point, "p:PT": np.array([0.0, 1e-3])}
    ends = [average_price(m, state_at(m, p, m.values())) for p in (point, dearer)]
    assert np.sign(ends[1] - ends[0]) == sign


def test_prices_that_come_beyond_the_threshold_are_noted() -> None:
    """Where a technology gets so dear that power gets cheaper by it, the equilibrium says so."""
    model = technologies([1.0, 1.4], 3.0)

    def at(cost: float) -> Equilibrium:
        return model.solve({"T.PL.quantity": ("t", [1.0, cost])})

    cheap, dear, dearest = at(1.5), at(2.8), at(3.5)
    assert cheap.notes == ()
    assert dearest.price("PG").item() < dear.price("PG").item()
    for found, times in ((dear, 2.8), (dearest, 3.5)):
        use = found.quantity("GEN", "PT").values * [1.0, 1.0 / 1.4]  # by units that add up
        price = found.price("PT").values * [1.0, 1.4]
        (note,) = found.notes
        assert price[1] == pytest.approx(times, rel=1e-9)
        ratio = price[1] * use.sum() / (price * use).sum()
        assert note.startswith(f"GEN: PT[gas] has {ratio:.4g} times the average price, past")
        assert "threshold 1.5" in note


def test_the_trap_is_guarded_wherever_numbers_come_in() -> None:
    what = r"GEN: in an additive nest .* PT at gas has .* the average price, above the threshold"
    technologies([1.0, 2.999], 3.0)
    with pytest.raises(DeclarationError, match=what):
        technologies([1.0, 3.001], 3.0)
    m = technologies([1.0, 2.0], 3.0)
    for changes in (
        {"sigma": 5.0},
        {"twh": ("t", [1.0, 0.2])},
        {"GEN.PT.price": ("t", [1.0, 4.0])},
        {"GEN.PT.quantity": ("t", [4.0, 0.2])},
    ):
        with pytest.raises(DeclarationError, match=what):
            m.solve(changes)
    with pytest.raises(DeclarationError, match=what):
        check_benchmark(m, values={**m.values(), "sigma": np.array(5.0)})
    assert technologies([1.0, 9.0], 3.0, allow_dear=True).values(sigma=9.0)["sigma"] == 9.0


def test_of_outputs_it_is_the_cheap_one_that_is_refused() -> None:
    """Below eta / (1 + eta) of the average, revenue falls as the price of an output rises."""
    for price, fine in ((0.62, True), (0.58, False)):  # threshold 0.75: 0.75 (1 + x) / 2 = x = 0.6
        m = Model("joint", t=["base", "peak"])
        P, PL = m.commodity("P", "t"), m.commodity("PL")
        revenue = np.array([1.0, price])
        out = P["t"](revenue, yields=1.0 / revenue)
        if fine:
            m.activity("Y", makes=acet(3.0, out), uses=PL[""](revenue.sum()))
            continue
        with pytest.raises(DeclarationError, match=r"P at peak has .* below the threshold 0\.75"):
            m.activity("Y", makes=acet(3.0, out), uses=PL[""](revenue.sum()))


def shocked(model: Model, **more: Any) -> dict[str, Any]:
    base = model.parameters
    return model.values({k: f * base[k].value for k, f in MILD.items()} | more)


@pytest.fixture(scope="module")
def solvers() -> tuple[Solver, Solver]:
    return Solver(power()), Solver(power(), route="dense")


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.0, 2.0, 100.0])
def test_both_routes_find_the_same(solvers: tuple[Solver, Solver], sigma: float) -> None:
    values = shocked(power(), sigma=sigma)
    one, two = (s.newton(values) for s in solvers)
    for equilibrium in (one, two):
        assert equilibrium.solved, equilibrium
        assert abs(equilibrium.walras) < 1e-9
    for key, value in one.unknowns.items():
        np.testing.assert_allclose(value, two.unknowns[key], atol=1e-9, err_msg=key)
    assert_homogeneous(one, 2.0, 1e-8)


@pytest.mark.slow
def test_gradient_is_that_of_differences(solvers: tuple[Solver, Solver]) -> None:
    model, (solver, _) = power(), solvers

    def of(values: Any) -> Any:
        state = solver.state(solver.solution(values), values)
        bought = state.quantity(model.agents["HH"], "power")
        return jnp.log(bought).sum() + state.price(model.commodities["PG"]).sum()

    values = {k: jnp.asarray(v) for k, v in shocked(model, sigma=3.0).items()}
    value = jax.jit(of)
    gradient = jax.jit(jax.grad(of))(values)
    rng = np.random.default_rng(1)
    for name in ("cap", "sigma", "sigma_trade", "twh", "toll", "line", "skill"):
        way = jnp.asarray(rng.normal(size=np.shape(values[name])))
        ends = [
            float(value({**values, name: values[name] + sign * 1e-4 * way})) for sign in (1, -1)
        ]
        slope = (ends[0] - ends[1]) / 2e-4
        assert float((gradient[name] * way).sum()) == pytest.approx(slope, rel=2e-5, abs=1e-8), name


@pytest.mark.slow
@pytest.mark.skipif(available() is None, reason="no Ipopt")
def test_ipopt_finds_the_same(solvers: tuple[Solver, Solver]) -> None:
    values = shocked(power(), sigma=3.0)
    solver, _ = solvers
    own, other = solver.newton(values), solver.ipopt(values)
    assert own.solved
    assert other.solved
    np.testing.assert_allclose(own.quantity("GEN", "PT"), other.quantity("GEN", "PT"), rtol=1e-7)


def test_a_solve_with_elasticities_of_a_thousand() -> None:
    """Prices of both technologies meet, and what they make is what is bought."""
    result = technologies([1.0, 1.4], 3.0, allow_dear=True).solve(sigma=1000.0, labour=3.0)
    made = result.quantity("GEN", "PT").values * np.array([1.0, 1.0 / 1.4])
    assert made.sum() == pytest.approx(2.0 * result.level("GEN").item(), rel=1e-9)
    assert result.level("GEN").item() == pytest.approx(3.0 / 2.4, rel=1e-9)
    assert_homogeneous(result, 2.0, 1e-8)


MASK = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])  # region, good: no box of regions and goods


def composite(nest: Callable[..., Node]) -> Model:
    """Goods from two origins; of some of them quantities add up."""
    rng = np.random.default_rng(2)
    m = Model("composite", r=2, i=3, q=alias("r"))
    P, A, PL = m.commodity("P", "r i"), m.commodity("A", "r i"), m.commodity("PL")
    H, flow = m.agent("H"), rng.uniform(0.5, 1.5, (2, 3, 2))  # buyer, good, origin
    flow[0, 1, 0] = 0.0
    made = flow.sum(axis=0).T
    m.activity("Y", "r i", makes=P["r i"](("r i", made)), uses=PL[""](("r i", made)))
    sigma = m.parameter("sigma", "i", [3.0, 4.0, 2.0])
    uses = nest(sigma, P["q i"](("r i q", flow)))
    m.activity("B", "r i", makes=A["r i"](("r i", flow.sum(axis=2))), uses=uses)
    H.owns(PL[""], made.sum(), name="labour")
    H.spends(cobb_douglas(A["r i"](("r i", flow.sum(axis=2)))))
    m.numeraire(PL)
    return m


def test_members_that_do_not_add_up_are_an_ordinary_nest() -> None:
    mixed = composite(lambda *nest: aces(*nest, only=("r i", MASK)))
    pure, plain = composite(aces), composite(ces)
    for seed in range(3):
        point = random_point(mixed, seed)
        own, oracle = (
            np.asarray(f(mixed)(point, mixed.values())) for f in (closed_form, automatic)
        )
        np.testing.assert_allclose(own, oracle, rtol=1e-12, atol=1e-12)
        states = [state_at(m, point, m.values()) for m in (mixed, pure, plain)]
        own, adds, other = (s.quantity(s.model.activities["B"], "P") for s in states)
        np.testing.assert_allclose(own[MASK > 0], adds[MASK > 0], rtol=1e-14)
        np.testing.assert_allclose(own[MASK == 0], other[MASK == 0], rtol=1e-14)
        assert np.abs(adds - other).max() > 1e-3
    assert composite(lambda *nest: aces(*nest, only=0.0)).activities["B"].uses.additive == ()


def test_what_has_no_expenditure_function() -> None:
    model = power()
    assert not model.agents["GOV"].tree.has_expenditure_function
    assert not model.agents["HH"].tree.has_expenditure_function  # an additive nest within
    assert model.activities["T"].uses.has_expenditure_function
    fixed = technologies([1.0, 9.0], 1.0, lambda _, leaf: aces(0.0, leaf))  # no choice at all
    assert fixed.activities["GEN"].uses.has_expenditure_function


def test_yields_that_move_are_calibrated_anew() -> None:
    m = technologies([1.0, 1.5], 2.0)
    assert not recalibrates(m)
    twh = m.parameters["twh"]
    m.auxiliary("progress", moves={twh: scale}, until=lambda s: s.price(m.commodities["PL"]) - 1.0)
    assert recalibrates(m)


def test_what_makes_no_sense_is_refused() -> None:
    m = Model("m", i=2)
    P, Q, C = m.commodity("P", "i"), m.commodity("Q"), m.commodity("C", may_be_zero=1.0)

    def refused(match: str, uses: Node) -> None:
        with pytest.raises(DeclarationError, match=match):
            m.activity(f"A{match}", makes=Q[""](4.0), uses=uses)

    nest = ces(0.5, Q[""](1.0, name="one"), Q[""](1.0, name="other"))
    refused("nest of one and other below it has none", aces(2.0, P["i"](1.0), nest))
    refused("yield must be > 0, found 0 at 1", aces(2.0, P["i"](1.0, yields=("i", [1.0, 0.0]))))
    refused("none stands above it", ces(2.0, P["i"](1.0, yields=2.0)))
    refused("leontief nest", aces(2.0, P["i"](1.0), C[""](1.0)))
    refused("said by zeros and ones", aces(2.0, P["i"](1.0), only=0.5))
    refused("at most ''", aces(2.0, P["i"](1.0), only=("i", [1.0, 0.0])))
    refused("no parameter", aces(2.0, P["i"](1.0), only=m.parameter("some", "", 1.0)))
