"""Parameters: the named, lettered numbers of a model.

Every number that enters an equilibrium condition (reference quantities and prices, tax rates,
elasticities, endowments) is a parameter. Parameters are *arguments* of the solve, so that one
compilation serves every year, scenario and draw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cge.language.dimensions import Dimensions, letters_of
from cge.language.errors import DeclarationError

if TYPE_CHECKING:
    from cge.language.declarations import Reference

Number = Any
"""A parameter, a scalar, an xarray.DataArray, a pair ``(letters, array)`` or a 0/1-d array."""


@dataclass(frozen=True, eq=False)
class Parameter:
    """A named array over letters, e.g. ``labour_supply`` over ``r``."""

    name: str
    letters: str
    value: NDArray[np.float64]

    def to(self, recipient: Reference) -> Tax:
        """Read the parameter as an ad-valorem rate whose revenue goes to ``recipient``."""
        return Tax(self, recipient)


@dataclass(frozen=True, eq=False)
class Tax:
    """An ad-valorem tax: user price = p(1 + t) on inputs, producer price = p(1 - t) on outputs.

    Revenue is ``t * p * quantity`` and goes to ``recipient``, an agent at letters of the flow; to
    share it out, send it to an agent that gives (``Agent.gives``). A negative rate is a subsidy.
    Several taxes on one flow add up.
    """

    rate: Parameter
    recipient: Reference


@dataclass(frozen=True, eq=False)
class Payment:
    """An agent that pays for an output at market price without delivery to the market.

    This is how a reward at the price of a commodity is written: removal credits paid at the carbon
    price, or free permits in proportion to output (output-based allocation).
    """

    payer: Reference


def as_values(
    value: Number, letters: str, dims: Dimensions, where: str
) -> tuple[str, NDArray[np.float64]]:
    """Return the letters and the checked float array of anything a user may pass as a number.

    Raises:
        DeclarationError: labels differ, letters are unknown, sizes do not fit, the axes of a bare
            array are ambiguous, or a value is NaN or infinite.
    """
    if hasattr(value, "dims") and hasattr(value, "coords"):
        own, array = _from_labelled(value, letters, dims, where)
    elif isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        own, array = letters_of(value[0]), np.asarray(value[1], float)
    else:
        array = np.asarray(value, float)
        own = "" if array.ndim == 0 else letters
        if array.ndim > 1 or array.ndim > len(letters):
            raise DeclarationError(
                f"{where}: an array of {array.ndim} axes must say its letters: "
                f"('{' '.join(letters)}', array) or a labelled DataArray"
            )
    _check_letters(own, array, letters, dims, where)
    if not np.isfinite(array).all():
        at = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        labels = [dims[c].labels[k] for c, k in zip(own, at, strict=True)]
        raise DeclarationError(f"{where}: not a finite number at {labels or 'scalar'}")
    return own, array


def _check_letters(
    own: str, array: NDArray[np.float64], letters: str, dims: Dimensions, where: str
) -> None:
    extra = set(own) - set(letters)
    if extra or array.shape != dims.shape(own):
        expected = dict(zip(letters, dims.shape(letters), strict=True))
        raise DeclarationError(
            f"{where}: array of shape {array.shape} over '{own}' where at most '{letters}' with "
            f"sizes {expected} is expected"
        )


def _from_labelled(
    value: Any, letters: str, dims: Dimensions, where: str
) -> tuple[str, NDArray[np.float64]]:
    own = "".join(str(d) for d in value.dims)
    for letter in own:
        if letter not in letters:
            raise DeclarationError(f"{where}: dimension {letter!r} is not among '{letters}'")
        expected = dims[letter].labels
        if letter in value.coords:
            found = tuple(str(x) for x in value.coords[letter].values)
            if found != expected:
                raise DeclarationError(
                    f"{where}: labels of {letter!r} are {found[:6]}..., expected {expected[:6]}..."
                    "; select and order them before passing"
                )
    return own, np.asarray(value.values, float)
