"""The worst offender is the same on every processor."""

from __future__ import annotations

import numpy as np
import pytest

from sam.ranking import lowest, worst, worst_first

SIZES = (3.0, 10.0, 0.1, 2.0 / 3.0, 1e-12, 4.7e15)


def test_larger_sizes_come_first_whatever_their_sign() -> None:
    assert worst_first([1.0, -3.0, 0.0, 2.0]).tolist() == [1, 3, 0, 2]
    assert worst([[0.5, 1.0], [-2.0, 1.5]]) == 2


@pytest.mark.parametrize("size", SIZES)
def test_the_last_bits_do_not_decide(size: float) -> None:
    """Either of two offenders may be larger by rounding: the first is named all the same."""
    near = [np.nextafter(size, 0.0), size, np.nextafter(size, np.inf)]
    for first in near:
        for second in near:
            assert worst_first([0.5 * size, first, -second]).tolist() == [1, 2, 0]


@pytest.mark.parametrize("size", SIZES)
def test_a_difference_that_can_be_read_decides(size: float) -> None:
    assert worst([size, size * (1.0 + 1e-8)]) == 1


def test_the_lowest_keeps_its_sign() -> None:
    assert lowest([3.0, 0.0, 5.0]) == 1
    assert lowest([3.0, np.nextafter(-2.0, 0.0), -2.0, np.nan]) == 1


def test_what_is_no_number_is_worst() -> None:
    assert worst_first([1.0, np.inf, np.nan, 1e308]).tolist() == [1, 2, 3, 0]
    assert worst_first([]).size == 0
