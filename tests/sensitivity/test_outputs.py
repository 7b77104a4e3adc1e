"""Outputs by handle, name and member mean the same, for every verb that reads them."""

from __future__ import annotations

import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.language import DeclarationError, Model
from cge.sensitivity.outputs import Outputs, What


def test_handles_names_and_members_are_read_alike(solver: Solver) -> None:
    m = solver.model
    P, Y = m.commodities["P"], m.activities["Y"]
    asked: dict[str, What] = {
        "handle": P,
        "name": "P",
        "letters": P["i"],
        "member": P.at(i="cloth"),
        "level": Y.at(i="food"),
        "income": "HH",
        "rate": "sigma",
    }
    outputs = Outputs.of(solver, asked)
    state = solver.state(solver.start, solver.base)
    found = {k: np.asarray(v) for k, v in outputs.at(state).items()}
    np.testing.assert_array_equal(found["name"], found["handle"])
    np.testing.assert_array_equal(found["letters"], found["handle"])
    assert found["member"] == found["handle"][1]
    assert found["level"] == np.asarray(state.level("Y"))[0]
    assert found["income"] == np.asarray(state.income("HH"))
    np.testing.assert_array_equal(found["rate"], solver.base["sigma"])
    assert {one.name: one.letters for one in outputs.all} == {
        **dict.fromkeys(("handle", "name", "letters", "rate"), "i"),
        **dict.fromkeys(("member", "level", "income"), ""),
    }


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("skil", "output x: no family or parameter 'skil'; close ones: skill"),
        (Model("m", i=3).commodity("P", "i").at(i="2"), "output x: .* P is of another model"),
        (Model("m").commodity("W"), "output x: no family .*'W'"),
    ],
    ids=["misspelt", "members of another model", "another model"],
)
def test_what_is_of_no_output(solver: Solver, what: What, words: str) -> None:
    with pytest.raises(DeclarationError, match=words):
        Outputs.of(solver, {"x": what})
