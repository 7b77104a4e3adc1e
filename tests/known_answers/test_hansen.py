"""Hansen's activity analysis model: the published incomes, whatever good is the unit of account."""

from __future__ import annotations

import numpy as np
import pytest

from cge.equilibrium import Solver
from tests.known_answers import hansen

NUMERAIRE = next(name for name in hansen.build().parameters if name.startswith("numeraire"))

QUICK = ("agric", "labor")
"""Units of account in which it is always solved: the published one, and the hardest."""


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(hansen.build())


@pytest.mark.parametrize(
    "good",
    [pytest.param(g, marks=[] if g in QUICK else [pytest.mark.slow]) for g in hansen.GOODS],
)
def test_published_incomes_with_any_good_as_numeraire(solver: Solver, good: str) -> None:
    weights = np.array([1.0 if name == good else 0.0 for name in hansen.GOODS])
    e = solver.solve({**hansen.changes(), NUMERAIRE: weights})
    price = e.price("P").values * hansen.idle_prices()
    assert e.price("P").sel(c=good).item() == pytest.approx(1.0, rel=1e-10)
    np.testing.assert_allclose(e.income("H").values / price[0], hansen.PUBLISHED, rtol=0, atol=5e-5)
    idle = np.asarray(e.level("Y")) == 0.0
    profit = hansen.coefficients().T @ price
    np.testing.assert_allclose(profit[~idle], 0.0, atol=1e-9 * price.max())
    assert profit.max() <= 1e-9 * price.max()
    net = hansen.coefficients() @ e.level("Y").values
    bought = e.quantity("H", "P").sum("h").values / hansen.idle_prices()
    np.testing.assert_allclose(net + hansen.table(hansen.ENDOWMENTS).sum(axis=1), bought, atol=1e-9)
