"""Drivers of a scenario: its baseline follows them, and so does it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.path import BaselineError, Pathway, prepare, run
from cge.scenario import Scenario, Shock
from cge.scenario.drivers import driven
from cge.scenario.reading import dataset_of
from cge.scenario.tables import assumptions_of
from tests.path.conftest import LAST


def scenario(folder: Path, **drivers: object) -> Scenario:
    parts = {"name": "mine", "dataset": folder, "last": LAST, "drivers": drivers}
    return Scenario.model_validate(parts)


def test_people_and_work(folder: Path) -> None:
    mine = scenario(
        folder,
        population={"factor": {2021: 1.0, 2023: 1.2}, "region": "A"},
        labour={"add": {2022: 0.5}},
    )
    usual = dataset_of(mine)
    data = driven(usual, mine.drivers)
    grown = data.population(2022) / usual.population(2022)
    assert_allclose(grown, [[1.1, 1.1], [1.0, 1.0]])
    assert_allclose(data.population(2020), usual.population(2020))
    more = data.driver("labour") - usual.driver("labour")
    assert_allclose(more.loc[2020:2023].to_numpy(), np.outer([0, 0, 0.5, 0.5], [1, 1]))
    assert_allclose(data.driver("depreciation"), usual.driver("depreciation"))
    assert [*data.drivers.columns] == [*usual.drivers.columns]


def test_people_are_told_as_levels(folder: Path) -> None:
    mine = scenario(folder, population={"level": {2021: 40.0}, "region": ["B"]})
    people = driven(dataset_of(mine), mine.drivers).population(2025)
    assert people.loc["B"].sum() == pytest.approx(40.0)


def test_the_baseline_follows_the_path_of_gdp(folder: Path, baseline: Pathway) -> None:
    mine = scenario(folder, gdp={"factor": {2020: 1.0, 2023: 1.03}, "region": "A"})
    assert mine.is_baseline
    path = run(mine.model_copy(update={"last": 2022}))
    grown = path.data["gdp_real"] / baseline.data["gdp_real"].sel(year=[2020, 2021, 2022])
    assert_allclose(grown.sel(region="A"), [1.0, 1.01, 1.02], rtol=1e-8)
    assert_allclose(grown.sel(region="B"), 1.0, rtol=1e-8)


def test_growth_is_told_in_points(folder: Path) -> None:
    mine = scenario(folder, gdp_growth={"add": {2022: -0.01}})
    usual = dataset_of(mine)
    less = driven(usual, mine.drivers).driver("gdp_growth") - usual.driver("gdp_growth")
    assert_allclose(less.loc[2021:2023].to_numpy(), [[0.0] * 2, [-0.01] * 2, [-0.01] * 2])


def test_saving_and_the_world_are_prospects(folder: Path) -> None:
    mine = scenario(folder, saving={"factor": {2020: 1, 2030: 0.9}}, world={"level": {2021: 1.5}})
    usual = scenario(folder)
    data = dataset_of(mine)
    told, before = (assumptions_of(each, data).prospects for each in (mine, usual))
    years = [2020, 2025, 2030, 2050]
    factor = told.factors("saving", [""], years) / before.factors("saving", [""], years)
    assert_allclose(factor, [[1.0, 0.95, 0.9, 0.9]])
    assert_allclose(told.factors("world", [""], [2020, 2021, 2060]), [[1.0, 1.5, 1.5]])
    assert driven(data, mine.drivers) is data


def test_a_baseline_of_other_drivers_is_refused(folder: Path, baseline: Pathway) -> None:
    mine = scenario(folder, labour={"factor": 1.01})
    policy = mine.model_copy(update={"shocks": [Shock(lever="productivity", factor=1.0)]})
    assert policy.baseline().drivers == mine.drivers
    with pytest.raises(BaselineError, match="has other drivers"):
        prepare(policy, baseline=baseline)
