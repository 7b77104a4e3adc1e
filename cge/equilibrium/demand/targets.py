"""What demand systems are calibrated to: budget shares, and elasticities of the same goods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from cge.language.errors import DeclarationError

Array = npt.NDArray[np.float64]

_NEAR = 1e-6
"""What shares may sum to beside one."""


def targets(share: Any, **elasticities: Any) -> tuple[Array, ...]:
    """Shares and elasticities over the same goods, in the order of the shares.

    Arguments:
        share: budget shares, positive, sum to one (good).
        **elasticities: by name; with labels where the shares have labels (good).

    Raises:
        DeclarationError: shares are not positive or do not sum to one; an elasticity is no finite
            number, of other goods, or with labels where the shares have none.
    """
    labels = _labels(share)
    found = [_numbers("share", share, labels, None)]
    size = found[0].size
    found += [_numbers(name, value, labels, size) for name, value in elasticities.items()]
    if (found[0] <= 0).any():
        good = int(np.argmin(found[0]))
        raise DeclarationError(
            f"share of {_good(labels, good)}: {found[0][good]:g} must be > 0; leave out goods that "
            "are not bought"
        )
    if abs(found[0].sum() - 1.0) > _NEAR:
        raise DeclarationError(f"share: budget shares sum to {found[0].sum():.6g}, not to one")
    return tuple(found)


def labelled(share: Any, numbers: Array) -> Any:
    """Numbers of goods with the labels of the shares, if these have any."""
    labels = _labels(share)
    return numbers if labels is None else pd.Series(numbers, labels)


def _labels(value: Any) -> list[Any] | None:
    """Labels of the goods, None of what has positions only."""
    if isinstance(value, Mapping):
        return list(value)
    if isinstance(value, xr.DataArray):
        return list(value.to_series().index) if value.ndim == 1 and value.coords else None
    return list(value.index) if isinstance(value, pd.Series) else None


def _numbers(name: str, value: Any, labels: list[Any] | None, size: int | None) -> Array:
    own = _labels(value)
    if (own is None) != (labels is None):
        raise DeclarationError(
            f"{name}: shares and elasticities have labels, or all of them go by position; here "
            f"{'the shares have labels' if own is None else name + ' has labels'} alone"
        )
    if own is not None and labels is not None:
        if len(set(own)) < len(own) or set(own) != set(labels):
            raise DeclarationError(f"{name}: its goods are {own}, those of the shares {labels}")
        series = pd.Series(value) if isinstance(value, Mapping) else value
        series = series.to_series() if isinstance(series, xr.DataArray) else series
        value = series.loc[labels].to_numpy()
    numbers = np.asarray(value, float)
    if numbers.ndim != 1 or (size is not None and numbers.size != size):
        wanted = "one number per good" if size is None else f"{size} numbers, one per good"
        raise DeclarationError(f"{name}: shape {numbers.shape}; give {wanted}")
    if not np.isfinite(numbers).all():
        good = int(np.argmin(np.isfinite(numbers)))
        raise DeclarationError(f"{name} of {_good(labels, good)}: {numbers[good]} is no number")
    return numbers


def _good(labels: list[Any] | None, good: int) -> str:
    return f"good {good}" if labels is None else str(labels[good])
