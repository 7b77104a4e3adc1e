"""The summary: IAMC columns, names, units and identities."""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cge.path import Pathway
from cge.results import summary
from cge.results.iamc import named, unit_of
from cge.results.summary import COLUMNS, region_map, to_csv
from tests.m3c.models import tiny
from tests.results.made_up import LABELS, baseline_and_policy, reports


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
    told = {one.variable for r in reports().values() for one in named(r.iamc, LABELS)}
    assert set(frame["variable"]) == told
    assert frame.groupby("variable")["unit"].nunique().eq(1).all()
    assert not frame.isna().any().any()


def test_every_value_stands_once(frame: pd.DataFrame) -> None:
    assert not frame.duplicated(["scenario", "region", "variable", "year"]).any()


def test_all_regions_and_totals_are_there(frame: pd.DataFrame) -> None:
    regions = {
        "Shanghai", "Jiangsu", "Zhejiang", "Anhui", "Rest of China", "Yangtze River Delta", "China",
    }  # fmt: skip
    assert set(frame["region"]) == regions
    assert set(frame["scenario"]) == {"baseline", "enhanced_carbon_neutrality"}
    assert set(frame["year"]) == set(range(2020, 2061))


def test_net_emissions_are_energy_and_processes_minus_removal(frame: pd.DataFrame) -> None:
    table = wide(frame)
    parts = table["Gross Emissions|CO2|Energy"] + table["Emissions|CO2|Industrial Processes"]
    pd.testing.assert_series_equal(
        table["Emissions|CO2"], parts - table["Carbon Removal"], check_names=False, rtol=1e-12
    )


def test_there_is_no_dust(paths: list[Pathway]) -> None:
    """What is less than the tolerance of a solve is nothing, and there is no minus zero."""
    data = paths[0].data.copy(deep=True)
    data["carbon_price"][:] = -7e-10
    text = to_csv(summary([replace(paths[0], data=data)]))
    prices = [line for line in text.splitlines() if ",Price|Carbon," in line]
    assert prices
    assert all(line.endswith(",0") for line in prices)


def test_the_map_of_regions_is_that_of_the_summary(
    paths: list[Pathway], frame: pd.DataFrame
) -> None:
    told = yaml.safe_load(region_map(paths))
    common = {name: members for each in told["common_regions"] for name, members in each.items()}
    assert set(told["native_regions"]) | set(common) == set(frame["region"])
    assert set(common["China"]) == set(told["native_regions"])


def test_indirect_emissions_are_left_out_for_the_country(frame: pd.DataFrame) -> None:
    indirect = frame[frame["variable"] == "Indirect Emissions|CO2"]
    assert "China" not in set(indirect["region"])
    assert "Yangtze River Delta" in set(indirect["region"])


def test_every_variable_of_the_summary_has_a_total() -> None:
    """Whoever adds a report with a name in the summary learns here what it still lacks."""
    named = [report for report in tiny().reports if report.iamc]
    assert all(report.total != "none" for report in named)


@pytest.mark.filterwarnings("ignore")  # those of pyam and what it stands on
@pytest.mark.skipif(find_spec("pyam") is None, reason="no pyam (pip install 'm3c-cge[iamc]')")
def test_pyam_opens_and_checks_it(frame: pd.DataFrame, tmp_path: Path) -> None:
    import pyam

    (tmp_path / "summary.csv").write_text(to_csv(frame), encoding="utf-8")
    opened = pyam.IamDataFrame(tmp_path / "summary.csv")
    assert set(opened.variable) == set(frame["variable"])
    parts = {
        "Emissions|CO2|Industrial Processes": None,
        "Secondary Energy|Electricity": None,
        "Capacity|Electricity": None,
        "Gross Emissions|CO2": ["Gross Emissions|CO2|Energy", "Emissions|CO2|Industrial Processes"],
    }
    for parent, components in parts.items():
        if parent in opened.variable:
            assert opened.check_aggregate(parent, components=components) is None
    provinces = ["Shanghai", "Jiangsu", "Zhejiang", "Anhui"]
    delta = "Yangtze River Delta"
    assert opened.check_aggregate_region("GDP|MER", delta, provinces) is None
    assert "TWh/yr" in opened.convert_unit("EJ/yr", "TWh/yr").unit


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        ("1e8 CNY", "billion USD_2010/yr"),
        ("Mt CO2", "Mt CO2/yr"),
        ("TWh", "EJ/yr"),
        ("GW", "GW"),
        ("million", "million"),
        ("CNY/t", "USD_2010/t CO2"),
        ("CNY/MWh", "USD_2010/GJ"),
    ],
)
def test_units_say_year_and_prices(unit: str, expected: str) -> None:
    assert unit_of(unit, 2020)[0] == expected
