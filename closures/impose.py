"""Imposing swaps on a declared model: a model with swaps, if they determine each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cge.language import Fixed, Model, Swap, letters_of
from cge.language.swaps import State
from closures.errors import ClosureError
from closures.square import check_regular, check_structure


def impose(model: Model, swaps: Sequence[Swap], *, numerically: bool = True) -> Model:
    """The model with swaps, each an auxiliary variable with its condition.

    The targets are parameters of the model returned, each at the benchmark value of its quantity,
    so that the benchmark remains an equilibrium. The model given stays as it is; handles serve
    both.

    Arguments:
        model: a declared model with its numeraire.
        swaps: what is freed and what is fixed.
        numerically: also check that the conditions determine the variables at the benchmark.

    Returns:
        The model with swaps; without any swap the model given.

    Raises:
        ClosureError: variables and conditions do not match.
        DeclarationError: a name is taken, or the model alone is not determined.
    """
    if not swaps:
        return model
    check_structure(model, swaps)
    benchmark = model.benchmark()
    for each in swaps:
        _check_quantity(model, each.fixed, benchmark)
    closed = model.with_swaps(swaps, at=benchmark)
    if numerically:
        check_regular(closed, swaps)
    return closed


def _check_quantity(model: Model, fixed: Fixed, benchmark: State) -> None:
    """Assert that a quantity has its letters and is a number at the benchmark."""
    value = np.asarray(fixed.quantity(benchmark), float)
    shape = model.dims.shape(letters_of(fixed.letters))
    if value.shape != shape:
        raise ClosureError(
            f"condition {fixed.name!r} has shape {value.shape} where '{fixed.letters}' asks for "
            f"{shape}: one value for every member of its variable"
        )
    if not np.isfinite(value).all():
        raise ClosureError(f"condition {fixed.name!r} is not a finite number at the benchmark")
