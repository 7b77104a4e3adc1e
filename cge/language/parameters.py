"""Parameters: the named, lettered numbers of a model.

Every number that enters an equilibrium condition (reference quantities and prices, tax rates,
elasticities, endowments) is a parameter. Parameters are *arguments* of the solve, so that one
compilation serves every year, scenario and draw. A parameter may be the product of others, such as
needs of permits = fuel x emission factor x membership, and then follows them in every solve.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cge.language.dimensions import Dimensions, align, letters_of
from cge.language.errors import DeclarationError

if TYPE_CHECKING:
    from cge.language.declarations import Agent, Commodity, Reference

Number = Any
"""A parameter, a scalar, an xarray.DataArray, a pair ``(letters, array)`` or a 0/1-d array."""

Values = Mapping[str, Any] | Mapping["Parameter", Any] | Mapping["Parameter | str", Any]
"""New values of parameters, by parameter or name."""


@dataclass(frozen=True, eq=False)
class Parameter:
    """A named array over letters, e.g. ``labour_supply`` over ``r``."""

    name: str
    letters: str
    value: NDArray[np.float64]

    def to(self, recipient: Reference[Agent]) -> Tax:
        """Read the parameter as an ad-valorem rate whose revenue goes to ``recipient``."""
        return Tax(self, recipient)

    def per_unit(self, to: Reference[Agent], *, index: Reference[Commodity] | None = None) -> Tax:
        """Read the parameter as a specific tax, money per unit, whose revenue goes to ``to``.

        Arguments:
            to: agent at letters of the flow, or held at some label.
            index: commodity at letters of the flow, or held at some label, whose price relative
                to the benchmark the tax follows; the numeraire by default.
        """
        return Tax(self, to, True, index)


@dataclass(frozen=True, eq=False)
class Tax:
    r"""A tax on a flow: ad valorem, a share of the market price, or specific, money per unit.

    The user price is :math:`p (1 + t) + \tau \pi` on inputs, the producer price
    :math:`p (1 - t) - \tau \pi` on outputs, with the index :math:`\pi` that a specific tax follows,
    one at the benchmark. Revenue is :math:`(t p + \tau \pi) x` and goes to ``recipient``, an agent
    at letters of the flow; to share it out, send it to an agent that gives (``Agent.gives``). A
    negative rate is a subsidy. Several taxes on one flow add up.

    Attributes:
        rate: the share or the amount.
        recipient: who gets the revenue.
        specific: whether the rate is an amount per unit.
        index: commodity whose price a specific tax follows, None for the numeraire.
    """

    rate: Parameter
    recipient: Reference[Agent]
    specific: bool = False
    index: Reference[Commodity] | None = None


@dataclass(frozen=True, eq=False)
class Payment:
    """An agent that pays for an output at market price without delivery to the market.

    This is how a reward at the price of a commodity is written: removal credits paid at the carbon
    price, or free permits in proportion to output (output-based allocation).
    """

    payer: Reference[Agent]


class Parameters(Mapping[str, Parameter]):
    """The parameters of a model by name; ``Model`` declares them.

    Arguments:
        dims: the letters of the model.

    Attributes:
        products: factors of each parameter that is a product, by name, in order of declaration.
    """

    def __init__(self, dims: Dimensions) -> None:
        self._dims = dims
        self._table: dict[str, Parameter] = {}
        self.products: dict[str, tuple[Parameter, ...]] = {}

    def __getitem__(self, name: str) -> Parameter:
        return self._table[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def copy(self) -> Parameters:
        """The same parameters in a table of its own."""
        other = Parameters(self._dims)
        other._table, other.products = dict(self._table), dict(self.products)
        return other

    # ------------------------------------------------------------------ declaring

    def declare(self, name: str, letters: str, value: Number) -> Parameter:
        """See ``Model.parameter``."""
        over = letters_of(letters)
        own, array = as_values(value, over, self._dims, f"parameter {name!r}")
        return self.adopt(Parameter(name, over, self._dims.spread(array, own, over)))

    def product(self, name: str, letters: str, factors: Collection[Parameter]) -> Parameter:
        """See ``Model.product``."""
        over = letters_of(letters)
        if not factors:
            raise DeclarationError(f"product {name!r} has no factors; name at least one")
        for factor in factors:
            self.check(factor, over, f"product {name!r}")
        value = self._multiplied(over, factors, {f.name: f.value for f in factors})
        parameter = self.adopt(Parameter(name, over, value))
        self.products[name] = tuple(factors)
        return parameter

    def adopt(self, parameter: Parameter) -> Parameter:
        """Take a parameter in under its name.

        Raises:
            DeclarationError: the name is taken, or letters and value do not fit.
        """
        name, letters = parameter.name, parameter.letters
        if name in self._table:
            raise DeclarationError(f"parameter {name!r} is declared twice")
        _check_letters(letters, parameter.value, letters, self._dims, f"parameter {name!r}")
        self._table[parameter.name] = parameter
        return parameter

    def number(self, value: Number, letters: str, name: str) -> Parameter:
        """A declared parameter as it is, anything else under an automatic name."""
        if isinstance(value, Parameter):
            self.check(value, letters, name)
            return value
        own, array = as_values(value, letters, self._dims, f"parameter {name!r}")
        return self.adopt(Parameter(self.fresh(name), own, array))

    def check(self, parameter: Parameter, letters: str, where: str) -> None:
        """Assert that a parameter is of this model and has no letters beyond ``letters``."""
        if self._table.get(parameter.name) is not parameter:
            raise DeclarationError(f"{where}: parameter {parameter.name!r} is of another model")
        extra = set(parameter.letters) - set(letters)
        if extra:
            raise DeclarationError(
                f"{where}: parameter {parameter.name!r} has letters {sorted(extra)} that "
                f"'{letters}' lacks"
            )

    def fresh(self, name: str) -> str:
        """A name that is not taken yet."""
        if name not in self._table:
            return name
        return next(f"{name}#{k}" for k in range(2, 1000) if f"{name}#{k}" not in self._table)

    # ------------------------------------------------------------------ values

    def numbers(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """See ``Model.values``."""
        table: dict[str, Any] = {name: parameter.value for name, parameter in self.items()}
        for name, value in changes.items():
            if name not in self._table:
                raise DeclarationError(f"unknown parameter {name!r}; {self._near(name)}")
            if name in self.products:
                factors = ", ".join(repr(f.name) for f in self.products[name])
                raise DeclarationError(
                    f"parameter {name!r} is a product and follows its factors: set {factors}"
                )
            table[name] = self.fit(self._table[name], value)
        return self.complete(table, changes)

    def complete(
        self, values: Mapping[str, Any], changed: Collection[str] | None = None
    ) -> dict[str, Any]:
        """Values with every product worked out anew from its factors, by any array library.

        Arguments:
            values: all parameters by name.
            changed: parameters that have changed, if not all may have.
        """
        table = dict(values)
        followers = self.products if changed is None else self.moved_with(changed)
        for name, factors in self.products.items():
            if name in followers:
                table[name] = self._multiplied(self._table[name].letters, factors, table)
        return table

    def moved_with(self, names: Collection[str]) -> set[str]:
        """Parameters that move when those of these names do: they and the products of them."""
        moved = set(names)
        for name, factors in self.products.items():
            if not moved.isdisjoint(f.name for f in factors):
                moved.add(name)
        return moved

    def _multiplied(
        self, letters: str, factors: Collection[Parameter], table: Mapping[str, Any]
    ) -> Any:
        value: Any = np.ones(self._dims.shape(letters))
        for factor in factors:
            value = value * align(table[factor.name], factor.letters, letters)
        return value

    def _near(self, name: str) -> str:
        """Parameters that a misspelt name may mean."""
        names = {known.lower(): known for known in self._table}
        close = [k for k in names if name.lower() in k]
        close += [k for k in get_close_matches(name.lower(), list(names)) if k not in close]
        if not close:
            return "see Model.parameters for the names"
        return f"close ones: {', '.join(names[k] for k in close[:10])}"

    def fit(self, parameter: Parameter, value: Any) -> Any:
        """A new value of a parameter over all its letters, checked; arrays of the engine pass."""
        plain = isinstance(value, np.ndarray | np.number | float | int | list | tuple)
        if not plain and not hasattr(value, "dims"):
            return value  # already an array of the engine
        if isinstance(value, np.ndarray) and value.shape == parameter.value.shape:
            value = (parameter.letters, value)
        own, array = as_values(
            value, parameter.letters, self._dims, f"parameter {parameter.name!r}"
        )
        return self._dims.spread(array, own, parameter.letters)


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
