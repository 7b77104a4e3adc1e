"""Members, owners and flows as they are asked for: conditions and results read alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, State, Status
from cge.language import DeclarationError
from tests.equilibrium.models import random_point
from tests.equilibrium.test_members import model


@cache
def point(seed: int) -> Equilibrium:
    """A point of the model, which needs no solve: all that is read of it is defined."""
    m = model()
    values = {name: np.asarray(v, float) for name, v in m.values().items()}
    return Equilibrium(m, values, random_point(m, seed), Status.STUCK, 0, 1.0, "none")


def _family(name: str) -> Any:
    return {**model().agents, **model().activities}[name]


Ask = Callable[[Equilibrium, Any], Any]

ASKED: dict[str, tuple[str, Ask]] = {
    "ev": ("HH", lambda e, who: e.ev(who, point(1))),
    "cv": ("HH", lambda e, who: e.cv(who, point(1))),
    "utility": ("HH", lambda e, who: e.utility(who)),
    "price index": ("HH", lambda e, who: e.price_index(who)),
    "bought": ("HH", lambda e, who: e.quantity(who, "P")),
    "made": ("MAKE", lambda e, who: e.quantity(who, "P")),
    "used": ("MAKE", lambda e, who: e.user_price(who, "labour")),
}


@pytest.mark.parametrize("what", ASKED)
def test_one_member_is_the_one_that_was_asked_for(what: str) -> None:
    name, ask = ASKED[what]
    e, family = point(0), _family(name)
    whole, one = ask(e, family), ask(e, family.at(r="south"))
    assert "r" in whole.dims
    assert one.dims == tuple(d for d in whole.dims if d != "r")
    np.testing.assert_array_equal(one, whole.sel(r="south"))
    renamed = ask(e, family[family.letters.replace("r", "q")])
    assert renamed.dims == tuple("q" if d == "r" else d for d in whole.dims)
    np.testing.assert_array_equal(renamed, whole)


def test_conditions_read_flows_by_the_names_that_results_read() -> None:
    e = point(0)
    for ask in (State.quantity, State.user_price):
        by_handle = ask(e.state, _family("MAKE"), "labour")
        np.testing.assert_array_equal(ask(e.state, "MAKE", "labour"), by_handle)
        south = ask(e.state, _family("MAKE").at(r="south"), "labour")
        letters = _family("MAKE").flow("labour").letters
        np.testing.assert_array_equal(south, np.take(by_handle, 1, axis=letters.index("r")))


def test_the_trees_at_work_of_flows_and_owners() -> None:
    state = point(0).state
    for owner in (*model().activities.values(), *model().agents.values()):
        for flow in state.flows_of(owner):
            assert flow.owner is owner
            assert all(state.flow_of(leaf) is flow for leaf in flow.tree.leaves)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda e: e.quantity("MAK", "labour"), "no activity or agent 'MAK'; close ones: MAKE"),
        (lambda e: e.state.quantity("MAK", "P"), "no activity or agent 'MAK'; close ones: MAKE"),
        (lambda e: e.state.user_price("MAKE", "steel"), "MAKE: no flow called 'steel'"),
        (lambda e: e.state.quantity("P", "P"), "no activity or agent 'P'"),
    ],
)
def test_flows_that_are_not_there(ask: Callable[[Equilibrium], object], words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        ask(point(0))


def test_reports_show_the_numbers_that_are_read() -> None:
    """One mechanism for what rests at nothing: the zeros of a solution, none of the accounts'."""
    e = point(0)
    tiny = {**e.unknowns, "p:PC": np.array([0.0, 1e-10]), "y:DIG": np.array([0.0, 1e-10])}
    e = Equilibrium(e.model, e.values, tiny, Status.STUCK, 0, 1.0, "none")
    shown = e.to_dataset()
    np.testing.assert_array_equal(shown["price.PC"], e.price("PC"))
    np.testing.assert_array_equal(shown["level.DIG"], e.level("DIG"))
    np.testing.assert_array_equal(shown["quantity.DIG.FX"], e.quantity("DIG", "FX"))
    assert (shown["price.PC"].sel(r="south") > 0) & (shown["level.DIG"].sel(r="south") > 0)
