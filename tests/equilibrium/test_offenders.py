"""Which condition fails most is the same on every processor; only relative prices matter."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver, Status
from cge.equilibrium.benchmark import benchmark
from cge.equilibrium.conditions import start
from cge.equilibrium.offenders import failing, with_walras, worst_first
from cge.equilibrium.price_level import at_price_level, price_level
from cge.equilibrium.result import failure
from cge.equilibrium.vanishing import log_or_line
from cge.language import Model, les
from sam import ranking
from tests.equilibrium.models import carbon, exchange


@pytest.mark.parametrize("seed", range(5))
def test_the_engine_and_the_data_side_have_one_rule(seed: int) -> None:
    """Draws of few digits, so that many are equal, each moved by its last bits."""
    rng = np.random.default_rng(seed)
    drawn = np.round(rng.normal(size=200), 1)
    drawn[::50] = np.nan, np.inf, -np.inf, 0.0
    moved = drawn * (1.0 + rng.integers(-2, 3, drawn.size) * np.finfo(float).eps)
    expected = ranking.worst_first(drawn)
    for sizes in (drawn, moved):
        np.testing.assert_array_equal(worst_first(sizes), expected)
        np.testing.assert_array_equal(ranking.worst_first(sizes), expected)


@pytest.mark.parametrize("ulps", [-1, 0, 1])
def test_equal_offenders_are_named_in_the_order_of_their_labels(ulps: int) -> None:
    """Both agents earn half of what they spend, one of them a little less by rounding."""
    model, half = exchange(), 4.0 * (1.0 + ulps * np.finfo(float).eps)
    values = model.values(harvest=("a i", [[4.0, 0.0], [0.0, half]]))
    texts = failing(benchmark(model, values), 1e-9)
    incomes = [text for text in texts if text.startswith("agent")]
    assert ["Ann" in text for text in incomes] == [True, False]
    assert all("income 4 against 8 spent" in text for text in incomes)


def test_the_market_left_unsolved_is_among_the_conditions() -> None:
    model = exchange()
    values = model.values(harvest=("a i", [[4.0, 0.0], [0.0, 8.0]]))
    state = benchmark(model, values)
    assert state.residual["p:P"][0] == 0.0  # the numeraire holds
    assert with_walras(state)["p:P"][0] == state.walras != 0.0


@pytest.mark.parametrize("factor", [0.1, 3.0])
def test_all_conditions_hold_at_another_price_level(factor: float) -> None:
    """Permits that are free stay free, and conduits hand on money at the new prices."""
    equilibrium = Solver(carbon()).solve(cap=22.0)
    state = at_price_level(equilibrium, factor)
    assert not failing(state, 1e-9)
    for name, commodity in equilibrium.model.commodities.items():
        expected = factor * equilibrium.price(name).to_numpy()
        np.testing.assert_allclose(state.price(commodity), expected, rtol=1e-12, atol=1e-12)


def test_another_numeraire_is_another_price_level() -> None:
    def in_units_of(good: int) -> Model:
        model = exchange()
        model.numeraire({model.commodities["P"]: np.eye(2)[good]})
        return model

    harvest = {"harvest": ("a i", [[3.0, 0.0], [0.0, 8.0]])}
    apples, nuts = (in_units_of(good).solve(harvest) for good in range(2))
    ratio = apples.price("P").to_numpy()[1]
    assert price_level(apples, nuts) == pytest.approx(1.0 / ratio, rel=1e-10)
    assert price_level(apples, apples) == 1.0


def test_who_cannot_pay_for_its_minimum_is_named() -> None:
    """The conditions without bounds hold at a negative spending, which is none."""
    m = Model("orchard", i=["food", "cloth"])
    P, L, HH = m.commodity("P", "i"), m.commodity("L"), m.agent("HH")
    m.activity("Y", "i", makes=P["i"](40.0), uses=L[""](40.0))
    HH.owns(L[""], 80.0)
    HH.spends(les(P["i"](beyond=40.0, minimum=m.parameter("minimum", "i", 0.0))))
    m.numeraire(L)
    values = m.values(minimum=50.0)
    debt = log_or_line(np, (80.0 - 100.0) / 80.0)
    point = {**start(m), "m:HH": debt, "y:Y": np.zeros(2)}
    attempt = Equilibrium(m, values, point, Status.STUCK, 8, 0.25, "block")
    assert attempt.state.worst == pytest.approx(0.25)
    worst = attempt.residuals().iloc[0]
    assert (worst["condition"], worst["member"]) == ("income", "HH")
    assert worst["residual"] == pytest.approx(0.25)
    words = "agent HH: income -20 against -20 spent .*: its committed purchases, which cost 100,"
    assert re.search(words, failure(attempt))
