r"""Expressions of GAMS: parsed once, evaluated over arrays of any library.

Numbers, names with indices, ``+ - * / **``, comparisons, ``and or not``, conditions ``x$c``, sums
and products over sets, and a few functions. An index is a set or a quoted label.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from cge.language.spelling import near
from cge.mpsge.errors import MPSGEError

_TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<label>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign>\*\*|<>|<=|>=|=|[-+*/(),$<>]))"
)

_COMPARISONS = {
    "lt": "<",
    "gt": ">",
    "le": "<=",
    "ge": ">=",
    "eq": "=",
    "ne": "<>",
}

FUNCTIONS = {
    **dict.fromkeys(("sqr", "sqrt", "exp", "log", "abs"), (1, 1)),
    **dict.fromkeys(("min", "max"), (1, math.inf)),
    "power": (2, 2),
}
"""Functions that are understood, beside ``sum`` and ``prod``: least and most of their arguments."""

UNREAD = ("ord", "card", "sameas", "round", "mod", "sign", "floor", "ceil", "trunc", "uniform")
"""Functions of GAMS that are known and not understood: data stand for what they give."""


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float


@dataclass(frozen=True)
class Name:
    """Something named, at indices: names of sets, or labels in quotes."""

    name: str
    indices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Call:
    """An operation or function on expressions."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Over:
    """A sum or product over sets."""

    function: str
    indices: tuple[str, ...]
    term: Expression


Expression = Number | Name | Call | Over


def parse(text: str) -> Expression:
    """Parse an expression.

    Raises:
        MPSGEError: it is none, or is none that is understood.
    """
    parser = _Parser(text)
    result = parser.condition()
    if parser.peek() is not None:
        raise MPSGEError(f"{text.strip()!r}: cannot read on from {parser.peek()!r}")
    return result


def names(expression: Expression) -> set[str]:
    """Names that an expression reads, in lower case."""
    if isinstance(expression, Name):
        return {expression.name.lower()}
    if isinstance(expression, Call):
        return set().union(*(names(a) for a in expression.arguments))
    return names(expression.term) if isinstance(expression, Over) else set()


def placed(expression: Expression, at: Mapping[str, str]) -> Expression:
    """An expression at other sets or labels.

    Arguments:
        expression: an expression.
        at: what stands in the place of each set, by its name in lower case.
    """
    if isinstance(expression, Name):
        moved = tuple(at.get(k.lower(), k) for k in expression.indices)
        return Name(expression.name, moved)
    if isinstance(expression, Call):
        return Call(expression.function, tuple(placed(a, at) for a in expression.arguments))
    if isinstance(expression, Over):
        own = {k.lower() for k in expression.indices}
        outside = {k: v for k, v in at.items() if k not in own}
        return Over(expression.function, expression.indices, placed(expression.term, outside))
    return expression


class _Parser:
    """Recursive descent, the weakest operators first."""

    def __init__(self, text: str) -> None:
        self.text, self.tokens, self.next = text, _tokens(text), 0

    def peek(self) -> str | None:
        """The next token, in lower case but for labels."""
        return self.tokens[self.next] if self.next < len(self.tokens) else None

    def take(self, *expected: str) -> str:
        token = self.peek()
        if token is None or (expected and token not in expected):
            wanted = f", where {' or '.join(expected)} is expected" if expected else ""
            raise MPSGEError(f"{self.text.strip()!r}: found {token or 'its end'!r}{wanted}")
        self.next += 1
        return token

    def chain(self, below: Callable[[], Expression], *operators: str) -> Expression:
        """Operands joined by operators of one strength, from the left."""
        result = below()
        while self.peek() in operators:
            operator = self.take()
            result = Call(_COMPARISONS.get(operator, operator), (result, below()))
        return result

    def condition(self) -> Expression:
        return self.chain(self.conjunction, "or")

    def conjunction(self) -> Expression:
        return self.chain(self.negation, "and")

    def negation(self) -> Expression:
        if self.peek() == "not":
            self.take()
            return Call("not", (self.negation(),))
        signs = ("=", "<>", "<", ">", "<=", ">=", *_COMPARISONS)
        return self.chain(self.total, *signs)

    def total(self) -> Expression:
        return self.chain(self.factor, "+", "-")

    def factor(self) -> Expression:
        return self.chain(self.signed, "*", "/")

    def signed(self) -> Expression:
        if self.peek() in ("-", "+"):
            sign = self.take()
            value = self.signed()
            return Call("negative", (value,)) if sign == "-" else value
        return self.power()

    def power(self) -> Expression:
        base = self.filtered()
        if self.peek() == "**":
            self.take()
            return Call("**", (base, self.signed()))
        return base

    def filtered(self) -> Expression:
        """A term with its conditions ``$``."""
        result = self.term()
        while self.peek() == "$":
            self.take()
            result = Call("$", (result, self.term()))
        return result

    def term(self) -> Expression:
        token = self.take()
        if token == "(":
            result = self.condition()
            self.take(")")
            return result
        if re.match(r"[\d.]", token):
            return Number(float(token))
        if not re.match(r"[A-Za-z_]", token):
            raise MPSGEError(f"{self.text.strip()!r}: found {token!r}")
        return self.named(token)

    def named(self, name: str) -> Expression:
        """A function, a sum over sets, or a name with its indices."""
        low = name.lower()
        if self.peek() != "(":
            return Name(name)
        if low in ("sum", "prod"):
            return self.over(low)
        self.take("(")
        if low in UNREAD:
            raise MPSGEError(
                f"{self.text.strip()!r}: the function {low} is not read; hand its values over as "
                "data"
            )
        if low in FUNCTIONS:
            return Call(low, self.arguments(low))
        indices = self.indices()
        self.take(")")
        return Name(name, indices)

    def arguments(self, function: str) -> tuple[Expression, ...]:
        """Arguments of a function, as many as it has."""
        found = [self.condition()]
        while self.peek() == ",":
            self.take()
            found.append(self.condition())
        self.take(")")
        least, most = FUNCTIONS[function]
        if not least <= len(found) <= most:
            raise MPSGEError(
                f"{self.text.strip()!r}: {function} takes {least} and has {len(found)} arguments"
            )
        return tuple(found)

    def over(self, function: str) -> Expression:
        self.take("(")
        if self.peek() == "(":
            self.take()
            indices = self.indices()
            self.take(")")
        else:
            indices = (self.index(),)
        filters = []
        while self.peek() == "$":
            self.take()
            filters.append(self.term())
        self.take(",")
        term = self.condition()
        self.take(")")
        for condition in filters:
            term = Call("$", (term, condition))
        return Over(function, indices, term)

    def indices(self) -> tuple[str, ...]:
        found = [self.index()]
        while self.peek() == ",":
            self.take()
            found.append(self.index())
        return tuple(found)

    def index(self) -> str:
        token = self.take()
        if not re.match(r"[A-Za-z_'\"]", token):
            raise MPSGEError(f"{self.text.strip()!r}: found {token!r} where an index is expected")
        if self.peek() in ("+", "-"):
            raise MPSGEError(
                f"{self.text.strip()!r}: leads and lags such as {token}{self.peek()}1 are not "
                "read; declare the model in the language"
            )
        return token


def _tokens(text: str) -> list[str]:
    """Tokens of an expression; operators written as words in lower case."""
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise MPSGEError(f"{text.strip()!r}: cannot read {text[at:].strip()[:20]!r}")
        token = match.group().strip()
        low = token.lower()
        found.append(low if low in ("and", "or", "not", *_COMPARISONS) else token)
        at = match.end()
    return found


# ---------------------------------------------------------------------------- evaluating


@dataclass(frozen=True, eq=False)
class Lettered:
    """An array over letters."""

    letters: str
    array: Any


Lookup = Callable[[str, Sequence[str]], Lettered]
"""What a name at indices stands for."""


@dataclass(frozen=True, eq=False)
class Evaluator:
    """Evaluates expressions over arrays of a library.

    Attributes:
        xp: array library.
        lookup: what names stand for.
        letters: letter of each set, by its name in lower case.
    """

    xp: Any
    lookup: Lookup
    letters: Mapping[str, str]

    def value(self, expression: Expression) -> Lettered:
        """The value of an expression over the letters that it has.

        Raises:
            MPSGEError: a name or set is unknown.
        """
        if isinstance(expression, Number):
            return Lettered("", self.xp.asarray(expression.value))
        if isinstance(expression, Name):
            return self.lookup(expression.name, expression.indices)
        if isinstance(expression, Over):
            return self._over(expression)
        return self._call(expression.function, [self.value(a) for a in expression.arguments])

    def filtered(self, value: Lettered, condition: Lettered) -> Lettered:
        """A value, zero where a condition does not hold."""
        return self._call("$", [value, condition])

    def product(self, first: Lettered, second: Lettered) -> Lettered:
        """The product of two values."""
        return self._call("*", [first, second])

    def difference(self, first: Lettered, second: Lettered) -> Lettered:
        """The difference of two values."""
        return self._call("-", [first, second])

    def spread(self, value: Lettered, letters: str) -> Any:
        """A value as an array that broadcasts over letters.

        Raises:
            MPSGEError: it has others.
        """
        extra = [c for c in value.letters if c not in letters]
        if extra:
            raise MPSGEError(
                f"it is over {', '.join(extra)}, which the declaration has not and no sum runs over"
            )
        return _aligned(value, letters)

    def letter(self, index: str) -> str:
        """The letter of a set.

        Raises:
            MPSGEError: there is no such set.
        """
        if index.lower() not in self.letters:
            raise MPSGEError(f"unknown set {index!r}; {near(index, self.letters)}")
        return self.letters[index.lower()]

    def _over(self, expression: Over) -> Lettered:
        term = self.value(expression.term)
        over = [self.letter(k) for k in expression.indices]
        absent = [c for c in over if c not in term.letters]
        if absent:
            raise MPSGEError(f"a {expression.function} runs over {absent}, which its term lacks")
        axes = tuple(term.letters.index(c) for c in over)
        reduce = self.xp.sum if expression.function == "sum" else self.xp.prod
        left = "".join(c for c in term.letters if c not in over)
        return Lettered(left, reduce(term.array, axis=axes))

    def _call(self, function: str, arguments: list[Lettered]) -> Lettered:
        letters = "".join(dict.fromkeys("".join(a.letters for a in arguments)))
        arrays = [_aligned(a, letters) for a in arguments]
        return Lettered(letters, _OPERATIONS[function](self.xp, *arrays))


def _aligned(value: Lettered, target: str) -> Any:
    """An array that broadcasts over letters."""
    order = [value.letters.index(c) for c in target if c in value.letters]
    array = value.array.transpose(order) if value.array.ndim > 1 else value.array
    sizes = iter(array.shape)
    return array.reshape([next(sizes) if c in value.letters else 1 for c in target])


def _number(xp: Any, truth: Any) -> Any:
    return xp.where(truth, 1.0, 0.0)


_OPERATIONS: dict[str, Callable[..., Any]] = {
    "+": lambda xp, a, b: a + b,
    "-": lambda xp, a, b: a - b,
    "*": lambda xp, a, b: a * b,
    "/": lambda xp, a, b: a / b,
    "**": lambda xp, a, b: a**b,
    "negative": lambda xp, a: -a,
    "$": lambda xp, a, b: xp.where(b != 0, a, 0.0),
    "<": lambda xp, a, b: _number(xp, a < b),
    ">": lambda xp, a, b: _number(xp, a > b),
    "<=": lambda xp, a, b: _number(xp, a <= b),
    ">=": lambda xp, a, b: _number(xp, a >= b),
    "=": lambda xp, a, b: _number(xp, a == b),
    "<>": lambda xp, a, b: _number(xp, a != b),
    "and": lambda xp, a, b: _number(xp, (a != 0) & (b != 0)),
    "or": lambda xp, a, b: _number(xp, (a != 0) | (b != 0)),
    "not": lambda xp, a: _number(xp, a == 0),
    "sqr": lambda xp, a: a * a,
    "sqrt": lambda xp, a: xp.sqrt(a),
    "exp": lambda xp, a: xp.exp(a),
    "log": lambda xp, a: xp.log(a),
    "abs": lambda xp, a: xp.abs(a),
    "min": lambda xp, *every: reduce(xp.minimum, every),
    "max": lambda xp, *every: reduce(xp.maximum, every),
    "power": lambda xp, a, b: a**b,
}
