"""MPSGE text (Rutherford 1999) as blocks: what is declared, made, demanded and constrained.

    $PROD:X(r)$X0(r)  s:0.5  t:2  va(s):1
      O:PX(r)   Q:X0(r)   A:GOV  T:TX(r)
      I:PL(r)   Q:L0(r)   va:

Only the text between ``$MODEL`` and ``$OFFTEXT`` is read; GAMS statements around it are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace

from cge.mpsge.errors import MPSGEError, at
from cge.mpsge.expressions import Expression, Name, Number, parse

_SECTION = re.compile(r"^\s*\$\s*([A-Za-z]+)\s*:?(.*)$")
_KEY = re.compile(r"(?<![\w)'\"])([A-Za-z_]\w*(?:\.\w+)*(?:\(\s*[A-Za-z_]\w*(?:\.\w+)*\s*\))?)\s*:")
_RELATION = re.compile(r"=\s*([eglEGL])\s*=")
_IGNORED = ("report", "peps", "funlog", "echop", "datech", "walchk", "eulchk")
"""Sections and switches that change what is printed or checked, not the model."""

_TABLES = {
    "sector": "sectors",
    "sectors": "sectors",
    "commodity": "commodities",
    "commodities": "commodities",
    "consumer": "consumers",
    "consumers": "consumers",
    "auxiliary": "auxiliaries",
    "auxiliaries": "auxiliaries",
}

ONE = Number(1.0)
"""Quantities, prices and multipliers that are not said."""

ROOTS = ("s", "t")
"""Nests that every block has: of inputs and demands, and of outputs."""


@dataclass(frozen=True)
class Declared:
    """A name with its indices, and the condition under which a member exists."""

    name: str
    indices: tuple[str, ...]
    condition: Expression | None
    line: int


@dataclass(frozen=True)
class TaxText:
    """A tax: to whom, its rate, and the endogenous one with its multiplier, which add up."""

    agent: Name
    rate: Expression | None = None
    endogenous: Name | None = None
    multiplier: Expression = ONE


@dataclass(frozen=True)
class Flow:
    """One line of a block.

    Attributes:
        kind: ``o`` output, ``i`` input, ``d`` demand, ``e`` endowment.
        commodity: what is traded, at indices.
        condition: where it is.
        quantity: reference quantity.
        price: reference price, one by default.
        taxes: taxes on it.
        rationing: variable by which an endowment is multiplied.
        nest: nest that it hangs from, ``""`` for the root.
        line: line of the text.
    """

    kind: str
    commodity: Name
    condition: Expression | None
    quantity: Expression = ONE
    price: Expression = ONE
    taxes: tuple[TaxText, ...] = ()
    rationing: Name | None = None
    nest: str = ""
    line: int = 0


@dataclass(frozen=True)
class NestText:
    """A nest: its name, the set that it is repeated over, what it hangs from, its elasticity."""

    name: str
    over: str
    parent: str
    elasticity: Expression


@dataclass(frozen=True)
class Block:
    """What a sector makes and uses, or a consumer demands and owns."""

    declared: Declared
    nests: tuple[NestText, ...]
    flows: tuple[Flow, ...]


@dataclass(frozen=True)
class Constraint:
    """The condition of an auxiliary variable, ``left`` less ``right``, and if it is an equality."""

    declared: Declared
    left: Expression
    right: Expression
    line: int
    equal: bool


@dataclass(frozen=True)
class Text:
    """A model as its text has it."""

    name: str
    sectors: tuple[Declared, ...]
    commodities: tuple[Declared, ...]
    consumers: tuple[Declared, ...]
    auxiliaries: tuple[Declared, ...]
    production: tuple[Block, ...]
    demand: tuple[Block, ...]
    constraints: tuple[Constraint, ...]
    ignored: tuple[str, ...]


def indices(part: object) -> set[str]:
    """Sets at which anything stands in a part of a text, in lower case; labels are none."""
    if isinstance(part, tuple):
        return set().union(*(indices(item) for item in part))
    if not is_dataclass(part):
        return set()
    own = {*getattr(part, "indices", ()), getattr(part, "over", "")}
    below = (indices(getattr(part, field.name)) for field in fields(part))
    return {k.lower() for k in own if k and k[0] not in "'\""}.union(*below)


Line = tuple[int, str]


def read(text: str) -> Text:
    """Read the text of one model.

    Raises:
        MPSGEError: there is no model or more than one, or a line is not understood.
    """
    parts: dict[str, list[Line]] = {}
    blocks: dict[str, list[tuple[Line, list[Line]]]] = {"prod": [], "demand": [], "constraint": []}
    name, ignored = "", []
    current: list[Line] = []
    for number, line in _lines(text):
        section = _SECTION.match(line)
        if section is None:
            current.append((number, line))
            continue
        key, rest = section[1].lower(), section[2].strip()
        current = []
        if key == "model":
            name = rest
        elif key in _TABLES:
            current = parts.setdefault(_TABLES[key], [])
            if rest:
                current.append((number, rest))
        elif key in blocks:
            blocks[key].append(((number, rest), current))
        elif key in _IGNORED:
            ignored.append(f"line {number}: ${key} is left out")
        else:
            raise at(number, f"${key} is not understood")
    table = {key: tuple(_declarations(parts.get(key, []))) for key in set(_TABLES.values())}
    return Text(
        name=name,
        **table,
        production=_blocks(blocks["prod"], "o", "i"),
        demand=_blocks(blocks["demand"], "d", "e"),
        constraints=tuple(_constraint(head, lines) for head, lines in blocks["constraint"]),
        ignored=tuple(ignored),
    )


def _lines(text: str) -> Iterator[Line]:
    """Lines of the model without comments, continued ones joined, with their numbers."""
    every = list(enumerate(text.splitlines(), start=1))
    starts = [k for k, (_, line) in enumerate(every) if re.match(r"\s*\$\s*model\s*:", line, re.I)]
    if len(starts) != 1:
        raise MPSGEError(f"the text has {len(starts)} lines $MODEL: and must have one")
    joined: list[Line] = []
    for number, line in every[starts[0] :]:
        if re.match(r"\s*\$\s*offtext", line, re.I):
            break
        if line.startswith("*"):
            continue
        line = _without_comment(line)
        if line.lstrip().startswith("+") and joined:
            first, before = joined.pop()
            joined.append((first, f"{before} {line.lstrip()[1:]}"))
        elif line.strip():
            joined.append((number, line))
    yield from joined


def _without_comment(line: str) -> str:
    """A line up to ``!`` outside quotes."""
    quote = ""
    for k, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == "!":
            return line[:k]
    return line


# ---------------------------------------------------------------------------- declarations


def _declarations(lines: Sequence[Line]) -> Iterator[Declared]:
    for number, line in lines:
        yield from (_declared(number, word) for word in _words(line))


def _words(line: str) -> list[str]:
    """Words of a line; blanks and commas inside brackets do not part them."""
    words, depth, word = [], 0, ""
    for letter in line:
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and (letter.isspace() or letter == ","):
            words.append(word)
            word = ""
        else:
            word += letter
    return [w for w in (*words, word) if w]


def _declared(number: int, word: str) -> Declared:
    head, _, condition = word.partition("$")
    name = _parsed(number, head)
    if not isinstance(name, Name):
        raise at(number, f"{word!r} is no name with sets")
    where = _parsed(number, condition) if condition else None
    return Declared(name.name, name.indices, where, number)


def _parsed(number: int, text: str) -> Expression:
    try:
        return parse(text)
    except MPSGEError as error:
        raise at(number, str(error)) from None


def _name(number: int, text: str) -> Name:
    found = _parsed(number, text)
    if not isinstance(found, Name):
        raise at(number, f"{text!r} is no name")
    return found


# ---------------------------------------------------------------------------- blocks


def _blocks(found: Sequence[tuple[Line, list[Line]]], *kinds: str) -> tuple[Block, ...]:
    return tuple(_block(head, lines, kinds) for head, lines in found)


def _block(head: Line, lines: Sequence[Line], kinds: Sequence[str]) -> Block:
    number, rest = head
    (first, *_) = _words(rest) or [""]
    if not first:
        raise at(number, "the block has no name")
    nests = tuple(_nest(number, key, value) for key, value in _fields(rest[len(first) :], number))
    flows = tuple(_flow(n, line, kinds) for n, line in lines)
    known = {nest.name for nest in nests} | set(ROOTS)
    _check_nests(nests, number)
    for flow in flows:
        if flow.nest and flow.nest not in known:
            raise at(flow.line, f"the nest {flow.nest!r} is not declared in the head of the block")
    for nest in nests:
        if nest.parent and nest.parent not in known:
            raise at(number, f"the nest {nest.parent!r}, of {nest.name!r}, is not declared")
    return Block(_declared(number, first), nests, flows)


def _check_nests(nests: Sequence[NestText], number: int) -> None:
    """Every nest stands once, and hangs from a root in the end."""
    parents = {nest.name: nest.parent for nest in nests}
    if len(parents) < len(nests):
        names = [nest.name for nest in nests]
        twice = next(name for name in names if names.count(name) > 1)
        raise at(number, f"the nest {twice!r} is declared twice")
    for name in parents:
        above, way = parents[name], {name}
        while above and above not in way:
            way.add(above)
            above = parents.get(above, "")
        if above:
            raise at(number, f"the nest {name!r} hangs from itself: {', '.join(sorted(way))}")


def _nest(number: int, key: str, value: str) -> NestText:
    """A nest such as ``va(s):0.5`` or ``i.tl:0``, which is repeated over the set i."""
    name, _, parent = key.lower().partition("(")
    over = name.partition(".")[0] if "." in name else ""
    if not value:
        raise at(number, f"the nest {name!r} has no elasticity")
    return NestText(name.strip(), over, parent.rstrip(") ").strip(), _parsed(number, value))


def _flow(number: int, line: str, kinds: Sequence[str]) -> Flow:
    fields = _fields(line, number)
    kind, what = (fields[0][0].lower(), fields[0][1]) if fields else ("", "")
    if kind not in kinds:
        wanted = " or ".join(f"{k.upper()}:" for k in kinds)
        raise at(number, f"{line.strip()!r} does not begin with {wanted}")
    head, _, condition = what.partition("$")
    flow = Flow(kind, _name(number, head), _parsed(number, condition) if condition else None)
    flow = replace(flow, line=number)
    said = [key.lower() for key, value in fields[1:] if value]
    for key in "qpr":
        if said.count(key) > 1:
            raise at(number, f"the field {key.upper()}: stands twice")
    for key, value in fields[1:]:
        flow = _with_field(number, flow, key.lower(), value)
    return flow


def _with_field(number: int, flow: Flow, key: str, value: str) -> Flow:
    """A flow with one more field; a field without a value is the nest."""
    if flow.kind == "e" and key not in ("q", "r"):
        raise at(number, f"an endowment has the fields Q: and R:, and here {key.upper()}: too")
    if not value:
        if flow.nest:
            raise at(number, f"two nests, {flow.nest!r} and {key!r}")
        return replace(flow, nest=key)
    if key == "q":
        return replace(flow, quantity=_parsed(number, value))
    if key == "p":
        return replace(flow, price=_parsed(number, value))
    if key == "a":
        return replace(flow, taxes=(*flow.taxes, TaxText(_name(number, value))))
    if key == "r" and flow.kind == "e":
        return replace(flow, rationing=_name(number, value))
    if key not in ("t", "n", "m"):
        raise at(number, f"the field {key.upper()}: is not understood here")
    if not flow.taxes:
        raise at(number, f"{key.upper()}: needs an agent A: before it, who receives the tax")
    *others, tax = flow.taxes
    before = {"t": tax.rate, "n": tax.endogenous, "m": None if tax.multiplier == ONE else 1}[key]
    if before is not None:
        raise at(
            number, f"{key.upper()}: stands twice after one A:; give each tax an A: of its own"
        )
    if key == "t":
        tax = replace(tax, rate=_parsed(number, value))
    elif key == "n":
        tax = replace(tax, endogenous=_name(number, value))
    else:
        tax = replace(tax, multiplier=_parsed(number, value))
    return replace(flow, taxes=(*others, tax))


def _fields(line: str, number: int) -> list[tuple[str, str]]:
    """Keys and values of a line, ``KEY:value``, outside brackets."""
    keys = [m for m in _KEY.finditer(line) if _is_outside(line[: m.start()])]
    if line.strip() and (not keys or line[: keys[0].start()].strip()):
        raise at(number, f"{line.strip()!r}: a field such as Q: is expected at its beginning")
    ends = [m.start() for m in keys[1:]] + [len(line)] * bool(keys)
    return [
        (m[1].replace(" ", ""), line[m.end() : end].strip())
        for m, end in zip(keys, ends, strict=True)
    ]


def _is_outside(before: str) -> bool:
    """Whether all brackets are closed."""
    return before.count("(") == before.count(")")


def _constraint(head: Line, lines: Sequence[Line]) -> Constraint:
    number, rest = head
    (first, *more) = _words(rest) or [""]
    text = " ".join([*more, *(line for _, line in lines)]).strip().rstrip(";")
    sides = _RELATION.split(text)
    if len(sides) != 3:
        raise at(number, f"the constraint {first} has no =E=, =G= or =L=")
    left, relation, right = sides
    if relation.lower() == "l":
        left, right = right, left
    return Constraint(
        _declared(number, first),
        _parsed(number, left),
        _parsed(number, right),
        number,
        relation.lower() == "e",
    )
