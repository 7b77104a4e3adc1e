r"""Validity: which values a number of a model may have, said once and asked at every door.

A number has its range by the role it plays: a reference quantity is not negative, a reference price
is positive, an elasticity of substitution is not negative. Some ranges are of sums: a flow with
market price p and the taxes :math:`t_k` is bought at :math:`p (1 + \sum_k t_k) > 0` or sold at
:math:`p (1 - \sum_k t_k) > 0`, and an agent gives away at most all of its income,
:math:`\sum_k s_k \le 1` (a negative share is a deficit that another agent pays for).

Such a requirement is a ``Limit``; what the numbers of a tree must be together is in
``consistency``. Each is recorded where the number is bound (``Parameters.number``,
``Parameters.require``), asked of the declared value there, and of new values on their way into
every solve. What auxiliary variables move is asked at its base value.

Rounding leaves a quantity that should be zero a little below it. What misses a closed end of its
range by less than ``NOISE`` of the largest number beside it is taken for that end.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cge.language.dimensions import Dimensions, align
from cge.language.errors import DeclarationError

if TYPE_CHECKING:
    from cge.language.parameters import Parameter

NOISE = 1e-12
"""What rounding may add to a number, as a share of the largest one beside it."""

SHARES = 1e-9
"""Largest error of a sum of shares that has to be one, as at the benchmark."""


@dataclass(frozen=True)
class Range:
    """The values that a number may have in a role.

    Attributes:
        role: what the number is, such as ``quantity``.
        least: smallest value, None for no limit.
        most: largest value, None for no limit.
        ends: whether ``least`` and ``most`` themselves are among the values.
        slack: error of rounding that a sum may have at its ends.
    """

    role: str
    least: float | None = None
    most: float | None = None
    ends: bool = True
    slack: float = 0.0

    def __str__(self) -> str:
        low, high = (">=", "<=") if self.ends else (">", "<")
        if self.least is not None and self.least == self.most:
            return f"{self.least:g}"
        parts = [f"{low} {self.least:g}"] if self.least is not None else []
        parts += [f"{high} {self.most:g}"] if self.most is not None else []
        return " and ".join(parts) or "any finite number"

    def holds(self, value: NDArray[np.float64]) -> bool:
        """Whether all values are in the range: the quick question."""
        low, high = float(value.min()), float(value.max())  # neither is a number if any is none
        least = -inf if self.least is None else self.least - self.slack
        most = inf if self.most is None else self.most + self.slack
        if self.ends:
            return least <= low and high <= most and isfinite(low) and isfinite(high)
        return least < low and high < most and isfinite(low) and isfinite(high)

    def outside(self, value: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Where values are not in the range; what is no finite number never is."""
        inside = np.isfinite(value)
        if self.least is not None:
            low = self.least - self.slack
            inside &= value >= low if self.ends else value > low
        if self.most is not None:
            high = self.most + self.slack
            inside &= value <= high if self.ends else value < high
        return ~inside

    def settled(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values with what rounding put beyond a closed end put on it."""
        if not self.ends or self.slack:
            return value
        noise = NOISE * float(np.max(np.abs(value), initial=0.0))
        low = np.inf if self.least is None else self.least
        high = -np.inf if self.most is None else self.most
        value = np.where((value < low) & (value >= low - noise), low, value)
        return np.where((value > high) & (value <= high + noise), high, value)


QUANTITY = Range("quantity", least=0.0)
BEYOND = Range("quantity beyond the minimum", least=0.0)
MINIMUM = Range("minimum")
TOTAL = Range("quantity with its minimum", least=0.0)
PRICE = Range("price", least=0.0, ends=False)
YIELDS = Range("yield", least=0.0, ends=False)
PRODUCTIVITY = Range("productivity", least=0.0, ends=False)
ELASTICITY = Range("elasticity of substitution or transformation", least=0.0)
TAX = Range("tax rate")
TAXES_ON_INPUT = Range("sum of taxes on an input", least=-1.0, ends=False)
TAXES_ON_OUTPUT = Range("sum of taxes on an output", most=1.0, ends=False)
CAPACITY = Range("capacity", least=0.0)
ENDOWMENT = Range("endowment")
BEND = Range("elasticity of an endowment")
SHARE = Range("share of income")  # negative where an agent lives on debt
GIVEN = Range("sum of shares of income given away", most=1.0, slack=SHARES)
GIVEN_BY_A_BUYER = Range("sum of shares of income given away", most=1.0, ends=False)
GIVEN_BY_A_CONDUIT = Range("sum of shares of income given away", 1.0, 1.0, slack=SHARES)
DEMAND = {
    "substitution": Range("substitution of a cde system", least=0.0),
    "expansion": Range("expansion of a cde system", least=0.0, ends=False),
    "low": Range("marginal budget share of aidads", 0.0, 1.0),
    "high": Range("marginal budget share of aidads", 0.0, 1.0),
}
"""Numbers of demand systems; what they are together is asked by ``consistency``."""
BOUND = Range("bound of a variable")
SCALED = Range("number that is scaled, with bounds,", least=0.0, ends=False)
SCALED_BOUND = Range("bound of a number that is scaled", least=0.0)
AMOUNT = Range("amount added per unit of a variable with bounds of what it moves", least=0.0)
WEIGHT = Range("weight of the numeraire", least=0.0)
WEIGHTS = Range(
    "sum of weights of the numeraire, times prices at the benchmark,", least=0.0, ends=False
)


@dataclass(frozen=True, eq=False)
class Term:
    """A parameter in a sum: repeated over ``letters``, of which the sum keeps some.

    Attributes:
        parameter: what is added.
        letters: its axes in the sum.
        factor: what it is multiplied with, a number or an array over ``letters``.
    """

    parameter: Parameter
    letters: str
    factor: float | NDArray[np.float64] = 1.0


class Requirement(Protocol):
    """What is required of parameters together, asked at declaration and before every solve."""

    @property
    def key(self) -> str:
        """What tells it from all others of a model."""

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""

    def settled(
        self,
        values: Mapping[str, Any],
        dims: Dimensions,
        products: Mapping[str, tuple[Parameter, ...]],
    ) -> NDArray[np.float64] | None:
        """The first parameter without the noise of rounding, None where it is as it is.

        Raises:
            DeclarationError: the values are impossible; names place, value and remedy.
        """


@dataclass(frozen=True, eq=False)
class Limit:
    """A requirement on a parameter, or on a sum of parameters.

    Attributes:
        where: what of the model requires it, such as ``Y.PL.quantity``.
        range: where the sum has to be.
        terms: what is summed.
        letters: axes of the sum.
    """

    where: str
    range: Range
    terms: tuple[Term, ...]
    letters: str

    @classmethod
    def of(cls, parameter: Parameter, where: str, role: Range) -> Limit:
        """A requirement on one parameter."""
        return cls(where, role, (Term(parameter, parameter.letters),), parameter.letters)

    @property
    def single(self) -> Parameter | None:
        """The parameter, where it is one by itself and no sum."""
        term, *others = self.terms
        alone = not others and term.letters == self.letters == term.parameter.letters
        alone = alone and isinstance(term.factor, float) and term.factor == 1.0
        return term.parameter if alone else None

    @property
    def key(self) -> str:
        """What tells it from all others of a model."""
        return " ".join((self.where, self.range.role, *self.names))

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return tuple(term.parameter.name for term in self.terms)

    def total(self, values: Mapping[str, Any], dims: Dimensions) -> NDArray[np.float64]:
        """The sum over its letters."""
        total: NDArray[np.float64] = np.zeros(dims.shape(self.letters))
        for term in self.terms:
            part = np.asarray(values[term.parameter.name], float)
            part = term.factor * align(part, term.parameter.letters, term.letters)
            if term.letters != self.letters:
                part = np.broadcast_to(part, dims.shape(term.letters))
                part = np.einsum(f"{term.letters}->{self.letters}", part)
            total = total + part
        return total

    def settled(
        self,
        values: Mapping[str, Any],
        dims: Dimensions,
        products: Mapping[str, tuple[Parameter, ...]],
    ) -> NDArray[np.float64] | None:
        """The value of a single parameter without the noise of rounding, None where it is as it is.

        Arguments:
            values: parameters by name.
            dims: letters of the model.
            products: factors of each parameter that is a product, by name.

        Raises:
            DeclarationError: a value is not in the range; names parameter, member and value.
        """
        one = self.single
        total = self.total(values, dims) if one is None else np.asarray(values[one.name], float)
        if self.range.holds(total):
            return None
        found = self.range.settled(total)
        wrong = self.range.outside(found)
        if wrong.any():
            names = [_named(name, products) for name in dict.fromkeys(self.names)]
            raise DeclarationError(self._message(total, wrong, dims, names))
        return None if one is None else found

    def _message(
        self,
        total: NDArray[np.float64],
        wrong: NDArray[np.bool_],
        dims: Dimensions,
        names: Sequence[str],
    ) -> str:
        at = tuple(int(k) for k in np.argwhere(wrong)[0])
        place = dims.place(self.letters, at)
        more = f" (and {int(wrong.sum()) - 1} more)" if wrong.sum() > 1 else ""
        kind = "parameter" if len(names) == 1 else "parameters"
        own = "" if names == [repr(self.where)] else f" ({kind} {', '.join(names)})"
        return (
            f"{self.where}{own}: {self.range.role} must be {self.range}, found "
            f"{total[at]:.6g}{place}{more}"
        )


def _named(name: str, products: Mapping[str, tuple[Parameter, ...]]) -> str:
    """A parameter by name, a product with its factors."""
    factors = " and ".join(repr(factor.name) for factor in products.get(name, ()))
    return f"{name!r}, the product of {factors}" if factors else repr(name)


def is_jax(value: Any) -> bool:
    """Whether a value is an array of JAX."""
    jax = sys.modules.get("jax")  # who has such an array has imported it
    return jax is not None and isinstance(value, jax.Array)


def is_traced(value: Any) -> bool:
    """Whether a value is an array that JAX is tracing, which has no numbers yet."""
    jax = sys.modules.get("jax")
    return jax is not None and isinstance(value, jax.core.Tracer)
