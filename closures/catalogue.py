"""Closures by name: what a scenario may choose of each kind.

A model says what a name means for it (for M3C: ``cge.m3c.closures``). The first name of a kind is
its default.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from closures.errors import ClosureError


@dataclass(frozen=True)
class Named:
    """A closure by name.

    Attributes:
        kind: what it is about, such as ``labour``.
        name: name within the kind.
        meaning: who adjusts, in words.
    """

    kind: str
    name: str
    meaning: str


_CATALOGUE: dict[tuple[str, str], Named] = {}


def offer(kind: str, name: str, meaning: str) -> Named:
    """Add a closure to the catalogue.

    Raises:
        ClosureError: there is one of that kind and name.
    """
    if (kind, name) in _CATALOGUE:
        raise ClosureError(f"closure {name!r} of {kind} is offered twice; choose another name")
    _CATALOGUE[kind, name] = Named(kind, name, meaning)
    return _CATALOGUE[kind, name]


def withdraw(named: Named) -> None:
    """Take a closure out of the catalogue."""
    del _CATALOGUE[named.kind, named.name]


def catalogue() -> tuple[Named, ...]:
    """All closures, those of a kind in the order in which they were offered."""
    return tuple(_CATALOGUE.values())


def names(kind: str) -> tuple[str, ...]:
    """Names of a kind, the default first."""
    return tuple(named.name for named in _CATALOGUE.values() if named.kind == kind)


def find(kind: str, name: str) -> Named:
    """A closure by kind and name.

    Raises:
        ClosureError: there is none; names the nearest and all known ones.
    """
    if (kind, name) not in _CATALOGUE:
        near = get_close_matches(name, names(kind), n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ClosureError(f"no closure {name!r} of {kind}; {hint}known: {', '.join(names(kind))}")
    return _CATALOGUE[kind, name]


FULL_EMPLOYMENT = offer("labour", "full_employment", "all are employed at a flexible wage")
FIXED_REAL_WAGE = offer(
    "labour", "fixed_real_wage", "the real wage has a floor, below which there is unemployment"
)
SAVING_DRIVEN = offer("investment", "saving_driven", "investment is what is saved")
INVESTMENT_DRIVEN = offer(
    "investment", "investment_driven", "real investment is given and saving rates adjust"
)
FIXED_FOREIGN_SAVING = offer(
    "external", "fixed_foreign_saving", "foreign saving is given and the exchange rate moves"
)
FIXED_EXCHANGE_RATE = offer(
    "external", "fixed_exchange_rate", "the real exchange rate is given and foreign saving moves"
)
SPECIFIC_CAPITAL = offer(
    "capital", "specific", "capital stays in its sector within the year and moves by investment"
)
MOBILE_CAPITAL = offer(
    "capital", "mobile", "capital moves between sectors within the year until all earn the same"
)
