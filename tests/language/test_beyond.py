"""What is beyond a declared bound, or said in a way that cannot be meant, is told with its remedy.

Everything is refused before a solve, so that nothing here is compiled.
"""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from cge.equilibrium import Solver
from cge.language import Model, ces, scale, shift
from tests.language.conftest import Refused


def economy(*, owned: float = 3.0, **bounds: Any) -> Model:
    """Two goods of labour, a tax that moves, and an idle activity with a capacity."""
    m = Model("beyond", i=["bread", "milk"])
    P, L, H = m.commodity("P", "i"), m.commodity("L"), m.agent("H")
    Q = m.commodity("Q", may_be_zero=0.5)
    rate = m.parameter("rate", "", 0.2)
    m.activity("Y", "i", makes=P["i"](1.2, taxes=rate.to(H[""]), price=0.8), uses=L[""](0.96))
    m.activity("Z", makes=Q[""](1.0), uses=L[""](1.0), latent=1.0, capacity=2.0, owner=H[""])
    H.owns(L[""], owned - 1.08).owns(Q[""], 1.0)
    H.spends(ces(0.5, P["i"](1.2)))
    m.numeraire(L)
    rules = {rate: scale if "most" in bounds else shift}
    m.auxiliary("v", moves=rules, until=lambda s: s.parameter(rate) - 0.2, **bounds)
    return m


@pytest.mark.parametrize("bounds", [{"upper": 0.02}, {"most": 0.204}], ids=["own", "moved"])
def test_a_variable_is_fixed_within_its_bounds(bounds: Any, refused: Refused) -> None:
    solver = Solver(economy(**bounds))
    with refused("fix of v", r"0\.5 is above the bound of the declaration, 0\.0"):
        solver.solve(fix={"v": 0.5})
    for asked, said in {
        "Z": ({"Z": 3.0}, "3 is above the bound of the declaration, 2"),
        "Q": ({"Q": -0.1}, "-0.1 is below the bound of the declaration, 0"),
    }.values():
        with refused(said):
            solver.solve(fix=asked)
    with refused("no value for bread", r"some members only.*P\.at\(i='bread'\): 1\.0"):
        solver.solve(fix={"P": {"milk": 1.0}})
    with refused("bounds of", r"some members only.*P\.at\(i="):
        solver.solve(bounds={"P": ({"milk": 1.0}, None)})


def test_fixing_says_nothing_of_declared_parameters() -> None:
    solver = Solver(economy())
    with pytest.raises(Exception, match=r"is too much$"):
        solver.solve(fix={"L": ("i", [1.0, 2.0])})
    with pytest.raises(Exception, match="declared over fewer letters"):
        solver.solve(rate=("i", [1.0, 2.0]))


def test_a_variable_starts_within_its_bounds(refused: Refused) -> None:
    with refused(r"auxiliary v: start 0\.5 is above upper, 0\.02", "within the bounds"):
        economy(upper=0.02, start=0.5)
    with refused(r"auxiliary v: start 0 is below lower, 0\.1"):
        economy(lower=0.1)


def test_out_of_balance_says_what_may_be_meant_once(refused: Refused) -> None:
    with refused("demand", r"balanced=False\)$") as caught:
        economy(owned=2.0).check()
    assert str(caught.value).count("balanced=False") == 1


def test_taxes_per_unit_that_leave_no_price_are_named(refused: Refused) -> None:
    m = Model("eaten", i=["bread", "milk"])
    P, L, H = m.commodity("P", "i"), m.commodity("L"), m.agent("H")
    duty = m.parameter("duty", "i", {"bread": 0.1, "milk": 1.0})
    with refused(r"Y\.P: taxes 'duty' leave no price", r"is 0 at milk"):
        taxes = duty.per_unit(H[""])
        m.activity("Y", "i", makes=P["i"](1.0, taxes=taxes), uses=L[""](1.0))


def test_a_table_of_one_column_is_no_vector(refused: Refused) -> None:
    m = Model("column", r=["north", "south"], i=["bread", "milk"])
    frame = pd.DataFrame({"x": [1.0, 2.0]}, index=["milk", "bread"])
    with refused(r"df\['x'\]"):
        m.parameter("q", "i", frame)
    with refused(r"df\['x'\]"):
        m.parameter("q", "r i", ("i", frame))
    assert (m.parameter("q", "i", frame["x"]).value == [2.0, 1.0]).all()
