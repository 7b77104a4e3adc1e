r"""Symbols of a model's equations: indices, unknowns, parameters and what is defined of them.

In text every symbol has the name that it has in the model, with its letters: the price of the
commodity ``PA`` is ``PA[r,i]``, the level of the activity ``Y`` is ``Y[r,i]``, the flow of ``PA``
into it ``Y.PA[r,j,i]`` (``HH.spends.PA[r,i]`` where ``HH.PA`` is a parameter, what the agent owns
of it). In LaTeX reference quantities are :math:`\bar x`, reference prices
:math:`\bar p`, elasticities :math:`\sigma`, each with the flow or nest that it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sympy

from cge.equations.looks import named
from cge.language.declarations import Commodity
from cge.language.dimensions import Dimensions, is_pin
from cge.language.parameters import Parameter

NEAR_ONE = 1e-8
"""Distance from one below which an elasticity counts as one: the limit is Cobb-Douglas."""

NUMERAIRE = "numeraire.level"
"""Name of the price index that is the numeraire, relative to the benchmark."""

_PRIME = "'"

LOOKS = {
    "quantity": r"\bar x^{{{}}}",
    "price": r"\bar p^{{{}}}",
    "elasticity": r"\sigma^{{{}}}",
    "productivity": r"\phi^{{{}}}",
    "minimum": r"\gamma^{{{}}}",
    "capacity": r"\bar y^{{{}}}",
    "share": r"\theta^{{{}}}",
    "yields": r"\eta^{{{}}}",
    "budget": r"w^{{{}}}",
    "part": r"q^{{{}}}",
    "weight": r"W^{{{}}}",
    "amount": r"X^{{{}}}",
    "value": r"V^{{{}}}",
    "index": r"P^{{{}}}",
    "flow": r"x^{{{}}}",
    "gross": r"G^{{{}}}",
    "unknown": "{}",
    "other": "{}",
}
"""How a symbol of each role looks in LaTeX."""

MEANINGS = {
    "flow": "quantity of a flow",
    "quantity": "its reference quantity, that of the benchmark",
    "price": "its reference price, taxes included",
    "share": "share of a flow or nest in the reference value of the nest above",
    "elasticity": "elasticity of substitution or transformation, or of supply",
    "productivity": "productivity of an input",
    "minimum": "committed part of what is bought",
    "index": "price of a nest relative to its reference",
    "value": "reference value of a nest",
    "gross": "income of an agent before it gives to others",
    "budget": "share of a budget",
    "yields": "what a unit counts in an additive nest",
    "part": "share of a flow in the reference quantity of an additive nest",
    "weight": "weight by which quantities of an additive nest add up",
    "amount": "reference quantity of an additive nest",
    "capacity": "largest level of an activity",
}
"""What the symbols of roles that have a letter of their own stand for."""

Places = Mapping[str, sympy.Symbol]
"""The index that stands for each letter of an object."""


class Among(sympy.Function):  # type: ignore[misc]  # sympy is not typed
    """A term that counts only where an index is among the labels of a letter, a subset."""

    nargs = 3


class Ratio(sympy.Function):  # type: ignore[misc]  # sympy is not typed
    """A price relative to another one, kept together where it is raised to a power."""

    nargs = 1


@dataclass(frozen=True, eq=False)
class Notation:
    """Symbols of one model.

    Attributes:
        dims: the letters of the model.
        taken: names of the model's parameters.
        latex: how each name looks in LaTeX, filled as symbols are made.
        fixed: letters and array of what the declaration fixes and no parameter moves.
    """

    dims: Dimensions
    taken: Container[str]
    latex: dict[str, str] = field(default_factory=dict)
    fixed: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def index(self, letter: str, taken: Sequence[sympy.Symbol] = ()) -> sympy.Symbol:
        """An index for a letter, with primes where its own is taken."""
        name = letter
        while sympy.Symbol(name, integer=True) in taken:
            name += _PRIME
        return sympy.Symbol(name, integer=True)

    def held(self, label: str) -> sympy.Symbol:
        """A label in the place of an index."""
        return sympy.Symbol(f'"{label}"', integer=True)

    def used(self, use: str, letters: str, at: Places) -> dict[str, sympy.Symbol]:
        """Where a family over ``letters`` is met by a flow that uses it at ``use``."""
        return {
            c: self.held(self.dims[u].labels[0]) if is_pin(u) else at[u]
            for c, u in zip(letters, use, strict=True)
        }

    def places(self, letters: str) -> dict[str, sympy.Symbol]:
        """Every letter as its own index."""
        return {c: self.index(c) for c in letters}

    def labels(self, index: sympy.Symbol) -> tuple[str, ...]:
        """Labels that an index runs over; of a label in its place, that label."""
        if index.name.startswith('"'):
            return (index.name.strip('"'),)
        return self.dims[index.name.rstrip(_PRIME)].labels

    def size(self, index: sympy.Symbol) -> int:
        """Number of labels that an index runs over."""
        return len(self.labels(index))

    # ------------------------------------------------------------------ symbols

    def symbol(self, name: str, letters: str, at: Places, role: str = "other") -> Any:
        """Something named over letters, at the indices that stand for them."""
        about = name.removesuffix(f".{role}") if role in LOOKS else name
        self.latex.setdefault(name, LOOKS[role].format(named(about)))
        if not letters:
            return sympy.Symbol(name)
        return sympy.Indexed(sympy.IndexedBase(name), *(at[c] for c in letters))

    def parameter(self, parameter: Parameter, at: Places, role: str = "other") -> Any:
        """A parameter at the indices that stand for its letters."""
        own = role if parameter.name.endswith(f".{role}") else "other"
        return self.symbol(parameter.name, parameter.letters, at, own)

    def start(self, commodity: Commodity, at: Places) -> Any:
        """Price of a commodity at the benchmark: a number, or a symbol where members differ."""
        first = commodity.start.flat[0]
        if (commodity.start == first).all():
            return sympy.nsimplify(float(first), rational=True)
        name = f"{commodity.name}.benchmark"
        self.fixed[name] = (commodity.letters, commodity.start)
        return self.symbol(name, commodity.letters, at)

    def over(self, term: Any, indices: Sequence[sympy.Symbol]) -> Any:
        """The sum of a term over indices."""
        every = ((k, 1, self.size(k)) for k in indices)
        return sympy.Sum(term, *every) if indices else term

    def product_over(self, factor: Any, indices: Sequence[sympy.Symbol]) -> Any:
        """The product of a factor over indices."""
        return (
            sympy.Product(factor, *((k, 1, self.size(k)) for k in indices)) if indices else factor
        )

    def collected(self, term: Callable[[Places], Any], letters: str, use: str, to: str) -> Any:
        """What a flow over ``letters`` is to a family over ``to`` that it touches at ``use``.

        The flow's letters in ``use`` are the family's members; over its other letters it is summed.

        Arguments:
            term: the flow at the indices of its letters.
            letters: all letters of the flow.
            use: its letters at which the family is touched, in the order of the family's.
            to: letters of the family.
        """
        members = self.places(to)
        at = {own: members[c] for own, c in zip(use, to, strict=True) if not is_pin(own)}
        summed: list[sympy.Symbol] = []
        for letter in letters:
            if letter not in at:
                at[letter] = self.index(letter, [*members.values(), *summed])
                summed.append(at[letter])
        total = self.over(term(at), summed)
        for own, c in zip(use, to, strict=True):
            if is_pin(own):
                total = Among(total, members[c], self.held(self.dims[own].labels[0]))
            elif self.dims[own].size != self.dims[c].size:
                total = Among(total, members[c], self.index(own))
        return total
