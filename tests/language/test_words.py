"""What is no word of the language is answered in its words, before anything is solved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp
import pandas as pd
import pytest

from cge.equilibrium import Solver
from cge.language import DeclarationError, Model, ces, leontief, shift
from tests.language.conftest import Refused


def economy(until: Any = None, **words: Any) -> Model:
    """Labour makes two goods; a tax on them may move until a condition is zero."""
    m = Model("words", i=["bread", "milk"])
    P, L, H = m.commodity("P", "i"), m.commodity("L"), m.agent("H")
    rate = m.parameter("rate", "i", 0.0)
    m.activity("Y", "i", makes=P["i"](1.0, taxes=rate.to(H[""])), uses=L[""](1.0))
    H.owns(L[""], 2.0).spends(ces(0.5, P["i"](1.0)))
    m.numeraire(L)
    if until is not None:
        m.auxiliary("v", "i", moves={rate: shift}, until=until, **words)
    return m


@pytest.fixture(scope="module")
def solver() -> Solver:
    return Solver(economy())


ASKED: dict[str, tuple[dict[str, Any], str]] = {
    "a pair as budget": ({"budget": (30, 20)}, r"budget: expected is .*Budget\(rounds=2000"),
    "a number as budget": ({"budget": 3}, "budget: expected is"),
    "a text for throw": ({"throw": "no"}, "throw: expected is True or False, found 'no'"),
    "a list to fix": ({"fix": ["P"]}, r"fix: expected is a mapping such as \{P: 1.2\}"),
    "a list of bounds": ({"bounds": [("P", 1.0)]}, r"bounds: expected is a mapping"),
    "a list to start": ({"start": [1, 2]}, "start: expected is an equilibrium, or a mapping"),
    "prices to start": ({"start": pd.Series([1.0]).to_xarray()}, "start: .*found DataArray"),
    "a list of changes": ({"changes": [1, 2]}, "changes: expected is a mapping"),
    "a truth value to fix": ({"fix": {"P": True}}, "fix of P.*truth values"),
}


@pytest.mark.parametrize("case", ASKED)
def test_a_solve_is_asked_in_its_words(case: str, solver: Solver) -> None:
    words, said = ASKED[case]
    with pytest.raises(DeclarationError, match=said):
        solver.solve(**words)


def test_changes_are_of_parameters(solver: Solver, refused: Refused) -> None:
    with refused("changes are of parameters", "fix="):
        solver.model.values({solver.model.commodities["P"]: 1.0})  # type: ignore[dict-item]


WRITTEN: dict[str, tuple[Callable[[Model], Any], str]] = {
    "a position": (lambda m: m.commodities["P"][0], r"P\[0\].*P\[\"i\"\].*P\.at\(i='bread'\)"),  # type: ignore[index]
    "two texts": (lambda m: m.commodities["P"]["r", "i"], r"used at letters"),  # type: ignore[index]
    "a slice": (lambda m: m.commodities["P"][:], r"used at letters"),  # type: ignore[index]
    "a tuple of letters": (
        lambda m: m.commodity("Z", ("i",)),  # type: ignore[arg-type]
        "letters are a text such as 'r i'",
    ),
    "an agent as numeraire": (
        lambda m: m.numeraire(m.agents["H"]),  # type: ignore[arg-type]
        "numeraire: H is of another kind, agent; give a commodity",
    ),
    "a flow as elasticity": (lambda m: ces(m.commodities["P"]["i"](1.0)), "elasticity first"),
    "a nest of nothing": (lambda _: ces(0.5), "a nest without flows"),
    "proportions of nothing": (lambda _: leontief(), "a nest without flows"),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_a_model_is_written_in_its_words(case: str) -> None:
    write, said = WRITTEN[case]
    with pytest.raises(DeclarationError, match=said):
        write(economy())


CONDITIONS: dict[str, tuple[Callable[..., Any], str]] = {
    "nothing": (lambda s: None, "returns NoneType; return a number or array"),
    "a text": (lambda s: "zero", "returns str"),
    "truth": (lambda s: s.price("P") > 1.0, "returns truth values"),
    "one truth": (lambda s: True, "returns bool"),
    "a series": (lambda s: pd.Series([0.0, 0.0]), "returns Series"),
    "a list": (lambda s: [0.0, 0.0], "returns list"),
    "complex": (lambda s: s.price("P") * 1j, "returns complex"),
    "a position too far": (lambda s: [][0], "fails with IndexError: list index"),
    "no reader": (
        lambda s: s.foo,
        "fails .*'foo'; a state .* is asked for .*price_index",
    ),
    "no argument": (lambda: 0.0, "fails with TypeError: .*0 positional arguments"),
    "by label": (lambda s: s.price("P")["bread"], "fails with IndexError"),
    "of xarray": (lambda s: s.price("P").sel(i="bread"), "fails with AttributeError.*'sel'$"),
}


@pytest.mark.parametrize("case", CONDITIONS)
def test_a_condition_that_fails_is_named(case: str) -> None:
    until, said = CONDITIONS[case]
    with pytest.raises(DeclarationError, match=rf"auxiliary v: its condition {said}") as caught:
        economy(until).check()
    assert ("fails" not in said and "asked" not in said) or caught.value.__cause__ is not None


def test_a_condition_returns_numbers_of_any_kind() -> None:
    for zero in (0, 0.0, jnp.zeros(2)):
        economy(lambda s, zero=zero: zero).check()
