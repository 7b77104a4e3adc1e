"""The check of control totals: silent within the bounds, and beyond them it names the total."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pytest

from sam import Dataset, load_dataset
from sam.checks import check_control_totals, run_checks
from sam.report import CONTROL
from tests.economies import tiny_dataset

Total = tuple[str, str, float, float, str]
"""Item, region, target, achieved, quality."""


def with_totals(totals: Sequence[Total]) -> Dataset:
    """A dataset that was made to meet some totals."""
    dataset = tiny_dataset()
    rows = pd.DataFrame(totals, columns=["item", "region", "target", "achieved", "quality"])
    rows = rows.assign(
        item=CONTROL + rows["item"], value=rows["target"], unit="Mtce", source="made up"
    )
    return replace(dataset, provenance=pd.concat([dataset.provenance, rows], ignore_index=True))


def test_the_embedded_dataset_meets_its_totals() -> None:
    report = run_checks(load_dataset("yrd2020"), only=["control_totals"])
    assert report.findings == {"control_totals": ()}


@pytest.mark.parametrize(
    ("quality", "deviation", "missed"),
    [
        ("published", 0.0049, False),
        ("published", 0.0051, True),
        ("published", -0.0051, True),
        ("recalled", 0.0049, False),
        ("recalled", 0.0051, True),
        ("derived", 0.029, False),
        ("derived", -0.031, True),
        ("assumed", 3.0, False),
    ],
)
def test_bounds_by_quality(quality: str, deviation: float, missed: bool) -> None:
    dataset = with_totals([("energy", "A", 200.0, 200.0 * (1.0 + deviation), quality)])
    assert bool(check_control_totals(dataset)) is missed


def test_a_missed_total_is_named_the_worst_first() -> None:
    totals = [
        ("energy", "A", 100.0, 110.0, "published"),
        ("coal", "B", 111.0, 547.0, "derived"),
        ("gas", "B", 50.0, 50.0, "published"),
    ]
    first, second = check_control_totals(with_totals(totals))
    assert (first.region, second.region) == ("B", "A")
    assert first.severity == "error"
    assert first.size == pytest.approx(100.0 * (547.0 / 111.0 - 1.0))
    for words in ("coal of B is 547", "derived total 111 Mtce", "+393 %", "at most 3 %"):
        assert words in first.problem


def test_bounds_and_severity_are_arguments() -> None:
    dataset = with_totals([("energy", "A", 100.0, 110.0, "assumed")])
    (found,) = check_control_totals(dataset, within={"assumed": 0.05}, severity="warning")
    assert (found.severity, found.unit) == ("warning", "%")
    assert check_control_totals(dataset, within={"assumed": 0.2}) == []


def test_a_total_of_zero_is_missed_by_anything() -> None:
    (found,) = check_control_totals(with_totals([("nuclear", "A", 0.0, 2.0, "published")]))
    assert "a total of zero missed" in found.problem
    assert found.record()["size"] is None


def test_what_has_no_totals_is_skipped() -> None:
    dataset = tiny_dataset()
    for subject in (dataset, dataset.sam):
        assert "control_totals" in run_checks(subject, only=["control_totals"]).skipped
        assert check_control_totals(subject) == []
