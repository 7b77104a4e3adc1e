"""Files of results: complete or not there, checked before anything is computed."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

import cf_units
import openpyxl
import pandas as pd
import pytest
import xarray as xr
import yaml

from calibration import load_assumptions
from cge.path import Pathway, load_pathways
from cge.results import (
    FILES,
    PARTIAL,
    OutputError,
    check_results,
    headline,
    output,
    write_results,
)
from cge.results.iamc import unit_of
from cge.results.netcdf import UDUNITS
from cge.scenario import load_scenario
from sam import writing
from tests.m3c.models import tiny
from tests.results.made_up import baseline_and_policy, made_up


@pytest.fixture(scope="module")
def paths() -> list[Pathway]:
    return baseline_and_policy()


def names(place: Path) -> set[str]:
    return {file.name for file in place.iterdir()}


@pytest.fixture(scope="module")
def written(paths: list[Pathway], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of results, to be read."""
    place = tmp_path_factory.mktemp("written")
    write_results(place, paths, plots=False)
    return place


def test_all_files_are_written(paths: list[Pathway], tmp_path: Path) -> None:
    written = write_results(tmp_path / "deep" / "out", paths)
    assert [file.name for file in written] == list(FILES)
    assert names(tmp_path / "deep" / "out") == set(FILES)
    for figure in ("gdp.png", "emissions_and_price.png"):
        assert (tmp_path / "deep" / "out" / figure).read_bytes().startswith(b"\x89PNG")


def test_a_baseline_alone_can_be_written(paths: list[Pathway], tmp_path: Path) -> None:
    write_results(tmp_path, paths[:1])
    assert names(tmp_path) == set(FILES)


def test_netcdf_holds_both_paths_and_what_made_them(
    paths: list[Pathway], written: Path, tmp_path: Path
) -> None:
    with xr.open_dataset(written / "results.nc", engine="h5netcdf") as data:
        assert data["scenario"].to_numpy().tolist() == ["baseline", "enhanced_carbon_neutrality"]
        for path in paths:
            part = data.sel(scenario=path.scenario.name)
            for name in path.data.data_vars:
                xr.testing.assert_allclose(
                    part[name].reset_coords(drop=True),
                    path.data[name],
                    rtol=1e-15,
                )
        assert (data["solve_status"] == 0).all()
        assert json.loads(data.attrs["versions"]) == paths[0].versions
        scenarios = json.loads(data.attrs["scenarios"])
        assert len(yaml.safe_load(scenarios["enhanced_carbon_neutrality"])["pools"]) == 2
        kept = {}
        tables = json.loads(data.attrs["assumptions"])[paths[0].assumptions.hash]
        for table, text in tables.items():
            kept[table] = tmp_path / f"{table}.csv"
            kept[table].write_text(text, encoding="utf-8")
        assert load_assumptions(kept, whole=True) == paths[0].assumptions
        hashes = json.loads(data.attrs["assumptions_hash"])
        assert hashes == {path.scenario.name: path.assumptions.hash for path in paths}
        assert data["region_name"].sel(region="RCN").item() == "Rest of China"
        assert data["region_name_zh"].sel(region="SH").item() == "上海"


def test_netcdf_follows_the_conventions(paths: list[Pathway], written: Path) -> None:
    """Every variable says what it is, in units that udunits reads (CF 1.11, chapter 3)."""
    with xr.open_dataset(written / "results.nc", engine="h5netcdf") as data:
        assert data.attrs["Conventions"] == "CF-1.11"
        for variable in data.variables.values():
            assert variable.attrs["long_name"]
        for name, variable in data.data_vars.items():
            if name == "solve_status":
                meanings = variable.attrs["flag_meanings"].split()
                assert len(meanings) == len(variable.attrs["flag_values"])
            else:
                cf_units.Unit(variable.attrs["units"])
        assert (data["co2_direct"].units, data["co2_direct"].cell_methods) == ("Mt", "year: sum")
        assert (data["gdp_real"].units, data["gdp_real"].unit) == ("1e8", "1e8 CNY")


def test_units_of_all_reports_are_those_of_udunits() -> None:
    """Whoever reports in another unit says how udunits reads it."""
    for report in tiny().reports:
        assert cf_units.Unit(UDUNITS[report.unit]).is_unknown() is False, report.name


def test_workbook_has_a_sheet_a_subject(paths: list[Pathway], written: Path) -> None:
    book = openpyxl.load_workbook(written / "results.xlsx")
    assert book.sheetnames[:2] == ["About", "Economy"]
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "E2"
        assert [cell.value for cell in sheet[1]][-1] == 2060
    rows = list(book["Economy"].iter_rows(values_only=True))
    heading = next(k for k, row in enumerate(rows) if str(row[0]).startswith("GDP at base-year"))
    assert rows[heading][0].endswith(", billion yuan")
    shanghai = next(row for row in rows[heading:] if row[1] == "Shanghai (SH)")
    expected = float(headline(paths[0])["gdp_real"].sel(region="SH", year=2020))
    assert shanghai[:5][4] == pytest.approx(0.1 * expected, rel=1e-8)


def test_parquet_is_the_summary(paths: list[Pathway], written: Path) -> None:
    table, text = (pd.read_parquet(written / "summary.parquet"), written / "summary.csv")
    assert table["value"].to_numpy() == pytest.approx(pd.read_csv(text)["value"], rel=1e-9)


def test_csv_holds_the_summary(paths: list[Pathway], written: Path) -> None:
    table = pd.read_csv(written / "summary.csv")
    row = table.query(
        "scenario == 'enhanced_carbon_neutrality' and region == 'Jiangsu' and year == 2035 "
        "and variable == 'GDP|MER'"
    )
    expected = float(headline(paths[-1])["gdp_real"].sel(region="JS", year=2035))
    _, dollars = unit_of("1e8 CNY", 2020)
    assert row["value"].item() == pytest.approx(dollars * expected, rel=1e-9)


def test_written_scenario_is_the_one_that_ran(paths: list[Pathway], written: Path) -> None:
    assert load_scenario(written / "scenario.yaml") == paths[-1].scenario


def test_results_replace_older_ones_and_nothing_else(paths: list[Pathway], tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    (tmp_path / "partial_results.nc").write_text("of a failed run", encoding="utf-8")
    write_results(tmp_path, paths, plots=True)
    write_results(tmp_path, paths, plots=False)
    undrawn = {name for name in FILES if not name.endswith(".png")}
    assert names(tmp_path) == {"mine.txt", *undrawn}


def test_each_of_several_scenarios_can_be_run_again(paths: list[Pathway], tmp_path: Path) -> None:
    other = replace(paths[1], scenario=paths[1].scenario.model_copy(update={"name": "other"}))
    (tmp_path / "scenario_3.yaml").write_text("mine", encoding="utf-8")
    write_results(tmp_path, [*paths, other], plots=False)
    assert load_scenario(tmp_path / "scenario.yaml") == paths[1].scenario
    assert load_scenario(tmp_path / "scenario_2.yaml") == other.scenario
    write_results(tmp_path, paths, plots=False)
    assert not (tmp_path / "scenario_2.yaml").exists()
    assert (tmp_path / "scenario_3.yaml").exists()
    assert check_results(tmp_path)


def test_an_archive_gives_back_the_paths(paths: list[Pathway], tmp_path: Path) -> None:
    write_results(tmp_path, paths, plots=False)
    for path, read in zip(paths, load_pathways(tmp_path), strict=True):
        xr.testing.assert_identical(read.data, path.data)
        assert read.scenario == path.scenario
        assert read.inputs == path.inputs


def test_partial_results_say_so_and_leave_complete_ones_alone(
    paths: list[Pathway], tmp_path: Path
) -> None:
    write_results(tmp_path, paths, plots=False)
    before = (tmp_path / "results.nc").read_bytes()
    failed = [paths[0], made_up(paths[-1].scenario, last=2034)]
    written = write_results(tmp_path, failed, partial=True)
    assert all(file.name.startswith(PARTIAL) for file in written)
    assert (tmp_path / "results.nc").read_bytes() == before
    with xr.open_dataset(tmp_path / "partial_results.nc", engine="h5netcdf") as data:
        gdp = data["gdp_real"].sel(scenario="enhanced_carbon_neutrality", region="SH")
        assert gdp.notnull().sum() == 15


def test_nothing_is_left_when_writing_fails(
    paths: list[Pathway], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        write_results(tmp_path, paths, plots=False)
    assert names(tmp_path) == set()


@pytest.fixture(scope="module")
def sets(paths: list[Pathway], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whole sets of two runs, each in its folder."""
    place = tmp_path_factory.mktemp("sets")
    write_results(place / "one", paths)
    write_results(place / "two", paths[:1])
    return place


def test_a_set_says_of_which_run_it_is(sets: Path, paths: list[Pathway], tmp_path: Path) -> None:
    run = check_results(sets / "one")
    assert (sets / "one" / "scenario.yaml").read_text("utf-8").startswith(f"# run {run}\n")
    for figure in ("gdp.png", "emissions_and_price.png"):
        assert f"run {run}".encode() in (sets / "one" / figure).read_bytes()
    write_results(tmp_path, paths, plots=False)
    assert check_results(tmp_path) == run
    assert check_results(sets / "two") != run


@pytest.mark.parametrize("name", FILES[:-1])
def test_a_mixed_set_is_named(name: str, sets: Path, tmp_path: Path) -> None:
    shutil.copytree(sets / "one", tmp_path / "mixed")
    shutil.copy(sets / "two" / name, tmp_path / "mixed")
    with pytest.raises(OutputError, match=rf"mixed: {name} missing, changed or not of run"):
        check_results(tmp_path / "mixed")
    (tmp_path / "mixed" / name).unlink()
    with pytest.raises(OutputError, match=rf"mixed: {name} missing"):
        check_results(tmp_path / "mixed")


def test_what_is_no_set_is_named(paths: list[Pathway], tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"results.nc: there is no such file"):
        check_results(tmp_path)
    write_results(tmp_path, paths, plots=False)
    whole = (tmp_path / "results.nc").read_bytes()
    for damaged in (b"", b"no file of NetCDF", whole[: len(whole) // 2]):
        (tmp_path / "results.nc").write_bytes(damaged)
        with pytest.raises(OutputError, match=r"results.nc: is not as a run writes it"):
            check_results(tmp_path)


def test_a_folder_that_nothing_is_written_into_is_left_as_it_was(tmp_path: Path) -> None:
    for place in (tmp_path / "a" / "b", tmp_path):
        with output(place):
            pass
        assert names(tmp_path) == set()


def test_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "results"
    file.write_text("a file", encoding="utf-8")
    for place in (file, file / "deep"):
        with pytest.raises(OutputError, match="cannot be written"), output(place):
            pass


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(OutputError, match="Permission denied"), output(tmp_path / "results"):
            pass
    finally:
        tmp_path.chmod(0o700)
