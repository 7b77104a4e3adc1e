"""Conditions, rules and starts that cannot be taken are told by name, not by JAX or Python."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.language import DeclarationError, Model, shift


def taxed(until: Any = None, rule: Any = shift) -> Model:
    """Labour makes bread in two regions; a tax on it moves until a condition is zero."""
    m = Model("taxed", r=["north", "south"])
    P, L, H = m.commodity("P", "r"), m.commodity("L"), m.agent("H")
    rate = m.parameter("rate", "r", 0.0)
    m.activity("Y", "r", makes=P["r"](1.0, taxes=rate.to(H[""])), uses=L[""](1.0))
    H.owns(L[""], 2.0).spends(P["r"](1.0))
    m.numeraire(L)
    if until is not None:
        m.auxiliary("a", "r", moves={rate: rule}, until=until)
    return m


CONDITIONS = {
    "float": lambda s: float(s.parameter("rate")[0]) + jnp.zeros(2),
    "if": lambda s: s.parameter("rate") if s.parameter("rate")[0] > 0 else s.parameter("rate") * 2,
    "numpy": lambda s: np.log1p(np.asarray(s.parameter("rate"))),
}


@pytest.mark.parametrize("how", sorted(CONDITIONS))
def test_a_condition_that_needs_a_number_is_named(how: str) -> None:
    model = taxed(CONDITIONS[how])
    model.check()  # with NumPy there are numbers
    with pytest.raises(DeclarationError, match=r"auxiliary a: its condition turns an array.*float"):
        Solver(model).solve()


def test_a_rule_that_needs_a_number_is_named() -> None:
    model = taxed(lambda s: s.parameter("rate"), lambda base, v: base + float(v[0]))
    with pytest.raises(DeclarationError, match="auxiliary a: its rule of 'rate' turns an array"):
        Solver(model).solve()


def test_a_condition_of_another_shape_is_named() -> None:
    with pytest.raises(DeclarationError, match=r"auxiliary a: its condition has shape \(3,\).*'r'"):
        taxed(lambda s: np.zeros(3)).check()
    taxed(lambda s: s.parameter("rate").sum()).check()  # one for all is repeated


def test_a_start_has_all_keys_and_shapes() -> None:
    solver = Solver(taxed())
    start = {key: np.asarray(value) for key, value in solver.start.items()}
    values = solver.base
    for run in (solver.solution, solver.newton, solver.ipopt):
        with pytest.raises(DeclarationError, match="start: unknown key 'p:PP'; close ones: p:P"):
            run(values, {**start, "p:PP": 0.0})
        with pytest.raises(DeclarationError, match="unknown key 'L'; close ones: p:L"):
            run(values, {**start, "L": 0.0})
        with pytest.raises(DeclarationError, match="start: no values for m:H"):
            run(values, {key: value for key, value in start.items() if key != "m:H"})
        with pytest.raises(
            DeclarationError, match=r"start: p:P has shape \(\); expected is \(2,\)"
        ):
            run(values, {**start, "p:P": 0.0})
    with pytest.raises(DeclarationError, match="start: no unknown"):
        solver.solve(start={**start, "p:PP": 0.0})
