r"""The log of a mean whose terms may be far apart, :math:`\log \sum_k w_k e^{x_k}`.

Its terms are counted from one, so that no digits are lost where all logs are small; and what would
overflow is taken out of the sum before.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cge.equilibrium.axes import Array

LARGEST = 700.0
"""Log of the largest number that is taken as it is."""


def log_of_mean(xp: Any, largest: Array, less_one: Callable[[Array], Array]) -> Array:
    """Log of a weighted mean.

    Arguments:
        xp: array library.
        largest: the largest of the logs.
        less_one: the mean less one, of what has the logs less what it is given.
    """
    excess = xp.maximum(largest - LARGEST, 0.0)
    found: Array = excess + xp.log1p(less_one(excess))
    return found
