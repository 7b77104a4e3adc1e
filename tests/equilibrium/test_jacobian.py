"""The closed-form Jacobian is the derivative of the conditions, wherever the economy stands."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from cge.equilibrium.axes import Axes
from cge.equilibrium.benchmark import benchmark, check_benchmark
from cge.equilibrium.conditions import evaluate
from cge.language import Model
from tests.equilibrium.models import (
    automatic,
    carbon,
    closed_form,
    everything,
    exchange,
    names,
    random_point,
    targeted,
)

SEEDS = range(16)  # enough for complementarities and bounds on either side
MODELS: list[Callable[[], Model]] = [everything, carbon, targeted, exchange]


@pytest.fixture(scope="module", params=MODELS, ids=lambda build: build.__name__)
def model(request: pytest.FixtureRequest) -> Model:
    return cached(request.param)


@cache
def cached(build: Callable[[], Model]) -> Model:
    """One model of each kind, since what is compiled for a model is kept with it."""
    return build()


def disagreements(model: Model, seed: int, values: dict[str, np.ndarray]) -> list[str]:
    """Derivatives where the closed form differs from automatic differentiation."""
    point = random_point(model, seed)
    own, oracle = (np.asarray(f(model)(point, values)) for f in (closed_form, automatic))
    assert np.isfinite(oracle).all()
    apart = np.abs(own - oracle) > 1e-12 * np.maximum(1.0, np.abs(oracle))
    what = names(model)
    return [
        f"d {what[row]} / d {what[column]}: {own[row, column]} against {oracle[row, column]}"
        for row, column in np.argwhere(apart)
    ]


def test_the_benchmark_is_an_equilibrium(model: Model) -> None:
    state = check_benchmark(model, 1e-12)
    assert abs(float(state.walras)) < 1e-12


def test_closed_form_equals_automatic_derivative(model: Model) -> None:
    for seed in SEEDS:
        assert not disagreements(model, seed, model.values())


def test_closed_form_at_other_parameters(model: Model) -> None:
    rng = np.random.default_rng(7)
    values = {k: v * np.exp(0.1 * rng.normal(size=v.shape)) for k, v in model.values().items()}
    assert not disagreements(model, 8, values)


def test_the_points_are_on_both_sides_of_the_kinks() -> None:
    """The random points do exercise both branches of each kind of complementarity."""
    model = everything()
    seen: dict[str, set[bool]] = {}
    for seed in SEEDS:
        with np.errstate(all="ignore"):
            axes, point = Axes(model.dims, np), random_point(model, seed)
            state = evaluate(model, axes, point, model.values())
        for key, (own, _) in state.sides.items():
            seen.setdefault(key, set()).update(np.asarray(own).ravel().tolist())
    assert seen.keys() == {"p:PC", "p:PO", "y:REMOVE", "y:OFFSET", "y:SCRAP"}
    seen.pop("y:OFFSET")  # with a capacity it hardly ever stands between its bounds, see below
    assert all(sides == {0.0, 1.0} for sides in seen.values()), seen


def test_closed_form_where_a_limited_activity_breaks_even() -> None:
    """A point at which the sink of ``carbon`` is neither idle nor full."""
    model = cached(carbon)
    point = random_point(model, 3)
    cost = 1.2 * np.exp(point["p:PL"])
    point["p:PC"] = np.log1p((1 - 5e-5) * cost / 0.2)
    point["y:SINK"] = np.array(0.4)
    with np.errstate(all="ignore"):
        state = evaluate(model, Axes(model.dims, np), point, model.values())
    assert state.sides["y:SINK"] == (0.0, 1.0)
    own, oracle = (np.asarray(f(model)(point, model.values())) for f in (closed_form, automatic))
    np.testing.assert_allclose(own, oracle, rtol=1e-12, atol=1e-12)


def test_members_without_flows_are_dead() -> None:
    state = benchmark(everything())
    np.testing.assert_array_equal(state.dead["p:PR"], [[False, False, True, True]] * 2)
    assert not state.dead["p:P"].any()
