"""Agreement entry by entry: none hides behind a larger one, and rounding is no difference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import ArrayLike

from cge.coupling import CouplingError, Tolerance


def off(used: ArrayLike, answer: ArrayLike, tolerance: Tolerance | None = None) -> list[float]:
    values = [np.array(side, float) for side in (used, answer)]
    return (tolerance or Tolerance()).off("share", *values).tolist()


def test_a_small_entry_counts_beside_one_ten_thousand_times_as_large() -> None:
    """Shanghai, 6 % off, beside Jiangsu, which agrees."""
    shanghai, jiangsu = off([0.617, 6170.0], [0.654, 6170.0])
    assert shanghai == pytest.approx(600.0, rel=0.01)
    assert jiangsu == 0.0


def test_a_difference_is_relative_to_the_entry_itself() -> None:
    assert_allclose(off([1.0, 1e3, 1e6], [1.0 + 5e-5, 1e3 + 0.05, 1e6 + 50.0]), 0.5, rtol=1e-4)


def test_what_is_zero_but_for_rounding_agrees_with_zero() -> None:
    assert max(off([0.0, 1e-15, -7e-10], [1e-15, 0.0, 0.0])) <= 1.0
    assert off([0.0], [1e-6])[0] > 1.0


def test_an_absolute_tolerance_is_that_of_its_item() -> None:
    tolerance = Tolerance(absolute={"share": 0.1})
    assert max(off([0.0], [0.09], tolerance)) <= 1.0
    assert tolerance.off("price", np.zeros(1), np.array([0.09]))[0] > 1.0
    assert off([0.0], [1e-15], Tolerance(absolute={"share": 0.0})) == [np.inf]


def test_what_comes_or_goes_differs_and_what_stays_away_agrees() -> None:
    nan, inf = np.nan, np.inf
    assert off([nan, 1.0, nan, inf, inf, 1.0], [1.0, nan, nan, inf, 1.0, inf]) == [
        inf, inf, 0.0, 0.0, inf, inf,
    ]  # fmt: skip


def test_a_number_is_a_relative_tolerance() -> None:
    assert Tolerance.of(1e-3) == Tolerance(1e-3)
    assert Tolerance.of(Tolerance(1e-3, {"share": 1.0})) == Tolerance(1e-3, {"share": 1.0})


@pytest.mark.parametrize("relative", [0.0, -1e-4, 1.0, np.nan, "1e-4", None])
def test_a_relative_tolerance_that_means_nothing_is_refused(relative: Any) -> None:
    with pytest.raises(CouplingError, match="give a number between 0 and 1"):
        Tolerance(relative)


@pytest.mark.parametrize("absolute", [-1.0, np.nan, np.inf, "1", None, True, dict])
def test_an_absolute_tolerance_that_means_nothing_is_refused(absolute: Any) -> None:
    with pytest.raises(CouplingError, match="item 'share': an absolute tolerance of"):
        Tolerance(absolute={"share": absolute})
    with pytest.raises(CouplingError, match="absolute tolerances are by item, found"):
        Tolerance(absolute=absolute)
