r"""What is uncertain, or chosen: single numbers that set parameters of a model, or members of them.

An input :math:`x_k` is one number. It is the new value of all its members,
:math:`\theta_m = x_k`, or a factor on their values, :math:`\theta_m = x_k \bar\theta_m`. A family
of parameters is one input if its members move together (``common``), and as many inputs as it has
members if each moves on its own (``independent``): which of the two is said, never guessed, since
the spread of results depends on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

import numpy as np
import numpy.typing as npt

from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.parameters import Parameter, Values

Array = npt.NDArray[np.float64]
Of = Literal["value", "factor"]
What = TypeVar("What")
"""What is said of an input: its distribution, or its bounds."""

Member = str | tuple[str | tuple[str, ...] | None, ...]
Key = Parameter | str | tuple[Parameter | str, Member]
"""A parameter, or ``(parameter, member)`` with a label for each of its letters, some labels, or
None for all: ``(sigma, "SH")``, ``(sigma, ("SH", "COL"))``, ``(sigma, (None, ("COL", "GAS")))``."""


@dataclass(frozen=True, eq=False)
class Family(Generic[What]):
    """How the members of a parameter move; made by ``common`` and ``independent``.

    Attributes:
        what: distribution or bounds, of each member where they are arrays.
        together: whether one number moves all members.
        of: whether the number is the new value or a factor on the value.
    """

    what: What
    together: bool
    of: Of


def common(what: What, *, of: Of = "value") -> Family[What]:
    """One number for all members of a parameter.

    Arguments:
        what: its distribution, or its bounds.
        of: ``"value"``: all members take it as their value; ``"factor"``: it multiplies their
            values, so that they stay in proportion.
    """
    return Family(what, True, of)


def independent(what: What, *, of: Of = "value") -> Family[What]:
    """A number of its own for each member of a parameter.

    Arguments:
        what: the distribution of each, or its bounds. Their arguments may be arrays over the
            members that are drawn, such as ``norm(sigma.value, 0.2 * sigma.value)``.
        of: whether the numbers are values or factors, see ``common``.
    """
    return Family(what, False, of)


@dataclass(frozen=True, eq=False)
class Input:
    """One number that is drawn or chosen.

    Attributes:
        label: parameter and member, such as ``sigma[SH]``; a factor has ``*`` behind it.
        parameter: name of the parameter.
        at: positions of the members that it moves, one array for each letter.
        of: whether it is their value or a factor on it.
    """

    label: str
    parameter: str
    at: tuple[npt.NDArray[np.intp], ...]
    of: Of


@dataclass(frozen=True, eq=False)
class Group(Generic[What]):
    """The inputs of one entry: one, or those of the members of a family.

    Attributes:
        label: parameter, and members if not all.
        key: the entry.
        what: distribution or bounds.
        shape: shape of the members, empty where they move together.
        inputs: the inputs, in order of the members.
    """

    label: str
    key: Key
    what: What
    shape: tuple[int, ...]
    inputs: tuple[Input, ...]


@dataclass(frozen=True, eq=False)
class Inputs(Generic[What]):
    """All inputs of a model, in the order in which they were written.

    Attributes:
        model: the model whose parameters they set.
        groups: the entries.
    """

    model: Model
    groups: tuple[Group[What], ...]

    @classmethod
    def of(cls, model: Model, written: Mapping[Any, Any]) -> Inputs[Any]:
        """Resolve what a user wrote, and refuse what is ambiguous.

        Raises:
            DeclarationError: an unknown parameter or member, a product, a family of which it is
                not said how its members move, or a member that two entries move.
        """
        if not written:
            raise DeclarationError(f"{model.name}: no parameter is named; name at least one")
        inputs = cls(model, tuple(_group(model, key, what) for key, what in written.items()))
        inputs._check_overlap()
        return inputs

    @property
    def all(self) -> tuple[Input, ...]:
        """The inputs, one number each."""
        return tuple(one for group in self.groups for one in group.inputs)

    @property
    def labels(self) -> list[str]:
        """Their names, each once."""
        return [one.label for one in self.all]

    @property
    def parameters(self) -> list[str]:
        """Names of the parameters that they set, each once."""
        return list(dict.fromkeys(one.parameter for one in self.all))

    def group(self, key: Any) -> Group[What] | None:
        """The entry that was written under a key, or has that label."""
        return next((g for g in self.groups if g.key == key or g.label == key), None)

    def place(self, numbers: Any, base: Mapping[str, Any], xp: Any = np) -> dict[str, Any]:
        """The parameters that the inputs set, at numbers for the inputs.

        Arguments:
            numbers: one for each input.
            base: values of the parameters, of which factors are factors.
            xp: array library, ``numpy`` or ``jax.numpy``, which differentiates through.
        """
        table: dict[str, Any] = {name: xp.array(base[name], float) for name in self.parameters}
        for k, one in enumerate(self.all):
            value = table[one.parameter]
            new = numbers[k] * value[one.at] if one.of == "factor" else numbers[k]
            if xp is np:
                value[one.at] = new
            else:
                table[one.parameter] = value.at[one.at].set(new)
        return table

    def check_changes(self, changes: Values) -> None:
        """Assert that changes have an effect: not on what the inputs set whatever it was.

        Raises:
            DeclarationError: a parameter is changed all of whose members the inputs set.
        """
        for key in changes:
            name = key.name if isinstance(key, Parameter) else key
            own = [one for one in self.all if one.parameter == name and one.of == "value"]
            size = sum(len(one.at[0]) if one.at else 1 for one in own)
            if own and size == self.model.parameters[name].value.size:
                raise DeclarationError(
                    f"{self.model.name}: {name!r} is changed and set by {own[0].label}: the change "
                    "would have no effect; leave it out, or make the input a factor on it "
                    "(of='factor')"
                )

    def current(self, base: Mapping[str, Array]) -> Array:
        """The numbers at which parameters keep their values: the mean of members that differ."""
        return np.array(
            [
                1.0
                if one.of == "factor"
                else float(np.mean(np.asarray(base[one.parameter])[one.at]))
                for one in self.all
            ]
        )

    def _check_overlap(self) -> None:
        taken: dict[tuple[str, tuple[int, ...]], str] = {}
        for one in self.all:
            for at in zip(*(axis.tolist() for axis in one.at), strict=True) if one.at else [()]:
                other = taken.setdefault((one.parameter, at), one.label)
                if other != one.label:
                    raise DeclarationError(
                        f"{self.model.name}: {other} and {one.label} set the same member of "
                        f"{one.parameter!r}; name each member once"
                    )
        doubled = [label for label in self.labels if self.labels.count(label) > 1]
        if doubled:
            raise DeclarationError(f"{self.model.name}: {doubled[0]} is named twice")


def _group(model: Model, key: Any, written: Any) -> Group[Any]:
    """One entry, resolved."""
    named, member = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
    parameter = _parameter(model, named)
    chosen = _chosen(model, parameter, member)
    label = _label(model, parameter, chosen)
    shape = tuple(len(axis) for axis in chosen)
    size = int(np.prod(shape))
    if not isinstance(written, Family):
        if size > 1:
            raise DeclarationError(
                f"{model.name}: {label} has {size} members; say whether they move together, "
                "common(...) or common(..., of='factor'), or each on its own, independent(...)"
            )
        written = Family(written, True, "value")
    mark = "*" if written.of == "factor" else ""
    if written.together:
        at = tuple(axis.ravel() for axis in np.meshgrid(*chosen, indexing="ij"))
        only = Input(label + mark, parameter.name, at, written.of)
        return Group(label, key, written.what, (), (only,))
    members = [
        tuple(np.array([axis[k]]) for axis, k in zip(chosen, at, strict=True))
        for at in np.ndindex(shape)
    ]
    inputs = tuple(
        Input(_label(model, parameter, at) + mark, parameter.name, at, written.of) for at in members
    )
    return Group(label, key, written.what, tuple(n for n in shape), inputs)


def _parameter(model: Model, named: Any) -> Parameter:
    """A parameter of the model by handle or name."""
    if isinstance(named, Parameter):
        model.parameters.check(named, named.letters, model.name)
        named = named.name
    if not isinstance(named, str):
        raise DeclarationError(
            f"{model.name}: {named!r} is no parameter; write a parameter, its name, or "
            "(parameter, member)"
        )
    model.values({named: model.parameters[named].value if named in model.parameters else 0.0})
    return model.parameters[named]


def _chosen(model: Model, parameter: Parameter, member: Any) -> list[npt.NDArray[np.intp]]:
    """Positions on each axis that a member names: all where it names none."""
    letters = parameter.letters
    wanted = [member] if isinstance(member, str) else list(member or [None] * len(letters))
    if len(wanted) != len(letters):
        raise DeclarationError(
            f"{model.name}: {parameter.name!r} is over '{' '.join(letters)}'; name a member by "
            f"{len(letters)} labels in this order, None for all, found {member!r}"
        )
    return [
        _positions(model, parameter, letter, labels)
        for letter, labels in zip(letters, wanted, strict=True)
    ]


def _positions(model: Model, parameter: Parameter, letter: str, wanted: Any) -> Any:
    known = list(model.dims[letter].labels)
    if wanted is None:
        return np.arange(len(known))
    labels: Iterable[Any] = [wanted] if isinstance(wanted, str) else wanted
    found = [str(label) for label in labels]
    wrong = [label for label in found if label not in known]
    if wrong or not found or len(set(found)) != len(found):
        raise DeclarationError(
            f"{model.name}: {parameter.name!r} has no {letter!r} {wrong or found}, or it is named "
            f"twice; known are {', '.join(known)}"
        )
    return np.array([known.index(label) for label in found])


def _label(model: Model, parameter: Parameter, chosen: Sequence[npt.NDArray[np.intp]]) -> str:
    """Name of members: ``sigma``, ``sigma[SH,COL]``, ``sigma[SH,*]``, ``sigma[SH,COL+GAS]``."""
    dims = [model.dims[letter] for letter in parameter.letters]
    if all(len(at) == d.size for at, d in zip(chosen, dims, strict=True)) and any(
        d.size > 1 for d in dims
    ):
        return parameter.name
    places = [
        "*" if len(at) == d.size and d.size > 1 else "+".join(d.labels[k] for k in at)
        for at, d in zip(chosen, dims, strict=True)
    ]
    return f"{parameter.name}[{','.join(places)}]" if places else parameter.name
