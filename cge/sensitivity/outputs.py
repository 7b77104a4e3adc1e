"""What is asked of an equilibrium: numbers and arrays that are read from its state, with labels."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import xarray as xr

from cge.equilibrium import Solver, State
from cge.equilibrium.jitted import Jitted
from cge.equilibrium.sensitivity import gradient
from cge.equilibrium.verbs import KEPT
from cge.language.declarations import (
    Activity,
    Agent,
    Auxiliary,
    Commodity,
    Family,
    Reference,
)
from cge.language.dimensions import letters_of
from cge.language.errors import DeclarationError
from cge.language.handles import members
from cge.language.model import Model
from cge.language.parameters import Parameter
from cge.language.spelling import near
from cge.language.trees import BoundLeaf

Array = npt.NDArray[np.float64]
Read = Callable[[State], Any]
"""A function of the state of the economy, in JAX operations."""

What = (
    str
    | Commodity
    | Activity
    | Agent
    | Auxiliary
    | Reference[Any]
    | BoundLeaf
    | Parameter
    | Read
    | tuple[str, Read]
)
"""A handle, its name, or some members stand for what an ``Equilibrium`` reports of them: the price
of a commodity, the level of an activity, the income of an agent, the value of an auxiliary
variable, the quantity of a flow, a parameter as moved. A function gives one number, or with its
letters, ``("r", function)``, an array over them."""


@dataclass(frozen=True, eq=False)
class Output:
    """One output.

    Attributes:
        name: its name.
        letters: its axes.
        read: what gives it.
    """

    name: str
    letters: str
    read: Read


@dataclass(frozen=True, eq=False)
class Outputs:
    """All outputs of a model.

    Attributes:
        solver: the solver of the model.
        all: the outputs.
    """

    solver: Solver
    all: tuple[Output, ...]

    @classmethod
    def of(cls, solver: Solver, written: Mapping[str, What]) -> Outputs:
        """Resolve what a user wrote, and try it on the benchmark without computing anything.

        What is compiled is kept for the outputs asked last: the same handles and functions need
        no compiling again.

        Raises:
            DeclarationError: no output; a handle of another model; a function that gives another
                shape than its letters have, or that JAX cannot trace.
        """
        if not isinstance(written, Mapping):
            raise DeclarationError(
                f"{solver.model.name}: outputs are a mapping from names to what is asked, such as "
                "{'wage': PL}"
            )
        if not written:
            raise DeclarationError(f"{solver.model.name}: no output is named; name at least one")
        for name, what in written.items():
            if not isinstance(what, Hashable):
                raise DeclarationError(_unknown(name, what))
        return _resolved(solver, tuple(written.items()))

    @property
    def model(self) -> Model:
        """The model."""
        return self.solver.model

    @cached_property
    def read(self) -> Any:
        """Compiled (unknowns, parameters) -> outputs by name."""

        def outputs(unknowns: Any, values: Any) -> dict[str, Any]:
            return self.at(self.solver.state(unknowns, values))

        return Jitted(outputs)

    @cached_property
    def slopes(self) -> Any:
        """Compiled (unknowns, parameters) -> derivatives of ``row`` by parameter."""
        return gradient(self.solver, self.row, often=False)

    def row(self, state: State) -> Any:
        """All outputs at a state, one after the other."""
        return jnp.concatenate([value.ravel() for value in self.at(state).values()])

    def at(self, state: State) -> dict[str, Any]:
        """All outputs at a state, over their letters."""
        return {
            one.name: jnp.broadcast_to(
                jnp.asarray(one.read(state), float), self.model.dims.shape(one.letters)
            )
            for one in self.all
        }

    def labelled(self, name: str, value: Array, *before: str) -> xr.DataArray:
        """An output with the labels of its letters, further dimensions before them."""
        letters = next(one.letters for one in self.all if one.name == name)
        coords = {c: list(self.model.dims[c].labels) for c in letters}
        return xr.DataArray(value, coords=coords, dims=[*before, *letters], name=name)

    def dataset(self, values: Mapping[str, Array], *before: str) -> xr.Dataset:
        """Outputs by name, with labels."""
        return xr.Dataset(
            {one.name: self.labelled(one.name, values[one.name], *before) for one in self.all}
        )


@lru_cache(maxsize=KEPT)
def _resolved(solver: Solver, written: tuple[tuple[str, Any], ...]) -> Outputs:
    outputs = Outputs(solver, tuple(_output(solver.model, name, what) for name, what in written))
    for one in outputs.all:
        _check_shape(solver, one)
    return outputs


def _output(model: Model, name: str, what: Any) -> Output:
    """One output from a handle or a function."""
    if not isinstance(name, str):
        raise DeclarationError(f"{model.name}: outputs are {{name: what}}, found the name {name!r}")
    if isinstance(what, Parameter):
        model.parameters.check(what, what.letters, f"output {name}")
        return Output(name, what.letters, lambda state: state.parameter(what))
    if isinstance(what, BoundLeaf):
        if not any(leaf is what for tree in model.trees() for leaf in tree.leaves):
            raise DeclarationError(f"output {name}: the flow {what.name!r} is of another model")
        return Output(name, what.letters, lambda state: state.quantity(what))
    if isinstance(what, str):
        return _named(model, name, what)
    if isinstance(what, Family | Reference):
        return _of_members(model, name, what)
    letters, read = what if isinstance(what, tuple) and len(what) == 2 else ("", what)
    if not callable(read) or not isinstance(letters, str):
        raise DeclarationError(_unknown(name, what))
    own = letters_of(letters)
    for letter in own:
        _ = model.dims[letter]  # raises where it is unknown
    return Output(name, own, read)


def _unknown(name: str, what: Any) -> str:
    return f"output {name}: {what!r} is no handle and no function of the state; see What"


def _named(model: Model, name: str, what: str) -> Output:
    """A family or a parameter by its name."""
    families = {family.name: family for family in model.families().values()}
    found = [table[what] for table in (families, model.parameters) if what in table]
    if not found:
        close = near(what, [*families, *model.parameters])
        raise DeclarationError(f"output {name}: no family or parameter {what!r}; {close}")
    if len(found) > 1:
        kind = type(found[0]).__name__.lower()
        raise DeclarationError(
            f"output {name}: {what!r} is the name of a parameter and of a family ({kind}); give "
            "the handle of the one that is meant"
        )
    return _output(model, name, found[0])


def _of_members(model: Model, name: str, what: Family | Reference[Family]) -> Output:
    """Members of a family, as results find them."""
    families = {family.name: family for family in model.families().values()}
    try:
        asked: Reference[Any] = members(what, families, "family")
    except DeclarationError as error:
        raise DeclarationError(f"output {name}: {error}") from error
    return Output(name, asked.letters, _reading(asked))


def _reading(asked: Reference[Any]) -> Read:
    """What is read of members of a family: price, level, income or value."""
    if isinstance(asked.family, Commodity):
        return lambda state: state.price(asked)
    if isinstance(asked.family, Activity):
        return lambda state: state.level(asked)
    if isinstance(asked.family, Agent):
        return lambda state: state.income(asked)
    return lambda state: state.variable(asked)


def _check_shape(solver: Solver, one: Output) -> None:
    """Trace a function and hold its shape against its letters."""

    def value(unknowns: Any, values: Any) -> Any:
        return jnp.asarray(one.read(solver.state(unknowns, values)), float)

    try:
        found = jax.eval_shape(value, solver.start, solver.base).shape
    except jax.errors.JAXTypeError as error:
        raise DeclarationError(
            f"output {one.name}: its function cannot be compiled; write it with jax.numpy in place "
            f"of numpy and float, without if on numbers ({type(error).__name__})"
        ) from error
    expected = solver.model.dims.shape(one.letters)
    if found != expected:
        raise DeclarationError(
            f"output {one.name}: its function gives shape {found}, over '{one.letters}' it should "
            f"be {expected}; give its letters, ('r i', function), or one number"
        )
