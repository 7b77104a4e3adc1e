"""Labelled numbers are read by their labels at every door, and refused by name where they differ.

Every kind of labelled value is tried at every door of the language, in the order of the letter, in
another order, and with labels that are missing, unknown or there twice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from cge.equilibrium import Solver
from cge.language import DeclarationError, Model, alias, ces, cobb_douglas, subset
from tests.language.conftest import Refused

GOODS = ["bread", "milk", "wine"]
NUMBERS = {"bread": 0.1, "milk": 0.2, "wine": 0.3}
TURNED = {"wine": 0.3, "bread": 0.1, "milk": 0.2}

KINDS: dict[str, Callable[[list[str], list[float]], Any]] = {
    "series": lambda k, v: pd.Series(v, index=k),
    "series named like a letter": lambda k, v: pd.Series(v, index=pd.Index(k, name="i")),
    "series named otherwise": lambda k, v: pd.Series(v, index=pd.Index(k, name="good")),
    "series of a multi-index": lambda k, v: pd.Series(
        v, index=pd.MultiIndex.from_arrays([k], names=["i"])
    ),
    "array": lambda k, v: xr.DataArray(v, coords={"i": k}, dims=["i"]),
    "array named otherwise": lambda k, v: xr.DataArray(v, coords={"good": k}, dims=["good"]),
    "pair with a series": lambda k, v: ("i", pd.Series(v, index=k)),
    "pair with an array": lambda k, v: ("i", xr.DataArray(v, coords={"good": k}, dims=["good"])),
}
MAPPINGS: dict[str, Callable[[list[str], list[float]], Any]] = {
    "mapping": lambda k, v: dict(zip(k, v, strict=True)),
    "pair with a mapping": lambda k, v: ("i", dict(zip(k, v, strict=True))),
    "mapping of tuples": lambda k, v: {(label,): x for label, x in zip(k, v, strict=True)},
}


def of(numbers: Mapping[str, float]) -> tuple[list[str], list[float]]:
    return list(numbers), list(numbers.values())


class Doors:
    """A model whose numbers all come through one kind of value."""

    def __init__(self) -> None:
        self.model = Model("doors", i=GOODS)
        self.P, self.L = self.model.commodity("P", "i"), self.model.commodity("L")
        self.H, self.G = self.model.agent("H"), self.model.agent("G", "i")

    def make(self, quantity: Any = 1.0, **flow: Any) -> str:
        made = self.P["i"](1.0)
        self.model.activity("Y", "i", makes=made, uses=ces(0.5, self.L[""](quantity, **flow)))
        return "Y.L"

    def parameter(self, value: Any) -> str:
        return self.model.parameter("q", "i", value).name

    def quantity(self, value: Any) -> str:
        return f"{self.make(value)}.quantity"

    def price(self, value: Any) -> str:
        return f"{self.make(price=value)}.price"

    def productivity(self, value: Any) -> str:
        return f"{self.make(productivity=value)}.productivity"

    def tax(self, value: Any) -> str:
        rate = self.model.parameter("t", "i", value)
        self.make(taxes=rate.to(self.H[""]))
        return "t"

    def elasticity(self, value: Any) -> str:
        self.model.activity(
            "Y", "i", makes=self.P["i"](1.0), uses=ces(value, self.L[""](1.0), self.L[""](1.0))
        )
        return "Y.elasticity"

    def minimum(self, value: Any) -> str:
        self.H.spends(cobb_douglas(self.P["i"](1.0, minimum=value)))
        return "H.P.minimum"

    def owns(self, value: Any) -> str:
        self.H.owns(self.P["i"], value)
        return "H.P"

    def gives(self, value: Any) -> str:
        self.G.gives(value, self.H[""])
        return "G.to.H"

    def capacity(self, value: Any) -> str:
        self.model.activity(
            "Y",
            "i",
            makes=self.P["i"](1.0),
            uses=self.L[""](1.0),
            latent=1.0,
            capacity=value,
            owner=self.H[""],
        )
        return "Y.capacity"

    def numeraire(self, value: Any) -> str:
        self.model.numeraire({self.P: value})
        return "numeraire.P"


DOORS = sorted(name for name in vars(Doors) if name not in {"make"} and not name.startswith("_"))


def at_declaration(door: str, value: Any) -> np.ndarray:
    doors = Doors()
    name = getattr(doors, door)(value)
    found: np.ndarray = doors.model.parameters[name].value
    return found


@pytest.fixture(scope="module")
def solver() -> Solver:
    """Labour makes three goods, all taxed and untaxed at first."""
    m = Model("taxed", i=GOODS)
    P, L, H = m.commodity("P", "i"), m.commodity("L"), m.agent("H")
    rate = m.parameter("rate", "i", 0.0)
    m.activity("Y", "i", makes=P["i"](1.0, taxes=rate.to(H[""])), uses=L[""](1.0))
    H.owns(L[""], 3.0).spends(cobb_douglas(P["i"](1.0)))
    m.numeraire(L)
    return Solver(m)


def at_solve(solver: Solver, value: Any) -> np.ndarray:
    """What reaches the solver; a tax on sales raises the price to 1 / (1 - t)."""
    found = solver.solve(rate=value)
    np.testing.assert_allclose(1.0 - 1.0 / found.price("P").values, found.values["rate"], 1e-9)
    return np.asarray(found.values["rate"])


@pytest.mark.parametrize("kind", sorted(KINDS | MAPPINGS))
def test_labels_bind_at_every_door(solver: Solver, kind: str) -> None:
    for numbers in (NUMBERS, TURNED):
        value = (KINDS | MAPPINGS)[kind](*of(numbers))
        expected = [0.1, 0.2, 0.3]
        for door in DOORS:
            np.testing.assert_array_equal(at_declaration(door, value), expected, door)
        np.testing.assert_array_equal(solver.model.values(rate=value)["rate"], expected)
        np.testing.assert_array_equal(at_solve(solver, value), expected)
        point = solver.solution({**solver.base, "rate": value})["p:P"]
        np.testing.assert_allclose(1.0 - np.exp(-np.asarray(point)), expected, rtol=1e-9)


@pytest.mark.parametrize("kind", sorted(KINDS | MAPPINGS))
@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["bread", "milk"], "no value for wine"),
        (["bread", "milk", "win"], "no value for wine; unknown 'win' \\(wine\\?\\)"),
        (["bread", "milk", "wine", "gin"], "unknown 'gin'"),
        (["bread", "milk", "wine", "milk"], "milk"),
    ],
)
def test_labels_that_differ_are_refused_by_name(
    solver: Solver, kind: str, labels: list[str], words: str, refused: Refused
) -> None:
    if len(set(labels)) < len(labels) and kind in MAPPINGS:
        return  # a mapping has each label once
    value = (KINDS | MAPPINGS)[kind](labels, [0.1] * len(labels))
    for door in DOORS:
        with refused(words):
            at_declaration(door, value)
    for verb in (solver.model.values, solver.solve):
        with refused("'rate'", words):
            verb(rate=value)
    for run in (solver.solution, solver.newton, solver.ipopt):
        with refused("'rate'", words):
            run({**solver.base, "rate": value})


def test_a_label_without_a_number_is_refused_by_name(solver: Solver, refused: Refused) -> None:
    for build in KINDS.values():
        with refused("'rate'", "not a finite number at .*milk"):
            solver.model.values(rate=build(GOODS, [0.1, np.nan, 0.1]))


# Tables -------------------------------------------------------------------------------------------


@pytest.fixture
def model() -> Model:
    return Model(
        "tables",
        r=["north", "south"],
        i=GOODS,
        j=alias("i"),
        f=subset("i", ["milk", "wine"]),
        y=[2020, 2025],
    )


FRAME = pd.DataFrame({"north": [1.0, 2, 3], "south": [4.0, 5, 6]}, index=GOODS)
WANTED = [[1, 2, 3], [4, 5, 6]]  # region, good


@pytest.mark.parametrize(
    "table",
    [
        FRAME,
        FRAME.T,
        FRAME.loc[::-1, ::-1],
        FRAME.stack(),
        FRAME.unstack(),
        FRAME.rename_axis("i").rename_axis("r", axis=1).sample(frac=1.0, random_state=1).stack(),
        FRAME.to_dict(),
        FRAME.T.to_dict(),
        {"south": FRAME["south"].iloc[::-1], "north": FRAME["north"]},
        {("milk", "north"): 2, ("milk", "south"): 5, **FRAME.drop("milk").stack().to_dict()},
        xr.DataArray(FRAME.loc[::-1], dims=["i", "r"]),
        ("i r", FRAME.loc[::-1]),
        ("r i", FRAME.T.to_numpy()),
        ("r i", FRAME.to_dict()),
        FRAME.T.to_numpy().tolist(),
    ],
    ids=range(15),
)
def test_tables_are_read_by_their_labels(model: Model, table: Any) -> None:
    np.testing.assert_array_equal(model.parameter("q", "r i", table).value, WANTED)
    model.parameter("later", "r i", 0.0)
    np.testing.assert_array_equal(model.values(later=table)["later"], WANTED)


@pytest.mark.parametrize(
    ("letters", "table", "words"),
    [
        ("r i", FRAME.drop("milk"), "no value for milk"),
        ("r i", FRAME.stack().drop(("milk", "south")), "no value at milk,south"),
        ("r i", pd.concat([FRAME.stack(), FRAME.stack()]), "two values at bread,north"),
        ("r i", {"north": {"bread": 1.0}, "south": 2.0}, "nest all entries alike"),
        ("r i", {"north": [1.0, 2, 3], "south": [1.0, 2, 3]}, "labels and positions do not mix"),
        ("r i", {}, "mapping is empty"),
        ("i j", pd.DataFrame(1.0, GOODS, GOODS), "may be any of the letters i, j"),
        (
            "i j",
            pd.DataFrame(1.0, pd.Index(GOODS, name="i"), pd.Index(GOODS, name="i")),
            "two axes",
        ),
        ("f", pd.Series(1.0, GOODS), "unknown 'bread'"),
        ("i", pd.Series(1.0, pd.Index(GOODS, name="j")), "dimension 'j' is not among 'i'"),
        ("i", pd.Series([1.0, 2.0, 3.0]), r"no value for bread.*to_numpy"),
        ("r i", pd.Series([1.0, 2.0]), r"of none of the letters r, i.*to_numpy"),
        ("r i", ("i r", FRAME.T), "no value for bread"),
        ("r i", ("r i", xr.DataArray(FRAME, dims=["i", "r"])), "an axis named 'i' stands where"),
        ("r i", ("r", FRAME), "2 labelled axes where 'r' says 1"),
        ("i", xr.Dataset({"a": ("i", [1.0, 2, 3])}), "Dataset"),
        ("i", "0.1", "not a number.*text"),
        ("i", [1.0, None, "x"], "not a number"),
        ("i", [[1.0], [2.0, 3.0]], "not a number"),
    ],
    ids=range(19),
)
def test_tables_that_do_not_fit_are_refused(
    model: Model, letters: str, table: Any, words: str, refused: Refused
) -> None:
    with refused("parameter 'q'", words):
        model.parameter("q", letters, table)
    model.parameter("later", letters, 0.0)
    with refused("parameter 'later'", words):
        model.values(later=table)


def test_two_letters_of_the_same_labels_are_told_apart_by_name_or_pair(model: Model) -> None:
    flows = pd.DataFrame(np.arange(9.0).reshape(3, 3), GOODS, GOODS)
    named = flows.rename_axis("j").rename_axis("i", axis=1)
    np.testing.assert_array_equal(model.parameter("a", "i j", ("i j", flows)).value, flows)
    np.testing.assert_array_equal(model.parameter("b", "i j", named).value, flows.T)
    half = flows.rename_axis("j")  # the other axis then is i
    np.testing.assert_array_equal(model.parameter("c", "i j", half).value, flows.T)


@pytest.mark.parametrize("years", [[2025, 2020], ["2025", "2020"], [2025.0, 2020.0]])
def test_labels_may_be_numbers(model: Model, years: list[Any]) -> None:
    wanted = [20.0, 25.0]
    np.testing.assert_array_equal(
        model.parameter("q", "y", pd.Series([25.0, 20.0], years)).value, wanted
    )


def test_a_scalar_and_a_subset_are_repeated_and_read(model: Model) -> None:
    np.testing.assert_array_equal(model.parameter("a", "r f", xr.DataArray(2.0)).value, 2.0)
    np.testing.assert_array_equal(model.parameter("b", "r i", ("r", 2.0)).value, 2.0)
    fuels = model.parameter("c", "r f", {"wine": 1.0, "milk": 2.0}).value
    np.testing.assert_array_equal(fuels, [[2, 1], [2, 1]])


def test_what_is_written_may_change_later(model: Model) -> None:
    """The model has numbers of its own."""
    array = np.array([1.0, 2.0, 3.0])
    q = model.parameter("q", "i", array)
    given = model.values(q=array)["q"]
    array[:] = -1.0
    np.testing.assert_array_equal((q.value, given), [[1, 2, 3]] * 2)


def test_a_number_for_all_may_be_set_for_each() -> None:
    m = Model("each", i=GOODS)
    P, H = m.commodity("P", "i"), m.agent("H")
    H.owns(P["i"], 5.0).spends(cobb_douglas(P["i"](5.0)))
    np.testing.assert_array_equal(
        m.values({"H.P": {"milk": 1, "bread": 2, "wine": 3}})["H.P"], [2, 1, 3]
    )
    np.testing.assert_array_equal(m.values({"H.P.price": ("i", [1, 2, 3])})["H.P.price"], [1, 2, 3])
    m.parameter("rate", "", 0.1)
    with pytest.raises(DeclarationError, match="'rate': values over 'i' where a single number may"):
        m.values(rate=("i", [1.0, 1.0, 1.0]))
