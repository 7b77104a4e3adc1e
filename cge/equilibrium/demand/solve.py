r"""Equations in one unknown, solved inside others and differentiated implicitly.

Newton's method finds x with f(x, data) = 0 to the last digits without being differentiated itself;
one more step of it, :math:`x - f / f_x`, then has the derivative :math:`-f_{data} / f_x` of the
implicit function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from cge.equilibrium.axes import Array

_ROUNDS = 60
_LONGEST = 5.0  # longest step
_SETTLED = 1e-15  # relative step that is rounding
_FOUND = 1e-6  # step at the end, beyond which there is no solution

Equation = Callable[..., tuple[Array, Array]]
"""A function (x, *data) -> value and slope in x, elementwise in x."""


def solve(xp: Any, equation: Equation, start: Array, *data: Array) -> Array:
    """The root of an equation near a start, not a number where none is found."""
    x = _iterated(equation, start, data) if xp is np else _traced(equation, start, data)
    value, slope = equation(x, *data)
    step = value / slope
    return xp.where(xp.abs(step) < _FOUND, x - step, xp.nan)


def _next(xp: Any, equation: Equation, x: Array, data: tuple[Array, ...]) -> tuple[Array, Array]:
    value, slope = equation(x, *data)
    step = xp.clip(value / slope, -_LONGEST, _LONGEST)
    return x - step, xp.max(xp.abs(step) / (1.0 + xp.abs(x)), initial=0.0)


def _iterated(equation: Equation, start: Array, data: tuple[Array, ...]) -> Array:
    x, moved = start, np.asarray(np.inf)
    for _ in range(_ROUNDS):
        if not moved > _SETTLED:
            break
        x, moved = _next(np, equation, x, data)
    return x


def _traced(equation: Equation, start: Array, data: tuple[Array, ...]) -> Array:
    import jax
    import jax.numpy as jnp

    known = jax.lax.stop_gradient(data)

    def goes_on(state: Any) -> Any:
        _, moved, rounds = state
        return (moved > _SETTLED) & (rounds < _ROUNDS)

    def step(state: Any) -> Any:
        x, _, rounds = state
        return *_next(jnp, equation, x, known), rounds + 1

    first = (jax.lax.stop_gradient(jnp.asarray(start)), jnp.asarray(jnp.inf), jnp.asarray(0))
    found: Any = jax.lax.while_loop(goes_on, step, first)[0]
    root: Array = jax.lax.stop_gradient(found)
    return root
