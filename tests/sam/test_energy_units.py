"""Physical units, carbon of fuels and of processes: published factors and what follows of them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sam.dataset import QUALITIES
from sam.energy import (
    PJ_PER_MTCE,
    emission_factors,
    process_emissions,
    process_factors,
    standard_coal_factors,
    to_standard_coal,
    units,
)
from sam.errors import DatasetError
from sam.readers import INVENTORY_FUELS
from sam.readers.energy_balance.layout import fuels


@pytest.mark.parametrize(
    ("amount", "fuel", "unit", "mtce"),
    [
        (100.0, "raw coal", "1e4 t", 0.7143),  # a million tons
        (1.0, "crude oil", "Mt", 1.4286),
        (10.0, "natural gas", "1e8 m3", 1.33),
        (10.0, "electricity", "1e8 kWh", 0.1229),
        (100.0, "heat", "1e10 kJ", 0.03412),
        (29.3076, "diesel", "PJ", 1.0),
        (100.0, "other energy", "1e4 tce", 1.0),
        (2.0, "coke", "Mtce", 2.0),
    ],
)
def test_units_of_the_yearbook(amount: float, fuel: str, unit: str, mtce: float) -> None:
    assert to_standard_coal(amount, fuel, unit) == pytest.approx(mtce, rel=1e-4)


def test_electricity_counts_its_heat_or_the_coal_behind_it() -> None:
    assert to_standard_coal(1.0, "electricity", "TWh") == pytest.approx(3.6 / PJ_PER_MTCE, rel=1e-3)
    assert to_standard_coal(1.0, "electricity", "TWh", 0.3055) == pytest.approx(0.3055)
    assert to_standard_coal(1000.0, "heat", "PJ") == pytest.approx(1000.0 / PJ_PER_MTCE, rel=1e-4)


@given(st.sampled_from(sorted(standard_coal_factors().index)), st.floats(0.0, 1e6))
def test_conversion_is_linear_and_works_on_tables(fuel: str, amount: float) -> None:
    unit = str(standard_coal_factors()["unit"][fuel])
    series = pd.Series([amount, 2.0 * amount])
    one = to_standard_coal(amount, fuel, unit)
    np.testing.assert_allclose(to_standard_coal(series, fuel, unit), [one, 2.0 * one])


@pytest.mark.parametrize(
    ("fuel", "unit", "message"),
    [
        ("wood", "Mt", "no standard coal factor of 'wood'"),
        ("coke", "bushels", "unknown unit 'bushels'; known: Mt"),
        ("coke", "TWh", "'TWh' measures electricity, its factor is per Mt; give mass"),
        ("electricity", "Mt", "give electricity"),
    ],
)
def test_what_cannot_be_converted_is_named(fuel: str, unit: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        to_standard_coal(1.0, fuel, unit)


def test_a_heat_value_is_positive() -> None:
    with pytest.raises(DatasetError, match="above zero"):
        to_standard_coal(1.0, "raw coal", "Mt", 0.0)


def test_every_fuel_of_the_yearbook_has_a_factor_with_a_source() -> None:
    table, layout = standard_coal_factors(), fuels()
    assert set(layout.index[layout["role"] == "fuel"]) == set(table.index)
    assert table["mtce"].between(table["low"], table["high"]).all()
    assert set(table["unit"]) <= set(units())
    for source in (table, emission_factors(), process_factors()):
        assert source["quality"].isin(QUALITIES).all()
        assert (source["source"].str.len() > 10).all()


def test_coefficients_are_heat_values_over_that_of_standard_coal() -> None:
    """Net calorific values of GB/T 2589-2020, kJ per kg or cubic metre, beside its coefficients."""
    heat = {"raw coal": 20934.0, "crude oil": 41868.0, "gasoline": 43124.0, "diesel": 42705.0}
    heat |= {"natural gas": 38979.0, "LPG": 50242.0, "refinery gas": 46055.0, "coke": 28470.0}
    for fuel, value in heat.items():
        assert standard_coal_factors()["mtce"][fuel] == pytest.approx(value / 29307.6, rel=2e-4)


def test_every_fuel_that_holds_carbon_emits_like_one_of_the_inventories() -> None:
    kind = standard_coal_factors()["burns_as"]
    none = {"blast furnace gas", "converter gas", "heat", "electricity", "other energy"}
    assert set(kind.index[kind == ""]) == none
    assert set(kind[kind != ""]) <= set(emission_factors().index)


def test_carbon_of_coal_is_near_the_published_ones() -> None:
    """Per TJ, oxidised: 27.28 x .923 (NDRC 2007) and 25.8 x 1 (IPCC 2006)."""
    found = emission_factors()["t_per_tj"]["Raw_Coal"] / (44.0 / 12.0)
    assert found == pytest.approx(27.28 * 0.923, rel=0.01)
    assert found == pytest.approx(25.8, rel=0.035)


def test_cement_emits_what_the_inventory_of_2019_says() -> None:
    """681.255 Mt (CEADs 2019) from 2344.31 Mt of cement (National Bureau of Statistics)."""
    emitted = process_emissions({"cement": np.array([2344.31])})
    np.testing.assert_allclose(emitted["NMM"], 681.255, rtol=1e-4)


def test_carbon_per_ton_of_coal_equivalent_is_what_planners_use() -> None:
    table = emission_factors()
    assert list(table.index) == list(INVENTORY_FUELS)
    assert table["t_per_tce"]["Raw_Coal"] == pytest.approx(2.69, abs=0.01)
    assert table["t_per_tce"]["Natural_Gas"] == pytest.approx(1.63, abs=0.01)
    for fuel, planned in (("Raw_Coal", 2.66), ("Crude_Oil", 1.73), ("Natural_Gas", 1.56)):
        assert table["t_per_tce"][fuel] >= planned  # NDRC's planning factors are lower
    np.testing.assert_allclose(
        table["t_per_tj"], table["carbon"] * table["oxidation"] * 44 / 12, rtol=1e-12
    )
    np.testing.assert_allclose(table["t_per_tce"], table["t_per_tj"] * 0.0293076, rtol=1e-12)


def test_carbon_agrees_with_the_guidelines_of_the_ipcc() -> None:
    table = emission_factors()
    ratio = table["full_t_per_tce"] / table["ipcc_t_per_tce"]
    gases = ["Coke_Oven_Gas", "Other_Gas", "Refinery_Gas", "Other_Coking_Products"]
    assert ratio.drop(gases).between(0.95, 1.08).all()


def test_a_ton_of_fuel_has_the_heat_that_both_tables_give_it() -> None:
    """Heat values of CEADs and of the Yearbook, for fuels that do not differ by place."""
    names = {"Coke": "coke", "Crude_Oil": "crude oil", "Gasoline": "gasoline", "LPG": "LPG"}
    for inventory, fuel in names.items():
        heat = standard_coal_factors()["mtce"][fuel] * PJ_PER_MTCE
        assert emission_factors()["ncv"][inventory] == pytest.approx(heat, rel=0.04)


def test_processes_emit_in_their_sectors() -> None:
    made = {
        "cement": np.array([100.0, 0.0]),
        "coal_feedstock": np.array([0.0, 10.0]),
        "gas_feedstock": np.array([1.0, 0.0]),
        "steel": np.array([50.0, 50.0]),
    }
    emitted = process_emissions(made)
    np.testing.assert_allclose(emitted["NMM"], [29.06, 0.0])
    np.testing.assert_allclose(emitted["CHM"], [1.65 * 0.67, 28.3 * 0.75])
    np.testing.assert_allclose(emitted["FER"], 0.0)  # its carbon is that of coke and coal
    with pytest.raises(DatasetError, match="no factor of 'glass'"):
        process_emissions({"glass": np.ones(1)})


def test_process_emissions_of_regions_in_different_orders_are_refused() -> None:
    made = pd.Series({"A": 1.0, "B": 2.0})
    emitted = process_emissions({"coal_feedstock": made, "gas_feedstock": made})
    np.testing.assert_allclose(emitted["CHM"][1], 2.0 * emitted["CHM"][0])
    with pytest.raises(DatasetError, match=r"different orders; bring them to one \(\.loc"):
        process_emissions({"coal_feedstock": made, "gas_feedstock": made.iloc[::-1]})
