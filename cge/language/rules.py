r"""Rules: how an auxiliary variable v moves a parameter from its given value x.

Rules are functions ``new = rule(base, variable)`` of arrays over the letters of the parameter. A
rule that needs numbers of its own reads them from parameters, so that they are arguments of the
solve and no base year is compiled into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from cge.language.validity import is_jax

if TYPE_CHECKING:
    from cge.language.parameters import Parameter


@dataclass(frozen=True, eq=False)
class Reading:
    """A rule that reads parameters: ``new = function(base, variable, *values)``.

    Attributes:
        function: the rule, of arrays over the letters of the parameter that is moved.
        reads: parameters over some of these letters, whose values follow the variable.
    """

    function: Callable[..., Any]
    reads: tuple[Parameter, ...]

    def __call__(self, base: Any, variable: Any, *values: Any) -> Any:
        """The moved value."""
        return self.function(base, variable, *values)


Rule = Reading | Callable[[Any, Any], Any]
"""``new value = rule(base value, variable)``, such as ``scale``, ``shift`` and ``add(amounts)``."""


def parameters_read(rule: Rule) -> tuple[Parameter, ...]:
    """Parameters that a rule reads beside the one that it moves."""
    return rule.reads if isinstance(rule, Reading) else ()


def scale(base: Any, variable: Any) -> Any:
    r"""Rule of an auxiliary variable that scales: :math:`x e^{v}`."""
    return base * _exp(variable)


def shift(base: Any, variable: Any) -> Any:
    """Rule of an auxiliary variable that adds: x + v."""
    return base + variable


def add(amounts: Parameter) -> Reading:
    """Rule of an auxiliary variable that adds given amounts per unit: x + v a."""
    return Reading(_add, (amounts,))


def invertible(rule: Rule) -> bool:
    """Whether ``reached`` knows the value of the variable at which a rule gives a number."""
    return rule in (scale, shift) or adds(rule)


def reached(rule: Rule, base: Any, target: Any, amounts: Any, xp: Any) -> Any:
    r"""The variable at which a rule gives a target: the bound that one on the moved number means.

    .. math:: \ln (\bar x / x) , \qquad \bar x - x , \qquad (\bar x - x) / a ,

    the last without bound where nothing is added, :math:`a = 0`.

    Arguments:
        rule: ``scale``, ``shift`` or ``add(amounts)``.
        base: x, the parameter as it is given.
        target: the number.
        amounts: a, None for other rules.
        xp: array library.
    """
    if rule is scale:
        return xp.log(target) - xp.log(base)
    if amounts is None:
        return target - base
    return (target - base) / xp.where(amounts == 0.0, xp.nan, amounts)


def _exp(variable: Any) -> Any:
    """The exponential by the library that an array is of."""
    if not is_jax(variable):
        return np.exp(variable)
    import jax.numpy as jnp

    return jnp.exp(variable)


def adds(rule: Rule) -> bool:
    """Whether a rule is one of ``add``."""
    return isinstance(rule, Reading) and rule.function is _add


def _add(base: Any, variable: Any, amounts: Any) -> Any:
    return base + amounts * variable
