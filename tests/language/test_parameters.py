"""Numbers at the boundary: letters and labels are checked, and nothing aligns by accident."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from cge.language import Model, alias, ces
from tests.language.conftest import Refused


@pytest.fixture
def model() -> Model:
    """Two letters of the same size, so that only letters tell the axes apart."""
    return Model("boundary", r=["north", "south"], i=["bread", "milk"], q=alias("r"))


def test_a_parameter_has_the_letters_it_is_declared_over(model: Model) -> None:
    assert model.parameter("rate", "r i", 0.1).value.shape == (2, 2)
    across = model.parameter("across", "r i", ("i", [1.0, 2.0]))
    assert across.letters == "ri"
    np.testing.assert_array_equal(across.value, [[1, 2], [1, 2]])
    turned = model.parameter("turned", "r i", ("i r", [[1.0, 2.0], [3.0, 4.0]]))
    np.testing.assert_array_equal(turned.value, [[1, 3], [2, 4]])


@pytest.mark.parametrize(
    "value",
    [
        ("i r", [[1.0, 3.0], [2.0, 4.0]]),
        xr.DataArray([[1.0, 3.0], [2.0, 4.0]], dims=["i", "r"]),
        xr.DataArray(
            [[1.0, 2.0], [3.0, 4.0]],
            coords={"r": ["north", "south"], "i": ["bread", "milk"]},
            dims=["r", "i"],
        ),
        np.array([[1.0, 2.0], [3.0, 4.0]]),  # as declared
    ],
)
def test_changes_may_come_in_any_order_that_is_stated(model: Model, value: object) -> None:
    model.parameter("rate", "r i", 0.1)
    np.testing.assert_array_equal(model.values(rate=value)["rate"], [[1, 2], [3, 4]])


def test_changes_may_have_fewer_letters(model: Model) -> None:
    rate = model.parameter("rate", "r i", 0.1)
    np.testing.assert_array_equal(model.values({rate: 0.5})["rate"], np.full((2, 2), 0.5))
    by_region = model.values({"rate": ("r", [1.0, 2.0])})["rate"]
    np.testing.assert_array_equal(by_region, [[1, 1], [2, 2]])


def test_an_array_with_an_axis_for_each_letter_of_the_same_call_is_as_they_say(
    model: Model,
) -> None:
    declared = model.parameter("rate", "r i", [[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(declared.value, [[1, 2], [3, 4]])
    later = model.values(rate=[[5.0, 6.0], [7.0, 8.0]])["rate"]
    np.testing.assert_array_equal(later, [[5, 6], [7, 8]])


def test_a_square_array_in_a_flow_must_say_its_letters(model: Model, refused: Refused) -> None:
    """A flow has the letters of its owner and of the commodity, in an order that nobody said."""
    P, L = model.commodity("P", "r"), model.commodity("L", "i")
    with refused("parameter 'Y.L.quantity'", "must say its letters", "r i"):
        model.activity("Y", "r", makes=P["r"](1.0), uses=L["i"](np.ones((2, 2))))


def test_a_shape_that_does_not_fit_names_the_axis(model: Model, refused: Refused) -> None:
    with refused("'rate'", r"shape \(2,\) over 'r i' \(r: 2, i: 2\) lacks axes", r"\('r', array\)"):
        model.parameter("rate", "r i", [1.0, 2.0])
    with refused("'rate'", "over 'r i'", "3 entries where 'i' has 2"):
        model.parameter("rate", "r i", np.ones((2, 3)))
    with refused("'rate'", "over 'r' .*too many axes"):
        model.parameter("rate", "r i", ("r", np.ones((2, 2))))


def test_a_foreign_letter_is_refused(model: Model, refused: Refused) -> None:
    with refused("parameter 'rate'", "dimension 'i' is not among"):
        model.parameter("rate", "r", xr.DataArray([1.0, 2.0], dims=["i"]))
    with refused("parameter 'rate'", "over 'i'"):
        model.parameter("rate", "r", ("i", [1.0, 2.0]))


def test_a_wrong_size_is_refused(model: Model, refused: Refused) -> None:
    with refused("parameter 'rate'", "shape", "3 entries where 'r' has 2"):
        model.parameter("rate", "r", [1.0, 2.0, 3.0])


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_is_refused_by_place(model: Model, refused: Refused, bad: float) -> None:
    with refused("parameter 'rate'", "not a finite number", "south"):
        model.parameter("rate", "r", [1.0, bad])
    model.parameter("rate", "r i", 1.0)
    with refused("parameter 'rate'", "not a finite number", "south", "bread"):
        model.values(rate=np.array([[1.0, 1.0], [bad, 1.0]]))


def test_a_parameter_declared_twice_is_refused(model: Model, refused: Refused) -> None:
    model.parameter("rate", "r", 1.0)
    with refused("'rate' is declared twice"):
        model.parameter("rate", "r", 1.0)


def test_a_parameter_of_another_model_is_refused(model: Model, refused: Refused) -> None:
    other = Model("other", r=["north", "south"]).parameter("rate", "r", 1.0)
    P = model.commodity("P", "r")
    with refused("rate", "another model"):
        model.activity("Y", "r", makes=P["r"](other), uses=P["r"](1.0))


@pytest.mark.parametrize("elasticity", [0.5, 2, ("r", [0.5, 2.0]), [0.5, 2.0], np.float32(0.5)])
def test_an_elasticity_may_be_any_number(model: Model, elasticity: object) -> None:
    P = model.commodity("P", "r i")
    model.activity(
        "Y", "r", makes=P["r i"](1.0), uses=ces(elasticity, P["q i"](("q i", np.ones((2, 2)))))
    )


@pytest.mark.parametrize("elasticity", [-0.5, float("nan"), ("r", [0.5, -2.0])])
def test_an_elasticity_below_zero_is_refused(
    model: Model, refused: Refused, elasticity: object
) -> None:
    P = model.commodity("P", "r")
    with refused(r"Y\.elasticity", "must be >= 0, found (-0.5|nan|-2)|not a finite number"):
        model.activity("Y", "r", makes=P["r"](1.0), uses=ces(elasticity, P["r"](1.0)))


def test_an_unknown_change_names_those_that_are_near(model: Model, refused: Refused) -> None:
    model.parameter("labour_supply", "r", 1.0)
    model.parameter("capital_tax", "i", 0.1)
    for misspelt in ("labour", "labour_suply", "Labour_Supply"):
        with refused("unknown parameter", misspelt, "close ones: labour_supply$"):
            model.values({misspelt: 2.0})
    with refused("unknown parameter 'xyz'", "Model.parameters"):
        model.values(xyz=1.0)
