"""Numbers that differ print differently."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sam.digits import told_apart

numbers = st.floats(allow_nan=False, allow_infinity=False)


@given(numbers, numbers)
def test_two_numbers_print_alike_only_if_they_are_equal(first: float, second: float) -> None:
    texts = told_apart(first, second)
    assert (texts[0] == texts[1]) == (first == second and np.signbit(first) == np.signbit(second))
    for text, value in zip(texts, (first, second), strict=True):
        assert abs(float(text) - value) <= 1e-5 * abs(value)


def test_few_digits_are_enough_where_numbers_are_far_apart() -> None:
    assert told_apart(10.0, 12.5) == ("10", "12.5")
    assert told_apart(10.0, 10.00001) == ("10", "10.00001")
    assert told_apart(1.0, 1.0) == ("1", "1")
