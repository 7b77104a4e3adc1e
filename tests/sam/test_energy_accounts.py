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
    primary_consumption,
    transformation,
)
from sam.errors import DatasetError
from tests.economies import tiny_dataset

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


def test_perpetual_motion_is_found(yrd: Dataset) -> None:
    generation = yrd.generation.assign(twh=3.0 * yrd.generation["twh"])
    table = transformation(replace(yrd, generation=generation))
    assert not table.loc[table["process"] == "power", "physical"].any()


def test_the_nation_mines_imports_and_makes_what_it_reports(yrd: Dataset) -> None:
    """Primary production of 2020 in Mtce, and imports (China Statistical Yearbook 2021)."""
    table = energy_supply(yrd).groupby("fuel")[["production", "imports"]].sum()
    assert table["production"]["COL"] == pytest.approx(2758.0, rel=0.06)
    assert table["production"]["ELE"] == pytest.approx(7779.0 * KGCE_PER_KWH, rel=0.06)
    assert table["imports"]["OIL"] == pytest.approx(542.4 * 1.4286, rel=0.15)
