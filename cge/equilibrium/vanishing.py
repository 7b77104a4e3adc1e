r"""Logs of what may vanish: logarithms that go on as straight lines near zero.

Incomes, levels, and the two sides of a market, are taken in logs, so that a condition is a share of
market value. The log of nothing, or of less than nothing on the way of a search, is no number;
below a small share :math:`\delta` of its reference size a flow is therefore compared linearly,

.. math:: \ell(x) = \begin{cases} \ln x & x \ge \delta \\
          \ln \delta - 1 + x / \delta & x < \delta \end{cases} , \qquad
          \ell'(x) = \frac{1}{\max(x, \delta)} .

The form is increasing and smooth, so that :math:`\ell(x) = \ell(y)` says :math:`x = y` exactly,
at zero too: an income :math:`V_0\, \ell^{-1}(m)`, or a level, is exactly zero at the unknown
``ZERO``.
"""

from __future__ import annotations

import math
from typing import Any

from cge.equilibrium.axes import Array

TURN = -3.0
"""Log of the share of its reference size below which a flow is compared linearly."""

SMALL = math.exp(TURN)
"""That share, some five per cent."""

ZERO = TURN - 1.0
"""Where the form is that of nothing."""


def log_or_line(xp: Any, size: Array) -> Array:
    r""":math:`\ell(x)` of a flow relative to its reference size."""
    above = size >= SMALL
    return xp.where(above, xp.log(xp.where(above, size, SMALL)), ZERO + size / SMALL)


def size_of_log(xp: Any, log: Array) -> Array:
    r""":math:`\ell^{-1}`: a flow relative to its reference size; zero at ``ZERO``."""
    return xp.exp(xp.maximum(log, TURN)) * part_left(xp, log)


def part_left(xp: Any, log: Array) -> Array:
    r"""One above :math:`\delta`, and what is left of :math:`\delta` below."""
    return xp.minimum(1.0, log - ZERO)


def at_least_small(xp: Any, size: Array, reference: Array | float = 1.0) -> Array:
    r""":math:`\max(x, \delta)`: the slope of :math:`\ell^{-1}`, one over that of :math:`\ell`."""
    return xp.maximum(size, SMALL * reference)
