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
    charged = -mtce.T["coking"][coal].clip(upper=0.0).sum()
    assert table["feedstock"].get(("coking", "COL"), 0.0) == pytest.approx(charged)
    power = -mtce.T["thermal power"][coal].clip(upper=0.0).sum()
    assert table["burnt"].get(("thermal power", "COL"), 0.0) == pytest.approx(power)
    assert accounts.uses.query("fuel == 'ELE'")["burnt"].sum() == pytest.approx(
        -min(mtce.T["thermal power"]["electricity"], 0.0)
        - min(mtce.T["heating"]["electricity"], 0.0)
    )


def test_generation_is_in_terawatt_hours() -> None:
    printed = read(1)
    made = regional_energy(printed).generation
    flows = printed.flows["electricity"]
    assert made["thermal"] == pytest.approx(flows["thermal power"])
    assert made.drop("thermal").sum() == pytest.approx(flows["production"])


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
