"""The physical half of the recipe: carbon counted once, energy and electricity that add up."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from recipes.yrd2020 import drivers, energy, gas, generation, inventory, nation
from recipes.yrd2020.build import DUTY_FREE
from recipes.yrd2020.defects import treated_tables
from recipes.yrd2020.departures import depart, payments
from recipes.yrd2020.fuels import ENERGY, purchase_array
from recipes.yrd2020.inputs import Inputs, load_inputs, load_splits
from recipes.yrd2020.inventory import DATA, REGIONS
from recipes.yrd2020.io_tables import ProvincialFlows, provincial_flows
from recipes.yrd2020.official import read_official
from recipes.yrd2020.physical import PhysicalAccounts, physical_accounts
from recipes.yrd2020.tables import PROVINCES, Tables, paid_by_region
from sam import load_dataset
from sam.accounts import FUELS
from sam.concordance import load_concordance
from sam.dataset import QUALITIES
from sam.energy import KGCE_PER_KWH, PJ_PER_MTCE, energy_uses, transformation
from sam.errors import DatasetError, SourceError
from sam.ratios import ratio
from sam.readers import (
    INVENTORY_FUELS,
    read_balance_extract,
    read_facts,
    read_national_inventory,
)

Array = npt.NDArray[np.float64]
USERS = inventory.users()
FOUR = list(REGIONS[:-1])


def user(name: str) -> int:
    return USERS.index(name)


def fuel(name: str) -> int:
    return INVENTORY_FUELS.index(name)


@pytest.fixture
def made_up() -> Array:
    """Two regions whose users burn a bit of everything, Mt (region, user, inventory fuel)."""
    random = np.random.default_rng(7)
    co2 = random.gamma(0.5, 1.0, (2, len(USERS), len(INVENTORY_FUELS)))
    co2[random.random(co2.shape) < 0.3] = 0.0
    co2[:, [user("ELE"), user("NMM"), user("FER")]] += 1.0
    return co2


@pytest.fixture(scope="module")
def accounts(sources: Path) -> PhysicalAccounts:
    inputs = load_inputs()
    tables = treated_tables(sources, inputs.value("transit_floor"))
    flows = provincial_flows(tables, sources, inputs, load_splits())
    return physical_accounts(sources, flows, payments(read_official(sources, 2020)))


@pytest.fixture(scope="module")
def facts(sources: Path) -> pd.DataFrame:
    table = read_facts(sources / "macro" / "yrd_facts_2020.csv", list(PROVINCES.values()))
    return table[list(PROVINCES.values())].astype(float).set_axis(list(PROVINCES), axis=1)


# Made-up inventories: the mathematics of each step.


def test_rest_of_nation_keeps_totals_and_has_no_negative_user() -> None:
    nation = np.array([[10.0, 4.0], [1.0, 6.0], [5.0, 0.0]])  # row, column
    provinces = np.array([[[2.0, 1.0], [3.0, 0.0], [0.0, 0.0]]])
    rest = inventory.rest_of_nation(nation, provinces)
    assert (rest >= 0.0).all()
    np.testing.assert_allclose(rest.sum(0), nation.sum(0) - provinces.sum((0, 1)))
    assert rest[1, 0] == 0.0
    with pytest.raises(DatasetError, match="exceed the nation"):
        inventory.rest_of_nation(nation, 3.0 * provinces + 10.0)


def test_rows_are_mapped_without_loss_and_crude_stays_with_extraction() -> None:
    rows = load_concordance("ceads_to_model").sources
    printed = np.random.default_rng(3).random((2, len(rows), len(INVENTORY_FUELS)))
    mapped = inventory.to_users(printed, {})
    np.testing.assert_allclose(mapped.sum(1), printed.sum(1))
    extraction = rows.index("Petroleum and Natural Gas Extraction")
    np.testing.assert_allclose(
        mapped[:, user("OIL"), fuel("Crude_Oil")], printed[:, extraction, fuel("Crude_Oil")]
    )
    refining = rows.index("Petroleum Processing and Coking")
    np.testing.assert_allclose(
        mapped[:, user("COK"), fuel("Raw_Coal")], 0.75 * printed[:, refining, fuel("Raw_Coal")]
    )


def test_shared_rows_follow_the_weights_given() -> None:
    rows = load_concordance("ceads_to_model").sources
    printed = np.ones((2, len(rows), len(INVENTORY_FUELS)))
    share = np.zeros((2, len(USERS)))
    share[:, user("TRD")], share[:, user("HOT")] = [0.9, 0.2], [0.1, 0.8]
    mapped = inventory.to_users(printed, {"Wholesale, Retail Trade and Catering Services": share})
    np.testing.assert_allclose(mapped[:, user("TRD"), fuel("Gasoline")], [0.9, 0.2])
    np.testing.assert_allclose(mapped.sum(1), printed.sum(1))


def test_of_several_growth_rules_the_last_that_fits_holds() -> None:
    rules = [("*", "*", "*", 1.0), ("*", "*", "Kerosene", 0.8), ("*", "TRN", "Kerosene", 0.7)]
    rules.append(("SH", "*", "Kerosene", 0.6))
    table = pd.DataFrame(rules, columns=["region", "user", "fuel", "value"])
    factors = inventory.growth_factors(table, USERS)
    assert (factors[:, user("TRN"), fuel("Kerosene")] == [0.6, 0.7, 0.7, 0.7, 0.7]).all()
    assert (factors[:, user("AGR"), fuel("Kerosene")] == [0.6, 0.8, 0.8, 0.8, 0.8]).all()
    assert (factors[:, user("AGR"), fuel("Gasoline")] == 1.0).all()
    with pytest.raises(DatasetError, match="unknown region, user or fuel 'TRAINS'"):
        inventory.growth_factors(table.assign(user="TRAINS"), USERS)


def test_coal_meets_the_balance_where_there_is_one_and_stays_in_total_where_not(
    made_up: Array,
) -> None:
    coal = [fuel(name) for name in inventory.COAL]
    none = np.nan
    before = made_up[:, :, coal].sum(2)  # region, user
    industry = before[0, inventory.INDUSTRY].sum() - before[0, user("ELE")] + 3.0
    placed = inventory.place_coal(
        made_up, np.array([50.0, none]), np.array([industry, none]), np.array([none, 2.0])
    )
    after = placed[:, :, coal].sum(2)
    assert after[0, user("ELE")] == pytest.approx(50.0)
    assert after[0, inventory.INDUSTRY].sum() - after[0, user("ELE")] == pytest.approx(industry)
    assert after[0, user("NMM")] == pytest.approx(before[0, user("NMM")] + 3.0)
    assert after[1, user("NMM")] == pytest.approx(2.0)
    assert after[1].sum() == pytest.approx(before[1].sum())
    others = [k for k in range(len(USERS)) if k not in (user("ELE"), user("NMM"))]
    np.testing.assert_array_equal(placed[:, others], made_up[:, others])
    with pytest.raises(DatasetError, match="contradicts the inventory"):
        inventory.place_coal(
            made_up, np.array([50.0, none]), np.array([0.1, none]), np.array([none, none])
        )


def test_by_product_gas_leaves_only_the_carbon_of_injected_coal(made_up: Array) -> None:
    once = inventory.count_once(made_up, 0.4)
    gas = made_up[:, :, fuel("Other_Gas")].sum(1)
    np.testing.assert_allclose(made_up.sum((1, 2)) - once.sum((1, 2)), 0.6 * gas)
    np.testing.assert_allclose(
        (once - made_up)[:, user("FER"), fuel("Raw_Coal")], 0.4 * gas, rtol=1e-12
    )
    assert not once[:, :, fuel("Other_Gas")].any()


def test_every_inventory_fuel_is_bought_as_one_model_fuel() -> None:
    concordance = load_concordance("ceads_fuels_to_model")
    bought_as = inventory.model_fuels(concordance)
    np.testing.assert_array_equal(bought_as.sum(2), 1.0)
    table = concordance.table
    assert table.loc[table["counted"].astype(float) < 1.0, "source"].tolist() == ["Other_Gas"]
    gas = bought_as[:, fuel("Natural_Gas")]
    assert gas[user("ELE"), FUELS.index("GAS")] == 1.0
    assert gas[user("URB"), FUELS.index("GDT")] == 1.0
    crude = bought_as[:, fuel("Crude_Oil")]
    assert crude[user("REF"), FUELS.index("OIL")] == 1.0
    assert crude[user("CHM"), FUELS.index("REF")] == 1.0


def test_dust_is_dropped_without_loss(made_up: Array) -> None:
    bought_as = inventory.model_fuels(load_concordance("ceads_fuels_to_model"))
    clean = inventory.without_dust(made_up, bought_as, floor=0.3)
    np.testing.assert_allclose(clean.sum(1), made_up.sum(1))
    bought = np.einsum("rui,uif->ruf", clean, bought_as)
    assert bought[bought > 0.0].min() >= 0.3


def test_absent_sectors_hand_over_what_they_burn(made_up: Array) -> None:
    rule = pd.DataFrame([("JS", "COL", "NMO")], columns=["region", "sector", "taken_by"])
    moved = inventory.move_absent(made_up, rule)
    np.testing.assert_allclose(moved.sum(1), made_up.sum(1))
    assert not moved[1, user("COL")].any()


def unpaid() -> tuple[Array, Array, Array]:
    """CO2 of coke (region, user, inventory fuel), how fuels are bought, and who pays for them."""
    co2 = np.zeros((2, len(USERS), len(INVENTORY_FUELS)))
    coke = fuel("Coke")
    co2[0, [user("AGR"), user("FER"), user("NMM")], coke] = 2.0, 9.0, 4.0
    co2[1, user("AGR"), coke] = 1.0  # where nobody else burns coke
    co2[1, user("NMM"), fuel("Raw_Coal")] = 5.0
    paid = np.ones((len(FUELS), len(USERS)))
    paid[FUELS.index("COK"), [user("AGR"), user("TRN")]] = 0.0
    return co2, inventory.model_fuels(load_concordance("ceads_fuels_to_model")), paid > 0.0


def test_what_is_burnt_without_a_payment_is_burnt_by_who_pays_and_burns_most() -> None:
    co2, bought_as, paid = unpaid()
    found, moved = inventory.move_unpaid(co2, bought_as, paid)
    coke = fuel("Coke")
    assert found[0, user("FER"), coke] == 11.0  # the region's largest
    assert found[0, user("NMM"), coke] == 4.0
    assert found[1, user("FER"), coke] == 1.0  # the nation's largest
    assert found[1, user("NMM"), fuel("Raw_Coal")] == 5.0
    np.testing.assert_allclose(found.sum(1), co2.sum(1))  # of every region and fuel
    assert moved.to_numpy().tolist() == [
        ["SH", "AGR", "Coke", "FER", 2.0],
        ["JS", "AGR", "Coke", "FER", 1.0],
    ]
    again, none = inventory.move_unpaid(found, bought_as, paid)
    np.testing.assert_array_equal(again, found)
    assert none.empty


@pytest.mark.parametrize("seed", range(3))
def test_after_the_move_every_emission_is_paid_for(made_up: Array, seed: int) -> None:
    bought_as = inventory.model_fuels(load_concordance("ceads_fuels_to_model"))
    paid = np.random.default_rng(seed).random((len(FUELS), len(USERS))) < 0.7
    found, moved = inventory.move_unpaid(made_up, bought_as, paid)
    bought = np.einsum("rui,uif->ruf", found, bought_as)
    assert not bought[:, ~paid.T].any()
    np.testing.assert_allclose(found.sum(1), made_up.sum(1))
    lost = np.where(found == 0.0, made_up, 0.0).sum()
    assert moved["mt_co2"].sum() == pytest.approx(lost)


def test_energy_times_factor_is_carbon(made_up: Array) -> None:
    concordance = load_concordance("ceads_fuels_to_model")
    factors, bought_as = inventory.carbon_factors(), inventory.model_fuels(concordance)
    mtce = energy.burnt(made_up, factors, bought_as)
    co2 = np.einsum("rui,uif->ruf", made_up, bought_as)
    col = FUELS.index("COL")
    np.testing.assert_allclose(mtce[..., col] * factors[fuel("Raw_Coal")], co2[..., col])
    prices = np.full((len(USERS), len(INVENTORY_FUELS)), 1000.0)
    value = energy.burnt_value(made_up, factors, bought_as, prices)
    np.testing.assert_allclose(value, 10.0 * mtce)  # 1000 CNY per tce is 10 (1e8 CNY) per Mtce


def test_prices_fall_back_to_the_rule_for_all_users() -> None:
    rows = [("COL", "ELE", 700.0), ("COL", "*", 800.0)]
    table = pd.DataFrame(rows, columns=["fuel", "user", "value"])
    prices = energy.price_table(table, ("COL",))
    assert prices[user("ELE"), 0] == 700.0
    assert prices[user("URB"), 0] == 800.0
    with pytest.raises(DatasetError, match="GAS has no price for AGR"):
        energy.price_table(table, ("COL", "GAS"))


def test_electricity_adds_up_by_region_and_by_industry() -> None:
    random = np.random.default_rng(11)
    paid = random.random((len(REGIONS), len(USERS))) + 0.1
    groups = {name: random.random(len(REGIONS)) + 1.0 for name in energy.GROUPS}
    groups |= {"industry": random.random(len(REGIONS)) + 9.0, "losses": np.full(len(REGIONS), 0.3)}
    own_use = np.full(len(REGIONS), 0.5)
    national = {name: 1.0 + k for k, name in enumerate(USERS[inventory.INDUSTRY])}
    twh = energy.electricity(groups, own_use, national, paid)
    np.testing.assert_allclose(twh.sum(1), sum(groups.values()))
    np.testing.assert_allclose(twh[:, user("ELE")], 0.8)
    industries = [k for k in range(1, 27) if USERS[k] != "ELE"]
    use = twh[:, industries].sum(0)
    expected = np.array([national[USERS[k]] for k in industries])
    np.testing.assert_allclose(use / use.sum(), expected / expected.sum())


def test_homes_share_electricity_as_the_nations_pay_for_it() -> None:
    random = np.random.default_rng(6)
    lines = {name: random.random(len(REGIONS)) + 1.0 for name in ("RUR", "URB", "trade")}
    found = energy.homes_by_payment(lines, np.array([20.0, 80.0]))
    assert set(found) == {"RUR", "URB"}
    both = found["RUR"] + found["URB"]
    np.testing.assert_allclose(both, lines["RUR"] + lines["URB"])  # of every region
    assert found["URB"].sum() / both.sum() == pytest.approx(0.8)
    odds = (found["URB"] / found["RUR"]) / (lines["URB"] / lines["RUR"])
    np.testing.assert_allclose(odds, odds[0])  # regions keep how they differ


def test_the_nations_payments_are_placed_as_those_of_the_provinces_were() -> None:
    places = load_concordance("provinces_to_regions").table
    random = np.random.default_rng(9)
    count = (len(places), 40, 40)
    inner, final = random.random(count), random.random((*count[:2], 5))
    power, steel, mining = user("ELE"), user("FER"), user("MMO")
    inner[:, power, mining] = 0.0  # bought nowhere then
    empty = np.zeros(count[:2])
    flows = ProvincialFlows(inner, empty, final, empty, empty, empty, empty)
    paid = random.random((len(ENERGY), len(USERS)))
    none = load_inputs()
    tables = Tables(Path(), none, none, pd.DataFrame(), pd.DataFrame(), flows, paid)
    found = paid_by_region(tables, "ELE")
    np.testing.assert_allclose(found.sum(0), paid[ENERGY.index("ELE")])
    own = places["target"].to_numpy() == "SH"
    share = inner[own, power, steel].sum() / inner[:, power, steel].sum()
    assert found[0, steel] / found[:, steel].sum() == pytest.approx(share)
    bought = inner[:, power].sum(1) + final[:, power, :2].sum(1)  # by all users of a province
    even = bought[own].sum() / bought.sum()
    assert found[0, mining] / found[:, mining].sum() == pytest.approx(even)


def test_smelting_moves_to_the_rest_of_the_nation() -> None:
    paid = np.ones((len(REGIONS), len(USERS)))
    placed = energy.with_smelting(paid, "NFM", 0.75)
    np.testing.assert_allclose(placed.sum(0), paid.sum(0))
    np.testing.assert_allclose(placed[:, user("NFM")], [0.25, 0.25, 0.25, 0.25, 4.0])


def test_surplus_inside_the_pool_serves_deficits_first() -> None:
    draw = generation.outside_draw(np.array([10.0, 20.0, 5.0]), np.array([4.0, 8.0, 11.0]))
    assert draw.sum() == pytest.approx(12.0)
    np.testing.assert_allclose(draw, [4.0, 8.0, 0.0])
    indirect, factor = generation.indirect_emissions(draw, 90.0, 96.0)
    assert factor == pytest.approx(0.5)
    assert indirect.sum() == pytest.approx(6.0)
    with pytest.raises(DatasetError, match="must exceed the direct"):
        generation.indirect_emissions(draw, 97.0, 96.0)


def test_generation_refuses_more_gas_than_thermal_power() -> None:
    lines = [*generation.FACTS.values(), "Wind capacity", "Solar capacity"]
    facts = pd.DataFrame(1.0, index=lines, columns=FOUR)
    gas = np.array([0.0, 1.0, 0.0, 0.0, 0.0])
    with pytest.raises(DatasetError, match="more in JS than all thermal plants"):
        generation.generation(facts, load_inputs(DATA / "physical.csv"), gas, gas)


BEGINS = 0.0541
"""Growth of the Delta in 2025."""


def growth_of_delta() -> np.ndarray:
    """Growth of the Delta (year from 2025)."""
    return drivers.report_growth(drivers.load_anchors(DATA / "drivers.csv"), BEGINS)


def test_growth_keeps_levels_of_the_report() -> None:
    level = 33.17 * np.cumprod(1.0 + growth_of_delta())  # from 2025
    for year, expected in ((2030, 45.12), (2060, 99.78)):
        assert level[year - 2025] == pytest.approx(expected, rel=1e-9)
    assert level[2050 - 2025] == pytest.approx(75.89, rel=0.05)  # see the module


def test_growth_falls_smoothly_from_what_is_published() -> None:
    """It never rises again, never falls by more than half a point, and bends nowhere sharply."""
    growth = growth_of_delta()
    assert growth[0] == pytest.approx(BEGINS, rel=1e-9)
    fall = -np.diff(growth)
    assert (fall >= 0.0).all()
    assert fall.max() < 0.005
    assert np.abs(np.diff(fall)).max() < 0.001
    assert 0.015 < growth[-1] < 0.035  # the range of the report after 2030


def test_growth_that_no_smooth_fall_meets_is_refused() -> None:
    anchors = drivers.load_anchors(DATA / "drivers.csv")
    with pytest.raises(DatasetError, match=r"no smooth fall of growth begins with 0\.02 in"):
        drivers.report_growth(anchors, 0.02)


def test_capital_grows_as_in_the_past_when_invested_as_in_the_past() -> None:
    anchors, inputs = drivers.load_anchors(DATA / "drivers.csv"), load_inputs()
    gdp = np.array([3.9, 10.3, 6.5, 3.8, 77.0]) * 1e4
    stock = drivers.capital_stock(anchors, inputs, gdp)
    for r, region in enumerate(FOUR):
        invested = inputs.value("capital_formation", region) * gdp[r]
        growth = invested / stock[r] - anchors.value("depreciation", "*")
        assert growth == pytest.approx(anchors.value("past_growth", region))


def test_every_assumption_states_source_and_quality() -> None:
    names = "physical growth_2020 feedstock feedstock_prices prices tariffs drivers"
    names += " electricity_industry facts_sources"
    files = [DATA / f"{name}.csv" for name in names.split()]
    for path in files:
        table = pd.read_csv(path, keep_default_na=False)
        assert table["quality"].isin(QUALITIES).all(), path.name
        assert (table["source"].str.len() > 5).all(), path.name


def test_facts_name_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("item,unit,A,source\nSteel,Mt,ten,S\n", encoding="utf-8")
    with pytest.raises(SourceError, match="found 'ten', expected a number"):
        read_facts(path, ["A"])
    path.write_text("item,unit,A,source\nSteel,Mt,1,S\nSteel,Mt,2,S\n", encoding="utf-8")
    with pytest.raises(SourceError, match="each item once"):
        read_facts(path, ["A"])
    with pytest.raises(SourceError, match="file not found"):
        read_facts(tmp_path / "none.csv", ["A"])


# The official tables: identities and published totals.


def direct(accounts: PhysicalAccounts) -> pd.Series:
    parts = [accounts.combustion, accounts.process]
    return pd.concat(parts).groupby("region")["mt_co2"].sum()[list(REGIONS)]


def test_inventory_keeps_the_printed_totals(sources: Path) -> None:
    rows = load_concordance("ceads_to_model").sources
    book = sources / "emissions" / "ceads_national_inventory_1997_2019.xlsx"
    nation = read_national_inventory(book, rows)
    read = inventory.read_inventory(sources, {})
    assert read.provinces.sum() == pytest.approx(8541.5, abs=0.1)  # more than the nation leaves
    assert read.fuel.sum() + read.process.sum() == pytest.approx(nation.to_numpy().sum())
    np.testing.assert_allclose(read.fuel.sum((0, 1)), nation.to_numpy()[:, :-1].sum(0), atol=1e-9)
    assert (read.fuel >= 0.0).all()


def test_direct_emissions_stay_near_the_inventories(
    accounts: PhysicalAccounts, facts: pd.DataFrame
) -> None:
    emitted = direct(accounts)[FOUR]
    assert emitted.sum() == pytest.approx(1800.0, abs=30.0)
    printed = facts.loc["CO2 2019 scope-1 (CEADs)"]
    assert ((emitted / printed - 1.0).abs() < 0.065).all()
    assert emitted["SH"] / printed["SH"] - 1.0 == pytest.approx(-0.051, abs=0.015)  # its energy


def test_direct_and_indirect_meet_the_report(accounts: PhysicalAccounts) -> None:
    indirect = accounts.indirect.set_index("region")
    total = direct(accounts)[FOUR].sum() + indirect["mt_co2"].sum()
    assert total == pytest.approx(1990.0, rel=1e-12)
    factor = indirect["mt_co2"].sum() / indirect["twh"].sum()
    assert 0.58 < factor < 0.80  # national average of 2021; operating margin of East China 2019
    used, made = electricity_use(accounts), accounts.generation.groupby("region")["twh"].sum()
    net = float((used - made)[FOUR].sum())
    assert indirect["twh"].sum() == pytest.approx(net, rel=1e-9)


def electricity_use(accounts: PhysicalAccounts) -> pd.Series:
    bought = accounts.purchases[accounts.purchases["fuel"] == "ELE"]
    return bought.groupby("region")["mtce"].sum() / KGCE_PER_KWH


def test_coal_of_power_follows_the_energy_balance(
    accounts: PhysicalAccounts, sources: Path, facts: pd.DataFrame
) -> None:
    path = sources / "energy" / "energy_balance_2021_yrd_extract.csv"
    balance = read_balance_extract(path, list(PROVINCES.values()))
    co2 = accounts.combustion.set_index(["region", "user", "fuel"])["mt_co2"]
    for region in ("JS", "ZJ", "AH"):
        name = PROVINCES[region]
        burnt = -balance.loc[("Total Coal", "Thermal Power"), name]
        burnt -= balance.loc[("Total Coal", "Heating Supply"), name]
        thermal = facts.loc["Thermal generation", region] * KGCE_PER_KWH
        burnt *= thermal / balance.loc[("Electricity", "Thermal Power"), name]
        assert co2[region, "ELE", "COL"] == pytest.approx(2.687 * burnt, rel=1e-4)


def test_carbon_of_coke_and_its_gas_comes_from_coking_coal(accounts: PhysicalAccounts) -> None:
    coke = accounts.combustion.query("fuel == 'COK'")["mt_co2"].sum() / 0.95  # fully oxidised
    bought = accounts.purchases.query("user == 'COK' and fuel == 'COL'")
    charged = bought["feedstock"].sum() * 2.83
    assert 0.90 * charged < coke <= 1.15 * charged  # tables of CEADs give coke more carbon per tce
    made = accounts.purchases.query("fuel == 'COK'")["mtce"].sum()
    assert 0.85 < made / bought["feedstock"].sum() < 0.97  # efficiency of coking


def test_minerals_burn_and_calcine_what_cement_needs(
    accounts: PhysicalAccounts, facts: pd.DataFrame
) -> None:
    cement = facts.loc["Cement output 2020"]
    calcined = accounts.process.query("sector == 'NMM'").set_index("region")["mt_co2"]
    assert (calcined[FOUR] / cement).between(0.28, 0.33).all()
    coal = accounts.purchases.query("user == 'NMM' and fuel == 'COL'").set_index("region")["mtce"]
    assert (coal[FOUR] / cement).between(0.06, 0.12).all()


def test_shares_burnt_and_feedstock_complement_each_other(accounts: PhysicalAccounts) -> None:
    fuels = accounts.purchases[accounts.purchases["fuel"] != "ELE"]
    burnt = fuels["burnt"] / fuels["mtce"]
    assert burnt.between(0.0, 1.0).all()
    kept = fuels.merge(accounts.feedstock, how="left", on=["region", "user", "fuel"])
    np.testing.assert_allclose(
        kept["burnt"] / kept["mtce"] + kept["share"].fillna(0.0), 1.0, atol=1e-11
    )
    key = fuels.assign(burnt=burnt).set_index(["region", "user", "fuel"])["burnt"]
    assert key["ZJ", "REF", "OIL"] < 0.01
    assert key["JS", "COK", "COL"] < 0.05
    assert key["JS", "ELE", "COL"] == 1.0
    assert key["SH", "GDT", "GAS"] < 0.01


def test_emission_factors_are_physical(accounts: PhysicalAccounts) -> None:
    merged = accounts.purchases.merge(accounts.combustion, on=["region", "user", "fuel"])
    assert len(merged) == len(accounts.combustion)  # every emission has a purchase
    factor = merged["mt_co2"] / merged["burnt"]
    ranges = {
        "COL": (2.6, 2.85),
        "OIL": (2.0, 2.2),
        "GAS": (1.55, 1.68),
        "GDT": (1.55, 1.68),
        "REF": (1.8, 2.2),
        "COK": (2.2, 3.3),
    }
    for name, (low, high) in ranges.items():
        assert factor[merged["fuel"] == name].between(low, high).all(), name


def test_value_is_quantity_times_a_price_of_the_market(accounts: PhysicalAccounts) -> None:
    bought = accounts.purchases
    np.testing.assert_allclose(bought["value"], bought["mtce"] * bought["price"] / 100.0)
    assert (bought["mtce"] > 0.0).all()
    means = bought.groupby("fuel")[["value", "mtce"]].sum()
    price = 100.0 * means["value"] / means["mtce"]
    assert 700 < price["COL"] < 1000
    assert 1000 < price["GAS"] < price["GDT"] < 2500
    assert 1500 < price["OIL"] < price["REF"] < 4500
    assert 0.50 < price["ELE"] * KGCE_PER_KWH / 1000.0 < 0.70  # CNY per kWh


def test_refineries_take_the_crude_of_the_nation(accounts: PhysicalAccounts) -> None:
    crude = accounts.purchases.query("user == 'REF' and fuel == 'OIL'")
    assert crude["feedstock"].sum() / 1.4286 == pytest.approx(674.4)


def test_generation_adds_up_to_published_totals(
    accounts: PhysicalAccounts, facts: pd.DataFrame
) -> None:
    twh = accounts.generation.pivot(index="region", columns="technology", values="twh").fillna(0.0)
    thermal = twh[["coal", "gas", "oil", "biomass"]].sum(axis=1)
    np.testing.assert_allclose(thermal[FOUR], facts.loc["Thermal generation", FOUR])
    assert twh.loc["ZJ", "nuclear"] == pytest.approx(71.21)
    assert twh.to_numpy().sum() == pytest.approx(7779.1, abs=1.0)  # NBS, communique 2020
    hours = twh.loc[FOUR, "wind"] / facts.loc["Wind capacity", FOUR]
    assert hours.between(1.4, 2.3).all()  # thousand hours on capacity at the end of the year
    hours = twh.loc[FOUR, "solar"] / facts.loc["Solar capacity", FOUR]
    assert hours.between(0.8, 1.3).all()


def test_power_stations_convert_coal_as_power_stations_do(accounts: PhysicalAccounts) -> None:
    bought = accounts.purchases.query("user == 'ELE' and fuel == 'COL'").set_index("region")["mtce"]
    made = accounts.generation.query("technology == 'coal'").set_index("region")["twh"]
    grams = 1000.0 * bought / made  # gce per kWh, heat of cogeneration included
    assert grams[FOUR].between(270, 400).all()


def test_electricity_use_is_published_and_losses_are_moderate(
    accounts: PhysicalAccounts, facts: pd.DataFrame
) -> None:
    used = electricity_use(accounts)
    np.testing.assert_allclose(used[FOUR], facts.loc["Power consumption 2020", FOUR])
    assert used.sum() == pytest.approx(7762.0)
    own = accounts.purchases.query("user == 'ELE' and fuel == 'ELE'").set_index("region")["mtce"]
    made = accounts.generation.groupby("region")["twh"].sum()
    handled = np.maximum(used, made) * KGCE_PER_KWH
    assert (own / handled).between(0.05, 0.10).all()


def test_drivers_are_complete(accounts: PhysicalAccounts) -> None:
    table = accounts.drivers
    first = {"gdp_growth": 2021, "energy_efficiency": 2021}
    names = set(table["variable"]) - {"capital_stock"}
    assert names == {
        "population_RUR",
        "population_URB",
        "gdp_growth",
        "labour",
        "depreciation",
        "energy_efficiency",
    }
    for name in names:
        wide = table[table["variable"] == name].pivot(
            index="year", columns="region", values="value"
        )
        assert list(wide.index) == list(range(first.get(name, 2020), 2061))
        assert set(wide.columns) == set(REGIONS)
        assert wide.notna().all().all()
    assert table["quality"].isin(QUALITIES).all()
    assert not table.isna().any().any()


def test_growth_has_the_source_and_the_mark_of_its_year(accounts: PhysicalAccounts) -> None:
    keys = ["region", "variable", "year"]
    typed = pd.read_csv(DATA / "drivers.csv").set_index(keys)
    growth = accounts.drivers[accounts.drivers["variable"] == "gdp_growth"].set_index(keys)
    for region in FOUR:
        for year in (2021, 2024, 2025):
            key = (region, "gdp_growth", year)
            for column in ("source", "quality"):
                assert growth.loc[key, column] == typed.loc[key, column]
    assert growth.loc[("SH", "gdp_growth", 2026), "quality"] == "derived"
    anchors = drivers.load_anchors(DATA / "drivers.csv")
    with pytest.raises(DatasetError, match="no 'gdp_growth' of 2060 in 'SH'"):
        anchors.evidence("gdp_growth", "SH", 2060)


def test_population_is_published_and_then_the_reports(
    accounts: PhysicalAccounts, sources: Path
) -> None:
    table = accounts.drivers[accounts.drivers["variable"].str.startswith("population")]
    people = table.groupby(["year", "region"])["value"].sum().unstack()
    assert people.loc[2020, "JS"] == pytest.approx(84.77)
    assert people.loc[2024, "AH"] == pytest.approx(61.23)
    assert people.loc[2020].sum() == pytest.approx(1410.0, rel=2e-3)  # census 1411.8 with the army
    for year, total in ((2024, 238.0), (2030, 238.29), (2050, 236.15), (2060, 235.09)):
        assert people.loc[year, FOUR].sum() == pytest.approx(total, rel=1e-4)
    urban = table[table["variable"] == "population_URB"].pivot(
        index="year", columns="region", values="value"
    )
    share = urban / people
    assert share.loc[2020, "SH"] == pytest.approx(0.893)
    assert (share.diff().dropna() >= -1e-12).all().all()  # nowhere does the country urbanise less
    assert (share < 0.95).all().all()


def test_growth_of_the_rest_makes_the_nation_whole(
    accounts: PhysicalAccounts, facts: pd.DataFrame
) -> None:
    growth = accounts.drivers[accounts.drivers["variable"] == "gdp_growth"].pivot(
        index="year", columns="region", values="value"
    )
    assert growth.loc[2022, "SH"] == pytest.approx(-0.002)
    gdp = facts.loc["GDP 2020 (revised NBS)"].to_numpy(float)
    rest = 1013567.0 - gdp.sum()
    nation = (growth.loc[2021, FOUR].to_numpy() @ gdp + growth.loc[2021, "RCN"] * rest) / 1013567.0
    assert nation == pytest.approx(0.084, abs=2e-4)
    assert growth.loc[2025:].to_numpy().min() > 0.015


def test_capital_output_ratio_is_chinas(accounts: PhysicalAccounts, facts: pd.DataFrame) -> None:
    stock = accounts.drivers[accounts.drivers["variable"] == "capital_stock"]
    assert list(stock["year"].unique()) == [2020]
    ratio = stock.set_index("region")["value"][FOUR] / facts.loc["GDP 2020 (revised NBS)", FOUR]
    assert ratio.between(2.5, 4.0).all()


def test_provenance_names_every_source(accounts: PhysicalAccounts) -> None:
    table = accounts.provenance
    assert table["quality"].isin(QUALITIES).all()
    assert not table[["item", "region", "value", "unit", "source"]].isna().any().any()
    assert np.isfinite(table["value"].astype(float)).all()
    assert not table.duplicated(["item", "region"]).any()


def test_inputs_ask_for_exactly_one_row() -> None:
    empty = Inputs(pd.DataFrame(columns=["item", "region", "value", "unit", "source", "quality"]))
    with pytest.raises(DatasetError, match="'steel'"):
        empty.value("steel")


# Energy: the nation's consumption, what becomes of it, and every control total.


def test_published_consumption_chooses_between_two_inventories() -> None:
    low, high = np.array([1.0, 3.0]), np.array([4.0, 4.0])
    mix = nation.blend(low, high, 6.0)
    assert (mix.weight, mix.scale) == (0.5, 1.0)
    above, below = nation.blend(low, high, 10.0), nation.blend(low, high, 2.0)
    assert (above.weight, above.scale) == pytest.approx((1.0, 1.25))
    assert (below.weight, below.scale) == pytest.approx((0.0, 0.5))
    with pytest.raises(DatasetError, match="contradicts the provinces"):
        nation.blend(low, high, -1.0)


def test_the_rest_of_the_nation_meets_each_fuel_and_leaves_the_others(made_up: Array) -> None:
    factors = inventory.carbon_factors()
    bought = np.ones(made_up.shape[1:])
    coal = nation.positions(nation.GROUPS["coal"])
    other = [k for k in range(made_up.shape[2]) if k not in coal]
    target = 1.1 * float((made_up[0] / factors)[:, coal].sum())
    met, blends = nation.meet_nation(made_up[0], made_up[1], factors, bought, {"coal": target})
    assert (met / factors)[:, coal].sum() == pytest.approx(target)
    np.testing.assert_array_equal(met[:, other], made_up[0][:, other])
    assert list(blends) == ["coal"]


def test_gas_supply_sells_what_it_takes_in_less_losses() -> None:
    piped, coal = np.array([10.0, 10.0, 1.0, 0.0, 50.0]), np.array([0.0, 5.0, 0.0, 0.0, 0.0])
    taken = energy.distributed_gas(piped, coal, 0.02, 0.6)
    np.testing.assert_allclose((1.0 - 0.02) * (taken + 0.6 * coal), piped)
    with pytest.raises(DatasetError, match="gas supply of ZJ: gas works make"):
        energy.distributed_gas(piped, np.array([0.0, 0.0, 9.0, 0.0, 0.0]), 0.02, 0.6)


def made_up_gas(seed: int) -> tuple[Array, Array, dict[str, float]]:
    """Gas burnt (region, user), feedstock (region), and uses by kind that add up to both."""
    random = np.random.default_rng(seed)
    burnt = random.gamma(1.0, 1.0, (len(REGIONS), len(USERS))) + 0.01
    feedstock = random.random(len(REGIONS))
    wells = burnt[:, [user(name) for name in gas.WELLS]].sum()
    fixed = {"chemicals": feedstock.sum(), "industry": wells}
    shares = dict(zip(gas.KINDS, (0.02, 0.05, 0.4, 0.53), strict=True))
    free = burnt.sum() - wells
    return burnt, feedstock, {k: s * free + fixed.get(k, 0.0) for k, s in shares.items()}


@pytest.mark.parametrize("seed", range(5))
def test_gas_meets_its_uses_and_regions_keep_what_they_take_in(seed: int) -> None:
    burnt, feedstock, totals = made_up_gas(seed)
    used = burnt * gas.use_as_published(burnt, feedstock, totals)
    np.testing.assert_allclose(used.sum(1), burnt.sum(1))
    kinds = np.array([gas.kind_of_use()[name] for name in USERS])
    for kind in gas.KINDS:
        extra = feedstock.sum() if kind == "chemicals" else 0.0
        assert used[:, kinds == kind].sum() + extra == pytest.approx(totals[kind])
    wells = [user(name) for name in gas.WELLS]
    np.testing.assert_array_equal(used[:, wells], burnt[:, wells])
    power = used[:, user("ELE")] / burnt[:, user("ELE")]
    np.testing.assert_allclose(power, power[0])  # placed as before
    homes = used[:, user("URB")] / burnt[:, user("URB")]
    np.testing.assert_allclose(homes, used[:, user("TRN")] / burnt[:, user("TRN")])


def test_uses_of_gas_that_cannot_be_are_refused() -> None:
    burnt, feedstock, totals = made_up_gas(0)
    with pytest.raises(DatasetError, match=r"gas of chemicals: .* lower feedstock.csv"):
        gas.use_as_published(burnt, 100.0 * feedstock, totals)
    burnt[1] *= 0.01
    burnt[1, user("ELE")] = 5.0
    large = totals | {"power": 2.0 * burnt[:, user("ELE")].sum()}
    with pytest.raises(
        DatasetError, match=r"gas of power stations in JS: .* lower gas_share_power"
    ):
        gas.use_as_published(burnt, feedstock, large)


def test_homes_in_towns_use_the_electricity_that_they_pay_for(accounts: PhysicalAccounts) -> None:
    bought = accounts.purchases.query("fuel == 'ELE'").groupby("user")["mtce"].sum()
    towns = bought["URB"] / (bought["URB"] + bought["RUR"])
    assert towns == pytest.approx(0.80, abs=0.01)  # official money; by people it would be .64


def test_every_purchase_of_a_fuel_is_paid_for_in_the_table(
    accounts: PhysicalAccounts, sources: Path
) -> None:
    paid = payments(read_official(sources, 2020))
    rows = accounts.purchases
    places = [ENERGY.index(name) for name in rows["fuel"]], [user(name) for name in rows["user"]]
    assert (paid[places] > 0.0).all()


def test_departures_of_the_embedded_dataset_follow_from_its_quantities(
    accounts: PhysicalAccounts, sources: Path
) -> None:
    official = read_official(sources, 2020)
    pattern = purchase_array(accounts.purchases, REGIONS, official.sectors).sum(0)
    found = depart(official, pattern, load_inputs().value("customs_duty"), DUTY_FREE)
    embedded = load_dataset("yrd2020").departures
    keys = ["row", "column", "reason"]
    pd.testing.assert_frame_equal(
        found.departures.set_index(keys)[["size"]],
        embedded.set_index(keys)[["size"]],
        rtol=1e-6,
        atol=1e-6,
    )
    paid = payments(found.table)[:, : len(official.sectors)]
    price = ratio(paid, pattern[:, : len(official.sectors)])
    for k, name in enumerate(ENERGY):
        users = [u for u, other in enumerate(official.sectors) if other != name and pattern[k, u]]
        spread = price[k, users].max() / price[k, users].min()
        assert spread < 4.0 + 1e-6, name  # within a factor of two of the level, either way


def test_emissions_that_nobody_pays_for_are_listed_with_who_took_them(
    accounts: PhysicalAccounts,
) -> None:
    table = accounts.provenance
    moved = table[table["item"].str.startswith("co2 moved: ")]
    assert moved["value"].sum() == pytest.approx(24.6, rel=0.05)
    coke = moved[moved["item"].str.contains("moved: Coke")]
    assert coke["value"].sum() == pytest.approx(22.8, rel=0.05)
    assert moved["item"].str.contains(r": \w+ of [A-Z]{3}, taken by [A-Z]{3}$").all()
    assert moved["source"].str.contains("no such payment").all()


def test_gas_is_used_as_published(accounts: PhysicalAccounts) -> None:
    """Power about 16 % of gas, 328 bcm (China Natural Gas Development Report 2021, recalled)."""
    bought = accounts.purchases.query("fuel == 'GAS'")
    use = bought.groupby("user")["mtce"].sum()
    assert use["ELE"] / bought["mtce"].sum() == pytest.approx(0.16, abs=0.006)
    assert use["CHM"] / bought["mtce"].sum() == pytest.approx(0.095, abs=0.005)
    piped = accounts.purchases.query("fuel == 'GDT'").groupby("user")["mtce"].sum()
    kinds = piped.groupby(gas.kind_of_use()).sum() / bought["mtce"].sum()
    assert 0.33 < kinds["city"] < 0.38
    assert 0.28 < kinds["industry"] < 0.38  # wells apart


def test_coal_and_gas_plants_turn_heat_into_power_as_plants_do(accounts: PhysicalAccounts) -> None:
    """Combined cycles with some heat .40 to .55; coal with the fuel of heat .32 to .46."""
    made = accounts.generation.set_index(["region", "technology"])["twh"]
    burnt = accounts.purchases.query("user == 'ELE'").set_index(["region", "fuel"])["burnt"]
    ranges = {"gas": ("GAS", 0.40, 0.55), "coal": ("COL", 0.32, 0.46)}
    for technology, (name, low, high) in ranges.items():
        for region in REGIONS:
            fired = KGCE_PER_KWH * made[region, technology] / burnt[region, name]
            assert low < fired < high, (technology, region, fired)
    assert made.xs("gas", level="technology").sum() == pytest.approx(252.5)


def test_the_nation_consumes_what_its_statistics_say(accounts: PhysicalAccounts) -> None:
    """4,983 Mtce, of which coal 56.8 %, gas 8.4 % (China Statistical Yearbook 2021)."""
    bought = accounts.purchases.groupby("fuel")["mtce"].sum()
    assert bought["COL"] == pytest.approx(0.568 * 4983.0, rel=5e-3)
    assert bought["GAS"] == pytest.approx(0.084 * 4983.0, rel=5e-3)
    crude = accounts.purchases.query("fuel == 'OIL'")
    lost = (1.0 - 0.953) * crude["feedstock"].sum()
    oil = bought["REF"] + crude["burnt"].sum() + lost
    assert oil == pytest.approx(0.189 * 4983.0, rel=5e-3)


def test_what_becomes_of_energy_adds_up(accounts: PhysicalAccounts) -> None:
    bought = accounts.purchases
    told = bought[["burnt", "feedstock", "non_energy", "losses"]].sum(axis=1)
    fuels = bought["fuel"] != "ELE"
    np.testing.assert_allclose(told[fuels], bought.loc[fuels, "mtce"])
    assert (told[~fuels] <= bought.loc[~fuels, "mtce"]).all()
    assert (bought["own_use"] <= bought["mtce"]).all()
    assert set(bought.loc[bought["feedstock"] > 0.0, "user"]) == {"REF", "COK", "GDT"}
    assert set(bought.loc[bought["non_energy"] > 0.0, "user"]) == {"CHM", "CON"}
    assert set(bought.loc[bought["losses"] > 0.0, "user"]) == {"GDT", "ELE"}
    lines = bought.query("fuel == 'ELE'")["losses"].sum() / KGCE_PER_KWH
    assert lines / 7762.0 == pytest.approx(0.045, abs=0.002)


def test_machines_of_the_recipe_are_physical(accounts: PhysicalAccounts) -> None:
    bought = accounts.purchases
    built = replace(
        load_dataset("yrd2020"),
        energy=bought.assign(pj=PJ_PER_MTCE * bought["mtce"]),
        generation=accounts.generation,
        feedstock=accounts.feedstock,
    )
    table = transformation(built)
    assert set(table["process"]) == {"power", "coking", "refining", "gas supply"}
    assert table["physical"].all(), table
    uses = energy_uses(built)
    for item in ("burnt", "feedstock", "non_energy", "losses", "own_use"):
        np.testing.assert_allclose(uses[item], bought[item], atol=1e-9)


def test_electricity_supplied_is_electricity_used(accounts: PhysicalAccounts) -> None:
    made = accounts.generation["twh"].sum()
    assert electricity_use(accounts).sum() == pytest.approx(made + 4.8 - 21.8, rel=1e-3)


def test_every_control_total_is_met(accounts: PhysicalAccounts) -> None:
    table = accounts.provenance
    rows = table[table["target"].notna()]
    assert len(rows) > 60
    within = {"published": 0.005, "recalled": 0.005, "derived": 0.03}
    missed = rows["deviation"].abs() > rows["quality"].map(within)
    assert not missed.any(), rows[missed]
    np.testing.assert_allclose(
        rows["deviation"], rows["achieved"] / rows["target"] - 1.0, atol=1e-8
    )
    items = set(rows["item"].str.removeprefix("control: "))
    expected = "energy|energy coal|electricity use|generation thermal|cement made|co2 transport"
    assert set(expected.split("|")) <= items
    total = rows[rows["item"] == "control: co2 direct and indirect"].iloc[0]
    assert total["target"] == 1990.0


def test_what_is_achieved_is_in_the_tables(accounts: PhysicalAccounts) -> None:
    rows = accounts.provenance.set_index(["item", "region"])["achieved"]
    users = accounts.combustion.groupby(["region", "user"])["mt_co2"].sum()
    for region in REGIONS:
        assert rows["control: co2 transport", region] == pytest.approx(users[region, "TRN"])
        parts = rows[rows.index.get_level_values(0).str.startswith("control: co2 ")]
        emitted = accounts.combustion.query("region == @region")["mt_co2"].sum()
        assert parts.xs(region, level=1).sum() == pytest.approx(emitted)
    use = electricity_use(accounts)
    assert rows["control: electricity use", "JS"] == pytest.approx(use["JS"])


def test_published_totals_that_are_not_met_are_shown(accounts: PhysicalAccounts) -> None:
    table = accounts.provenance
    beside = table[table["item"].str.startswith("compare: ")]
    assert beside["target"].isna().all()
    assert beside["note"].str.contains("these accounts").all()
    jiangsu = beside[(beside["item"] == "compare: energy") & (beside["region"] == "JS")]
    assert jiangsu["value"].tolist() == [327.0]


def test_sources_are_publications(accounts: PhysicalAccounts) -> None:
    cited = accounts.provenance["source"]
    assert not cited.str.contains("CREA|PyPSA|github|idem", regex=True).any()
    assert (cited.str.len() > 5).all()
