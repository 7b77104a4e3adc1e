"""From a balance in a file to accounts of a region and to tables of a dataset, counted by hand."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

from sam import Dataset, load_dataset
from sam.accounts import FUELS
from sam.checks import check_emission_factors
from sam.energy import RegionalEnergy, dataset_tables, energy_uses, purchases, regional_energy
from sam.errors import DatasetError
from sam.readers import read_energy_balances
from sam.readers.energy_balance.layout import processes
from tests.sam.balance_sheets import ABSENT, closed, sheet
from tests.sam.balance_sheets import FUELS as COLUMNS

FLOWS = {  # 1e4 t, 1e8 cubic metres, 1e10 kJ, 1e8 kWh
    "raw coal": "production 1000|inflow 9000|thermal power -6000|heating -1000|coal washing -500"
    "|industry 2400|feedstock 300|urban 50|rural 50",
    "cleaned coal": "coal washing 380|coking -380",
    "coke": "coking 280|industry 280",
    "coke oven gas": "coking 10|industry 10",
    "natural gas": "imports 50|thermal power -20|industry 20|urban 8|losses 2",
    "crude oil": "inflow 1000|refining -1000",
    "gasoline": "refining 250|transport 200|urban 50",
    "diesel": "refining 400|transport 400",
    "naphtha": "refining 300|industry 300|feedstock 300",
    "heat": "heating 20000|industry 20000",
    "electricity": "production 300|nuclear 100|wind 200|thermal power 1500|losses 90"
    "|industry 1210|trade and catering 200|urban 300",
}
LINES = {
    "agriculture": ["AGR"],
    "construction": ["CON"],
    "transport": ["TRN"],
    "trade and catering": ["TRD", "HOT"],
    "urban households": ["URB"],
    "rural households": ["RUR"],
}
CARBON = 44.0 / 12.0 * 29.3076e-3


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset("yrd2020")


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> RegionalEnergy:
    path = tmp_path_factory.mktemp("yearbook") / "balance.xlsx"
    _write(path)
    return regional_energy(read_energy_balances(path)["Jiangsu"])


def _write(path: Path) -> None:
    lines = [line for line in processes().index if line not in ABSENT]
    table = pd.DataFrame(0.0, index=lines, columns=COLUMNS)
    for fuel, text in FLOWS.items():
        for entry in text.split("|"):
            line, value = entry.rsplit(" ", 1)
            table.loc[line, fuel] = float(value)
    table.loc["households"] = table.loc[["urban", "rural"]].sum()
    book = Workbook()
    page = book.active
    page.title = "Jiangsu"
    for row in sheet(closed(table)).cells:
        page.append(list(row))
    book.save(path)


def _lines(dataset: Dataset) -> dict[str, list[str]]:
    codes = list(dataset.sectors["code"])
    return {**LINES, "industry": codes[codes.index("COL") : codes.index("CON")]}


@pytest.fixture(scope="module")
def tables(accounts: RegionalEnergy, dataset: Dataset) -> dict[str, pd.DataFrame]:
    paid = purchases(dataset, [*FUELS, "ELE"]).loc["JS"]
    return dataset_tables(accounts, "JS", _lines(dataset), paid)


def test_accounts_of_the_region_by_hand(accounts: RegionalEnergy) -> None:
    uses = accounts.uses.set_index(["user", "fuel"])
    assert uses["burnt"]["thermal power", "COL"] == pytest.approx(60.0 * 0.7143)
    assert uses["burnt"]["heating", "COL"] == pytest.approx(10.0 * 0.7143)
    assert uses["losses"]["coal washing", "COL"] == pytest.approx(5.0 * 0.7143 - 3.8 * 0.9)
    assert uses["feedstock"]["coking", "COL"] == pytest.approx(3.8 * 0.9)
    assert uses["non_energy"]["industry", "REF"] == pytest.approx(3.0 * 1.5)
    assert uses["burnt"]["industry", "COL"] == pytest.approx(21.0 * 0.7143)
    assert uses["mt_co2"]["industry", "COL"] == pytest.approx(21.0 * 0.7143 * 26.32 * 0.95 * CARBON)
    assert uses["mt_co2"]["urban households", "GAS"] == pytest.approx(
        0.8 * 1.33 * 15.32 * 0.99 * CARBON
    )
    assert uses["losses"]["losses", "ELE"] == pytest.approx(9.0 * 0.1229)
    assert uses["used"]["industry", "HEAT"] == pytest.approx(200.0 / 29.3076)
    assert accounts.generation.drop(["hydro", "solar"]).to_dict() == pytest.approx(
        {"thermal": 150.0, "nuclear": 10.0, "wind": 20.0}
    )
    power = 15.0 * 1.229 / (60.0 * 0.7143 + 2.0 * 1.33)
    assert accounts.efficiency["efficiency"]["thermal power"] == pytest.approx(power)
    assert 0.38 < power < 0.42
    assert accounts.imbalance().abs().max() < 1e-12


def test_tables_hold_what_the_accounts_do(
    accounts: RegionalEnergy, tables: dict[str, pd.DataFrame]
) -> None:
    energy = tables["energy"].set_index(["user", "fuel"])
    np.testing.assert_allclose(energy["pj"], 29.3076 * energy["mtce"])
    taken = accounts.uses.groupby("fuel")["amount"].sum()
    sold = energy.groupby(level="fuel")["mtce"].sum()
    for fuel in ("COL", "COK", "OIL", "REF", "GAS", "ELE"):
        assert sold[fuel] == pytest.approx(taken[fuel])
    assert energy["mtce"]["ELE", "COL"] == pytest.approx(70.0 * 0.7143)  # power and heat
    assert energy["non_energy"]["CHM", "REF"] == pytest.approx(4.5)
    assert energy["losses"]["COL", "COL"] == pytest.approx(0.1515)
    emitted = tables["combustion"].groupby("fuel")["mt_co2"].sum()
    assert emitted.sum() == pytest.approx(accounts.uses["mt_co2"].sum())


def test_gas_supply_takes_in_what_it_sells(tables: dict[str, pd.DataFrame]) -> None:
    energy = tables["energy"].set_index(["user", "fuel"])
    piped = energy["mtce"].xs("GDT", level="fuel").sum()
    assert energy["feedstock"]["GDT", "GAS"] == pytest.approx(piped)
    assert energy["losses"]["GDT", "GAS"] == pytest.approx(0.2 * 1.33)
    assert ("URB", "GAS") not in energy.index
    assert energy["burnt"]["ELE", "GAS"] == pytest.approx(2.0 * 1.33)


def test_users_of_a_line_pay_one_price(dataset: Dataset, tables: dict[str, pd.DataFrame]) -> None:
    paid = purchases(dataset, ["ELE"]).loc["JS"]
    energy = tables["energy"].set_index(["user", "fuel"])["mtce"]
    for pair in (("FER", "NMM"), ("TRD", "HOT")):
        price = [paid[user, "ELE"] / energy[user, "ELE"] for user in pair]
        assert price[0] == pytest.approx(price[1])


def test_thermal_power_is_told_by_fuel(tables: dict[str, pd.DataFrame]) -> None:
    made = tables["generation"].set_index("technology")["twh"]
    coal, gas = 60.0 * 0.7143, 2.0 * 1.33
    assert made["gas"] == pytest.approx(150.0 * gas / (coal + gas))
    assert made.sum() == pytest.approx(180.0)


def test_the_tables_are_those_of_a_dataset(
    dataset: Dataset, tables: dict[str, pd.DataFrame]
) -> None:
    replaced = {
        name: pd.concat([old[old["region"] != "JS"], tables[name]], ignore_index=True)
        for name, old in ((n, getattr(dataset, n)) for n in tables)
    }
    replaced["energy"] = replaced["energy"][tables["energy"].columns]
    changed = replace(dataset, **replaced)
    uses = energy_uses(changed)
    own = uses.query("region == 'JS'")
    items = own[["burnt", "feedstock", "non_energy", "losses", "used"]].sum(axis=1)
    np.testing.assert_allclose(items, own["amount"])
    assert not [found for found in check_emission_factors(changed) if found.region == "JS"]


def test_what_is_missing_is_named(accounts: RegionalEnergy, dataset: Dataset) -> None:
    paid = purchases(dataset, [*FUELS, "ELE"]).loc["JS"]
    with pytest.raises(DatasetError, match="the line 'industry' has no users"):
        dataset_tables(accounts, "JS", LINES, paid)
    with pytest.raises(DatasetError, match="industry takes COL, but none of FER, NMM has a weight"):
        dataset_tables(accounts, "JS", {**LINES, "industry": ["FER", "NMM"]}, paid.iloc[:0])
    untold = replace(accounts, generation=pd.Series({"thermal": 1.0, "primary": 3.0}))
    with pytest.raises(DatasetError, match="3 TWh are not told by technology"):
        dataset_tables(untold, "JS", _lines(dataset), paid)


PRIMARY = {  # TWh that the tables of 2007 do not tell apart
    "shanghai": {"wind": 0.04},
    "jiangsu": {"nuclear": 10.669},
    "zhejiang": {"nuclear": 23.0, "hydro": 12.73599},
    "anhui": {"hydro": 1.466},
}


@pytest.mark.parametrize("name", PRIMARY)
def test_a_balance_as_printed_becomes_the_tables_of_a_dataset(name: str, dataset: Dataset) -> None:
    """All energy and CO2 of the accounts arrive; every user buys every fuel alike."""
    sources = os.environ.get("M3C_SOURCES")
    if not sources:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    path = Path(sources) / "energy" / "yearbook2007" / f"{name}.xls"
    balance = read_energy_balances(path)["Sheet1"]
    accounts = regional_energy(balance, primary=PRIMARY[name])
    services = list(dataset.sectors["code"])[-8:]
    lines = {**_lines(dataset), "other services": services}
    users = [*dataset.sectors["code"], "URB", "RUR"]
    alike = pd.Series(1.0, pd.MultiIndex.from_product([users, [*FUELS, "ELE"]]))
    tables = dataset_tables(accounts, "X", lines, alike)
    sold = accounts.uses[accounts.uses["fuel"].isin([*FUELS, "ELE"])]
    supplied = tables["energy"].query("user == 'GDT' and fuel == 'GAS'")["feedstock"].sum()
    works = accounts.uses.query("user == 'gas works' and fuel == 'GAS'")["feedstock"].sum()
    bought = tables["energy"]["mtce"].sum() - (supplied - works)  # piped gas is sold twice
    assert bought == pytest.approx(sold["amount"].sum())
    assert tables["combustion"]["mt_co2"].sum() == pytest.approx(sold["mt_co2"].sum())
    made = accounts.generation.sum()
    assert tables["generation"]["twh"].sum() == pytest.approx(made)
    with pytest.raises(DatasetError, match=r"primary=\{'hydro': TWh"):
        dataset_tables(regional_energy(balance), "X", lines, alike)
