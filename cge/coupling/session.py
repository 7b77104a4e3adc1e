"""A session: one scenario, year by year, with a partner that reads and sets exchange items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from calibration import Assumptions
from cge import path as pathways
from cge.blocks import Refused, Year
from cge.coupling.errors import CouplingError
from cge.coupling.items import Item, item_of
from cge.coupling.labels import labelled, plain
from cge.coupling.units import factor
from cge.equilibrium import Equilibrium
from cge.scenario import Scenario
from cge.setting import Extension

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A state of a session to come back to.

    Attributes:
        year: the year to be solved, None after the last one.
        owner: the session.
        progress: years accepted so far, with all stocks that are carried on.
        given: what partners have set.
        solved: equilibrium of the year, None where it is still to be solved.
    """

    year: int | None
    owner: Session
    progress: pathways.Progress
    given: Mapping[str, Array]
    solved: Equilibrium | None


class Session:
    """A scenario that is solved year by year in exchange with a partner model.

    In every year a partner reads items (``get``), sets others (``set``), solves (``solve_year``),
    as often as it likes, and then moves on (``advance``). What is set holds until it is set again
    or cleared, in later years too. A year is always solved from the years accepted before it, so
    the same settings give the same equilibrium to the last bit, whatever was tried before.

    Arguments:
        scenario: the scenario; its productivity is that of the baseline, also without pools.
        baseline: the solved baseline; run first if none is given.
        limits: how many outputs can be limited at a time. Each adds a price to the model.
        assumptions: assumption tables in the place of those that the scenario names.
        extensions: what declares blocks beside those of M3C.

    Raises:
        sam.DatasetError: the dataset is unknown or lacks drivers for the years.
        calibration.CalibrationError: the base year cannot be calibrated.
        cge.path.BaselineError: the baseline is of another economy, or lacks years.
        cge.path.Interrupted: the baseline has no equilibrium.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        baseline: pathways.Pathway | None = None,
        limits: int = 8,
        assumptions: Assumptions | None = None,
        extensions: Sequence[Extension] = (),
    ) -> None:
        self.scenario = scenario
        self.baseline = baseline or pathways.run(
            scenario.baseline(), assumptions=assumptions, extensions=extensions
        )
        self.setting = pathways.prepare(scenario, assumptions=assumptions, baseline=self.baseline)
        slots = [f"limit {k + 1}" for k in range(limits)]
        self._run = pathways.begin(self.setting, slots=slots, extensions=extensions)
        levers = self._run.compiled.economy.levers
        known = [*map(item_of, self._run.reports), *map(item_of, levers)]
        self.items: dict[str, Item] = {
            item.name: item for item in known if all(map(self.labels, item.dims))
        }
        self._given: dict[str, Array] = {}
        self._solved: Equilibrium | None = None
        self._now: Year | None = None

    # ------------------------------------------------------------------ what there is

    @property
    def year(self) -> int:
        """The year to be solved.

        Raises:
            CouplingError: all years are accepted.
        """
        years = self.setting.years
        if self.finished:
            raise CouplingError(
                f"session of {self.scenario.name!r}: {years[-1]} was the last year and is accepted"
            )
        return years[len(self._run.progress.records)]

    @property
    def finished(self) -> bool:
        """Whether all years are accepted."""
        return len(self._run.progress.records) == len(self.setting.years)

    @property
    def catalogue(self) -> pd.DataFrame:
        """All items: name, dimensions, unit, direction, meaning."""
        rows = [
            (item.name, " ".join(item.dims), item.unit, item.direction, item.meaning)
            for item in self.items.values()
        ]
        return pd.DataFrame(rows, columns=["item", "dims", "unit", "direction", "meaning"])

    def labels(self, dim: str) -> tuple[str, ...]:
        """Labels along a dimension, in the order that items have."""
        if dim not in self.setting.labels:
            known = ", ".join(self.setting.labels)
            raise CouplingError(f"no dimension {dim!r}; known are {known}")
        return self.setting.labels[dim]

    def template(self, name: str) -> xr.DataArray:
        """An item full of NaN with the right labels, to be filled and set."""
        item = self._item(name)
        empty = np.full([len(self.labels(dim)) for dim in item.dims], np.nan)
        return self._labelled(item, empty, item.unit)

    # ------------------------------------------------------------------ exchange

    def get(self, name: str, unit: str | None = None) -> xr.DataArray:
        """Values of an item in the year; of an item to be set, what is in force.

        Arguments:
            name: item.
            unit: unit to convert to, the item's own by default.

        Raises:
            CouplingError: unknown item or unit, or the year is not solved at what has been set.
        """
        item = self._item(name)
        if item.direction == "out" and self._solved is None:
            raise CouplingError(
                f"item {name!r}: {self.year} is not solved with what has been set; "
                "call solve_year first"
            )
        values = np.asarray(item.read(self._moment()))
        into = unit or item.unit
        return self._labelled(item, values * factor(item.unit, into, _where(item)), into)

    def set(self, name: str, value: Any, unit: str | None = None) -> None:
        """Set an item, for this year and until it is set again.

        Arguments:
            name: item with direction ``in``.
            value: labelled array, or nested mappings by the labels of its dimensions.
            unit: unit of the numbers; default: the attribute ``units`` of a labelled array. Only
                an index needs none.

        Raises:
            CouplingError: unknown item or unit, an item that cannot be set, labels that do not
                fit, a unit that is missing or of another kind, or numbers out of range.
        """
        item = self._item(name)
        if item.change is None:
            raise CouplingError(f"item {name!r} is read, not set; {self._listed('in')}")
        numbers = plain(value, item.dims, self.setting.labels, _where(item))
        numbers = numbers * factor(_unit(item, value, unit), item.unit, _where(item))
        self._check_range(item, numbers)
        before = self._given
        self._given = {**before, name: numbers}
        try:
            self._opened()
        except CouplingError:
            self._given = before
            raise
        self._solved = self._now = None

    def clear(self, *names: str) -> None:
        """Let the scenario decide again on some items, or on all."""
        for name in names:
            self._item(name)
        gone = set(names or self._given)
        self._given = {name: value for name, value in self._given.items() if name not in gone}
        self._solved = self._now = None

    # ------------------------------------------------------------------ time

    def solve_year(self) -> Equilibrium:
        """Solve the year with what has been set, without moving on.

        Raises:
            CouplingError: all years are accepted.
            cge.equilibrium.NotSolved: there is no equilibrium; the session stays where it is.
        """
        self._solved = self._now = None
        self._solved = pathways.solve(self._run, self._opened())
        return self._solved

    def advance(self) -> None:
        """Accept the year, solved first if it is not, and move to the next one.

        Raises:
            CouplingError: all years are accepted.
            cge.equilibrium.NotSolved: there is no equilibrium; the session stays where it is.
        """
        equilibrium = self._solved or self.solve_year()
        pathways.accept(self._run, self._opened(), equilibrium)
        self._solved = self._now = None

    def snapshot(self) -> Snapshot:
        """The state of the session, to come back to with ``restore``, any number of times."""
        year = None if self.finished else self.year
        return Snapshot(year, self, self._run.progress, dict(self._given), self._solved)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of this session.

        Raises:
            CouplingError: the snapshot is of another session.
        """
        if snapshot.owner is not self:
            raise CouplingError(
                f"a snapshot of another session ({snapshot.owner.scenario.name!r}) cannot be "
                f"restored in that of {self.scenario.name!r}; take one from this session"
            )
        self._run.progress = snapshot.progress
        self._given, self._solved, self._now = dict(snapshot.given), snapshot.solved, None

    def path(self) -> pathways.Pathway:
        """The path of the years accepted so far."""
        return pathways.finish(self._run)

    def __repr__(self) -> str:
        when = "finished" if self.finished else str(self.year)
        given = ", ".join(self._given) or "nothing"
        return f"Session({self.scenario.name!r}: {when}, {given} set)"

    # ------------------------------------------------------------------ helpers

    def _opened(self) -> Year:
        """The year with the scenario's parameters, changed by all that has been set."""
        at = pathways.opened(self._run, self.year)
        for item in self.items.values():
            if item.name in self._given and item.change is not None:
                try:
                    values = item.change(at, self._given[item.name])
                except Refused as error:
                    raise CouplingError(f"{_where(item)}: {error}") from None
                at = pathways.changed(self._run, at, values)
        return at

    def _moment(self) -> Year:
        """The year as it is, kept until something is set, solved or accepted."""
        if self._now is None:
            at = self._opened()
            self._now = at if self._solved is None else pathways.solved(at, self._solved)
        return self._now

    def _item(self, name: str) -> Item:
        if name not in self.items:
            near = get_close_matches(name, self.items, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise CouplingError(f"unknown item {name!r}; {hint}see Session.catalogue")
        return self.items[name]

    def _listed(self, direction: str) -> str:
        names = [item.name for item in self.items.values() if item.direction == direction]
        return f"items to be set are {', '.join(names)}"

    def _labelled(self, item: Item, values: Array, unit: str) -> xr.DataArray:
        array = labelled(values, item.dims, self.setting.labels, item.name)
        return array.assign_attrs(units=unit, long_name=item.meaning)

    def _check_range(self, item: Item, numbers: Array) -> None:
        wrong = np.isinf(numbers) | (numbers < item.least)
        if not item.open:
            wrong |= np.isnan(numbers)
        if wrong.any():
            at = tuple(int(k) for k in np.argwhere(wrong)[0])
            place = " ".join(self.labels(dim)[k] for dim, k in zip(item.dims, at, strict=True))
            raise CouplingError(
                f"{_where(item)}: {numbers[at]:g} {item.unit} at {place or 'scalar'} is out of "
                f"range; the smallest value is {item.least:g}, and every entry is a finite number"
                + (" or NaN" if item.open else "")
            )


def _where(item: Item) -> str:
    return f"item {item.name!r}"


def _unit(item: Item, value: Any, unit: str | None) -> str:
    """Unit of what is handed over."""
    said = unit or (value.attrs.get("units") if isinstance(value, xr.DataArray) else None)
    if said is None and item.unit != "index":
        raise CouplingError(
            f"{_where(item)}: the numbers have no unit; say unit={item.unit!r} or another one"
        )
    return str(said or item.unit)
