"""Datasets as folders: what is written is read back, and what is wrong is named."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sam import DatasetError, SAMError, load_dataset
from sam.dataset import TABLES
from tests.economies import tiny_dataset, write_dataset


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_dataset(tiny_dataset(), tmp_path / "tiny")


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


def test_an_unfinished_folder_is_no_dataset(folder: Path) -> None:
    (folder / "generation.csv").unlink()
    (folder / "generation.csv").mkdir()  # cannot be written as a file
    with pytest.raises(DatasetError, match="cannot be written"):
        tiny_dataset(1).save(folder)
    with pytest.raises(DatasetError, match="unknown dataset"):
        load_dataset(folder)


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
        ("drivers", "assumed", "guessed", "line 2: has a quality other than published, derived"),
    ],
)
def test_a_broken_table_is_named_with_its_line(
    folder: Path, table: str, old: str, new: str, message: str
) -> None:
    path = folder / f"{table}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(DatasetError, match=message):
        load_dataset(folder)


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
