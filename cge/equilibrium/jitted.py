"""Functions of a model that are compiled as its solver is.

JAX's own ways with a program as large as the derivatives of an economy take three times as long to
compile and give code that is hardly faster (``cge.equilibrium.cache.compiled``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from cge.equilibrium.cache import compiled, lowered

Code = Callable[..., Any]
"""Machine code of a function, for arguments of some shapes."""


@dataclass(eq=False)
class Jitted:
    """A function of trees of arrays, compiled once for each of their shapes.

    Where JAX itself calls it, to differentiate or to vectorise, it is traced as it is.

    Attributes:
        function: what is to be compiled.
        size: number of unknowns of the model, by which the compiler chooses how hard to try; zero
            for what is called a few dozen times, such as along a line.
        make: makes the code for arguments, where it is not only to be compiled.
    """

    function: Callable[..., Any]
    size: int = 0
    make: Callable[[tuple[Any, ...]], Code] | None = None
    _traced: Any = field(init=False, repr=False)
    _codes: dict[Any, Code] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._traced = jax.jit(self.function)

    def __call__(self, *arguments: Any) -> Any:
        """The function's value; arrays are of double precision."""
        if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(arguments)):
            return self._traced(*arguments)
        arguments = in_double(arguments)
        kind = kind_of(arguments)
        if kind not in self._codes:
            self._codes[kind] = (
                self._compiled(arguments) if self.make is None else self.make(arguments)
            )
        return self._codes[kind](*arguments)

    def lower(self, *arguments: Any) -> Any:
        """The function as JAX lowers it, traced anew."""
        return self._traced.lower(*arguments)

    def forget(self) -> None:
        """Make all code anew."""
        self._codes.clear()

    def _compiled(self, arguments: tuple[Any, ...]) -> Code:
        code: Code = compiled(lowered(self.function, arguments), self.size)
        return code


def kind_of(arguments: tuple[Any, ...]) -> tuple[Any, tuple[tuple[int, ...], ...]]:
    """What machine code is made for: the tree of the arguments, and their shapes."""
    leaves, tree = jax.tree.flatten(arguments)
    return tree, tuple(leaf.shape for leaf in leaves)


def in_double(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Numbers and arrays in double precision, where they are."""
    converted: tuple[Any, ...] = jax.tree.map(_array, arguments)
    return converted


def _array(value: Any) -> Any:
    if isinstance(value, jax.Array):
        return value if value.dtype == jnp.float64 else value.astype(jnp.float64)
    return np.asarray(value, float)
