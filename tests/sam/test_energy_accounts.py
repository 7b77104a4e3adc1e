"""Energy accounts of a dataset: what is bought, where it comes from, how it is transformed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sam import Dataset, load_dataset
from sam.energy import (
    KGCE_PER_KWH,
    PJ_PER_MTCE,
    energy_routes,
    energy_supply,
    energy_uses,
    hybrid_consistency,
    implied_prices,
    primary_consumption,
    transformation,
)
from sam.errors import DatasetError
from tests.economies import relabelled, tiny_dataset

ITEMS = ["burnt", "feedstock", "non_energy", "losses", "used"]


@pytest.fixture(params=[0, 3])
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return tiny_dataset(request.param, ("A", "B", "C"))


@pytest.fixture(scope="module")
def yrd() -> Dataset:
    return load_dataset("yrd2020")


def test_items_add_up_to_purchases(dataset: Dataset) -> None:
    uses = energy_uses(dataset)
    np.testing.assert_allclose(uses[ITEMS].sum(axis=1), uses["amount"])
    assert uses["amount"].sum() == pytest.approx(dataset.energy["mtce"].sum())
    joule = energy_uses(dataset, "PJ")
    np.testing.assert_allclose(joule["amount"], PJ_PER_MTCE * uses["amount"])
    assert not uses.loc[uses["fuel"] == "ELE", ["burnt", "feedstock", "non_energy"]].any().any()


def test_without_items_the_table_of_feedstock_tells_them(dataset: Dataset) -> None:
    plain = replace(dataset, energy=dataset.energy[["region", "user", "fuel", "pj", "mtce"]])
    uses = energy_uses(plain).merge(dataset.feedstock, how="left", on=["region", "user", "fuel"])
    fuel = uses[uses["fuel"] != "ELE"]
    kept = fuel["share"].fillna(0.0) * fuel["amount"]
    np.testing.assert_allclose(fuel["feedstock"] + fuel["non_energy"], kept)
    assert (fuel.loc[fuel["user"] == "REF", "non_energy"] == 0.0).all()
    assert (fuel.loc[fuel["user"] == "GEM", "feedstock"] == 0.0).all()


def test_items_that_do_not_add_up_are_named(dataset: Dataset) -> None:
    table = dataset.energy.assign(burnt=0.0, feedstock=0.0, non_energy=0.0, losses=0.0)
    with pytest.raises(DatasetError, match=r"its items add up to 0 .* make burnt"):
        energy_uses(replace(dataset, energy=table))
    with pytest.raises(DatasetError, match="unit 'BTU' is unknown; choose Mtce or PJ"):
        energy_uses(dataset, "BTU")


def test_supply_is_use_and_inflow_is_outflow(dataset: Dataset) -> None:
    table = energy_supply(dataset)
    supply = table["production"] + table["inflow"] + table["imports"]
    np.testing.assert_allclose(supply - table["outflow"] - table["exports"], table["use"])
    nation = table.groupby("fuel")[["inflow", "outflow"]].sum()
    np.testing.assert_allclose(nation["inflow"], nation["outflow"])
    assert table["use"].sum() == pytest.approx(dataset.energy["mtce"].sum())


def test_energy_flows_where_money_flows(dataset: Dataset) -> None:
    routes = energy_routes(dataset)
    frame = dataset.sam.frame
    sales = frame[(frame["row_kind"] == "activity") & (frame["col_kind"] == "commodity")]
    coal = sales[sales["col"] == "COL"].set_index(["row_region", "col_region"])["value"]
    moved = routes[routes["fuel"] == "COL"].set_index(["origin", "destination"])["mtce"]
    assert set(coal.index) <= set(moved.index)
    price = coal / moved.reindex(coal.index)
    spread = price.groupby(level=1).agg(np.ptp)
    np.testing.assert_allclose(spread, 0.0, atol=1e-9 * price.max())  # one price in each market
    assert not (moved.get(("C", "A"), 0.0) > 0.0)  # the last region has no mine


def test_a_market_without_seller_is_named(dataset: Dataset) -> None:
    extra = dataset.energy.iloc[:1].assign(fuel="OIL")
    broken = replace(dataset, energy=pd.concat([dataset.energy, extra], ignore_index=True))
    with pytest.raises(DatasetError, match="of OIL, which nobody sells there"):
        energy_supply(broken)


def test_primary_energy_counts_every_ton_once() -> None:
    """Coal burnt in a kiln, coked for a mill next door, crude refined and sold elsewhere."""
    rows = [
        ("A", "NMM", "COL", 10.0, 0.0),
        ("A", "COK", "COL", 20.0, 20.0),
        ("B", "FER", "COK", 18.0, 0.0),
        ("A", "REF", "OIL", 100.0, 100.0),
        ("B", "TRN", "REF", 95.0, 0.0),
        ("B", "URB", "GAS", 5.0, 0.0),
        ("A", "TRD", "ELE", 100.0 * KGCE_PER_KWH, 0.0),
        ("B", "TRD", "ELE", 50.0 * KGCE_PER_KWH, 0.0),
    ]
    uses = pd.DataFrame(rows, columns=["region", "user", "fuel", "mtce", "feedstock"])
    made = pd.DataFrame(
        [("A", "coal", 60.0), ("A", "wind", 10.0), ("B", "hydro", 80.0)],
        columns=["region", "technology", "twh"],
    )
    table = primary_consumption(uses, made, {"COK": 0.9, "REF": 0.95}, 0.3)
    assert table["coal"]["A"] == pytest.approx(12.0)  # burnt and lost in coking
    assert table["coal"]["B"] == pytest.approx(18.0)
    assert table["oil"].to_dict() == pytest.approx({"A": 5.0, "B": 95.0})
    assert table["electricity"].to_dict() == pytest.approx({"A": 12.0, "B": 15.0})
    nation = table.sum()
    assert nation["coal"] == pytest.approx(30.0)
    assert nation["oil"] == pytest.approx(100.0)
    assert nation["electricity"] == pytest.approx(0.3 * 90.0)  # power without fuel, once


def _by(table: pd.DataFrame, keys: list[str], value: str) -> pd.Series:
    return table.groupby(keys)[value].sum()


def test_burnt_fuel_times_its_factor_is_combustion(yrd: Dataset) -> None:
    """Carbon content, oxidation and 44/12 again; coke and oil between their products."""
    keys = ["region", "fuel"]
    burnt = _by(energy_uses(yrd).query("fuel != 'ELE' and burnt > 1e-9"), keys, "burnt")
    factor = _by(yrd.combustion, keys, "mt_co2").reindex(burnt.index) / burnt
    per_tce = 44.0 / 12.0 * 29.3076e-3
    pure = {"COL": 26.32 * 0.95, "OIL": 20.08 * 0.98, "GAS": 15.32 * 0.99, "GDT": 15.32 * 0.99}
    for fuel, carbon in pure.items():
        np.testing.assert_allclose(factor.xs(fuel, level="fuel"), carbon * per_tce, rtol=1e-6)
    low, high = 21.49 * 0.98 * per_tce, 31.38 * 0.95 * per_tce  # coke oven gas to coke
    assert factor.xs("COK", level="fuel").between(low, high).all()
    low, high = 17.2 * 0.98 * per_tce, 21.1 * 0.98 * per_tce  # liquefied gas to fuel oil
    assert factor.xs("REF", level="fuel").between(low, high).all()


def test_energy_has_the_heat_of_standard_coal(yrd: Dataset) -> None:
    np.testing.assert_allclose(yrd.energy["pj"], 29.3076 * yrd.energy["mtce"], rtol=1e-10)


def test_shares_of_feedstock_are_those_of_the_items(yrd: Dataset) -> None:
    keys = ["region", "user", "fuel"]
    uses = energy_uses(yrd).query("fuel != 'ELE'").set_index(keys)
    share = yrd.feedstock.set_index(keys)["share"]
    assert share.index.isin(uses.index).all()
    kept = uses[["feedstock", "non_energy", "losses"]].sum(axis=1) / uses["amount"]
    np.testing.assert_allclose(share.reindex(uses.index).fillna(0.0), kept, atol=1e-9)
    np.testing.assert_allclose(uses["own_use"], yrd.energy.set_index(keys)["own_use"][uses.index])


def test_electricity_used_and_lost_is_made_or_drawn_in(yrd: Dataset) -> None:
    """Generation in TWh against routes that follow money: the same within a tenth.

    Users pay from .5 to 2.5 yuan per kWh by the national table, so money per kWh of regions
    differs with who buys there.
    """
    supply = energy_supply(yrd).query("fuel == 'ELE'").set_index("region")
    made = _by(yrd.generation, ["region"], "twh") * KGCE_PER_KWH
    net = supply[["inflow", "imports"]].sum(axis=1) - supply[["outflow", "exports"]].sum(axis=1)
    uses = energy_uses(yrd).query("fuel == 'ELE'")
    taken = _by(uses, ["region"], "used") + _by(uses, ["region"], "losses")
    np.testing.assert_allclose(made + net, taken, rtol=0.1)
    assert (made + net).sum() == pytest.approx(taken.sum(), rel=0.005)


def test_processes_emit_by_what_is_kept_and_made(yrd: Dataset) -> None:
    """Synthesis gas of coal and natural gas; cement of the nation by .2906 t per t."""
    uses = energy_uses(yrd).query("user == 'CHM'")
    kept = uses.pivot(index="region", columns="fuel", values="non_energy").fillna(0.0)
    expected = 2.83 * 0.75 * kept["COL"] + 1.65 * 0.67 * kept["GAS"]
    process = yrd.process.pivot(index="region", columns="sector", values="mt_co2")
    np.testing.assert_allclose(process["CHM"], expected.reindex(process.index), rtol=1e-9)
    cement = process["NMM"].sum() / 0.2906
    assert cement == pytest.approx(2394.71, rel=1e-3)  # Mt, National Bureau of Statistics, 2020


def test_value_is_price_times_quantity(yrd: Dataset) -> None:
    """Users of all regions pay what the nation's pay, but for a hundredth of the energy."""
    keys = ["region", "user", "fuel"]
    stated = yrd.energy.set_index(keys)["price"]
    table = implied_prices(yrd).set_index(keys)
    assert np.isfinite(table["price"]).all()
    apart = table["price"] / stated.reindex(table.index) - 1.0
    assert table["mtce"][apart.abs() < 0.1].sum() > 0.99 * table["mtce"].sum()
    # money and quantity are two statistics: one user in nine is beyond a factor of three
    assert hybrid_consistency(yrd)["outlier"].mean() < 0.12


def test_heat_explains_what_power_seems_to_waste(yrd: Dataset) -> None:
    """Coal per kWh without heating, whose part of coal is that of the balance of 2021."""
    heating = pd.Series({"JS": 27.7068, "ZJ": 20.8084, "AH": 5.4534})  # Mtce
    power = pd.Series({"JS": 121.8916, "ZJ": 72.6826, "AH": 74.5967})
    uses = energy_uses(yrd).query("user == 'ELE' and fuel == 'COL'").set_index("region")["burnt"]
    made = yrd.generation.query("technology == 'coal'").set_index("region")["twh"]
    grams = 1000.0 * (uses / made).reindex(power.index) * power / (power + heating)
    assert grams.between(275.0, 300.0).all()  # gce per kWh; the nation: 305 delivered
    assert grams.max() / grams.min() < 1.06


def test_perpetual_motion_is_found(yrd: Dataset) -> None:
    generation = yrd.generation.assign(twh=3.0 * yrd.generation["twh"])
    table = transformation(replace(yrd, generation=generation))
    assert not table.loc[table["process"] == "power", "physical"].any()


def test_the_nation_mines_imports_and_makes_what_it_reports(yrd: Dataset) -> None:
    """Primary production of 2020 in Mtce, and imports (China Statistical Yearbook 2021)."""
    table = energy_supply(yrd).groupby("fuel")[["production", "imports"]].sum()
    assert table["production"]["COL"] == pytest.approx(2758.0, rel=0.06)
    assert table["production"]["ELE"] == pytest.approx(7779.0 * KGCE_PER_KWH, rel=0.06)
    # the table values domestic crude far above imported: money misses the tons by a fifth
    assert table["imports"]["OIL"] == pytest.approx(542.4 * 1.4286, rel=0.2)


def test_electricity_and_households_may_have_other_names() -> None:
    names = {"RUR": "farm", "URB": "town", "ELE": "power"}
    tiny = tiny_dataset(2)
    other = relabelled(tiny, names)
    for table in (energy_uses, energy_supply, transformation):
        expected = table(tiny).replace(names)
        pd.testing.assert_frame_equal(table(other), expected)
