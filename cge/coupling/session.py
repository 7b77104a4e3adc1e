"""A session: one scenario, year by year, with a partner that reads and sets exchange items."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from cge import dynamics
from cge.coupling.errors import CouplingError
from cge.coupling.inputs import inputs, no_limits
from cge.coupling.items import Item, Moment
from cge.coupling.labels import labelled, plain
from cge.coupling.outputs import outputs
from cge.coupling.units import factor
from cge.equilibrium import Equilibrium
from cge.scenario import Scenario

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A state of a session to come back to.

    Attributes:
        year: the year to be solved, None after the last one.
        owner: the session.
        records, solves, last, capital: years accepted so far.
        given: what partners have set.
        solved: equilibrium of the year, None where it is still to be solved.
    """

    year: int | None
    owner: Session
    records: Mapping[int, dict[str, Array]]
    solves: list[dict[str, Any]]
    last: list[Equilibrium]
    capital: Array
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

    Raises:
        sam.DatasetError: the dataset is unknown or lacks drivers for the years.
        calibration.CalibrationError: the base year cannot be calibrated.
        cge.dynamics.Interrupted: the baseline has no equilibrium.
    """

    def __init__(
        self, scenario: Scenario, *, baseline: dynamics.Path | None = None, limits: int = 8
    ) -> None:
        self.scenario = scenario
        self.baseline = baseline or dynamics.run(scenario.baseline())
        self.setting = dynamics.prepare(scenario)
        slots = [f"limit {k + 1}" for k in range(limits)]
        self._run = dynamics.begin(self.setting, self.baseline, slots)
        names = dynamics.reported(self._run, self._run.solver.benchmark)
        known = [i for i in [*outputs(names), *inputs()] if all(map(self.labels, i.dims))]
        self.items: dict[str, Item] = {item.name: item for item in known}
        self._given: dict[str, Array] = {}
        self._solved: Equilibrium | None = None
        self._now: Moment | None = None

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
        return years[len(self._run.records)]

    @property
    def finished(self) -> bool:
        """Whether all years are accepted."""
        return len(self._run.records) == len(self.setting.years)

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
        values = item.read(self._moment())
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
            self._parameters()
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
        self._solved = dynamics.solve(self._run, self._parameters())
        return self._solved

    def advance(self) -> None:
        """Accept the year, solved first if it is not, and move to the next one.

        Raises:
            CouplingError: all years are accepted.
            cge.equilibrium.NotSolved: there is no equilibrium; the session stays where it is.
        """
        year = self.year
        dynamics.accept(self._run, year, self._solved or self.solve_year())
        self._solved = self._now = None

    def snapshot(self) -> Snapshot:
        """The state of the session, to come back to with ``restore``, any number of times."""
        run = self._run
        return Snapshot(
            None if self.finished else self.year, self, dict(run.records), list(run.solves),
            list(run.last), run.capital, dict(self._given), self._solved,
        )  # fmt: skip

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
        run = self._run
        run.records, run.solves = dict(snapshot.records), list(snapshot.solves)
        run.last, run.capital = list(snapshot.last), snapshot.capital
        self._given, self._solved, self._now = dict(snapshot.given), snapshot.solved, None

    def path(self) -> dynamics.Path:
        """The path of the years accepted so far."""
        return dynamics.finish(self._run, self.baseline)

    def __repr__(self) -> str:
        when = "finished" if self.finished else str(self.year)
        given = ", ".join(self._given) or "nothing"
        return f"Session({self.scenario.name!r}: {when}, {given} set)"

    # ------------------------------------------------------------------ helpers

    def _parameters(self) -> dict[str, Any]:
        """Parameters of the year: those of the scenario, changed by all that has been set."""
        values = dynamics.parameters(self._run, self.year)
        values |= no_limits(Moment(self._run, self.year, values))
        for item in self.items.values():
            if item.name in self._given and item.change is not None:
                moment = Moment(self._run, self.year, values)
                values |= item.change(moment, self._given[item.name])
        return values

    def _moment(self) -> Moment:
        """The year as it is, kept until something is set, solved or accepted."""
        if self._now is None:
            self._now = Moment(self._run, self.year, self._parameters(), self._solved)
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
