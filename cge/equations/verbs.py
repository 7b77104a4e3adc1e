"""What users ask of a model's equations: all, those of one block, those of one member in numbers.

These are the functions behind ``Model.equations``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cge.equations.conditions import Conditions
from cge.equations.equation import Equations
from cge.equations.numbers import Numbers, members
from cge.language.declarations import Family
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.spelling import near


def equations(
    model: Model,
    block: str | Family = "",
    *,
    at: Mapping[str, str] | None = None,
    numbers: bool = False,
) -> Equations:
    """The equations of a model, or of one block of it.

    Arguments:
        model: a declared model.
        block: a commodity, activity, agent, auxiliary variable or product, or ``"numeraire"``;
            empty for all.
        at: labels by letter, such as ``{"r": "SH"}``: equations of these members only, with labels
            in the place of letters.
        numbers: put the declared numbers in the place of parameters, member by member.

    Raises:
        DeclarationError: there is no such block, letter or label.
    """
    conditions = Conditions(model)
    every = tuple(conditions.all())
    name = block if isinstance(block, str) else block.name
    chosen = tuple(e for e in every if e.block == name) if name else every
    if not chosen:
        told = near(name, (e.block for e in every))
        raise DeclarationError(f"{model.name}: no equations of {name!r}; {told}")
    if numbers or at:
        table = parameters(model) if numbers else {}
        worked = Numbers.of(conditions.notation, every, table)
        chosen = tuple(
            worked.put(e, member)
            for e in chosen
            for member in members(conditions.notation, e.letters, at or {})
        )
    return Equations(model.name, conditions.notation, chosen)


def parameters(model: Model) -> dict[str, tuple[str, Any]]:
    """Letters and value of every parameter as declared."""
    return {name: (p.letters, p.value) for name, p in model.parameters.items()}
