"""Departures from the official table: each rule by hand, and the identities that all of them keep.

The tables are made up. What a rule does is computed by hand; what every rule keeps (rows that equal
columns, final demand, labour) is asserted of random nations whose money and quantities disagree.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes.yrd2020.departures import (
    RANGE,
    REASONS,
    Departed,
    carve_duties,
    coke_of_steelworks,
    depart,
    departure_rows,
    energy_by_quantity,
    fuel_of_fleets,
    gas_by_supplier,
    payments,
    tariff_rates,
)
from recipes.yrd2020.flows import CAPITAL, LABOUR, TAX
from recipes.yrd2020.fuels import ENERGY
from recipes.yrd2020.inventory import GAS_BUYERS
from recipes.yrd2020.official import Official
from sam import DatasetError
from sam.accounts import HOUSEHOLDS
from tests.recipes.nations import (
    DUTY,
    SECTORS,
    USERS,
    at,
    nation,
    quantities,
    regions,
    table_of,
)

Array = npt.NDArray[np.float64]

FREE = ("OIL", "GAS", "MMO")
FLEETS = [k for k, name in enumerate(SECTORS) if k > SECTORS.index("CON") and name != "TRN"]
SEEDS = given(st.integers(0, 10**6))
CLOSE = {"rtol": 1e-10, "atol": 1e-9}


def cells(table: Official) -> dict[Any, float]:
    """Every cell that is not zero, by its labels."""
    return table.cells[table.cells.abs() > 1e-9].to_dict()


def disagreeing(seed: int) -> tuple[Official, Array]:
    """A balanced nation, and quantities that its payments for energy contradict (energy, user)."""
    table = nation(regions(seed))
    rng = np.random.default_rng(seed)
    noise = np.exp(rng.normal(0.0, 1.0, (len(ENERGY), len(USERS))))
    pattern = payments(table) * noise * np.exp(rng.normal(0.0, 0.5, (len(ENERGY), 1)))
    coal, (coke, steel) = SECTORS.index("COL"), at("COK", "FER")
    ovens = table.intermediate[coal, coke] / table.intermediate[coal, steel]
    value = pattern[ENERGY.index("COL")]
    value[coke] = max(value[coke], 1.5 * ovens * value[steel])  # steelworks' ovens are booked there
    return table, pattern


def near_quantity(table: Official, pattern: Array) -> Official:
    return energy_by_quantity(gas_by_supplier(table), pattern)[0]


STEPS: dict[str, Callable[[Official, Array], Official]] = {
    "gas by supplier": lambda table, pattern: gas_by_supplier(table),
    "coke of steelworks": coke_of_steelworks,
    "energy quantities": near_quantity,
    "fuel of fleets": lambda table, pattern: fuel_of_fleets(table, 0.5 * pattern[3]),
}


# Rules by hand.


def test_gas_is_bought_where_its_quantities_are_booked() -> None:
    table = table_of(
        {
            ("GAS", "FER"): 5.0,  # industry buys from gas supply
            ("GAS", "CHM"): 10.0,
            ("GAS", "GDT"): 20.0,
            ("GDT", "CHM"): 3.0,  # chemicals buy from producers
            ("GDT", "HOT"): 2.0,
            ("GDT", "URB"): 30.0,
            ("CAP", "GDT"): 15.0,
        }
    )
    assert cells(gas_by_supplier(table)) == pytest.approx(
        {
            ("GAS", "CHM"): 13.0,
            ("GAS", "GDT"): 22.0,  # 20 and the 5 of steel, less the 3 of chemicals
            ("GDT", "FER"): 5.0,
            ("GDT", "HOT"): 2.0,
            ("GDT", "URB"): 30.0,
            ("CAP", "GDT"): 15.0,
        }
    )


def test_ovens_of_steelworks_and_coking_plants_pay_one_price_for_coking_coal() -> None:
    table = table_of({("COL", "COK"): 20.0, ("COL", "FER"): 30.0, ("COK", "FER"): 40.0})
    pattern = quantities({("COL", "COK"): 40.0, ("COL", "FER"): 10.0})
    found = cells(coke_of_steelworks(table, pattern))
    assert found == pytest.approx(
        {("COL", "COK"): 40.0, ("COL", "FER"): 10.0, ("COK", "FER"): 60.0}
    )
    assert found["COL", "COK"] / 40.0 == found["COL", "FER"] / 10.0


def test_money_stays_within_a_factor_of_two_of_quantity_and_its_row_keeps_its_sum() -> None:
    bought = {("COL", "FOO"): 10.0, ("COL", "NMM"): 68.0, ("COL", "PAP"): 4.0, ("COL", "URB"): 9.0}
    table = table_of({**bought, ("CAP", "NMM"): 50.0, ("CAP", "PAP"): 50.0})
    pattern = quantities(
        {("COL", "FOO"): 10.0, ("COL", "NMM"): 20.0, ("COL", "PAP"): 16.0, ("COL", "URB"): 1.0}
    )
    found, levels = energy_by_quantity(table, pattern)
    assert levels[ENERGY.index("COL")] == pytest.approx(1.5)
    assert cells(found) == pytest.approx(
        {
            ("COL", "FOO"): 10.0,  # of 7.5 to 30
            ("COL", "NMM"): 60.0,  # at most 2 x 1.5 x 20
            ("COL", "PAP"): 12.0,  # at least 1.5 x 16 / 2
            ("COL", "URB"): 9.0,  # final demand stays official
            ("CAP", "NMM"): 58.0,
            ("CAP", "PAP"): 42.0,
        }
    )


def test_gas_of_industry_follows_its_quantity() -> None:
    bought = {("GDT", "NMM"): 2.0, ("GDT", "FER"): 3.0, ("GDT", "HOT"): 55.0, ("GDT", "URB"): 70.0}
    table = table_of({**bought, ("CAP", "NMM"): 100.0, ("CAP", "FER"): 100.0})
    pattern = quantities(
        {("GDT", "NMM"): 40.0, ("GDT", "FER"): 20.0, ("GDT", "HOT"): 20.0, ("GDT", "URB"): 5.0}
    )
    found, levels = energy_by_quantity(table, pattern)
    assert levels[ENERGY.index("GDT")] == pytest.approx(0.6)
    assert cells(found) == pytest.approx(
        {
            ("GDT", "NMM"): 24.0,
            ("GDT", "FER"): 12.0,
            ("GDT", "HOT"): 24.0,  # services stay within the range
            ("GDT", "URB"): 70.0,
            ("CAP", "NMM"): 78.0,
            ("CAP", "FER"): 91.0,
            ("CAP", "HOT"): 31.0,
        }
    )


def test_what_a_maker_burns_of_its_own_product_is_booked_gross() -> None:
    bought = {("COK", "COK"): 1.0, ("COK", "FER"): 26.0, ("COK", "FOO"): 12.0, ("ELE", "ELE"): 20.0}
    table = table_of({**bought, ("CAP", "COK"): 10.0})
    pattern = quantities(
        {("COK", "COK"): 8.0, ("COK", "FER"): 60.0, ("COK", "FOO"): 4.0, ("ELE", "ELE"): 1e-3}
    )
    found, levels = energy_by_quantity(table, pattern)
    assert levels[ENERGY.index("COK")] == pytest.approx(1.0)
    assert cells(found) == pytest.approx(
        {
            ("COK", "COK"): 4.0,  # half of 8, and as much more sold as bought: no surplus changes
            ("COK", "FER"): 30.0,
            ("COK", "FOO"): 8.0,
            ("ELE", "ELE"): 20.0,  # more than its quantity: the grid's own
            ("CAP", "COK"): 10.0,
            ("CAP", "FER"): -4.0,
            ("CAP", "FOO"): 4.0,
        }
    )


def test_gas_that_networks_pass_on_without_a_quantity_is_netted() -> None:
    table = table_of({("GDT", "GDT"): 7.0, ("GDT", "URB"): 30.0, ("CAP", "GDT"): 30.0})
    found, _ = energy_by_quantity(table, quantities({("GDT", "URB"): 25.0}))
    assert cells(found) == pytest.approx({("GDT", "URB"): 30.0, ("CAP", "GDT"): 30.0})
    np.testing.assert_allclose(found.gap, table.gap, atol=1e-9)


def test_motor_fuel_of_services_beyond_the_range_is_bought_as_transport() -> None:
    table = table_of({("REF", "TRD"): 30.0, ("REF", "HOT"): 4.0, ("REF", "TRN"): 100.0})
    most = np.zeros(len(USERS))
    most[at("TRD", "HOT", "TRN")] = 20.0, 8.0, 50.0
    assert cells(fuel_of_fleets(table, most)) == pytest.approx(
        {
            ("REF", "TRD"): 20.0,
            ("REF", "HOT"): 4.0,
            ("REF", "TRN"): 110.0,
            ("TRN", "TRD"): 10.0,
        }
    )


def test_fuel_of_fleets_is_not_held_in_the_range_before_it_moves() -> None:
    bought = {("REF", "FOO"): 12.0, ("REF", "TRD"): 30.0, ("REF", "TRN"): 96.0}
    pattern = quantities({("REF", "FOO"): 2.0, ("REF", "TRD"): 5.0, ("REF", "TRN"): 100.0})
    found, levels = energy_by_quantity(table_of({**bought, ("CAP", "TRN"): 9.0}), pattern)
    assert levels[ENERGY.index("REF")] == pytest.approx(2.0)
    assert cells(found) == pytest.approx(
        {
            ("REF", "FOO"): 8.0,
            ("REF", "TRD"): 30.0,
            ("REF", "TRN"): 100.0,
            ("CAP", "FOO"): 4.0,
            ("CAP", "TRN"): 5.0,
        }
    )


def test_one_rate_on_all_goods_that_are_not_free_collects_the_duties() -> None:
    table = table_of({("FOO", "IM"): 300.0, ("OIL", "IM"): 500.0, ("FIN", "IM"): 80.0})
    rates = tariff_rates(replace(table, imports=table.imports + 1.0), 60.0, FREE)
    taxed = [name for name, rate in zip(SECTORS, rates, strict=True) if rate > 0.0]
    assert set(taxed) == set(SECTORS[: SECTORS.index("GDT") + 1]) - set(FREE)
    assert float(rates @ (table.imports + 1.0)) == pytest.approx(60.0)
    assert len({float(rates[k]) for k in at(*taxed)}) == 1


def test_duties_leave_the_production_tax_of_who_makes_the_same_good() -> None:
    table = table_of({("NTX", "FOO"): 20.0, ("FOO", "IM"): 300.0, ("NTX", "FIN"): 5.0})
    found = carve_duties(table, tariff_rates(table, 12.0, FREE))
    assert cells(found) == pytest.approx(
        {("NTX", "FOO"): 8.0, ("FOO", "IM"): 300.0, ("NTX", "FIN"): 5.0}
    )


@pytest.mark.parametrize(("energy", "user"), [("COL", "NMM"), ("GDT", "URB"), ("REF", "AGR")])
def test_energy_that_nobody_pays_for_is_refused_with_its_user(energy: str, user: str) -> None:
    table, pattern = disagreeing(1)
    place = ENERGY.index(energy), USERS.index(user)
    inner, final = table.intermediate.copy(), table.final.copy()
    paid = inner[SECTORS.index(energy)] if user in SECTORS else final[SECTORS.index(energy)]
    paid[(SECTORS if user in SECTORS else HOUSEHOLDS).index(user)] = 0.0
    assert pattern[place] > 0.0
    broken = replace(table, intermediate=inner, final=final)
    with pytest.raises(DatasetError, match=rf"{user} buys {energy} in quantity, but .* \(1 such\)"):
        depart(broken, pattern, 10.0, FREE)


# Identities.


@settings(max_examples=15)
@SEEDS
@pytest.mark.parametrize("name", STEPS)
def test_every_step_keeps_rows_equal_to_columns(name: str, seed: int) -> None:
    table, pattern = disagreeing(seed)
    found = STEPS[name](table, pattern)
    np.testing.assert_allclose(found.gap, 0.0, **CLOSE)
    np.testing.assert_array_equal(found.final, table.final)
    np.testing.assert_array_equal(found.exports, table.exports)
    np.testing.assert_array_equal(found.imports, table.imports)
    kept = [LABOUR, TAX] if name == "energy quantities" else [LABOUR, TAX, CAPITAL]
    np.testing.assert_array_equal(found.value_added[kept], table.value_added[kept])


@settings(max_examples=15)
@SEEDS
def test_duties_leave_a_gap_of_tariff_times_imports_and_nothing_else(seed: int) -> None:
    table, _ = disagreeing(seed)
    tariff = tariff_rates(table, 7.0, FREE)
    found = carve_duties(table, tariff)
    np.testing.assert_allclose(found.gap, tariff * table.imports, **CLOSE)
    assert found.gap.sum() == pytest.approx(7.0)
    np.testing.assert_array_equal(found.intermediate, table.intermediate)
    np.testing.assert_array_equal(found.value_added[[LABOUR, CAPITAL]], table.value_added[::2])


@settings(max_examples=15)
@SEEDS
def test_sales_of_energy_keep_their_sum_but_for_what_is_booked_gross(seed: int) -> None:
    table, pattern = disagreeing(seed)
    rows, (gas, piped) = at(*ENERGY), at("GAS", "GDT")
    sold = table.intermediate.sum(1)
    supplied = gas_by_supplier(table)
    np.testing.assert_allclose(
        np.delete(supplied.intermediate.sum(1), piped), np.delete(sold, piped), **CLOSE
    )
    assert supplied.intermediate[gas, at("FER", "TRN", "HOT")].sum() == 0.0
    direct = [name for name in GAS_BUYERS if name != "GDT"]
    assert supplied.intermediate[piped, at(*direct)].sum() == 0.0
    found = energy_by_quantity(supplied, pattern)[0]
    more = found.intermediate - supplied.intermediate
    gross = np.diag(more)
    np.testing.assert_allclose(more.sum(1), gross, **CLOSE)
    assert (gross >= -1e-9).all()
    assert set(np.flatnonzero(gross > 1e-9)) <= set(rows)
    assert not np.delete(more, rows, axis=0).any()
    spent = more.sum(0) - gross  # surplus takes what others' energy costs more or less
    surplus = found.value_added[CAPITAL] - supplied.value_added[CAPITAL]
    np.testing.assert_allclose(surplus, -spent, **CLOSE)


@settings(max_examples=15)
@SEEDS
def test_every_user_pays_a_price_in_the_range(seed: int) -> None:
    table, pattern = disagreeing(seed)
    supplied = gas_by_supplier(table)
    found, levels = energy_by_quantity(supplied, pattern)
    industry = SECTORS[1 : SECTORS.index("CON")]
    for k, energy in enumerate(ENERGY):
        paid = found.intermediate[SECTORS.index(energy)]
        price = paid / (levels[k] * pattern[k, : len(SECTORS)] + 1e-300)
        free = [energy, *(SECTORS[f] for f in FLEETS if energy == "REF")]
        bound = [n for n in SECTORS if n not in free and pattern[k, SECTORS.index(n)] > 0.0]
        assert price[at(*bound)].min() > 1.0 / RANGE - 1e-6
        assert price[at(*bound)].max() < RANGE + 1e-6
        if energy == "GDT":
            governed = [n for n in industry if n not in (*ENERGY, "CHM")]
            np.testing.assert_allclose(price[at(*governed)], 1.0, rtol=1e-6)
    most = RANGE * levels[ENERGY.index("REF")] * pattern[ENERGY.index("REF")]
    driven = fuel_of_fleets(found, most)
    fuel = driven.intermediate[SECTORS.index("REF"), FLEETS]
    assert (fuel <= most[FLEETS] + 1e-9).all()
    both = at("REF", "TRN")
    np.testing.assert_allclose(  # what a service spends on fuel and on its transport stays
        driven.intermediate[both][:, FLEETS].sum(0),
        found.intermediate[both][:, FLEETS].sum(0),
        **CLOSE,
    )


@settings(max_examples=15)
@SEEDS
def test_departures_are_the_difference_of_the_two_tables(seed: int) -> None:
    table, pattern = disagreeing(seed)
    found = depart(table, pattern, 7.0, FREE)
    told = found.departures.groupby(["row", "column"])["size"].sum()
    both = pd.concat([table.cells, found.table.cells], axis=1, keys=["old", "new"]).fillna(0.0)
    difference = both["new"] - both["old"]
    np.testing.assert_allclose(told.reindex(difference.index).fillna(0.0), difference, atol=1e-8)
    assert set(told.index) <= set(difference.index)
    assert list(found.departures["reason"].unique()) == list(REASONS)  # in the order applied
    assert not found.departures.duplicated(["row", "column", "reason"]).any()
    gap = tariff_rates(table, 7.0, FREE) * table.imports
    np.testing.assert_allclose(found.table.gap, gap, **CLOSE)


def test_money_that_agrees_with_quantity_departs_by_duties_only() -> None:
    table = gas_by_supplier(nation(regions(3)))
    coke = coke_of_steelworks(table, payments(table))
    pattern = payments(coke)
    found = depart(coke, pattern, 7.0, FREE)
    assert set(found.departures["reason"]) == {"duties"}
    assert found.departures["size"].sum() == pytest.approx(-7.0)


def test_each_reason_is_a_row_of_provenance_with_its_size() -> None:
    rows = [("COL", "FOO", 3.0, "energy quantities"), ("CAP", "FOO", -3.0, "energy quantities")]
    departures = pd.DataFrame(
        [*rows, ("NTX", "FOO", -2.0, "duties")], columns=["row", "column", "size", "reason"]
    )
    levels = np.arange(1.0, 1.0 + len(ENERGY))
    departed = Departed(nation(regions(3)), DUTY, levels, departures)
    every = departure_rows(departed).set_index("item")
    np.testing.assert_allclose(every["value"].filter(like="level of prices: "), levels)
    found = every[every.index.str.startswith("departure: ")]
    assert list(found.index.str.removeprefix("departure: ")) == list(REASONS)
    assert found["value"]["departure: energy quantities"] == 6.0
    assert found["value"]["departure: duties"] == 2.0
    assert found["value"]["departure: fuel of fleets"] == 0.0
    assert found["source"].str.len().gt(30).all()
