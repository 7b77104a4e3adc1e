"""From a scenario to its setting: everything that it refers to, loaded and checked."""

from __future__ import annotations

from functools import lru_cache

from calibration import Assumptions, Benchmark, calibrate
from cge.path.pathway import Pathway
from cge.scenario import Scenario, check_scenario
from cge.scenario.drivers import driven
from cge.scenario.reading import dataset_of
from cge.scenario.tables import assumptions_of
from cge.setting import Setting
from sam import Dataset

KEPT = 8
"""Benchmarks that are kept; the one used longest ago goes first."""


class BaselineError(ValueError):
    """A baseline does not fit the scenario that is to be compared with it."""


def prepare(
    scenario: Scenario, *, assumptions: Assumptions | None = None, baseline: Pathway | None = None
) -> Setting:
    """Load, check and calibrate what a scenario needs.

    Arguments:
        scenario: the scenario.
        assumptions: assumption tables; those that the scenario names by default. The scenario's
            costs of removal and price ceiling hold in any case.
        baseline: the solved baseline of a policy; None for a baseline itself.

    Raises:
        sam.DatasetError: the dataset is unknown or lacks drivers for the years.
        cge.ScenarioError: the scenario does not fit its dataset.
        calibration.CalibrationError: the base year cannot be calibrated.
        BaselineError: the baseline is of another economy, or lacks years.
    """
    dataset = dataset_of(scenario)
    check_scenario(scenario, dataset, assumptions)
    tables = assumptions_of(scenario, dataset, assumptions)
    if baseline is not None:
        check_baseline(scenario, dataset, tables, baseline)
    data = None if baseline is None else baseline.data
    moved = driven(dataset, scenario.drivers)
    return Setting(scenario, moved, tables, _benchmark(dataset, tables), data)


@lru_cache(maxsize=KEPT)
def _benchmark(dataset: Dataset, assumptions: Assumptions) -> Benchmark:
    """A benchmark, calibrated once for each dataset and each set of assumptions."""
    return calibrate(dataset, assumptions)


def check_baseline(
    scenario: Scenario, dataset: Dataset, assumptions: Assumptions, baseline: Pathway
) -> None:
    """Assert that a baseline has no pools, is of the same economy, and has all years.

    Costs of removal may differ, as nothing is removed in a baseline.

    Raises:
        BaselineError: names what differs.
    """
    name = f"scenario {scenario.name!r}: the baseline"
    if not baseline.scenario.is_baseline:
        raise BaselineError(
            f"{name} is the path of {baseline.scenario.name!r}, which has pools or shocks; give "
            "the path of scenario.baseline(), or none"
        )
    missing = sorted(set(scenario.years) - set(baseline.data["year"].to_numpy().tolist()))
    if missing:
        raise BaselineError(
            f"{name} ends before {missing[0]}; run it to {scenario.last}, or shorten the scenario"
        )
    if baseline.versions["dataset"] != dataset.version:
        raise BaselineError(
            f"{name} is of dataset {baseline.versions['dataset']}, the scenario of "
            f"{dataset.version}; run the baseline anew, or give none"
        )
    own, other = scenario.closure.capital, baseline.scenario.closure.capital
    if own != other:
        raise BaselineError(
            f"{name} has {other} capital, the scenario {own}; run the baseline anew, or give none"
        )
    if scenario.drivers != baseline.scenario.drivers:
        raise BaselineError(
            f"{name} has other drivers than the scenario; run it with the same, or give none"
        )
    same = assumptions.replace(removal=baseline.assumptions.removal)
    if same.hash != baseline.assumptions.hash:
        raise BaselineError(
            f"{name} rests on other assumptions ({baseline.assumptions.hash}, here {same.hash}); "
            "run it with the same assumptions, or give none"
        )
