r"""Substitutes of fuels: what else can render the service of a fuel, and what that takes.

``data/substitutes.csv`` lists, by user and fuel, the devices that can take over: heat pumps,
electric furnaces and boilers, vehicles, arc furnaces with scrap, hydrogen. A substitute named after
a fuel burns that fuel, every other one uses electricity. Per substitute the table gives

* ``energy``: GJ of its own energy for a GJ of the fuel it replaces, the ratio of the efficiencies
  with which the two become useful energy (of hydrogen, the losses of making it included);
* ``device``: yuan per GJ of fuel replaced that its devices cost more than those of the fuel;
* ``potential``: share of what the fuel did in the base year that it can take over at all.

``data/energy_use.csv`` says of a user what all its fuels have in common: the ``life`` of devices in
years, the exponent ``logit`` with which choice follows cost, the ``price`` of each energy in the
base year, yuan per GJ, and which share of a dataset's ``energy_efficiency`` of a year it has
without changing devices (``saving``): nothing where carbon is a reagent.

Between given years values are linear, outside them constant. A user is a sector, a household, or a
group of them (``GROUPS``). What is said of a sector's or household's fuel holds instead of what is
said of that fuel for its group.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from calibration.courses import Course, courses
from calibration.errors import AssumptionError, unknown
from calibration.tables import Row, Table, known_sectors, source_of, table_rows
from sam.accounts import HOUSEHOLDS

Array = npt.NDArray[np.float64]

GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "power": ("ELE",),
    "services": (
        "TRD", "HOT", "INF", "FIN", "REA", "BUS", "SCI", "ENV", "EDU", "HEA", "PUB", "WAT",
    ),
    "households": HOUSEHOLDS,
}  # fmt: skip
"""Users by group."""

_GROUP: Final = {user: name for name, users in GROUPS.items() for user in users}

REST: Final = "industry"
"""The group of all other users."""

ELECTRICITY: Final = "electricity"
"""What electricity is called in the tables, whatever sector makes it."""

HYDROGEN: Final = "hydrogen"
"""The substitute that is made of electricity."""


class SubstituteRow(Row):
    """A number of a substitute in a year."""

    user: str = Field(min_length=1)
    fuel: str = Field(min_length=1)
    substitute: str = Field(min_length=1, pattern=r"^\w+$")
    item: Literal["energy", "device", "potential"]
    year: int = Field(ge=1900, le=2200)
    value: float = Field(ge=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A path is replaced as a whole, whatever its years."""
        keys = ("user", "fuel", "substitute", "item")
        return all(getattr(self, key) == getattr(other, key) for key in keys)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.substitute == self.fuel:
            raise ValueError(f"{self.fuel} cannot replace itself; name another substitute")
        if self.item == "potential" and self.value > 1.0:
            raise ValueError("a potential is a share of what the fuel did; give at most 1")
        if self.item == "energy" and self.value == 0.0:
            raise ValueError("a substitute needs energy; give GJ per GJ of fuel replaced")
        return self


class EnergyUseRow(Row):
    """What all devices of a user have in common."""

    item: Literal["life", "logit", "price", "saving"]
    user: str = ""
    energy: str = ""
    year: int = Field(ge=1900, le=2200)
    value: float = Field(ge=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A path is replaced as a whole, whatever its years."""
        keys = ("item", "user", "energy")
        return all(getattr(self, key) == getattr(other, key) for key in keys)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.item in ("life", "logit") and self.energy:
            raise ValueError(f"{self.item} is that of a user; leave {self.energy!r} out")
        if self.item == "price" and not self.energy:
            raise ValueError("name the energy that has the price")
        if self.item in ("life", "price") and self.value == 0.0:
            raise ValueError(f"{self.item} must be positive")
        return self


@dataclass(frozen=True)
class Substitutes:
    """What can take the place of fuels.

    Attributes:
        rows: numbers of substitutes with their sources.
        uses: numbers of users with their sources.
        source: file of the rows, for messages.

    Raises:
        AssumptionError: the substitutes of a fuel can take over more than it does, or one lacks a
            number.
    """

    rows: tuple[SubstituteRow, ...]
    uses: tuple[EnergyUseRow, ...]
    source: str = field(default="substitutes", compare=False)

    def __post_init__(self) -> None:
        for user, fuel in self._told:
            mine = [row for row in self.rows if (row.user, row.fuel) == (user, fuel)]
            names = dict.fromkeys(row.substitute for row in mine)
            self._check_whole(mine, f"{user} {fuel}")
            for year in sorted({row.year for row in mine}):
                keys = [(user, fuel, name, "potential") for name in names]
                total = sum(self._paths[key].at(year) for key in keys)
                if total > 1.0 + 1e-9:
                    raise AssumptionError(
                        f"{self.source}: in {year} substitutes take over {total:g} of {fuel} of "
                        f"{user}; lower their potentials to 1 in all"
                    )

    def _check_whole(self, mine: Sequence[SubstituteRow], where: str) -> None:
        for name in dict.fromkeys(row.substitute for row in mine):
            given = {row.item for row in mine if row.substitute == name}
            if missing := sorted({"energy", "device", "potential"} - given):
                raise AssumptionError(
                    f"{self.source}: {where}, {name}: has no {', '.join(missing)}; add a row"
                )

    def switches(self, fuels: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Pairs of a fuel and a substitute, those of absent fuels left out."""
        names = dict.fromkeys((row.fuel, row.substitute) for row in self.rows)
        absent = {fuel for fuel, _ in names} - set(fuels)
        return tuple(sorted((f, s) for f, s in names if f in fuels and s not in absent))

    def numbers(
        self, item: str, users: Sequence[str], switches: Sequence[tuple[str, str]], year: int
    ) -> Array:
        """``energy``, ``device`` or ``potential`` in a year (user, switch).

        Zero where a user has no such substitute, of ``energy`` one.
        """
        key = (item, tuple(users), tuple(switches), year)
        if key not in self._found:
            self._found[key] = self._numbers(*key)
        return self._found[key]

    def _numbers(
        self, item: str, users: Sequence[str], switches: Sequence[tuple[str, str]], year: int
    ) -> Array:
        found = np.full((len(users), len(switches)), 1.0 if item == "energy" else 0.0)
        for u, user in enumerate(users):
            for s, (fuel, substitute) in enumerate(switches):
                name = user if (user, fuel) in self._told else group_of(user)
                if course := self._paths.get((name, fuel, substitute, item)):
                    found[u, s] = course.at(year)
        found.setflags(write=False)  # it is handed out again
        return found

    def of_users(
        self, item: str, users: Sequence[str], year: int, energies: Sequence[str] = ("",)
    ) -> Array:
        """``life``, ``logit``, ``price`` or ``saving`` in a year (user, energy).

        Raises:
            AssumptionError: nothing is said of a user; names the row to add.
        """
        return np.array([[self._use(item, u, e).at(year) for e in energies] for u in users])

    def _use(self, item: str, user: str, energy: str) -> Course:
        for name in (user, group_of(user), ""):
            for kind in dict.fromkeys((energy, "")):
                if course := self._uses.get((item, name, kind)):
                    return course
        where = f"{item} of {user}" + (f" for {energy}" if energy else "")
        raise AssumptionError(f"energy_use: nothing is said of {where}; add a row to the table")

    @cached_property
    def _found(self) -> dict[tuple[Any, ...], Array]:
        """What ``numbers`` has been asked for."""
        return {}

    @cached_property
    def _told(self) -> Mapping[tuple[str, str], None]:
        """Users and fuels of which something is said."""
        return dict.fromkeys((row.user, row.fuel) for row in self.rows)

    @cached_property
    def _paths(self) -> Mapping[tuple[Any, ...], Course]:
        """Values over the years by user, fuel, substitute and item."""
        return courses((r.user, r.fuel, r.substitute, r.item, r.year, r.value) for r in self.rows)

    @cached_property
    def _uses(self) -> Mapping[tuple[Any, ...], Course]:
        """Values over the years by item, user and energy."""
        return courses((r.item, r.user, r.energy, r.year, r.value) for r in self.uses)


def group_of(user: str) -> str:
    """The group of a sector or household."""
    return _GROUP.get(user, REST)


def load_substitutes(
    path: Table | None = None,
    uses: Table | None = None,
    *,
    sectors: Iterable[str] = (),
    whole: bool = False,
) -> Substitutes:
    """Read what can take the place of fuels.

    Arguments:
        path: CSV with the columns of ``data/substitutes.csv``; none: the table of the project.
        uses: the same of ``data/energy_use.csv``.
        sectors: sector codes of a dataset beyond the 40 of this project.
        whole: the files are whole tables; else their rows are laid over those of the project.

    Raises:
        AssumptionError: a user is unknown, a number out of range, a row given twice, or potentials
            exceed what a fuel does.
    """
    known = (*sorted(known_sectors(sectors)), *HOUSEHOLDS, *GROUPS, REST)

    def check(row: SubstituteRow | EnergyUseRow) -> None:
        if row.user and row.user not in known:
            raise ValueError(unknown("user", row.user, known))

    rows = table_rows("substitutes", path, SubstituteRow, AssumptionError, check, whole=whole)
    told = table_rows("energy_use", uses, EnergyUseRow, AssumptionError, check, whole=whole)
    return Substitutes(rows, told, source_of("substitutes", path))
