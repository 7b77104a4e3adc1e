r"""A swap: free this parameter, fix that quantity.

A parameter :math:`\theta` of a model becomes a variable v, and a quantity q that the model would
otherwise determine is held at its target:

.. math:: \theta = \text{rule}(\bar\theta, v), \qquad q - \bar q = 0 \perp v .

With an upper bound on v the quantity may fall short there (it would take a higher v to reach the
target); with a lower bound it may exceed its target there. Where q falls as v rises it is the other
way round. The condition is relative to the mean of target and size, the latter that of the
benchmark, so that a target may be zero:

.. math:: g = \pm \frac{q - \bar q}{\tfrac12 (|\bar q| + s)} , \qquad s = |q_0| .
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cge.language.parameters import Parameter
from cge.language.rules import Rule

State = Any
"""The state of an economy: ``price``, ``quantity``, ``parameter``, ... as the engine offers it."""

Quantity = Callable[[State], Any]
"""A quantity as a function of the state, over the letters of its condition."""


@dataclass(frozen=True, eq=False)
class Freed:
    """A variable that moves parameters.

    Attributes:
        name: what adjusts, e.g. ``employment``; the name of the variable in the model.
        letters: axes of the variable; every parameter has them.
        moves: parameters with the rule by which each is moved; the variable is zero where they
            stay as they are.
        lower: lower bound of the variable.
        upper: upper bound of the variable.
        meaning: what the variable stands for, for reports.
    """

    name: str
    letters: str
    moves: Mapping[Parameter, Rule]
    lower: float | None = None
    upper: float | None = None
    meaning: str = ""

    @property
    def bounded(self) -> bool:
        """Whether the variable has a bound."""
        return self.lower is not None or self.upper is not None


@dataclass(frozen=True, eq=False)
class Fixed:
    """A quantity that is held at a target.

    Attributes:
        name: what is held, e.g. ``real_wage``; the parameter ``real_wage_target`` is its target.
        letters: axes of the quantity.
        quantity: the quantity as a function of the state.
        falls: whether the quantity falls as the variable rises; matters at bounds only.
    """

    name: str
    letters: str
    quantity: Quantity
    falls: bool = False

    @property
    def target(self) -> str:
        """Name of the parameter that holds the target."""
        return f"{self.name}_target"

    @property
    def size(self) -> str:
        """Name of the parameter that holds the size of the quantity, for the scale of residuals."""
        return f"{self.name}_size"

    def gap(self, state: State) -> Any:
        """The condition over ``letters``: zero at the target, rising with the variable."""
        sign = -1.0 if self.falls else 1.0
        target = state.parameter(self.target)
        size = 0.5 * (abs(target) + state.parameter(self.size))
        return sign * (self.quantity(state) - target) / size


@dataclass(frozen=True, eq=False)
class Swap:
    """A variable and the condition that determines it, over the same letters."""

    freed: Freed
    fixed: Fixed

    @property
    def name(self) -> str:
        """Name of the auxiliary variable."""
        return self.freed.name
