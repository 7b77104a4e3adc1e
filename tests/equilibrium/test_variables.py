"""Auxiliary variables: bounds as parameters and in levels, starts, and conditions by handle."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.language import DeclarationError, Model, add, cobb_douglas, scale, shift
from cge.testing import assert_equilibrium


def economy(tax: float = 0.25) -> Model:
    """A good from labour and capital; the state taxes the wage bill and buys what it can."""
    m = Model("variables", h=["rural", "urban"])
    P, W, K = m.commodity("P"), m.commodity("W"), m.commodity("K")
    HH, GOV = m.agent("HH", "h"), m.agent("GOV")
    rate = m.parameter("tax", "", tax)
    labour = W[""](60.0, price=1.25, taxes=rate.to(GOV[""]))
    m.activity("Y", makes=P[""](100.0), uses=cobb_douglas(labour, K[""](25.0)))
    HH.owns(W[""], m.parameter("jobs", "h", [20.0, 40.0])).owns(K[""], ("h", [10.0, 15.0]))
    HH.spends(cobb_douglas(P[""](("h", [30.0, 55.0]))))
    GOV.spends(cobb_douglas(P[""](15.0)))
    m.numeraire(P, drop=K)
    return m


@cache
def solver() -> Solver:
    """A tax that pays for public spending, and a real wage with a floor, where work is rationed."""
    m = economy()
    W, GOV, tax = m.commodities["W"], m.agents["GOV"], m.parameters["tax"]
    need, floor = m.parameter("need", "", 15.0), m.parameter("floor", "", 0.5)
    lowest = m.parameter("lowest", "", 0.0)
    m.auxiliary(
        "rate",
        moves={tax: shift},
        until=lambda s: (s.income(GOV) - s.parameter(need)) / 15.0,
        least=lowest,
        most=0.5,
    )
    m.auxiliary(
        "work",
        moves={m.parameters["jobs"]: scale},
        until=lambda s: s.parameter(floor) - s.price(W[""]) / s.price("P"),
        most=("h", [20.0, 40.0]),
    )
    return Solver(m)


def output(labour: float) -> float:
    """The production function."""
    return 100.0 * (labour / 60.0) ** 0.75


def test_a_tax_that_pays_for_spending() -> None:
    """Of the wage bill with tax, 75, the tax takes t / (1 + t)."""
    e = solver().solve(need=18.0)
    assert_equilibrium(e)
    assert e.parameter("tax").item() == pytest.approx(18.0 / 57.0, rel=1e-10)
    assert e.variable("rate").item() == pytest.approx(18.0 / 57.0 - 0.25, rel=1e-9)
    assert e.variable("work").item() == pytest.approx(0.0, abs=1e-12)
    assert e.revenue("tax").item() == pytest.approx(18.0, rel=1e-10)


def test_bounds_of_what_is_moved() -> None:
    high = solver().solve(need=40.0)
    assert high.parameter("tax").item() == pytest.approx(0.5, rel=1e-11)
    assert high.revenue("tax").item() == pytest.approx(25.0, rel=1e-10)
    low = solver().solve(need=2.0, lowest=0.1)
    assert low.parameter("tax").item() == pytest.approx(0.1, rel=1e-11)
    assert low.revenue("tax").item() == pytest.approx(75.0 / 11.0, rel=1e-10)


def test_rationed_work_at_a_real_wage() -> None:
    e = solver().solve(floor=1.1)
    assert_equilibrium(e)
    jobs, tax = float(e.parameter("jobs").sum()), e.parameter("tax").item()
    assert e.price("W").item() == pytest.approx(1.1, rel=1e-10)
    assert jobs < 60.0
    assert e.price("W").item() * (1 + tax) * jobs == pytest.approx(0.75 * output(jobs), rel=1e-9)
    assert e.income("GOV").item() == pytest.approx(tax * 1.1 * jobs, rel=1e-9)


def test_bounds_in_the_wrong_order_are_refused_at_both_doors() -> None:
    m = economy()
    with pytest.raises(DeclarationError, match="upper bound less the lower one must be >= 0"):
        m.auxiliary("v", moves={m.parameters["tax"]: shift}, until=lambda s: 0, lower=1, upper=-1)
    with pytest.raises(DeclarationError, match="most bound less the least one must be >= 0"):
        solver().solve(lowest=0.9)


def test_fixed_by_a_solve() -> None:
    """A variable that is held at zero leaves the parameter as it is; its condition is told."""
    e = solver().solve(need=18.0, fix={"rate": 0.0})
    assert e.parameter("tax").item() == pytest.approx(0.25, rel=1e-12)
    assert e.unmet() == ["auxiliary rate: condition at -2.000e-01"]


def test_a_variable_that_starts_elsewhere() -> None:
    """Fewer hours at the benchmark: the tax of 20 % is moved to the 25 % that balance it."""
    m = economy(tax=0.2)
    paid = lambda s: (s.revenue("tax") - 15.0) / 15.0  # noqa: E731
    m.auxiliary("rate", moves={m.parameters["tax"]: shift}, until=paid, start=0.05)
    m.check()
    assert m.benchmark().parameter("tax") == pytest.approx(0.25)
    assert m.benchmark().variable("rate") == pytest.approx(0.05)


def _moved(rule: object, **sides: object) -> Callable[[Model], object]:
    def declare(m: Model) -> object:
        moves = {m.parameters["jobs"]: rule(m) if rule is amounts else rule}
        return m.auxiliary("v", moves=moves, until=lambda s: 0.0, **sides)  # type: ignore[arg-type]

    return declare


def amounts(m: Model) -> object:
    """A rule that adds, in one place less than nothing."""
    return add(m.parameter("a", "h", [1.0, -1.0]))


@pytest.mark.parametrize("bounded_first", [True, False])
def test_what_is_bounded_has_one_mover(bounded_first: bool) -> None:
    """Two together would pass the bound: each is turned round from the given value alone."""
    m = economy()
    moves = {m.parameters["jobs"]: scale}
    kinds: list[dict[str, object]] = [{"most": 60.0}, {}]
    first, second = kinds if bounded_first else reversed(kinds)
    m.auxiliary("one", moves=moves, until=lambda s: 0.0, **first)  # type: ignore[arg-type]
    words = f"'jobs' is moved by one too, and {'one' if bounded_first else 'two'} bounds it"
    with pytest.raises(DeclarationError, match=words):
        m.auxiliary("two", moves=moves, until=lambda s: 0.0, **second)  # type: ignore[arg-type]
    m = economy()  # bounds of the variables themselves hold for each
    moves = {m.parameters["jobs"]: scale}
    for name in ("one", "two"):
        m.auxiliary(name, moves=moves, until=lambda s: 0.0, upper=0.0)


def test_a_bound_does_not_move() -> None:
    m = economy()
    cap = m.parameter("cap", "", 0.5)
    m.auxiliary("rate", moves={m.parameters["tax"]: shift}, until=lambda s: 0.0, most=cap)
    with pytest.raises(DeclarationError, match="'cap', which ease moves, is a bound of rate"):
        m.auxiliary("ease", moves={cap: shift}, until=lambda s: 0.0)


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (_moved(lambda base, v: base * v, least=0.0), "give lower and upper bounds of the var"),
        (_moved(scale, least=-1.0), "bound of a number that is scaled must be >= 0"),
        (_moved(amounts, most=50.0), "amount added per unit .* must be >= 0, found -1 at urban"),
        (_moved(shift, start=np.nan), "start"),
    ],
)
def test_what_bounds_cannot_be(declare: Callable[[Model], object], words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        declare(economy())
