"""Embedded scenarios against what the report prints."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest

from calibration import load_abatement
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


def test_the_embedded_scenarios() -> None:
    assert set(available_scenarios()) == {
        "baseline",
        "current_policies",
        "enhanced_carbon_neutrality",
        "enhanced_carbon_neutrality_rcn_uncapped",
        "frozen",
    }


@pytest.mark.parametrize("name", available_scenarios())
def test_what_a_scenario_is_about_is_told_in_both_languages(name: str) -> None:
    for scenario in (load_scenario(name), load_scenario("frozen").baseline()):
        english, chinese = scenario.told
        assert english.isascii()
        assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


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


def test_rest_of_china_goes_to_neutrality_or_is_not_capped() -> None:
    both = load_scenario("enhanced_carbon_neutrality")
    delta = load_scenario("enhanced_carbon_neutrality_rcn_uncapped")
    assert [pool.regions for pool in both.pools] == [DELTA, ["RCN"]]
    rest = both.pools[1].ratios(range(2027, 2061))
    assert (np.diff(rest) < 0.0).all()
    base = float(load_dataset(both.dataset).co2()["direct"]["RCN"])
    sinks = load_abatement().sinks(2060, ["RCN"])[0]
    assert rest[-1] * base == pytest.approx(sinks, rel=0.3)
    assert [pool.regions for pool in delta.pools] == [DELTA]
    assert delta.pools[0] == both.pools[0]
    assert all(pool.counts == "net" for pool in both.pools)


def test_embedded_scenarios_have_no_ceiling() -> None:
    assert {load_scenario(name).removal.ceiling for name in available_scenarios()} == {"none"}


def test_bioenergy_with_capture_is_generation() -> None:
    scenario = load_scenario("enhanced_carbon_neutrality")
    assert not scenario.removal.limits([*DELTA, "RCN"], [2020, 2040, 2060]).any()


def test_current_policies_price_what_the_national_market_covers() -> None:
    (pool,) = load_scenario("current_policies").pools
    assert np.isnan(pool.prices([2020])[0])
    assert 40 <= pool.prices([2021])[0] < pool.prices([2024])[0] <= 100
    assert (np.diff(pool.prices(range(2025, 2061))) > 0.0).all()
    sectors = ["ELE", "FER", "CHM"]
    assert pool.coverage(2022, sectors).tolist() == [1.0, 0.0, 0.0]
    assert pool.coverage(2030, sectors).tolist() == [1.0, 1.0, 0.0]
    assert not pool.homes(2060, ["RUR"]).any()


def test_frozen_has_the_baseline_of_the_others() -> None:
    frozen = load_scenario("frozen")
    assert frozen.progress == "frozen"
    assert not any(pool.cap or pool.price for pool in frozen.pools)
    assert frozen.baseline().progress == "path"


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
