"""A beginner's slip is answered in words of the language: what was meant, how to write it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cge.language import DeclarationError, Model, ces, leontief, shift


class Written:
    """What is at hand while a model is written."""

    def __init__(self) -> None:
        self.m = Model("slips", i=["bread", "milk"])
        self.P, self.L = self.m.commodity("P", "i"), self.m.commodity("L")
        self.H, self.GOV = self.m.agent("H"), self.m.agent("GOV", "i")
        self.t = self.m.parameter("t", "i", 0.1)

    def make(self, **changes: Any) -> None:
        """An activity as it should be, but for some words."""
        words = {"makes": self.P["i"](1.0), "uses": self.L[""](1.0)}
        self.m.activity("Y", "i", **{**words, **changes})

    def aux(self, **changes: Any) -> None:
        """An auxiliary variable as it should be, but for some words."""
        words = {"moves": {self.t: shift}, "until": lambda s: s.price(self.L) - 1.0}
        self.m.auxiliary("a", "i", **{**words, **changes})


SLIPS: dict[str, tuple[Callable[[Written], Any], str]] = {
    "a flow without letters": (lambda w: w.L(100.0), r'L\(\.\.\.\).*write L\[""\]\(\.\.\.\)'),
    "a flow of goods without letters": (lambda w: w.P(100.0), r'write P\["i"\]'),
    "an agent that is bought": (lambda w: w.H(1.0), r'H\[""\]'),
    "owns without letters": (lambda w: w.H.owns(w.P, 5.0), r'H owns: P says no letters.*P\["i"\]'),
    "owns a number": (lambda w: w.H.owns(5.0, w.P), r"H owns: expected is a family at letters.*5"),
    "relative to without letters": (
        lambda w: w.H.owns(w.P["i"], 5.0, elasticity=1.0, relative_to=w.L),
        r'H.P: relative_to: L says no letters; write L\[""\], as it has none',
    ),
    "gives without letters": (lambda w: w.H.gives(0.1, w.GOV), r'H gives to: GOV.*GOV\["i"\]'),
    "tax to an agent without letters": (lambda w: w.t.to(w.GOV), r"'t': GOV says.*GOV\[\"i\"\]"),
    "a rate without recipient": (
        lambda w: w.L[""](1.0, taxes=w.t),
        r"taxes of L: 't' is a rate without somebody.*t\.to\(",
    ),
    "a rate among others": (
        lambda w: w.L[""](1.0, taxes=[w.t.to(w.GOV["i"]), w.t]),
        r"taxes of L: 't' is a rate",
    ),
    "a number as a tax": (lambda w: w.L[""](1.0, taxes=0.1), r"taxes of L: .*float 0\.1"),
    "paid by nobody in particular": (
        lambda w: w.P["i"](1.0, paid_by=w.GOV),
        r'P: paid_by: GOV says no letters; write GOV\["i"\]',
    ),
    "an owner without letters": (
        lambda w: w.make(latent=1.0, capacity=1.0, owner=w.GOV),
        r'activity Y: owner: GOV says no letters; write GOV\["i"\]',
    ),
    "no quantity": (lambda w: w.make(uses=w.P["i"]), r"Y uses: P\['i'\] has no quantity yet"),
    "a bare commodity": (lambda w: w.make(makes=w.P), r'Y makes: P is no flow yet.*P\["i"\]\('),
    "a list": (lambda w: w.make(uses=[w.L[""](1.0)]), r"Y uses: a list of flows is no nest"),
    "a number as a flow": (lambda w: w.make(uses=1.0), r"Y uses: expected is a nest or a flow"),
    "no quantity in a nest": (
        lambda w: w.make(uses=ces(0.5, leontief(w.L[""]))),
        r"Y uses: L\[''\] has no quantity yet; write L\[''\]\(quantity\)",
    ),
    "no elasticity": (
        lambda w: w.make(uses=ces(w.L[""](1.0), w.L[""](1.0))),
        r"a nest says its elasticity first",
    ),
    "no quantity of spending": (lambda w: w.H.spends(w.P["i"]), r"H spends: P.* no quantity yet"),
    "a parameter by name": (
        lambda w: w.aux(moves={"t": shift}),
        r"auxiliary a: moves has the name 't'.*model\.parameters\['t'\]",
    ),
    "tax per unit without letters": (lambda w: w.t.per_unit(w.GOV), r"'t': GOV says no letters"),
    "a tax index without letters": (
        lambda w: w.t.per_unit(w.GOV["i"], index=w.P),
        r"index of tax 't': P says no letters",
    ),
    "a parameter with a part of it committed": (
        lambda w: w.H.spends(w.P["i"](w.t, minimum=0.05)),
        r"H\.P: with a minimum.*would not follow a change of 't'; give beyond=",
    ),
    "a number that moves": (lambda w: w.aux(moves={0.1: shift}), r"float 0\.1, which is no param"),
    "a parameter without rule": (lambda w: w.aux(moves=w.t), r"a: moves says which parameter"),
    "a rule that is a number": (lambda w: w.aux(moves={w.t: 1.0}), r"rule of 't' is no function"),
    "a condition that is a number": (
        lambda w: w.aux(until=0.0),
        r"auxiliary a: until is a function",
    ),
    "a numeraire at letters": (lambda w: w.m.numeraire(w.L[""]), r"found L\[''\]; give L, without"),
    "a numeraire by name": (lambda w: w.m.numeraire("L"), r"numeraire: found str 'L'"),
    "a market to drop by name": (lambda w: w.m.numeraire(w.L, drop="P"), r"found str 'P'"),
}


@pytest.mark.parametrize("slip", sorted(SLIPS))
def test_a_slip_is_answered_with_how_to_write_it(slip: str) -> None:
    write, words = SLIPS[slip]
    with pytest.raises(DeclarationError, match=words):
        write(Written())
