"""Ratios of arrays some of whose denominators are zero."""

from __future__ import annotations

import numpy as np
import pytest

from sam.ratios import ratio


def test_nothing_is_divided_by_zero_or_less() -> None:
    assert ratio([1.0, 2.0, 3.0], [2.0, 0.0, -3.0]).tolist() == [0.5, 0.0, 0.0]


@pytest.mark.parametrize("otherwise", [1.0, np.inf, [7.0, 8.0]])
def test_what_stands_elsewhere_is_given(otherwise: float | list[float]) -> None:
    expected = np.where([False, True], 0.75, otherwise)
    np.testing.assert_array_equal(ratio([3.0, 3.0], [0.0, 4.0], otherwise), expected)


def test_a_denominator_is_repeated_along_the_numerator() -> None:
    shares = ratio([[1, 3], [0, 5]], [[4], [0]])
    assert shares.tolist() == [[0.25, 0.75], [0.0, 0.0]]
    assert ratio([[1, 2], [3, 4]], [2, 0], where=[True, False]).tolist() == [[0.5, 0], [1.5, 0]]


def test_negative_denominators_count_where_that_is_said() -> None:
    total = np.array([-4.0, 0.0])
    assert ratio([1.0, 1.0], total, where=total != 0.0).tolist() == [-0.25, 0.0]
