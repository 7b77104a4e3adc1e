"""Named closures on a small economy: the same equilibria, described from the other side."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from closures import (
    ClosureError,
    Swap,
    fixed_exchange_rate,
    fixed_foreign_saving,
    full_employment,
    impose,
    saving_driven,
)
from tests.closures.models import (
    CLOSURES,
    INVESTED,
    Small,
    differences,
    fixed_values,
    freed_values,
    small,
)

SHOCK = {"skill": ("r", [0.8, 0.9]), "tariff": ("r", [0.2, 0.1])}
"""Less labour in efficiency units, dearer imports: real wages fall."""


@cache
def closed(name: str) -> tuple[Small, tuple[Swap, ...], Solver]:
    """The economy under a closure, compiled; ``default`` swaps nothing."""
    economy = small()
    swaps = CLOSURES[name](economy) if name in CLOSURES else ()
    economy = replace(economy, model=impose(economy.model, swaps))
    return economy, swaps, Solver(economy.model)


def solve(name: str, changes: object = None) -> Equilibrium:
    """An equilibrium under a closure, exact."""
    e = closed(name)[2].solve(changes)  # type: ignore[arg-type]
    assert e.worst < 1e-10
    assert abs(e.walras) < 1e-10
    return e


def assert_same(a: Equilibrium, b: Equilibrium) -> None:
    apart = differences(a, b)
    assert max(apart.values()) < 1e-8, apart


def employment(e: Equilibrium) -> np.ndarray:
    return np.asarray(np.exp(e.variable("employment").to_numpy()))


def real_wage(e: Equilibrium) -> np.ndarray:
    economy = closed("labour")[0]
    return np.asarray(e.price("PL").to_numpy() / economy.prices(e.state))


def test_default_closures_swap_nothing() -> None:
    model = small().model
    nothing = [*full_employment(), *saving_driven(), *fixed_foreign_saving()]
    assert impose(model, nothing) is model
    assert not model.auxiliaries
    assert set(model.parameters) == set(small().model.parameters)


def test_a_closure_imposed_after_a_solve_holds() -> None:
    economy = small()
    assert_same(economy.model.solve(SHOCK), solve("default", SHOCK))  # type: ignore[arg-type]
    floor = impose(economy.model, CLOSURES["labour"](economy))
    assert_same(floor.solve(SHOCK), solve("labour", SHOCK))  # type: ignore[arg-type]
    assert_same(economy.model.solve(SHOCK), solve("default", SHOCK))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", CLOSURES)
def test_base_targets_reproduce_the_benchmark(name: str) -> None:
    e = solve(name)
    assert_same(e, solve("default"))
    for swap in closed(name)[1]:
        np.testing.assert_allclose(e.variable(swap.name), 0.0, atol=1e-9)


@pytest.mark.parametrize("name", CLOSURES)
def test_targets_from_the_default_closure_give_its_equilibrium(name: str) -> None:
    """What the default closure makes of a shock, fixed: nothing is left to adjust."""
    free = solve("default", SHOCK)
    found = fixed_values(free, CLOSURES[name](closed("default")[0]))
    assert_same(solve(name, {**SHOCK, **found}), free)


@pytest.mark.parametrize("name", CLOSURES)
def test_what_a_closure_frees_given_to_the_default_closure_gives_the_same(name: str) -> None:
    """The mirror: what adjusted is given, and what was fixed adjusts, to the same equilibrium."""
    swaps = closed(name)[1]
    e = solve(name, SHOCK)
    for swap in swaps:
        assert np.max(np.abs(e.variable(swap.name))) > 1e-3
    assert_same(e, solve("default", {**SHOCK, **freed_values(e, swaps)}))


@pytest.mark.parametrize("name", CLOSURES)
def test_fixed_quantities_are_met(name: str) -> None:
    e, swaps = solve(name, SHOCK), closed(name)[1]
    for target, value in fixed_values(e, swaps).items():
        np.testing.assert_allclose(value, e.parameter(target), rtol=1e-9)


def test_a_wage_above_the_equilibrium_makes_unemployment() -> None:
    e = solve("labour", {"real_wage_target": ("r", [1.1, 0.9])})
    north, south = employment(e)
    assert north < 0.95
    assert real_wage(e)[0] == pytest.approx(1.1, rel=1e-10)
    assert south == pytest.approx(1.0, abs=1e-12)
    assert real_wage(e)[1] > 0.9


def test_a_wage_below_the_equilibrium_does_not_bind() -> None:
    """Employment cannot exceed the labour force: full employment at the flexible wage."""
    e = solve("labour", {**SHOCK, "real_wage_target": 0.5})
    np.testing.assert_allclose(employment(e), 1.0, atol=1e-12)
    assert_same(e, solve("default", SHOCK))


@pytest.mark.parametrize("target", [0.7, 0.9, 1.0, 1.1])
def test_excess_wage_times_unemployment_is_zero(target: float) -> None:
    e = solve("labour", {**SHOCK, "real_wage_target": target})
    idle, excess = 1.0 - employment(e), real_wage(e) - target
    assert np.all(idle > -1e-10)
    assert np.all(excess > -1e-10)
    np.testing.assert_allclose(idle * excess, 0.0, atol=1e-10)


def test_saving_follows_investment() -> None:
    """Half as much again to invest takes higher saving rates, and leaves less to consume."""
    base = solve("investment")
    goal = 1.5 * base.quantity("INV", "goods").to_numpy()
    e = solve("investment", {"real_investment_target": goal})
    np.testing.assert_allclose(e.quantity("INV", "goods"), goal, rtol=1e-10)
    assert np.all(e.parameter("saving_rate") > base.parameter("saving_rate"))
    assert np.all(e.quantity("HH", "goods") < base.quantity("HH", "goods"))


def test_foreign_saving_defends_the_exchange_rate() -> None:
    """A dearer foreign exchange cuts imports, raises exports, and needs less foreign saving."""
    base, e = solve("external"), solve("external", {"real_exchange_rate_target": 1.1})
    assert e.price("FX").item() == pytest.approx(1.1, rel=1e-10)
    gap = [x.quantity("A", "import").sum() - x.quantity("Y", "export").sum() for x in (base, e)]
    assert gap[1] < gap[0]
    np.testing.assert_allclose(gap[1], e.parameter("outside_saving").sum(), rtol=1e-9)


def test_closures_are_real_whatever_the_numeraire() -> None:
    """With labour of the north as numeraire quantities are the same."""
    economy, swaps, _ = closed("all three")
    other = small()
    other.model.numeraire({other.labour: ("r", [1.0, 0.0])}, drop=other.exchange)
    swapped = impose(other.model, CLOSURES["all three"](other))
    e, same = solve("all three", SHOCK), Solver(swapped).solve(SHOCK)  # type: ignore[arg-type]
    assert same.price("PL").to_numpy()[0] == pytest.approx(1.0)
    for swap in swaps:
        np.testing.assert_allclose(same.variable(swap.name), e.variable(swap.name), atol=1e-9)
    for activity in economy.model.activities:
        np.testing.assert_allclose(same.level(activity), e.level(activity), rtol=1e-9)


def test_the_amounts_of_foreign_saving_are_a_parameter() -> None:
    """Doubled amounts per unit need half the variable for the same equilibrium."""
    goal = {"real_exchange_rate_target": 1.1}
    amounts = closed("external")[0].model.parameters["foreign_saving_amounts"].value
    once = solve("external", goal)
    twice = solve("external", {**goal, "foreign_saving_amounts": 2.0 * amounts})
    assert abs(once.variable("foreign_saving").item()) > 1e-3
    np.testing.assert_allclose(
        twice.variable("foreign_saving"), 0.5 * once.variable("foreign_saving"), rtol=1e-9
    )
    assert differences(once, twice)["p:FX"] < 1e-9


def test_amounts_may_be_a_declared_parameter() -> None:
    economy = small()
    each = economy.model.parameter("each", "r", INVESTED)
    swaps = fixed_exchange_rate(economy.exchange, economy.outside, each, economy.prices)
    model = impose(economy.model, swaps)
    assert "foreign_saving_amounts" not in model.parameters
    found = model.solve({"real_exchange_rate_target": 1.1})
    rate = found.price("FX").item() / economy.prices(found.state)
    assert rate == pytest.approx(1.1, rel=1e-10)


def test_amounts_have_the_members_of_foreign_saving() -> None:
    economy = small()
    with pytest.raises(ClosureError, match=r"shape \(\).*'outside_saving' over 'r'"):
        fixed_exchange_rate(economy.exchange, economy.outside, 1.0, economy.prices)
