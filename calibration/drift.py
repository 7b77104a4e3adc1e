r"""Drift: how what users need of goods changes while the economy grows.

``data/drift.csv`` gives factors relative to the base year, log-linear between given years and
constant outside them: ``material`` of the goods that a unit of a user's output takes (minerals of a
building, steel of a machine), ``investment`` and ``government`` of the composition of their
purchases. Without a user, a factor holds for all users that are not named.

Materials saved are no gift: ``kept`` says which share of their worth is spent on another good
instead (installations and equipment, design), so that a constant output still costs about the same.
What the shares leave is technical progress.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from calibration.courses import Course, courses
from calibration.errors import AssumptionError
from calibration.tables import Row, Table, check_sector, known_sectors, source_of, table_rows

Array = npt.NDArray[np.float64]


class DriftRow(Row):
    """A factor relative to the base year; of ``kept``, a share of the worth of what is saved."""

    item: Literal["material", "investment", "government", "kept"]
    good: str = Field(min_length=1)
    user: str = ""
    year: int = Field(ge=1900, le=2200)
    value: float = Field(gt=0.0, allow_inf_nan=False)

    def replaces(self, other: Self) -> bool:
        """A path is replaced as a whole, whatever its years; without a user, those of all users."""
        same = (self.item, self.good) == (other.item, other.good)
        return same and self.user in ("", other.user)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.user and self.item != "material":
            raise ValueError(f"{self.item} has no users; leave {self.user!r} out")
        return self


@dataclass(frozen=True)
class Drift:
    """Factors relative to the base year.

    Attributes:
        rows: factors with their sources.
        source: file they come from, for messages.

    Raises:
        AssumptionError: more is kept than is saved.
    """

    rows: tuple[DriftRow, ...]
    source: str = field(default="drift", compare=False)

    def __post_init__(self) -> None:
        goods = sorted({row.good for row in self.rows if row.item == "kept"})
        for year in sorted({row.year for row in self.rows if row.item == "kept"}):
            kept = sum(self._courses["kept", good, ""].geometric(year) for good in goods)
            if kept > 1.0 + 1e-9:
                raise AssumptionError(
                    f"{self.source}: in {year} the shares of 'kept' sum to {kept:g}, more than the "
                    "worth of what is saved; lower them to 1 in all"
                )

    def materials(self, goods: Sequence[str], users: Sequence[str], year: int) -> Array:
        """Factors of what a unit of output takes (good, user), one where nothing is said."""
        found = np.ones((len(goods), len(users)))
        for g, good in enumerate(goods):
            found[g] = self._factor("material", good, "", year)
            for u, user in enumerate(users):
                if ("material", good, user) in self._courses:
                    found[g, u] = self._factor("material", good, user, year)
        return found

    def basket(self, item: str, goods: Sequence[str], year: int) -> Array:
        """Factors of the composition of ``investment`` or ``government`` (good)."""
        return np.array([self._factor(item, good, "", year) for good in goods])

    def kept(self, goods: Sequence[str], year: int) -> Array:
        """Share of the worth of materials saved that is spent on each good (good)."""
        mine = [self._courses.get(("kept", good, "")) for good in goods]
        return np.array([course.geometric(year) if course else 0.0 for course in mine])

    def _factor(self, item: str, good: str, user: str, year: int) -> float:
        course = self._courses.get((item, good, user))
        return course.geometric(year) if course else 1.0

    @cached_property
    def _courses(self) -> Mapping[tuple[Any, ...], Course]:
        """Factors over the years by item, good and user."""
        return courses((r.item, r.good, r.user, r.year, r.value) for r in self.rows)


def load_drift(
    path: Table | None = None, *, sectors: Iterable[str] = (), whole: bool = False
) -> Drift:
    """Read the factors of drift.

    Arguments:
        path: CSV with the columns of ``data/drift.csv``; none: the table of the project.
        sectors: sector codes of a dataset beyond the 40 of this project.
        whole: the file is the whole table; else its rows are laid over those of the project.

    Raises:
        AssumptionError: a factor is not positive, an item or a sector is unknown, a row is given
            twice, or more is kept than is saved.
    """
    known = known_sectors(sectors)

    def check(row: DriftRow) -> None:
        for sector in filter(None, (row.good, row.user)):
            check_sector(sector, known)

    rows = table_rows("drift", path, DriftRow, AssumptionError, check, whole=whole)
    return Drift(rows, source_of("drift", path))
