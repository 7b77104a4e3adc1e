"""Slips: what a beginner writes by mistake, told in the words of the language.

Families are declared once and used at letters: ``GOV["r"]``, or ``GOV[""]`` for one without. A flow
is a commodity at letters with a quantity, ``P["i"](5.0)``, and a tax is a rate with somebody who
receives it, ``rate.to(GOV["r"])``. Where a step is left out, the message says how to write it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cge.language.errors import DeclarationError

if TYPE_CHECKING:
    from cge.language.declarations import Auxiliary
    from cge.language.nests import Node
    from cge.language.parameters import Parameter, Parameters, Tax

_LONGEST = 60
"""Letters of a wrong value that a message repeats."""


def at_letters(family: Any) -> str:
    """How to write a family at the letters of its declaration."""
    return f'{family.name}["{" ".join(family.letters)}"]'


def check_reference(what: Any, where: str) -> None:
    """Assert that something is a family at letters, such as ``GOV["r"]``.

    Raises:
        DeclarationError: it is a family without letters, or something else.
    """
    if _is_reference(what):
        return
    if _is_family(what):
        raise DeclarationError(
            f"{where}: {what.name} says no letters; write {at_letters(what)}{_none_needed(what)}"
        )
    raise DeclarationError(
        f'{where}: expected is a family at letters, such as GOV["r"], found {_shown(what)}'
    )


def check_commodity_family(what: Any, where: str) -> None:
    """Assert that something is a commodity as declared, without letters.

    Raises:
        DeclarationError: it is something else.
    """
    check_family(what, where)
    if not hasattr(what, "zero_scale"):
        raise DeclarationError(
            f"{where}: {what.name} is of another kind, {type(what).__name__.lower()}; give a "
            "commodity"
        )


def check_mapping(what: Any, where: str, example: str) -> None:
    """Assert that something says which value is whose.

    Raises:
        DeclarationError: it does not; shows how to write it.
    """
    if not isinstance(what, Mapping):
        raise DeclarationError(f"{where}: expected is {example}, found {_shown(what)}")


def check_family(what: Any, where: str) -> None:
    """Assert that something is a family as declared, without letters.

    Raises:
        DeclarationError: it is a family at letters, or something else.
    """
    if _is_family(what):
        return
    found = str(what) if _is_reference(what) else _shown(what)
    meant = what.family.name if _is_reference(what) else "the family that was declared"
    raise DeclarationError(f"{where}: found {found}; give {meant}, without letters")


def check_nest(written: Any, where: str) -> None:
    """Assert that a nest is made of flows and nests.

    Raises:
        DeclarationError: something in it is neither; says how to write it.
    """
    if hasattr(written, "children"):
        for child in written.children:
            check_nest(child, where)
    elif _is_reference(written):
        name = str(written)
        raise DeclarationError(f"{where}: {name} has no quantity yet; write {name}(quantity)")
    elif _is_family(written):
        raise DeclarationError(
            f"{where}: {written.name} is no flow yet; write {at_letters(written)}(quantity)"
        )
    elif isinstance(written, Sequence):
        raise DeclarationError(
            f"{where}: a list of flows is no nest; say how they combine, as in leontief(...) or "
            "ces(0.5, ...)"
        )
    elif not hasattr(written, "commodity"):
        raise DeclarationError(
            f'{where}: expected is a nest or a flow, such as P["i"](5.0), found {_shown(written)}'
        )


def check_children(node: Node) -> None:
    """Assert that a nest has an elasticity, and something in it.

    Raises:
        DeclarationError: a flow stands in the place of the elasticity, or there is none.
    """
    if any(hasattr(node.elasticity, name) for name in ("children", "commodity", "use")):
        raise DeclarationError(
            "a nest says its elasticity first and then its flows, as in ces(0.5, ...) or "
            "cet(2.0, ...); here a flow stands in its place"
        )
    if not node.children:
        raise DeclarationError(
            "a nest without flows; write what is combined, as in leontief(P['i'](1.0), ...) or, "
            "after the elasticity, ces(0.5, P['i'](1.0), ...)"
        )


def taxes_of(written: Any, commodity: str) -> tuple[Tax, ...]:
    """The taxes of a flow as it says them: one or several.

    Raises:
        DeclarationError: something is no tax; says how to write one.
    """
    several = isinstance(written, list | tuple)
    for tax in written if several else (written,):
        if _is_parameter(tax):
            raise DeclarationError(
                f"taxes of {commodity}: {tax.name!r} is a rate without somebody who receives the "
                f'revenue; write {tax.name}.to(GOV["..."]), an agent at letters of the flow'
            )
        if not (hasattr(tax, "rate") and hasattr(tax, "recipient")):
            raise DeclarationError(
                f"taxes of {commodity}: expected is a parameter with who receives the revenue, "
                f'such as rate.to(GOV["r"]), found {_shown(tax)}'
            )
    return tuple(written) if several else (written,)


def check_movers(new: Auxiliary, others: Iterable[Auxiliary], known: Parameters) -> None:
    """Assert that bounds of auxiliary variables mean what they say, whatever moves.

    Bounds in the units of a moved parameter are turned round from its given value, and bounds are
    read as they are given: no other variable may move the one, and none at all the others.

    Arguments:
        new: a variable that is being declared.
        others: those that are there.
        known: parameters of the model.

    Raises:
        DeclarationError: a bound would not hold; names both variables and the parameter.
    """
    everyone = (*others, new)
    for other in everyone[:-1]:
        shared = [p.name for p in new.moves if p in other.moves]
        bounded = [a.name for a in (new, other) if a.least is not None or a.most is not None]
        if shared and bounded:
            raise DeclarationError(
                f"auxiliary {new.name}: {shared[0]!r} is moved by {other.name} too, and "
                f"{bounded[0]} bounds it by least or most, which would not hold for both "
                "together; move it by one variable, or give lower and upper bounds of the variable"
            )
    for mover in everyone:
        moved = known.moved_with({p.name for p in mover.moves})
        for owner in everyone:
            sides = (owner.lower, owner.upper, owner.least, owner.most)
            for side in (s.name for s in sides if s is not None and s.name in moved):
                raise DeclarationError(
                    f"auxiliary {new.name}: {side!r}, which {mover.name} moves, is a bound of "
                    f"{owner.name}, and bounds stay as they are given in a solve; say in its "
                    "condition (until) what it depends on"
                )


def check_moves(moves: Any, name: str, known: Mapping[str, Parameter]) -> None:
    """Assert that an auxiliary variable moves parameters by rules.

    Raises:
        DeclarationError: something is neither; says how to write it.
    """
    where = f"auxiliary {name}"
    if not isinstance(moves, Mapping):
        raise DeclarationError(
            f"{where}: moves says which parameter is moved by which rule, as in {{tax: shift}}, "
            f"found {_shown(moves)}"
        )
    for parameter, rule in moves.items():
        if isinstance(parameter, str):
            hint = f"model.parameters[{parameter!r}]" if parameter in known else "its parameter"
            raise DeclarationError(
                f"{where}: moves has the name {parameter!r}; give the parameter itself, {hint}"
            )
        if not _is_parameter(parameter):
            raise DeclarationError(
                f"{where}: moves has {_shown(parameter)}, which is no parameter; what is to move "
                "has to be declared, as in t = model.parameter('t', 'i', 0.1)"
            )
        if not callable(rule):
            raise DeclarationError(
                f"{where}: the rule of {parameter.name!r} is no function of (base, variable), such "
                f"as scale or shift, found {_shown(rule)}"
            )


def check_condition(until: Any, name: str) -> None:
    """Assert that the condition of an auxiliary variable is a function of the state.

    Raises:
        DeclarationError: it cannot be called.
    """
    if not callable(until):
        raise DeclarationError(
            f"auxiliary {name}: until is a function of the state of the economy that is zero at "
            f"the solution, such as lambda s: s.price(P) - 1.0, found {_shown(until)}"
        )


def _is_reference(what: Any) -> bool:
    return hasattr(what, "family") and hasattr(what, "use")


def _is_family(what: Any) -> bool:
    return all(hasattr(what, name) for name in ("name", "letters", "dims", "shape"))


def _is_parameter(what: Any) -> bool:
    return all(hasattr(what, name) for name in ("name", "letters", "value"))


def _none_needed(family: Any) -> str:
    return "" if family.letters else ", as it has none"


def _shown(what: Any) -> str:
    text = repr(what)
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
    return f"{type(what).__name__} {short}"
