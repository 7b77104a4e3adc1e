"""Shocks of a scenario: what is set in a file is what is set in Python."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge import path as pathways
from cge.path import Pathway, run
from cge.path.run import Run, begin, changed, opened
from cge.path.shocks import slots
from cge.scenario import Pool, Scenario, ScenarioError, Shock
from cge.scenario.shocks import LEVERS

LATER = 2021


def shocked(folder: Path, *shocks: Shock, pools: bool = False, last: int = LATER) -> Scenario:
    """A scenario with shocks."""
    members = [Pool(name="all", regions=["A", "B"], cap={2021: 0.95})] if pools else []
    return Scenario(name="shocked", dataset=folder, last=last, pools=members, shocks=list(shocks))


def begun(scenario: Scenario, baseline: Pathway) -> Run:
    """A run before its first year."""
    return begin(pathways.prepare(scenario, baseline=baseline))


def test_every_lever_may_be_moved(folder: Path, baseline: Pathway) -> None:
    """The names that scenarios know are those of the economy, with the same dimensions."""
    shock = Shock(lever="output_limit", level=1e9, region="A", sector="FER")
    levers = begun(shocked(folder, shock), baseline).compiled.economy.levers
    assert {lever.name: tuple(lever.dims.split()) for lever in levers} == {**LEVERS}


def test_a_factor_is_what_setting_the_lever_in_python_gives(
    folder: Path, baseline: Pathway
) -> None:
    shock = Shock(lever="energy_efficiency", factor={2021: 1.1}, region="A", sector=["FER", "GEM"])
    path = run(shocked(folder, shock, pools=True), baseline=baseline)

    current = begun(shocked(folder, pools=True), baseline)
    (lever,) = [
        lever for lever in current.compiled.economy.levers if lever.name == "energy_efficiency"
    ]
    sectors = current.setting.labels["sector"]
    for year in (2020, LATER):
        at = opened(current, year)
        if year == LATER:
            value = np.array(lever.read(at))
            value[0, [sectors.index("FER"), sectors.index("GEM")]] *= 1.1
            at = changed(current, at, lever.change(at, value))
        pathways.accept(current, at, pathways.solve(current, at))
    own = pathways.finish(current)
    for name in ("gdp_real", "co2_direct", "carbon_price"):
        assert_allclose(path.data[name], own.data[name], rtol=1e-9, atol=1e-9)
    idle = run(shocked(folder, pools=True), baseline=baseline)
    spared = (idle.data - path.data)["carbon_price"].sel(year=LATER)
    assert (spared > 0.0).all()


def test_without_pools_a_shock_is_a_policy_against_the_baseline(
    folder: Path, baseline: Pathway
) -> None:
    """A tenth less labour from 2021 on costs GDP against the baseline, which has none of it."""
    shock = Shock(lever="labour_force", factor={2021: 0.9}, region="A")
    scenario = shocked(folder, shock)
    assert not scenario.is_baseline
    assert scenario.baseline().shocks == []
    path = run(scenario, baseline=baseline)
    fall = path.data["gdp_real"] / baseline.data["gdp_real"] - 1.0
    assert_allclose(fall.sel(year=2020), 0.0, atol=1e-8)
    assert float(fall.sel(year=LATER, region="A")) < -0.03
    assert abs(float(fall.sel(year=LATER, region="B"))) < 0.02


def test_paths_are_linear_begin_and_stay() -> None:
    shock = Shock(lever="productivity", add={2022: 0.0, 2026: 0.4})
    assert [shock.amount(year) for year in (2021, 2022, 2025, 2030)] == pytest.approx(
        [None, 0.0, 0.3, 0.4]
    )
    assert Shock(lever="productivity", level=2.0).amount(2020) == 2.0


def test_shocks_of_one_lever_take_effect_in_their_order(folder: Path, baseline: Pathway) -> None:
    """Plants are set to 10 GW, of which a tenth is lost; then one is added: 10 GW again."""
    about = {"lever": "generation_capacity", "region": "A", "technology": "coal"}
    steps = [{"level": 10.0}, {"factor": 0.9}, {"add": 1.0}]
    current = begun(shocked(folder, *(Shock(**about, **step) for step in steps)), baseline)
    (lever,) = [
        lever for lever in current.compiled.economy.levers if lever.name == "generation_capacity"
    ]
    plain = begun(shocked(folder, Shock(lever="productivity", factor=1.0)), baseline)
    found, before = lever.read(opened(current, 2020)), lever.read(opened(plain, 2020))
    coal = current.setting.labels["technology"].index("coal")
    assert found[0, coal] == pytest.approx(10.0)
    found[0, coal] = before[0, coal]
    assert_allclose(found, before, rtol=1e-12)


REFUSED = {
    "out of range": (
        Shock(lever="energy_efficiency", add=-3.0, sector="FER"),
        r"shocks\[0\] \(energy_efficiency\), 2020: comes to -2 index for A FER; .* 0.001 or more",
    ),
    "nothing there": (
        Shock(lever="generation_capacity", factor=2.0, region="B", technology="nuclear"),
        r"shocks\[0\] \(generation_capacity\), 2020: comes to nan GW for B nuclear",
    ),
    "not known yet": (
        Shock(lever="generation_share", factor=2.0),
        r"shocks\[0\] \(generation_share\), 2020: the mix of A is left to prices",
    ),
}


@pytest.mark.parametrize(("shock", "said"), REFUSED.values(), ids=REFUSED)
def test_what_finds_nothing_to_move_is_refused(
    shock: Shock, said: str, folder: Path, baseline: Pathway
) -> None:
    with pytest.raises(ScenarioError, match=said):
        opened(begun(shocked(folder, shock), baseline), 2020)


@pytest.mark.slow
def test_a_limit_on_output_holds(folder: Path, baseline: Pathway) -> None:
    most = 0.9 * float(baseline.data["output"].sel(year=2021, region="A", sector="FER"))
    shock = Shock(lever="output_limit", level={2021: most}, region="A", sector="FER")
    scenario = shocked(folder, shock)
    assert slots(scenario, begun(scenario, baseline).setting.labels) == ("limit 1",)
    path = run(scenario, baseline=baseline)
    made = path.data["output"].sel(region="A", sector="FER")
    assert float(made.sel(year=2020)) > most
    assert float(made.sel(year=2021)) <= most * (1.0 + 1e-9)
    assert float(path.data["output_limit_price"].sel(year=2021, region="A", sector="FER")) > 0.0


def test_a_shock_is_in_the_scenario_of_the_results(folder: Path) -> None:
    shock = Shock(lever="productivity", factor={2021: 1.01}, region="A")
    text = shocked(folder, shock).to_yaml()
    assert "productivity" in text
    assert text != shocked(folder).to_yaml()
