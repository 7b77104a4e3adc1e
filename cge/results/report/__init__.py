"""The report of a run: one HTML file that opens anywhere, in English and Chinese.

Everything is in the file: plotly.js, figures, tables, style. Nothing is fetched, and a policy of
the page forbids it. Text is there at once: the library is run when the first figure comes into
view, or the page is printed, and other figures are drawn when there is time. Languages are switched
without scripts, by two buttons and style; where no script runs figures are not drawn, and the
numbers behind each stay, as on paper.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from cge.results.names import LANGUAGES
from cge.results.report import carbon, economy, energy, evidence, overview
from cge.results.report.exhibits import Exhibit, Section, typeset
from cge.results.report.numbers import Run

if TYPE_CHECKING:
    from cge.path import Pathway

__all__ = ["report", "sections"]


def report(paths: Sequence[Pathway], run: str = "") -> str:
    """The page of a run, or of scenarios beside each other.

    Arguments:
        paths: solved paths; the first is what others are compared with, the last is looked into.
        run: name of the run, which the page bears.
    """
    told = Run.of(paths)
    chapters = sections(told)
    name, first = told.scenario(told.last), told.base.scenario.first
    last = told.years(told.last)[-1]
    against = told.scenario(told.base)
    versus = (f", against {against[0]}", f",对比{against[1]}") if told.others else ("", "")
    numbered = (f" · run {run}", f" · 运行编号 {run}") if run else ("", "")
    page: str = _template().render(
        title=(f"M3C-CGE: {name[0]}", f"M3C-CGE:{name[1]}"),
        subtitle=(
            f"{first}–{last}{versus[0]}{numbered[0]}",
            f"{first}–{last}年{versus[1]}{numbered[1]}",
        ),
        sections=chapters,
        cards=overview.cards(told),
        scenario=told.last.scenario.to_yaml(),
        figures=Markup(_figures(chapters)),
        plotly=Markup(_plotly()),
        style=Markup(_file("style.css")),
        colophon=(
            "Made by M3C-CGE, a computable general equilibrium model of China's regions. Figures "
            "by plotly.js (MIT licence).",
            "由 M3C-CGE(中国多区域可计算一般均衡模型)生成。图表使用 plotly.js(MIT 许可)。",
        ),
    )
    return page


def sections(run: Run) -> list[Section]:
    """The chapters that have something to say."""
    chapters = [
        overview.asked(run),
        overview.main_numbers(run),
        carbon.emissions(run),
        carbon.market(run),
        energy.electricity(run),
        energy.energy(run),
        economy.growth(run),
        economy.provinces(run),
        economy.sectors(run),
        carbon.trade(run),
        economy.welfare(run),
        economy.investment(run),
        evidence.evidence(run),
        evidence.checks(run),
    ]
    return [each for each in chapters if each.text or each.tables or each.exhibits]


def _figures(chapters: Sequence[Section]) -> str:
    """Specifications of all figures by key and language, safe inside a script element."""
    exhibits: list[Exhibit] = [exhibit for each in chapters for exhibit in each.exhibits]
    told = {e.key: {name: e.specification(name) for name in LANGUAGES} for e in exhibits}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")


@cache
def _plotly() -> str:
    """The library that draws, as text that may stand inside a script element."""
    from plotly.offline import get_plotlyjs

    text: str = get_plotlyjs()
    return text.replace("</script", "<\\/script")


def _file(name: str) -> str:
    return resources.files("cge.results.report").joinpath(name).read_text("utf-8")


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    environment.filters["typeset"] = typeset
    return environment.from_string(_file("page.html.j2"))
