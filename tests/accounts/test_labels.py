"""What tables call the parts of an economy: endowments of one good apart, families by handle."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cge.accounts import area, parts
from cge.accounts.decomposition import _detail
from cge.language import DeclarationError, Model


def _two_endowments() -> Model:
    """A household that owns labour twice, and land."""
    m = Model("twice", r=["north", "south"])
    P, L = m.commodity("P"), m.commodity("L", "r")
    A = m.agent("A", "r")
    m.activity("Y", "r", makes=P[""](3.0), uses=L["r"](3.0))
    A.owns(L["r"], 1.0).owns(L["r"], 2.0)
    A.spends(P[""](3.0))
    m.numeraire(P)
    return m


def test_two_endowments_of_one_good_have_labels_of_their_own() -> None:
    m = _two_endowments()
    where = area(m)
    places = parts.places(where, where.buyers)
    line: Any = SimpleNamespace(solver=SimpleNamespace(model=m), groups=("all",))
    sizes = {
        parts.key(p): np.full((1, *m.dims.shape(p[3])), float(k)) for k, p in enumerate(places)
    }
    detail = _detail(line, places, sizes)
    owned = detail[detail["component"] == parts.ENDOWMENT]
    assert sorted(set(owned["flow"])) == ["A.L", "A.L#2"]
    assert set(detail["flow"]) <= {*m.parameters, "", "P", "L"}


def test_buyers_are_the_agents_inside_that_spend() -> None:
    m = _two_endowments()
    saver = m.agent("S")
    assert area(m, agents=["A", "S"]).buyers == [m.agents["A"]]
    assert area(m, agents=[saver]).buyers == []


def test_an_area_says_how_members_are_named() -> None:
    m = _two_endowments()
    with pytest.raises(DeclarationError, match=r"agents: .*A\[\[north\]\].* at="):
        area(m, agents=[m.agents["A"].at(r="north")])  # type: ignore[list-item]
