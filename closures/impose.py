r"""Imposing swaps on a declared model: each becomes an auxiliary variable with its condition.

The condition is relative to the mean of target and size, the latter that of the benchmark, so that
a target may be zero:

.. math:: g = \pm \frac{q - \bar q}{\tfrac12 (|\bar q| + s)} , \qquad s = |q_0| .
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cge.language import Model
from closures.errors import ClosureError
from closures.square import check_regular, check_structure
from closures.swap import Fixed, Quantity, State, Swap

Array = npt.NDArray[np.float64]


def impose(model: Model, swaps: Sequence[Swap], *, numerically: bool = True) -> None:
    """Declare swaps on a model; without any the model stays as it is.

    The targets become parameters of the model, each at the benchmark value of its quantity, so that
    the benchmark remains an equilibrium. A ``Solver`` made before does not know the swaps.
    Where an error is raised, the model is left as it was.

    Arguments:
        model: a declared model with its numeraire.
        swaps: what is freed and what is fixed.
        numerically: also check that the conditions determine the variables at the benchmark.

    Raises:
        ClosureError: variables and conditions do not match.
        DeclarationError: a name is taken, or the model alone is not determined.
    """
    if not swaps:
        return
    check_structure(model, swaps)
    bases = [_base(model, each.fixed) for each in swaps]
    before = dict(model.parameters), dict(model.auxiliaries)
    try:
        for each, base in zip(swaps, bases, strict=True):
            _declare(model, each, base)
        if numerically:
            check_regular(model, swaps)
    except ValueError:
        model.parameters, model.auxiliaries = before
        raise


def _base(model: Model, fixed: Fixed) -> Array:
    """The quantity at the benchmark, over its letters."""
    letters = fixed.letters.replace(" ", "")
    value = np.asarray(fixed.quantity(model.benchmark()), float)
    if value.shape != model.dims.shape(letters):
        raise ClosureError(
            f"condition {fixed.name!r} has shape {value.shape} where '{fixed.letters}' asks for "
            f"{model.dims.shape(letters)}: one value for every member of its variable"
        )
    if not np.isfinite(value).all():
        raise ClosureError(f"condition {fixed.name!r} is not a finite number at the benchmark")
    return value


def _declare(model: Model, each: Swap, base: Array) -> None:
    freed, fixed = each.freed, each.fixed
    size = np.where(base == 0.0, 1.0, np.abs(base))
    model.parameter(fixed.target, fixed.letters, (fixed.letters, base))
    model.parameter(fixed.size, fixed.letters, (fixed.letters, size))
    model.auxiliary(
        freed.name,
        freed.letters,
        moves=freed.moves,
        until=_gap(fixed),
        lower=freed.lower,
        upper=freed.upper,
    )


def _gap(fixed: Fixed) -> Quantity:
    """The condition, rising with the variable."""
    sign = -1.0 if fixed.falls else 1.0

    def gap(state: State) -> Any:
        target = state.parameter(fixed.target)
        size = 0.5 * (abs(target) + state.parameter(fixed.size))
        return sign * (fixed.quantity(state) - target) / size

    return gap
