"""The printed table: years, regions, units."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from cge.path import Pathway
from cge.results import headline, notes, plain_table, rich_table, table_years
from cge.results.headline import title
from cge.scenario import load_scenario
from tests.results.made_up import baseline_and_policy, made_up


@pytest.fixture(scope="module")
def paths() -> list[Pathway]:
    return baseline_and_policy()


def test_years_are_the_usual_ones_and_the_last() -> None:
    assert table_years(range(2020, 2061)) == [2020, 2025, 2030, 2035, 2050, 2060]
    assert table_years(range(2020, 2029)) == [2020, 2025, 2028]


def rows_of(text: str, region: str) -> list[list[str]]:
    lines = text.splitlines()
    places = baseline_and_policy()[-1].geography
    start = lines.index(title(places, region)) + 1
    return [line.split() for line in lines[start : start + 6]]


@pytest.mark.parametrize("region", ["SH", "RCN", "Yangtze River Delta", "China"])
def test_plain_table_shows_the_headline(region: str, paths: list[Pathway]) -> None:
    data = headline(paths[-1]).sel(region=region)
    for year, gdp, _, direct, indirect, net, *_ in rows_of(plain_table(paths[-1]), region):
        at = data.sel(year=int(year))
        assert float(gdp) == pytest.approx(float(at["gdp_real"]) / 1e4, abs=0.005)
        assert float(direct.replace(",", "")) == pytest.approx(float(at["co2_direct"]), abs=0.5)
        assert float(net.replace(",", "")) == pytest.approx(float(at["co2_net"]), abs=0.5)
        assert (indirect == "-") == (region == "China")


def test_both_tables_hold_the_same_numbers(paths: list[Pathway]) -> None:
    stream = io.StringIO()
    Console(file=stream, width=120).print(rich_table(paths[-1]))
    rich = [line.rstrip() for line in stream.getvalue().splitlines()]
    assert rich == plain_table(paths[-1]).splitlines()


def test_plain_table_fits_a_page(paths: list[Pathway]) -> None:
    assert all(len(line) <= 80 for line in plain_table(paths[-1]).splitlines())


def test_permits_at_the_ceiling_are_mentioned(paths: list[Pathway]) -> None:
    (note,) = notes(paths[-1])
    assert f"{paths[-1].scenario.removal.ceiling:g} yuan/t" in note
    assert "2020-2060" in note
    assert notes(paths[0]) == []


def test_a_pool_that_begins_later_is_mentioned() -> None:
    policy = load_scenario("enhanced_carbon_neutrality")
    short = made_up(policy.model_copy(update={"last": 2025}))
    assert any(
        "'Rest of China' begins in 2027, after the last year 2025" in n for n in notes(short)
    )


def test_leakage_is_told_where_there_is_any(paths: list[Pathway]) -> None:
    path = made_up(paths[0].scenario)
    years = path.data["year"].to_numpy()
    path.data["leakage"] = ("year", np.where(years < 2030, np.nan, 0.12), {"total": "none"})
    (note,) = notes(path)
    assert "(leakage; less where negative): 12 % in 2030, 12 % in 2035" in note
    path.data["leakage"][:] = np.nan
    assert notes(path) == []


def test_no_minus_zero(paths: list[Pathway]) -> None:
    scenario = paths[-1].scenario
    path = made_up(scenario)
    path.data["welfare_with_saving"][:] = -1e-9
    assert "-0" not in plain_table(path)
