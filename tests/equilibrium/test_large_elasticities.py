"""Nearly perfect substitutes: all prices may double, and nothing happens to quantities."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from cge.equilibrium.axes import Axes
from cge.equilibrium.conditions import evaluate
from cge.language import Model, aces, acet, ces, cet
from tests.equilibrium.models import random_point

QUANTITY = np.array([0.7, 0.4, 1.1, 0.0])


@cache
def substitutes(make: Any) -> Model:
    m = Model("substitutes", i=4)
    P, PL = m.commodity("P", "i"), m.commodity("PL")
    nest, labour = make(m.parameter("sigma", "", 2.0), P["i"](QUANTITY)), PL[""](QUANTITY.sum())
    if make in (ces, aces):
        m.activity("Y", makes=labour, uses=nest)
    else:
        m.activity("Y", makes=nest, uses=labour)
    return m


def at(make: Any, sigma: float, log_price: Any) -> tuple[float, np.ndarray]:
    """Log price of the nest, and quantities."""
    model = substitutes(make)
    point = {**random_point(model, 0, 0.0), "p:P": np.asarray(log_price)}
    with np.errstate(divide="ignore", invalid="ignore"):  # half an economy clears no market
        state = evaluate(model, Axes(model.dims, np), point, model.values(sigma=sigma))
    side = "uses" if make in (ces, aces) else "makes"
    (flow,) = (f for f in state.flows if f.tree.side == side)
    leaf = flow.tree.leaves[0]
    return float(flow.unit.log_price[flow.tree.root]), flow.total[leaf]


@pytest.mark.parametrize("make", [ces, cet, aces, acet], ids=["ces", "cet", "aces", "acet"])
@pytest.mark.parametrize("sigma", [0.5, 50.0, 100.0, 1000.0])
def test_a_common_change_of_prices_changes_no_quantity(make: Any, sigma: float) -> None:
    spread = np.array([0.02, -0.01, 0.0, 0.5])
    index, quantity = at(make, sigma, spread)
    for change in (0.7, -1.3, 5.0):
        moved, same = at(make, sigma, spread + change)
        assert moved == pytest.approx(index + change, rel=1e-14, abs=1e-15)
        np.testing.assert_allclose(same, quantity, rtol=1e-13 * max(1.0, sigma))


@pytest.mark.parametrize("make", [ces, cet, aces, acet], ids=["ces", "cet", "aces", "acet"])
def test_prices_far_apart_leave_the_best_one_alone(make: Any) -> None:
    """At an elasticity of 1000 powers of prices overflow, of the good nobody trades too."""
    model_index, quantity = at(make, 1000.0, [0.0, 1.5, -1.4, -3.0])
    best = 2 if make in (ces, aces) else 1
    expected = np.zeros(4)
    share = QUANTITY[best] / QUANTITY.sum()
    price = {2: -1.4, 1: 1.5}[best]
    if make in (ces, cet):  # the price of the best one, but for its share to the power 1 / rho
        rho = 1.0 - (1000.0 if make is ces else -1000.0)
        assert model_index == pytest.approx(price + np.log(share) / rho, rel=1e-12)
        expected[best] = QUANTITY[best] * share ** ((1.0 - rho) / rho)
    else:
        assert model_index == pytest.approx(price, rel=1e-12)
        expected[best] = QUANTITY.sum()
    np.testing.assert_allclose(quantity, expected, rtol=1e-9, atol=1e-200)
