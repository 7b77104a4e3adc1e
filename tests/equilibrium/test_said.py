"""What a solve fixes, bounds or starts at, in the units of results: translated without a solve."""

from __future__ import annotations

import numpy as np
import pytest

from cge.equilibrium.axes import Axes
from cge.equilibrium.bounds import lower_name, upper_name
from cge.equilibrium.conditions import evaluate, start
from cge.equilibrium.demand import expenditure, utility
from cge.equilibrium.fixing import limits, starting
from cge.equilibrium.state import State, Unknowns
from cge.equilibrium.vanishing import ZERO, size_of_log
from cge.language import DeclarationError, Model, cobb_douglas

SPENT = 50.0


def build() -> Model:
    """Two goods that an agent owns, spending 50 in all."""
    m = Model("said")
    bread, milk, A = m.commodity("bread"), m.commodity("milk"), m.agent("A")
    A.owns(bread[""], 20.0).owns(milk[""], 30.0)
    A.spends(cobb_douglas(bread[""](20.0), milk[""](30.0)))
    m.numeraire(bread)
    return m


def at(model: Model, unknowns: Unknowns) -> State:
    values = {k: np.asarray(v) for k, v in model.values().items()}
    with np.errstate(all="ignore"):
        return evaluate(model, Axes(model.dims, np), unknowns, values)


def bought(state: State) -> float:
    """Money that the agent spends at the prices of a state."""
    agent = state.model.agents["A"]
    names = ("bread", "milk")
    return sum(float(state.quantity(agent, n) * state.user_price(agent, n)) for n in names)


@pytest.mark.parametrize("income", [0.0, 0.5, 2.0, 25.0, 80.0])
def test_an_income_that_is_fixed_is_what_is_spent(income: float) -> None:
    """Also near zero, where the unknown is no log any more."""
    model = build()
    held = limits(model, model.values(), {"A": income}, None)
    assert held[lower_name("m:A")] == held[upper_name("m:A")]
    point = {**start(model), "m:A": held[lower_name("m:A")]}
    assert bought(at(model, point)) == pytest.approx(income, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("income", [0.0, 1.0, 30.0])
def test_an_income_may_start_at_nothing(income: float) -> None:
    model = build()
    point = starting(model, model.values(), {"A": income}, start(model))
    assert SPENT * size_of_log(np, point["m:A"]) == pytest.approx(income, abs=1e-12)


def test_an_income_has_a_bound_at_nothing() -> None:
    model = build()
    held = limits(model, model.values(), None, {"A": (0.0, None)})
    assert held[lower_name("m:A")] == ZERO


def test_what_cannot_be_said_is_named_without_empty_brackets() -> None:
    model = build()
    with pytest.raises(DeclarationError, match=r"start of A: .* must be a number, 0 or more"):
        starting(model, model.values(), {"A": -1.0}, start(model))
    with pytest.raises(DeclarationError, match=r"fix of milk: found 0; it must be positive"):
        limits(model, model.values(), {"milk": 0.0}, None)
    with pytest.raises(DeclarationError, match=r"bounds of A: a bound is below zero, found -1"):
        limits(model, model.values(), None, {"A": (-1.0, None)})


def test_utility_is_of_what_is_bought() -> None:
    """Half of what is bought at the benchmark's prices gives half of its utility."""
    model = build().with_bounds({"m:A"})
    values = model.values()
    held = limits(model, values, {"A": 0.5 * SPENT}, None)
    with np.errstate(all="ignore"):
        point = {**start(model), "m:A": held[lower_name("m:A")]}
        state = evaluate(model, Axes(model.dims, np), point, {**values, **held})
    agent = model.agents["A"]
    assert float(state.income(agent)) == SPENT  # what it receives
    assert float(state.spending(agent)) == pytest.approx(0.5 * SPENT)
    assert float(utility(state, agent)) == pytest.approx(0.5)
    assert float(expenditure(state, agent, utility(state, agent))) == pytest.approx(0.5 * SPENT)
