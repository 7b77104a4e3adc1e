"""What only looks like numbers by position is refused by name at every door of the language."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from cge.language import Model, aces, ces, subset
from tests.language.conftest import Refused

GOODS = ["bread", "milk"]


def series(*order: str) -> pd.Series:
    return pd.Series(range(1, 1 + len(order)), index=order, dtype=float)


ROWS = [series("milk", "bread"), series("milk", "bread")]
TABLE = xr.DataArray([1.0, 2.0], coords={"i": GOODS[::-1]}, dims=["i"])
MIXED: dict[str, Any] = {
    "series": ROWS,
    "a pair": ("r i", ROWS),
    "a tuple": tuple(ROWS),
    "deeper": [[series("milk", "bread")], [series("milk", "bread")]],
    "tables": [TABLE, TABLE],
    "mappings": [{"milk": 1.0, "bread": 2.0}] * 2,
    "frames": [pd.DataFrame({"milk": [1.0], "bread": [2.0]})] * 2,
}
LOOKS: dict[str, tuple[Any, str]] = {
    "texts": (["70", "60"], "a text, '70'"),
    "an array of texts": (np.array(["70", "60"]), "texts"),
    "bytes": ([b"70", b"60"], "a text"),
    "a truth value": (True, r"truth values, such as \[True\]"),
    "truth values": ([True, True], "truth values"),
    "a truth value among numbers": ([1.0, True], "truth values"),
    "truth values of NumPy": (np.array([True, False]), "truth values"),
    "a truth value of NumPy": (np.bool_(True), "truth values"),
    "truth values by label": (pd.Series([True, False], index=GOODS), "truth values"),
    "texts by label": ({"bread": "70", "milk": 1.0}, "a text"),
    "time spans": (np.array([1, 2], "m8[s]"), "time spans"),
    "dates": ([datetime.date(2020, 1, 1)] * 2, "dates"),
    "dates by label": (pd.Series(pd.to_datetime(["2020", "2021"]), index=GOODS), "dates"),
    "complex": (np.array([1j, 1.0]), "complex"),
    "masked": (np.ma.array([1.0, 2.0], mask=[False, True]), "masked"),
    "beyond floats": ([10**400, 1.0], "too large"),
}


def model() -> Model:
    return Model("plain", r=["north", "south"], i=GOODS)


@pytest.mark.parametrize("kind", MIXED)
def test_a_list_of_labelled_things_is_refused(kind: str, refused: Refused) -> None:
    m = model()
    P, L, H = m.commodity("P", "r i"), m.commodity("L"), m.agent("H", "r")
    q = m.parameter("q", "r i", 1.0)
    doors: list[tuple[str, Callable[[Any], Any]]] = [
        ("parameter 'new'", lambda v: m.parameter("new", "r i", v)),
        ("parameter 'q'", lambda v: m.values(q=v)),
        ("H.P", lambda v: H.owns(P["r i"], v)),
        ("Y.L", lambda v: m.activity("Y", "r i", makes=P["r i"](1.0), uses=L[""](v))),
        ("commodity N: price", lambda v: m.commodity("N", "r i", price=v)),
    ]
    for where, door in doors:
        with refused(where, "holds a", "give a DataFrame"):
            door(MIXED[kind])
    assert q.value.all()


@pytest.mark.parametrize("kind", LOOKS)
def test_what_is_no_number_is_refused(kind: str, refused: Refused) -> None:
    m, (value, said) = model(), LOOKS[kind]
    m.parameter("q", "i", 1.0)
    for where, door in {
        "parameter 'new'": lambda: m.parameter("new", "i", value),
        "parameter 'q'": lambda: m.values(q=value),
    }.items():
        with refused(where, said):
            door()


def test_an_elasticity_is_no_truth_value(refused: Refused) -> None:
    m = model()
    P, L = m.commodity("P"), m.commodity("L")
    with refused("Y.elasticity", "truth values"):
        m.activity("Y", makes=P[""](1.0), uses=ces(True, L[""](1.0)))


def test_what_is_a_number_is_taken() -> None:
    m = model()
    whole = np.ma.array([1.0, 2.0], mask=False)
    scalar = xr.DataArray(2.0)
    for k, value in enumerate([(Decimal(1), Fraction(2)), whole, [1, scalar], [np.array(1), 2]]):
        assert (m.parameter(f"q{k}", "i", value).value == [1.0, 2.0]).all()


def test_members_of_additive_nests_are_truth_values() -> None:
    m = model()
    P, A, B = (m.commodity(name, "i") for name in "PAB")
    inputs = aces(2.0, A["i"](1.0), B["i"](1.0), only=np.array([True, False]))
    uses = m.activity("Y", "i", makes=P["i"](2.0), uses=inputs).uses
    assert uses.root.adds is not None
    assert uses.root.adds.mask.tolist() == [True, False]


@pytest.mark.parametrize("labels", [{"b", "a"}, frozenset("ab")], ids=["set", "frozenset"])
def test_labels_have_an_order(labels: Any, refused: Refused) -> None:
    with refused("dimension 'i'", "a set has no order", "list or tuple"):
        Model("sets", i=labels)
    with refused("subset of 'i'", "a set has no order"):
        subset("i", labels)
    assert Model("keys", i={"b": 1, "a": 2}.keys()).dims["i"].labels == ("b", "a")  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", [None, float("nan"), pd.NA, pd.NaT], ids=range(4))
def test_labels_are_not_missing(missing: Any, refused: Refused) -> None:
    with refused("dimension 'i'", "among the labels"):
        Model("gaps", i=["a", missing])


@pytest.mark.parametrize("labels", ["milk", 1.5, True], ids=["text", "number", "truth"])
def test_labels_are_a_list(labels: Any, refused: Refused) -> None:
    with refused("dimension 'i'", "expected is a list of labels"):
        Model("letters", i=labels)
