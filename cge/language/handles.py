"""Handles and names: the members that a price, level, income or variable is asked of.

A user says ``P``, ``"P"``, ``P["f"]`` or ``P.at(i="coal")``. All four mean members of one family.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cge.language.declarations import AnyFamily, Family, Reference
from cge.language.errors import DeclarationError
from cge.language.spelling import near


def members(what: Any, table: Mapping[str, AnyFamily], kind: str) -> Reference[AnyFamily]:
    """The members of a family that are meant.

    Arguments:
        what: a handle, its name, or a reference to some members.
        table: families that may be meant, by name; a handle of a model with the same family means
            that of the table.
        kind: what the families are, for messages: ``"commodity"``.

    Raises:
        DeclarationError: there is none of that name, or it is over other labels.
    """
    asked = what.family if isinstance(what, Reference) else what
    name = asked.name if isinstance(asked, Family) else asked
    if not isinstance(name, str) or name not in table:
        raise DeclarationError(f"no {kind} {_said(asked)}; {near(str(name), table)}")
    family = table[name]
    if isinstance(asked, Family) and asked is not family:
        _check_same(asked, family, kind, held=isinstance(what, Reference))
    return Reference(family, what.use if isinstance(what, Reference) else family.letters)


def _said(asked: object) -> str:
    if isinstance(asked, Family):
        return f"{asked.name!r} (it is of another kind, {type(asked).__name__.lower()})"
    return repr(asked)


def _check_same(asked: Family, family: Family, kind: str, held: bool) -> None:
    labels = [[f.dims[c].labels for c in f.letters] for f in (asked, family)]
    same = asked.letters == family.letters and labels[0] == labels[1]
    if not same or type(asked) is not type(family) or (held and asked.dims is not family.dims):
        raise DeclarationError(
            f"{kind} {asked.name} is of another model; ask with a handle of this one, or its name"
        )
