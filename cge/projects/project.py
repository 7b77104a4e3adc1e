"""A project: what is built where and when, of what, what it takes to run, what CO2 it averts.

A project is a YAML file; those that ship with the program are in ``shipped``. Every number has its
source and its quality, and may be a range; money is in 1e8 CNY at 2020 prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator

from calibration.errors import unknown
from calibration.tables import Quality
from cge.scenario.document import Document, read_document
from cge.scenario.errors import ScenarioError, place
from cge.scenario.values import Strict, Year, by_importance
from sam.paths import why_unreadable

SHIPPED = Path(__file__).parent / "shipped"

End = Literal["low", "middle", "high"]
"""Which end of its ranges a project is taken at."""

ROUNDING = 1e-6
"""How far shares may be from one in all."""

Amount = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]


class ProjectError(ValueError):
    """A project cannot be read, contradicts itself, or does not fit the economy."""


class Sourced(Strict):
    """What is said of a project, with where it comes from.

    Attributes:
        source: who says so.
        quality: as printed, so printed but typed from memory, computed from what is printed, or our
            judgement.
    """

    source: Annotated[str, Field(min_length=1)]
    quality: Quality


class Range(Sourced):
    """A number, as its range.

    Attributes:
        low, high: ends of the range; equal where there is one number.
    """

    low: Amount
    high: Amount

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.low > self.high:
            raise ValueError(f"low {self.low:g} exceeds high {self.high:g}; exchange them")
        return self

    def at(self, end: End) -> float:
        """The number at an end of the range, or in its middle."""
        return {"low": self.low, "middle": 0.5 * (self.low + self.high), "high": self.high}[end]


class Parts(Sourced):
    """Parts of a whole, at most one in all.

    Attributes:
        shares: parts by code of region or sector.
    """

    shares: Annotated[dict[str, Annotated[float, Field(gt=0.0, le=1.0)]], Field(min_length=1)]

    @model_validator(mode="after")
    def _check_most(self) -> Self:
        total = sum(self.shares.values())
        if total > 1.0 + ROUNDING:
            raise ValueError(f"shares are {total:g} in all; let them be at most 1")
        return self


class Shares(Parts):
    """Parts that make up the whole."""

    @model_validator(mode="after")
    def _check_all(self) -> Self:
        total = sum(self.shares.values())
        if total < 1.0 - ROUNDING:
            raise ValueError(f"shares are {total:g} in all; let them be 1")
        return self


class Span(Sourced):
    """Years of construction, the amount spread evenly over them.

    Attributes:
        first: the first of them.
        last: the last of them.
    """

    first: Year
    last: Year

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.first > self.last:
            raise ValueError(f"first year {self.first} is after the last, {self.last}")
        return self


class Operation(Strict):
    """What running takes, paid by the government of the province from the year after construction.

    Attributes:
        cost: 1e8 CNY a year.
        basket: goods that are bought.
    """

    cost: Range
    basket: Shares


class Plants(Strict):
    """Plants of generation, evenly over the years of construction.

    They stand from the year after they are built, like all plants of their technology: running them
    takes what running those takes, and what they sell and displace is found by the economy.

    Attributes:
        technology: their technology.
        gw: GW in all.
    """

    technology: Annotated[str, Field(min_length=1)]
    gw: Range


class Abatement(Strict):
    """CO2 that the project averts once it is built.

    Attributes:
        tons: Mt a year, at the economy's emissions without the project.
        first: first year in which it averts them all.
        sectors: sectors that emit so much less; none: it is taken up outside of the economy.
    """

    tons: Range
    first: Year
    sectors: Shares | None = None


class Claims(Strict):
    """What its authors expect of it.

    Attributes:
        gdp: GDP that it stimulates, 1e8 CNY.
        output: output of industries that it stimulates, 1e8 CNY.
        jobs: jobs that it creates, thousand.
        tons: CO2 that it averts, Mt a year, where this is not what it is told to avert.
    """

    gdp: Range | None = None
    output: Range | None = None
    jobs: Range | None = None
    tons: Range | None = None


class Project(Strict):
    """A programme of investment.

    Attributes:
        name: short name.
        title: its name in English (``en``) and Chinese (``zh``).
        amount: investment in all, 1e8 CNY at 2020 prices.
        years: years of construction.
        provinces: where it is built, by region.
        basket: goods that it is built of, by sector.
        capital: sectors whose capital part of it becomes, as shares of the amount; the rest is
            equipment that yields nothing but abatement, or plants.
        plants: plants of generation that are built.
        operation: what running it takes, plants apart.
        abatement: CO2 that it averts.
        claims: what its authors expect.
    """

    name: Annotated[str, Field(min_length=1, max_length=60)]
    title: dict[Literal["en", "zh"], str]
    amount: Range
    years: Span
    provinces: Shares
    basket: Shares
    capital: Parts | None = None
    plants: Plants | None = None
    operation: Operation | None = None
    abatement: Abatement | None = None
    claims: Claims = Claims()

    def check(self, labels: Mapping[str, tuple[str, ...]], energy: tuple[str, ...]) -> None:
        """Assert that regions, sectors and technologies are those of an economy.

        Arguments:
            labels: regions, sectors and technologies by dimension.
            energy: sectors that are energy, which accounts know by user and no project buys.

        Raises:
            ProjectError: names what is unknown and the nearest name, or the energy that is bought.
        """
        parts = {
            "provinces": (self.provinces.shares, "region"),
            "basket": (self.basket.shares, "sector"),
            "capital": (self.capital.shares if self.capital else {}, "sector"),
        }
        bought = set(self.basket.shares)
        if self.operation is not None:
            parts["operation.basket"] = (self.operation.basket.shares, "sector")
            bought |= set(self.operation.basket.shares)
        if self.abatement is not None and self.abatement.sectors is not None:
            parts["abatement.sectors"] = (self.abatement.sectors.shares, "sector")
        if self.plants is not None:
            parts["plants"] = ({self.plants.technology: 1.0}, "technology")
        for where, (shares, dim) in parts.items():
            for code in shares:
                if code not in labels[dim]:
                    text = unknown(dim, code, labels[dim])
                    raise ProjectError(f"project {self.name!r}, {where}: {text}")
        if wrong := sorted(bought & set(energy)):
            raise ProjectError(
                f"project {self.name!r} buys energy ({', '.join(wrong)}), which accounts of energy "
                "know by user; buy other goods, and say what it averts net of its own energy"
            )


def available_projects() -> tuple[str, ...]:
    """Names of the projects that ship with the package."""
    return tuple(sorted(file.stem for file in SHIPPED.glob("*.yaml")))


def load_project(source: str | Path) -> Project:
    """Read a project.

    Arguments:
        source: one of ``available_projects()``, or a YAML file.

    Raises:
        ProjectError: there is no such project, or it says something wrong; names file and line.
    """
    try:
        document = read_document(_find(source))
    except ScenarioError as error:
        raise ProjectError(str(error).replace("scenario ", "project ", 1)) from None
    try:
        return Project.model_validate(document.content)
    except ValidationError as error:
        raise ProjectError(_explained(document, error)) from None


def _find(source: str | Path) -> Path:
    if str(source) in available_projects():
        return SHIPPED / f"{source}.yaml"
    file = Path(source)
    if file.suffix and not (why := why_unreadable(file)):
        return file
    if file.suffix:
        raise ProjectError(f"project {file}: {why}")
    names = unknown("project", source, available_projects())
    raise ProjectError(f"{names}; a path must be a YAML file")


def _explained(document: Document, error: ValidationError) -> str:
    """The first error as a sentence with its line."""
    first, *others = by_importance(error)
    keys = first["loc"]
    text = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        text = f"unknown key {keys[-1]!r}; remove it, or see the shipped projects for the right one"
    elif first["type"] == "missing":
        text = f"key {keys[-1]!r} is missing; add it"
    file, line = document.place(keys)
    where = f"project {file}, line {line}, {place(keys)}"
    return f"{where}: {text}" + (f" (and {len(others)} more in this file)" if others else "")
