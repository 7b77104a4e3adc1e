"""The folder of official tables: what is missing, misspelt or contradicted is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recipes.yrd2020.agreement import check_capacity, check_emissions, check_series
from recipes.yrd2020.build import build
from recipes.yrd2020.inputs import Inputs, with_rest
from recipes.yrd2020.sources import (
    FACTS,
    IO_TABLES,
    PROVINCIAL_TABLES,
    REQUIRED,
    SERIES,
    TABLE_YEARS,
    known_provinces,
    provincial_series,
    provincial_tables,
)
from sam import DatasetError
from sam.concordance import load_concordance
from sam.errors import SourceError
from sam.readers import read_largest_flows, read_provincial_series

YEARS = (2021, 2020, 2019)
PROVINCES = [*load_concordance("provinces_to_regions").table["name"], "Tibet"]
UNITS = {"gdp": "1e8 yuan", "population": "10000 persons"}
FOUR = ("SH", "JS", "ZJ", "AH")


def series(name: str, change: tuple[str, str] = ("", "")) -> str:
    """A made-up series in the layout of the statistics, levels by place in the list."""
    lines = [f"# made up {UNITS[name]}", ",".join(("region", *map(str, YEARS)))]
    for k, province in enumerate(PROVINCES, 1):
        lines.append(",".join([province, *(f"{100 * k + year - 2000}" for year in YEARS)]))
    text = "\n".join(lines) + "\n"
    return text.replace(*change, 1) if change[0] else text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "macro").mkdir()
    for name, file in SERIES.items():
        (tmp_path / file).write_text(series(name))
    return tmp_path


def facts(folder: Path) -> pd.DataFrame:
    """Facts that agree with the series."""
    lines = {
        item: provincial_series(folder, name, [2020])[2020][list(FOUR)]
        for name, item in (
            ("gdp", "GDP 2020 (revised NBS)"),
            ("population", "Population year-end 2020"),
        )
    }
    made = {"Thermal": ("Thermal generation", 5.0), "Nuclear": ("Nuclear", 7.5)}
    made["Hydro"] = ("Hydro", 3.0)
    for name, (item, hours) in made.items():
        lines[f"{name} capacity"] = pd.Series([1.0, 2.0, 3.0, np.nan], FOUR)
        lines[item] = hours * lines[f"{name} capacity"]
    return pd.DataFrame({**lines, "CO2 2019 scope-1 (CEADs)": pd.Series(100.0, FOUR)}).T


def scaled(table: pd.DataFrame, item: str, province: str, factor: float) -> pd.DataFrame:
    """Facts with one number misprinted."""
    place = np.outer(table.index == item, table.columns == province)
    return table * np.where(place, factor, 1.0)


def test_a_series_has_the_four_and_the_sum_of_all(folder: Path) -> None:
    table = provincial_series(folder, "gdp", [2019, 2020])
    assert list(table.index) == [*FOUR, "CN"]
    count = len(PROVINCES)
    assert table[2020]["CN"] == 100 * count * (count + 1) / 2 + 20 * count
    assert table[2019]["SH"] == 100 * (PROVINCES.index("Shanghai") + 1) + 19


def test_names_with_other_spaces_and_capitals_are_the_same(folder: Path) -> None:
    path = folder / SERIES["gdp"]
    before = provincial_series(folder, "gdp", [2020])
    for other in ("Innermongolia", "Inner Mongolia"):
        path.write_text(series("gdp", ("InnerMongolia", other)))
        pd.testing.assert_frame_equal(provincial_series(folder, "gdp", [2020]), before)


@pytest.mark.parametrize("name", SERIES)
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("Jiangsu", "Jiangsou", r"row 12, column A: found 'Jiangsou', expected the missing Jian"),
        ("Hebei", "Hebbei", r"row 5, column A: found 'Hebbei', expected the missing Hebei"),
        ("2020", "2022", r"row 2, column \w: found '\d+', expected years at equal steps"),
        ("Tibet,", "Tibet,3120,3121,3122\nTaiwan,", r"column A: found 'Taiwan', expected one of"),
    ],
)
def test_a_damaged_series_names_row_and_column(
    folder: Path, name: str, old: str, new: str, words: str
) -> None:
    (folder / SERIES[name]).write_text(series(name, (old, new)))
    with pytest.raises(SourceError, match=rf"{SERIES[name].name}.*{words}"):
        provincial_series(folder, name, [2020])


@pytest.mark.parametrize("province", ["Jiangsu", "Hebei"])
def test_a_province_left_out_is_named(folder: Path, province: str) -> None:
    kept = [line for line in series("gdp").splitlines() if not line.startswith(province)]
    (folder / SERIES["gdp"]).write_text("\n".join(kept))
    with pytest.raises(SourceError, match=rf"column A: found 'no line of {province}', expected"):
        provincial_series(folder, "gdp", [2020])


def test_a_year_that_is_missing_is_named(folder: Path) -> None:
    with pytest.raises(SourceError, match=r"row 2, .*2019, 2020, 2021.*a column of 2024"):
        read_provincial_series(folder / SERIES["gdp"], years=[2020, 2024])


def flows(*provinces: str) -> str:
    head = "reg,year,Input,Output,pctl,perc,rank,value,weight,IfIntra"
    return "\n".join([head, *(f"{p},2017 new,Finance,Trade,0.1,0.1,1,10,1,F" for p in provinces)])


def test_the_largest_flows_have_every_province(tmp_path: Path) -> None:
    path = tmp_path / "flows.csv"
    own, others = known_provinces()
    assert own == ["Shanghai", "Jiangsu", "Zhejiang", "Anhui"]
    path.write_text(flows(*own, "Beijing"))
    assert len(read_largest_flows(path, "2017 new", own, others)) == 5
    path.write_text(flows("Shanghai", "Jiangsou", "Zhejiang", "Anhui"))
    with pytest.raises(SourceError, match=r"row 3, column A: found 'Jiangsou', expected the missi"):
        read_largest_flows(path, "2017 new", own, others)
    path.write_text(flows("Shanghai", "Zhejiang", "Anhui"))
    with pytest.raises(SourceError, match="found 'no line of Jiangsu', expected lines of all 4"):
        read_largest_flows(path, "2017 new", own, others)


def test_numbers_in_two_tables_agree(folder: Path) -> None:
    table = facts(folder)
    check_series(folder, table)
    check_emissions(folder, table, np.full(4, 100.9))
    check_capacity(folder, table)


@pytest.mark.parametrize("factor", [0.98, 1.02, 3.0])
@pytest.mark.parametrize("item", ["GDP 2020 (revised NBS)", "Population year-end 2020"])
def test_a_series_that_contradicts_the_facts_is_named(
    folder: Path, item: str, factor: float
) -> None:
    table = scaled(facts(folder), item, "JS", factor)
    with pytest.raises(SourceError, match=r"column 2020: found 1,020 for Jiangsu, expected.*row '"):
        check_series(folder, table)


def test_an_inventory_that_contradicts_the_facts_is_named(folder: Path) -> None:
    printed = np.array([100.0, 100.0, 98.0, 100.0])
    with pytest.raises(SourceError, match=r"found 98 for Zhejiang, expected 100 as in macro"):
        check_emissions(folder, facts(folder), printed)


def test_no_plant_runs_longer_than_the_year(folder: Path) -> None:
    table = scaled(facts(folder), "Hydro", "ZJ", 10.0)
    words = rf"{FACTS}, row 'Hydro', column Zhejiang: found 90 TWh, expected at most 26.35 TWh"
    with pytest.raises(SourceError, match=words):
        check_capacity(folder, table)


def test_the_rest_of_the_nation_is_what_provinces_leave() -> None:
    np.testing.assert_allclose(with_rest("gdp", [1.0, 2.0], 10.0), [1.0, 2.0, 7.0])
    np.testing.assert_allclose(with_rest("coal", [0.1] * 10, 1.0)[-1], 0.0, atol=1e-12)
    words = r"gdp: the provinces sum to 1,031 \(1, 1,030\), more than the nation's 1,014, .* -17 "
    with pytest.raises(DatasetError, match=words):
        with_rest("gdp", [1.0, 1030.0], 1014.0)


def test_inputs_that_exceed_the_nation_are_named() -> None:
    rows = [("exports", "SH", 8.0), ("exports", "JS", 5.0), ("exports", "CN", 12.0)]
    inputs = Inputs(pd.DataFrame(rows, columns=["item", "region", "value"]))
    with pytest.raises(DatasetError, match=r"exports: the provinces sum to 13 .*nation's 12"):
        inputs.with_rest("exports", ("SH", "JS", "RCN"))


def test_all_missing_tables_are_named_at_once(folder: Path) -> None:
    count = len(REQUIRED) + len(TABLE_YEARS) + 1  # with national and provincial tables
    words = rf"{count - len(SERIES)} of {count} official tables are missing"
    with pytest.raises(SourceError, match=words) as caught:
        build(folder)
    for file in REQUIRED:
        assert (str(file) in str(caught.value)) is not (folder / file).is_file()
    for year in TABLE_YEARS:
        assert f"china_io_{year}_" in str(caught.value)
    assert str(IO_TABLES) in str(caught.value)


def test_the_latest_provincial_tables_tell_the_structure_of_regions(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no provincial input-output tables; put .*2017.* or "):
        provincial_tables(tmp_path)
    for tables in reversed(PROVINCIAL_TABLES):
        file = tmp_path / tables.file
        file.parent.mkdir(exist_ok=True)
        file.write_text("")
        assert provincial_tables(tmp_path) is tables
        assert len(tables.names) == 42
    years = [tables.year for tables in PROVINCIAL_TABLES]
    assert years == sorted(years, reverse=True)
