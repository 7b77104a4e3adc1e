"""What the model refuses of a dataset, as a check beside those of ``sam.checks``.

The checks of a base year name every place that is wrong; calibration stops at the first. What they
do not know, it still refuses, so that a dataset without errors is one that the model takes.
"""

from __future__ import annotations

from collections.abc import Mapping

from calibration.calibrate import calibrate
from calibration.errors import CalibrationError
from sam import Dataset, DatasetError, SAMError
from sam.checks import Check, Finding
from sam.checks.finding import Severity

DRIVERS = ("labour", "capital_stock")
"""Drivers whose base year the model needs, beside those of population."""


def check_calibration(dataset: Dataset, *, severity: Severity = "error") -> list[Finding]:
    """The base year can be calibrated, and says who lives and works there with what capital.

    Arguments:
        dataset: base year.
        severity: of the finding.

    Returns:
        The first thing that is refused, with the place that the refusal names; its size is one.
    """
    try:
        _take(dataset)
    except (CalibrationError, SAMError, DatasetError) as refusal:
        problem, _, advice = str(refusal).partition("; ")
        advice = advice or "correct the dataset"
        return [Finding("calibration", severity, "", (), 1.0, "refusal", problem, advice)]
    return []


def _take(dataset: Dataset) -> None:
    """Take of a dataset what every run takes of it."""
    calibrate(dataset)
    dataset.population(dataset.base_year)
    for driver in DRIVERS:
        dataset.driver(driver)


CHECKS: Mapping[str, Check] = {"calibration": check_calibration}
"""Checks that know the model, for ``sam.checks.run_checks(..., further=CHECKS)``."""
