"""Closures in M3C: under a cap, at the targets of the path without one, and mirrored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from cge.equilibrium import Equilibrium, Solver
from cge.language import Swap
from cge.m3c import Economy
from cge.m3c.closures import Closing, chosen
from cge.path.compiled import YEARLY
from cge.scenario import Closures
from closures import check_regular
from tests.closures.models import differences, freed_values
from tests.m3c import models
from tests.m3c.models import at_equilibrium, declared, report, tiny_setting

DEFAULT = Closures()
OTHER = Closures(
    labour="fixed_real_wage", investment="investment_driven", external="fixed_exchange_rate"
)


def closed(closure: Closures) -> tuple[Economy, Solver]:
    """The tiny economy with one pool under a closure, and its solver, compiled as for a path."""
    names = tuple(closure.model_dump().items())
    economy = declared(tiny_setting(), ("all",), closure=names)
    return economy, Solver(economy.model, options=YEARLY)


@pytest.fixture(scope="module")
def default() -> tuple[Economy, Solver]:
    return closed(DEFAULT)


@pytest.fixture(scope="module")
def other() -> tuple[Economy, Solver]:
    return closed(OTHER)


def capped(economy: Economy) -> dict[str, Any]:
    """A cap of 20 % below base-year emissions, shared out by them; all regions in one pool."""
    return models.capped(economy, tiny_setting(), [0.8], np.ones((2, 1)))


def solve(of: tuple[Economy, Solver], changes: Mapping[str, Any] | None = None) -> Equilibrium:
    e = of[1].solve(changes)
    assert e.worst < 1e-9
    assert abs(e.walras) < 1e-9
    return e


def swaps(economy: Economy) -> tuple[Swap, ...]:
    """What ``OTHER`` swaps in an economy."""
    return Closing(economy, chosen(tuple(OTHER.model_dump().items()))).swaps()


def found(e: Equilibrium, economy: Economy) -> dict[str, np.ndarray]:
    """Targets of ``OTHER`` as they are in an equilibrium of an economy."""
    return {s.fixed.target: s.fixed.quantity(e.state) for s in swaps(economy)}


def employment(e: Equilibrium, economy: Economy) -> np.ndarray:
    """Employment relative to the labour force, as reported."""
    return report(economy, at_equilibrium(economy, tiny_setting(), e), "employment")


def test_the_default_closure_adds_nothing(default: tuple[Economy, Solver]) -> None:
    assert not default[0].model.auxiliaries
    plain = declared(tiny_setting(), ("all",), closure=())
    assert default[0].model.parameters.keys() == plain.model.parameters.keys()
    assert len(default[0].reports) == len(plain.reports)


def test_base_targets_reproduce_the_benchmark(other: tuple[Economy, Solver]) -> None:
    e = solve(other)
    for name in ("employment", "saving", "foreign_saving"):
        np.testing.assert_allclose(e.variable(name), 0.0, atol=1e-9)
    for commodity in ("PA", "PL", "PK", "FX"):
        np.testing.assert_allclose(e.price(commodity), 1.0, rtol=1e-9)


def test_a_cap_costs_jobs_where_the_real_wage_is_fixed(other: tuple[Economy, Solver]) -> None:
    economy = other[0]
    e, base = solve(other, capped(economy)), solve(other)
    assert e.price("PC").sel(p="all").item() > 0.1
    assert np.all(employment(e, economy) < 1.0 - 1e-4)
    assert np.all(employment(e, economy) > 0.8)
    for target, value in found(e, economy).items():
        np.testing.assert_allclose(value, found(base, economy)[target], rtol=1e-9)


def test_the_mirror_gives_the_same_equilibrium(
    default: tuple[Economy, Solver], other: tuple[Economy, Solver]
) -> None:
    """What adjusts under one closure, given under the other."""
    e = solve(other, capped(other[0]))
    given = freed_values(e, swaps(other[0]))
    assert set(given) == {"labour_supply", "saving_rate", "outside_saving"}
    mirror = solve(default, {**capped(default[0]), **given})
    apart = differences(e, mirror)
    assert max(apart.values()) < 1e-8, apart


def test_targets_of_the_default_closure_give_its_equilibrium(
    default: tuple[Economy, Solver], other: tuple[Economy, Solver]
) -> None:
    e = solve(default, capped(default[0]))
    mirror = solve(other, {**capped(other[0]), **found(e, default[0])})
    apart = differences(e, mirror)
    assert max(apart.values()) < 1e-8, apart


def test_a_low_real_wage_binds_nobody(
    default: tuple[Economy, Solver], other: tuple[Economy, Solver]
) -> None:
    """Employment cannot exceed the labour force: the wage rises above its floor instead."""
    economy = other[0]
    targets = found(solve(default, capped(default[0])), default[0])
    targets["real_wage_target"] = 0.9 * targets["real_wage_target"]
    e = solve(other, {**capped(economy), **targets})
    np.testing.assert_allclose(employment(e, economy), 1.0, atol=1e-9)
    assert np.all(found(e, economy)["real_wage_target"] > targets["real_wage_target"])


@pytest.mark.parametrize("labour", ["full_employment", "fixed_real_wage"])
@pytest.mark.parametrize("investment", ["saving_driven", "investment_driven"])
@pytest.mark.parametrize("external", ["fixed_foreign_saving", "fixed_exchange_rate"])
def test_all_combinations_are_square(labour: str, investment: str, external: str) -> None:
    """And keep the benchmark an equilibrium."""
    names = (("labour", labour), ("investment", investment), ("external", external))
    economy = declared(tiny_setting(), ("all",), closure=names)
    defaults = {"full_employment", "saving_driven", "fixed_foreign_saving"}
    swapped = {labour, investment, external} - defaults
    assert len(economy.model.auxiliaries) == len(swapped)
    economy.model.check()


def test_productivity_is_determined_by_real_gdp() -> None:
    economy = declared(tiny_setting(), ("all",), closure=None)
    check_regular(economy.model, [economy.national.path_of_gdp()])
    economy.model.check()
    state = economy.model.benchmark()
    target = economy.model.parameters["gdp_target"].value
    np.testing.assert_allclose(target, economy.national.gdp(state), rtol=1e-12)
