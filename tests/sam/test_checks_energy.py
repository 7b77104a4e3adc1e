"""Checks of energy and emissions: silent on sound hybrid accounts, exact about each slip."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pandas as pd
import pytest

from sam import SAM, Dataset
from sam.accounts import FUELS
from sam.checks import (
    Finding,
    check_emission_factors,
    check_emission_intensities,
    check_energy_prices,
    check_unpaid_emissions,
    emission_factor_ranges,
    run_checks,
)
from tests.economies import relabelled, tiny_dataset


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return tiny_dataset(0, ("A", "B", "C"))


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, [finding.message for finding in findings]
    return findings[0]


def scaled(table: pd.DataFrame, column: str, factor: float, **place: str) -> pd.DataFrame:
    """A table with the numbers of one place times a factor."""
    match = pd.Series(True, index=table.index)
    for name, value in place.items():
        match &= table[name] == value
    assert match.any()
    return table.assign(**{column: table[column].where(~match, factor * table[column])})


def without(sam: SAM, match: Callable[[pd.DataFrame], pd.Series]) -> SAM:
    return SAM(sam.frame[~match(sam.frame)])


@pytest.mark.parametrize("seed", range(3))
def test_sound_accounts(seed: int) -> None:
    """Carbon contents and prices of tiny economies are those of real fuels."""
    names = ["energy_prices", "emission_factors", "unpaid_emissions"]
    report = run_checks(tiny_dataset(seed, ("A", "B")), only=names)
    assert report.all() == []
    assert not report.skipped


def test_an_energy_price_far_from_the_median(dataset: Dataset) -> None:
    """A quantity in raw tons instead of standard coal would do this; so would a lost zero."""
    wrong = scaled(dataset.energy, "mtce", 0.1, region="B", user="ELE", fuel="COL")
    finding = only(check_energy_prices(replace(dataset, energy=wrong)))
    assert finding.accounts == ("B/commodity/COL", "B/activity/ELE")
    line = wrong[wrong["region"].eq("B") & wrong["user"].eq("ELE") & wrong["fuel"].eq("COL")]
    spent = dataset.sam.flow("commodity", "activity").loc[("B", "COL"), ("B", "ELE")]
    assert finding.size == pytest.approx(100.0 * spent / line["mtce"].item())
    assert check_energy_prices(replace(dataset, energy=wrong), factor=100.0) == []


def test_energy_without_payment_has_no_price(dataset: Dataset) -> None:
    def bill(frame: pd.DataFrame) -> pd.Series:
        return frame["row"].eq("GAS") & frame["col"].eq("URB") & frame["col_region"].eq("A")

    finding = check_energy_prices(replace(dataset, sam=without(dataset.sam, bill)))[0]
    assert (finding.accounts[1], finding.size) == ("A/household/URB", 0.0)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_an_emission_that_its_fuel_cannot_hold(dataset: Dataset, factor: float) -> None:
    place = {"region": "A", "user": "GEM", "fuel": "COL"}
    wrong = replace(dataset, combustion=scaled(dataset.combustion, "mt_co2", factor, **place))
    finding = only(check_emission_factors(wrong))
    assert finding.accounts == ("A/activity/GEM",)
    assert finding.size == pytest.approx(factor * 0.0946 * 29.3076)  # IPCC 2006, per GJ
    assert "physically possible are 2.05 to 3.37" in finding.problem


def test_feedstock_is_not_burnt(dataset: Dataset) -> None:
    """Without the share that is feedstock, the carbon seems to be missing."""
    finding = check_emission_factors(replace(dataset, feedstock=dataset.feedstock.iloc[:0]))[0]
    users = {account.split("/")[2] for account in finding.accounts}
    assert users <= {"REF", "GEM", "FER"}
    assert finding.size < emission_factor_ranges()["low"].max()


def test_an_emission_of_fuel_that_is_not_taken(dataset: Dataset) -> None:
    energy = dataset.energy
    gone = energy["region"].eq("B") & energy["user"].eq("AGR") & energy["fuel"].eq("REF")
    finding = only(check_emission_factors(replace(dataset, energy=energy[~gone])))
    assert finding.accounts == ("B/activity/AGR",)
    assert math.isinf(finding.size)


def test_ranges_of_emission_factors_hold_the_defaults() -> None:
    """IPCC 2006, volume 2, table 2.2, kg CO2 per GJ: coals, oils, gases and coke."""
    ranges = emission_factor_ranges()
    assert set(ranges.index) == set(FUELS)
    inside = {"COL": (94.6, 101.0), "OIL": (73.3,), "GAS": (56.1,), "COK": (107.0, 44.4)}
    inside |= {"REF": (69.3, 74.1, 77.4, 63.1, 57.6, 97.5), "GDT": (56.1, 44.4)}
    for fuel, factors in inside.items():
        for factor in factors:
            assert ranges.loc[fuel, "low"] < factor * 0.0293076 < ranges.loc[fuel, "high"]


def test_a_sector_far_from_the_nation(dataset: Dataset) -> None:
    """Machines that are made of next to no energy; the size is their intensity, t per 1e4 CNY."""
    assert check_emission_intensities(dataset) == []
    place = {"region": "C", "user": "GEM"}
    combustion = scaled(dataset.combustion, "mt_co2", 0.02, **place)
    process = scaled(dataset.process, "mt_co2", 0.02, region="C", sector="GEM")
    wrong = replace(dataset, combustion=combustion, process=process)
    finding = only(check_emission_intensities(wrong))
    assert finding.accounts == ("C/activity/GEM",)
    burnt = combustion[combustion["region"].eq("C")].groupby("user")["mt_co2"].sum()
    made = process[process["region"].eq("C")].set_index("sector")["mt_co2"]
    output = dataset.sam.flow("activity", "commodity").loc[("C", "GEM")].sum()
    output += dataset.sam.flow("activity", "row").loc[("C", "GEM")].sum()
    assert finding.size == pytest.approx(100.0 * (burnt["GEM"] + made["GEM"]) / output)
    assert check_emission_intensities(wrong, factor=100.0) == []


def test_small_emissions_are_passed_over(dataset: Dataset) -> None:
    small = replace(
        dataset,
        combustion=dataset.combustion.assign(mt_co2=1e-6 * dataset.combustion["mt_co2"]),
        process=dataset.process.iloc[:0],
    )
    wrong = replace(small, combustion=scaled(small.combustion, "mt_co2", 0.0, region="B"))
    assert check_emission_intensities(wrong) == []
    assert check_emission_intensities(wrong, at_least=0.0)


def test_emissions_on_no_purchase(dataset: Dataset) -> None:
    def bill(frame: pd.DataFrame) -> pd.Series:
        return frame["row"].eq("COL") & frame["col"].eq("ELE") & frame["col_region"].eq("A")

    wrong = replace(dataset, sam=without(dataset.sam, bill))
    finding = only(check_unpaid_emissions(wrong))
    table = dataset.combustion.set_index(["region", "user", "fuel"])["mt_co2"]
    assert finding.accounts == ("A/commodity/COL", "A/activity/ELE")
    assert finding.size == pytest.approx(table["A", "ELE", "COL"])
    assert "buys nothing" in finding.problem
    assert finding.severity == "error"


def test_emissions_of_pure_feedstock(dataset: Dataset) -> None:
    line = pd.DataFrame([("A", "REF", "REF", 2.5)], columns=["region", "user", "fuel", "mt_co2"])
    combustion = pd.concat([dataset.combustion, line], ignore_index=True)
    finding = only(check_unpaid_emissions(replace(dataset, combustion=combustion)))
    assert (finding.accounts[1], finding.size) == ("A/activity/REF", 2.5)
    assert "burns nothing" in finding.problem


def test_process_emissions_without_output(dataset: Dataset) -> None:
    """The last region has no mines."""
    line = pd.DataFrame([("C", "COL", 0.5)], columns=["region", "sector", "mt_co2"])
    process = pd.concat([dataset.process, line], ignore_index=True)
    finding = only(check_unpaid_emissions(replace(dataset, process=process)))
    assert (finding.accounts, finding.size) == (("C/activity/COL",), 0.5)


@pytest.mark.parametrize("table", ["energy", "combustion"])
def test_empty_tables_are_skipped(dataset: Dataset, table: str) -> None:
    report = run_checks(replace(dataset, **{table: getattr(dataset, table).iloc[:0]}))
    assert report.skipped["emission_factors"] == f"the table {table} is empty"


def test_checks_know_no_name_of_households_and_electricity(dataset: Dataset) -> None:
    """A slip is found with the same size whatever the labels are; they are those of the dataset."""
    names = {"RUR": "farm", "URB": "town", "ELE": "power"}
    wrong = scaled(dataset.energy, "mtce", 0.1, region="B", user="ELE", fuel="COL")
    here = run_checks(replace(dataset, energy=wrong))
    there = run_checks(relabelled(replace(dataset, energy=wrong), names))
    assert {f.accounts for f in there.all()} == {
        tuple("/".join(names.get(part, part) for part in place.split("/")) for place in f.accounts)
        for f in here.all()
    }
    assert there.table()["size"].tolist() == here.table()["size"].tolist()
    assert here.skipped == there.skipped
    assert here.all()
