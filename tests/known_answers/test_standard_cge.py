"""Hosoe, Gasawa and Hashimoto 2010, the standard CGE model (``stdcge`` of the GAMS model library).

Utilities with all digits of the library's solution, the others with those printed; 1e-6 relative.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver


@pytest.fixture(scope="module")
def book(example: Callable[[str], ModuleType]) -> ModuleType:
    return example("02_standard_cge")


@pytest.fixture(scope="module", params=["block", "dense"])
def solver(book: ModuleType, request: pytest.FixtureRequest) -> Solver:
    return Solver(book.build(), route=request.param)


@pytest.fixture(scope="module")
def base(solver: Solver) -> Equilibrium:
    return solver.solve()


@pytest.fixture(scope="module")
def free(solver: Solver) -> Equilibrium:
    return solver.solve(tariff=0.0)


def test_the_table_balances(book: ModuleType) -> None:
    np.testing.assert_array_equal(book.SAM.sum(axis=0), book.SAM.sum(axis=1))


def test_the_benchmark(book: ModuleType, base: Equilibrium) -> None:
    assert book.utility(base) == pytest.approx(25.508490012515818, rel=1e-10)
    np.testing.assert_allclose(book.outputs(base), [73.0, 72.0], rtol=1e-10)
    for price in ("PF", "PD", "PQ", "FX"):
        np.testing.assert_allclose(base.price(price), 1.0, rtol=1e-10)


def test_abolishing_the_tariff(book: ModuleType, free: Equilibrium) -> None:
    assert book.utility(free) == pytest.approx(26.092634381288686, rel=1e-10)
    assert free.price("FX").item() == pytest.approx(1.0628242, rel=1e-7)
    np.testing.assert_allclose(book.outputs(free), [74.5832943, 71.0062396], rtol=1e-8)
    np.testing.assert_allclose(book.consumption(free), [20.3922, 30.7530], rtol=0, atol=5e-5)
    assert free.price("PF").sel(f="CAP").item() == pytest.approx(1.0008883, rel=1e-7)


def test_labour_is_the_numeraire_and_walras_law_holds(free: Equilibrium) -> None:
    assert free.price("PF").sel(f="LAB").item() == pytest.approx(1.0, abs=1e-12)
    assert abs(free.walras) < 1e-10


def test_the_example_tells_its_story(book: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    book.main()
    report = capsys.readouterr().out
    for number in ("26.092634", "1.062824", "74.583294", "71.006240", "1.000888"):
        assert number in report
