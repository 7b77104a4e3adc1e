"""An impossible number is refused by name at every door: when declared, and on its way to a solve.

Every parameter of a model that uses all words of the language is tried. One that plays a role
without a range, or whose range is not asked, fails here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax
import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.language import DeclarationError, Model, aces, aidads, cde, ces, cobb_douglas, les
from cge.language.validity import Limit, Range
from tests.equilibrium.models import everything
from tests.language.conftest import Refused


@pytest.fixture(scope="module", params=["everything", "demand systems and units"])
def solver(request: pytest.FixtureRequest) -> Solver:
    return Solver(everything() if request.param == "everything" else systems())


def systems() -> Model:
    """What ``everything`` has not: demand systems, yields, taxes per unit."""
    m = Model("systems", i=["bread", "milk"])
    P, L = m.commodity("P", "i"), m.commodity("L")
    H, K, T = m.agent("H"), m.agent("K"), m.agent("T")
    duty = m.parameter("duty", "i", [0.0, 0.0])
    m.activity(
        "Y",
        "i",
        makes=P["i"](10.0, taxes=duty.per_unit(to=T[""])),
        uses=aces(0.5, L[""](5.0, yields=2.0), L[""](5.0, yields=2.0, name="night")),
    )
    for agent in (H, K):
        agent.owns(L[""], 10.0)
    H.spends(cde(P["i"](5.0), substitution=0.4, expansion=1.0))
    K.spends(aidads(P["i"](5.0), low=("i", [0.5, 0.5]), high=("i", [0.5, 0.5])))
    T.gives(1.0, H[""])
    m.numeraire(L)
    return m


def beyond(limit: Limit) -> Iterator[float]:
    """Numbers just outside a range, no number, and none that is finite."""
    span = limit.range
    if span.least is not None:
        yield span.least - (1e-3 if span.ends else 0.0)
    if span.most is not None:
        yield span.most + (1e-3 if span.ends else 0.0)
    yield from (np.nan, np.inf)


def with_total(limit: Limit, model: Model, total: float) -> dict[str, Any]:
    """Values that bring the sum of a limit to a total at one member: its last parameter gives."""
    values = model.values()
    name = limit.names[-1]
    value = values[name].copy()
    first = (0,) * value.ndim
    times = sum(n == name for n in limit.names)
    if limit.single is not None:
        value[first] = total
    else:
        gap = total - limit.total(values, model.dims)[(0,) * len(limit.letters)]
        value[first] += gap / times
    return {name: value}


def test_every_parameter_has_a_role(solver: Solver) -> None:
    """All but those that only the conditions of auxiliary variables read."""
    known = solver.model.parameters
    named = {name for limit in known.limits.values() for name in limit.names}
    factors = {f.name for factors in known.products.values() for f in factors}
    assert set(known) - factors == named - factors


def test_every_role_is_asked_on_the_way_into_a_solve(solver: Solver) -> None:
    model = solver.model
    tried = set()
    for limit in model.parameters.limits.values():
        if not isinstance(limit, Limit):
            continue  # demand systems as a whole have tests of their own
        for total in beyond(limit):
            if not set(limit.names).isdisjoint(model.products):
                continue
            changes = with_total(limit, model, total)
            (name,) = changes
            letters = model.parameters[name].letters
            member = ",".join(model.dims[c].labels[0] for c in letters)
            for door in (model.values, solver.solve):
                with pytest.raises(DeclarationError) as refusal:
                    door(changes)
                assert repr(name) in str(refusal.value) or str(refusal.value).startswith(name)
                assert all(label in str(refusal.value) for label in member.split(",") if label)
            for verb in (solver.solution, solver.newton, solver.ipopt):
                with pytest.raises(DeclarationError, match=r"must be|not a finite"):
                    verb({**model.values(), **changes})
            tried.add(name)
    assert len(tried) > 8


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (dict(sigma=-0.5), "substitution or transformation must be >= 0, found -0.5"),
        (dict(labour=-60.0), "Y.L.quantity: quantity must be >= 0, found -60"),
        (dict(price=0.0), "Y.L.price: price must be > 0, found 0"),
        (dict(skill=0.0), "Y.L.productivity: productivity must be > 0, found 0"),
        (dict(tax=-1.0), "'tax'.*sum of taxes on an input must be > -1, found -1"),
        (dict(duty=1.0), "'duty'.*sum of taxes on an output must be < 1, found 1"),
        (dict(share=1.0), "sum of shares of income given away must be < 1, found 1"),
        (dict(least=101.0), "quantity beyond the minimum must be >= 0, found -1"),
        (dict(weight=-1.0), "weight of the numeraire must be >= 0, found -1"),
        (dict(weight=0.0), "sum of weights of the numeraire, .* must be > 0, found 0"),
    ],
)
def test_the_same_is_refused_when_declared(
    refused: Refused, written: dict[str, float], words: str
) -> None:
    with refused(words):
        small(**written)


def small(
    sigma: float = 0.5,
    labour: float = 60.0,
    price: float = 1.0,
    skill: float = 1.0,
    tax: float = 0.0,
    duty: float = 0.0,
    share: float = 0.0,
    least: float = 10.0,
    weight: float = 1.0,
) -> Model:
    """Bread of labour and capital; a household and a government."""
    m = Model("small")
    X, L, K = (m.commodity(name) for name in "XLK")
    H, GOV = m.agent("H"), m.agent("GOV")
    on_labour = m.parameter("tax", "", tax).to(GOV[""])
    on_bread = m.parameter("duty", "", duty).to(GOV[""])
    m.activity(
        "Y",
        makes=X[""](100.0, taxes=on_bread),
        uses=ces(sigma, L[""](labour, price, taxes=on_labour, productivity=skill), K[""](40.0)),
    )
    H.owns(L[""], 60.0).owns(K[""], 40.0).spends(les(X[""](100.0, minimum=least)))
    H.gives(share, GOV[""])
    GOV.spends(cobb_douglas(X[""](0.0)))
    m.numeraire({L: weight})
    return m


@pytest.mark.parametrize("letters", ["", "i"])
def test_nothing_is_counted_in_what_is_free(refused: Refused, letters: str) -> None:
    """An index that is worth nothing at the benchmark, and one of which some part is worth some."""
    m = Model("free", i=["air", "sea"])
    air = m.commodity("air", letters, may_be_zero=1.0)
    scarce = m.commodity("scarce", "i", may_be_zero=1.0, price=("i", [0.0, 2.0]))
    bread = m.commodity("bread")
    for index in (air, {air: 1.0}, scarce, {scarce: ("i", [1.0, 0.0])}):
        with refused("numeraire", "times prices at the benchmark, must be > 0, found 0"):
            m.numeraire(index, drop=bread)
    m.numeraire({scarce: m.parameter("weight", "i", 1.0)}, drop=bread)
    with refused("'weight'", "must be > 0, found 0"):
        m.values(weight=("i", [1.0, 0.0]))


def test_a_market_that_may_have_a_surplus_is_not_dropped(refused: Refused) -> None:
    """At a price of zero its value is zero whatever is left over, so Walras' law is no check."""
    m = Model("free")
    air, sea = (m.commodity(name, may_be_zero=1.0, price=1.0) for name in ("air", "sea"))
    with refused("every commodity may be zero", "declare one whose price may not"):
        m.numeraire({air: 1.0})
    with refused("market of sea cannot be dropped", "Walras", "none, so declare one"):
        m.numeraire(air, drop=sea)
    bread = m.commodity("bread")
    for index in (bread, {air: 1.0}, {bread: 1.0}):
        with refused("market of air cannot be dropped", "price may not: bread"):
            m.numeraire(index, drop=air)
    m.numeraire(air)  # the price of the numeraire is one, so its market clears
    assert m.dropped is air


def test_noise_of_rounding_is_no_negative_quantity() -> None:
    """What 0.3 - 0.2 - 0.1 leaves is nothing; a thousandth of the size is something."""
    rest = 0.3 - 0.2 - 0.1
    assert rest < 0
    m = Model("noise", i=["bread", "milk"])
    P, H = m.commodity("P", "i"), m.agent("H")
    H.owns(P["i"], [1.0, 0.0]).spends(cobb_douglas(P["i"]([1.0, rest])))
    assert m.parameters["H.P.quantity"].value[1] == 0.0
    assert m.values({"H.P.quantity": [1.0, rest]})["H.P.quantity"][1] == 0.0
    with pytest.raises(DeclarationError, match=r"must be >= 0, found -0\.001 at milk"):
        m.values({"H.P.quantity": [1.0, -1e-3]})


def test_a_product_is_asked_through_its_value() -> None:
    m = Model("product", i=["bread", "milk"])
    P, H = m.commodity("P", "i"), m.agent("H")
    mass, people = m.parameter("mass", "i", [1.0, 2.0]), m.parameter("people", "", 3.0)
    H.owns(P["i"], [3.0, 6.0]).spends(cobb_douglas(P["i"](m.product("meal", "i", mass, people))))
    with pytest.raises(
        DeclarationError, match=r"'meal', the product of 'mass' and 'people'.*bread"
    ):
        m.values(people=-1.0)
    assert m.values(people=-1.0, mass=[-1.0, -2.0])["meal"].min() == 1.0


def test_a_traced_value_passes_and_costs_nothing() -> None:
    """JAX traces without numbers; the numbers are asked where the function is called with them."""
    m = small()

    def kept(sigma: Any) -> Any:
        values = m.parameters.settled({**m.values(), "Y.elasticity": sigma}, {"Y.elasticity"})
        return values["Y.elasticity"]

    assert "Y.elasticity" not in m.parameters  # a number of the declaration, no parameter
    assert jax.jit(kept)(-1.0) == -1.0


def test_an_agent_that_only_hands_on_gives_all_in_every_solve(solver: Solver) -> None:
    gift = next(g for b in solver.model.budgets.values() if b.tree is None for g in b.gifts)
    half = 0.5 * gift.share.value
    with pytest.raises(DeclarationError, match="sum of shares of income given away must be 1"):
        solver.model.values({gift.share: half})


def test_a_range_says_what_it_is() -> None:
    assert str(Range("x", 0.0)) == ">= 0"
    assert str(Range("x", 0.0, 1.0, ends=False)) == "> 0 and < 1"
    assert str(Range("x", 1.0, 1.0)) == "1"
    assert str(Range("x")) == "any finite number"
