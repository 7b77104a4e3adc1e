"""What a change takes away or leaves without a counterpart is named."""

from __future__ import annotations

import re

import pytest

from cge.equilibrium import Solver
from cge.equilibrium.result import failure
from cge.language import Model, ces


@pytest.fixture(scope="module")
def solver() -> Solver:
    """Bread of labour and land; an investor without income, whose tree has quantity zero."""
    m = Model("bread", i=["rye", "wheat"])
    P, L, T = m.commodity("P", "i"), m.commodity("L"), m.commodity("T", "i")
    H, INV = m.agent("H"), m.agent("INV")
    land = m.parameter("land", "i", 5.0)
    m.activity("Y", "i", makes=P["i"](10.0), uses=ces(0.5, L[""](5.0), T["i"](land)))
    H.owns(L[""], 10.0, name="labour").owns(T["i"], 5.0, name="fields")
    H.spends(ces(0.5, P["i"](10.0))).gives(0.0, INV[""], name="saving")
    INV.spends(ces(1.0, P["i"](0.0)))
    m.numeraire(L)
    return Solver(m)


def test_an_income_without_a_tree_to_spend_it_on_is_named(solver: Solver) -> None:
    attempt = solver.newton(solver.model.values(saving=0.2))
    assert not attempt.solved
    assert re.search("agent INV: income .* and nothing to buy, since all quant", failure(attempt))
