"""Handles and names: the members that a price, level, income, variable or flow is asked of.

A user says ``P``, ``"P"``, ``P["f"]`` or ``P.at(i="coal")``. All four mean members of one family,
and with the name of a flow members of that flow of its owner. Conditions and results read alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cge.language.declarations import Activity, Agent, AnyFamily, Family, Reference
from cge.language.dimensions import loose
from cge.language.errors import DeclarationError
from cge.language.parameters import Parameter, Tax
from cge.language.spelling import near
from cge.language.trees import BoundLeaf

if TYPE_CHECKING:
    from cge.language.model import Model


@dataclass(frozen=True, eq=False)
class FlowReference:
    """Members of a flow: those of its owner that are asked for, and all along its other axes.

    Attributes:
        leaf: the flow.
        use: a letter for each of its axes, or a pin where one label is held (``Dimensions.pin``).
    """

    leaf: BoundLeaf
    use: str

    @property
    def letters(self) -> str:
        """The letters that run."""
        return loose(self.use)


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


def flow_members(
    what: BoundLeaf | FlowReference | str | Activity | Agent | Reference[Any],
    name: str,
    model: Model,
) -> FlowReference:
    """The members of a flow that are meant.

    Arguments:
        what: the flow, or the activity or agent that has it, by handle, name or members.
        name: name of the flow, with its owner.
        model: the model.

    Raises:
        DeclarationError: there is no such owner or flow, or a letter would stand twice.
    """
    if isinstance(what, FlowReference):
        return what
    if isinstance(what, BoundLeaf):
        return FlowReference(what, what.letters)
    owners: dict[str, Activity | Agent] = {**model.activities, **model.agents}
    asked = members(what, owners, "activity or agent")
    leaf = asked.family.flow(name)
    own = dict(zip(asked.family.letters, asked.use, strict=True))
    found = FlowReference(leaf, "".join(own.get(c, c) for c in leaf.letters))
    if len(set(found.letters)) != len(found.letters):
        raise DeclarationError(
            f"{asked}: its flow {leaf.name!r} is over '{' '.join(leaf.letters)}', so that a letter "
            "would stand twice; ask at another alias, or at one label (at)"
        )
    return found


def taxed(of: Tax | Parameter | str | Agent | Reference[Agent], model: Model) -> Any:
    """What revenue is asked of: the rate of a tax, or the agents that receive taxes.

    Arguments:
        of: a tax or its rate, an agent or some of its members; names of rates and agents.
        model: the model.

    Returns:
        A ``Parameter`` or a ``Reference[Agent]``.

    Raises:
        DeclarationError: there is neither of that name.
    """
    rate: Any = of.rate if isinstance(of, Tax) else of
    if isinstance(rate, str) and rate in model.parameters:
        rate = model.parameters[rate]
    return (
        rate if isinstance(rate, Parameter) else members(rate, model.agents, "parameter or agent")
    )


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
