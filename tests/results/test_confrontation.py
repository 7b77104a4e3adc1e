"""What is read of a path beside facts, claims and studies: totals, shares, sums over years."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from calibration import load_assumptions, load_claims
from calibration.facts import Claims
from calibration.studies import load_studies
from cge.path import Pathway
from cge.results.confrontation import (
    CLAIMED,
    HELD_AGAINST,
    REPORT,
    Place,
    claims_against,
    final_energy,
    studies_against,
    total_co2,
    twh,
)
from cge.scenario import BASELINE, load_scenario
from cge.setting import AREAS
from sam import load_dataset

REGIONS = ["SH", "JS", "ZJ", "AH", "RCN"]
YEARS = list(range(2020, 2061))
SECTORS = [str(code) for code in load_dataset("yrd2020").sectors["code"]]
TECHNOLOGIES = ["coal", "nuclear", "hydro", "onshore_wind", "utility_solar", "bioenergy_capture"]
LABELS = {
    "region": REGIONS, "origin": REGIONS, "sector": SECTORS, "household": ["RUR", "URB"],
    "fuel": ["COL", "OIL", "GAS", "REF", "COK", "GDT"], "technology": TECHNOLOGIES,
    "option": ["bioenergy", "direct_air"], "area": list(AREAS), "user": [*SECTORS, "RUR", "URB"],
}  # fmt: skip
VARIABLES = {
    "region": (
        "gdp_real", "co2_direct", "co2_indirect", "co2_energy", "co2_net", "primary_energy",
        "primary_coal", "primary_oil", "primary_gas", "final_energy", "electrification",
        "non_fossil_share", "steel", "cement", "population", "carbon_price", "captured", "removal",
        "sinks", "stored",
    ),
    "region sector": ("emissions", "electricity_sector", "co2_process"),
    "region household": ("electricity_household",),
    "region sector fuel": ("energy_use",),
    "region household fuel": ("energy_household",),
    "region technology": (
        "generation_twh", "capacity", "co2_power", "captured_power",
    ),
    "region origin": ("electricity_sent",),
    "region option": ("abatement",),
    "region area": ("transition_investment",),
    "region user": ("final_energy_of_user",),
}  # fmt: skip


@cache
def path(name: str = BASELINE, last: int = 2060) -> Pathway:
    """A path of made-up numbers, all between one and two."""
    rng = np.random.default_rng(len(name))
    years = [year for year in YEARS if year <= last]
    data = {}
    for dims, names in VARIABLES.items():
        axes = [*dims.split(), "year"]
        for each in names:
            shape = [len(years) if dim == "year" else len(LABELS[dim]) for dim in axes]
            data[each] = (axes, rng.uniform(1.0, 2.0, shape))
    whole = xr.Dataset(data, {**LABELS, "year": years})
    scenario = load_scenario(REPORT)
    scenario = scenario.baseline() if name == BASELINE else scenario
    geography = load_dataset("yrd2020").geography
    return Pathway(scenario, whole, pd.DataFrame(), {}, load_assumptions(), geography)


def paths() -> dict[str, Pathway]:
    return {name: path(name) for name in (BASELINE, *HELD_AGAINST.values())}


def test_totals_are_sums_of_their_regions() -> None:
    for name in ("gdp_real", "generation_twh"):
        delta = sum(Place(path(), region, 2030).of(name) for region in REGIONS[:4])
        assert Place(path(), "YRD", 2030).of(name) == pytest.approx(delta)
        rest = Place(path(), "RCN", 2030).of(name)
        assert Place(path(), "CN", 2030).of(name) == pytest.approx(delta + rest)


def test_indirect_co2_is_of_the_delta_and_not_of_the_nation() -> None:
    delta, nation = Place(path(), "YRD", 2030), Place(path(), "CN", 2030)
    assert total_co2(delta) == pytest.approx(delta.of("co2_direct") + delta.of("co2_indirect"))
    assert total_co2(nation) == pytest.approx(nation.of("co2_direct"))


def test_groups_of_technologies_share_out_generation() -> None:
    at = Place(path(), "CN", 2040)
    parts = ("thermal", "nuclear", "hydro", "wind", "solar")
    assert sum(twh(at, part) for part in parts) == pytest.approx(twh(at))
    assert twh(at, "wind and solar") == pytest.approx(twh(at, "wind") + twh(at, "solar"))


def test_final_energy_of_groups_is_that_of_all_users_but_the_electricity_sector() -> None:
    at = Place(path(), "CN", 2030)
    groups = ("industry", "transport", "buildings", "agriculture")
    assert sum(final_energy(at, group) for group in groups) == pytest.approx(final_energy(at))
    users = [user for user in LABELS["user"] if user != "ELE"]
    assert final_energy(at) == pytest.approx(at.of("final_energy_of_user", user=users))


def claims_on(*quantities: str) -> Claims:
    return Claims(tuple(row for row in load_claims().rows if row.quantity in quantities))


def test_claims_of_years_before_the_path_are_left_out() -> None:
    found = claims_against(paths(), claims_on("co2_with_indirect"))
    assert found["year"].min() == 2020
    assert (found["scenario"] == REPORT).all()


def test_sums_are_over_all_years_of_a_period() -> None:
    found = claims_against(paths(), claims_on("investment"))
    assert {f"{area} 2025-2030" for area in (*AREAS, "total")} <= set(found["label"])
    first = found[found["label"] == "energy 2025-2030"]["value"].iloc[0]
    at = Place(path(REPORT), "YRD", 2030)
    spent = sum(
        at.at(year).of("transition_investment", area=["energy"]) for year in range(2025, 2031)
    )
    assert first == pytest.approx(spent / 1e4)


def test_a_sum_of_years_beyond_the_path_is_none() -> None:
    short = {**paths(), REPORT: path(REPORT, 2040)}
    found = claims_against(short, claims_on("investment", "bioenergy_capture"))
    assert set(found["year"]) == {2030}


def test_outlooks_are_held_against_the_baseline() -> None:
    found = claims_against(paths(), claims_on("gdp", "population"))
    assert set(found["scenario"]) == {BASELINE}


def test_all_that_can_be_claimed_is_read() -> None:
    found = claims_against(paths(), claims_on(*CLAIMED))
    assert set(found["quantity"]) == set(CLAIMED)
    assert np.isfinite(found["value"]).all()


@pytest.mark.parametrize("scenarios", [tuple(HELD_AGAINST.values())])
def test_loss_of_gdp_is_against_the_baseline(scenarios: Sequence[str]) -> None:
    found = studies_against(paths(), load_studies()).query("quantity == 'gdp' and year == 2060")
    lost = found.set_index("scenario")["value"]
    assert lost[BASELINE] == 0.0
    whole = [Place(path(name), "CN", 2060).of("gdp_real") for name in (scenarios[-1], BASELINE)]
    assert lost[scenarios[-1]] == pytest.approx(whole[0] / whole[1] - 1.0)
