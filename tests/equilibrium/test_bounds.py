"""Prices, levels, incomes and variables that one solve fixes, bounds or starts at."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.bounds import FREE, lower_name, upper_name
from cge.language import DeclarationError, Model, ces, cobb_douglas
from cge.testing import assert_equilibrium, assert_same_economy
from tests.equilibrium.models import automatic, closed_form, random_point

GOODS = ["bread", "milk"]
KEYS = frozenset({"p:PL", "p:PK", "m:GOV", "y:IDLE", "y:MAKE"})


def build() -> Model:
    """Two goods from labour and capital; the state taxes sales and hands part of it back."""
    m = Model("bounded", i=GOODS)
    P, PL, PK = m.commodity("P", "i"), m.commodity("PL"), m.commodity("PK")
    HH, GOV, POST = m.agent("HH"), m.agent("GOV"), m.agent("POST")
    tax = m.parameter("tax", "i", 0.2)
    m.activity(
        "MAKE",
        "i",
        makes=P["i"](10.0, taxes=tax.to(GOV[""])),
        uses=ces(0.5, PL[""](("i", [6.0, 3.0])), PK[""](("i", [2.0, 5.0]))),
    )
    m.activity(
        "IDLE", makes=P.at(i="milk")(1.0), uses=PL[""](1.5), latent=1.0, capacity=2.0, owner=HH[""]
    )
    HH.owns(PL[""], 9.0, name="force").owns(PK[""], 7.0).spends(cobb_douglas(P["i"](9.0)))
    GOV.gives(0.5, POST[""]).spends(cobb_douglas(P["i"](1.0)))
    POST.gives(1.0, HH[""])
    m.numeraire({P: 1.0}, drop=PK)
    return m


@cache
def solver() -> Solver:
    return Solver(build())


def solve(fix: Mapping[object, object], tax: float = 0.2, **sides: object) -> Equilibrium:
    """Solve with one compiled solver: bounds without effect on what is not held here."""
    make = solver().model.activities["MAKE"]
    families = ["PL", "PK", "GOV", "IDLE", make.at(i="bread"), make.at(i="milk")]
    said = {str(k) for k in fix} | set(sides)
    rest: dict[object, object] = {f: (None, None) for f in families if str(f) not in said}
    return solver().solve(tax=tax, fix=fix, bounds={**rest, **sides})


@cache
def free() -> Equilibrium:
    return solver().solve(tax=0.3)


def value_of_excess(e: Equilibrium) -> float:
    """Value of what all markets lack, at prices of the solve."""
    return sum(float((e.price(c) * (e.demand(c) - e.supply(c))).sum()) for c in ("P", "PL", "PK"))


def test_the_jacobian_with_bounds_of_all_kinds() -> None:
    keys = ["p:P", "p:PL", "p:PK", "y:MAKE", "y:IDLE", "m:HH", "m:POST"]
    m = build().with_bounds(keys)
    held: set[tuple[str, bool]] = set()
    for seed in range(8):
        rng, point = np.random.default_rng(seed), random_point(m, seed)
        values = m.values()
        for key in keys:
            side = rng.integers(0, 4, point[key].shape)  # free, low, high, fixed
            gap = 0.1 * rng.random(point[key].shape)
            low = np.where(side == 1, point[key] + gap, np.where(side == 3, point[key], -FREE))
            high = np.where(side == 2, point[key] - gap, np.where(side == 3, point[key], FREE))
            values[lower_name(key)] = low
            values[upper_name(key)] = np.maximum(low, high)
        own, oracle = (np.asarray(f(m)(point, values)) for f in (closed_form, automatic))
        np.testing.assert_allclose(own, oracle, rtol=1e-12, atol=1e-12)
        held |= {(key, bool((values[lower_name(key)] > -FREE).any())) for key in keys}
    assert len(held) > 2 * len(keys) - 2  # families with a lower bound and families without


def test_a_fixed_wage_leaves_labour_without_work() -> None:
    e = solve({"PL": 1.1}, 0.3)
    assert_equilibrium(e)
    assert e.price("PL").item() == pytest.approx(1.1, rel=1e-12)
    labour, capital = e.unmet()
    assert labour.startswith("market PL: demand")
    assert "supply 9" in labour
    assert capital.startswith("market PK:")
    assert "makes up for what the others lack" in capital
    assert e.demand("PL").item() < 9.0
    assert value_of_excess(e) == pytest.approx(0.0, abs=1e-9)


def test_what_may_be_fixed() -> None:
    """A level, one member of it, an income, an idle activity: the conditions that go are told."""
    e = solve({solver().model.activities["MAKE"].at(i="milk"): 1.2})
    assert_equilibrium(e)
    assert e.level("MAKE").sel(i="milk").item() == pytest.approx(1.2, rel=1e-12)
    assert e.unmet()[0].startswith("activity MAKE[milk]: unit cost differs from revenue")
    loss = (e.user_price("MAKE", "PL") * e.quantity("MAKE", "PL")).sel(i="milk")
    loss = loss + (e.price("PK") * e.quantity("MAKE", "PK")).sel(i="milk")
    loss = loss - (e.user_price("MAKE", "P") * e.quantity("MAKE", "P")).sel(i="milk")
    assert value_of_excess(e) == pytest.approx(loss.item(), rel=1e-9)

    e = solve({"GOV": 3.0})
    assert_equilibrium(e)
    spent = (e.price("P") * e.quantity("GOV", "P")).sum().item()
    assert spent == pytest.approx(3.0, rel=1e-11)
    assert e.unmet()[0].startswith("agent GOV: income")

    e = solve({"IDLE": 0.5})
    assert e.level("IDLE").item() == pytest.approx(0.5, rel=1e-12)
    assert e.unmet() == [line for line in e.unmet() if "IDLE" in line]  # its owner bears the loss
    assert value_of_excess(e) == pytest.approx(0.0, abs=1e-9)


def test_an_income_of_one_member() -> None:
    """What one region spends is given, in regions of different size."""
    m = Model("regions", r=["north", "south"])
    P, PL, HH = m.commodity("P"), m.commodity("PL"), m.agent("HH", "r")
    m.activity("Y", makes=P[""](5.0), uses=PL[""](5.0))
    HH.owns(PL[""], ("r", [1.0, 4.0])).spends(P[""](("r", [1.0, 4.0])))
    m.numeraire(P, drop=PL)
    for fix, bounds in (({HH.at(r="south"): 3.0}, {}), ({}, {HH.at(r="south"): (3.0, 3.0)})):
        e = m.solve(fix=fix, bounds=bounds, start={HH.at(r="north"): 1.0})
        spent = e.price("P") * e.quantity("HH", "P")
        assert spent.sel(r="south").item() == pytest.approx(3.0, rel=1e-9)
        assert e.unmet()[0].startswith("agent HH[south]: income")


def test_the_price_of_the_unsolved_market_is_the_numeraire() -> None:
    e = solve({"PK": 2.0}, 0.3)
    assert_equilibrium(e)
    assert e.price("PK").item() == pytest.approx(2.0, rel=1e-12)
    assert e.unmet() == []
    assert_same_economy(free(), e)


def test_bounds_that_bind_and_bounds_that_do_not() -> None:
    wage = free().price("PL").item()
    loose = solve({}, 0.3, PL=(0.5 * wage, 2.0))
    np.testing.assert_allclose(loose.price("P"), free().price("P"), rtol=1e-10)
    assert loose.unmet() == []
    floor = solve({}, 0.3, PL=(1.1 * wage, None))
    assert_equilibrium(floor)
    assert floor.price("PL").item() == pytest.approx(1.1 * wage, rel=1e-12)
    assert floor.demand("PL").item() < 9.0
    cap = solve({}, 0.3, PL=(None, 0.9 * wage))
    assert cap.price("PL").item() == pytest.approx(0.9 * wage, rel=1e-12)
    assert cap.demand("PL").item() > 9.0
    assert len(solver()._with_bounds) == 1  # one for each set of families, not of values


@pytest.mark.slow
def test_routes_and_methods_agree() -> None:
    block = solve({"PL": 1.1})
    dense = Solver(solver().model, route="dense").solve(fix={"PL": 1.1})
    np.testing.assert_allclose(dense.price("P"), block.price("P"), rtol=1e-10)
    far = solver()._bounded(KEYS).ipopt(block.values)
    np.testing.assert_allclose(far.price("P"), block.price("P"), rtol=1e-8)


def test_derivatives_in_what_is_fixed() -> None:
    at = solve({"PL": 1.1})
    up, down = (solve({"PL": 1.1 * np.exp(s)}) for s in (1e-5, -1e-5))
    change = {k: np.zeros_like(v) for k, v in at.values.items()}
    change |= {lower_name("p:PL"): np.ones(()), upper_name("p:PL"): np.ones(())}
    exact = solver()._bounded(KEYS).tangent(at.unknowns, at.values, change)
    for key in ("p:P", "y:MAKE", "m:HH"):
        difference = (up.unknowns[key] - down.unknowns[key]) / 2e-5
        np.testing.assert_allclose(exact[key], difference, rtol=1e-6, atol=1e-8)


def test_starts_in_the_units_of_results() -> None:
    e = solver().solve(tax=0.3, start={"P": free().price("P"), "PL": free().price("PL")})
    np.testing.assert_allclose(e.price("P"), free().price("P"), rtol=1e-10)
    said = {name: free().price(name) for name in ("P", "PL", "PK")}
    said |= {name: free().level(name) for name in ("MAKE", "IDLE")}
    said |= {name: free().income(name) for name in ("HH", "GOV", "POST")}
    assert solver().solve(tax=0.3, start=said).rounds <= 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda s: s.solve(fix={"P": 1.0}), "the numeraire is P, whose price is given already"),
        (lambda s: s.solve(fix={"PP": 1.0}), "fix: no price, .* 'PP'; close ones: P"),
        (
            lambda s: s.solve(fix={"PL": 0.0}),
            "fix of PL.*: found 0; it must be positive; declare PL with may",
        ),
        (lambda s: s.solve(fix={"PL": 1.0}, bounds={"PL": (1.0, 2.0)}), "PL is held twice"),
        (lambda s: s.solve(bounds={"PL": (2.0, 1.0)}), "the lower bound is above the upper"),
        (lambda s: s.solve(bounds={"PL": 2.0}), "give a pair .lower, upper."),
        (lambda s: s.solve(bounds={"PK": (1.0, None)}), "PK: its market is the one left unsolved"),
        (lambda s: s.solve(bounds={"PL": (-1.0, None)}), "a bound is below zero, found -1"),
        (lambda s: s.solve(fix={"MAKE": [1.0, 2.0, 3.0]}), "fix of MAKE"),
        (lambda s: s.solve(start={"PL": -1.0}), "start of PL.*: found -1; it must be"),
        (lambda s: s.solve(start={"p:PX": 0.0}), "start: no unknown 'p:PX'; close ones: p:P"),
        (lambda s: s.solve(start={"p:P": np.full(2, np.nan)}), "start: unknown 'p:P' is not a num"),
    ],
)
def test_what_cannot_be_held(call: Callable[[Solver], object], words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        call(solver())
