"""Ipopt finds the equilibria that Newton's method finds, or says that it found none."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, NotSolved, Options, Solver
from cge.equilibrium.bindings import Binding, NoIpopt
from cge.language import Model
from tests.equilibrium.models import carbon, everything, exchange, random_point, targeted
from tests.m3c.models import capped, declared, tiny_setting

BOTH = [pytest.param("cyipopt", marks=pytest.mark.ipopt), "casadi"]

MODELS: dict[str, Callable[[], Model]] = {
    "carbon": carbon,
    "targeted": targeted,
    "everything": everything,
}

CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "slack permits": ("carbon", {"cap": 40.0}),
    "permits at the kink": ("carbon", {"cap": 35.0}),
    "binding permits": ("carbon", {"cap": 30.0}),
    "removal runs": ("carbon", {"cap": 22.0}),
    "removal at its limit": ("carbon", {"cap": 15.0}),
    "the sink runs": ("carbon", {"cap": 11.0}),
    "the sink at its capacity": ("carbon", {"cap": 3.0}),
    "a wage floor": ("carbon", {"floor": 1.05}),
    "a variable between its bounds": ("targeted", {"target": ("r", [30.0, 18.0])}),
    "a variable at its upper bound": ("targeted", {"target": ("r", [80.0, 20.0])}),
    "a variable at its lower bound": ("targeted", {"tax": ("r", [0.6, 0.1])}),
    "everything": ("everything", {"cap": ("r", [4.5, 4.8]), "skill": 1.05, "tariff": 0.02}),
}


@pytest.fixture(scope="module")
def solver_of() -> Callable[[str], Solver]:
    """Solvers by name, each compiled once."""
    solvers: dict[str, Solver] = {}

    def solver(name: str) -> Solver:
        if name not in solvers:
            solvers[name] = Solver(MODELS[name]())
        return solvers[name]

    return solver


@pytest.fixture(params=BOTH)
def binding(request: pytest.FixtureRequest) -> Binding:
    return cast(Binding, request.param)


def assert_same(found: Equilibrium, expected: Equilibrium) -> None:
    """Two routes found one equilibrium."""
    assert expected.solved, expected
    assert found.solved, found
    assert found.route == "ipopt"
    assert expected.route in ("block", "dense")
    assert found.worst <= 1e-9
    assert abs(found.walras) <= 1e-9
    for key, value in expected.unknowns.items():
        np.testing.assert_allclose(found.unknowns[key], value, rtol=0, atol=1e-8, err_msg=key)


@pytest.mark.parametrize(
    "case", [pytest.param(c, marks=pytest.mark.slow) if c == "everything" else c for c in CASES]
)
def test_the_same_equilibrium(
    solver_of: Callable[[str], Solver], case: str, binding: Binding
) -> None:
    name, shock = CASES[case]
    solver = solver_of(name)
    found = solver.ipopt(solver.model.values(shock), binding=binding)
    assert_same(found, solver.solve(shock))
    assert found.rounds > 0


def test_the_complementarities_are_exact(
    solver_of: Callable[[str], Solver], binding: Binding
) -> None:
    """No trace of the smoothed kinks is left: what is slack is free, what idles does nothing."""
    solver = solver_of("carbon")
    slack = solver.ipopt(solver.model.values(cap=40.0), binding=binding)
    assert slack.price("PC").item() == pytest.approx(0.0, abs=1e-12)
    assert slack.level("REMOVE").item() == pytest.approx(0.0, abs=1e-9)
    full = solver.ipopt(solver.model.values(cap=5.0), binding=binding)
    assert full.level("SINK").item() == pytest.approx(4.0, abs=1e-9)  # its capacity


def test_from_another_start(solver_of: Callable[[str], Solver], binding: Binding) -> None:
    solver = solver_of("carbon")
    start = random_point(solver.model, 2, 0.1)
    found = solver.ipopt(solver.model.values(cap=22.0), start, binding)
    assert_same(found, solver.solve(cap=22.0))


def test_what_cannot_be_is_not_found(solver_of: Callable[[str], Solver], binding: Binding) -> None:
    """Less than committed purchases emit, with all removal closed."""
    solver = solver_of("carbon")
    impossible = {"cap": 0.5, "limit": 0.01, "SINK.capacity": 0.0}
    attempt = solver.ipopt(solver.model.values(impossible), binding=binding)
    assert not attempt.solved
    assert attempt.worst > 1e-6


def test_the_last_resort() -> None:
    """Where Newton's method may not move at all, homotopy ends as well, and Ipopt does not."""
    hasty = Solver(exchange(), options=Options(rounds=0))
    harvest = ("a i", [[8e4, 0.0], [0.0, 8.0]])
    assert not hasty.newton(hasty.model.values(harvest=harvest)).solved
    e = hasty.solve(harvest=harvest)
    assert e.route == "ipopt"
    assert e.price("P").values[1] == pytest.approx(1e4, rel=1e-10)


def test_without_any_ipopt(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default solver needs none; what misses one says what to install."""
    monkeypatch.setitem(sys.modules, "cyipopt", None)
    monkeypatch.setitem(sys.modules, "casadi", None)
    hasty = Solver(exchange(), options=Options(rounds=0))
    harvest = ("a i", [[8e4, 0.0], [0.0, 8.0]])
    values = hasty.model.values(harvest=harvest)
    with pytest.raises(NoIpopt, match=r"neither cyipopt nor CasADi can be loaded.*coinor-libipopt"):
        hasty.ipopt(values)
    with pytest.raises(NoIpopt, match=r"casadi cannot be loaded.*pip install casadi"):
        hasty.ipopt(values, binding="casadi")
    with pytest.raises(NotSolved, match="Ipopt, the last resort, was not tried: Install CasADi"):
        hasty.solve(harvest=harvest)


@pytest.mark.slow
def test_m3c_under_a_cap(binding: Binding) -> None:
    setting = tiny_setting()
    economy = declared(setting, ("all",))
    solver = Solver(economy.model)
    values = capped(economy, setting, [0.7], np.ones((2, 1)))
    found = solver.ipopt(solver.model.values(values), binding=binding)
    assert_same(found, solver.solve(values))
    assert found.price("PC").item() > 0.1
