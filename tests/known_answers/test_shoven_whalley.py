"""Shoven and Whalley, Journal of Economic Literature 22 (1984): the 2 x 2 x 2 example.

All published numbers, to the digits that were printed.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver


@pytest.fixture(scope="module")
def paper(example: Callable[[str], ModuleType]) -> ModuleType:
    return example("01_shoven_whalley")


@pytest.fixture(scope="module", params=["block", "dense"])
def solver(paper: ModuleType, request: pytest.FixtureRequest) -> Solver:
    return Solver(paper.build(), route=request.param)


@pytest.fixture(scope="module")
def free(paper: ModuleType, solver: Solver) -> Equilibrium:
    return solver.solve()


@pytest.fixture(scope="module")
def taxed(paper: ModuleType, solver: Solver) -> Equilibrium:
    return solver.solve(paper.TAX)


def printed(value: object, published: object, digits: int) -> None:
    """Assert equality to the digits that were printed."""
    np.testing.assert_allclose(value, published, rtol=0, atol=0.5000001 * 10.0**-digits)


def test_without_tax(free: Equilibrium) -> None:
    assert free.price("PL").item() == pytest.approx(1.0, abs=1e-12)  # numeraire
    printed(free.price("PK"), 1.373471, 6)
    printed(free.price("P"), [1.399111, 1.093076], 6)
    printed(free.quantity("MAKE", "P"), [24.942473, 54.378170], 6)


def test_with_a_tax_on_capital_in_manufacturing(paper: ModuleType, taxed: Equilibrium) -> None:
    printed(taxed.price("PK"), 1.127644, 6)
    printed(taxed.price("P"), [1.466515, 1.005773], 6)
    printed(paper.revenue(taxed), 2.277141, 6)


def test_who_bears_the_tax(free: Equilibrium, taxed: Equilibrium) -> None:
    printed(taxed.ev("H", free), [-4.5528, 3.9976], 4)


def test_the_factors_are_fully_employed(free: Equilibrium, taxed: Equilibrium) -> None:
    for e in (free, taxed):
        assert e.quantity("MAKE", "PK").sum().item() == pytest.approx(25.0, rel=1e-9)
        assert e.quantity("MAKE", "PL").sum().item() == pytest.approx(60.0, rel=1e-9)


def test_the_unit_costs_are_those_of_the_article(paper: ModuleType, free: Equilibrium) -> None:
    s, wage, rental = paper.SUBSTITUTION, free.price("PL").item(), free.price("PK").item()
    terms = paper.LABOUR_SHARE**s * wage ** (1 - s) + paper.CAPITAL_SHARE**s * rental ** (1 - s)
    cost = terms ** (1 / (1 - s)) / paper.EFFICIENCY
    np.testing.assert_allclose(free.price("P"), cost, rtol=1e-10)


def test_the_demands_are_those_of_the_article(paper: ModuleType, free: Equilibrium) -> None:
    price, s = free.price("P").values, paper.TASTE_SUBSTITUTION[:, None]
    income = np.array([[25.0 * free.price("PK").item()], [60.0]])  # household
    total = (paper.TASTE * price ** (1 - s)).sum(axis=1, keepdims=True)
    demand = paper.TASTE * income * price**-s / total  # household, good
    np.testing.assert_allclose(free.quantity("H", "P"), demand, rtol=1e-9)


def test_the_example_tells_its_story(paper: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    paper.main()
    report = capsys.readouterr().out
    for number in ("1.373471", "54.378170", "1.466515", "2.277141", "-4.5528", "3.9976"):
        assert number in report
