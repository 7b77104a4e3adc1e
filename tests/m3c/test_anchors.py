"""Anchors: what statistics say of demand holds in a baseline; scenarios keep what it has found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from numpy.testing import assert_allclose

from calibration import Assumptions, calibrate, load_assumptions
from cge.path import Pathway, run
from cge.scenario import Pool, Scenario
from tests.economies import tiny_dataset, write_dataset

LAST, KNOWN = 2023, 2021
MADE, EMITTED = 1.03, 0.01
"""Generation of the first year over that of the base year; change of CO2."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dataset(tiny_dataset(), tmp_path_factory.mktemp("anchors") / "economy")


@pytest.fixture(scope="module")
def tables() -> Assumptions:
    """Statistics of an economy that is the tiny one, of one year."""
    usual, made = load_assumptions(), float(calibrate(tiny_dataset()).power.twh.sum())
    (base,) = (
        row for row in usual.facts.rows
        if (row.variable, row.label, row.region, row.year) == ("generation", "total", "CN", 2020)
    )  # fmt: skip
    rows = (
        base.model_copy(update={"value": made}),
        base.model_copy(update={"value": MADE * made, "year": KNOWN}),
        base.model_copy(
            update={"variable": "co2_since_2020", "label": "", "value": EMITTED, "year": KNOWN}
        ),
        *(
            row for row in usual.facts.rows
            if row.region == "CN" and row.variable == "capacity"
        ),
    )  # fmt: skip
    return usual.replace(facts=replace(usual.facts, rows=rows))


@pytest.fixture(scope="module")
def baseline(folder: Path, tables: Assumptions) -> Pathway:
    return run(Scenario(name="baseline", dataset=folder, last=LAST), assumptions=tables)


@pytest.fixture(scope="module")
def policy(folder: Path, tables: Assumptions, baseline: Pathway) -> Pathway:
    pool = Pool(name="all", regions=["A", "B"], cap={2020: 1.0, 2021: 0.95, LAST: 0.9})
    scenario = Scenario(name="policy", dataset=folder, last=LAST, pools=[pool])
    return run(scenario, assumptions=tables, baseline=baseline)


def test_the_baseline_has_what_statistics_say(baseline: Pathway) -> None:
    made = baseline.data["generation_twh"].sum(["region", "technology"])
    emitted = baseline.data["co2_direct"].sum("region")
    assert float(made.sel(year=KNOWN) / made.sel(year=2020)) == pytest.approx(MADE, rel=1e-8)
    assert float(emitted.sel(year=KNOWN) / emitted.sel(year=2020)) == pytest.approx(
        1.0 + EMITTED, rel=1e-8
    )


def test_what_was_found_is_carried_on_where_nothing_is_known(baseline: Pathway) -> None:
    for name in ("electricity_intensity", "fuel_intensity"):
        found = baseline.data[name]
        assert float(found.sel(year=2020)) == pytest.approx(1.0, abs=1e-9)
        assert abs(float(found.sel(year=KNOWN)) - 1.0) > 1e-4
        later = found.sel(year=slice(KNOWN, None))
        assert_allclose(later, float(found.sel(year=KNOWN)), rtol=1e-9)


def test_a_policy_keeps_what_the_baseline_has_found(baseline: Pathway, policy: Pathway) -> None:
    for name in ("electricity_intensity", "fuel_intensity"):
        assert_allclose(policy.data[name], baseline.data[name], rtol=0.0, atol=0.0)
    made, there = (
        path.data["generation_twh"].sum(["region", "technology"]).sel(year=LAST)
        for path in (policy, baseline)
    )
    assert abs(float(made / there) - 1.0) > 1e-5  # it is free to move


def test_where_nothing_is_known_nothing_moves(folder: Path) -> None:
    """The statistics of China are not those of this economy."""
    path = run(Scenario(name="baseline", dataset=folder, last=2021))
    for name in ("electricity_intensity", "fuel_intensity"):
        assert_allclose(path.data[name], 1.0, rtol=1e-9)
