"""Datasets as folders: what is written is read back, and what is wrong is named."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from sam import DatasetError, Roles, SAMError, load_dataset
from sam.dataset import EXTRAS, TABLES, content_hash
from tests.economies import relabelled, tiny_dataset, write_dataset


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_dataset(tiny_dataset(), tmp_path / "tiny")


def assert_refused(folder: Path, table: str, old: str, new: str, message: str) -> None:
    """A dataset with one change in a table is not loaded."""
    path = folder / f"{table}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DatasetError, match=message):
        load_dataset(folder)


def test_a_seed_gives_one_economy(folder: Path, tmp_path: Path) -> None:
    again = write_dataset(tiny_dataset(), tmp_path / "again")
    other = write_dataset(tiny_dataset(1), tmp_path / "other")
    assert contents(again) == contents(folder)
    assert contents(other)["sam.csv.gz"] != contents(folder)["sam.csv.gz"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("regions", [("A", "B"), ("X", "Y", "Z")])
def test_tiny_economies_balance_and_have_every_kind_of_zero(
    seed: int, regions: tuple[str, ...]
) -> None:
    dataset = tiny_dataset(seed, regions)
    dataset.sam.check(1e-10)
    made = dataset.sam.flow("factor", "activity").T.groupby(level=[0, 1]).sum().sum(axis=1)
    assert "COL" not in made[regions[-1]]
    assert made[regions[0]]["COL"] > 0.0
    assert (
        dataset.sam.flow("tax", "activity", row="OTX", col="AGR").to_numpy().sum(axis=0) < 0
    ).all()
    absent = {"oil", "biomass"}
    assert not absent.intersection(dataset.generation["technology"])


def test_a_larger_economy_is_the_same_with_more_of_everything() -> None:
    small, large = tiny_dataset(3), tiny_dataset(3, scale=2.0)
    np.testing.assert_allclose(large.sam.frame["value"], 2.0 * small.sam.frame["value"], rtol=1e-8)
    np.testing.assert_allclose(large.co2(), 2.0 * small.co2(), rtol=1e-12)
    for variable, factor in (("labour", 2.0), ("capital_stock", 2.0), ("gdp_growth", 1.0)):
        np.testing.assert_allclose(large.driver(variable), factor * small.driver(variable))


def test_a_dataset_reads_back_what_it_wrote(folder: Path) -> None:
    written, read = tiny_dataset(), load_dataset(folder)
    pd.testing.assert_frame_equal(read.sam.frame, written.sam.frame, rtol=1e-9)
    for table in TABLES:
        pd.testing.assert_frame_equal(
            getattr(read, table), getattr(written, table), rtol=1e-11, check_dtype=False
        )
    assert (read.name, read.base_year, read.regions) == ("tiny-0", 2020, ("A", "B"))
    assert read.version.startswith("1+")
    assert (read.geography, read.roles) == (written.geography, written.roles)


def test_saving_again_changes_nothing(folder: Path, tmp_path: Path) -> None:
    dataset = load_dataset(folder)
    dataset.save(tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(folder)
    before = contents(folder)
    dataset.save(folder)
    assert contents(folder) == before


def test_a_plain_sam_is_replaced_not_shadowed(folder: Path) -> None:
    (folder / "sam.csv").write_text("an older form")
    (folder / "generation.csv.gz").write_bytes(b"an older form")
    tiny_dataset(1).save(folder)
    assert load_dataset(folder).name == "tiny-1"
    assert {path.stem for path in folder.glob("*.csv")} == set(TABLES)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DatasetError, match=r"tiny-0: folder .*file cannot be written"):
        tiny_dataset().save(tmp_path / "file")


def test_a_dataset_that_cannot_be_replaced_stays(folder: Path) -> None:
    (folder / "drift.csv.gz").mkdir()  # cannot be written as a file
    before = {path.name: path.read_bytes() for path in folder.glob("*.csv")}
    with pytest.raises(DatasetError, match=r"cannot be written \(drift.csv.gz in it is a folder"):
        tiny_dataset(1).save(folder)
    assert {path.name: path.read_bytes() for path in folder.glob("*.csv")} == before
    (folder / "drift.csv.gz").rmdir()
    assert load_dataset(folder).name == "tiny-0"


def test_unknown_datasets_and_drivers_say_what_there_is(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"unknown dataset 'atlantis'.*embedded datasets are"):
        load_dataset("atlantis")
    with pytest.raises(DatasetError, match=r"no driver 'rain'; known: capital_stock, depreciation"):
        load_dataset(folder).driver("rain")


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("combustion", "mt_co2", "tons", r"combustion.csv: columns \['mt_co2'\] are missing"),
        ("generation", "A,coal,", "A,coal,much", "generation.csv, line 2: has a twh that is no"),
        ("generation", "A,coal,", "A,,", "generation.csv, line 2: has an empty cell"),
        ("generation", "A,coal,", "Q,coal,", r"table generation has unknown region \['Q'\]"),
        ("process", "A,FER", "A,STEEL", r"table process has unknown sector \['STEEL'\]"),
        (
            "drivers",
            "\nB,",
            "\nA,",
            r"drivers.csv, line \d+: has region, variable, year of a line above",
        ),
        ("sectors", "COL,", "AGR,", "sectors.csv, line 3: has code of a line above"),
        ("drivers", "assumed", "guessed", "line 2: has a quality other than published, recalled"),
    ],
)
def test_a_broken_table_is_named_with_its_line(
    folder: Path, table: str, old: str, new: str, message: str
) -> None:
    assert_refused(folder, table, old, new, message)


def test_a_sam_out_of_balance_is_named_with_its_file(folder: Path) -> None:
    sam = pd.read_csv(folder / "sam.csv.gz", keep_default_na=False)
    sam.loc[0, "value"] *= 1.01
    sam.to_csv(folder / "sam.csv.gz", index=False)
    with pytest.raises(SAMError, match=r"sam\.csv\.gz: SAM: 2 of \d+ accounts do not balance"):
        load_dataset(folder)


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe\x00", b'region,"sector'])
def test_a_file_that_is_no_table_is_named(folder: Path, raw: bytes) -> None:
    (folder / "process.csv").write_bytes(raw)
    with pytest.raises(DatasetError, match=r"process.csv: (is no readable table|columns)"):
        load_dataset(folder)
    (folder / "process.csv").unlink()
    (folder / "process.csv.gz").write_bytes(gzip.compress(b"region,sector,mt_co2")[:-9])
    with pytest.raises(DatasetError, match=r"process.csv.gz: is no readable table"):
        load_dataset(folder)


def test_a_driver_without_a_year_of_a_region_is_named(folder: Path) -> None:
    dataset = load_dataset(folder)
    last = dataset.drivers.iloc[-1]
    short = replace(dataset, drivers=dataset.drivers.iloc[:-1])
    place = f"driver {last.variable} has no value for {last.region} in {last.year}"
    with pytest.raises(DatasetError, match=place):
        short.driver(last.variable)


def test_a_missing_table_is_named(folder: Path) -> None:
    (folder / "feedstock.csv").unlink()
    with pytest.raises(DatasetError, match=r"file feedstock.csv or feedstock.csv.gz is missing"):
        load_dataset(folder)


def test_broken_metadata_is_named(folder: Path) -> None:
    path = folder / "metadata.json"
    path.write_text(json.dumps({"name": "tiny", "version": "1"}))
    with pytest.raises(DatasetError, match="entries base_year, unit, regions are missing"):
        load_dataset(folder)
    path.write_text("[]")
    with pytest.raises(DatasetError, match="is no object of JSON"):
        load_dataset(folder)
    told = {"name": "tiny", "version": "1", "base_year": 2020, "unit": "t", "regions": ["A"]}
    for key, value in (("base_year", "2020"), ("regions", "AB"), ("regions", [["A"]]), ("unit", 5)):
        path.write_text(json.dumps({**told, key: value}))
        with pytest.raises(DatasetError, match=r"metadata.json: name, version, unit .* must be"):
            load_dataset(folder)
    path.write_text("{")
    with pytest.raises(DatasetError, match="no readable JSON"):
        load_dataset(folder)


def test_the_version_follows_the_contents(folder: Path) -> None:
    before = load_dataset(folder).version
    path = folder / "generation.csv"
    path.write_text(path.read_text().replace("A,coal,1", "A,coal,2", 1))
    assert load_dataset(folder).version != before
    path.write_text(path.read_text().replace("A,coal,2", "A,coal,1", 1))
    assert load_dataset(folder).version == before
    edit(folder, lambda told: told["geography"]["names"].update(A="Lyonesse"))
    assert load_dataset(folder).version != before


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the metadata of a dataset folder."""
    path = folder / "metadata.json"
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))


def test_the_embedded_dataset_says_what_its_labels_mean() -> None:
    dataset = load_dataset("yrd2020")
    geography, roles = dataset.geography, dataset.roles
    assert list(geography.names) == list(dataset.regions)
    assert geography.title("RCN") == "Rest of China (RCN)"
    assert geography.groups == {"Yangtze River Delta": ("SH", "JS", "ZJ", "AH")}
    assert geography.nation == "China"
    emitted = dataset.combustion.groupby("user")["mt_co2"].sum()
    assert emitted.idxmax() == roles.electricity
    assert set(dataset.combustion["fuel"]) == set(roles.fuels)
    process = dataset.process.groupby("sector")["mt_co2"].sum()
    assert set(process.index) <= set(roles.large_plants)


def test_regions_without_names_are_called_by_their_codes(folder: Path) -> None:
    edit(folder, lambda told: told.pop("geography"))
    geography = load_dataset(folder).geography
    assert geography.names == {"A": "A", "B": "B"}
    assert geography.title("A") == "A"
    assert (geography.groups, geography.nation) == ({}, "All regions")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g["names"].pop("B"), r"geography\.names: \['B'\] has no name"),
        (lambda g: g["names"].update(C="Sea"), r"geography\.names: \['C'\] is no region .* A, B"),
        (lambda g: g["names"].update(B=2), r"geography: names must map every region to its name"),
        (lambda g: g["names"].update(B="Province A"), "'?Province A'? stands for more than one"),
        (lambda g: g["names"].update(B="A"), "A stands for more than one"),
        (lambda g: g["names"].update(B=""), "an empty name"),
        (lambda g: g.update(nation="Coast"), "Coast stands for more than one region or total"),
        (lambda g: g.update(nation=["A"]), "nation be text"),
        (lambda g: g["groups"].update(Sea=["A", "C"]), r"'Sea': \['C'\] is no region"),
        (lambda g: g["groups"].update(Sea=["A", "A"]), "'Sea': .* each once"),
        (lambda g: g["groups"].update(Sea=[]), "'Sea': .* one region or more"),
        (lambda g: g["groups"].update(Sea="A"), r"geography\.groups: must map .* list of codes"),
        (lambda g: g.update(group={}), r"geography: has \['group'\]; .* names, groups, nation"),
    ],
)
def test_a_geography_that_contradicts_the_regions_is_named(
    folder: Path, change: Callable[[dict[str, Any]], object], message: str
) -> None:
    edit(folder, lambda told: change(told["geography"]))
    with pytest.raises(DatasetError, match=rf"metadata\.json: .*{message}"):
        load_dataset(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"electricity": "PWR"}, r"roles\.electricity: \['PWR'\] is no sector .* AGR, COL"),
        ({"fuels": ["COL", "OIL"]}, r"roles\.fuels: \['OIL'\] is no sector"),
        ({"fuels": ["COL", "COL"]}, r"roles\.fuels: .* each sector once"),
        ({"fuels": ["COL", "ELE"]}, r"roles\.fuels: .* electricity \(ELE\) not at all"),
        ({"large_plants": ["NMM"]}, r"roles\.large_plants: \['NMM'\] is no sector"),
        ({"large_plants": "FER"}, "fuels and large_plants lists"),
        ({"electricity": None}, "electricity must be a code"),
        ({"plants": []}, r"roles: has \['plants'\]; .* electricity, fuels, large_plants"),
    ],
)
def test_roles_of_no_sector_are_named(
    folder: Path, change: dict[str, object], message: str
) -> None:
    edit(folder, lambda told: told["roles"].update(change))
    with pytest.raises(DatasetError, match=rf"metadata\.json: .*{message}"):
        load_dataset(folder)


def test_a_role_left_out_is_named(folder: Path) -> None:
    edit(folder, lambda told: told["roles"].pop("large_plants"))
    with pytest.raises(DatasetError, match=r'roles: large_plants missing; write "" or \[\]'):
        load_dataset(folder)


def test_a_dataset_with_energy_and_no_roles_is_told_what_to_write(folder: Path) -> None:
    edit(folder, lambda told: told.pop("roles"))
    wanted = r'add "roles": \{"electricity": CODE, "fuels": \["COL", "GAS", "REF"\]'
    with pytest.raises(DatasetError, match=rf"metadata\.json: the tables combustion.* {wanted}"):
        load_dataset(folder)


def test_a_dataset_without_energy_needs_no_roles(tmp_path: Path) -> None:
    tiny = tiny_dataset()
    names = ("combustion", "feedstock", "energy", "generation")
    empty = {name: getattr(tiny, name).iloc[:0] for name in names}
    folder = write_dataset(replace(tiny, **empty), tmp_path / "tiny")
    edit(folder, lambda told: told.pop("roles"))
    assert load_dataset(folder).roles == Roles()


@pytest.mark.parametrize(
    ("roles", "message"),
    [
        (Roles("ELE", ("COL", "GAS")), r"table combustion has unknown fuel \['REF'\]"),
        (Roles("", ("COL", "GAS", "REF")), r"table energy has unknown fuel \['ELE'\]"),
    ],
)
def test_energy_that_has_no_role_is_named(tmp_path: Path, roles: Roles, message: str) -> None:
    folder = write_dataset(replace(tiny_dataset(), roles=roles), tmp_path / "tiny")
    with pytest.raises(DatasetError, match=message):
        load_dataset(folder)


def test_generation_belongs_to_a_sector(tmp_path: Path) -> None:
    tiny = tiny_dataset()
    bought = tiny.energy[tiny.energy["fuel"] != "ELE"]
    silent = replace(tiny, energy=bought, roles=replace(tiny.roles, electricity=""))
    with pytest.raises(DatasetError, match=r"generation is told, but roles\.electricity is empty"):
        load_dataset(write_dataset(silent, tmp_path / "tiny"))


def test_an_unknown_entry_of_metadata_is_named(folder: Path) -> None:
    edit(folder, lambda told: told.update(geografy={}))
    with pytest.raises(DatasetError, match=r"geografy are unknown; .* geography, roles"):
        load_dataset(folder)


def test_people_are_told_by_household_whatever_its_name() -> None:
    tiny = tiny_dataset(0, ("X", "Y", "Z"))
    people = tiny.population(2025)
    assert list(people.index) == ["X", "Y", "Z"]
    assert list(people.columns) == tiny.sam.names("household")
    np.testing.assert_array_equal(people["URB"], tiny.driver("population_URB").loc[2025])
    renamed = relabelled(tiny, {"RUR": "farm", "URB": "town"}).population(2025)
    assert list(renamed.columns) == ["farm", "town"]
    np.testing.assert_array_equal(renamed, people)


def test_a_household_without_people_and_a_year_without_numbers_are_named() -> None:
    tiny = tiny_dataset()
    rural = tiny.drivers["variable"] == "population_RUR"
    with pytest.raises(DatasetError, match=r"tiny-0: no driver 'population_RUR' .* table drivers"):
        replace(tiny, drivers=tiny.drivers[~rural]).population(2020)
    with pytest.raises(DatasetError, match=r"population_RUR has no value in 2031, .* 2020 to 2030"):
        tiny.population(2031)


TOLD: dict[str, pd.DataFrame] = {
    "national": pd.DataFrame(
        {"row": ["GEM", "LAB"], "column": ["FER", "FER"], "value": [3.0, -1.5]}
    ),
    "departures": pd.DataFrame(
        {"row": ["GEM"], "column": ["FER"], "size": [-0.25], "reason": ["steel"]}
    ),
    "employment": pd.DataFrame(
        {
            "region": ["A", "B"],
            "group": "FER+GEM",
            "sectors": "FER GEM",
            "million": [1.5, 2.0],
            "source": "a survey",
            "quality": "derived",
        }
    ),
    "drift": pd.DataFrame(
        {
            "item": "steel per machine",
            "year": [2018, 2020],
            "value": [0.2, 0.1],
            "unit": "share",
            "source": "two tables",
            "quality": "derived",
        }
    ),
}
"""Tables that a dataset may have."""


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A folder with all tables."""
    return write_dataset(replace(tiny_dataset(), **TOLD), tmp_path / "full")


def test_tables_that_may_be_left_out_are_empty_without_a_file(folder: Path) -> None:
    assert set(TOLD) == set(EXTRAS)
    read = load_dataset(folder)
    for table, columns in EXTRAS.items():
        assert not (folder / f"{table}.csv").exists()
        found = getattr(read, table)
        assert found.empty
        assert list(found.columns) == list(columns)


def test_tables_that_are_told_are_read_back(full: Path, tmp_path: Path) -> None:
    read = load_dataset(full)
    for table, written in TOLD.items():
        pd.testing.assert_frame_equal(getattr(read, table), written, check_dtype=False)
    read.save(tmp_path / "copy")
    assert contents(tmp_path / "copy") == contents(full)


def test_a_table_that_is_left_out_is_no_longer_there(full: Path, folder: Path) -> None:
    (full / "drift.csv.gz").write_bytes(b"an older form")
    tiny_dataset().save(full)
    assert contents(full) == contents(folder)


@pytest.mark.parametrize("table", EXTRAS)
def test_the_version_follows_every_table_that_is_told(full: Path, table: str) -> None:
    told = content_hash(full)
    path = full / f"{table}.csv"
    path.write_text(path.read_text() + "\n")
    assert content_hash(full) != told
    path.unlink()
    assert content_hash(full) != told
    assert load_dataset(full).version == f"1+{content_hash(full)}"


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("national", "value", "worth", r"national.csv: columns \['value'\] are missing"),
        ("national", "LAB,FER", "GEM,FER", "national.csv, line 3: has row, column of a line above"),
        ("national", "-1.5", "low", "national.csv, line 3: has a value that is no finite number"),
        ("departures", "-0.25", "inf", "departures.csv, line 2: has a size that is no finite"),
        ("departures", "steel", "", "departures.csv, line 2: has an empty cell"),
        ("employment", "A,", "Q,", r"table employment has unknown region \['Q'\]"),
        ("employment", "1.5", "many", "employment.csv, line 2: has a million that is no finite"),
        ("employment", "B,", "A,", "employment.csv, line 3: has region, group of a line above"),
        ("employment", "derived", "guessed", "employment.csv, line 2: has a quality other than"),
        ("drift", "2018", "2020", "drift.csv, line 3: has item, year of a line above"),
    ],
)
def test_a_broken_table_that_may_be_left_out_is_named(
    full: Path, table: str, old: str, new: str, message: str
) -> None:
    assert_refused(full, table, old, new, message)


def test_the_embedded_dataset_tells_every_table() -> None:
    dataset = load_dataset("yrd2020")
    for table in EXTRAS:
        assert not getattr(dataset, table).empty
    codes = set(dataset.sectors["code"])
    rows = {*codes, "LAB", "NTX", "CAP"}
    columns = {*codes, "RUR", "URB", "GOV", "FIX", "STK", "EX", "IM"}
    for table in (dataset.national, dataset.departures):
        assert set(table["row"]) <= rows
        assert set(table["column"]) <= columns
    assert (dataset.national["value"] != 0.0).all()
