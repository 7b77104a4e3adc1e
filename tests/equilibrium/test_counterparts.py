"""Who needs a good needs a supplier: what auxiliary variables bring about is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cge.equilibrium.counterparts import Counterparts
from cge.language import DeclarationError, Model, scale, shift


def build(rule: Callable[[Any, Any], Any] | None, product: bool = False) -> Model:
    """A factory that needs labour, of which an agent supplies x."""
    m = Model("works")
    P, L, A = m.commodity("P"), m.commodity("L"), m.agent("A")
    m.activity("Y", makes=P[""](50.0), uses=L[""](50.0))
    x = m.parameter("x", "", 50.0)
    A.owns(L[""], m.product("force", "", x, m.parameter("hours", "", 1.0)) if product else x)
    A.spends(P[""](50.0))
    m.numeraire(P)
    if rule is not None:
        m.auxiliary("v", moves={x: rule}, until=lambda s: s.level("Y") - 1.0)
    return m


def check(model: Model, **named: float) -> None:
    Counterparts(model, model.values()).check(model.values(**named))


@pytest.mark.parametrize("product", [False, True])
def test_what_a_variable_brings_about_is_a_counterpart(product: bool) -> None:
    check(build(shift, product), x=0.0)


@pytest.mark.parametrize("rule", [None, scale], ids=["given", "scaled"])
def test_what_is_only_scaled_is_none_if_there_is_nothing(
    rule: Callable[[Any, Any], Any] | None,
) -> None:
    with pytest.raises(DeclarationError, match=r"market L: nobody supplies it.*'x'"):
        check(build(rule), x=0.0)
