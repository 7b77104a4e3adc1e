"""Which offender is the worst, the same on every processor.

The last bits of a sum depend on the processor, so they must not decide which of two equal offenders
is named first. Sizes are compared to nine significant digits; equal ones keep the order in which
they stand, which is that of their labels. The engine, which knows no data, has the same rule in
``cge.equilibrium.offenders``.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

_BITS = 30
"""Binary digits of a size that count: nine decimal ones. In binary the rounding is exact, so that
sizes on both sides of a power of ten are equal too."""


def worst_first(sizes: npt.ArrayLike) -> npt.NDArray[np.intp]:
    """Positions of sizes, the largest in absolute value first; equal ones keep their order.

    Arguments:
        sizes: any numbers; an array of several axes is read row by row. What is no number counts
            as infinite.

    Returns:
        Every position once.
    """
    return np.argsort(-np.abs(_rounded(sizes)), kind="stable")


def worst(sizes: npt.ArrayLike) -> int:
    """Position of the largest size in absolute value, of equal ones the first.

    Arguments:
        sizes: at least one number, see ``worst_first``.
    """
    return int(worst_first(sizes)[0])


def lowest(values: npt.ArrayLike) -> int:
    """Position of the lowest value, of equal ones the first.

    Arguments:
        values: at least one number; what is no number counts as infinite.
    """
    return int(np.argmin(_rounded(values)))


def _rounded(values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Values in one row, to the digits that count."""
    mantissa, exponent = np.frexp(np.asarray(values, dtype=float).ravel())
    rounded = np.ldexp(np.rint(np.ldexp(mantissa, _BITS)), exponent - _BITS)
    return np.where(np.isnan(rounded), np.inf, rounded)
