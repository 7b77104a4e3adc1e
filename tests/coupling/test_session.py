"""A session on a tiny economy: exchange, time, and what the economy makes of what is set."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from numpy.testing import assert_allclose, assert_array_equal

from cge import path as pathways
from cge.coupling import CouplingError, Session, catalogue
from cge.equilibrium import Equilibrium
from cge.scenario import Scenario


def same(one: Equilibrium, other: Equilibrium) -> bool:
    """Whether two equilibria are equal to the last bit."""
    return all(np.array_equal(one.unknowns[k], other.unknowns[k]) for k in one.unknowns)


def shares(session: Session) -> xr.DataArray:
    """Shares of technologies in the generation of the solved year."""
    twh = session.get("generation_twh")
    return (twh / twh.sum("technology")).assign_attrs(units="index")


# ---------------------------------------------------------------------- items


def test_every_item_can_be_read_with_its_labels(session: Session) -> None:
    session.solve_year()
    for name, dims, unit in session.catalogue[["item", "dims", "unit"]].itertuples(index=False):
        array = session.get(name)
        assert " ".join(array.dims) == dims
        assert array.attrs["units"] == unit
        assert all(tuple(array[d].values) == session.labels(d) for d in array.dims)


def test_the_catalogue_is_known_before_anything_is_solved(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pathways, "solve", None)
    monkeypatch.setattr(pathways, "run", None)
    pd.testing.assert_frame_equal(catalogue(session.scenario, limits=2), session.catalogue)


def test_setting_what_is_in_force_changes_nothing(session: Session) -> None:
    """But for shares, which hold the mix that prices chose (below)."""
    before = session.solve_year()
    for name in session.catalogue.query("direction == 'in'")["item"]:
        if name != "generation_share":
            session.set(name, session.get(name))
    after = session.solve_year()
    for key, values in before.unknowns.items():
        assert_allclose(after.unknowns[key], values, atol=1e-9)


def test_shares_in_force_are_those_that_prices_chose_until_they_are_set(session: Session) -> None:
    with pytest.raises(CouplingError, match=r"the mix of A is left to prices.* call solve_year"):
        session.get("generation_share")
    session.solve_year()
    assert_allclose(session.get("generation_share"), shares(session), atol=1e-15)
    assert session.given("generation_share").isnull().all()
    session.update("generation_share", shares(session).sel(region=["A"]))
    first = session.solve_year()
    assert_allclose(session.get("generation_share"), shares(session), atol=1e-12)
    assert session.given("generation_share").sel(region="B").isnull().all()
    session.set("generation_share", session.given("generation_share"))
    assert same(first, session.solve_year())


def test_a_value_goes_through_json_and_back(session: Session) -> None:
    before = session.solve_year()
    for name in ("pool_cap", "labour_force", "generation_cost", "generation_capacity", "coverage"):
        session.set(name, json.loads(json.dumps(session.get(name).to_dict())))
    after = session.solve_year()
    for key, values in before.unknowns.items():
        assert_allclose(after.unknowns[key], values, atol=1e-9)


def test_one_entry_can_be_set_and_the_scenario_decides_on_the_others(fresh: Session) -> None:
    """In later years too, where the scenario has other values."""
    labour = fresh.get("labour_force")
    fresh.update("labour_force", {"A": 2.0 * float(labour.sel(region="A"))}, unit="million person")
    fresh.advance()
    later = fresh.get("labour_force")
    fresh.clear()
    undisturbed = fresh.get("labour_force")
    assert_allclose(later.sel(region="A"), 2.0 * labour.sel(region="A"))
    assert_allclose(later.sel(region="B"), undisturbed.sel(region="B"))
    assert not np.isclose(later.sel(region="B"), labour.sel(region="B"))


def test_entries_are_set_one_after_the_other(session: Session) -> None:
    before = session.get("energy_efficiency")
    session.update("energy_efficiency", {"A": {"FER": 1.1}})
    session.update("energy_efficiency", pd.Series({("B", "FER"): 1.2}))
    now = session.get("energy_efficiency")
    assert now.sel(sector="FER").to_numpy().tolist() == [1.1, 1.2]
    assert_array_equal(now.drop_sel(sector="FER"), before.drop_sel(sector="FER"))


def test_the_remedy_for_missing_labels_works(session: Session) -> None:
    value = {"A": {"FER": 1.1}}
    with pytest.raises(CouplingError) as caught:
        session.set("energy_efficiency", value)
    assert "missing labels of 'region': B" in str(caught.value)
    assert "session.update('energy_efficiency', ...)" in str(caught.value)
    assert "a changed copy of session.get('energy_efficiency')" in str(caught.value)
    session.update("energy_efficiency", value)
    whole = session.get("energy_efficiency")
    whole.loc["A", "FER"] = 1.1
    session.set("energy_efficiency", whole)


@pytest.mark.parametrize("value", [{}, {"A": {}}, {"A": {"coal": None}}])
def test_an_update_of_nothing_is_refused(session: Session, value: object) -> None:
    with pytest.raises(CouplingError, match=r"session.clear\('generation_cost'\) leaves it to the"):
        session.update("generation_cost", value, unit="CNY/MWh")
    session.clear("generation_cost")


def test_a_unit_that_a_calculation_has_left_is_named_with_what_works(session: Session) -> None:
    session.solve_year()
    value = shares(session).assign_attrs(units="TWh")
    with pytest.raises(CouplingError) as caught:
        session.set("generation_share", value)
    text = str(caught.value)
    assert "item 'generation_share' counts index; 'TWh' is no unit of that kind" in text
    assert "say unit='index' or hand over value.assign_attrs(units='index')" in text
    session.set("generation_share", value, unit="index")
    session.set("generation_share", value.assign_attrs(units="index"))


def test_two_units_of_a_kind_are_not_taken_for_each_other(session: Session) -> None:
    session.solve_year()
    plants = session.get("generation_capacity", unit="MW")
    with pytest.raises(CouplingError, match="carry the unit 'MW', and unit='GW' is said") as e:
        session.set("generation_capacity", plants, unit="GW")
    assert "leave unit out to have them converted" in str(e.value)
    before = session.get("generation_capacity")
    session.set("generation_capacity", plants)
    assert_allclose(session.get("generation_capacity"), before, rtol=1e-12)


def test_a_cap_is_infinite_where_none_holds_and_the_scenarios_where_nothing_is_set(
    session: Session,
) -> None:
    cap = session.get("pool_cap")
    session.set("pool_cap", {"first": np.inf}, unit="Mt CO2")
    assert np.isinf(session.get("pool_cap")).all()
    with pytest.raises(CouplingError, match=r"session.clear\('pool_cap'\) leaves it to the scen"):
        session.set("pool_cap", session.template("pool_cap"))
    session.clear("pool_cap")
    assert_array_equal(session.get("pool_cap"), cap)


def test_an_answer_is_taken_whole_or_not_at_all(session: Session) -> None:
    efficient = 1.1 * session.get("energy_efficiency")
    with pytest.raises(CouplingError, match="the numbers have no unit"):
        session.take({"energy_efficiency": efficient, "pool_cap": {"first": 600.0}})
    assert session.given("energy_efficiency").isnull().all()
    session.take({"energy_efficiency": efficient, "pool_cap": ({"first": 6e5}, "kt CO2")})
    assert_allclose(session.get("pool_cap"), 600.0, rtol=1e-12)
    session.take({"energy_efficiency": None})
    assert session.given("energy_efficiency").isnull().all()
    assert_allclose(session.given("pool_cap"), 600.0, rtol=1e-12)


def test_emissions_by_sector_and_household_are_all_direct_emissions(session: Session) -> None:
    session.solve_year()
    parts = session.get("emissions").sum("sector") + session.get("household_emissions")
    assert_allclose(parts, session.get("co2_direct"), rtol=1e-12)


def test_values_come_in_the_unit_asked_for(session: Session) -> None:
    session.solve_year()
    mt, t = session.get("emissions"), session.get("emissions", unit="t")
    assert_allclose(t, 1e6 * mt, rtol=1e-12)
    twh, pj = session.get("electricity_demand"), session.get("electricity_demand", unit="PJ")
    assert_allclose(pj, 3.6 * twh, rtol=1e-12)
    price = session.get("carbon_price")
    assert_allclose(session.get("carbon_price", unit="yuan/kg"), price / 1e3, rtol=1e-12)
    with pytest.raises(CouplingError, match="'carbon_price' counts CNY/t; 'CNY/MWh' is no unit"):
        session.get("carbon_price", unit="CNY/MWh")
    with pytest.raises(CouplingError, match="'electricity_demand' counts TWh; 'GW' is no unit"):
        session.get("electricity_demand", unit="GW")


def test_the_same_cap_in_other_units_is_the_same_economy(session: Session) -> None:
    session.set("pool_cap", {"first": 600.0}, unit="Mt CO2")
    one = session.solve_year()
    session.set("pool_cap", {"first": 6e8}, unit="t")
    other = session.solve_year()
    for key, values in one.unknowns.items():
        assert_allclose(other.unknowns[key], values, atol=1e-9)
    assert_allclose(session.get("co2_direct").sel(region="A"), 600.0, rtol=1e-8)


def test_what_does_not_fit_an_item_is_named(session: Session) -> None:
    session.solve_year()
    ones = xr.ones_like(session.get("energy_efficiency"))
    there = (shares(session) > 0.0) * 1.0
    cases = {
        "unknown item 'energy_efficency'; did you mean 'energy_efficiency'": (
            "energy_efficency", ones, None
        ),
        "item 'carbon_price' is read, not set": ("carbon_price", {"A": 1, "B": 1}, "CNY/t"),
        "the numbers have no unit; say unit='Mt CO2'": ("pool_cap", {"first": 1.0}, None),
        "'pool_cap' counts Mt CO2; 'TWh' is no unit": ("pool_cap", {"first": 1.0}, "TWh"),
        "unknown labels of 'pool': second": ("pool_cap", {"second": 1.0}, "Mt CO2"),
        "-1 Mt CO2 at first is out of range": ("pool_cap", {"first": -1.0}, "Mt CO2"),
        "'energy_efficiency': nan at A AGR is out of range": (
            "energy_efficiency", ones * np.nan, None
        ),
        "'energy_efficiency': 0 at A AGR is out of range": ("energy_efficiency", ones * 0.0, None),
        "unknown item 3": (3, ones, None),
        "unknown item None": (None, ones, None),
        "unknown item ['pool_cap']": (["pool_cap"], ones, None),
        "3 is no unit; write it as in 'Mt CO2'": ("pool_cap", {"first": 1.0}, 3),
        "item 'pool_cap': no number is handed over": ("pool_cap", None, None),
        f"shares of A sum to {int(there.sel(region='A').sum())}": (
            "generation_share", there, "index"
        ),
    }  # fmt: skip
    for message, (name, value, unit) in cases.items():
        with pytest.raises(CouplingError) as caught:
            session.set(name, value, unit=unit)
        assert message in str(caught.value)
    assert repr(session) == "Session('capped': 2021, nothing set)"


def test_a_technology_that_does_not_exist_cannot_be_set(session: Session) -> None:
    session.solve_year()
    share = shares(session)
    share.loc["A", "hydro"], share.loc["A", "coal"] = 0.1, share.loc["A", "coal"] - 0.1
    with pytest.raises(CouplingError, match="A has no hydro in the base year"):
        session.set("generation_share", share)


def test_what_is_set_must_be_solved_before_it_is_read(session: Session) -> None:
    with pytest.raises(CouplingError, match=r"2021 is not solved .* call solve_year first"):
        session.get("carbon_price")
    session.solve_year()
    session.set("pool_cap", {"first": 600.0}, unit="Mt")
    with pytest.raises(CouplingError, match="not solved"):
        session.get("carbon_price")


# ---------------------------------------------------------------------- time


def test_a_year_solved_twice_is_the_same_to_the_last_bit(session: Session) -> None:
    assert same(session.solve_year(), session.solve_year())


def test_trying_something_else_leaves_no_trace(session: Session) -> None:
    before = session.solve_year()
    session.set("pool_cap", {"first": 400.0}, unit="Mt")
    assert not same(before, session.solve_year())
    session.clear("pool_cap")
    assert same(before, session.solve_year())


def test_a_restored_year_is_the_same_to_the_last_bit(session: Session) -> None:
    session.set("pool_cap", {"first": 600.0}, unit="Mt")
    snapshot = session.snapshot()
    first = session.solve_year()
    session.advance()
    later = session.solve_year()
    session.restore(snapshot)
    assert session.year == 2021
    assert same(first, session.solve_year())
    session.advance()
    assert same(later, session.solve_year())
    session.restore(snapshot)
    assert same(first, session.solve_year())


def test_a_snapshot_of_another_session_is_refused(session: Session) -> None:
    snapshot = session.snapshot()
    other = Session.__new__(Session)
    other.scenario = session.scenario
    with pytest.raises(CouplingError, match="snapshot of another session"):
        other.restore(snapshot)
    no_snapshot: Any = 3
    with pytest.raises(CouplingError, match=r"3 is no snapshot; give one that session.snapshot"):
        session.restore(no_snapshot)


@pytest.mark.parametrize("dim", ["goods", ["region"], None])
def test_a_dimension_that_is_none_is_refused(session: Session, dim: Any) -> None:
    with pytest.raises(CouplingError, match=r"no dimension .*; known are region, origin, sector"):
        session.labels(dim)


def test_advancing_gives_the_path_of_a_run(
    fresh: Session, scenario: Scenario, baseline: pathways.Pathway
) -> None:
    while not fresh.finished:
        fresh.advance()
    with pytest.raises(CouplingError, match="2022 was the last year"):
        fresh.solve_year()
    path, run = fresh.path(), pathways.run(scenario, baseline=baseline)
    assert set(path.data) == {*run.data, "output_limit_price"}  # only sessions can limit output
    for name in run.data:
        assert_allclose(path.data[name], run.data[name], rtol=1e-7, atol=1e-6, err_msg=name)


# ---------------------------------------------------------------------- the economy


def test_a_tighter_cap_costs_more_and_holds(session: Session) -> None:
    session.solve_year()
    price, cap = session.get("carbon_price"), session.get("pool_cap")
    session.set("pool_cap", 0.9 * cap)
    session.solve_year()
    assert float(session.get("carbon_price").sel(region="A")) > float(price.sel(region="A"))
    assert_allclose(session.get("co2_direct").sel(region="A"), 0.9 * float(cap[0]), rtol=1e-8)


def test_a_path_reports_the_caps_that_held(session: Session) -> None:
    session.set("pool_cap", {"first": 600.0}, unit="Mt")
    session.advance()
    data = session.path().data.sel(year=2021)
    assert_allclose(data["cap"].sel(region="A"), 600.0, rtol=1e-12)
    assert np.isnan(data["cap"].sel(region="B"))


def test_a_cap_taken_away_costs_nothing(session: Session) -> None:
    session.set("pool_cap", {"first": np.inf}, unit="Mt CO2")
    session.solve_year()
    assert_allclose(session.get("carbon_price"), 0.0, atol=1e-6)


def test_shares_of_technologies_are_kept_in_twh(session: Session) -> None:
    session.solve_year()
    wanted = shares(session)
    wanted.loc["A", "coal"] -= 0.2
    wanted.loc["A", "onshore_wind"] += 0.2
    session.set("generation_share", wanted)
    session.solve_year()
    assert_allclose(shares(session), wanted, atol=1e-12)
    assert_allclose(session.get("generation_share"), wanted, atol=1e-12)


def test_the_mix_that_prices_chose_is_kept_when_it_is_set(session: Session) -> None:
    """TWh add up either way, so that who chooses makes no difference."""
    before = session.solve_year()
    demand = session.get("electricity_demand")
    plants, chosen = session.get("generation_capacity"), shares(session)
    session.set("generation_share", chosen)
    session.set("generation_capacity", plants)
    after = session.solve_year()
    assert_allclose(after.price("PT"), before.price("PT"), rtol=1e-7)
    assert_allclose(session.get("electricity_demand"), demand, rtol=1e-8)


def test_generation_without_fuel_lowers_the_carbon_price(session: Session) -> None:
    session.solve_year()
    price, wanted = session.get("carbon_price"), shares(session)
    wanted.loc["A", "coal"] -= 0.2
    wanted.loc["A", "onshore_wind"] += 0.2
    session.set("generation_share", wanted)
    session.solve_year()
    assert float(session.get("carbon_price")[0]) < float(price[0])


def test_cheaper_plants_make_cheaper_electricity(session: Session) -> None:
    session.solve_year()
    price = session.get("electricity_price")
    session.set("generation_cost", 0.8 * session.get("generation_cost", "CNY/kWh"))
    session.solve_year()
    assert np.all(session.get("electricity_price") < price)


def test_efficiency_of_plants_saves_fuel_and_emissions(session: Session) -> None:
    session.solve_year()
    fuel, factor = session.get("emission_factor"), session.get("fuel_cost")
    better = xr.full_like(fuel, 1.25).where(fuel.notnull()).assign_attrs(units="index")
    session.set("generation_efficiency", better)
    session.solve_year()
    assert_allclose(session.get("emission_factor"), fuel / 1.25, rtol=1e-12)
    assert np.all((session.get("fuel_cost") < factor) | ~(factor > 0.0))


def test_efficiency_of_energy_use_lowers_emissions_where_no_cap_holds(session: Session) -> None:
    session.set("pool_cap", {"first": np.inf}, unit="Mt CO2")
    session.solve_year()
    before = session.get("co2_direct")
    session.set("energy_efficiency", 1.1 * session.get("energy_efficiency"))
    session.solve_year()
    assert np.all(session.get("co2_direct") < before)


def test_more_workers_make_more(session: Session) -> None:
    session.solve_year()
    gdp = session.get("gdp_real")
    people = session.get("labour_force", unit="person")
    session.set("labour_force", 1.02 * people)
    session.solve_year()
    growth = session.get("gdp_real") / gdp - 1.0
    assert np.all((growth > 0.005) & (growth < 0.02))  # the share of labour is between


# ---------------------------------------------------------------------- limits on output


def limited(session: Session, share: float) -> tuple[float, float]:
    """Limit steel of B relative to what it makes; its output and the price of licences."""
    session.solve_year()
    limit = session.template("output_limit")
    output = float(session.get("output").sel(region="B", sector="FER"))
    limit.loc["B", "FER"] = share * output
    session.set("output_limit", limit)
    session.solve_year()
    made = float(session.get("output").sel(region="B", sector="FER"))
    return made / output, float(session.get("output_limit_price").sel(region="B", sector="FER"))


def test_a_limit_holds_and_has_a_scarcity_price(session: Session) -> None:
    made, price = limited(session, 0.9)
    assert made <= 0.9
    assert made == pytest.approx(0.9, abs=2e-3)  # the mix of sales changes a little
    assert price > 0.01
    others = session.get("output_limit_price").where(np.isinf(session.get("output_limit")), 0.0)
    assert_array_equal(others, 0.0)


def test_a_limit_that_does_not_bind_changes_nothing(session: Session) -> None:
    before = session.solve_year()
    made, price = limited(session, 1.2)
    assert made == pytest.approx(1.0, abs=1e-9)
    assert price == pytest.approx(0.0, abs=1e-9)
    assert_allclose(session.solve_year().price("PD"), before.price("PD"), rtol=1e-9)


def test_a_tighter_limit_is_scarcer(session: Session) -> None:
    prices = []
    for share in (0.95, 0.9, 0.8):
        session.clear()
        prices.append(limited(session, share)[1])
    assert prices == sorted(prices)


def test_the_value_of_licences_reaches_households(session: Session) -> None:
    """Walras' law holds with a binding limit: no income is lost."""
    limited(session, 0.9)
    equilibrium = session.solve_year()
    assert equilibrium.solved
    assert abs(equilibrium.walras) < 1e-9


def test_more_limits_than_slots_are_refused(session: Session) -> None:
    limit = session.template("output_limit")
    limit.loc["A", ["COL", "FER", "GEM"]] = 100.0
    with pytest.raises(CouplingError, match="3 outputs are limited, the session has 2 slots"):
        session.set("output_limit", limit)


@pytest.mark.parametrize("limits", [-1, 1.5, True, "2", None])
def test_a_number_of_limits_that_means_nothing_is_refused(limits: Any, scenario: Scenario) -> None:
    with pytest.raises(CouplingError, match="give how many outputs can be limited, 0 or more"):
        Session(scenario, limits=limits)


def test_a_session_without_slots_says_that_it_can_limit_nothing(
    session: Session, scenario: Scenario, baseline: pathways.Pathway
) -> None:
    none = Session(scenario, baseline=baseline, limits=0)
    limit = {"A": {"FER": 100.0}}
    with pytest.raises(CouplingError) as caught:
        none.update("output_limit", limit, unit="1e8 CNY")
    assert "this session can limit no output; open it with Session(..., limits=8)" in str(
        caught.value
    )
    session.update("output_limit", limit, unit="1e8 CNY")  # which has slots


def test_what_is_not_made_cannot_be_limited(session: Session) -> None:
    limit = session.template("output_limit")
    limit.loc["B", "COL"] = 100.0
    with pytest.raises(CouplingError, match="B makes no COL"):
        session.set("output_limit", limit)
