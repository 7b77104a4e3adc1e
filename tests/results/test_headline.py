"""Headline variables: parts, totals, and what is never added."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.dynamics import Path
from cge.results import CHINA, DELTA, headline
from cge.results.headline import display_order, totals
from tests.results.made_up import REGIONS, baseline_and_policy

SUMS = ["gdp", "consumption", "population", "co2_direct", "co2_energy", "co2_net", "removal"]


@pytest.fixture(scope="module")
def policy() -> Path:
    return baseline_and_policy()[-1]


@pytest.mark.parametrize("name", SUMS)
def test_totals_are_sums_of_their_regions(name: str, policy: Path) -> None:
    part = headline(policy)[name]
    delta = part.sel(region=["SH", "JS", "ZJ", "AH"]).sum("region")
    assert_allclose(part.sel(region=DELTA), delta, rtol=1e-12)
    assert_allclose(part.sel(region=CHINA), delta + part.sel(region="RCN"), rtol=1e-12)


def test_gross_emissions_are_energy_and_processes(policy: Path) -> None:
    data = headline(policy)
    assert_allclose(data["co2_direct"], data["co2_energy"] + data["co2_process"], rtol=1e-12)


def test_net_emissions_are_gross_minus_removal(policy: Path) -> None:
    data = headline(policy)
    assert_allclose(data["co2_net"], data["co2_direct"] - data["removal"], rtol=1e-12, atol=1e-9)


def test_indirect_emissions_of_the_country_arise_within_it(policy: Path) -> None:
    indirect = headline(policy)["co2_indirect"]
    assert np.all(np.isnan(indirect.sel(region=CHINA)))
    members = indirect.sel(region=["SH", "JS", "ZJ", "AH"]).sum("region")
    assert_allclose(indirect.sel(region=DELTA), members, rtol=1e-12)


def test_price_of_a_pool_is_the_price_of_its_total(policy: Path) -> None:
    price = headline(policy)["carbon_price"]
    assert_allclose(price.sel(region=DELTA), price.sel(region="SH"), rtol=1e-12)


def test_price_of_a_total_values_its_emissions(policy: Path) -> None:
    data = headline(policy)
    value = (data["carbon_price"] * data["co2_direct"]).sel(region=list(REGIONS)).sum("region")
    total = data.sel(region=CHINA)
    assert_allclose(total["carbon_price"] * total["co2_direct"], value, rtol=1e-12)


def test_other_regions_have_the_national_total_only() -> None:
    assert totals(["A", "B"]) == {CHINA: ["A", "B"]}
    assert display_order(["A", "B"]) == ["A", "B", CHINA]
    assert display_order(REGIONS) == ["SH", "JS", "ZJ", "AH", DELTA, "RCN", CHINA]
