"""What is read of a path beside facts, claims and studies: totals, shares, sums over years."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from calibration import load_assumptions, load_claims, load_facts
from calibration.facts import Claims
from calibration.studies import load_studies
from cge.path import Pathway
from cge.results.confrontation import (
    CLAIMED,
    HELD_AGAINST,
    REPORT,
    Place,
    claims_against,
    facts_against,
    final_energy,
    studies_against,
    total_co2,
    twh,
)
from cge.scenario import BASELINE, load_scenario
from sam import load_dataset

REGIONS = ["SH", "JS", "ZJ", "AH", "RCN"]
YEARS = list(range(2020, 2061))
SECTORS = [str(code) for code in load_dataset("yrd2020").sectors["code"]]
TECHNOLOGIES = ["coal", "nuclear", "hydro", "onshore_wind", "utility_solar", "bioenergy_capture"]
LABELS = {
    "region": REGIONS, "origin": REGIONS, "sector": SECTORS, "household": ["RUR", "URB"],
    "fuel": ["COL", "OIL", "GAS", "REF", "COK", "GDT"], "technology": TECHNOLOGIES,
    "option": ["bioenergy", "direct_air"],
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
        "generation_twh", "capacity", "co2_power", "captured_power", "plant_investment",
    ),
    "region origin": ("electricity_sent",),
    "region option": ("abatement",),
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


def test_final_energy_by_user_is_all_but_what_becomes_another_fuel() -> None:
    at = Place(path(), "CN", 2030)
    fuel = at.of("energy_use") + at.of("energy_household")
    current = at.of("electricity_sector") + at.of("electricity_household")
    for sector, burnt in (("REF", ["OIL"]), ("COK", ["COL"]), ("GDT", ["GAS"]), ("ELE", None)):
        part = {} if burnt is None else {"fuel": burnt}
        fuel -= at.of("energy_use", sector=[sector], **part)
    current -= at.of("electricity_sector", sector=["ELE"])
    assert final_energy(at) == pytest.approx(fuel + current * 0.1229 * 29.3076)


def test_capacity_stands_beside_the_mean_of_two_ends() -> None:
    facts, found = load_facts(), facts_against(path())
    row = found.query("quantity == 'capacity' and label == 'wind' and region == 'CN'")
    row = row[row["year"] == 2023].iloc[0]
    ends = [facts.value("capacity", "CN", year, "wind") for year in (2022, 2023)]
    assert row["fact"] == pytest.approx(np.mean(ends))
    assert row["value"] == pytest.approx(
        Place(path(), "CN", 2023).of("capacity", technology=["onshore_wind"])
    )


def claims_on(*quantities: str) -> Claims:
    return Claims(tuple(row for row in load_claims().rows if row.quantity in quantities))


def test_claims_of_years_before_the_path_are_left_out() -> None:
    found = claims_against(paths(), claims_on("co2_with_indirect"))
    assert found["year"].min() == 2020
    assert (found["scenario"] == REPORT).all()


def test_sums_are_over_all_years_of_a_period() -> None:
    found = claims_against(paths(), claims_on("investment"))
    assert set(found["label"]) == {"energy 2025-2030", "energy 2031-2060"}
    first = float(found[found["year"] == 2030]["value"].iloc[0])
    at = Place(path(REPORT), "YRD", 2030)
    spent = sum(at.at(year).of("plant_investment") for year in range(2025, 2031))
    assert first == pytest.approx(spent / 1e4)


def test_a_sum_of_years_beyond_the_path_is_none() -> None:
    short = {**paths(), REPORT: path(REPORT, 2040)}
    found = claims_against(short, claims_on("investment", "bioenergy_capture"))
    assert set(found["label"]) == {"energy 2025-2030"}


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
