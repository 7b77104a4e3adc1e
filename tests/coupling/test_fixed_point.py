"""The fixed point of two models, on stand-ins for the session: residuals are never damped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from cge.coupling import NotConverged, couple
from cge.coupling.fixed_point import damped, difference


def exchange(*values: float) -> dict[str, xr.DataArray]:
    labels = {"region": list("ABC")[: len(values)]}
    return {"x": xr.DataArray(list(values), coords=labels, dims=["region"], attrs={"units": "1"})}


class Economy:
    """Answers to ``set`` and ``solve_year`` only: the partner carries the mathematics."""

    def __init__(self) -> None:
        self.x = exchange(1.0, 1.0)["x"]

    def set(self, name: str, value: xr.DataArray) -> None:
        assert name == "x"
        self.x = value

    def solve_year(self) -> None:
        """Nothing to solve."""


def mirror(function: Callable[[Any], Any]) -> Callable[[Any], dict[str, xr.DataArray]]:
    """A partner that answers with a function of what is set."""
    return lambda economy: {"x": economy.x.copy(data=function(economy.x.to_numpy()))}


def test_a_contraction_converges_to_its_fixed_point() -> None:
    economy: Any = Economy()
    result = couple(economy, mirror(np.cos), tolerance=1e-10)
    assert result.converged
    assert economy.x.to_numpy() == pytest.approx(0.7390851332, abs=1e-9)
    assert result.residual <= 1e-10


def test_residuals_are_those_of_the_whole_step() -> None:
    """At 1.5 the map 1 + x / 2 is off by 0.25, with damping 0.1 all the same."""
    economy: Any = Economy()
    for damping in (1.0, 0.1):
        economy.x = exchange(1.0, 1.0)["x"]
        partner = mirror(lambda x: 1.0 + 0.5 * x)
        result = couple(economy, partner, damping=damping, rounds=100, tolerance=1e-8)
        assert result.rounds["residual"].iloc[0] == pytest.approx(0.25 / 1.5)
        assert economy.x.to_numpy() == pytest.approx(2.0, abs=1e-6)


def test_damping_finds_what_a_full_step_misses() -> None:
    """The map 3 - 1.5 x oscillates ever wider at full steps."""
    economy: Any = Economy()
    result = couple(economy, mirror(lambda x: 3.0 - 1.5 * x), tolerance=1e-8)
    assert result.converged
    assert economy.x.to_numpy() == pytest.approx(1.2, abs=1e-6)


def test_models_that_jump_are_reported_as_not_agreeing() -> None:
    """An answer of zero above one and of two below it agrees nowhere."""
    economy: Any = Economy()
    with pytest.raises(NotConverged) as caught:
        couple(economy, mirror(lambda x: np.where(x > 1.0, 0.0, 2.0)), rounds=30)
    text = str(caught.value)
    assert "do not agree" in text
    assert "x at A" in text
    assert caught.value.convergence.residual > 0.5
    assert len(caught.value.convergence.rounds) == 30


def test_models_that_run_away_are_reported_as_diverging() -> None:
    economy: Any = Economy()
    partner = mirror(lambda x: 1e3 + x**2)
    result = couple(economy, partner, rounds=6, throw=False)
    assert not result.converged
    assert "the residual grows" in result.report()


def test_the_entry_that_differs_most_is_named() -> None:
    worst = difference(exchange(1.0, 2.0, 4.0), exchange(1.0, 3.0, 4.5))
    assert (worst["item"], worst["entry"]) == ("x", "B")
    assert worst["residual"] == pytest.approx(0.25)
    assert (worst["used"], worst["answer"]) == (2.0, 3.0)


def test_an_entry_that_comes_or_goes_never_agrees_and_moves_at_once() -> None:
    used, answer = exchange(1.0, np.nan), exchange(2.0, 5.0)
    assert difference(used, answer)["residual"] == np.inf
    assert difference(used, used)["residual"] == 0.0
    assert damped(used, answer, 0.5)["x"].to_numpy().tolist() == [1.5, 5.0]
