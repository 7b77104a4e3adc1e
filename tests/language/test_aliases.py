"""Letters bind, not places: where aliases let places be meant, a warning says so."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from cge.language import LetterWarning, Model, alias, leontief


@pytest.fixture
def model() -> Model:
    m = Model("trade", c=["DE", "FR"], d=alias("c"), i=["bread"])
    m.commodity("PX", "c d")
    m.commodity("P", "c")
    m.agent("CONS", "c")
    return m


TABLE = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_letters_exchanged_between_number_and_use_are_warned_about(model: Model) -> None:
    PX, CONS = model.commodities["PX"], model.agents["CONS"]
    extra = model.parameter("extra", "c d", TABLE)
    for given in (extra, ("c d", TABLE)):
        with pytest.warns(LetterWarning, match="Letters bind, not places.*order of the use, 'd c'"):
            CONS.owns(PX["d c"], given)
    with pytest.warns(LetterWarning, match=r"CONS\.PX: 'extra' is over 'c d', and PX\[\"d c\"\]"):
        CONS.spends(leontief(PX["d c"](extra)))


def test_letters_in_the_order_of_the_use_are_meant(model: Model) -> None:
    PX, CONS = model.commodities["PX"], model.agents["CONS"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CONS.owns(PX["d c"], ("d c", TABLE))
        CONS.owns(PX["c d"], ("c d", TABLE))
        CONS.owns(PX["d c"], 1.0)


@pytest.mark.parametrize("given", [("d", [1.0, 2.0]), [1.0, 2.0]], ids=["pair", "list"])
def test_every_member_owning_all_is_warned_about(model: Model, given: Any) -> None:
    P, CONS = model.commodities["P"], model.agents["CONS"]
    if isinstance(given, tuple):
        with pytest.warns(LetterWarning, match="every member owns the amounts of all 'd'"):
            CONS.owns(P["d"], given)
    CONS.owns(P["c"], given if isinstance(given, list) else ("c", given[1]))
