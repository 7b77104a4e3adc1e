"""A session: one scenario, year by year, with a partner that reads and sets exchange items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from calibration import Assumptions
from cge import path as pathways
from cge.blocks import Refused, Values, Year
from cge.coupling.errors import CouplingError, Missing
from cge.coupling.items import Exchange, Item, items_of, table
from cge.coupling.labels import labelled
from cge.coupling.units import factor
from cge.coupling.values import nothing, said, some, whole
from cge.equilibrium import Equilibrium
from cge.scenario import Scenario
from cge.setting import Extension

Array = npt.NDArray[np.float64]

LIMITED = ("output_limit", "output_limit_price")
"""Items that only sessions with slots for limits on output have."""


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A state of a session to come back to.

    Attributes:
        year: the year to be solved, None after the last one.
        owner: the session.
        progress: years accepted so far, with all stocks that are carried on.
        given: what partners have set, NaN where the scenario decides.
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
    or cleared, in later years too; entries that are not set are left to the scenario. A year is
    always solved from the years accepted before it, so the same settings give the same equilibrium
    to the last bit, whatever was tried before.

    Arguments:
        scenario: the scenario; its productivity is that of the baseline, also without pools.
        baseline: the solved baseline; run first if none is given.
        limits: how many outputs can be limited at a time. Each adds a price to the model.
        assumptions: assumption tables in the place of those that the scenario names.
        extensions: what declares blocks beside those of M3C.

    Raises:
        CouplingError: a number of limits that means nothing.
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
        places = slots(limits)
        self.scenario = scenario
        self.baseline = baseline or pathways.run(
            scenario.baseline(), assumptions=assumptions, extensions=extensions
        )
        self.setting = pathways.prepare(scenario, assumptions=assumptions, baseline=self.baseline)
        self._run = pathways.begin(self.setting, slots=places, extensions=extensions)
        levers = self._run.compiled.economy.levers
        self.items: dict[str, Item] = items_of(self._run.reports, levers, self.setting.labels)
        self._given: dict[str, Array] = {}
        self._solved: Equilibrium | None = None
        self._now: Year | None = None
        self._heard: dict[str, xr.DataArray] | None = None

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
    def solved(self) -> bool:
        """Whether the year is solved with what has been set."""
        return self._solved is not None

    @property
    def catalogue(self) -> pd.DataFrame:
        """All items: name, dimensions, unit, direction, meaning (``cge.coupling.catalogue``)."""
        return table(self.items.values())

    def labels(self, dim: str) -> tuple[str, ...]:
        """Labels along a dimension, in the order that items have."""
        if not isinstance(dim, str) or dim not in self.setting.labels:
            known = ", ".join(self.setting.labels)
            raise CouplingError(f"no dimension {dim!r}; known are {known}")
        return self.setting.labels[dim]

    def template(self, name: str) -> xr.DataArray:
        """An item full of NaN with the right labels, to be filled and set."""
        return self._given_of(self._item(name), {})

    # ------------------------------------------------------------------ exchange

    def get(self, name: str, unit: str | None = None) -> xr.DataArray:
        """Values of an item in the year; of an item to be set, what is in force.

        What is in force is what has been set, and elsewhere what the scenario says or, of a solved
        year, what prices chose (``generation_share``). Flows are those of the year: TWh in it, not
        GW.

        Arguments:
            name: item.
            unit: unit to convert to, the item's own by default.

        Raises:
            CouplingError: unknown item or unit, or the year is not solved at what has been set.
        """
        item = self._item(name)
        into = item.unit if unit is None else said(item, unit)
        size = factor(into, item.unit, item.where)
        if item.direction == "out" and not self.solved:
            raise CouplingError(
                f"{item.where}: {self.year} is not solved with what has been set; "
                "call solve_year first"
            )
        try:
            values = np.asarray(item.read(self._moment()))
        except Refused as error:
            raise CouplingError(f"{item.where}: {error}") from None
        if self._heard is not None:
            self._heard.setdefault(name, self._labelled(item, values, item.unit))
        return self._labelled(item, values / size, into)

    def given(self, name: str) -> xr.DataArray:
        """What has been set of an item, in its own unit; not a number where nothing is set."""
        return self._given_of(self._settable(name), self._given)

    def set(self, name: str, value: Any, unit: str | None = None) -> None:
        """Set an item, for this year and until it is set again.

        Arguments:
            name: item with direction ``in``.
            value: with all labels of the item, in any order: a labelled array or its
                ``to_dict()``, a series or table of pandas, or nested mappings by the labels of its
                dimensions.
            unit: unit of the numbers; default: the attribute ``units`` of the value. Only items
                that count in plain numbers need none.

        Raises:
            CouplingError: unknown item or unit, an item that cannot be set, labels that do not
                fit, a unit that is missing or of another kind, numbers out of range, or no number
                at all.
        """
        item = self._settable(name)
        if value is None:
            raise nothing(item)
        try:
            self.take({name: (value, unit)})
        except Missing as error:
            raise Missing(
                f"{error}; or call session.update({name!r}, ...) to set some entries and leave the "
                "others as they are"
            ) from None

    def update(self, name: str, value: Any, unit: str | None = None) -> None:
        """Set some entries of an item, and keep what has been set of the others.

        What has not been set is left to the scenario as before, in later years too::

            session.update("energy_efficiency", {"JS": {"FER": 1.1}})

        Arguments:
            name: item with direction ``in``.
            value: as for ``set``, with some labels of the item only.
            unit: as for ``set``.

        Raises:
            CouplingError: as for ``set``, but for labels that are missing.
        """
        item = self._settable(name)
        numbers, there = some(item, value, unit, self.setting.labels)
        kept = np.where(there, numbers, self.given(name))
        if not there.any() or np.isnan(kept).all():
            raise nothing(item)
        self._hold({**self._given, name: kept})

    def take(self, answer: Mapping[str, Any]) -> None:
        """Set all items of an answer at once; nothing is set where one of them does not fit.

        Arguments:
            answer: by item, what ``set`` takes, alone or as a pair ``(value, unit)``; None leaves
                the item to the scenario.

        Raises:
            CouplingError: as for ``set``.
        """
        self._hold(self._given_with(answer))

    def check(self, answer: Mapping[str, Any]) -> Exchange:
        """What an answer would set, in the units of the items, without setting it.

        Arguments:
            answer: as for ``take``.

        Raises:
            CouplingError: as for ``take``.
        """
        given = self._given_with(answer)
        self._opened(given)
        return {name: self._given_of(self.items[name], given) for name in answer}

    def clear(self, *names: str) -> None:
        """Let the scenario decide again on some items, or on all."""
        for name in names:
            self._settable(name)
        gone = set(names or self._given)
        self._given = {name: value for name, value in self._given.items() if name not in gone}
        self._solved = self._now = None

    @contextmanager
    def listening(self) -> Iterator[dict[str, xr.DataArray]]:
        """What ``get`` reads meanwhile, by item and in its unit: the first reading of each."""
        before, heard = self._heard, dict[str, xr.DataArray]()
        self._heard = heard
        try:
            yield heard
        finally:
            self._heard = before

    # ------------------------------------------------------------------ time

    def solve_year(self) -> Equilibrium:
        """Solve the year with what has been set, without moving on.

        Raises:
            CouplingError: all years are accepted.
            cge.equilibrium.NotSolved: there is no equilibrium; the session stays where it is.
        """
        self._solved = self._now = None
        at = self._opened(self._given)
        equilibrium = pathways.solve(self._run, at)
        self._solved, self._now = equilibrium, pathways.solved(at, equilibrium)
        return equilibrium

    def advance(self) -> None:
        """Accept the year, solved first if it is not, and move to the next one.

        Raises:
            CouplingError: all years are accepted.
            cge.equilibrium.NotSolved: there is no equilibrium; the session stays where it is.
        """
        equilibrium = self._solved or self.solve_year()
        pathways.accept(self._run, self._moment(), equilibrium)
        self._solved = self._now = None

    def snapshot(self) -> Snapshot:
        """The state of the session, to come back to with ``restore``, any number of times."""
        year = None if self.finished else self.year
        return Snapshot(year, self, self._run.progress, dict(self._given), self._solved)

    def restore(self, snapshot: Snapshot) -> None:
        """Go back to a snapshot of this session.

        Raises:
            CouplingError: the snapshot is of another session, or none.
        """
        if not isinstance(snapshot, Snapshot):
            raise CouplingError(
                f"{snapshot!r} is no snapshot; give one that session.snapshot() has taken"
            )
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

    def _opened(self, given: Mapping[str, Array]) -> Year:
        """The year with the scenario's parameters, changed by what is given."""
        at = pathways.opened(self._run, self.year)
        for item in self.items.values():
            if item.name in given and item.change is not None:
                at = pathways.changed(self._run, at, _changes(item, at, given[item.name]))
        return at

    def _moment(self) -> Year:
        """The year as it is, kept until something is set, solved or accepted."""
        if self._now is None:
            at = self._opened(self._given)
            self._now = at if self._solved is None else pathways.solved(at, self._solved)
        return self._now

    def _hold(self, given: dict[str, Array]) -> None:
        """Set what is given, if the economy can take it."""
        self._opened(given)
        self._given, self._solved, self._now = given, None, None

    def _given_with(self, answer: Mapping[str, Any]) -> dict[str, Array]:
        """What is set once an answer is."""
        if not isinstance(answer, Mapping):
            raise CouplingError(
                f"found {type(answer).__name__} where a mapping of items to values is expected; "
                'give such as {"energy_efficiency": values}'
            )
        given = dict(self._given)
        for name, value in answer.items():
            item = self._settable(name)
            if value is None:
                given.pop(name, None)
            else:
                pair = isinstance(value, tuple) and len(value) == 2
                numbers, unit = value if pair else (value, None)
                given[name] = whole(item, numbers, unit, self.setting.labels)
        return given

    def _given_of(self, item: Item, given: Mapping[str, Array]) -> xr.DataArray:
        """What is given of an item, NaN where nothing is."""
        empty = np.full([len(self.labels(dim)) for dim in item.dims], np.nan)
        return self._labelled(item, given.get(item.name, empty), item.unit)

    def _item(self, name: str) -> Item:
        if not isinstance(name, str) or name not in self.items:
            near = get_close_matches(str(name), [*self.items, *LIMITED], n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            advice = "see Session.catalogue"
            if near and near[0] not in self.items:
                advice = "this session can limit no output; open it with Session(..., limits=8)"
            raise CouplingError(f"unknown item {name!r}; {hint}{advice}")
        return self.items[name]

    def _settable(self, name: str) -> Item:
        item = self._item(name)
        if item.change is None:
            known = ", ".join(i.name for i in self.items.values() if i.direction == "in")
            raise CouplingError(f"item {name!r} is read, not set; items to be set are {known}")
        return item

    def _labelled(self, item: Item, values: Array, unit: str) -> xr.DataArray:
        array = labelled(values, item.dims, self.setting.labels, item.name)
        return array.assign_attrs(units=unit, long_name=item.meaning)


def slots(limits: int) -> tuple[str, ...]:
    """Names of the slots for limits on output.

    Raises:
        CouplingError: their number is none.
    """
    if isinstance(limits, bool) or not isinstance(limits, int) or limits < 0:
        raise CouplingError(f"limits={limits!r}: give how many outputs can be limited, 0 or more")
    return tuple(f"limit {k + 1}" for k in range(limits))


def _changes(item: Item, at: Year, given: Array) -> Values:
    """Parameters that an item sets; what is not given of it is as the scenario has it."""
    assert item.change is not None
    try:
        if not item.open and np.isnan(given).any():
            given = np.where(np.isnan(given), item.read(at), given)
        return item.change(at, given)
    except Refused as error:
        raise CouplingError(f"{item.where}: {error}") from None
