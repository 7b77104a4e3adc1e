"""Derivatives of an equilibrium: the implicit function theorem against central differences."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from cge.equilibrium import Solver
from cge.language import Model
from tests.equilibrium.models import carbon, industries, targeted

STEP = 1e-4
Values = dict[str, Any]

BUILDS: dict[str, Callable[[], Model]] = {
    "carbon": carbon,
    "targeted": targeted,
    "industries": partial(industries, True),
}
CASES: dict[str, tuple[str, Values]] = {
    "a price of carbon": ("carbon", {"cap": 30.0}),
    "removal and a wage floor": ("carbon", {"cap": 22.0, "floor": 0.95}),
    "a tax that adjusts": ("targeted", {"target": ("r", [25.0, 18.0])}),
    "a core": ("industries", {"tax": 0.05}),
}


class Welfare:
    """Sum of the logs of all that a model's household buys, as a function of the parameters."""

    def __init__(self, build: Callable[[], Model]) -> None:
        self.solver = Solver(build())
        self.with_gradient = jax.jit(jax.value_and_grad(self.of))
        self.tangent = jax.jit(lambda at, way: jax.jvp(self.solver.solution, (at,), (way,))[1])

    def of(self, values: Values) -> Any:
        state = self.solver.state(self.solver.solution(values), values)
        return jnp.log(state.quantity(self.solver.model.agents["HH"], "P")).sum()

    def at(self, values: Values) -> float:
        return float(self.with_gradient(values)[0])


@cache
def welfare_of(build: str) -> Welfare:
    """Compiled once for all tests."""
    return Welfare(BUILDS[build])


class Case:
    """A model at shocked parameters."""

    def __init__(self, build: str, shock: Values) -> None:
        self.welfare = welfare_of(build)
        model = self.welfare.solver.model
        self.values = {k: jnp.asarray(v) for k, v in model.values(shock).items()}

    def direction(self, seed: int) -> Values:
        """A random change of all parameters, in proportion to their size.

        But for what an agent hands on: another share than all would lose money.
        """
        rng = np.random.default_rng(seed)
        agents = self.welfare.solver.model.agents.values()
        whole = {gift.share.name for a in agents if a.tree is None for gift in a.gifts}
        return {k: v * rng.normal(size=v.shape) * (k not in whole) for k, v in self.values.items()}

    def central(self, of: Callable[[Values], Any], direction: Values) -> Any:
        """Central difference of a function of the parameters, of fourth order."""

        def moved(step: float) -> Any:
            return of({k: v + step * direction[k] for k, v in self.values.items()})

        def combine(*ends: Any) -> Any:
            far, near = (np.asarray(ends[k]) - np.asarray(ends[k + 1]) for k in (0, 2))
            return (8 * near - far) / (12 * STEP)

        return jax.tree.map(combine, *(moved(k * STEP) for k in (2, -2, 1, -1)))


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    return Case(*CASES[request.param])


@pytest.fixture(scope="module")
def gradient(case: Case) -> Values:
    return case.welfare.with_gradient(case.values)[1]


def test_gradient_equals_central_differences(case: Case, gradient: Values) -> None:
    for seed in range(3):
        direction = case.direction(seed)
        along = sum(float((gradient[k] * d).sum()) for k, d in direction.items())
        assert along == pytest.approx(case.central(case.welfare.at, direction), rel=1e-6, abs=1e-8)


def test_tangent_equals_central_differences(case: Case) -> None:
    direction = case.direction(9)
    tangent = case.welfare.tangent(case.values, direction)
    expected = case.central(case.welfare.solver.solution, direction)
    for key, value in tangent.items():
        np.testing.assert_allclose(value, expected[key], rtol=1e-6, atol=1e-7, err_msg=key)


def test_no_parameter_is_forgotten(case: Case, gradient: Values) -> None:
    """Every parameter with a positive value matters to somebody, if not always to welfare."""
    assert gradient.keys() == case.values.keys()
    assert all(np.isfinite(g).all() for g in gradient.values())
    assert sum(bool(np.abs(g).max(initial=0.0) > 1e-9) for g in gradient.values()) > 5


def test_gradient_of_a_slack_cap_is_zero() -> None:
    case = Case("carbon", {"cap": 45.0})
    _, gradient = case.welfare.with_gradient(case.values)
    assert float(gradient["cap"]) == pytest.approx(0.0, abs=1e-12)


def test_no_equilibrium_gives_no_number() -> None:
    """A solve inside a differentiated function cannot raise, so it answers with NaN."""
    case = Case("carbon", {"labour": -1.0})
    assert np.isnan(case.welfare.at(case.values))
