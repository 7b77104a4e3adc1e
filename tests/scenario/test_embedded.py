"""Embedded scenarios against what the report prints."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from cge.scenario import available_scenarios, load_scenario
from sam import load_dataset

BASE_GT = 1.99  # the report's total of 2020, Gt
DELTA = ["SH", "JS", "ZJ", "AH"]


def level(year: int) -> float:
    """The Delta's cap, as a level on the report's base, Gt."""
    pool = load_scenario("enhanced_carbon_neutrality").pools[0]
    return float(BASE_GT * pool.ratios([year])[0])


def report_row(item: str, year: str) -> float:
    """A number of the report's table."""
    folder = os.environ.get("M3C_SOURCES")
    if not folder:
        pytest.skip("M3C_SOURCES does not name the folder of official tables")
    with Path(folder, "macro", "report_targets.csv").open(encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["group"] == "emis"]
    return float(next(r["value"] for r in rows if r["item"] == item and r["year"] == year))


def test_three_scenarios_are_embedded() -> None:
    assert set(available_scenarios()) == {
        "baseline",
        "enhanced_carbon_neutrality",
        "enhanced_carbon_neutrality_rcn_uncapped",
    }


@pytest.mark.parametrize(
    ("year", "published", "digits"),
    [(2020, 1.99, 2), (2024, 2.39, 2), (2025, 2.40, 2), (2027, 2.43, 2), (2035, 2.187, 3)],
)
def test_cap_meets_the_published_levels(year: int, published: float, digits: int) -> None:
    assert round(level(year), digits) == published


def test_cap_meets_the_table_of_the_report() -> None:
    for item, year in [("total CO2", "2020"), ("total CO2", "2024"), ("peak", "2027")]:
        assert level(int(year)) == pytest.approx(report_row(item, year), rel=1e-9)
    fall = 1.0 - level(2035) / level(2027)
    assert fall == pytest.approx(report_row("reduction vs peak", "2035") / 100.0, abs=1e-9)
    late = (level(2050) / level(2035)) ** (1 / 15) - 1.0
    assert late == pytest.approx(report_row("CAGR", "2036-2050") / 100.0, abs=1e-9)
    last = (level(2060) / level(2050)) ** (1 / 10) - 1.0
    assert last == pytest.approx(report_row("CAGR", "2051-2060") / 100.0, abs=1e-9)


def test_published_rates_leave_half_a_gigaton_in_2050_and_a_third_in_2060() -> None:
    assert level(2050) == pytest.approx(0.50, abs=0.005)
    assert level(2060) == pytest.approx(0.32, abs=0.005)


def test_cap_peaks_in_2027() -> None:
    years = range(2020, 2061)
    ratios = load_scenario("enhanced_carbon_neutrality").pools[0].ratios(years)
    assert years[int(np.argmax(ratios))] == 2027
    assert np.all(np.diff(ratios[:8]) > 0.0)
    assert np.all(np.diff(ratios[7:]) < 0.0)


def test_rest_of_china_is_capped_in_proportion_or_not_at_all() -> None:
    both = load_scenario("enhanced_carbon_neutrality")
    delta = load_scenario("enhanced_carbon_neutrality_rcn_uncapped")
    assert [pool.regions for pool in both.pools] == [DELTA, ["RCN"]]
    assert both.pools[0].cap == both.pools[1].cap
    assert [pool.regions for pool in delta.pools] == [DELTA]
    assert delta.pools[0].cap == both.pools[0].cap


def test_removal_can_take_back_what_the_cap_still_emits_in_2060() -> None:
    scenario = load_scenario("enhanced_carbon_neutrality")
    limits = scenario.removal.limits([*DELTA, "RCN"], [2020, 2030, 2060])  # region, year
    np.testing.assert_array_equal(limits[:, :2], 0.0)
    assert limits[:4, -1].sum() == pytest.approx(1000.0 * level(2060), rel=0.02)
    assert limits[1, -1] / limits[:4, -1].sum() == pytest.approx(7.42 / 10.7, abs=0.002)
    base = load_dataset(scenario.dataset).co2()["direct"]
    proportion = base["RCN"] / base[DELTA].sum()
    assert limits[4, -1] / limits[:4, -1].sum() == pytest.approx(proportion, rel=0.05)


def test_embedded_baseline_is_the_baseline_of_the_others() -> None:
    embedded = load_scenario("baseline")
    derived = load_scenario("enhanced_carbon_neutrality").baseline()
    assert not embedded.pools
    assert not derived.pools
    assert (embedded.name, embedded.years, embedded.closure, embedded.dataset) == (
        derived.name,
        derived.years,
        derived.closure,
        derived.dataset,
    )
