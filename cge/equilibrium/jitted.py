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

from cge.equilibrium.cache import compiled, lowered


@dataclass(eq=False)
class Jitted:
    """A function of trees of arrays, compiled once for each of their shapes.

    Where JAX itself calls it, to differentiate or to vectorise, it is traced as it is.

    Attributes:
        function: what is to be compiled.
        size: number of unknowns of the model, by which the compiler chooses how hard to try; zero
            for what is called a few dozen times, such as along a line.
    """

    function: Callable[..., Any]
    size: int = 0
    _traced: Any = field(init=False, repr=False)
    _codes: dict[Any, Callable[..., Any]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self._traced = jax.jit(self.function)

    def __call__(self, *arguments: Any) -> Any:
        """The function's value; arrays are of double precision."""
        leaves, tree = jax.tree.flatten(arguments)
        if any(isinstance(leaf, jax.core.Tracer) for leaf in leaves):
            return self._traced(*arguments)
        arrays = [jnp.asarray(leaf, float) for leaf in leaves]
        kind = tree, tuple(array.shape for array in arrays)
        arguments = jax.tree.unflatten(tree, arrays)
        if kind not in self._codes:
            self._codes[kind] = compiled(lowered(self.function, arguments), self.size)
        return self._codes[kind](*arguments)
