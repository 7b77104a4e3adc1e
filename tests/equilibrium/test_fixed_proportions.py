"""Nests of fixed proportions within each other cost what one of them does, free goods included."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from cge.equilibrium.axes import Axes
from cge.equilibrium.benchmark import benchmark
from cge.equilibrium.conditions import evaluate
from cge.language import DeclarationError, Leaf, Model, Node, leontief

Tree = Callable[[Leaf, Leaf], Node]
TREES: dict[str, Tree] = {
    "flat": lambda labour, permits: leontief(labour, permits),
    "within": lambda labour, permits: leontief(labour, leontief(permits)),
    "deep": lambda labour, permits: leontief(leontief(labour), leontief(leontief(permits))),
}


def smokestack(tree: Tree) -> Model:
    """Ten units of output from ten of labour and five permits, of which there are too many."""
    m = Model("smokestack")
    X, L = m.commodity("X"), m.commodity("L")
    PERMIT = m.commodity("PERMIT", may_be_zero=1.0)
    H = m.agent("H")
    m.activity("Y", makes=X[""](10.0), uses=tree(L[""](10.0), PERMIT[""](5.0)))
    H.owns(L[""], 10.0).owns(PERMIT[""], 100.0).spends(X[""](10.0))
    m.numeraire(L)
    return m


@pytest.mark.parametrize("tree", sorted(TREES))
def test_permits_cost_their_price_wherever_they_hang(tree: str) -> None:
    """At a permit price of one, five permits add a half to the cost of ten."""
    model = smokestack(TREES[tree])
    point = {k: np.asarray(u) for k, u in benchmark(model).unknowns.items()}
    point["p:PERMIT"] = np.log(2.0)  # the price is e^u - 1
    state = evaluate(model, Axes(model.dims, np), point, model.values())
    np.testing.assert_allclose(state.residual["y:Y"], np.log(1.5), rtol=1e-12)


def test_a_nest_of_free_goods_alone_is_refused_within_another_one() -> None:
    m = Model("m", f=["coal", "gas"])
    X, L, PERMIT = m.commodity("X"), m.commodity("L"), m.commodity("PERMIT", may_be_zero=1.0)
    alone = leontief(PERMIT[""](("f", [1.0, 2.0])), each="f")
    with pytest.raises(DeclarationError, match="put it beside goods that cost something"):
        m.activity("Y", makes=X[""](10.0), uses=leontief(L[""](10.0), alone))
