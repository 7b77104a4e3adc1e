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
from cge.coupling.labels import entry, labelled, partial, plain
from cge.coupling.units import factor, is_number
from cge.equilibrium import Equilibrium
from cge.scenario import Scenario
from cge.setting import Extension

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


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
        self._run = pathways.begin(self.setting, slots=slots(limits), extensions=extensions)
        levers = self._run.compiled.economy.levers
        self.items: dict[str, Item] = items_of(self._run.reports, levers, self.setting.labels)
        self._begin()

    def _begin(self) -> None:
        """Nothing set, solved or read."""
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
        if dim not in self.setting.labels:
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
        into = item.unit if unit is None else _text(item, unit)
        size = factor(into, item.unit, _where(item))
        if item.direction == "out" and not self.solved:
            raise CouplingError(
                f"{_where(item)}: {self.year} is not solved with what has been set; "
                "call solve_year first"
            )
        try:
            values = np.asarray(item.read(self._moment()))
        except Refused as error:
            raise CouplingError(f"{_where(item)}: {error}") from None
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
            raise _nothing(item)
        self.take({name: (value, unit)})

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
        numbers, there = partial(value, item.dims, self.setting.labels, _where(item))
        numbers = numbers * _size(item, value, unit)
        self._check_range(item, numbers, there)
        kept = np.where(there, numbers, self.given(name))
        if not there.any() or np.isnan(kept).all():
            raise _nothing(item)
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
        given = dict(self._given)
        for name, value in answer.items():
            item = self._settable(name)
            if value is None:
                given.pop(name, None)
            else:
                pair = isinstance(value, tuple) and len(value) == 2
                given[name] = self._numbers(item, *(value if pair else (value, None)))
        return given

    def _numbers(self, item: Item, value: Any, unit: str | None) -> Array:
        """A value in the unit and order of its item."""
        try:
            numbers = plain(value, item.dims, self.setting.labels, _where(item))
        except Missing as error:
            raise CouplingError(
                f"{error}; hand over all, for example a changed copy of "
                f"session.get({item.name!r}), or call session.update({item.name!r}, ...) to set "
                "some entries and leave the others as they are"
            ) from None
        numbers = numbers * _size(item, value, unit)
        self._check_range(item, numbers, np.ones(numbers.shape, bool))
        if np.isnan(numbers).all():
            raise _nothing(item)
        return numbers

    def _given_of(self, item: Item, given: Mapping[str, Array]) -> xr.DataArray:
        """What is given of an item, NaN where nothing is."""
        nothing = np.full([len(self.labels(dim)) for dim in item.dims], np.nan)
        return self._labelled(item, given.get(item.name, nothing), item.unit)

    def _item(self, name: str) -> Item:
        if not isinstance(name, str) or name not in self.items:
            near = get_close_matches(str(name), self.items, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise CouplingError(f"unknown item {name!r}; {hint}see Session.catalogue")
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

    def _check_range(self, item: Item, numbers: Array, there: Mask) -> None:
        """Assert that numbers are in the range of their item where there are any."""
        wrong = numbers < item.least
        if not item.unlimited:
            wrong |= np.isinf(numbers)
        if not item.open:
            wrong |= np.isnan(numbers)
        if (wrong & there).any():
            at = tuple(int(k) for k in np.argwhere(wrong & there)[0])
            place = entry([self.labels(dim)[k] for dim, k in zip(item.dims, at, strict=True)])
            raise CouplingError(
                f"{_where(item)}: {numbers[at]:g} {item.unit} at {place} is out of range; "
                f"the smallest value is {item.least:g}, and every entry is a finite number"
                + (", or infinite where there is no limit" if item.unlimited else "")
                + (", or NaN where it is left to the scenario" if item.open else "")
            )


def slots(limits: int) -> tuple[str, ...]:
    """Names of the slots for limits on output."""
    return tuple(f"limit {k + 1}" for k in range(limits))


def _where(item: Item) -> str:
    return f"item {item.name!r}"


def _nothing(item: Item) -> CouplingError:
    return CouplingError(
        f"{_where(item)}: no number is handed over; session.clear({item.name!r}) leaves it to the "
        "scenario"
    )


def _changes(item: Item, at: Year, given: Array) -> Values:
    """Parameters that an item sets; what is not given of it is as the scenario has it."""
    assert item.change is not None
    try:
        if not item.open and np.isnan(given).any():
            given = np.where(np.isnan(given), item.read(at), given)
        return item.change(at, given)
    except Refused as error:
        raise CouplingError(f"{_where(item)}: {error}") from None


def _size(item: Item, value: Any, unit: str | None) -> float:
    """What numbers that are handed over are multiplied by to be in the unit of their item."""
    carried = _carried(value)
    said = carried if unit is None else _text(item, unit)
    if said is None:
        if is_number(item.unit):
            return 1.0
        raise CouplingError(
            f"{_where(item)}: the numbers have no unit; say unit={item.unit!r} or another one "
            f"(in an answer: the pair (value, {item.unit!r}))"
        )
    try:
        size = factor(str(said), item.unit, _where(item))
    except CouplingError as error:
        if unit is not None:
            raise
        raise CouplingError(
            f"{error}. If {said!r} is what a calculation has left and the numbers are in "
            f"{item.unit}, say unit={item.unit!r} or hand over "
            f"value.assign_attrs(units={item.unit!r})"
        ) from None
    if unit is not None and carried is not None:
        _check_same(item, str(carried), unit)
    return size


def _check_same(item: Item, carried: str, said: str) -> None:
    """Assert that a unit that is said is not another size of the one that numbers carry."""
    try:
        differs = abs(factor(carried, said, "") - 1.0) > 1e-12
    except CouplingError:  # of another kind: what a calculation has left
        return
    if differs:
        raise CouplingError(
            f"{_where(item)}: the numbers carry the unit {carried!r}, and unit={said!r} is said; "
            f"leave unit out to have them converted, or hand over "
            f"value.assign_attrs(units={said!r})"
        )


def _carried(value: Any) -> Any:
    """The unit that a value carries."""
    attrs = value.get("attrs") if isinstance(value, Mapping) else getattr(value, "attrs", None)
    return attrs.get("units") if isinstance(attrs, Mapping) else None


def _text(item: Item, unit: Any) -> str:
    if not isinstance(unit, str):
        raise CouplingError(f"{_where(item)}: {unit!r} is no unit; write it as in {item.unit!r}")
    return unit
