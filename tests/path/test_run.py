"""From year to year: accumulation, the path of GDP, and what a cap changes."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from cge.path import Pathway, run
from cge.scenario import Closures
from tests.economies import tiny_dataset
from tests.path.conftest import LAST, Build


@pytest.fixture(scope="module")
def policy(scenario: Build, baseline: Pathway) -> Pathway:
    return run(scenario("policy", {2020: 1.0, LAST: 0.85}), baseline=baseline)


@pytest.fixture(scope="module")
def idle(scenario: Build, baseline: Pathway) -> Pathway:
    return run(scenario("idle", {2020: 5.0}), baseline=baseline)


def test_every_year_is_an_equilibrium(baseline: Pathway, policy: Pathway) -> None:
    for path in (baseline, policy):
        assert (path.solves["worst"] <= 1e-9).all()
        assert (path.solves["walras"].abs() <= 1e-9).all()


def test_the_baseline_follows_its_gdp_path(baseline: Pathway) -> None:
    growth = tiny_dataset().driver("gdp_growth").loc[2021:LAST].to_numpy()  # year, region
    gdp = baseline.data["gdp_real"].transpose("year", "region").to_numpy()
    assert_allclose(gdp[1:] / gdp[:-1], 1.0 + growth, rtol=1e-8)


def test_capital_accumulates(policy: Pathway) -> None:
    decay = tiny_dataset().driver("depreciation").loc[2020 : LAST - 1].to_numpy()
    stock = policy.data["capital"].transpose("year", "region").to_numpy()
    plants = policy.data["plant_investment"].sum("technology")  # no part of the stock of sectors
    added = (policy.data["investment"] - plants).transpose("year", "region").to_numpy()
    assert_allclose(stock[1:], (1.0 - decay) * stock[:-1] + added[:-1], rtol=1e-12)


def test_each_stock_is_what_is_left_and_what_is_invested(policy: Pathway) -> None:
    data, dims = policy.data, ("year", "region", "sector")
    decay = tiny_dataset().driver("depreciation").loc[2020 : LAST - 1].to_numpy()[:, :, None]
    stock = data["capital_by_sector"].transpose(*dims).to_numpy()
    added = data["investment_by_sector"].transpose(*dims).to_numpy()
    assert_allclose(stock[1:], (1.0 - decay) * stock[:-1] + added[:-1], rtol=1e-12)
    assert_allclose(data["capital_by_sector"].sum("sector"), data["capital"], rtol=1e-12)
    plants = data["plant_investment"].sum("technology")
    assert_allclose(
        data["investment_by_sector"].sum("sector") + plants, data["investment"], rtol=1e-12
    )


def test_growth_is_reported_beside_the_net_return(baseline: Pathway) -> None:
    gdp = baseline.data["gdp_real"].transpose("year", "region").to_numpy()
    growth = baseline.data["gdp_growth"].transpose("year", "region").to_numpy()
    assert_allclose(growth[1:], gdp[1:] / gdp[:-1] - 1.0, rtol=1e-9)
    assert_allclose(growth[0], 0.0, atol=1e-12)
    assert float(baseline.data["net_return"].min()) > 0.0


@pytest.mark.slow
def test_mobile_capital_earns_the_same_everywhere_and_is_no_sectors(scenario: Build) -> None:
    closure = Closures(capital="mobile")
    path = run(scenario("baseline", None, 2021).model_copy(update={"closure": closure}))
    rental = path.data["rental_by_sector"].to_numpy()
    assert_allclose(rental[np.isfinite(rental)], 1.0, rtol=1e-12)
    assert path.data["capital_by_sector"].isnull().all()
    stock, added = (
        path.data[name].transpose("year", "region").to_numpy() for name in ("capital", "investment")
    )
    plants = path.data["plant_investment"].sum("technology").transpose("year", "region").to_numpy()
    decay = tiny_dataset().driver("depreciation").loc[2020].to_numpy()
    assert_allclose(stock[1], (1.0 - decay) * stock[0] + added[0] - plants[0], rtol=1e-12)


def test_policy_keeps_the_productivity_of_the_baseline(baseline: Pathway, policy: Pathway) -> None:
    assert_allclose(policy.data["productivity"], baseline.data["productivity"], rtol=0, atol=0)


def test_a_cap_that_never_binds_gives_the_baseline_again(baseline: Pathway, idle: Pathway) -> None:
    """Productivity found in one model and given to another: the same path, no welfare change."""
    for name in ("gdp_real", "consumption", "co2_direct", "wage", "capital"):
        assert_allclose(idle.data[name], baseline.data[name], rtol=1e-8, err_msg=name)
    scale = float(baseline.data["consumption"].sum())
    for name in ("equivalent_variation", "welfare_with_saving"):
        assert_allclose(idle.data[name] / scale, 0.0, atol=1e-9, err_msg=name)


def test_welfare_counts_what_is_saved(baseline: Pathway, policy: Pathway) -> None:
    """Consumption that is paid for by forming less capital is no gain."""
    worth = baseline.data["investment_price"]
    assert_allclose(worth.sel(year=2020), 1.0, rtol=1e-9)
    less = baseline.data["investment"] - policy.data["investment"]
    lost = policy.data["equivalent_variation"] - policy.data["welfare_with_saving"]
    assert_allclose(lost, (worth * less).transpose(*lost.dims), rtol=1e-9, atol=1e-9)
    assert float(abs(less.sel(year=LAST)).max()) > 0.0


def test_caps_hold_emissions(policy: Pathway) -> None:
    last = policy.data.sel(year=LAST)
    total = float(last["co2_direct"].sum())
    assert total == pytest.approx(float(last["cap"].sum() + last["offsets"].sum()), rel=1e-8)
    assert float(last["carbon_price"].min()) > 0


def test_sources_add_up(policy: Pathway) -> None:
    data = policy.data
    parts = (
        data["co2_fuel"].sum(["fuel", "sector"])
        + data["co2_household"].sum("fuel")
        + data["co2_power"].sum("technology")
        + data["co2_process"].sum("sector")
    )
    assert_allclose(parts, data["co2_direct"], rtol=1e-12)
    assert_allclose(data["co2_direct"] - data["removal"], data["co2_net"], rtol=1e-12)


def test_electricity_from_outside_is_as_clean_as_where_it_is_made(policy: Pathway) -> None:
    """B makes what A draws from outside, and under the cap B makes it with less CO2."""
    data, account = policy.data, tiny_dataset().indirect.set_index("region")["mt_co2"]
    drawn = data["co2_indirect"].sel(region="A")
    assert float(drawn.sel(year=2020)) == pytest.approx(account["A"], rel=1e-8)
    made = data.sel(region="B")
    factor = made["co2_power"].sum("technology") / made["generation_twh"].sum("technology")
    inflow = data["electricity_inflow"].sel(region="A", origin="B")
    assert float(factor.sel(year=LAST)) < float(factor.sel(year=2020))
    per_twh = drawn / (factor * inflow)
    assert_allclose(per_twh, per_twh.sel(year=2020).item(), rtol=1e-12)
    assert_allclose(data["co2_indirect"].sel(region="B"), 0.0, atol=0)
