"""Parameters: the named, lettered numbers of a model.

Every number that enters an equilibrium condition (reference quantities and prices, tax rates,
elasticities, endowments) is a parameter. Parameters are *arguments* of the solve, so that one
compilation serves every year, scenario and draw. A parameter may be the product of others, such as
needs of permits = fuel x emission factor x membership, and then follows them in every solve.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cge.language.dimensions import Dimensions, align, letters_of
from cge.language.errors import DeclarationError
from cge.language.labelled import aligned, table_of
from cge.language.plain import NO_NUMBERS, as_array
from cge.language.slips import check_reference
from cge.language.spelling import near
from cge.language.validity import Limit, Range, Requirement, is_jax, is_traced

if TYPE_CHECKING:
    from cge.language.declarations import Agent, Commodity, Reference

Number = Any
"""A parameter; a scalar; something labelled (pandas, xarray, a mapping), which is read by its
labels; a pair ``(letters, values)``; or an array of at most one axis."""

FEWER = (
    ". If the number was declared over fewer letters than its flow has, declare it over all that "
    "it should vary with, such as Model.parameter(name, letters, value)"
)
"""What to do about a new value over letters that a parameter lacks."""

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
        check_reference(recipient, f"revenue of tax {self.name!r}")
        return Tax(self, recipient)

    def per_unit(self, to: Reference[Agent], *, index: Reference[Commodity] | None = None) -> Tax:
        """Read the parameter as a specific tax, money per unit, whose revenue goes to ``to``.

        Arguments:
            to: agent at letters of the flow, or held at some label.
            index: commodity at letters of the flow, or held at some label, whose price relative
                to the benchmark the tax follows; the numeraire by default.
        """
        check_reference(to, f"revenue of tax {self.name!r}")
        if index is not None:
            check_reference(index, f"index of tax {self.name!r}")
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
        limits: what is required of parameters, of sums of them, and of all those of a tree
            together, by what requires it.
    """

    def __init__(self, dims: Dimensions) -> None:
        self._dims = dims
        self._table: dict[str, Parameter] = {}
        self.products: dict[str, tuple[Parameter, ...]] = {}
        self.limits: dict[str, Requirement] = {}
        self._asked: dict[str, set[str]] = {}  # keys of limits by name of parameter

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
        other.limits = dict(self.limits)
        other._asked = {name: set(keys) for name, keys in self._asked.items()}
        return other

    # ------------------------------------------------------------------ declaring

    def declare(self, name: str, letters: str, value: Number) -> Parameter:
        """See ``Model.parameter``."""
        over, where = letters_of(letters), f"parameter {name!r}"
        own, array = as_values(value, over, self._dims, where, ordered=True)
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
        check_shape(letters, parameter.value, self._dims, f"parameter {name!r}")
        self._table[parameter.name] = parameter
        return parameter

    def number(self, value: Number, letters: str, name: str, role: Range) -> Parameter:
        """A number in its role: a declared parameter, anything else under an automatic name.

        Raises:
            DeclarationError: its letters or values do not fit.
        """
        if isinstance(value, Parameter):
            self.check(value, letters, name)
            parameter = value
        else:
            own, array = as_values(value, letters, self._dims, f"parameter {name!r}")
            if not own:  # one for all members now, but it may be set for each
                own, array = letters, self._dims.spread(array, own, letters)
            parameter = self.adopt(Parameter(self.fresh(name), own, array))
        self.require(Limit.of(parameter, name, role))
        return parameter

    def require(self, limit: Requirement, key: str = "") -> None:
        """Ask a limit of the declared values, and of new ones from now on.

        Arguments:
            limit: what is required.
            key: name of the requirement, in place of an earlier one of that name.

        Raises:
            DeclarationError: the declared values are beyond it.
        """
        declared = {name: self._table[name].value for name in limit.names}
        found = limit.settled(declared, self._dims, self.products)
        if found is not None:
            declared[limit.names[0]][...] = found
        key = key or limit.key
        self.limits[key] = limit
        for name in limit.names:
            self._asked.setdefault(name, set()).add(key)

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
            if not isinstance(name, str):
                raise DeclarationError(
                    f"changes are of parameters, found {getattr(name, 'name', name)!r}; prices, "
                    "levels, incomes and auxiliary variables are held by solve(fix={...})"
                )
            if name not in self._table:
                raise DeclarationError(f"unknown parameter {name!r}; {self._near(name)}")
            if name in self.products:
                factors = ", ".join(repr(f.name) for f in self.products[name])
                raise DeclarationError(
                    f"parameter {name!r} is a product and follows its factors: set {factors}"
                )
            table[name] = self.fit(self._table[name], value)
        return self.settled(self.complete(table, changes), self.moved_with(changes))

    def whole(self, values: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        """A set of all values as a solver may take it, products worked out anew.

        Arguments:
            values: all parameters by name; products may be left out.
            known: values that are known to fit: those that are the same arrays are not asked again.

        Raises:
            DeclarationError: a name is missing or unknown, a value does not fit or is impossible.
        """
        for name in values:
            if name not in self._table:
                raise DeclarationError(f"unknown parameter {name!r}; {self._near(name)}")
        missing = [name for name in self if name not in values and name not in self.products]
        if missing:
            raise DeclarationError(
                f"no values for {', '.join(map(repr, missing[:5]))} (and {len(missing)} parameters "
                "in all); Model.values(changes) gives a whole set"
            )
        changed = {
            name
            for name, value in values.items()
            if name not in self.products and value is not known[name]
        }
        new = {name: self.fit(self._table[name], values[name]) for name in changed}
        return self.settled(self.complete({**values, **new}), self.moved_with(changed))

    def settled(self, values: Mapping[str, Any], changed: Collection[str]) -> dict[str, Any]:
        """Values that keep all limits, without the noise of rounding; see ``validity``.

        Arguments:
            values: all parameters by name. Those that JAX traces have no numbers yet and pass.
            changed: parameters that may differ from values that are known to keep their limits.

        Raises:
            DeclarationError: a value is impossible; names parameter, member and value.
        """
        table = dict(values)
        asked = {key for name in changed for key in self._asked.get(name, ())}
        for key in (key for key in self.limits if key in asked):
            limit = self.limits[key]
            if not any(is_traced(table[name]) for name in limit.names):
                found = limit.settled(table, self._dims, self.products)
                if found is not None:
                    table[limit.names[0]] = found
        return table

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
        return near(name, self._table, otherwise="see Model.parameters for the names")

    def fit(self, parameter: Parameter, value: Any) -> Any:
        """A new value of a parameter over all its letters; arrays of JAX stay what they are.

        Raises:
            DeclarationError: labels, letters or sizes do not fit, or a value is no finite number.
        """
        letters, where = parameter.letters, f"parameter {parameter.name!r}"
        shape = parameter.value.shape
        if is_traced(value):
            if value.shape != shape:
                raise DeclarationError(
                    f"{where}: a traced array of shape {value.shape}, expected is {shape}: one "
                    f"axis for each of the letters '{' '.join(letters)}'"
                )
            return value
        if is_jax(value) and value.shape == shape and value.dtype.kind not in NO_NUMBERS:
            check_finite(np.asarray(value), letters, self._dims, where)
            return value
        if type(value) is np.ndarray and value.shape == shape and value.dtype == np.float64:
            check_finite(value, letters, self._dims, where)
            return value.copy()
        own, array = as_values(value, letters, self._dims, where, ordered=True, remedy=FEWER)
        return self._dims.spread(array, own, letters)


def as_values(
    value: Number,
    letters: str,
    dims: Dimensions,
    where: str,
    ordered: bool = False,
    truths: bool = False,
    remedy: str = "",
) -> tuple[str, NDArray[np.float64]]:
    """Return the letters and the checked float array of anything a user may pass as a number.

    Arguments:
        value: what the user passes.
        letters: letters that it may have.
        dims: letters of the model.
        where: what it is for.
        ordered: whether the user said ``letters`` in this order, as the axes of a bare array.
        truths: whether truth values stand for one and zero.
        remedy: what to do about letters that are too much.

    Raises:
        DeclarationError: labels do not match, letters are unknown, sizes do not fit, the axes of a
            bare array are ambiguous, or a value is no finite number.
    """
    stated = None
    if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
        stated, value = letters_of(value[0]), value[1]
        _check_stated(stated, letters, dims, where, remedy)
    table = table_of(value, where)
    if table is not None:
        own, values = aligned(table, letters, stated, dims, where)
        array = as_array(values, where, truths=truths)
    else:
        array = as_array(value, where, truths=truths)
        own = letters if stated is None else stated
        if array.ndim == 0:
            array = np.full(dims.shape(stated or ""), array)
            own = stated or ""
        elif array.ndim > 1 and stated is None and not (ordered and array.ndim == len(letters)):
            raise DeclarationError(
                f"{where}: an array of {array.ndim} axes must say its letters: "
                f"('{' '.join(letters)}', array), or have labels as a DataFrame or DataArray"
            )
    check_shape(own, array, dims, where)
    check_finite(array, own, dims, where)
    return own, array


def check_shape(letters: str, array: NDArray[np.float64], dims: Dimensions, where: str) -> None:
    """Assert that an array has one axis of the right size for each letter."""
    shape = dims.shape(letters)
    if array.shape == shape:
        return
    sizes = ", ".join(f"{c}: {n}" for c, n in zip(letters, shape, strict=True)) or "none"
    text = f"{where}: array of shape {array.shape} over '{' '.join(letters)}' ({sizes})"
    if array.ndim != len(letters):
        fits = [c for c in letters if array.shape == dims.shape(c)]
        if array.ndim < len(letters):
            hint = f"('{fits[0]}', array)" if fits else "('i', array)"
            text += f" lacks axes; if it is over fewer letters say them, as in {hint}"
        else:
            text += " has too many axes; sum over one or take a member of it"
        raise DeclarationError(text)
    wrong = [
        f"{found} entries where {c!r} has {n}"
        for c, n, found in zip(letters, shape, array.shape, strict=True)
        if n != found
    ]
    raise DeclarationError(f"{text}: {', '.join(wrong)}")


def check_finite(array: NDArray[np.float64], letters: str, dims: Dimensions, where: str) -> None:
    """Assert that all values are finite numbers."""
    finite = np.isfinite(array)
    if not finite.all():
        at = tuple(int(k) for k in np.argwhere(~finite)[0])
        labels = dims.labels_at(letters, at)
        raise DeclarationError(
            f"{where}: not a finite number at {labels or 'scalar'}; give 0 where there is none"
        )


def _check_stated(stated: str, letters: str, dims: Dimensions, where: str, remedy: str) -> None:
    """The letters that a pair says are known, each once, and among those that may be."""
    dims.shape(stated)
    if len(set(stated)) != len(stated):
        raise DeclarationError(f"{where}: a letter stands twice in '{' '.join(stated)}'")
    extra = sorted(set(stated) - set(letters))
    if extra:
        allowed = f"at most '{' '.join(letters)}'" if letters else "a single number"
        raise DeclarationError(
            f"{where}: values over '{' '.join(stated)}' where {allowed} may be; {', '.join(extra)} "
            f"is too much{remedy}"
        )
