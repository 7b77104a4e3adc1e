"""Members of families: their benchmark prices, one that is named, and what readers take."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.benchmark import benchmark, check_benchmark
from cge.language import DeclarationError, Model, alias, ces, cet, cobb_douglas, leontief
from cge.testing import assert_equilibrium, assert_homogeneous
from tests.equilibrium.models import automatic, closed_form, closing, random_point

PRICES = np.array([1.5, 0.8])  # good
WAGES = np.array([1.0, 2.0])  # region
PERMITS = np.array([0.0, 0.3])  # region: free in the north
LEVELS = np.array([4.0, 2.0])  # region


def _build(lacking: dict[str, np.ndarray]) -> Model:
    """Two regions that make two goods; one tax, gift, rent, payment and input are the south's.

    Arguments:
        lacking: what markets lack, and agents, in goods and in foreign exchange; by name.
    """
    m = Model("members", r=["north", "south"], i=["bread", "milk"], q=alias("r"))
    P = m.commodity("P", "i", price=PRICES)
    PL, FX = m.commodity("PL", "r", price=WAGES), m.commodity("FX")
    PC = m.commodity("PC", "r", may_be_zero=("r", [0.2, 0.5]), price=PERMITS)
    PR = m.commodity("PR", "r i")  # land that serves one good only
    HH, GOV = m.agent("HH", "r"), m.agent("GOV", "r")
    tax = m.parameter("tax", "r i", ("r i", [[0.1, 0.2], [0.3, 0.05]]))
    fee = m.parameter("fee", "i", 0.1)
    quantity = np.array([[3.0, 2.0], [1.0, 2.5]]) / LEVELS[:, None]  # region, good
    worth = quantity * PRICES * (1 - fee.value) / 2
    m.activity(
        "MAKE",
        "i r",
        makes=P["i"](("r i", quantity), taxes=fee.to(GOV.at(r="south"))),
        uses=ces(
            0.7,
            PL["r"](
                ("r i", worth / (1 + tax.value) / WAGES[:, None]),
                taxes=tax.to(GOV.at(r="south")),
                name="labour",
            ),
            PR["r i"](("r i", worth / 2)),
            leontief(FX[""](("r i", worth / 2 - 0.1 * PERMITS[:, None])), PC["r"](0.1)),
        ),
        level=("r", LEVELS),
    )
    m.activity(
        "CARE",
        makes=cet(
            1.5,
            P.at(i="bread")(2.0 / PRICES[0]),
            FX[""](1.0, paid_by=GOV.at(r="north"), name="reward"),
        ),
        uses=cobb_douglas(PL.at(r="south")(1.5 / WAGES[1]), P.at(i="milk")(1.5 / PRICES[1])),
    )
    m.activity(
        "DIG",
        "r",
        makes=FX[""](1.0),
        uses=leontief(PL["r"](("r", [1.2, 0.55])), PC["r"](0.01)),
        latent=("r", [1.0, 0.5]),
        capacity=0.2,
        owner=HH.at(r="north"),
    )
    for goods in (P["i"], PL["q"], PC["q"]):
        name = goods.family.name
        halves = np.tile(lacking.get(name, np.ones(2)) / 2, (2, 1))  # owner, member
        HH.owns(goods, (f"r {goods.use}", halves), name=f"own {name}")
    HH.owns(PR["r i"], ("r i", LEVELS[:, None] * worth / 2))
    HH.owns(FX[""], ("r", lacking.get("HH", np.zeros(2))), name="own FX")
    GOV.owns(FX[""], ("r", lacking.get("GOV", np.zeros(2))), name="grant")
    HH.gives(0.1, GOV.at(r="south"), name="levy")
    HH.spends(ces(0.6, P["i"](("r i", [[2.0, 1.0], [1.5, 1.2]])), PL["r"](1.0), FX[""](1.0)))
    GOV.spends(cobb_douglas(P["i"](0.4)))
    m.numeraire({P: 1.0}, drop=FX)
    return m


@cache
def model() -> Model:
    """Each market but that of foreign exchange lacks nothing, then no agent does."""
    state = benchmark(_build({}))
    lacking = {
        c.name: d - state.supplies[c] + 1.0 for c, d in state.demands.items() if len(c.letters) == 1
    }
    return _build(lacking | closing(_build(lacking)))


@cache
def shocked() -> Equilibrium:
    return Solver(model()).solve(tax=0.3, **{"own PC": 0.3})


def test_the_benchmark_has_prices_and_levels_of_its_members() -> None:
    state = check_benchmark(model(), 1e-12)
    np.testing.assert_allclose(state.price("P"), PRICES)
    np.testing.assert_allclose(state.price("PC"), PERMITS)
    np.testing.assert_allclose(state.level("MAKE"), np.tile(LEVELS, (2, 1)))
    assert abs(float(state.walras)) < 1e-12


def test_the_jacobian_with_members_that_are_held() -> None:
    m = model()
    for seed in range(4):
        point = random_point(m, seed)
        own, oracle = (np.asarray(f(m)(point, m.values())) for f in (closed_form, automatic))
        assert np.isfinite(oracle).all()
        np.testing.assert_allclose(own, oracle, rtol=1e-12, atol=1e-12)


def test_an_equilibrium_with_members_that_are_held() -> None:
    assert_equilibrium(shocked())
    assert_homogeneous(shocked())


def test_a_tax_of_one_member() -> None:
    """All revenue is the south's: both taxes of all regions, by hand from prices and quantities."""
    e = shocked()
    labour = e.price("PL") * e.quantity("MAKE", "labour") * e.parameter("tax")
    goods = e.price("P") * e.quantity("MAKE", "P") * e.parameter("fee")
    assert e.revenue("GOV").sel(r="north").item() == 0.0
    both = labour.sum() + goods.sum()
    assert e.revenue("GOV").sel(r="south").item() == pytest.approx(both.item(), rel=1e-12)
    np.testing.assert_allclose(e.revenue("tax"), labour.transpose("r", "i"), rtol=1e-12)
    np.testing.assert_allclose(e.revenue(e.model.parameters["fee"]), goods.sum("r"), rtol=1e-12)


def test_readers_take_handles_names_and_members() -> None:
    e, m = shocked(), model()
    P, PL, MAKE = m.commodities["P"], m.commodities["PL"], m.activities["MAKE"]
    np.testing.assert_array_equal(e.price(P), e.price("P"))
    assert e.price(P.at(i="milk")).item() == e.price("P").sel(i="milk").item()
    assert e.level(MAKE.at(i="milk")).dims == ("r",)
    assert e.price(PL["q"]).dims == ("q",)
    assert e.demand(P).sum().item() == pytest.approx(e.supply("P").sum().item(), rel=1e-9)
    paid = e.user_price("MAKE", "labour")
    np.testing.assert_allclose(paid, np.tile(1.3 * e.price(PL), (2, 1)), rtol=1e-12)
    state = e.state
    np.testing.assert_array_equal(state.income("HH"), e.income(m.agents["HH"]))
    np.testing.assert_array_equal(state.user_price(MAKE, "labour"), paid)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda e: e.price("PLL"), "no commodity 'PLL'; close ones: P"),
        (lambda e: e.state.price("HH"), "no commodity 'HH'; known are P, PL, FX, PC"),
        (lambda e: e.price(e.model.agents["HH"]), "'HH' .it is of another kind, agent"),
        (lambda e: e.level("MAK"), "no activity 'MAK'; close ones: MAKE"),
        (lambda e: e.variable("u"), "no auxiliary variable 'u'; known are none"),
        (lambda e: e.revenue("levy"), "no flow is taxed at 'levy'"),
        (lambda e: e.parameter("taxx"), "no parameter 'taxx'; close ones: tax"),
        (lambda e: e.price(Model("m", i=3).commodity("P", "i")), "P is of another model"),
    ],
)
def test_readers_say_what_is_not_there(ask: Callable[[Equilibrium], object], words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        ask(shocked())


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda m: m.commodity("A", "i", price=[1.0, -2.0]), "A: price -2 at milk must be pos"),
        (lambda m: m.commodity("A", "i", price=0.0), "A: price 0 at bread must be positive"),
        (lambda m: m.commodity("A", may_be_zero=0.0), "A: may_be_zero 0 must be positive"),
        (lambda m: m.commodity("A", may_be_zero=1.0, price=-1.0), "price -1 must be 0 or more"),
        (lambda m: m.commodity("A", "i", price=[1.0, 2.0, 3.0]), "A: price"),
        (lambda m: m.commodity("A", price=m.parameter("p", "", 2.0)), "no parameter: give it by"),
        (lambda m: m.agent("G", "i").at(i="wine"), "no 'wine' among the labels of 'i': bread"),
        (lambda m: m.agent("G", "i").at(r="wine"), "G is declared over 'i', which has no 'r'"),
        (lambda m: m.agent("G", "i").at("r"), "the letters left are 'i'"),
    ],
)
def test_what_a_member_cannot_be(declare: Callable[[Model], object], words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        declare(Model("m", i=["bread", "milk"], r=2))
