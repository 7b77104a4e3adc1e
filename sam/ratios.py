"""Ratios of arrays some of whose denominators are zero."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def ratio(
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike,
    otherwise: npt.ArrayLike = 0.0,
    *,
    where: npt.ArrayLike | None = None,
) -> npt.NDArray[np.float64]:
    """One over the other where that means something.

    Arguments:
        numerator: any numbers.
        denominator: of the numerator's shape, or one that is repeated along it.
        otherwise: the ratio elsewhere, for example nothing of nothing.
        where: where to divide; default: where the denominator is positive.

    Returns:
        An array of the numerator's shape.
    """
    above, below = (np.asarray(side, dtype=float) for side in (numerator, denominator))
    mask = below > 0.0 if where is None else np.asarray(where, dtype=bool)
    result = np.full_like(above, otherwise)
    np.divide(above, below, out=result, where=mask)
    return result
