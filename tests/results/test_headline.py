"""Headline variables: parts, totals, and what is never added."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.path import Pathway
from cge.results import headline
from cge.results.headline import display_order, totals
from sam import Geography
from tests.results.made_up import REGIONS, baseline_and_policy

DELTA, CHINA = "Yangtze River Delta", "China"
SUMS = ["gdp_real", "consumption", "population", "co2_direct", "co2_energy", "co2_net", "removal"]


@pytest.fixture(scope="module")
def policy() -> Pathway:
    return baseline_and_policy()[-1]


@pytest.mark.parametrize("name", SUMS)
def test_totals_are_sums_of_their_regions(name: str, policy: Pathway) -> None:
    part = headline(policy)[name]
    delta = part.sel(region=["SH", "JS", "ZJ", "AH"]).sum("region")
    assert_allclose(part.sel(region=DELTA), delta, rtol=1e-12)
    assert_allclose(part.sel(region=CHINA), delta + part.sel(region="RCN"), rtol=1e-12)


def test_gross_emissions_are_energy_and_processes(policy: Pathway) -> None:
    data = headline(policy)
    assert_allclose(data["co2_direct"], data["co2_energy"] + data["co2_process"], rtol=1e-12)


def test_net_emissions_are_gross_minus_removal(policy: Pathway) -> None:
    data = headline(policy)
    assert_allclose(data["co2_net"], data["co2_direct"] - data["removal"], rtol=1e-12, atol=1e-9)


def test_indirect_emissions_of_the_country_arise_within_it(policy: Pathway) -> None:
    indirect = headline(policy)["co2_indirect"]
    assert np.all(np.isnan(indirect.sel(region=CHINA)))
    members = indirect.sel(region=["SH", "JS", "ZJ", "AH"]).sum("region")
    assert_allclose(indirect.sel(region=DELTA), members, rtol=1e-12)


def test_price_of_a_pool_is_the_price_of_its_total(policy: Pathway) -> None:
    price = headline(policy)["carbon_price"]
    assert_allclose(price.sel(region=DELTA), price.sel(region="SH"), rtol=1e-12)


def test_price_of_a_total_values_its_emissions(policy: Pathway) -> None:
    data = headline(policy)
    value = (data["carbon_price"] * data["co2_direct"]).sel(region=list(REGIONS)).sum("region")
    total = data.sel(region=CHINA)
    assert_allclose(total["carbon_price"] * total["co2_direct"], value, rtol=1e-12)


def test_regions_without_groups_have_the_total_of_all_only() -> None:
    alone = Geography({"A": "A", "B": "B"}, {}, "All regions")
    assert totals(alone, ["A", "B"]) == {"All regions": ["A", "B"]}
    assert display_order(alone, ["A", "B"]) == ["A", "B", "All regions"]


def test_a_group_stands_after_its_members(policy: Pathway) -> None:
    shown = display_order(policy.geography, REGIONS)
    assert shown == ["SH", "JS", "ZJ", "AH", DELTA, "RCN", CHINA]


def test_a_total_is_missing_where_a_part_is(policy: Pathway) -> None:
    """A cap of the nation is no number while a region has none."""
    data = policy.data.copy(deep=True)
    data["cap"].loc["RCN"] = np.nan
    caps = headline(replace(policy, data=data))["cap"]
    assert np.isnan(caps.sel(region=CHINA)).all()
    assert not np.isnan(caps.sel(region=DELTA)).any()


def test_units_stay_with_the_variables(policy: Pathway) -> None:
    data = headline(policy)
    assert all(data[name].attrs["units"] for name in data.data_vars)
