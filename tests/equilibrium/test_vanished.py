"""What a change takes away or leaves without a counterpart is named."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.equilibrium.result import failure
from cge.language import DeclarationError, Model, ces


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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"labour": 0.0}, "market L: nobody supplies it, and activities need it, .* 'labour'"),
        ({"labour": -1.0}, "market L: nobody supplies it.* 'labour'"),
        ({"fields": [5.0, 0.0]}, r"market T\[wheat\]: nobody supplies it.*'fields'"),
        ({"land": [0.0, 5.0]}, r"market T\[rye\]: it is supplied, and nobody needs it.*'land'"),
        ({"Y.P.quantity": [0.0, 10.0]}, r"market P\[rye\]|activity Y\[rye\]: it has inputs and no"),
        ({"Y.L.quantity": 0.0, "land": [0.0, 5.0]}, "market L: it is supplied, and nobody needs"),
    ],
    ids=range(6),
)
def test_what_has_lost_its_counterpart_is_not_solved(
    solver: Solver, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(DeclarationError, match=words):
        solver.solve(changes)


def test_both_sides_may_vanish_together(solver: Solver) -> None:
    both = {"fields": [5.0, 0.0], "land": [5.0, 0.0]}
    found = solver.solve(both)
    np.testing.assert_allclose(found.quantity("Y", "T"), [5.0, 0.0], atol=1e-9)
