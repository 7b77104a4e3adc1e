r"""Published models given by coefficients, declared as they are printed, without a benchmark.

L. Mathiesen, "An algorithm based on a sequence of linear complementarity problems applied to a
Walrasian equilibrium model: an example", Mathematical Programming 37 (1987), 1-18: one activity
makes the first good of the two others; :math:`p = (6, 1, 5)`, :math:`y = 3`.

T. J. Kehoe, "A numerical investigation of the multiplicity of equilibria", Mathematical Programming
Study 23 (1985), 240-258: four goods, four consumers, two activities and three equilibria, one of
them at equal prices.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.language import Model, cobb_douglas, leontief
from cge.testing import assert_equilibrium

SHARES = np.array(
    [
        [0.52, 0.40, 0.04, 0.04],
        [0.86, 0.10, 0.02, 0.02],
        [0.50, 0.20, 0.2975, 0.0025],
        [0.06, 0.25, 0.0025, 0.6875],
    ]
)  # consumer, good
OWNED = np.diag([5.0, 5.0, 40.0, 40.0])  # consumer, good
ACTIVITIES = np.array([[6.0, -1.0, -4.0, -1.0], [-1.0, 3.0, -1.0, -1.0]])  # activity, good


def test_mathiesen() -> None:
    m = Model("Mathiesen", balanced=False, i=["1", "2", "3"])
    P, HH = m.commodity("P", "i"), m.agent("HH")
    m.activity("Y", makes=P.at(i="1")(1.0), uses=leontief(P["i"]([0.0, 1.0, 1.0])))
    HH.owns(P["i"], [0.0, 5.0, 3.0]).spends(cobb_douglas(P["i"]([0.9, 0.1, 0.0])))
    m.numeraire({P: [0.0, 1.0, 0.0]}, drop=P)
    e = m.solve(start={P: [4.0, 1.0, 2.0], "HH": 20.0})
    assert_equilibrium(e)
    np.testing.assert_allclose(e.price(P), [6.0, 1.0, 5.0], rtol=1e-9)
    assert e.level("Y").item() == pytest.approx(3.0, rel=1e-9)
    np.testing.assert_allclose(e.quantity("HH", "P"), [3.0, 2.0, 0.0], rtol=1e-9, atol=1e-12)


@cache
def kehoe() -> Solver:
    m = Model("Kehoe", balanced=False, i=4, h=4, a=2)
    P, HH = m.commodity("P", "i"), m.agent("HH", "h")
    m.activity(
        "Y",
        "a",
        makes=leontief(P["i"](("a i", np.maximum(ACTIVITIES, 0.0)))),
        uses=leontief(P["i"](("a i", np.maximum(-ACTIVITIES, 0.0)))),
        level=6.0,
    )
    HH.owns(P["i"], ("h i", OWNED)).spends(cobb_douglas(P["i"](("h i", SHARES))))
    m.numeraire({P: 0.25}, drop=P)
    return Solver(m)


def on_the_line(first: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Prices at which both activities break even, levels that clear two markets, and the third.

    With prices that add up to one, zero profits leave one degree of freedom, the first price.
    """
    third = (7.0 * first - 1.0) / 3.0
    price = np.array([first, 0.25, third, 0.75 - first - third])
    demand = (SHARES * (OWNED @ price)[:, None]).sum(axis=0) / price
    lacking = demand - OWNED.sum(axis=0)  # good
    level = np.linalg.solve(ACTIVITIES[:, :2].T, lacking[:2])
    return price, level, float(lacking[2] - level @ ACTIVITIES[:, 2])


def equilibria() -> list[tuple[np.ndarray, np.ndarray]]:
    """All that there are, by bisection on the line: from the printed numbers alone."""
    grid = np.linspace(1.0 / 7.0 + 1e-4, 0.2999, 4000)
    signs = np.sign([on_the_line(first)[2] for first in grid])
    found = []
    for k in np.flatnonzero(np.diff(signs)):
        low, high = grid[k], grid[k + 1]
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if on_the_line(middle)[2] * signs[k] < 0 else (middle, high)
        found.append(on_the_line(0.5 * (low + high))[:2])
    return found


def test_kehoe_at_equal_prices() -> None:
    e = kehoe().solve(start={"P": [1.1, 0.9, 1.05, 0.95], "HH": [5.0, 5.0, 40.0, 40.0]})
    assert_equilibrium(e)
    np.testing.assert_allclose(e.price("P"), 1.0, rtol=1e-9)
    np.testing.assert_allclose(e.level("Y"), [5.2, 6.9], rtol=1e-9)


def test_kehoe_has_three_equilibria() -> None:
    found = equilibria()
    assert len(found) == 3
    for price, level in found:
        start = 4.0 * price * np.array([1.001, 1.0, 0.999, 1.0])
        e = kehoe().solve(start={"P": start, "HH": OWNED @ start, "Y": level})
        assert_equilibrium(e)
        np.testing.assert_allclose(e.price("P") / 4.0, price, rtol=1e-8)
        np.testing.assert_allclose(e.level("Y"), level, rtol=1e-7)
