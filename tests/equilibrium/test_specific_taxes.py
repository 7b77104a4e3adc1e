"""Taxes per unit: user prices, revenue, derivatives, and what they do to demand."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver, Status
from cge.equilibrium.benchmark import benchmark, check_benchmark
from cge.equilibrium.result import failure
from cge.language import DeclarationError, Model, ces, cet, leontief, les
from cge.testing import assert_equilibrium, assert_homogeneous
from tests.equilibrium.models import automatic, closed_form, closing, random_point

PRICES = np.array([1.5, 0.8])  # good
EXCISE = np.array([0.3, 0.1])  # good
LEVY = 0.05
COMMITTED = 0.4


def _build(lacking: dict[str, np.ndarray]) -> Model:
    """Taxes per unit on what is used, made, bought and committed, with each kind of index."""
    m = Model("excises", r=["north", "south"], i=["beer", "wine"])
    P = m.commodity("P", "i", price=PRICES)
    PL, PK, FX = m.commodity("PL", "r", price=2.0), m.commodity("PK", "r i"), m.commodity("FX")
    PC = m.commodity("PC", may_be_zero=0.2)
    HH, GOV = m.agent("HH", "r"), m.agent("GOV")
    excise = m.parameter("excise", "i", EXCISE)
    levy = m.parameter("levy", "r i", LEVY)
    vat = m.parameter("vat", "i", 0.1)
    received = np.array([[3.0, 2.0], [1.0, 2.5]]) * (PRICES * 0.9 - LEVY)  # region, good
    m.activity(
        "MAKE",
        "r i",
        makes=cet(
            1.5,
            P["i"](
                ("r i", [[3.0, 2.0], [1.0, 2.5]]),
                taxes=[vat.to(GOV[""]), levy.per_unit(to=GOV[""], index=PL["r"])],
            ),
        ),
        uses=ces(
            0.7,
            PL["r"](
                ("r i", received / 2 / 2.4),
                taxes=m.parameter("payroll", "", 0.4).per_unit(
                    to=HH.at(r="south"), index=P.at(i="wine")
                ),
            ),
            leontief(PK["r i"](("r i", received / 2)), PC[""](0.1)),
        ),
    )
    sink = m.parameter("sink", "r", -0.2)
    m.activity(
        "SINK",
        "r",
        makes=PC[""](1.0),
        uses=PL["r"](0.4, taxes=sink.per_unit(to=GOV[""])),
        latent=1.0,
        capacity=0.3,
        owner=GOV[""],
    )
    HH.owns(P["i"], ("i", lacking.get("P", np.ones(2)) / 2)).owns(PK["r i"], ("r i", received / 2))
    HH.owns(PL["r"], ("r", lacking.get("PL", np.ones(2))))
    HH.owns(FX[""], ("r", lacking.get("HH", np.zeros(2)))).owns(PC[""], 1.0)
    GOV.owns(FX[""], lacking.get("GOV", 0.0))
    HH.gives(0.2, GOV[""])
    drink = P["i"](
        ("r i", [[2.0, 1.0], [1.5, 1.2]]),
        minimum=COMMITTED,
        taxes=excise.per_unit(to=GOV[""]),
        name="drink",
    )
    HH.spends(les(drink, FX[""](1.0, name="rest")))
    GOV.spends(les(P["i"](0.4), PL["r"](0.3)))
    m.numeraire({P: ("i", [0.7, 0.2]), FX: 0.5}, drop=FX)
    return m


@cache
def model() -> Model:
    state = benchmark(_build({}))
    lacking = {c.name: d - state.supplies[c] + 1.0 for c, d in state.demands.items()}
    lacking = {name: lacking[name] for name in ("P", "PL")}
    return _build(lacking | closing(_build(lacking)))


@cache
def shocked() -> Equilibrium:
    return Solver(model()).solve(excise=2 * EXCISE, levy=0.1, payroll=0.6)


def test_the_benchmark_prices_hold_the_taxes() -> None:
    state = check_benchmark(model(), 1e-12)
    drink = model().agents["HH"].flow("drink")
    np.testing.assert_allclose(drink.price.value, np.tile(PRICES + EXCISE, (2, 1)))
    np.testing.assert_allclose(state.user_price(drink), np.tile(PRICES + EXCISE, (2, 1)))
    made = state.user_price(model().activities["MAKE"], "P")
    np.testing.assert_allclose(made, np.tile(0.9 * PRICES - LEVY, (2, 1)))


def test_the_jacobian() -> None:
    m = model()
    for seed in range(4):
        point = random_point(m, seed)
        own, oracle = (np.asarray(f(m)(point, m.values())) for f in (closed_form, automatic))
        assert np.isfinite(oracle).all()
        np.testing.assert_allclose(own, oracle, rtol=1e-12, atol=1e-12)


def test_an_equilibrium_at_any_price_level() -> None:
    assert_equilibrium(shocked())
    assert_homogeneous(shocked())
    assert shocked().rounds < 10  # the derivatives are exact, so Newton's method is quick


def test_demand_at_prices_with_an_excise() -> None:
    """The linear expenditure system at user prices, by hand."""
    e = shocked()
    price = e.price("P").values + 2 * EXCISE
    np.testing.assert_allclose(e.user_price("HH", "drink"), np.tile(price, (2, 1)), rtol=1e-11)
    beyond = e.quantity("HH", "drink").values - COMMITTED  # region, good
    worth = (np.array([[2.0, 1.0], [1.5, 1.2]]) - COMMITTED) * (PRICES + EXCISE)
    share = worth / (worth.sum(axis=1, keepdims=True) + 1.0)
    spent = e.income("HH").values[:, None] * share
    np.testing.assert_allclose(beyond * price, spent, rtol=1e-11)


def test_revenue_follows_the_index() -> None:
    e = shocked()
    sold, wage = e.quantity("MAKE", "P"), e.price("PL") / 2.0
    np.testing.assert_allclose(e.revenue("levy"), (0.1 * wage * sold).values, rtol=1e-12)
    drunk = e.quantity("HH", "drink").sum("r") * 2 * EXCISE
    np.testing.assert_allclose(e.revenue("excise"), drunk, rtol=1e-11)
    payroll = 0.6 * e.price("P").sel(i="wine") / 0.8 * e.quantity("MAKE", "PL").sum()
    assert e.revenue("payroll").item() == pytest.approx(payroll.item(), rel=1e-12)
    assert e.revenue("HH").sel(r="south").item() == pytest.approx(payroll.item(), rel=1e-12)
    assert e.revenue("HH").sel(r="north").item() == 0.0


def test_what_a_tax_per_unit_cannot_be() -> None:
    m = Model("m", i=["beer", "wine"])
    P, PL, PC = m.commodity("P", "i"), m.commodity("PL"), m.commodity("PC", may_be_zero=1.0)
    HH, rate = m.agent("HH"), m.parameter("rate", "", 0.1)
    with pytest.raises(DeclarationError, match=r"HH\.PC: rate is an amount per unit"):
        HH.spends(leontief(P["i"](1.0), PC[""](1.0, taxes=rate.per_unit(to=HH[""]))))
    with pytest.raises(DeclarationError, match=r"HH\.PL: rate cannot follow PC.*may be zero"):
        HH.spends(les(PL[""](1.0, taxes=rate.per_unit(to=HH[""], index=PC[""]))))
    with pytest.raises(DeclarationError, match=r"HH\.PL: index of rate: P\['i'\] has letters"):
        HH.spends(les(PL[""](1.0, taxes=rate.per_unit(to=HH[""], index=P["i"]))))


def _taxed(rate: float, sign: int) -> Model:
    """Bread at a price of one, with a tax per unit of what is sold (+1) or used (-1)."""
    m = Model("taxed")
    P, L, A = m.commodity("P"), m.commodity("L"), m.agent("A")
    u = m.parameter("u", "", rate).per_unit(to=A[""])
    made, used = P[""](50.0, price=1.0), L[""](50.0, price=1.0)
    made = P[""](50.0, price=1.0, taxes=u) if sign > 0 else made
    used = L[""](50.0, price=1.0, taxes=u) if sign < 0 else used
    m.activity("Y", makes=made, uses=used)
    A.owns(L[""], 80.0).spends(ces(0.5, P[""](50.0), L[""](30.0)))
    m.numeraire(L)
    return m


@pytest.mark.parametrize(
    ("rate", "sign", "words"),
    [
        (2.0, 1, r"Y.P: of a market price of 1 it receives -1 with taxes per unit \('u'\)"),
        (-2.0, -1, r"Y.L: of a market price of 1 it pays -1 with taxes per unit \('u'\)"),
    ],
)
def test_what_is_left_without_a_price_is_named(rate: float, sign: int, words: str) -> None:
    model = _taxed(0.0, sign)
    state = benchmark(model, model.values(u=rate))
    attempt = Equilibrium(
        model, state.values, state.unknowns, Status.NUMBERS, 1, float("nan"), "block"
    )
    assert re.search(words, failure(attempt))
    with pytest.raises(DeclarationError, match=words):
        check_benchmark(_taxed(rate, sign))


@pytest.mark.slow
def test_a_tax_beyond_the_price_raises_it() -> None:
    """The seller of what costs one and is taxed by two gets three."""
    assert _taxed(0.0, 1).solve(u=2.0).price("P").item() == pytest.approx(3.0, rel=1e-9)
