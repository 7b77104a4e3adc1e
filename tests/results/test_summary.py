"""The summary: IAMC columns, names, units and identities."""

from __future__ import annotations

import pandas as pd
import pytest

from cge.path import Pathway
from cge.results import summary
from cge.results.summary import COLUMNS, iamc_unit
from tests.m3c.models import tiny
from tests.results.made_up import baseline_and_policy, reports


@pytest.fixture(scope="module")
def paths() -> list[Pathway]:
    return baseline_and_policy()


@pytest.fixture(scope="module")
def frame(paths: list[Pathway]) -> pd.DataFrame:
    return summary(paths)


def wide(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.pivot(index=["scenario", "region", "year"], columns="variable", values="value")


def test_columns_are_those_of_iamc(frame: pd.DataFrame) -> None:
    assert tuple(frame.columns) == COLUMNS
    assert set(frame["variable"]) == {report.iamc for report in reports().values() if report.iamc}
    assert frame.groupby("variable")["unit"].nunique().eq(1).all()
    assert not frame.isna().any().any()


def test_every_value_stands_once(frame: pd.DataFrame) -> None:
    assert not frame.duplicated(["scenario", "region", "variable", "year"]).any()


def test_all_regions_and_totals_are_there(frame: pd.DataFrame) -> None:
    regions = {"SH", "JS", "ZJ", "AH", "RCN", "Yangtze River Delta", "China"}
    assert set(frame["region"]) == regions
    assert set(frame["scenario"]) == {"baseline", "enhanced_carbon_neutrality"}
    assert set(frame["year"]) == set(range(2020, 2061))


def test_net_emissions_are_energy_and_processes_minus_removal(frame: pd.DataFrame) -> None:
    table = wide(frame)
    parts = table["Emissions|CO2|Energy"] + table["Emissions|CO2|Industrial Processes"]
    pd.testing.assert_series_equal(
        table["Emissions|CO2"], parts - table["Carbon Removal"], check_names=False, rtol=1e-12
    )


def test_indirect_emissions_are_left_out_for_the_country(frame: pd.DataFrame) -> None:
    indirect = frame[frame["variable"] == "Emissions|CO2|Indirect"]
    assert "China" not in set(indirect["region"])
    assert "Yangtze River Delta" in set(indirect["region"])


def test_every_variable_of_the_summary_has_a_total() -> None:
    """Whoever adds a report with a name in the summary learns here what it still lacks."""
    named = [report for report in tiny().reports if report.iamc]
    assert all(report.total != "none" for report in named)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("1e8 CNY", "1e8 CNY_2020/yr"),
        ("Mt CO2", "Mt CO2/yr"),
        ("TWh", "TWh/yr"),
        ("GW", "GW"),
        ("million", "million"),
        ("index", "index"),
        ("CNY/t", "CNY_2020/t CO2"),
        ("CNY/MWh", "CNY_2020/MWh"),
    ],
)
def test_units_say_year_and_prices(unit: str, expected: str) -> None:
    assert iamc_unit(unit, 2020) == expected
