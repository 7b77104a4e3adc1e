"""The contract between a model and all that runs, reports, couples and documents it.

A model is made of *blocks*, one a subject. A block says five things: its parameters in a year, what
it reports, what it carries into the next year, what may be set from outside, and what must balance
in every solved year. Each is said once:
units in files, names in the IAMC summary, items of coupling and tables of the documentation all
follow from the ``Report``; snapshots and resumption from the ``Stock``; what partners may set from
the ``Lever``; what a run asserts of its own years from the ``Check``. Whoever needs more of a model
than this knows too much about it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from cge.equilibrium import State
from cge.language import Parameter
from cge.setting import Setting

Array = npt.NDArray[np.float64]

Values = Mapping[Parameter | str, Any]
"""New values of parameters, by handle; by name for the targets of swaps."""

Owner = TypeVar("Owner")
Found = TypeVar("Found")


@dataclass(frozen=True, eq=False)
class Year:
    """A year of a run: what is given, what is carried into it, and the economy once it is solved.

    Attributes:
        setting: what is given in all years.
        year: calendar year.
        stocks: what is carried into the year, by name.
        values: parameters in force by name, where they differ from the model's own.
        base: parameters of the base year by name, but for products, which follow their factors.
        solved: the economy at the equilibrium, None until it is found.
        known: what has been worked out once for the year (see ``once``).
    """

    setting: Setting
    year: int
    stocks: Mapping[str, Array]
    values: Mapping[str, Array]
    base: Mapping[str, Array]
    solved: State | None = None
    known: dict[Any, Any] = field(default_factory=dict, repr=False)

    @property
    def state(self) -> State:
        """The economy at the equilibrium."""
        assert self.solved is not None, f"{self.year} is not solved"
        return self.solved

    def parameter(self, parameter: Parameter) -> Array:
        """A parameter in force, before closures move it (its letters).

        Raises:
            KeyError: it is a product; read its factors, or the state of a solved year.
        """
        value = self.values.get(parameter.name)
        return self.base[parameter.name] if value is None else value


def once(method: Callable[[Owner, Year], Found]) -> Callable[[Owner, Year], Found]:
    """A method of a year that is worked out once for each year, for several reports to read."""

    @wraps(method)
    def known(owner: Owner, at: Year) -> Found:
        key = (method, owner)
        if key not in at.known:
            at.known[key] = method(owner, at)
        found: Found = at.known[key]
        return found

    return known


@dataclass(frozen=True, eq=False)
class Report:
    """A reported quantity.

    Attributes:
        name: name in results, tables and coupling.
        dims: dimensions beside the year, such as ``"region sector"``.
        unit: unit, in the spelling that ``cge.coupling.units`` reads.
        meaning: what it is, in words.
        of: its values at a solved year (dims).
        iamc: names in the IAMC summary, with semicolons between them; empty: not part of it. What
            bears a name is its sum over all but regions; ``{dimension}``, or ``{dimension:set}``,
            in a name stands for each name of a set of members (``cge/results/iamc.csv``), and a
            minus before a name takes it off. What several reports give to a name is added up.
        total: what regions together have: their ``sum``, their ``mean`` (weighted ``by`` another
            report), the sum of named ``groups`` only and not of the nation, or ``none``.
        by: the report that weights a mean.
    """

    name: str
    dims: str
    unit: str
    meaning: str
    of: Callable[[Year], Any]
    iamc: str = ""
    total: Literal["sum", "mean", "groups", "none"] = "none"
    by: str = ""


@dataclass(frozen=True, eq=False)
class Stock:
    """What is carried from year to year: in snapshots and resumed runs, and in results if reported.

    Attributes:
        name: name of the stock.
        dims: dimensions.
        unit: unit.
        first: its value in the first year.
        next: its value in the year after a solved one.
    """

    name: str
    dims: str
    unit: str
    first: Callable[[Setting], Array]
    next: Callable[[Year], Array]


@dataclass(frozen=True, eq=False)
class Check:
    """A balance that must hold in every solved year.

    Attributes:
        name: what is balanced; parts of one account may share a name.
        dims: dimensions of the places where it is looked at.
        meaning: what must equal what, in words.
        of: how far it is missed at a solved year, relative to what is balanced (dims).
    """

    name: str
    dims: str
    meaning: str
    of: Callable[[Year], Any]


@dataclass(frozen=True, eq=False)
class Lever:
    """Something that may be set from outside, by a partner.

    Attributes:
        name: name of the lever.
        dims: dimensions.
        unit: unit in which ``read`` and ``change`` count.
        meaning: what it is, in words.
        read: what is in force (dims); ``Refused`` where only a solved year tells.
        change: parameters that a value sets; several levers on one parameter take effect in the
            order in which the model lists them, each on what the one before has set.
        least: smallest value allowed.
        open: whether an entry may be NaN: nothing is set there, the scenario decides.
        unlimited: whether an entry may be infinite: no limit holds there.
    """

    name: str
    dims: str
    unit: str
    meaning: str
    read: Callable[[Year], Array]
    change: Callable[[Year, Array], Values]
    least: float = -np.inf
    open: bool = False
    unlimited: bool = False


def parameter_lever(
    name: str, dims: str, unit: str, meaning: str, parameter: Parameter, least: float
) -> Lever:
    """A lever that is a parameter as it stands: what is set is what the model reads."""
    return Lever(
        name,
        dims,
        unit,
        meaning,
        lambda at: at.parameter(parameter),
        lambda at, value: {parameter: value},
        least,
    )


class Refused(ValueError):
    """What a lever cannot take, or cannot tell yet: says where, why, and what to do."""


class Block(Protocol):
    """One subject of a model; a block leaves out what it has none of."""

    def parameters(self, at: Year) -> Values:
        """Parameters of a year that differ from the base year's."""
        return {}

    def reports(self) -> Sequence[Report]:
        """What the block reports."""
        return ()

    def stocks(self) -> Sequence[Stock]:
        """What the block carries into the next year."""
        return ()

    def levers(self) -> Sequence[Lever]:
        """What may be set from outside."""
        return ()

    def checks(self) -> Sequence[Check]:
        """What must balance in every solved year."""
        return ()
