"""Another base year: numbers that are there, and numbers that stand in and say so."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recipes.yrd2020.build import YEAR, build
from recipes.yrd2020.inputs import INPUTS, load_inputs
from recipes.yrd2020.official import read_official
from recipes.yrd2020.sources import SERIES
from recipes.yrd2020.years import COLUMNS, TOTALS, inputs_of
from sam import Dataset, load_dataset
from sam.comparison import compare
from sam.concordance import load_concordance
from sam.errors import SourceError
from sam.recipes import built
from sam.report import MISSING, control_totals, missing_totals

GROWTH = {"Shanghai": 1.10, "Jiangsu": 1.08}
"""Nominal growth of GDP a year; 1.05 elsewhere."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the series of GDP, in which provinces grow at different rates."""
    (tmp_path / "macro").mkdir()
    lines = ["# made up 1e8 yuan", "region,2021,2020,2019,2018"]
    for name in [*load_concordance("provinces_to_regions").table["name"], "Tibet"]:
        levels = [
            1000.0 * GROWTH.get(name, 1.05) ** (year - 2020) for year in (2021, 2020, 2019, 2018)
        ]
        lines.append(",".join([name, *(f"{level:.10g}" for level in levels)]))
    (tmp_path / SERIES["gdp"]).write_text("\n".join(lines) + "\n")
    return tmp_path


def known(folder: Path, *lines: str, head: str = ",".join(COLUMNS)) -> Path:
    """The folder with further numbers."""
    (folder / TOTALS).write_text("\n".join([head, *lines]) + "\n")
    return folder


FINANCE = "industry_FIN,SH,2021,7973.25,1e8 CNY,Shanghai Statistical Yearbook 2022,published"


def test_numbers_of_the_base_year_are_those_embedded(folder: Path) -> None:
    found, embedded = inputs_of(folder, YEAR), load_inputs()
    pd.testing.assert_frame_equal(found.table, embedded.table.drop(columns="year"))
    assert not found.table["source"].str.startswith(MISSING).any()


def test_money_of_another_year_moves_with_gdp_and_says_so(folder: Path) -> None:
    found, before = inputs_of(folder, 2021), load_inputs()
    for region, growth in (("SH", 1.10), ("JS", 1.08), ("AH", 1.05)):
        for item in ("gdp_secondary", "spending_URB", "goods_exports"):
            moved = found.value(item, region) / before.value(item, region)
            assert moved == pytest.approx(growth)
            assert found.quality(item, region) == "assumed"
            origin = before.source(item, region)
            moved_on = f"no number of 2021: that of 2020, moved with nominal GDP, of {origin}"
            assert found.source(item, region) == moved_on
    back = inputs_of(folder, 2018)
    assert back.value("gdp_primary", "SH") == pytest.approx(
        before.value("gdp_primary", "SH") / 1.10**2
    )


def test_shares_of_another_year_stay_and_say_so(folder: Path) -> None:
    found, before = inputs_of(folder, 2021), load_inputs()
    for item, region in (("urban_population_share", "JS"), ("coal_output", "AH")):
        assert found.value(item, region) == before.value(item, region)
        assert found.source(item, region).startswith("no number of 2021: that of 2020, of ")
        assert found.quality(item, region) == "assumed"


def test_what_holds_in_every_year_is_no_stand_in(folder: Path) -> None:
    found = inputs_of(folder, 2021)
    table = pd.read_csv(INPUTS)
    timeless = table[table["year"].isna()]
    assert len(timeless) > 5
    for row in timeless.to_dict("records"):
        assert found.value(row["item"], row["region"]) == row["value"]
        assert found.quality(row["item"], row["region"]) == row["quality"]


def test_numbers_of_a_folder_are_taken(folder: Path) -> None:
    found = inputs_of(known(folder, FINANCE), 2021)
    assert found.value("industry_FIN", "SH") == 7973.25
    assert found.quality("industry_FIN", "SH") == "published"
    assert found.source("industry_FIN", "SH") == "Shanghai Statistical Yearbook 2022"
    assert found.quality("industry_TRD", "SH") == "assumed"  # the others still stand in
    assert len(found.table) == len(load_inputs().table)
    assert inputs_of(folder, YEAR).value("industry_FIN", "SH") == 7166.26  # of its own year


def test_a_number_of_the_folder_goes_before_the_embedded_one(folder: Path) -> None:
    line = FINANCE.replace("2021", "2020", 1)
    assert inputs_of(known(folder, line), YEAR).value("industry_FIN", "SH") == 7973.25


def test_the_nearest_year_stands_in(folder: Path) -> None:
    line = "urban_population_share,SH,2019,0.7,share,a survey,recalled"
    found = inputs_of(known(folder, line), 2018)
    assert found.value("urban_population_share", "SH") == 0.7
    assert found.source("urban_population_share", "SH").endswith("that of 2019, of a survey")
    assert inputs_of(folder, 2021).value("urban_population_share", "SH") == 0.893


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            FINANCE.replace("industry_FIN", "industry_FUN"),
            "row 2, column A: found 'industry_FUN', expected an item that the recipe knows",
        ),
        (FINANCE.replace("SH", "XX"), "row 2, column B: found 'XX', expected CN or SH or .*FIN"),
        (FINANCE.replace("1e8 CNY", "1e4 CNY"), "column E: found '1e4 CNY', expected 1e8 CNY for"),
        (FINANCE.replace("published", "official"), "found 'official', expected published or"),
        (FINANCE.replace("7973.25", ""), "row 2, .*expected a whole year and a value of industry"),
        (FINANCE.replace("7973.25", "many"), r"row 2, column D: found 'many'.*value of industry"),
        (f"{FINANCE}\n{FINANCE}", "row 3, column A: .*expected one line of an item, region and"),
    ],
    ids=["item", "region", "unit", "quality", "empty", "text", "twice"],
)
def test_a_number_that_cannot_be_used_is_refused(folder: Path, line: str, words: str) -> None:
    with pytest.raises(SourceError, match=rf"totals\.csv.*{words}"):
        inputs_of(known(folder, line), 2021)


def test_a_file_with_other_columns_is_refused(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"totals\.csv.*expected columns \['year', 'unit'"):
        inputs_of(known(folder, "gdp,CN,1", head="item,region,value"), 2021)


def test_lines_are_counted_as_they_stand_in_the_file(folder: Path) -> None:
    head = "# from the yearbook\n" + ",".join(COLUMNS)
    lines = (FINANCE, FINANCE.replace("industry_FIN", "industry_FUN"))
    with pytest.raises(SourceError, match=r"totals\.csv.*row 4, column A: found 'industry_FUN'"):
        inputs_of(known(folder, *lines, head=head), 2021)


def test_an_assumption_for_all_years_may_be_given_for_one(folder: Path) -> None:
    line = "central_share,CN,2021,0.55,share of production tax,a budget law,assumed"
    found = inputs_of(known(folder, line), 2021)
    assert found.value("central_share") == 0.55
    assert inputs_of(folder, YEAR).value("central_share") == 0.5


def test_gdp_that_does_not_reach_the_year_is_named(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"provincial_gdp.*a column of 2023"):
        inputs_of(folder, 2023)


# A second base year from the official tables.

SECOND = 2018


@pytest.fixture(scope="module")
def second(sources: Path) -> Dataset:
    """The base year 2018, of which only the national table and the series are at hand."""
    return built("yrd2020", sources, SECOND)


def test_the_regions_add_up_to_the_table_of_the_other_year(second: Dataset, sources: Path) -> None:
    assert (second.name, second.base_year) == ("yrd2018", SECOND)
    second.sam.check(1e-9)
    table = read_official(sources, SECOND)
    found = compare(second)
    official = found.cells.set_index(["row", "column"])["official"]
    pd.testing.assert_series_equal(
        official.sort_index(), table.cells.sort_index(), check_names=False, rtol=1e-12
    )
    size = np.maximum(found.cells["official"].abs(), found.cells["dataset"].abs())
    assert (found.cells["undocumented"].abs() <= 1e-9 * size + 1e-9).all()
    assert found.weighted_error <= 0.03


def test_provinces_of_the_other_year_have_their_gdp(second: Dataset) -> None:
    totals = control_totals(second).set_index(["item", "region"])
    # National Bureau of Statistics, GDP of 2018 by province, 1e8 CNY
    printed = {"SH": 36011.8, "JS": 93207.6, "ZJ": 58002.8, "AH": 34010.9}
    for region, value in printed.items():
        assert totals["achieved"]["gdp", region] == pytest.approx(value, rel=5e-4)
    assert totals["deviation"].abs().max() < 5e-3


def test_totals_that_the_other_year_lacks_are_named(second: Dataset) -> None:
    missing = missing_totals(second)
    items = set(zip(missing["item"], missing["region"], strict=True))
    assert {("gdp_primary", "JS"), ("goods_exports", "SH"), ("customs_duty", "CN")} <= items
    assert missing["source"].str.startswith("no number of 2018: ").all()
    assert (missing["quality"] == "assumed").all()
    assert {("table drivers", "CN"), ("table combustion", "CN")} <= items
    dated = pd.read_csv(INPUTS)["year"].notna().sum()
    assert len(missing) >= dated
    assert missing_totals(load_dataset("yrd2020")).empty


def test_what_is_money_is_there_and_what_is_not_is_empty(second: Dataset) -> None:
    for name in ("combustion", "process", "energy", "generation", "drivers", "feedstock"):
        assert getattr(second, name).empty, name
    for name in ("national", "departures", "employment", "drift"):
        assert not getattr(second, name).empty, name
    read = set(second.drift["year"])
    assert {2017, 2018, 2020} <= read


def test_a_second_base_year_is_written_and_read(second: Dataset, tmp_path: Path) -> None:
    second.save(tmp_path / "second")
    read = load_dataset(tmp_path / "second")
    assert (read.name, read.base_year) == ("yrd2018", SECOND)
    assert compare(read).weighted_error == pytest.approx(compare(second).weighted_error, rel=1e-6)


def test_numbers_of_the_folder_are_no_longer_missing(sources: Path, tmp_path: Path) -> None:
    for entry in sources.iterdir():
        if entry.name != "macro":
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "macro").mkdir()
    for entry in (sources / "macro").iterdir():
        (tmp_path / "macro" / entry.name).symlink_to(entry)
    line = "customs_duty,CN,2018,2848,1e8 CNY,Ministry of Finance: public revenue of 2018,published"
    found = build(known(tmp_path, line), SECOND)
    missing = missing_totals(found)
    assert "customs_duty" not in set(missing["item"])
    assert "gdp_primary" in set(missing["item"])
    total = control_totals(found).set_index(["item", "region"]).loc[("customs_duty", "CN")]
    assert total["target"] == pytest.approx(2848.0)
    assert total["achieved"] == pytest.approx(2848.0)
    assert total["source"] == "Ministry of Finance: public revenue of 2018"


def test_a_year_without_a_table_is_named(sources: Path) -> None:
    with pytest.raises(SourceError, match="national input-output table of 2019: found none"):
        build(sources, 2019)
