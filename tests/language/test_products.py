"""Parameters that are products of parameters follow their factors."""

from __future__ import annotations

import numpy as np
import pytest

from cge.language import Model, les, scale
from tests.language.conftest import Refused

FUEL = np.array([[2.0, 0.0], [3.0, 4.0]])  # region, fuel
FACTOR = np.array([2.5, 1.5])  # fuel
MEMBERS = np.array([[1.0, 0.0], [0.5, 0.5]])  # region, pool


@pytest.fixture
def model() -> Model:
    m = Model("products", r=["north", "south"], f=["coal", "gas"], p=["own", "common"])
    m.parameter("burnt", "r f", ("r f", FUEL))
    m.parameter("factor", "f", FACTOR)
    m.parameter("members", "r p", ("r p", MEMBERS))
    return m


def permits(m: Model) -> None:
    m.product("permits", "r f p", *(m.parameters[n] for n in ("members", "burnt", "factor")))


def test_a_product_multiplies_over_its_letters(model: Model) -> None:
    permits(model)
    expected = np.einsum("rf,f,rp->rfp", FUEL, FACTOR, MEMBERS)
    np.testing.assert_array_equal(model.parameters["permits"].value, expected)
    assert [f.name for f in model.products["permits"]] == ["members", "burnt", "factor"]


def test_a_product_follows_its_factors(model: Model) -> None:
    permits(model)
    members = np.array([[0.0, 1.0], [0.0, 1.0]])
    found = model.values(members=members, factor=("f", [1.0, 2.0]))
    expected = np.einsum("rf,f,rp->rfp", FUEL, [1.0, 2.0], members)
    np.testing.assert_array_equal(found["permits"], expected)
    np.testing.assert_array_equal(model.parameters["members"].value, MEMBERS)


def test_a_product_may_be_a_factor(model: Model) -> None:
    co2 = model.product("co2", "r f", model.parameters["burnt"], model.parameters["factor"])
    model.product("permits", "r f p", co2, model.parameters["members"])
    found = model.values(factor=("f", [1.0, 2.0]))["permits"]
    np.testing.assert_allclose(found, np.einsum("rf,f,rp->rfp", FUEL, [1.0, 2.0], MEMBERS))


def test_a_product_covers_letters_that_no_factor_has(model: Model) -> None:
    wide = model.product("wide", "r f", model.parameters["factor"])
    np.testing.assert_array_equal(wide.value, [FACTOR, FACTOR])


def test_a_product_cannot_be_set(model: Model, refused: Refused) -> None:
    permits(model)
    with refused("'permits' is a product", "'members', 'burnt', 'factor'"):
        model.values(permits=1.0)


def test_a_product_cannot_be_moved(model: Model, refused: Refused) -> None:
    permits(model)
    with refused("auxiliary t", "'permits' is a product", "'members'"):
        model.auxiliary("t", moves={model.parameters["permits"]: scale}, until=lambda s: 0.0)


def test_factors_fit(model: Model, refused: Refused) -> None:
    factor = model.parameters["factor"]
    with refused("product 'a'", r"'factor' has letters \['f'\]", "'r' lacks"):
        model.product("a", "r", factor)
    with refused("product 'b'", "'burnt' is of another model"):
        other = Model("other", r=["north", "south"], f=["coal", "gas"])
        model.product("b", "r f", other.parameter("burnt", "r f", 1.0))
    with refused("product 'c' has no factors"):
        model.product("c", "r f")
    with refused("'factor' is declared twice"):
        model.product("factor", "f", factor)


def test_both_parts_of_a_purchase_may_be_products(model: Model, refused: Refused) -> None:
    """What is committed and what is beyond it, each in pools; together they are bought."""
    P, HH = model.commodity("P", "p"), model.agent("HH", "r")
    members = model.parameters["members"]
    committed = model.product("c", "r p", model.parameter("low", "r", 1.0), members)
    beyond = model.product("b", "r p", model.parameter("high", "r", 3.0), members)
    HH.spends(les(P["p"](beyond=beyond, minimum=committed, name="permits")))
    leaf = HH.flow("permits")
    assert (leaf.quantity, leaf.minimum) == (beyond, committed)
    with refused("POOR.P", "either a quantity or what is beyond"):
        model.agent("POOR", "r").spends(P["p"](1.0, beyond=1.0, minimum=0.5))
    with refused("RICH.P", "beyond needs a minimum"):
        model.agent("RICH", "r").spends(P["p"](beyond=1.0))
