"""Flows, endowments and gifts are found by name where they were declared."""

from __future__ import annotations

import pytest

from cge.language import Model, cet, cobb_douglas
from tests.language.conftest import Refused


@pytest.fixture
def model() -> Model:
    m = Model("handles", r=["north", "south"])
    P, PL, FX = m.commodity("P", "r"), m.commodity("PL", "r"), m.commodity("FX")
    HH, GOV = m.agent("HH", "r"), m.agent("GOV")
    m.activity(
        "Y", "r", makes=cet(2.0, P["r"](8.0), FX[""](2.0, name="export")), uses=PL["r"](10.0)
    )
    HH.owns(PL["r"], m.parameter("force", "r", 10.0)).owns(FX[""], 1.0)
    HH.gives(0.2, GOV[""], name="income_tax").gives(0.1, GOV[""])
    HH.spends(cobb_douglas(P["r"](7.0, name="goods", minimum=3.0)))
    return m


def test_flows_of_an_activity(model: Model, refused: Refused) -> None:
    Y = model.activities["Y"]
    assert Y.flow("export").sign == -1
    assert Y.flow("PL").quantity is model.parameters["Y.PL.quantity"]
    with refused("Y: no flow called 'labour'", "P, PL, export"):
        Y.flow("labour")


def test_flows_of_an_agent(model: Model, refused: Refused) -> None:
    goods = model.agents["HH"].flow("goods")
    assert goods.minimum is model.parameters["HH.goods.minimum"]
    assert (goods.quantity.value == 4.0).all()  # beyond the minimum
    with refused("GOV: no flow called 'goods'", "none"):
        model.agents["GOV"].flow("goods")


def test_endowments_and_gifts(model: Model, refused: Refused) -> None:
    HH = model.agents["HH"]
    assert HH.endowment("force").quantity is model.parameters["force"]
    assert HH.endowment("FX") is HH.endowment("HH.FX")
    assert HH.gift("income_tax").share is model.parameters["income_tax"]
    assert HH.gift("to.GOV").share is model.parameters["HH.to.GOV"]
    with refused("HH: no endowment called 'cap'", "HH.FX, force"):
        HH.endowment("cap")
    with refused("HH: no gift called 'saving'", "HH.to.GOV, income_tax"):
        HH.gift("saving")
