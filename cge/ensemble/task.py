"""One draw: assumptions at its point, the baseline and every scenario under every closure.

A draw depends on the plan and its number alone. The compiled model of each structure is declared
with the assumptions where nothing is drawn, before any draw is solved with it, so that its order of
elimination, and with it the last digits, are the same in all processes. A process keeps its
compiled models from draw to draw.
"""

from __future__ import annotations

import pickle
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from threading import Lock

import numpy as np
import pyarrow as pa
import xarray as xr

from calibration import Assumptions
from calibration.errors import CalibrationError
from cge.ensemble.changes import changed
from cge.ensemble.plan import Case, Plan
from cge.path import Interrupted, Pathway, assert_balanced, run
from cge.path.compiled import compiled
from cge.path.prepare import prepare
from cge.results.headline import with_totals
from cge.scenario import Scenario

_DICTIONARY = pa.dictionary(pa.int16(), pa.string())

SCHEMA = pa.schema(
    {
        "draw": pa.int32(),
        "closure": _DICTIONARY,
        "scenario": _DICTIONARY,
        "variable": _DICTIONARY,
        "region": _DICTIONARY,
        "year": pa.int16(),
        "value": pa.float64(),
    }
)
"""Columns of results: one value a line."""

_ONE = Lock()
"""A process solves one draw at a time: what is compiled serves one solve after the other."""


@dataclass(frozen=True)
class Failure:
    """A path that a draw does not have.

    Attributes:
        draw: number of the draw.
        closure: name of the closure.
        scenario: name of the scenario.
        year: the year that has no equilibrium; None where no year is to blame.
        reason: why, in words.
    """

    draw: int
    closure: str
    scenario: str
    year: int | None
    reason: str

    def __str__(self) -> str:
        year = f", year {self.year}" if self.year is not None else ""
        return f"draw {self.draw}, scenario {self.scenario!r}{year} ({self.closure}): {self.reason}"


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a draw has led to.

    Attributes:
        draw: its number.
        table: what is kept of its paths, in the columns of ``SCHEMA``.
        failures: paths that it does not have; of these the years before are in the table.
    """

    draw: int
    table: pa.Table
    failures: tuple[Failure, ...]

    @property
    def said(self) -> list[dict[str, object]]:
        """The failures as plain values."""
        return [asdict(failure) for failure in self.failures]


def solve_draw(packed: bytes, draw: int) -> Outcome:
    """Solve a draw of a plan in this process.

    Arguments:
        packed: the plan (``Plan.packed``).
        draw: number of the draw.
    """
    with _ONE:
        return _solved(_unpacked(packed), draw)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Plan:
    found: Plan = pickle.loads(zlib.decompress(packed))
    return found


def _solved(plan: Plan, draw: int) -> Outcome:
    try:
        tables = changed(
            plan.tables, plan.ensemble.uncertain, plan.design.points[draw], sectors=plan.sectors
        )
    except CalibrationError as error:
        failed = [
            Failure(draw, case.closure, case.scenario.name, None, str(error)) for case in plan.cases
        ]
        return Outcome(draw, SCHEMA.empty_table(), tuple(failed))
    paths, failures = _paths(plan, draw, tables)
    parts = [_rows(plan, draw, closure, path) for closure, path in paths]
    return Outcome(draw, pa.concat_tables([SCHEMA.empty_table(), *parts]), tuple(failures))


def _paths(
    plan: Plan, draw: int, tables: Assumptions
) -> tuple[list[tuple[str, Pathway]], list[Failure]]:
    """All paths of a draw as far as they go, with their closures, and why some end early.

    A baseline knows no closure but capital, so one serves all closures of the same.
    """
    paths: list[tuple[str, Pathway]] = []
    failures: list[Failure] = []
    known: dict[str, tuple[Pathway | None, Failure | None]] = {}
    told: set[str] = set()
    for closure, scenarios in _by_closure(plan.cases):
        plain = scenarios[0].baseline()
        key = plain.closure.model_dump_json()
        if key not in known:
            known[key] = _path(plan, draw, closure, plain, tables, None)
        baseline, failure = known[key]
        if baseline is not None:
            paths.append((closure, baseline))
        if failure is not None and key not in told:
            failures.append(failure)
            told.add(key)
        for scenario in scenarios:
            if scenario.is_baseline:
                continue
            if failure is not None:
                why = f"its baseline failed: {failure.reason}"
                failures.append(Failure(draw, closure, scenario.name, failure.year, why))
                continue
            path, wrong = _path(plan, draw, closure, scenario, tables, baseline)
            paths += [(closure, path)] if path is not None else []
            failures += [wrong] if wrong is not None else []
    return paths, failures


def _by_closure(cases: Sequence[Case]) -> Iterator[tuple[str, list[Scenario]]]:
    for closure in dict.fromkeys(case.closure for case in cases):
        yield closure, [case.scenario for case in cases if case.closure == closure]


def _path(
    plan: Plan,
    draw: int,
    closure: str,
    scenario: Scenario,
    tables: Assumptions,
    baseline: Pathway | None,
) -> tuple[Pathway | None, Failure | None]:
    """A path as far as it goes, and why it ends early."""

    def failure(reason: str, year: int | None = None) -> Failure:
        return Failure(draw, closure, scenario.name, year, " ".join(reason.split()))

    try:
        _declare(scenario, plan.tables)
        path = run(scenario, assumptions=tables, baseline=baseline)
        assert_balanced([path])
    except Interrupted as error:
        return (error.path if error.path.years else None), failure(str(error), error.year)
    except (ValueError, RuntimeError, ArithmeticError, LookupError) as error:
        kind = type(error)
        known = kind.__module__.partition(".")[0] in ("cge", "calibration", "closures", "sam")
        bug = "" if known else f"{kind.__name__} (an error of the program, please report it): "
        return None, failure(f"{bug}{error}")
    return path, None


def _declare(scenario: Scenario, tables: Assumptions) -> None:
    """See that the compiled model of a scenario is the one of the undrawn assumptions."""
    setting = prepare(scenario, assumptions=tables)
    if not scenario.is_baseline:
        setting = replace(setting, baseline=xr.Dataset())  # whose numbers no structure knows
    compiled(setting, setting.structure())


def _rows(plan: Plan, draw: int, closure: str, path: Pathway) -> pa.Table:
    """What is kept of a path, one value a line."""
    years = [year for year in plan.years if year in path.years]
    regions = list(plan.regions)
    cells = np.concatenate(
        [
            with_totals(path, name).sel(region=regions, year=years).to_numpy().ravel()
            for name in plan.variables
        ]
    )
    size = len(cells)
    each = len(regions) * len(years)

    def word(labels: Sequence[str], places: np.ndarray) -> pa.DictionaryArray:
        return pa.DictionaryArray.from_arrays(places.astype(np.int16), pa.array(labels))

    constant = np.zeros(size)
    columns = [
        np.full(size, draw, np.int32),
        word([closure], constant),
        word([path.scenario.name], constant),
        word(plan.variables, np.repeat(np.arange(len(plan.variables)), each)),
        word(regions, np.tile(np.repeat(np.arange(len(regions)), len(years)), len(plan.variables))),
        np.tile(np.array(years, np.int16), size // max(len(years), 1)),
        cells,
    ]
    return pa.table(columns, schema=SCHEMA)
