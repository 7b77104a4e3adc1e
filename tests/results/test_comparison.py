"""Pathways side by side: what is compared is what they hold, against the first of them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from cge.cli import BAD_INPUT, app
from cge.path import Pathway
from cge.results import ComparisonError, compare_paths, headline, write_results
from tests.results.made_up import baseline_and_policy


@pytest.fixture(scope="module")
def paths() -> list[Pathway]:
    return baseline_and_policy()


@pytest.fixture(scope="module")
def folders(paths: list[Pathway], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results of two runs, the second with twice the GDP."""
    place = tmp_path_factory.mktemp("compared")
    write_results(place / "results", paths, plots=False)
    more = paths[1].data.assign(gdp_real=2.0 * paths[1].data["gdp_real"])
    more["gdp_real"].attrs = paths[1].data["gdp_real"].attrs
    write_results(place / "more", [paths[0], replace(paths[1], data=more)], plots=False)
    return place


def command(folders: Path, *words: str) -> Result:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folders)
        return CliRunner().invoke(app, ["compare", *words])


def test_levels_differences_and_per_cent(paths: list[Pathway]) -> None:
    table = compare_paths(
        paths, variables=["gdp_real"], regions=["JS", "China"], years=[2035]
    ).table
    one, other = (headline(path)["gdp_real"].sel(region="China", year=2035) for path in paths)
    row = table.query("region == 'China' and scenario != 'baseline'").iloc[0]
    assert row["unit"] == "billion yuan"
    assert row["value"] == pytest.approx(0.1 * float(other))
    assert row["difference"] == pytest.approx(0.1 * float(other - one))
    assert row["per_cent"] == pytest.approx(100.0 * float(other / one - 1.0))
    first = table[table["scenario"] == "baseline"]
    assert (first["difference"] == 0.0).all()
    assert list(dict.fromkeys(table["region"])) == ["JS", "China"]


def test_by_sector(paths: list[Pathway]) -> None:
    found = compare_paths(
        paths, variables=["co2_process"], by=["sector"], labels={"sector": ["FER"]},
        regions=["SH"], years=[2030],
    )  # fmt: skip
    expected = [
        float(p.data["co2_process"].sel(region="SH", sector="FER", year=2030)) for p in paths
    ]
    assert found.table["value"].to_numpy() == pytest.approx(expected)
    assert "Shanghai (SH), Ferrous metals" in found.text()


def test_what_two_solves_leave_of_nothing_is_nothing(paths: list[Pathway]) -> None:
    noise = paths[0].data["gdp_real"] * (1.0 + 1e-11)
    other = replace(paths[0], data=paths[0].data.assign(gdp_real=noise.assign_attrs(total="sum")))
    other.data["gdp_real"].attrs = paths[0].data["gdp_real"].attrs
    table = compare_paths([paths[0], other], variables=["gdp_real"]).table
    assert (table["difference"] == 0.0).all()
    assert (table["per_cent"] == 0.0).all()


def test_per_cent_of_nothing_is_no_number(paths: list[Pathway]) -> None:
    table = compare_paths(paths, variables=["removal"], regions=["JS"], years=[2035]).table
    last = table.iloc[-1]
    assert last["difference"] == last["value"] > 0.0
    assert np.isnan(last["per_cent"])


def test_pathways_of_one_name_are_told_apart(paths: list[Pathway]) -> None:
    found = compare_paths([paths[1], paths[1]], variables=["gdp_real"])
    assert list(found.paths) == ["enhanced_carbon_neutrality", "enhanced_carbon_neutrality (2)"]
    named = compare_paths({"low": paths[0], "high": paths[1]}, variables=["gdp_real"])
    assert set(named.table["scenario"]) == {"low", "high"}


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"variables": ["gdp_reel"]}, "did you mean 'gdp_real'"),
        ({"variables": ["gdp_real"], "regions": ["Jiangsu"]}, "unknown region 'Jiangsu'"),
        ({"variables": ["gdp_real"], "years": [2061]}, "give one from 2020 to 2060"),
        ({"variables": ["gdp_real"], "by": ["sector"]}, "it is by region, year"),
        (
            {"variables": ["co2_process"], "by": ["sector"], "labels": {"sector": ["STEEL"]}},
            "sector",
        ),
    ],
)
def test_what_cannot_be_compared_is_named(
    how: dict[str, list[str]], why: str, paths: list[Pathway]
) -> None:
    with pytest.raises(ComparisonError, match=why):
        compare_paths(paths, **how)  # type: ignore[arg-type]


def test_one_pathway_is_no_comparison(paths: list[Pathway]) -> None:
    with pytest.raises(ComparisonError, match="one pathway only"):
        compare_paths(paths[:1])


def test_a_workbook_has_a_sheet_a_subject(paths: list[Pathway]) -> None:
    found = compare_paths(paths, regions=["JS", "China"], years=[2025, 2035])
    book = openpyxl.load_workbook(io.BytesIO(found.to_excel()))
    assert book.sheetnames[:3] == ["About", "Economy", "Welfare"]
    sheet = book["Economy"]
    assert sheet.freeze_panes == "C3"
    assert sheet["C1"].value == "GDP at base-year prices, billion yuan"
    heads = [cell.value for cell in sheet[2]][2:6]
    assert heads == [
        "baseline",
        *(f"enhanced_carbon_neutrality{end}" for end in ("", ", difference", ", %")),
    ]
    assert [cell.value for cell in sheet["A"]][2:] == ["Jiangsu (JS)"] * 2 + ["China"] * 2
    row = found.table.query("variable == 'gdp_real' and region == 'JS' and year == 2025")
    assert sheet["D3"].value == pytest.approx(row["value"].iloc[1])
    assert sheet["F3"].value == pytest.approx(row["per_cent"].iloc[1])


def test_the_command_compares_all_that_a_folder_holds(folders: Path) -> None:
    done = command(folders, "results", "--variable", "gdp_real", "--year", "2035")
    assert done.exit_code == 0, done.output
    heading, years, place, *lines = done.stdout.splitlines()
    assert heading == "GDP at base-year prices, billion yuan"
    assert years.split() == ["2035"]
    assert place == "China"
    words = [line.split()[0] for line in lines]
    assert words == ["baseline", "enhanced_carbon_neutrality", "difference", "per"]
    assert command(folders, "baseline", "enhanced_carbon_neutrality", "--variable", "gdp_real",
                   "--year", "2035").stdout == done.stdout  # fmt: skip


def test_the_command_compares_runs_and_writes_files(folders: Path) -> None:
    files = ["--csv", "c.csv", "--excel", "c.xlsx", "--figure", "c.pdf"]
    done = command(folders, "results", "more", "--variable", "gdp_real", *files)
    assert done.exit_code == 0, done.output
    assert done.stdout.endswith("Written: c.pdf, c.csv, c.xlsx\n")
    table = pd.read_csv(folders / "c.csv")
    names = [f"{place}:enhanced_carbon_neutrality" for place in ("results", "more")]
    assert list(dict.fromkeys(table["scenario"])) == names
    assert len(table) == 2 * 7 * 41
    other = table[table["scenario"] == names[1]]
    assert np.allclose(other["per_cent"], 100.0)
    assert (folders / "c.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["nowhere/results", "results"], "no such file or folder"),
        (["results", "enhanced"], "unknown .*scenario 'enhanced'"),
        (["results:basline", "results"], "did you mean 'baseline'"),
        (["results", "--figure", "c.doc"], "no picture ends so; name a file such as c.pdf"),
        (["results", "--csv", "nowhere/c.csv"], "cannot be written"),
    ],
)
def test_the_command_says_what_there_is_not(words: list[str], why: str, folders: Path) -> None:
    done = command(folders, *words)
    assert done.exit_code == BAD_INPUT
    assert pd.Series([done.stderr]).str.contains(why).all(), done.stderr
