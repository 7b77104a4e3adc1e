"""The commands on base-year data: what they print, and their exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import sam.recipes
from cge.cli import BAD_INPUT, CHECK_FAILED, app
from sam import SAM, Dataset, available_datasets, load_dataset
from sam.checks import CHECKS
from sam.comparison import national_sums
from sam.dataset import QUALITIES
from sam.matrix import from_payments
from sam.report import MISSING, control_totals
from tests.economies import tiny_dataset, write_dataset
from tests.sam.islands import book, island, square, text


def cge(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, output and error output of the command line."""
    result = CliRunner().invoke(app, ["data", *(str(argument) for argument in arguments)])
    return result.exit_code, result.stdout, result.stderr


def read(*arguments: str | Path) -> tuple[int, Any]:
    """Exit code and what was printed as JSON."""
    code, out, _ = cge(*arguments, "--json")
    return code, json.loads(out, parse_constant=pytest.fail)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return tiny_dataset()


def edited(dataset: Dataset, change: Callable[[pd.DataFrame], pd.Series]) -> Dataset:
    """A dataset with other payments."""
    frame = dataset.sam.frame
    return replace(dataset, sam=SAM(frame.assign(value=change(frame)), strict=False))


def one_wage_more(frame: pd.DataFrame) -> pd.Series:
    """Steel of A pays 5 more than its workers get."""
    wage = frame["row"].eq("LAB") & frame["col_region"].eq("A") & frame["col"].eq("FER")
    return frame["value"] + 5.0 * wage


class TestCheck:
    def test_the_embedded_dataset_has_no_errors(self) -> None:
        code, report = read("check", "yrd2020")
        assert code == 0
        assert report["errors"] == 0
        assert report["warnings"] == len(report["findings"])
        assert {*report["checked"], *report["skipped"]} == {*CHECKS, "calibration"}

    def test_a_sound_folder(self, dataset: Dataset, tmp_path: Path) -> None:
        code, out, err = cge("check", write_dataset(dataset, tmp_path / "tiny"))
        assert (code, err) == (0, "")
        assert "passed: orientation, balance, negative_cells" in out
        assert out.splitlines()[-1].startswith("0 errors")

    def test_the_heading_says_what_was_checked(self, dataset: Dataset, tmp_path: Path) -> None:
        folder = write_dataset(dataset, tmp_path / "tiny")
        first = cge("check", folder)[1].splitlines()[0]
        version = load_dataset(folder).version
        accounts = f"{len(dataset.sam.accounts):,} accounts"
        regions = "regions Province A (A), Province B (B)"
        for words in (str(folder), f"dataset, version {version}", regions, accounts):
            assert words in first
        path = tmp_path / "table.csv"
        dataset.sam.write(path)
        first = cge("check", path)[1].splitlines()[0]
        assert first.startswith(f"{path}: SAM; regions A, B")

    def test_a_folder_out_of_balance_is_a_finding(self, dataset: Dataset, tmp_path: Path) -> None:
        folder = write_dataset(edited(dataset, one_wage_more), tmp_path / "tiny")
        code, report = read("check", folder)
        assert code == CHECK_FAILED
        places = {place for finding in report["findings"] for place in finding["accounts"]}
        assert {"A/factor/LAB", "A/activity/FER", "nation/activity/*"} <= places
        sizes = {f["accounts"][0]: f["size"] for f in report["findings"] if f["check"] == "balance"}
        assert sizes["A/factor/LAB"] == pytest.approx(5.0, rel=1e-6)

    @pytest.mark.parametrize("suffix", ["csv", "csv.gz", "xlsx", "parquet"])
    def test_a_sam_in_a_file(self, dataset: Dataset, suffix: str, tmp_path: Path) -> None:
        path = tmp_path / f"table.{suffix}"
        edited(dataset, one_wage_more).sam.write(path)
        code, report = read("check", path, "--only", "balance", "--only", "energy_prices")
        assert code == CHECK_FAILED
        assert report["checked"] == ["balance"]
        assert "energy_prices" in report["skipped"]
        assert len(report["findings"]) == 2

    def test_what_the_model_refuses_is_a_finding(self, dataset: Dataset, tmp_path: Path) -> None:
        twice = pd.concat([dataset.generation, dataset.generation.iloc[[0]]])
        folder = write_dataset(replace(dataset, generation=twice), tmp_path / "tiny")
        code, report = read("check", folder)
        assert code == CHECK_FAILED
        (error,) = [f for f in report["findings"] if f["severity"] == "error"]
        assert error["check"] == "calibration"
        assert "generation: A coal is listed twice; keep one line" in error["message"]

    def test_negative_payments_are_findings(self, dataset: Dataset, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        edited(dataset, lambda f: f["value"].where(f["col"] != "FER", -f["value"])).sam.write(path)
        code, report = read("check", path, "--only", "negative_cells")
        assert code == CHECK_FAILED
        assert all(finding["size"] < 0.0 for finding in report["findings"])

    def test_a_sheet_by_name(self, dataset: Dataset, tmp_path: Path) -> None:
        path = tmp_path / "book.xlsx"
        dataset.sam.write(path)
        book = openpyxl.load_workbook(path)
        broken = book.copy_worksheet(book["SAM"])
        broken.title = "raw"
        broken["G2"] = broken["G2"].value + 50.0
        book.save(path)
        balance = ("check", path, "--only", "balance")
        assert read(*balance)[0] == 0
        assert read(*balance, "--sheet", "SAM")[0] == 0
        code, report = read(*balance, "--sheet", "raw")
        assert (code, report["errors"]) == (CHECK_FAILED, 2)

    def test_a_country_without_regions(self, dataset: Dataset, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        inside = dataset.sam.select(region="A").frame
        inside.drop(columns=["row_region", "col_region"]).to_csv(path, index=False)
        code, _, err = cge("check", path, "--only", "negative_cells")
        assert code == BAD_INPUT
        assert "row_region" in err
        assert read("check", path, "--only", "negative_cells", "--region", "A")[0] == 0

    def test_a_sam_of_another_model_is_no_error(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        circle = [
            ("commodity", "bread", "activity", "bread"),
            ("activity", "bread", "trade", "fair"),
            ("trade", "fair", "commodity", "bread"),
        ]
        rows = [("A", *circle[k][:2], "A", *circle[k][2:], 1.0) for k in range(3)]
        from_payments(rows).write(path)
        coverage = ("check", path, "--only", "coverage")
        code, report = read(*coverage)
        assert (code, report["errors"], report["warnings"]) == (0, 0, 2)
        (read_by_m3c,) = [line for line in cge(*coverage)[1].splitlines() if "M3C reads" in line]
        for words in ("factor (LAB, CAP)", "tax (OTX, TAR)", "household,", "by sector: bread"):
            assert words in read_by_m3c
        assert "trade" not in read_by_m3c
        assert read(*coverage, "--error", "coverage")[0] == CHECK_FAILED

    def test_the_sheet_read_is_named_with_others(self, tmp_path: Path) -> None:
        path = tmp_path / "book.xlsx"
        made = book(path, old=square(), new=square(), draft=square())
        made["old"].sheet_state = "hidden"
        made.save(path)
        code, out, err = cge("check", path)
        assert (code, err) == (0, "")
        others = "also in this workbook: 'draft', 'old' (hidden)"
        assert out.splitlines()[1] == f"read from {path}, sheet 'new'; {others}"
        record = read("check", path)[1]
        assert (record["sheet"], record["other_sheets"]) == ("new", ["draft", "old"])
        assert record["hidden"] == ["old"]
        out = cge("check", path, "--sheet", "old")[1]
        assert out.splitlines()[1] == f"read from {path}, sheet 'old' (hidden)"

    def test_a_foreign_sam_is_reported_in_a_few_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "island.csv"
        island().write(path, "square")
        code, out, err = cge("check", path)
        assert (code, err) == (0, "")
        assert len(out.splitlines()) < 10
        assert "0 errors, 0 warnings" in out
        (line,) = [line for line in out.splitlines() if "coverage" in line]
        assert "made for another model, as it has no factor LAB or CAP" in line
        assert "--only coverage" in line
        advised = cge("check", path, "--only", "coverage", "--worst", "99")[1]
        assert advised.count("is read by no equation") == int(line.split(" of its ")[0].split()[-1])

    def test_a_transposed_sam_is_named_and_turned_as_advised(self, tmp_path: Path) -> None:
        path = tmp_path / "turned.csv"
        island().transpose().write(path, "square")
        code, out, _ = cge("check", path)
        assert code == CHECK_FAILED
        assert "this looks transposed" in out
        assert "cge data check FILE --transposed" in out
        assert cge("check", path, "--transposed")[0] == 0

    def test_totals_that_contradict_their_lines(self, tmp_path: Path) -> None:
        path = tmp_path / "totals.csv"
        rows = square(totals="Total")
        rows[-1][3:] = [1.0] * (len(rows[-1]) - 3)
        path.write_text(text(rows))
        code, _, err = cge("check", path)
        assert code == BAD_INPUT
        assert "(--ignore-totals)" in err
        assert cge("check", path, "--ignore-totals")[0] == 0

    def test_warnings_are_errors_by_choice(self, dataset: Dataset, tmp_path: Path) -> None:
        folder = write_dataset(edited(dataset, one_wage_more), tmp_path / "tiny")
        balance = ("check", folder, "--only", "balance")
        assert cge(*balance)[0] == CHECK_FAILED
        assert cge(*balance, "--warn", "balance")[0] == 0
        assert cge(*balance, "--warn", "balance", "--strict")[0] == CHECK_FAILED

    def test_the_worst_are_shown(self, dataset: Dataset, tmp_path: Path) -> None:
        folder = write_dataset(edited(dataset, one_wage_more), tmp_path / "tiny")
        _, out, _ = cge("check", folder, "--only", "balance", "--worst", "1")
        assert "error balance (2, the worst 1)" in out

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["nowhere"], ["nowhere", "yrd2020"]),
            (["yrd2020", "--sheet", "SAM"], ["yrd2020 is a dataset", "--sheet"]),
            (["yrd2020", "--transposed", "--ignore-totals"], ["--transposed and --ignore-totals"]),
            (["yrd2020", "--error", "balanced"], ["'balanced'", "negative_cells"]),
            (["yrd2020", "--error", "balance", "--warn", "balance"], ["choose one"]),
        ],
    )
    def test_bad_input(self, arguments: list[str], words: list[str]) -> None:
        code, out, err = cge("check", *arguments)
        assert (code, out) == (BAD_INPUT, "")
        assert err.startswith("Error: ")
        assert err.count("\n") == 1
        assert all(word in err for word in words)

    def test_a_file_that_is_no_sam(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("a,b\n1,2\n", encoding="utf-8")
        code, _, err = cge("check", path)
        assert code == BAD_INPUT
        assert path.name in err

    def test_no_engine_is_loaded(self, repository: Path, plain_environment: dict[str, str]) -> None:
        program = (
            "import sys\nfrom cge.cli import app\n"
            "app(['data', 'check', 'yrd2020'], standalone_mode=False)\n"
            "print(*sys.modules, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=repository,
            env=plain_environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert {"jax", "xarray", "sympy"}.isdisjoint(done.stderr.split())


class TestReport:
    def test_every_total_with_its_deviation(self) -> None:
        code, rows = read("report", "yrd2020")
        totals = control_totals(load_dataset("yrd2020"))
        assert code == 0
        assert len(rows) == len(totals) > 0
        assert set(rows[0]) == set(totals.columns)
        for row in rows:
            assert row["source"]
            assert row["quality"] in QUALITIES
            if row["target"]:
                fraction = row["achieved"] / row["target"] - 1.0
                assert row["deviation"] == pytest.approx(fraction, abs=1e-9)

    def test_a_table_for_people(self) -> None:
        code, out, _ = cge("report", "yrd2020", "--region", "SH")
        rows = read("report", "yrd2020", "--region", "SH")[1]
        assert code == 0
        lines = out.splitlines()
        assert lines[0].split() == [
            *("item", "region", "unit", "target", "achieved", "deviation", "quality", "source")
        ]
        assert len(lines[1 : lines.index("")]) == len(rows)
        assert {row["region"] for row in rows} == {"SH"}
        for row in rows:
            assert row["source"] in out
        total = len(control_totals(load_dataset("yrd2020")))
        assert lines[-1].startswith(f"{total} control totals: ")
        assert lines[-1].endswith(f"({len(rows)} of them shown)")

    def test_the_worst(self) -> None:
        rows = read("report", "yrd2020", "--worst", "3")[1]
        deviations = control_totals(load_dataset("yrd2020"))["deviation"].abs()
        assert [abs(row["deviation"]) for row in rows] == deviations.nlargest(3).tolist()

    def test_what_rounds_to_nothing_has_no_sign(self) -> None:
        _, out, _ = cge("report", "yrd2020")
        assert " 0.00 %" in out
        assert "-0.00 %" not in out
        assert "+0.00 %" not in out

    def test_no_source_says_a_thing_twice(self) -> None:
        _, out, _ = cge("report", "yrd2020")
        assert out.count("(plants above designated size)") == 1

    def test_numbers_that_are_none(self, dataset: Dataset, tmp_path: Path) -> None:
        """A total of zero that is missed deviates without bound: no number of JSON."""
        columns = {"target": [0.0], "achieved": [2.0], "note": ["made up"]}
        provenance = dataset.provenance.assign(**columns)
        folder = write_dataset(replace(dataset, provenance=provenance), tmp_path / "tiny")
        (row,) = read("report", folder)[1]
        assert (row["target"], row["achieved"], row["deviation"]) == (0.0, 2.0, None)

    def test_a_dataset_without_totals(self, dataset: Dataset, tmp_path: Path) -> None:
        folder = write_dataset(dataset, tmp_path / "tiny")
        assert read("report", folder) == (0, [])
        assert cge("report", folder)[1].strip() == "No control totals."

    @pytest.mark.parametrize(
        ("option", "value"), [("--region", "XX"), ("--quality", "guessed")], ids=["region", "mark"]
    )
    def test_unknown_selections(self, option: str, value: str) -> None:
        code, _, err = cge("report", "yrd2020", option, value)
        assert code == BAD_INPUT
        assert value in err


def with_table(dataset: Dataset, **other: pd.DataFrame) -> Dataset:
    """A dataset that ships the table that it adds up to."""
    sectors = dataset.sectors["code"].tolist()
    cells = national_sums(dataset.sam, sectors).reset_index()
    return replace(dataset, **{"national": cells, **other})


class TestCompare:
    def test_the_embedded_dataset_beside_the_official_table(self) -> None:
        code, report = read("compare", "yrd2020")
        assert code == 0
        assert 0.0 < report["weighted_error"] < 0.03
        worst = report["largest_undocumented"]
        assert abs(worst["undocumented"]) <= 1e-9 * abs(worst["official"])
        reasons = {line["reason"]: line for line in report["departures"]}
        assert {"energy quantities", "coke of steelworks", "duties"} <= set(reasons)
        assert all(len(line["why"]) > 30 for line in reasons.values())
        assert sum(line["share"] for line in reasons.values()) < 0.03
        assert reasons["duties"]["size"] == pytest.approx(2_564.0)
        blocks = {line["block"]: line for line in report["blocks"]}
        assert blocks["intermediate"]["official"] == pytest.approx(1_682_606, rel=1e-6)
        assert blocks["intermediate"]["error"] == pytest.approx(report["weighted_error"])
        assert len(report["sectors"]) == 40

    def test_a_table_for_people(self) -> None:
        code, out, err = cge("compare")
        report = read("compare")[1]
        assert (code, err) == (0, "")
        assert out.startswith(
            "yrd2020, summed over its regions, beside the official national table"
        )
        *_, last = out.splitlines()
        assert last.startswith(
            f"weighted error of intermediate flows {100 * report['weighted_error']:.2f}%; "
        )
        assert float(last.split()[5].rstrip("%;")) < 3.0
        for line in report["departures"]:
            assert line["reason"] in out
            assert line["why"] in out

    @pytest.mark.parametrize("worst", [1, 4])
    def test_the_worst(self, worst: int) -> None:
        every = read("compare", "yrd2020", "--worst", "30")[1]["cells"]
        cells = read("compare", "yrd2020", "--worst", str(worst))[1]["cells"]
        assert cells == every[:worst]
        sizes = [abs(cell["difference"]) for cell in every]
        assert sizes == sorted(sizes, reverse=True)

    def test_a_difference_that_nobody_explains_is_named(
        self, dataset: Dataset, tmp_path: Path
    ) -> None:
        told = with_table(dataset)
        place = (told.national["row"] == "GEM") & (told.national["column"] == "FER")
        table = told.national.assign(value=told.national["value"] - 5.0 * place)
        folder = write_dataset(with_table(dataset, national=table), tmp_path / "tiny")
        code, report = read("compare", folder)
        worst = report["largest_undocumented"]
        assert (code, worst["row"], worst["column"]) == (0, "GEM", "FER")
        assert worst["undocumented"] == pytest.approx(5.0)
        assert report["departures"] == []
        *_, last = cge("compare", folder)[1].splitlines()
        assert "that no departure explains is 5 of" in last
        assert last.endswith("in GEM to FER")

    def test_what_the_table_has_nothing_of_is_still_json(
        self, dataset: Dataset, tmp_path: Path
    ) -> None:
        told = with_table(dataset)
        towns = told.national[told.national["column"] != "RUR"]
        folder = write_dataset(with_table(dataset, national=towns), tmp_path / "tiny")
        code, report = read("compare", folder)
        assert code == 0
        blocks = {line["block"]: line for line in report["blocks"]}
        assert blocks["RUR"]["official"] == 0.0
        assert blocks["RUR"]["dataset"] > 0.0
        assert blocks["RUR"]["error"] is None

    def test_a_dataset_without_a_table(self, dataset: Dataset, tmp_path: Path) -> None:
        folder = write_dataset(dataset, tmp_path / "tiny")
        code, out, err = cge("compare", folder)
        assert (code, out) == (BAD_INPUT, "")
        assert "ships no national table" in err
        assert "--table FILE" in err

    def test_a_file_that_is_no_table(self, tmp_path: Path) -> None:
        path = tmp_path / "table.csv"
        path.write_text("a,b\n1,2\n", encoding="utf-8")
        code, _, err = cge("compare", "yrd2020", "--table", path)
        assert code == BAD_INPUT
        assert path.name in err
        assert cge("compare", "yrd2020", "--table", tmp_path / "none.csv")[0] == BAD_INPUT

    @pytest.mark.parametrize(("year", "most"), [(2020, 0.03), (2018, 0.15), (2017, 0.25)])
    def test_official_tables_of_any_year(self, year: int, most: float) -> None:
        """The farther the year, the more the structure differs (coefficients .073 and .095)."""
        sources = os.environ.get("M3C_SOURCES")
        if not sources:
            pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
        (table,) = Path(sources).glob(f"io2020/china_io_{year}_1*.csv.gz")
        code, report = read("compare", "yrd2020", "--table", table)
        assert code == 0
        assert str(year) in report["table"]
        assert report["weighted_error"] < most
        assert report["departures"] == []
        if year == 2020:
            own = read("compare", "yrd2020")[1]["weighted_error"]
            assert report["weighted_error"] == pytest.approx(own, rel=1e-4)
        else:
            assert report["weighted_error"] > 0.05


class TestList:
    def test_every_embedded_dataset_has_a_line(self) -> None:
        code, out, _ = cge("list")
        assert code == 0
        assert [line.split(":")[0] for line in out.splitlines()] == list(available_datasets())
        (record,) = read("list")[1]
        assert record["regions"] == list(load_dataset("yrd2020").regions)
        assert record["recipe"]


class TestBuild:
    @pytest.fixture
    def recipe(self, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> list[Dataset]:
        """A recipe that makes what the list holds."""
        made = [dataset]
        monkeypatch.setattr(sam.recipes, "recipe", lambda name: lambda sources: made[0])
        return made

    def test_what_is_built_is_checked_and_written(
        self, recipe: list[Dataset], tmp_path: Path
    ) -> None:
        arguments = ("build", "tiny", "--sources", tmp_path, "--out", tmp_path / "new")
        code, out, err = cge(*arguments)
        assert code == 0
        assert str(tmp_path / "new" / "sam.csv.gz") in out
        assert "0 errors" in err
        assert load_dataset(tmp_path / "new").name == recipe[0].name
        version = load_dataset(tmp_path / "new").version
        assert f"version={version!r}" in out
        assert "+" in version
        first = {path.name: path.read_bytes() for path in (tmp_path / "new").iterdir()}
        code, report = read(*arguments)
        assert (code, report["errors"], report["version"]) == (0, 0, version)
        assert {Path(file).name: Path(file).read_bytes() for file in report["files"]} == first

    def test_errors_stop_it(self, recipe: list[Dataset], tmp_path: Path) -> None:
        recipe[0] = edited(recipe[0], one_wage_more)
        arguments = ("build", "tiny", "--sources", tmp_path, "--out", tmp_path / "new")
        code, out, err = cge(*arguments)
        assert (code, out) == (CHECK_FAILED, "")
        assert "error balance" in err
        assert "Nothing is written" in err
        assert not (tmp_path / "new").exists()
        code, report = read(*arguments)
        assert (code, report["files"]) == (CHECK_FAILED, [])

    def test_the_folder_is_checked_before_anything_is_built(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def built(*_: object) -> Dataset:
            raise AssertionError("built before the folder was checked")

        monkeypatch.setattr("cge.cli.data._built", built)
        (tmp_path / "file").write_text("mine")
        code, out, err = cge("build", "tiny", "--sources", tmp_path, "--out", tmp_path / "file")
        assert (code, out) == (BAD_INPUT, "")
        assert "file cannot be written (it is a file); name another with --out" in err
        assert (tmp_path / "file").read_text() == "mine"

    def test_default_folder_and_environment(
        self, recipe: list[Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("M3C_SOURCES", str(tmp_path))
        assert cge("build", "tiny")[0] == 0
        assert (tmp_path / "tiny" / "metadata.json").is_file()

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["yrd2020"], ["--sources", "M3C_SOURCES"]),
            (["yrd2020", "--sources", "nowhere"], ["nowhere", "--sources"]),
            (["prd2020", "--sources", "."], ["'prd2020'", "yrd2020"]),
        ],
    )
    def test_bad_input(
        self, arguments: list[str], words: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("M3C_SOURCES", raising=False)
        code, out, err = cge("build", *arguments)
        assert (code, out) == (BAD_INPUT, "")
        assert err.startswith("Error: ")
        assert all(word in err for word in words)

    def test_a_year_is_for_recipes_that_take_one(
        self, recipe: list[Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        arguments = ("build", "tiny", "--sources", tmp_path, "--out", tmp_path / "new")
        code, _, err = cge(*arguments, "--year", "2030")
        assert code == BAD_INPUT
        assert "one base year only" in err
        assert not (tmp_path / "new").exists()

        def of_year(sources: Path, year: int = 2020) -> Dataset:
            return replace(recipe[0], base_year=year)

        monkeypatch.setattr(sam.recipes, "recipe", lambda name: of_year)
        assert read(*arguments, "--year", "2030")[1]["base_year"] == 2030
        assert read(*arguments)[1]["base_year"] == 2020

    def test_totals_that_are_missing_are_named(self, recipe: list[Dataset], tmp_path: Path) -> None:
        arguments = ("build", "tiny", "--sources", tmp_path, "--out", tmp_path / "new")
        assert "Missing totals" not in cge(*arguments)[1]
        assert read(*arguments)[1]["missing"] == []
        provenance = (
            recipe[0]
            .provenance.iloc[[0, 0]]
            .assign(
                item=["exports", "exports"],
                region=["A", "B"],
                source=[f"{MISSING}2020: that of {year}, of a yearbook" for year in (2018, 2019)],
            )
        )
        both = pd.concat([recipe[0].provenance, provenance], ignore_index=True)
        recipe[0] = replace(recipe[0], provenance=both)
        code, out, _ = cge(*arguments)
        assert code == 0
        assert "Missing totals of 2020: 2, " in out
        assert "exports (A, B)" in out
        assert "macro/totals.csv" in out
        missing = read(*arguments)[1]["missing"]
        assert [(line["item"], line["region"]) for line in missing] == [
            ("exports", "A"),
            ("exports", "B"),
        ]

    def test_a_second_base_year_is_one_command(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sources = os.environ.get("M3C_SOURCES")
        if not sources:
            pytest.skip("needs the official tables: set M3C_SOURCES to their folder")
        monkeypatch.setenv("M3C_SOURCES", str(Path(sources).resolve()))
        monkeypatch.chdir(tmp_path)
        code, out, err = cge("build", "yrd2020", "--year", "2018")
        assert code == 0
        assert "0 errors" in err
        assert load_dataset(tmp_path / "yrd2018").base_year == 2018
        assert "Missing totals of 2018" in out
        assert "gdp_primary (SH, JS, ZJ, AH)" in out
        assert read("compare", "yrd2018")[1]["weighted_error"] < 0.03

    def test_missing_tables_are_named(self, tmp_path: Path) -> None:
        code, _, err = cge("build", "yrd2020", "--sources", tmp_path, "--out", tmp_path / "new")
        assert code == BAD_INPUT
        assert str(tmp_path) in err
        assert not (tmp_path / "new").exists()
