"""Employment by sector: sections sum to the total, divisions to their section, groups to all."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pandas as pd
import pytest

from sam import SourceError
from sam.concordance import load_classification, load_concordance, load_sectors
from sam.mapping import map_frame
from sam.readers import read_employment

SMALL = """Code,Description,DescriptionInChinese,2017,2018
TOT,Total,全国总计,77000,76000
A,Farming,农业,30001,29000
A01,Crops,种植业,20000,19000
A02,Animals,畜牧业,10000,10000
K,K,房地产业,1000,1000
S,Public,公共管理,45998,45999
S01,Offices,机关,40000,40000
S02,Others,其他,5999,5999.5
T,International,国际组织,0.68,0.67
"""


def write(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


@pytest.mark.parametrize("name", ["china.csv", "china.csv.gz"])
def test_persons_by_code(tmp_path: Path, name: str) -> None:
    found = read_employment(write(tmp_path / name, SMALL), 2018)
    assert found.loc["TOT", "persons"] == 760.0
    assert found.index[found["detail"]].tolist() == ["A01", "A02", "K", "S01", "S02", "T"]
    assert found["name"]["K"] == "房地产业"
    assert found["english"][["K", "A"]].tolist() == ["", "Farming"]
    assert found["persons"][found["detail"]].sum() == pytest.approx(760.0, abs=0.05)


INTERNATIONAL = "T,International,国际组织,0.68"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "国总计,77000",
            "国总计,77010",
            "row 2, .*found '77010', expected 76999.7, the sum of A to T",
        ),
        ("畜牧业,10000", "畜牧业,9990", "row 3, .*found '30001', expected 29990, the sum of A01"),
        ("A01,", "A02,", "each code once"),
        ("A02,", "Farm,", "a letter, or a letter and digits"),
        (INTERNATIONAL, INTERNATIONAL[:-4], "a number of at least zero"),
        (INTERNATIONAL, INTERNATIONAL[:-4] + "-1", "a number of at least zero"),
        ("国际组织", "", "the Chinese name of T"),
        ("A,Farming,农业,30001,29000\n", "", "no code A"),
        ("2017", "2016", "years 2016, 2018', expected 2017"),
    ],
)
def test_a_list_that_does_not_add_up_is_refused(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    assert old in SMALL
    path = write(tmp_path / "china.csv", SMALL.replace(old, new, 1))
    with pytest.raises(SourceError, match=words):
        read_employment(path, 2017)


def test_another_unit_is_refused(tmp_path: Path) -> None:
    head = SMALL.splitlines()[0]
    persons = "TOT,Total,全国总计,760000000,1\nK,K,房地产业,760000000,1\n"
    path = write(tmp_path / "china.csv", f"{head}\n{persons}")
    with pytest.raises(SourceError, match=r"30000 to 120000.*plausible=\(low, high\), in millions"):
        read_employment(path, 2017)
    assert read_employment(path, 2017, plausible=(0.0, 1e7)).loc["TOT", "persons"] == 7_600_000.0


def test_groups_are_the_model_sectors_and_flag_what_is_counted_in_part() -> None:
    """38 groups: oil with gas, refining with coking; each sector in one."""
    groups = load_classification("employment_groups")
    members = [code for group in groups.index for code in group.split("+")]
    assert len(groups) == 38
    assert sorted(members) == sorted(load_sectors()["code"])
    rows = load_concordance("employment_to_groups").table
    assert set(rows["target"][rows["coverage"] != ""]) == {"MMO", "NMO"}
    names = load_classification("employment")
    assert dict(zip(rows["source"], rows["name"], strict=True)) == dict(names)


@pytest.fixture(scope="module")
def official() -> Path:
    sources = os.environ.get("M3C_SOURCES")
    if not sources:
        pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
    return Path(sources) / "io2020" / "china_employment_1990_2018.csv.gz"


def test_employment_of_every_year_by_group(official: Path) -> None:
    groups = load_concordance("employment_to_groups")
    for year in range(1990, 2019):
        found = read_employment(official, year)
        detail: pd.DataFrame = found[found["detail"]]
        assert detail["name"].to_dict() == load_classification("employment").to_dict()
        persons = map_frame(groups, detail[["persons"]])["persons"]
        assert persons.sum() == pytest.approx(found["persons"]["TOT"], abs=0.12)
    # National Bureau of Statistics: 775.86 million employed in 2018
    assert persons.sum() == pytest.approx(775.86, abs=0.05)
    assert persons["AGR"] == pytest.approx(207.72, abs=0.01)
