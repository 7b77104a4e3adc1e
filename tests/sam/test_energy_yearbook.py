"""Energy accounts of a region from a balance in the layout of the Yearbook."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from sam.energy import balance_in_standard_coal, regional_energy, standard_coal_factors
from sam.errors import DatasetError
from sam.readers.energy_balance import EnergyBalance, read_energy_balance
from tests.sam.balance_sheets import balance, sheet

SEEDS = range(4)


def read(seed: int) -> EnergyBalance:
    return read_energy_balance(sheet(balance(seed)))


@pytest.mark.parametrize("seed", SEEDS)
def test_supply_is_use(seed: int) -> None:
    accounts = regional_energy(read(seed))
    size = accounts.uses["amount"].sum()
    assert accounts.imbalance().abs().max() < 1e-9 * size
    items = accounts.uses[["burnt", "feedstock", "non_energy", "losses", "used"]].sum(axis=1)
    np.testing.assert_allclose(items, accounts.uses["amount"], atol=1e-9 * size)


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_arrive_with_their_users(seed: int) -> None:
    printed = read(seed)
    mtce = balance_in_standard_coal(printed)
    accounts = regional_energy(printed)
    table = accounts.uses.set_index(["user", "fuel"])
    coal = standard_coal_factors().query("account == 'COL'").index.intersection(mtce.columns)
    chemicals = table["non_energy"].get(("industry", "COL"), 0.0)
    assert chemicals == pytest.approx(mtce.T["feedstock"][coal].sum())
    charged = max(-mtce.T["coking"][coal].sum(), 0.0)  # less what it returns of coal
    assert table["feedstock"].get(("coking", "COL"), 0.0) == pytest.approx(charged)
    power = max(-mtce.T["thermal power"][coal].sum(), 0.0)
    assert table["burnt"].get(("thermal power", "COL"), 0.0) == pytest.approx(power)
    carriers = accounts.uses[accounts.uses["fuel"].isin(["ELE", "HEAT"])]
    assert not carriers["burnt"].any()  # nobody burns electricity


@pytest.mark.parametrize("seed", SEEDS)
def test_what_burns_emits_the_carbon_of_its_fuel(seed: int) -> None:
    """Final users, fuel by fuel, with carbon, oxidation and 44/12 of their own."""
    printed = read(seed)
    mtce = balance_in_standard_coal(printed)
    emitted = regional_energy(printed).uses.set_index(["user", "fuel"])["mt_co2"]
    liquid = {"gasoline": 18.9, "kerosene": 19.6, "diesel": 20.2, "fuel oil": 21.1}  # t C per TJ
    others = "naphtha|lubricants|paraffin|white spirit|bitumen|petroleum coke"
    liquid |= dict.fromkeys([*others.split("|"), "other petroleum products", "refinery gas"], 20.0)
    liquid |= {"LPG": 17.2}
    for user in ("transport", "construction"):
        carbon = sum(mtce[fuel][user] * content for fuel, content in liquid.items())
        expected = carbon * 29.3076e-3 * 0.98 * 44.0 / 12.0
        assert emitted.get((user, "REF"), 0.0) == pytest.approx(expected)
    gas = mtce["natural gas"]["transport"] + mtce["LNG"]["transport"]
    assert emitted.get(("transport", "GAS"), 0.0) == pytest.approx(
        gas * 29.3076e-3 * 15.32 * 0.99 * 44.0 / 12.0
    )


def test_generation_is_in_terawatt_hours() -> None:
    printed = read(1)
    made = regional_energy(printed).generation
    flows = printed.flows["electricity"]
    assert made["thermal"] == pytest.approx(flows["thermal power"])
    assert made.drop("thermal").sum() == pytest.approx(flows["production"])


def test_kinds_of_primary_electricity_that_the_balance_does_not_print_are_given() -> None:
    printed = read(1)
    flows = printed.flows.copy()
    made = {kind: flows["electricity"][kind] for kind in ("hydro", "nuclear", "wind")}
    flows.loc[list(made)] = np.nan
    untold = EnergyBalance("X", flows, printed.units, printed.totals, False, ())
    assert regional_energy(untold).generation["primary"] == pytest.approx(sum(made.values()))
    told = regional_energy(untold, primary=made).generation
    expected = regional_energy(printed).generation
    pd.testing.assert_series_equal(told, expected)
    for wrong in ({"tidal": 1.0}, {**made, "wind": made["wind"] + 1.0}):
        with pytest.raises(DatasetError, match=r"energy balance X: primary=.* add up to them"):
            regional_energy(untold, primary=wrong)


def test_a_region_may_have_heat_values_of_its_own() -> None:
    printed = read(2)
    usual, own = (balance_in_standard_coal(printed, f) for f in (None, {"raw coal": 0.6}))
    np.testing.assert_allclose(own["raw coal"] * 0.7143, usual["raw coal"] * 0.6)
    pd.testing.assert_frame_equal(own.drop(columns="raw coal"), usual.drop(columns="raw coal"))


def test_a_balance_in_standard_coal_stays_as_it_is() -> None:
    printed = read_energy_balance(sheet(balance(3), standard=True))
    pd.testing.assert_frame_equal(balance_in_standard_coal(printed), printed.flows)


def test_households_must_be_told_by_town_and_country() -> None:
    printed = read(0)
    flows = printed.flows.copy()
    flows.loc["urban", "electricity"] = flows["electricity"]["urban"] + 5.0
    broken = EnergyBalance("X", flows, printed.units, printed.totals, False, ())
    with pytest.raises(DatasetError, match=r"energy balance X: households use .* of ELE"):
        regional_energy(broken)


def test_a_heat_value_of_a_fuel_that_is_not_there_is_refused() -> None:
    with pytest.raises(DatasetError, match=r"heat value of 'raw col' has no use; it counts .*raw"):
        regional_energy(read(0), {"raw col": 0.7})
    standard = read_energy_balance(sheet(balance(3), standard=True))
    with pytest.raises(DatasetError, match="all is in coal equivalent"):
        regional_energy(standard, {"raw coal": 0.7})


def test_material_is_part_of_what_industry_takes() -> None:
    printed = read(0)
    flows = printed.flows.copy()
    flows.loc["feedstock", "naphtha"] = flows["naphtha"]["industry"] + 1.0
    broken = EnergyBalance("X", flows, printed.units, printed.totals, False, ())
    with pytest.raises(DatasetError, match=r"industry uses 1.5 Mtce more of naphtha as material"):
        regional_energy(broken)
