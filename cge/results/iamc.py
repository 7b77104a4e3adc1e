"""Names and units of the Integrated Assessment Modeling Consortium (IAMC).

They are those of github.com/IAMconsortium/common-definitions wherever a variable is defined there.
The name of a ``Report`` says of which members it is the sum (``cge.blocks.Report.iamc``), the sets
of members are in ``iamc.csv``. Energy is counted in EJ and money in US dollars of 2010, by

    billion USD_2010 = 1e8 CNY_2020 / 10 / 6.8976 * 0.9186 / 1.0869 ,

the mean rate of exchange of 2020 and the deflator of the gross domestic product of the USA.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
import numpy.typing as npt

DUST: Final = 1e-6
"""What is smaller than this in the unit of its report (a ton, 100 yuan, a MWh) counts as nothing:
it is the tolerance of a solve, and no result."""

Array = npt.NDArray[np.float64]

YUAN_PER_DOLLAR: Final = 6.8976
"""Mean of 2020 (China Statistical Yearbook 2021, table 18-1; recalled)."""

DEFLATOR: Final = 0.9186 / 1.0869
"""Dollars of 2010 per dollar of 2020 (World Bank, NY.GDP.DEFL.ZS, USA, 2023; recalled)."""

_DOLLARS: Final = DEFLATOR / YUAN_PER_DOLLAR

UNITS: Final[Mapping[str, tuple[str, float]]] = {
    "TWh": ("EJ/yr", 3.6e-3),
    "PJ": ("EJ/yr", 1e-3),
    "Mtce": ("EJ/yr", 29.3076e-3),
    "Mt CO2": ("Mt CO2/yr", 1.0),
    "Mt": ("Mt/yr", 1.0),
    "GW": ("GW", 1.0),
    "GW/yr": ("GW/yr", 1.0),
    "million": ("million", 1.0),
    "million person": ("million", 1.0),
}
"""Unit in the summary, and how many of it one of a report is, by the unit of the report."""

MONEY: Final[Mapping[str, tuple[str, float]]] = {
    "1e8 CNY": ("billion {}/yr", 0.1),
    "CNY/t": ("{}/t CO2", 1.0),
    "CNY/MWh": ("{}/GJ", 1.0 / 3.6),
}
"""The same of money, in yuan where braces stand."""


def unit_of(unit: str, base_year: int) -> tuple[str, float]:
    """Unit in the summary, and what a value of a report is multiplied by.

    Money of other years than 2020 stays in yuan, whose worth in dollars is not known here.

    Arguments:
        unit: unit of a report.
        base_year: year whose prices money is at.

    Raises:
        KeyError: no unit of the summary is known for it.
    """
    if unit in UNITS:
        return UNITS[unit]
    if unit not in MONEY:
        raise KeyError(f"no unit of the summary for {unit!r}; add it to cge.results.iamc.UNITS")
    text, factor = MONEY[unit]
    if base_year == 2020:
        return text.format("USD_2010"), factor * _DOLLARS
    return text.format(f"CNY_{base_year}"), factor


@dataclass(frozen=True)
class Named:
    """A variable of the summary that a report is part of.

    Attributes:
        variable: its name.
        members: labels that count, by dimension; all of them where none are named.
        sign: one, or minus one where the report is taken off.
    """

    variable: str
    members: Mapping[str, tuple[str, ...]]
    sign: float


def named(iamc: str, labels: Mapping[str, Sequence[str]]) -> Iterator[Named]:
    """Variables of the summary that a report is part of.

    Arguments:
        iamc: names, as ``Report.iamc`` has them.
        labels: labels that the report has, by dimension; names of members that it has none of are
            left out.

    Raises:
        ValueError: a set is unknown, or is of another dimension.
    """
    for entry in filter(None, re.split(r";\s*", iamc)):
        sign = -1.0 if entry.startswith("-") else 1.0
        yield from _expanded(Named(entry.removeprefix("-"), {}, sign), labels)


def _expanded(one: Named, labels: Mapping[str, Sequence[str]]) -> Iterator[Named]:
    """A name with each name of a set in the place of its first braces, and so on."""
    found = re.search(r"\{(\w+)(?::(\w+))?\}", one.variable)
    if found is None:
        yield one
        return
    dimension, name = found[1], found[2] or found[1]
    for text, members in _members(dimension, name, tuple(labels[dimension])).items():
        variable = one.variable.replace(found[0], text, 1)
        yield from _expanded(Named(variable, {**one.members, dimension: members}, one.sign), labels)


@cache
def sets() -> dict[str, tuple[str, dict[str, tuple[str, ...]]]]:
    """Sets of members: the dimension, and what each name stands for."""
    text = resources.files("cge.results").joinpath("iamc.csv").read_text("utf-8")
    found: dict[str, tuple[str, dict[str, tuple[str, ...]]]] = {}
    for row in csv.DictReader(line for line in text.splitlines() if not line.startswith("#")):
        _, members = found.setdefault(row["set"], (row["dimension"], {}))
        members[row["name"]] = tuple(row["members"].split())
    return found


def _members(dimension: str, name: str, labels: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Labels that each name of a set stands for, where there are some."""
    if name not in sets() or sets()[name][0] != dimension:
        known = [each for each, (dim, _) in sets().items() if dim == dimension]
        raise ValueError(
            f"iamc.csv has no set {name!r} of {dimension}; known are {', '.join(known) or 'none'}"
        )
    members = sets()[name][1]
    told = {label for each in members.values() for label in each}
    found = {
        text: tuple(
            label for label in labels if label in each or ("*" in each and label not in told)
        )
        for text, each in members.items()
    }
    return {text: each for text, each in found.items() if each}


def without_dust(values: Array) -> Array:
    """What a solver leaves of nothing is nothing."""
    return np.where(np.abs(values) < DUST, 0.0, values)
