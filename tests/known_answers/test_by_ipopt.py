"""The published equilibria once more, by Ipopt with derivatives and algebra of its own."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import cast

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.bindings import Binding

BOTH = [pytest.param("cyipopt", marks=pytest.mark.ipopt), "casadi"]


@pytest.fixture(scope="module")
def book(example: Callable[[str], ModuleType]) -> ModuleType:
    return example("02_standard_cge")


@pytest.fixture(scope="module")
def paper(example: Callable[[str], ModuleType]) -> ModuleType:
    return example("01_shoven_whalley")


@pytest.fixture(scope="module")
def standard(book: ModuleType) -> Solver:
    return Solver(book.build())


@pytest.fixture(scope="module")
def small(paper: ModuleType) -> Solver:
    return Solver(paper.build())


@pytest.fixture(params=BOTH)
def binding(request: pytest.FixtureRequest) -> Binding:
    return cast(Binding, request.param)


def assert_same(found: Equilibrium, expected: Equilibrium) -> None:
    """Ipopt and Newton's method found one equilibrium."""
    assert found.solved, found
    assert found.route == "ipopt"
    for key, value in expected.unknowns.items():
        np.testing.assert_allclose(found.unknowns[key], value, rtol=0, atol=1e-8, err_msg=key)


def test_standard_cge(book: ModuleType, standard: Solver, binding: Binding) -> None:
    free = standard.ipopt(standard.model.values(tariff=0.0), binding=binding)
    assert_same(free, standard.solve(tariff=0.0))
    assert book.utility(free) == pytest.approx(26.092634381288686, rel=1e-10)
    assert free.price("FX").item() == pytest.approx(1.0628242, rel=1e-7)
    np.testing.assert_allclose(book.outputs(free), [74.5832943, 71.0062396], rtol=1e-8)


def test_shoven_whalley(paper: ModuleType, small: Solver, binding: Binding) -> None:
    taxed = small.ipopt(small.model.values(paper.TAX), binding=binding)
    assert_same(taxed, small.solve(paper.TAX))
    assert taxed.price("PK").item() == pytest.approx(1.127644, abs=5e-7)
    np.testing.assert_allclose(taxed.price("P"), [1.466515, 1.005773], rtol=0, atol=5.1e-7)
