r"""What auxiliary variables move: parameters that may be moved, and bounds in their own units.

A variable v within :math:`l \le v \le u` moves a parameter :math:`x = r(x_0, v)`. Bounds of x stand
for bounds of v where the rule r can be turned round.
"""

from __future__ import annotations

from collections.abc import Mapping

from cge.language.errors import DeclarationError
from cge.language.parameters import Number, Parameter, Parameters
from cge.language.rules import Rule, invertible, parameters_read, scale
from cge.language.validity import AMOUNT, BOUND, SCALED, SCALED_BOUND, Limit, Range, Term

Sides = tuple[Parameter | None, Parameter | None]
"""A lower and an upper bound, None where there is none."""


def check_move(
    name: str, letters: str, parameter: Parameter, rule: Rule, parameters: Parameters
) -> None:
    """Assert that a variable moves a parameter that has its letters and follows nothing else.

    Raises:
        DeclarationError: the parameter is of another model, lacks letters or is a product, or its
            rule reads what does not fit.
    """
    if parameters.get(parameter.name) is not parameter:
        raise DeclarationError(f"auxiliary {name}: {parameter.name!r} is not in this model")
    missing = set(letters) - set(parameter.letters)
    if missing:
        raise DeclarationError(
            f"auxiliary {name}: parameter {parameter.name!r} over '{parameter.letters}' "
            f"lacks {sorted(missing)}; declare the parameter over these letters too"
        )
    if parameter.name in parameters.products:
        factors = ", ".join(repr(f.name) for f in parameters.products[parameter.name])
        raise DeclarationError(
            f"auxiliary {name}: {parameter.name!r} is a product and follows its factors: move "
            f"one of {factors}"
        )
    for read in parameters_read(rule):
        parameters.check(read, parameter.letters, f"auxiliary {name}: rule of {parameter.name!r}")


def bounds(
    name: str,
    letters: str,
    low: Number,
    high: Number,
    parameters: Parameters,
    words: tuple[str, str] = ("lower", "upper"),
) -> Sides:
    """Bounds as parameters, the lower one not above the upper one, now and in every solve.

    Arguments:
        name: name of the variable.
        letters: letters of what is bounded.
        low: lower bound, None for none.
        high: upper bound, None for none.
        parameters: table in which they are declared.
        words: what the two are called.

    Raises:
        DeclarationError: they do not fit, or are in the wrong order.
    """
    below, above = words
    lower = None if low is None else parameters.number(low, letters, f"{name}.{below}", BOUND)
    upper = None if high is None else parameters.number(high, letters, f"{name}.{above}", BOUND)
    if lower is not None and upper is not None:
        terms = Term(upper, letters), Term(lower, letters, -1.0)
        role = Range(f"{above} bound less the {below} one", least=0.0)
        parameters.require(Limit(f"auxiliary {name}", role, terms, letters))
    return lower, upper


def bounds_of_moved(
    name: str,
    moves: Mapping[Parameter, Rule],
    least: Number,
    most: Number,
    parameters: Parameters,
) -> Sides:
    """Bounds of the one parameter that is moved, by a rule that can be turned round.

    Raises:
        DeclarationError: several are moved, or by another rule, or the bounds do not fit.
    """
    if least is None and most is None:
        return None, None
    (parameter, rule), *others = moves.items()
    if others or not invertible(rule):
        raise DeclarationError(
            f"auxiliary {name}: least and most are bounds of one parameter that is moved by "
            "scale, shift or add; give lower and upper bounds of the variable here"
        )
    where, require = f"auxiliary {name}", parameters.require
    sides = bounds(name, parameter.letters, least, most, parameters, ("least", "most"))
    if rule is scale:
        require(Limit.of(parameter, where, SCALED))
        for side in sides:
            if side is not None:
                require(Limit.of(side, where, SCALED_BOUND))
    for amounts in parameters_read(rule):
        require(Limit.of(amounts, where, AMOUNT))
    return sides
