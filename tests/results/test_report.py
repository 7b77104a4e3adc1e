"""The report: one page that fetches nothing, in two languages, with its numbers in tables."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import escape
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import plotly.graph_objects
import pytest

from cge.path import Pathway
from cge.results.report import report, sections
from cge.results.report.exhibits import Exhibit, number, typeset
from cge.results.report.numbers import Run
from tests.results.made_up import baseline_and_policy, made_up

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome")
     if (found := shutil.which(name))),
    None,
)  # fmt: skip
VOID = {"meta", "br", "img", "input", "link", "hr"}


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.slips: list[str] = []
        self.inside: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.slips.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            key = self.tags[-1][1].get("id") or f"script {self.getpos()[0]}"
            self.inside[key] = self.inside.get(key, "") + data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of all elements of a kind."""
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture(scope="module")
def paths() -> list[Pathway]:
    return baseline_and_policy()


@pytest.fixture(scope="module")
def text(paths: list[Pathway]) -> str:
    return report(paths, "0123456789ab")


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


@pytest.fixture(scope="module")
def exhibits(paths: list[Pathway]) -> list[Exhibit]:
    return [exhibit for each in sections(Run.of(paths)) for exhibit in each.exhibits]


def test_elements_are_closed_where_they_should_be(page: Page) -> None:
    assert not page.slips
    assert not page.open


def test_nothing_is_fetched(page: Page, text: str) -> None:
    for tag, attrs in page.tags:
        for name in ("src", "href", "data", "poster", "srcset"):
            assert not attrs.get(name) or str(attrs[name]).startswith("#"), (tag, attrs)
    policy = next(m for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy")
    assert str(policy["content"]).startswith("default-src 'none'")
    assert "@import" not in text
    assert len(text.encode()) < 15e6


def test_headings_and_figures_are_accessible(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    plots = [attrs for attrs in page.all("div") if "data-figure" in attrs]
    assert plots
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in plots)
    known = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(known) == len(set(known))
    links = {str(attrs["href"])[1:] for attrs in page.all("a")}
    assert links <= set(known)
    assert len(page.all("caption")) == len(page.all("table")) > len(plots)


def test_every_text_is_there_in_both_languages(page: Page) -> None:
    """Languages are switched by style, so that it works without scripts."""
    spans = [attrs for attrs in page.all("span") if attrs.get("lang")]
    english = [attrs for attrs in spans if attrs["lang"] == "en"]
    assert len(english) == len(spans) - len(english) > 50
    told = [attrs["id"] for attrs in page.all("input") if attrs.get("type") == "radio"]
    assert told == ["en", "zh"]


def test_the_numbers_of_every_figure_stand_below_it(exhibits: list[Exhibit], text: str) -> None:
    for exhibit in exhibits:
        table = exhibit.table()
        assert table.rows, exhibit.key
        assert f'id="figure-{exhibit.key}"' in text
        for row in table.rows:
            assert all(len(cell) == 2 for cell in row)


def test_figures_are_what_plotly_draws(page: Page, exhibits: list[Exhibit]) -> None:
    told: dict[str, Any] = json.loads(page.inside["figures"])
    assert set(told) == {exhibit.key for exhibit in exhibits}
    for both in told.values():
        for each in both.values():
            plotly.graph_objects.Figure(each)  # refuses what it does not know


def test_main_numbers_are_those_of_the_paths(paths: list[Pathway], text: str) -> None:
    net = float(paths[-1].data["co2_net"].sel(year=2060).sum()) / 1e3
    assert f"<strong>{number(net, 2)}</strong>" in text


def test_scenarios_are_described_in_both_languages(paths: list[Pathway], text: str) -> None:
    english, chinese = paths[-1].scenario.told
    assert english != chinese
    assert f'lang="en">{escape(english)}' in text
    assert f'lang="zh">{escape(typeset(chinese))}' in text


def test_a_name_that_is_markup_stays_a_name(paths: list[Pathway]) -> None:
    scenario = paths[-1].scenario.model_copy(
        update={"name": "x", "description": "</script><b>bold</b>"}
    )
    text = report([paths[0], made_up(scenario)])
    assert "<b>bold" not in text
    assert "&lt;b&gt;bold" in text


def test_a_baseline_alone_has_a_report(paths: list[Pathway]) -> None:
    page = Page(report(paths[:1]))
    assert not page.slips


@pytest.mark.parametrize(
    ("value", "told"),
    [(1234.5, "1,234"), (-0.5, "−0.50"), (-1e-12, "0"), (float("nan"), "–"), (None, "–")],
)
def test_numbers_for_readers(value: float | None, told: str) -> None:
    assert number(value) == told


def test_chinese_has_its_own_punctuation() -> None:
    assert typeset("产出(十亿元):1,234,全国") == "产出\uff08十亿元\uff09\uff1a1,234\uff0c全国"
    assert typeset("yuan (2020): 1,234") == "yuan (2020): 1,234"


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium (make chromium)")
def test_a_browser_draws_it_without_errors(text: str, tmp_path: Path) -> None:
    """Every figure is drawn, nothing is asked of a network, nothing is said on the console."""
    file = tmp_path / "report.html"
    file.write_text(text, encoding="utf-8")
    command = [
        str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu",
        "--window-size=1280,2000", "--host-resolver-rules=MAP * ~NOTFOUND",
        "--enable-logging=stderr", "--dump-dom",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=20000", file.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0
    said = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    assert not said
    drawn = Page(done.stdout)
    plots = [attrs for attrs in drawn.all("div") if "data-figure" in attrs]
    assert plots
    undrawn = [attrs["id"] for attrs in plots if attrs.get("data-drawn") not in ("en", "zh")]
    assert not undrawn
    assert len([a for a in drawn.all("svg") if "main-svg" in str(a.get("class"))]) >= len(plots)
