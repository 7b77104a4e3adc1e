"""Facts beside a path: what is compared, in what unit, and what is no fact of the economy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from calibration import load_facts
from cge.path import Pathway
from cge.results import MET, anchors, facts_against, met, transition
from cge.results.facts import COLUMNS, NATION
from tests.results.made_up import REGIONS, baseline_and_policy

YEARS = (2020, 2021, 2022)
NAMES = {"nuclear": "nuclear", "hydro": "hydro", "onshore_wind": "wind", "utility_solar": "solar"}


def told(scale: float = 1.0) -> Pathway:
    """A path that makes what statistics say, times a factor after the base year."""
    facts, path = load_facts(), baseline_and_policy()[0]
    share = np.full(len(REGIONS), 1.0 / len(REGIONS))
    factor = np.array([1.0, scale, scale])
    made = {
        name: np.array([facts.value("generation", NATION, year, label) for year in YEARS])
        for name, label in {**NAMES, "coal": "thermal"}.items()
    }
    twh = share[:, None, None] * np.stack(list(made.values())) * factor
    carbon = np.array([1.0, *(1.0 + facts.value("co2_since_2020", NATION, y) for y in YEARS[1:])])
    data = xr.Dataset(
        {
            "generation_twh": (("region", "technology", "year"), twh),
            "capacity": (("region", "technology", "year"), twh / 4.0),
            "co2_direct": (("region", "year"), 1e4 * share[:, None] * carbon),
            "electricity_intensity": ("year", [1.0, 1.1, 1.2]),
            "fuel_intensity": ("year", [1.0, 0.9, 0.8]),
        },
        coords={"region": list(REGIONS), "technology": list(made), "year": list(YEARS)},
    )
    return replace(path, data=data)


def test_a_path_that_is_what_statistics_say_meets_them() -> None:
    table = facts_against(told())
    assert tuple(table.columns) == COLUMNS
    shown = table[table["variable"].isin(["generation", "co2_since_2020"])]
    shown = shown[(shown["region"] == NATION) & ~shown["label"].isin(["total", "biomass", "gas"])]
    assert len(shown) >= 5 * len(YEARS) + 2
    np.testing.assert_allclose(shown["ratio"], 1.0, rtol=1e-9)


def test_what_misses_by_more_than_the_tolerance_is_counted() -> None:
    right, wrong = anchors(told()), anchors(told(1.0 + 2.0 * MET))
    assert {each["name"] for each in right} >= {"generation nuclear", "co2_since_2020"}
    assert met(wrong) < met(right)
    (nuclear,) = [t for t in wrong if (t["name"], t["year"]) == ("generation nuclear", 2021)]
    assert nuclear["achieved"] == pytest.approx((1.0 + 2.0 * MET) * nuclear["target"])
    assert nuclear["moved"] == "capacity"
    (carbon,) = [t for t in right if (t["name"], t["year"]) == ("co2_since_2020", 2022)]
    assert (carbon["moved"], carbon["by"]) == ("fuel_intensity", 0.8)


def test_another_economy_has_no_facts() -> None:
    path = told()
    smaller = replace(path, data=path.data.assign(generation_twh=0.5 * path.data["generation_twh"]))
    assert facts_against(smaller).empty
    assert anchors(smaller) == []


def test_the_transition_is_told_side_by_side() -> None:
    paths = baseline_and_policy()
    text = transition(paths)
    assert "Direct CO2, Gt" in text
    assert "Cement" not in text  # not reported there
    lines = text.splitlines()
    start = lines.index("Direct CO2, Gt")
    assert [line.split()[0] for line in lines[start + 1 : start + 3]] == [
        path.scenario.name[:29] for path in paths
    ]
    shown = float(lines[start + 1].split()[1])
    assert shown == pytest.approx(
        float(paths[0].data["co2_direct"].sel(year=2020).sum()) / 1e3, abs=0.005
    )
