r"""The plan of an ensemble: everything that its draws follow from, loaded and checked.

Draw n changes the assumptions to :math:`a_n = a(x_n)`, at which the baseline and every scenario are
solved under every closure. The points :math:`x_n` follow from the ensemble and its seed alone, so
draw n is the same wherever and whenever it is solved.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from calibration import Assumptions
from calibration.errors import unknown
from cge.ensemble.changes import check_apart
from cge.ensemble.schema import Draws, Ensemble
from cge.path.pathway import NAMES
from cge.path.versions import program
from cge.reports import words
from cge.results.comparison import MAIN
from cge.results.headline import display_order
from cge.scenario import Scenario, load_scenario, with_options
from cge.scenario.errors import Misplaced, ScenarioError
from cge.scenario.reading import dataset_of
from cge.scenario.tables import assumptions_of
from cge.sensitivity.design import Design, LatinHypercube, Method, MonteCarlo
from cge.sensitivity.distributions import Distribution
from cge.sensitivity.sobol import Sobol

Array = npt.NDArray[np.float64]

_METHODS: Mapping[str, type[LatinHypercube | MonteCarlo | Sobol]] = {
    "latin_hypercube": LatinHypercube,
    "monte_carlo": MonteCarlo,
    "sobol": Sobol,
}


@dataclass(frozen=True, eq=False)
class Case:
    """A scenario under a closure.

    Attributes:
        closure: name of the closure in the ensemble.
        scenario: with that closure, and the last year of the ensemble.
    """

    closure: str
    scenario: Scenario


@dataclass(frozen=True, eq=False)
class Plan:
    """What all draws of an ensemble follow from.

    Attributes:
        ensemble: what is asked.
        cases: scenarios under closures.
        tables: the assumptions where nothing is drawn.
        sectors: sector codes of the dataset.
        variables, regions, years: what is kept of each path.
        nation: name of the total of all regions.
        versions: versions of dataset and program.
    """

    ensemble: Ensemble
    cases: tuple[Case, ...]
    tables: Assumptions
    sectors: tuple[str, ...]
    variables: tuple[str, ...]
    regions: tuple[str, ...]
    years: tuple[int, ...]
    nation: str
    versions: Mapping[str, str]

    @cached_property
    def laws(self) -> tuple[Distribution, ...]:
        """Distributions of what is uncertain."""
        return tuple(
            Distribution(each.label, each.label, each.distribution.frozen)
            for each in self.ensemble.uncertain
        )

    @cached_property
    def design(self) -> Design:
        """The points of all draws."""
        return method_of(self.ensemble.draws).design(self.laws, None)

    @property
    def size(self) -> int:
        """Number of draws."""
        return len(self.design.points)

    @property
    def scenarios(self) -> list[str]:
        """Names of scenarios, the baseline first."""
        named = [case.scenario.baseline().name for case in self.cases]
        return list(dict.fromkeys([*named, *(case.scenario.name for case in self.cases)]))

    @property
    def points(self) -> pd.DataFrame:
        """The points as a table, one line a draw."""
        return pd.DataFrame(
            self.design.points,
            columns=self.ensemble.labels,
            index=pd.RangeIndex(self.size, name="draw"),
        )

    @cached_property
    def inputs(self) -> dict[str, str]:
        """All that the results of a draw follow from, by what it is."""
        asked = self.ensemble.model_dump(
            mode="json", by_alias=True, exclude={"name", "description", "scenarios"}
        )
        runs = [
            [case.closure, case.scenario.model_dump(mode="json", exclude=NAMES - {"name", "last"})]
            for case in self.cases
        ]
        kept = [self.variables, self.regions, self.years]
        return {
            "ensemble": json.dumps(asked, sort_keys=True, ensure_ascii=False),
            "scenarios": json.dumps(runs, sort_keys=True, ensure_ascii=False),
            "outputs": json.dumps(kept),
            "assumptions": self.tables.hash,
            "points": hashlib.sha256(self.design.points.tobytes()).hexdigest()[:12],
            **self.versions,
        }

    @cached_property
    def key(self) -> str:
        """First twelve digits of the SHA-256 of the inputs."""
        return hashlib.sha256(json.dumps(self.inputs, sort_keys=True).encode()).hexdigest()[:12]

    @cached_property
    def described(self) -> dict[str, Mapping[str, str]]:
        """What the variables are, in words; declares the model to know them.

        Raises:
            Misplaced: there is no such variable, or regions do not add up or average it.
        """
        from cge.path.prepare import prepare
        from cge.path.run import begin

        current = begin(prepare(self.cases[0].scenario.baseline(), assumptions=self.tables))
        known = {
            report.name: report
            for report in current.reports
            if report.total != "none" and "region" in report.dims.split()
        }
        _check_known("variable", self.variables, list(known), "variables")
        return {name: words(known[name]) for name in self.variables}

    @cached_property
    def packed(self) -> bytes:
        """The plan as it travels to the processes that solve draws."""
        kept = replace(self, tables=self.tables)  # without what was worked out meanwhile
        return zlib.compress(pickle.dumps(kept), 1)


def method_of(draws: Draws) -> Method:
    """The way to choose points."""
    return _METHODS[draws.method](draws.count, draws.seed)


def plan(ensemble: Ensemble) -> Plan:
    """Load what an ensemble refers to, and check that it fits.

    Raises:
        Misplaced: something does not fit; with the keys that lead to it.
        ScenarioError: one of the scenarios is wrong.
    """
    cases = tuple(_cases(ensemble))
    first = cases[0].scenario
    dataset = dataset_of(first)
    tables = _tables(cases)
    check_apart(tables, ensemble.uncertain)
    places = dataset.geography
    known = display_order(places, [str(region) for region in dataset.regions])
    _check_known("region", ensemble.outputs.regions, known, "regions")
    _check_known("year", ensemble.outputs.years, list(first.years), "years")
    return Plan(
        ensemble,
        tuple(_without_files(case) for case in cases),
        tables,
        tuple(str(code) for code in dataset.sectors["code"]),
        tuple(ensemble.outputs.variables) or MAIN,
        tuple(ensemble.outputs.regions) or (places.nation,),
        tuple(sorted(ensemble.outputs.years)) or tuple(first.years),
        places.nation,
        {"dataset": dataset.version, **program()},
    )


def _cases(ensemble: Ensemble) -> list[Case]:
    """Scenarios under closures.

    Raises:
        Misplaced: a scenario or closure does not fit, or scenarios have not one dataset and years.
    """
    cases: list[Case] = []
    for k, name in enumerate(ensemble.scenarios):
        try:
            loaded = load_scenario(name)
        except ScenarioError as error:
            raise Misplaced(str(error), "scenarios", k) from None
        if any(case.scenario.name == loaded.name for case in cases):
            raise Misplaced(f"two scenarios are called {loaded.name!r}; rename one", "scenarios", k)
        if loaded.is_baseline and len(ensemble.scenarios) > 1:
            raise Misplaced(
                f"scenario {loaded.name!r} is a baseline, which is solved with the others in any "
                "case; remove it",
                *("scenarios", k),
            )
        for closure, kinds in ensemble.closures.items():
            try:
                changed = with_options(loaded, last=ensemble.last, closure=kinds)
            except ScenarioError as error:
                keys = ("closures", closure) if kinds else ("last",)
                raise Misplaced(str(error), *keys) from None
            cases.append(Case(closure, changed))
        _check_one_economy(cases[0].scenario, cases[-1].scenario, k)
    return cases


def _without_files(case: Case) -> Case:
    """A case whose assumptions, drawn with the plan, hold in place of what it says of tables."""
    return Case(case.closure, case.scenario.model_copy(update={"assumptions": {}}))


def _check_one_economy(first: Scenario, other: Scenario, k: int) -> None:
    for what in ("dataset", "first", "last"):
        own, theirs = getattr(other, what), getattr(first, what)
        if own != theirs:
            raise Misplaced(
                f"scenario {other.name!r} has {what} {own}, {first.name!r} has {theirs}; scenarios "
                "of an ensemble share dataset and years (set last here, or make two ensembles)",
                *("scenarios", k),
            )


def _tables(cases: Sequence[Case]) -> Assumptions:
    """The assumptions that all scenarios share; their own costs of removal hold besides.

    Raises:
        Misplaced: they name different ones.
    """
    found: Assumptions | None = None
    for case in cases:
        plain = case.scenario.baseline()
        tables = assumptions_of(plain, dataset_of(plain))
        if found is not None and tables.hash != found.hash:
            raise Misplaced(
                f"scenario {case.scenario.name!r} names other assumptions than "
                f"{cases[0].scenario.name!r}; make two ensembles",
                "scenarios",
            )
        found = tables
    assert found is not None
    return found


def _check_known(what: str, found: Sequence[Any], known: Sequence[Any], key: str) -> None:
    for k, name in enumerate(found):
        if name not in known:
            raise Misplaced(unknown(what, name, known), "outputs", key, k)
