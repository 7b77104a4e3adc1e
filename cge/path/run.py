"""A scenario on its way through the years."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from logging import Logger, LoggerAdapter
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration import Assumptions
from cge.blocks import Report, Values, Year
from cge.checks import COLUMNS, imbalances
from cge.equilibrium import Equilibrium, NotSolved
from cge.equilibrium.effort import LOG
from cge.equilibrium.moves import largest_moves
from cge.equilibrium.result import Status
from cge.language import Parameter
from cge.path import baselines, shocks
from cge.path.compiled import Compiled, Numbers, compiled
from cge.path.nearby import Nearby
from cge.path.pathway import SOLVES, Pathway
from cge.path.prepare import BaselineError, prepare
from cge.path.progress import Progress
from cge.path.store import Store, StoreError, opened_store
from cge.path.versions import program
from cge.reports import check_labels, reported_data, shaped, words
from cge.scenario import Scenario
from cge.setting import Extension, Setting

Array = npt.NDArray[np.float64]


@dataclass(eq=False)
class Run:
    """A scenario on its way through the years.

    Attributes:
        setting: what is given.
        compiled: the model and its solver.
        numbers: the base year.
        reports: what is reported.
        progress: the years accepted so far.
    """

    setting: Setting
    compiled: Compiled
    numbers: Numbers
    reports: Sequence[Report]
    progress: Progress


def run(
    scenario: Scenario,
    *,
    baseline: Pathway | None = None,
    assumptions: Assumptions | None = None,
    extensions: Sequence[Extension] = (),
    after: Pathway | Progress | None = None,
    folder: Path | str | None = None,
    resume: bool = False,
    cache: bool = False,
    on_year: Callable[[int], None] = lambda year: None,
) -> Pathway:
    """Solve a scenario for all its years.

    Arguments:
        scenario: what to run; without pools and shocks the baseline, which finds productivity.
        baseline: the solved baseline; run first if a scenario needs it and none is given.
        assumptions: assumption tables in the place of those that the scenario names.
        extensions: what declares blocks beside those of M3C (see ``cge.m3c.model``).
        after: years that are solved already, of this scenario or its beginning.
        folder: where every year is kept as soon as it is solved (see ``cge.path.store``).
        resume: whether to go on from what a run that was cut has left in the folder.
        cache: whether baselines are kept for later runs, and taken from earlier ones
            (``cge.path.baselines``).
        on_year: called with each year that is solved.

    Raises:
        Interrupted: a year has no equilibrium; carries the path up to the year before.
        Stopped: somebody pressed Ctrl-C; carries the path of the years that are solved.
        BaselineError: the baseline is of another economy, or lacks years.
        ScenarioError: the scenario does not fit its dataset.
        StoreError: the folder cannot be written, or what is to be resumed rests on other inputs.
    """
    if baseline is not None and scenario.is_baseline:
        raise BaselineError(
            f"scenario {scenario.name!r} has no pools, so it is a baseline itself; give none"
        )
    if baseline is None and not scenario.is_baseline:
        baseline = run(
            scenario.baseline(),
            assumptions=assumptions,
            extensions=extensions,
            folder=folder,
            resume=resume,
            cache=cache and not extensions,
            on_year=on_year,
        )
    setting = prepare(scenario, assumptions=assumptions, baseline=baseline)
    current = begin(setting, extensions=extensions)
    shared = cache and baseline is None
    with ExitStack() as locks:
        store = None
        if folder is not None:
            store, there = locks.enter_context(_store(current, Path(folder), resume))
            after = there or after
        if shared and after is None:
            after = baselines.taken(finish(current))
        if isinstance(after, Pathway):
            first, last = after.years[0], after.years[-1]
            LOG.info("%s: %d to %d are solved already.", scenario.name, first, last)
            if last == scenario.last and shared:
                return after
        if after is not None:
            current.progress = continued(current, after)
        _solve_all(current, store, on_year)
    path = finish(current)
    if shared:
        baselines.keep(path)
    return path


def _solve_all(current: Run, store: Store | None, on_year: Callable[[int], None]) -> None:
    """Solve and accept the years that are left."""
    try:
        for year in (y for y in current.setting.years if y not in current.progress.records):
            at = opened(current, year)
            try:
                accept(current, at, solve(current, at))
            except NotSolved as error:
                raise Interrupted(year, finish(current), error, current.progress) from error
            if store is not None:
                store.add(current.progress)
            on_year(year)
    except StoreError as error:
        error.path = finish(current)
        raise
    except KeyboardInterrupt as stop:
        raise Stopped(finish(current), current.progress) from stop


def _store(
    current: Run, folder: Path, resume: bool
) -> AbstractContextManager[tuple[Store, Pathway | None]]:
    """The folder of a run, and what there is to resume in it."""
    variables = {r.name: (r.dims.split(), words(r)) for r in current.reports}
    used = {dim for dims, _ in variables.values() for dim in dims}
    labels = {dim: names for dim, names in current.setting.labels.items() if dim in used}
    return opened_store(folder, finish(current), variables, labels, resume=resume)


def continued(current: Run, after: Pathway | Progress) -> Progress:
    """Progress that a run can go on from, with the equilibrium of its last year.

    Raises:
        ValueError: it carries other stocks or reports than this economy has.
        StoreError: the path is of another scenario, or rests on other inputs.
    """
    if isinstance(after, Pathway):
        after = _progress_of(current, after)
    begun = current.progress
    known = {report.name for report in current.reports}
    reported = next(iter(after.records.values()), dict.fromkeys(known))
    for what, found, wanted in (
        ("stocks", set(after.stocks), set(begun.stocks)),
        ("reports", set(reported), known),
    ):
        if found != wanted:
            names = ", ".join(sorted(found ^ wanted))
            raise ValueError(
                f"progress to go on from has other {what} than this economy ({names}); run the "
                "scenario anew, or with the extensions that it was begun with"
            )
    if after.solved is None and after.records:
        return replace(after, solved=_solved_again(current, after))
    return after


def _progress_of(current: Run, path: Pathway) -> Progress:
    """What a path leaves to go on from, where it is of this very scenario and baseline.

    Raises:
        StoreError: it is of another, or nothing goes on from it.
    """
    where = f"scenario {current.setting.scenario.name!r} cannot go on from"
    own, theirs = finish(current).inputs, path.inputs
    other = [name for name in sorted({*own, *theirs}) if own.get(name) != theirs.get(name)]
    if other:
        raise StoreError(f"{where} a path of other inputs ({', '.join(other)}); run it anew")
    if path.progress is None or (path.progress.records and not path.progress.opening):
        raise StoreError(f"{where} a path that carries no stocks (a part of one); give the whole")
    if path.years and path.years[-1] > current.setting.scenario.last:
        raise StoreError(f"{where} a path to {path.years[-1]}, which is later; run it to there")
    base = current.setting.baseline
    if base is not None and path.years:
        known = base["productivity"].reindex_like(path.data["productivity"])
        if not known.equals(path.data["productivity"]):
            raise StoreError(f"{where} a path of another baseline; run it anew, or give that one")
    return path.progress


def _solved_again(current: Run, after: Progress) -> Equilibrium:
    """The last equilibrium of a run from its unknowns; its parameters follow from its stocks."""
    year, ended = max(after.records), after.solves[-1]
    model = current.compiled
    at = opened(replace(current, progress=Progress(after.opening)), year)
    values = model.solver.complete(model.economy.independent(model.economy.model.values(at.values)))
    return Equilibrium(
        model.economy.model,
        {name: np.asarray(value) for name, value in values.items()},
        after.last[-1],
        Status.SOLVED,
        int(ended["rounds"]),
        float(ended["worst"]),
        "block",
    )


class Interrupted(RuntimeError):
    """A year of a scenario has no equilibrium.

    Attributes:
        year: the year that failed.
        path: the years solved before it.
        progress: the same, to go on from (``run(..., after=progress)``).
        attempt: where the solve of that year ended.
    """

    def __init__(
        self, year: int, path: Pathway, cause: NotSolved, progress: Progress | None = None
    ) -> None:
        name = path.scenario.name
        done = f"{len(path.solves)} years before it are solved and kept"
        super().__init__(f"scenario {name!r}, year {year}: {cause} ({done})")
        self.year = year
        self.path = path
        self.progress = progress
        self.attempt = cause.attempt


class Stopped(KeyboardInterrupt):
    """A run was stopped by its user.

    Attributes:
        path: the years solved before.
        progress: the same, to go on from (``run(..., after=progress)``).
    """

    def __init__(self, path: Pathway, progress: Progress) -> None:
        super().__init__(f"scenario {path.scenario.name!r}: stopped after {len(path.solves)} years")
        self.path = path
        self.progress = progress


def begin(
    setting: Setting, *, slots: Sequence[str] = (), extensions: Sequence[Extension] = ()
) -> Run:
    """Take a compiled model for a setting and the stocks of the base year.

    Arguments:
        setting: what is given in all years.
        slots: slots for limits on output; as many as its shocks limit by default.
        extensions: what declares blocks beside those of M3C.

    Raises:
        closures.ClosureError: the closure does not determine what it frees.
    """
    limited = max(tuple(slots), shocks.slots(setting.scenario, setting.labels), key=len)
    model = compiled(setting, setting.structure(limited, *extensions))
    economy, labels = model.economy, setting.labels
    check_labels([*economy.reports, *economy.stocks, *economy.levers, *economy.checks], labels)
    stocks = {s.name: shaped(s, s.first(setting), labels) for s in economy.stocks}
    reports = [r for r in economy.reports if all(labels[dim] for dim in r.dims.split())]
    return Run(setting, model, model.numbers(setting), reports, Progress(stocks))


def opened(current: Run, year: int) -> Year:
    """A year with its parameters, still to be solved.

    Raises:
        ScenarioError: a shock finds nothing to move, or leads out of range.
    """
    numbers = current.numbers
    at = Year(current.setting, year, current.progress.stocks, dict(numbers.changes), numbers.base)
    for block in current.compiled.economy.blocks:
        at = changed(current, at, block.parameters(at))
    for lever in current.compiled.economy.levers if current.setting.scenario.shocks else ():
        at = changed(current, at, shocks.values(lever, at))
    return at


def changed(current: Run, at: Year, values: Values) -> Year:
    """A year with other parameters."""
    known = current.compiled.economy.model.parameters
    new = {_name(key): known.fit(known[_name(key)], value) for key, value in values.items()}
    return replace(at, values={**at.values, **new}, known={})


def _name(key: Parameter | str) -> str:
    return key if isinstance(key, str) else key.name


def solve(current: Run, at: Year) -> Equilibrium:
    """The equilibrium of a year; leaves the run as it is.

    It is looked for near the years before (``cge.path.nearby``), then by all that the solver has.
    Rounds of all attempts count.

    Raises:
        InfeasibleCap: without a price ceiling, a cap cannot be met; names pool, cap and gap.
        NotSolved: there is no equilibrium for another reason; names the worst conditions, what was
            tried, and the inputs that moved most since the year before.
    """
    model, progress = current.compiled, current.progress
    values = model.economy.independent(model.economy.model.values(at.values))
    near = Nearby(model.solver, values)
    found = near.found(progress.last, progress.solved)
    if found is not None:
        return replace(found, rounds=near.rounds)
    last = progress.last[-1] if progress.last else current.numbers.start
    try:
        found = model.solver.solve(
            at.values, start=progress.solved or last, log=_Dated(LOG, {"year": at.year})
        )
        return replace(found, rounds=near.rounds + found.rounds)
    except NotSolved as error:
        model.economy.check_feasible(model.solver, at, last)
        text = f"{error} {suspects(current, at)}".rstrip()
        raise type(error)(text, error.attempt, error.tried) from error


class _Dated(LoggerAdapter[Logger]):
    """A log whose messages begin with the year."""

    def process(self, msg: Any, kwargs: Any) -> tuple[Any, Any]:
        assert self.extra is not None
        return f"{self.extra['year']}: {msg}", kwargs


def suspects(current: Run, at: Year) -> str:
    """The inputs of a year that moved most since the year before, as a sentence.

    Arguments:
        current: the run, with the parameters of its last year; else those of the base year count.
        at: the year that has no equilibrium.
    """
    known, solved = current.compiled.economy.model, current.progress.solved
    before = solved and solved.values
    since = "the year before" if before else "the base year"
    base = current.numbers.base
    moved = largest_moves(known, before or base, {**base, **at.values})
    return f"Inputs that moved most since {since}: {'; '.join(moved)}." if moved else ""


def solved(at: Year, equilibrium: Equilibrium) -> Year:
    """The year at its equilibrium."""
    return replace(at, solved=equilibrium.state, known={})


def accept(current: Run, at: Year, equilibrium: Equilibrium) -> None:
    """Record an equilibrium as that of a year with its balances, and carry stocks into the next."""
    now, before = solved(at, equilibrium), current.progress
    labels = current.setting.labels
    row = {report.name: shaped(report, report.of(now), labels) for report in current.reports}
    ended = {
        "year": at.year,
        "status": equilibrium.status.value,
        "rounds": equilibrium.rounds,
        "worst": equilibrium.worst,
        "walras": equilibrium.walras,
    }
    current.progress = Progress(
        {s.name: shaped(s, s.next(now), labels) for s in current.compiled.economy.stocks},
        {**before.records, at.year: row},
        (*before.solves, ended),
        (*before.balances, *imbalances(current.compiled.economy.checks, now, labels)),
        (*before.last[-1:], equilibrium.unknowns),
        before.stocks,
        equilibrium,
    )


def finish(current: Run) -> Pathway:
    """The labelled path of the years solved so far."""
    setting, progress = current.setting, current.progress
    data = reported_data(current.reports, setting.labels, progress.records)
    versions = {"dataset": setting.dataset.version, **program()}
    if extensions := current.compiled.economy.structure.extensions:
        versions["extensions"] = ", ".join(f"{e.__module__}.{e.__qualname__}" for e in extensions)
    solves = pd.DataFrame(list(progress.solves), columns=list(SOLVES))
    balances = pd.DataFrame(list(progress.balances), columns=list(COLUMNS))
    places = setting.dataset.geography
    tables, left = setting.assumptions, replace(progress, solved=None)
    return Pathway(setting.scenario, data, solves, versions, tables, places, balances, left)
