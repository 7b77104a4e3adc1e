"""Formulas with numbers: their value at a point, and parameters put in for one member."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np
import sympy

from cge.equations.equation import Equation
from cge.equations.looks import below, index
from cge.equations.notation import NEAR_ONE, Among, Notation, Ratio
from cge.equations.trees import FREE_ONLY, QUANTITY
from cge.language.errors import DeclarationError

Labels = tuple[str, ...]
At = Mapping[str, str]
"""A label for every index, by its name."""

Table = Mapping[str, tuple[str, Any]]
"""Letters and array of every symbol that is given: parameters and unknowns."""

_FUNCTIONS: dict[Any, Callable[[float], Any]] = {sympy.exp: np.exp, sympy.log: np.log}

_ROUNDING = 1e-12

_REFERENCE = (
    "reference value",
    "reference share",
    "reference amount",
    "reference share of quantity",
)
"""Definitions that hold parameters only."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """Values of formulas, worked out from the definitions that are printed.

    Attributes:
        notation: symbols of the model.
        definitions: what defines a symbol, by its name.
        table: what is given.
    """

    notation: Notation
    definitions: Mapping[str, Equation]
    table: Table
    _known: dict[tuple[str, Labels], float] = field(default_factory=dict)

    @classmethod
    def of(cls, notation: Notation, equations: Iterable[Equation], table: Table) -> Numbers:
        """Numbers for the equations of a whole model."""
        return cls(notation, {_name(e.left): e for e in equations if e.defines}, table)

    def given(self, table: Table) -> Numbers:
        """The same formulas with other numbers."""
        return Numbers(self.notation, self.definitions, table)

    # ------------------------------------------------------------------ values

    def gap(self, equation: Equation, at: At) -> float:
        """Left side less right side of an equation for one member."""
        return self.value(equation.left, at) - self.value(equation.right, at)

    def value(self, expression: Any, at: At) -> float:
        """The value of an expression, with a label for every index that is not summed over."""
        if isinstance(expression, sympy.Indexed | sympy.Symbol):
            return self._symbol(_name(expression), self._labels(expression, at))
        if isinstance(expression, sympy.Sum):
            return sum(self.value(expression.function, p) for p in self._members(expression, at))
        if isinstance(expression, sympy.Product):
            factors = (self.value(expression.function, p) for p in self._members(expression, at))
            return float(np.prod(list(factors)))
        if isinstance(expression, Among):
            term, where, among = expression.args
            counts = self._label(where, at) in self.notation.labels(among)
            return self.value(term, at) if counts else 0.0
        if isinstance(expression, sympy.Mul):
            return self._multiplied(expression.args, at)
        if isinstance(expression, sympy.Piecewise):
            (special, when), (general, _) = expression.args
            near = abs(self.value(when.lhs - when.rhs, at)) < NEAR_ONE
            return self.value(special if near else general, at)
        if expression.is_number:
            return float(expression)
        values = [self.value(argument, at) for argument in expression.args]
        if isinstance(expression, Ratio):
            return values[0]
        if isinstance(expression, sympy.Pow):
            with np.errstate(all="ignore"):  # nothing is bought at the price of an empty nest
                return float(np.power(values[0], values[1]))
        if isinstance(expression, sympy.Add):
            return sum(values)
        function = getattr(expression.func, "_imp_", _FUNCTIONS.get(expression.func))
        if function is None:
            raise NotImplementedError(f"no value of {expression.func}")
        with np.errstate(all="ignore"):  # the log of a share of nothing is multiplied by it
            return float(function(*values))

    def _multiplied(self, factors: Iterable[Any], at: At) -> float:
        """A product, nothing where a factor is: what is not traded has no price index."""
        total = 1.0
        for factor in sorted(factors, key=lambda f: not isinstance(f, sympy.Indexed)):
            total *= self.value(factor, at)
            if total == 0.0:
                return 0.0
        return total

    def _symbol(self, name: str, labels: Labels) -> float:
        if (name, labels) not in self._known:
            defined = name in self.definitions
            self._known[name, labels] = (self._defined if defined else self._given)(name, labels)
        return self._known[name, labels]

    def _given(self, name: str, labels: Labels) -> float:
        table = self.notation.fixed if name in self.notation.fixed else self.table
        letters, array = table[name.removesuffix(".given")]
        return float(np.asarray(array)[self._position(letters, labels)])

    def _defined(self, name: str, labels: Labels) -> float:
        equation = self.definitions[name]
        at = dict(zip(equation.letters, labels, strict=True))
        value = self.value(equation.right, at)
        return 1.0 if equation.note == FREE_ONLY and value == 0.0 else value

    def _position(self, letters: str, labels: Labels) -> tuple[int, ...]:
        dims = self.notation.dims
        return tuple(dims[c].labels.index(x) for c, x in zip(letters, labels, strict=True))

    def _members(self, expression: Any, at: At) -> Iterator[At]:
        indices = [limit[0] for limit in expression.limits]
        for labels in product(*(self.notation.labels(k) for k in indices)):
            yield {**at, **dict(zip((k.name for k in indices), labels, strict=True))}

    def _labels(self, expression: Any, at: At) -> Labels:
        if isinstance(expression, sympy.Symbol):
            return ()
        return tuple(self._label(k, at) for k in expression.indices)

    def _label(self, index: Any, at: At) -> str:
        return at[index.name] if index.name in at else self.notation.labels(index)[0]

    # ------------------------------------------------------------------ with numbers put in

    def put(self, equation: Equation, at: At) -> Equation:
        """An equation for one member: labels for letters, numbers for parameters."""
        unknown = equation.unknown
        if unknown and equation.letters:
            unknown = f"{unknown.partition('[')[0]}[{','.join(at[c] for c in equation.letters)}]"
        right = None
        if equation.name in _REFERENCE:
            right = _number(self.value(equation.right, at))
        elif equation.right is not None:
            right = self._put(equation.right, at)
        return Equation(
            block=equation.block,
            name=equation.name,
            letters="",
            left=self._put(equation.left, at, defined=equation.defines),
            right=right,
            relation=equation.relation,
            unknown=unknown,
            code=equation.code,
            note=equation.note,
        )

    def _put(self, expression: Any, at: At, defined: bool = False) -> Any:
        if isinstance(expression, sympy.Indexed | sympy.Symbol):
            return self._named(expression, at, defined)
        if isinstance(expression, sympy.Sum):
            members = self._members(expression, at)
            return sympy.Add(*(self._put(expression.function, p) for p in members))
        if isinstance(expression, sympy.Product):
            members = self._members(expression, at)
            return sympy.Mul(*(self._put(expression.function, p) for p in members))
        if isinstance(expression, Among):
            term, where, among = expression.args
            counts = self._label(where, at) in self.notation.labels(among)
            return self._put(term, at) if counts else sympy.Integer(0)
        if not expression.args:
            return expression
        arguments = [self._put(argument, at) for argument in expression.args]
        if isinstance(expression, Ratio) and arguments[0].is_Symbol:
            return arguments[0]
        shown = expression.func(*arguments)
        one = shown.is_Mul and shown.args[0].is_Float and abs(shown.args[0] - 1) < _ROUNDING
        return sympy.Mul(*shown.args[1:]) if one else shown

    def _named(self, symbol: Any, at: At, defined: bool) -> Any:
        """The number of a parameter; anything else with its labels."""
        name, labels = _name(symbol), self._labels(symbol, at)
        definition = self.definitions.get(name)
        is_reference = definition is not None and definition.name in _REFERENCE
        if not defined and (is_reference or self._is_parameter(name)):
            return _number(self._symbol(name, labels))
        if not defined and self._is_nothing(definition, labels):
            return sympy.Integer(0)
        if not labels:
            return symbol
        full = f"{name}[{','.join(labels)}]"
        self.notation.latex[full] = below(self.notation.latex[name], map(index, labels))
        return sympy.Symbol(full)

    def _is_nothing(self, definition: Equation | None, labels: Labels) -> bool:
        """Whether a flow has no quantity at the reference point, so that it drops out."""
        if definition is None or not self.table or not definition.name.startswith(QUANTITY):
            return False
        at = dict(zip(definition.letters, labels, strict=True))
        return bool(self._put(definition.right, at) == 0)

    def _is_parameter(self, name: str) -> bool:
        given = name in self.table or (name in self.notation.fixed and bool(self.table))
        return given and name not in self.definitions


def members(notation: Notation, letters: str, at: At) -> Iterator[dict[str, str]]:
    """Members over letters that have given labels.

    Raises:
        DeclarationError: a label is not among those of its letter.
    """
    for letter, label in at.items():
        if label not in notation.dims[letter].labels:
            known = ", ".join(notation.dims[letter].labels)
            raise DeclarationError(f"{letter!r} has no label {label!r}; known are {known}")
    choices = [[at[c]] if c in at else notation.dims[c].labels for c in letters]
    for labels in product(*choices):
        yield dict(zip(letters, labels, strict=True))


def _number(value: float) -> Any:
    """A number as sympy has it, whole ones without decimals."""
    return sympy.Integer(int(value)) if value == int(value) else sympy.Float(value)


def _name(symbol: Any) -> str:
    return str(symbol.base.label) if isinstance(symbol, sympy.Indexed) else str(symbol.name)
