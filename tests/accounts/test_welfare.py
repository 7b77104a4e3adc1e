"""Utility, expenditure, EV and CV against closed forms and numerical minimisation."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
from scipy.optimize import minimize

from cge.accounts import cost_of_living, expenditure
from cge.equilibrium import Equilibrium, Status, benchmark
from cge.language import DeclarationError
from tests.accounts.conftest import Pair
from tests.accounts.models import AMOUNTS, MINIMUM, with_additive_purchases


def test_cobb_douglas_by_hand(free_trade: Pair, book: ModuleType) -> None:
    r"""Homothetic preferences: :math:`EV = m^0 (U^1/U^0 - 1)`, :math:`CV = m^1 (1 - U^0/U^1)`."""
    base, new = free_trade.base, free_trade.new
    ratio = book.utility(new) / book.utility(base)
    spent = [float((e.quantity("HOH", "PQ") * e.price("PQ")).sum()) for e in (base, new)]
    assert new.ev("HOH", base).item() == pytest.approx(spent[0] * (ratio - 1), rel=1e-9)
    assert new.cv("HOH", base).item() == pytest.approx(spent[1] * (1 - 1 / ratio), rel=1e-9)
    assert (new.utility("HOH") / base.utility("HOH")).item() == pytest.approx(ratio, rel=1e-9)
    weights = book.flow(book.GOODS, "HOH") / book.flow(book.GOODS, "HOH").sum()
    index = float(np.prod(new.price("PQ").values ** weights))
    assert new.price_index("HOH").item() == pytest.approx(index, rel=1e-9)


def test_linear_expenditure_by_hand(consumers: Pair) -> None:
    r"""Klein and Rubin: :math:`U = \prod (x_i - \gamma_i)^{\beta_i}`, at the prices of the base."""
    base, new = consumers.base, consumers.new
    beta = (AMOUNTS - MINIMUM) / (AMOUNTS - MINIMUM).sum()
    utility = [
        float(np.prod((e.quantity("B", "goods").values - MINIMUM) ** beta)) for e in (base, new)
    ]
    prices = base.price("P").values
    unit = float(np.prod((prices / beta) ** beta))  # least cost of a unit of utility
    expected = unit * (utility[1] - utility[0])
    assert new.ev("B", base).item() == pytest.approx(expected, rel=1e-8)
    prices = new.price("P").values * (1 + new.parameter("tax").values)
    unit = float(np.prod((prices / beta) ** beta))
    assert new.cv("B", base).item() == pytest.approx(unit * (utility[1] - utility[0]), rel=1e-8)


def nested_utility(x: np.ndarray) -> float:
    """Utility of the first household from its purchases: CES 0.5 over food and CES 2 of drinks."""
    spare, reference = x - MINIMUM, AMOUNTS - MINIMUM
    share = reference[1:] / reference[1:].sum()
    drink = (share * (spare[1:] / reference[1:]) ** 0.5).sum() ** 2
    top = np.array([reference[0], reference[1:].sum()]) / reference.sum()
    return float(1.0 / (top * np.array([spare[0] / reference[0], drink]) ** -1.0).sum())


def least_cost(prices: np.ndarray, utility: float) -> float:
    """Expenditure function by numerical minimisation."""
    found = minimize(
        lambda x: prices @ x,
        AMOUNTS,
        constraints={"type": "eq", "fun": lambda x: nested_utility(x) - utility},
        bounds=[(low + 1e-6, None) for low in MINIMUM],
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 200},
    )
    assert found.success
    return float(found.fun)


def test_nested_preferences_against_minimisation(consumers: Pair) -> None:
    base, new = consumers.base, consumers.new
    utility, price = [], []
    for e in (base, new):
        bought = e.quantity("A", "food").values + e.quantity("A", "drink").values
        utility.append(nested_utility(bought))
        price.append(e.price("P").values * (1 + e.parameter("tax").values))
        assert e.utility("A").item() == pytest.approx(utility[-1], rel=1e-9)
    cost = {(k, n): least_cost(price[k], utility[n]) for k in (0, 1) for n in (0, 1)}
    assert new.ev("A", base).item() == pytest.approx(cost[0, 1] - cost[0, 0], rel=1e-5)
    assert new.cv("A", base).item() == pytest.approx(cost[1, 1] - cost[1, 0], rel=1e-5)
    agent = base.model.agents["A"]
    living = float(cost_of_living(new, base, agent))
    assert living == pytest.approx(cost[1, 0] / cost[0, 0], rel=1e-6)
    spent = float((base.quantity("A", "food") + base.quantity("A", "drink")).sum())
    at_home = float(expenditure(base.state, agent, base.utility("A").values))
    assert at_home == pytest.approx(spent, rel=1e-9)


def test_no_change_is_worth_nothing(consumers: Pair) -> None:
    base = consumers.base
    assert base.ev("A", base).item() == base.cv("B", base).item() == 0.0


def test_who_buys_nothing_has_no_welfare(consumers: Pair) -> None:
    with pytest.raises(DeclarationError, match="STATE hands its income on and buys nothing"):
        consumers.new.ev("STATE", consumers.base)


def test_other_preferences_are_refused(consumers: Pair) -> None:
    values = dict(consumers.new.values)
    values["B.goods.minimum"] = values["B.goods.minimum"] * 1.1
    other = replace(consumers.new, values=values)
    with pytest.raises(DeclarationError, match=r"preferences differ.*B\.goods\.minimum"):
        other.ev("B", consumers.base)


def test_additive_purchases_have_no_welfare_but_are_reported() -> None:
    model = with_additive_purchases()
    state = benchmark(model)
    e = Equilibrium(model, model.values(), state.unknowns, Status.SOLVED, 0, 0.0, "none")
    with pytest.raises(DeclarationError, match="H: an additive nest"):
        e.ev("H", e)
    with pytest.raises(DeclarationError, match="H: an additive nest"):
        e.utility("H")
    data = e.to_dataset()
    assert "utility.H" not in data
    assert data["price_index.H"].item() == pytest.approx(1.0)
