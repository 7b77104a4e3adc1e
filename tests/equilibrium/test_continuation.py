r"""Curves are followed around their turning points, in closed form and by the engine.

On :math:`u^3 - c u = 4 (s - 1/2)`, c > 0, the way from s = 0 to s = 1 turns back twice, at
:math:`u = \mp \sqrt{c/3}`, where no small step in s leads on.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cge.equilibrium.continuation import NEAR, Curve, between, follow
from cge.equilibrium.effort import Budget, Effort


def curve(steep: float) -> Curve:
    """The cubic with a slope of its linear part, and an unknown that nothing depends on."""

    def conditions(u: np.ndarray, values: Mapping[str, Any], *_: object) -> np.ndarray:
        return np.array([u[0] ** 3 - steep * u[0] - 4.0 * (values["s"] - 0.5), 0.0])

    def derivatives(u: np.ndarray, *_: object) -> np.ndarray:
        return np.diag([3.0 * u[0] ** 2 - steep, 0.0])

    system: Any = SimpleNamespace(compiled=conditions, derivatives=derivatives)
    roots = np.roots([1.0, 0.0, -steep, 2.0])
    lowest = roots[np.isreal(roots)].real.min()
    return Curve(
        system,
        lambda s: between({"s": np.asarray(0.0)}, {"s": np.asarray(1.0)}, s),
        np.array([lowest, 7.0]),
        np.array([True, False]),
    )


@pytest.mark.parametrize("steep", [-1.0, 0.0, 2.0, 2.9])
def test_a_curve_is_followed_around_its_turning_points(steep: float) -> None:
    line, effort = curve(steep), Effort(Budget())
    share, at = follow(line, effort, 1000)
    assert share == 1.0
    assert at[0] == pytest.approx(-line.origin[0], abs=1e-5)
    assert np.abs(line.residual(at)).max() < NEAR
    assert line.whole(at)[1] == 7.0
    assert 0 < effort.rounds < 300


def test_a_curve_ends_with_its_budget() -> None:
    share, at = follow(curve(2.0), effort := Effort(Budget()), 10)
    assert 0.0 < share < 1.0
    assert effort.rounds < 20
    assert np.abs(curve(2.0).residual(at)).max() < NEAR


def test_parameters_stay_between_the_ends() -> None:
    base, values = {"a": np.array([1.0, -2.0])}, {"a": np.array([3.0, 2.0])}
    np.testing.assert_allclose(between(base, values, 0.25)["a"], [1.5, -1.0])
    np.testing.assert_array_equal(between(base, values, -0.2)["a"], base["a"])
    np.testing.assert_array_equal(between(base, values, 1.2)["a"], values["a"])
