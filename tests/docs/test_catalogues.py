"""The pages that the build makes tell of everything that there is, once, and their code runs."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

import catalogues
from catalogues import assumptions, commands, economy, equations, offline, pictures, schema
from cge.coupling import catalogue
from cge.results.colours import COLOURS
from cge.results.report.exhibits import Exhibit, Series
from cge.scenario.inheritance import EXTENDS
from cge.scenario.shocks import LEVERS
from closures.catalogue import catalogue as closures
from tests.docs.pages import typed


@cache
def text(name: str) -> str:
    """A page."""
    return catalogues.PAGES[name]()


def rows(page: str, columns: int) -> list[list[str]]:
    """Rows of the tables of a page that have so many columns, their first cells without marks."""
    lines = [re.split(r" (?<!\\)\| ", line[2:-2]) for line in page.splitlines() if line[:2] == "| "]
    return [[cells[0].strip("`"), *cells[1:]] for cells in lines if len(cells) == columns]


@pytest.mark.parametrize("name", catalogues.PAGES)
def test_the_code_of_a_page_runs(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    page = tmp_path / f"{name}.md"
    page.write_text(text(name), encoding="utf-8")
    typed(page, tmp_path, commands=False)


def test_the_site_has_every_page(repository: Path) -> None:
    index = (repository / "docs" / "index.md").read_text("utf-8").splitlines()
    listed = [line for line in index if line.startswith(f"{catalogues.FOLDER}/")]
    assert sorted(listed) == sorted(f"{catalogues.FOLDER}/{name}" for name in catalogues.PAGES)


@pytest.mark.parametrize("name", catalogues.PAGES)
def test_every_row_of_a_table_is_whole(name: str) -> None:
    """No cell holds what would end it, or the line."""
    columns = 0
    for line in text(name).splitlines():
        if not line.startswith("|"):
            columns = 0
            continue
        found = len(re.findall(r"(?<!\\)\|", line)) - 1
        assert found == (columns or found), line
        columns = found


def test_every_variable_is_told_once_with_its_unit() -> None:
    told = [row for row in rows(text("variables"), 6) if row[0] != "variable"]
    expected = [
        [report.name, report.dims or "-", report.unit, report.meaning]
        for report in economy.economy().reports
    ]
    assert sorted(row[:4] for row in told) == sorted(expected)


def test_every_balance_is_told() -> None:
    told = [row[0] for row in rows(text("variables"), 3)]
    assert not {check.name for check in economy.economy().checks} - set(told)


def test_every_lever_is_told_in_order() -> None:
    told = rows(text("levers"), 5)[1:]
    assert [row[0] for row in told] == [lever.name for lever in economy.economy().levers]
    assert {row[0]: tuple(row[1].split()) for row in told} == LEVERS


def test_every_item_of_coupling_is_told_once() -> None:
    told = [row for row in rows(text("coupling"), 4) if row[0] != "item"]
    items = catalogue(economy.exchanged())
    expected = [[row.item, row.dims or "-", row.unit, row.meaning] for row in items.itertuples()]
    assert sorted(told) == sorted(expected)
    reports, levers = economy.economy().reports, economy.economy().levers
    names = {thing.name for thing in (*reports, *levers)}
    assert names - {row[0] for row in told} <= {"output_limit_price"}, "no limit, no price of it"


def test_every_closure_is_told_with_what_it_swaps() -> None:
    told = [row for row in rows(text("closures"), 3) if row[0] != "kind"]
    assert [row[1].strip("`") for row in told] == [closure.name for closure in closures()]
    swaps = {row[0]: row for row in rows(text("closures"), 4)}
    assert "`labour_supply`" in swaps["fixed_real_wage"]
    assert "full_employment" not in swaps


def test_every_label_has_a_name_in_both_languages() -> None:
    told = {(row[0], row[1], row[2]) for row in rows(text("names"), 3)}
    for dimension, labels in economy.labels_by_dimension().items():
        assert set(labels) <= {label for label, *_ in told}, dimension
    assert {
        ("SH", "Shanghai", "上海"),
        ("ELE", "Electricity & heat", "电力、热力的生产和供应"),
    } <= told
    without = [label for label, english, chinese in told if english == chinese]
    assert not without


def test_every_key_has_a_meaning_and_examples_of_both_kinds() -> None:
    """That the right ones load and the wrong ones do not, the page asserts when it is made."""
    page = text("scenario_keys")
    told = [row[0] for row in rows(page, 5) if row[0] != "key"]
    expected = [key for part in schema.PARTS for key in part.of.model_fields]
    assert sorted(told) == sorted([*expected, EXTENDS])
    for part in schema.PARTS:
        assert set(schema.examples()[part.name]) == {
            key.name for key in schema.keys(part.of, schema.OF_SCENARIOS)
        }
    answers = [row for row in rows(page, 3) if row[0].count(":")]
    assert len(answers) >= len(told)
    assert all(answer[2] for answer in answers)


def test_every_key_of_the_other_files_is_told() -> None:
    told = [row[0] for row in rows(text("file_keys"), 5) if row[0] != "key"]
    titles = (schema.OF_ENSEMBLES, schema.OF_PROJECTS)
    expected = [key.name for each in titles for of in each for key in schema.keys(of, each)]
    assert told == expected
    assert {"uncertain", "as", "law", "provinces", "amount"} <= set(told)


@pytest.mark.parametrize("part", schema.PARTS, ids=lambda part: part.name)
def test_numbers_of_a_key_have_a_unit(part: schema.Part) -> None:
    for key in schema.keys(part.of, schema.OF_SCENARIOS):
        assert key.unit != "-" or "number" not in key.words or key.name == "assumptions", key


def test_every_file_of_assumptions_is_told_with_its_sources(repository: Path) -> None:
    files = {file.stem for file in (repository / "calibration" / "data").glob("*.csv")}
    assert set(assumptions.tables()) == files
    overview = {row[0]: row for row in rows(text("assumptions"), 7)}
    for name, table in assumptions.tables().items():
        (row,) = [row for key, row in overview.items() if f"[`{name}`]" in f"[`{key[2:]}"]
        assert int(row[2]) == len(table) == sum(map(int, row[3:]))
        assert {each.source.replace("|", r"\|") for each in table} <= set(
            row[0] for row in rows(text("assumptions"), 3)
        )


def test_every_equation_and_block_is_told_once() -> None:
    page = text("m3c_equations")
    assert page.count("\n$$\n") == 2 * len(equations.equations())
    model = equations.model()
    families = (*model.commodities.values(), *model.activities.values(), *model.agents.values())
    for family in (*families, *model.auxiliaries.values()):
        assert family.meaning, family.name
        heading = rf"^### `{family.name}[\[`].*: {re.escape(family.meaning)}$"
        assert len(re.findall(heading, page, re.MULTILINE)) == 1


def test_long_sums_are_broken_and_nothing_is_lost() -> None:
    notation = equations.equations().notation
    (market,) = equations.of_block("PA")
    shown = equations.mathematics(market, notation)
    assert shown.count(r"\\") >= 3

    def bare(latex: str) -> str:
        return re.sub(r"\\qquad|\\quad|\\begin{aligned}|\\end{aligned}|\\\\|{}|[&$\s]", "", latex)

    assert bare(shown) == bare(market.latex(notation))


def test_every_command_is_told() -> None:
    told = re.findall(r"^## `(cge[\w -]*)`$", text("commands"), re.M)
    assert told == [name for name, _ in commands.helps()]
    assert {"cge", "cge run", "cge data build", "cge scenario validate"} <= set(told)


def test_stored_panels_are_drawn_as_they_were() -> None:
    series = [Series(("one", "一"), [2020, 2021], [1.0, None], COLOURS[0], "dash")]
    panel = Exhibit("path-x", ("X, nation", "全国X"), ("Gt", "十亿吨"), "lines", series)
    (again,) = pictures.exhibits(pictures.stored([panel]))
    assert (again.key, again.title[0], again.unit[0]) == ("path-x", "X, nation", "Gt")
    assert (again.series[0].y, again.series[0].dash) == ([1.0, None], "dash")


def test_the_home_page_has_the_shipped_scenarios_to_the_last_year() -> None:
    table = pd.read_csv(pictures.PATHS)
    assert list(table["panel"].unique()) == list(pictures.PANELS)
    assert table.groupby("panel").size().eq(4).all()
    assert table["2060"].notna().all()
    net = table[table["panel"] == "path-co2_net"].set_index("series")["2060"]
    assert net["Enhanced carbon neutrality"] < net["Current policies"] < net["Baseline"]
    assert b"Net CO" in pictures.paths()


def test_files_that_do_not_change_are_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogues, "PAGES", {"a": lambda: "# A\n"})
    monkeypatch.setattr(catalogues, "PICTURES", {"b.svg": lambda: b"<svg/>"})
    (tmp_path / "stale.md").write_text("old")
    catalogues.write(tmp_path)
    (tmp_path / "a.md").chmod(0o444)
    before = (tmp_path / "a.md").stat().st_mtime_ns
    catalogues.write(tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["a.md", "b.svg"]
    assert (tmp_path / "a.md").stat().st_mtime_ns == before


def test_what_a_page_loads_from_elsewhere_is_found(tmp_path: Path) -> None:
    page = (
        '<link rel="stylesheet" href="https://a.org/a.css"><link rel="canonical" href="https://b">'
        '<script src="//c.org/c.js"></script><script src="_static/d.js"></script>'
        '<a href="https://e.org">e</a><img src="e.png"><style>@import url("http://f.org/f")</style>'
        '<p style="background: url(https://g.org/g.png)">'
    )
    found = ["https://a.org/a.css", "//c.org/c.js", "https://g.org/g.png", "http://f.org/f"]
    assert offline.loaded(page) == found
    (tmp_path / "a.html").write_text("<p>alone")
    (tmp_path / "a.css").write_text("@font-face {src: url(https://h.org/h.woff)}")
    assert [address for _, address in offline.reaching_out(tmp_path)] == ["https://h.org/h.woff"]
