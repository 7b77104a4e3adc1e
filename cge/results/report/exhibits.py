"""What a report shows: figures with the numbers behind them, tables, and words in two languages.

A figure is data first: its table is made from the same series, so that nothing is lost where no
script runs. How it looks is a specification of plotly.js, plain values for JSON.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from cge.results.names import LANGUAGES, Language

Text = tuple[str, str]
"""The same in English and Chinese."""

Kind = Literal["lines", "stack", "bars", "heat", "sankey"]

FONT: Final = (
    "system-ui, 'Segoe UI', 'Noto Sans', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"
)
INK: Final = "#1b2733"
GRID: Final = "#dfe5ea"

_WIDE: Final = {",": "\uff0c", ":": "\uff1a", ";": "\uff1b", "(": "\uff08", ")": "\uff09"}

_WORD: Final = re.compile(r"[^\W\d_]{2}")


def same(text: str) -> Text:
    """What is written alike in both languages."""
    return (text, text)


def chosen(text: Text, language: Language) -> str:
    """A text in a language."""
    return typeset(text[LANGUAGES.index(language)])


def typeset(text: str) -> str:
    """A text with the wide punctuation of Chinese where it has Chinese."""
    if not re.search("[\u4e00-\u9fff]", text):
        return text
    return re.sub(r"(?<!\d)[,:;]|[,:;](?!\d)|[()]", lambda found: _WIDE[found[0]], text)


@dataclass(frozen=True)
class Series:
    """Values of one thing over years or categories.

    Attributes:
        name: what it is.
        x: years, or categories.
        y: values; None where there is none.
        colour: as CSS has it.
        dash: ``solid``, ``dash`` or ``dot``.
        line: whether it is a line on top of a stack.
    """

    name: Text
    x: Sequence[int | Text]
    y: Sequence[float | None]
    colour: str
    dash: str = "solid"
    line: bool = False


@dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
        caption: what it shows.
        head: headings of columns.
        rows: cells; the first of a row is its heading.
        folded: whether a reader unfolds it.
    """

    caption: Text
    head: Sequence[Text]
    rows: Sequence[Sequence[Text]]
    folded: bool = False

    def words(self, column: int) -> bool:
        """Whether a column holds words rather than numbers."""
        return any(_WORD.search(cell) for row in self.rows for cell in row[column][:1])


@dataclass(frozen=True)
class Exhibit:
    """A figure and its numbers.

    Attributes:
        key: name in the page.
        title: what it shows.
        unit: unit of the values.
        kind: how it is drawn.
        series: what is drawn; rows of a heat map.
        links: flows of a Sankey diagram: from, to, size.
        note: what a reader has to know.
        wide: whether it takes the whole width.
        years: years of its table; all categories where there are none.
    """

    key: str
    title: Text
    unit: Text
    kind: Kind
    series: Sequence[Series] = ()
    links: Sequence[tuple[Text, Text, float]] = ()
    note: Text = ("", "")
    wide: bool = False
    years: Sequence[int] = ()
    tones: Mapping[str, str] = field(default_factory=dict)

    @property
    def drawn(self) -> list[Series]:
        """Series that can be seen: those of a stack that make a five hundredth of it or more."""
        sizes = {
            id(one): max((abs(value) for value in one.y if value is not None), default=0.0)
            for one in self.series
        }
        least = 0.002 * max(sizes.values(), default=0.0) if self.kind == "stack" else -1.0
        return [one for one in self.series if sizes[id(one)] > least]

    @property
    def step(self) -> int:
        """Years between those that an axis names."""
        years = [x for x in self.series[0].x if isinstance(x, int)]
        span = years[-1] - years[0]
        return 10 if span > 15 else 5 if span > 7 else 1

    def table(self) -> Table:
        """The numbers of the figure."""
        caption = (f"{self.title[0]}, {self.unit[0]}", f"{self.title[1]}({self.unit[1]})")
        if self.kind == "sankey":
            head = [("From", "从"), ("To", "到"), self.unit]
            rows = [[start, end, same(number(size))] for start, end, size in self.links]
            return Table(caption, head, rows)
        shown = [x for x in self.series[0].x if not self.years or x in self.years]
        texts = [x if isinstance(x, tuple) else same(str(x)) for x in shown]
        if self.kind == "bars":  # categories down, series across
            columns = [dict(zip(one.x, one.y, strict=True)) for one in self.series]
            rows = [
                [text, *(same(number(column[x])) for column in columns)]
                for text, x in zip(texts, shown, strict=True)
            ]
            return Table(caption, [("", ""), *(one.name for one in self.series)], rows)
        rows = []
        for one in self.series:
            known = dict(zip(one.x, one.y, strict=True))
            rows.append([one.name, *cells([known.get(x) for x in shown])])
        return Table(caption, [("", ""), *texts], rows)

    def specification(self, language: Language) -> dict[str, Any]:
        """Data and layout for plotly.js."""
        draw = {"heat": self._heat, "sankey": self._sankey, "bars": self._bars}
        data = draw.get(self.kind, self._over_years)(language)
        return {"data": data, "layout": self._layout(language)}

    def _over_years(self, language: Language) -> list[dict[str, Any]]:
        """Lines, on each other in a stack."""
        traces = []
        for one in self.drawn:
            trace: dict[str, Any] = {
                "type": "scatter",
                "mode": "lines",
                "name": chosen(one.name, language),
                "x": list(one.x),
                "y": [_short(value) for value in one.y],
                "line": {"color": one.colour, "dash": one.dash, "width": 2.5},
                "hovertemplate": "%{y:,.4~g}",
            }
            if self.kind == "stack" and not one.line:
                below = any(value is not None and value < -1e-9 for value in one.y)
                trace |= {"stackgroup": "below" if below else "above", "fillcolor": one.colour}
                trace["line"] = {"color": "#ffffff", "width": 0.5}
            traces.append(trace)
        return traces

    def _bars(self, language: Language) -> list[dict[str, Any]]:
        """Horizontal bars, the first category on top."""
        return [
            {
                "type": "bar",
                "orientation": "h",
                "name": chosen(one.name, language),
                "y": [chosen(x, language) if isinstance(x, tuple) else str(x) for x in one.x],
                "x": [_short(value) for value in one.y],
                "marker": {"color": one.colour},
                "hovertemplate": "%{x:,.4~g}",
            }
            for one in self.series
        ]

    def _heat(self, language: Language) -> list[dict[str, Any]]:
        """A matrix with its numbers in the cells; rows from the top."""
        columns = [
            chosen(x, language) if isinstance(x, tuple) else str(x) for x in self.series[0].x
        ]
        values = [[_short(value) for value in one.y] for one in self.series]
        tones = [[math.sqrt(max(value or 0.0, 0.0)) for value in row] for row in values]
        return [
            {
                "type": "heatmap",
                "x": columns,
                "y": [chosen(one.name, language) for one in self.series],
                "z": tones,
                "text": [[number(value) for value in row] for row in values],
                "texttemplate": "%{text}",
                "colorscale": [[0.0, "#f4f8fb"], [0.5, "#8fc1df"], [1.0, "#0b4f83"]],
                "showscale": False,
                "hovertemplate": "%{y} → %{x}: %{text}<extra></extra>",
            }
        ]

    def _sankey(self, language: Language) -> list[dict[str, Any]]:
        """Flows between nodes, in the order in which they are named first."""
        nodes = list(dict.fromkeys(end for a, b, _ in self.links for end in (a, b)))
        tones = [self.tones.get(node[0], "#8a97a3") for node in nodes]
        return [
            {
                "type": "sankey",
                "valueformat": ",.3~g",
                "valuesuffix": f" {chosen(self.unit, language)}",
                "textfont": {"size": 12, "color": INK},
                "node": {
                    "label": [chosen(node, language) for node in nodes],
                    "color": tones,
                    "pad": 14,
                    "thickness": 14,
                    "line": {"width": 0},
                },
                "link": {
                    "source": [nodes.index(a) for a, _, _ in self.links],
                    "target": [nodes.index(b) for _, b, _ in self.links],
                    "value": [_short(size) for _, _, size in self.links],
                    "color": [f"{tones[nodes.index(a)]}59" for a, _, _ in self.links],
                },
            }
        ]

    def _layout(self, language: Language) -> dict[str, Any]:
        """Legend below the data, unit above the axis, nothing over the numbers."""
        unit = chosen(self.unit, language)
        tall = {"sankey": 560, "bars": 140 + 20 * len(self.series[0].x) if self.series else 0}
        base: dict[str, Any] = {
            "height": tall.get(self.kind, 400),
            "margin": {"l": 10, "r": 28, "t": 34, "b": 10},
            "font": {"family": FONT, "size": 13, "color": INK},
            "paper_bgcolor": "#ffffff",
            "plot_bgcolor": "#ffffff",
            "hoverlabel": {"font": {"family": FONT}},
        }
        if self.kind == "sankey":
            return base
        axis = {
            "automargin": True,
            "gridcolor": GRID,
            "zerolinecolor": "#6b7885",
            "linecolor": GRID,
        }
        legend = {"orientation": "h", "x": 0, "y": -0.12, "yanchor": "top", "traceorder": "normal"}
        above = {
            "text": unit, "x": 0, "y": 1, "xref": "paper", "yref": "paper", "xanchor": "left",
            "yanchor": "bottom", "showarrow": False, "yshift": 6,
        }  # fmt: skip
        if self.kind == "heat":
            return {**base, "annotations": [above], "xaxis": {**axis, "side": "bottom"},
                    "yaxis": {**axis, "autorange": "reversed"}}  # fmt: skip
        if self.kind == "bars":
            return {
                **base,
                "annotations": [above],
                "xaxis": axis,
                "yaxis": {**axis, "autorange": "reversed", "dtick": 1, "gridcolor": "#ffffff"},
                "legend": {**legend, "y": -0.06},
                "bargap": 0.3,
                "showlegend": len(self.series) > 1,
            }
        return {
            **base,
            "annotations": [above],
            "xaxis": {**axis, "gridcolor": "#ffffff", "dtick": self.step, "hoverformat": "d"},
            "yaxis": axis,
            "legend": legend,
            "hovermode": "x unified",
            "showlegend": True,
        }


@dataclass(frozen=True)
class Section:
    """A chapter of the report.

    Attributes:
        key: name in the page.
        title: heading.
        text: paragraphs.
        tables: tables that are always open.
        exhibits: figures.
    """

    key: str
    title: Text
    text: Sequence[Text] = ()
    tables: Sequence[Table] = ()
    exhibits: Sequence[Exhibit] = ()


def cells(told: Sequence[float | None]) -> list[Text]:
    """Numbers of a row, with as many decimals as the largest calls for."""
    sizes = [abs(value) for value in told if value is not None and math.isfinite(value)]
    digits = _digits(max(sizes, default=0.0))
    return [same(number(value, digits)) for value in told]


def _digits(size: float) -> int:
    """Decimals that make three digits or so."""
    return 0 if size >= 100 or size < 0.005 else 1 if size >= 10 else 2


def number(value: float | None, digits: int | None = None) -> str:
    """A number for readers: three digits or so, thousands apart, no minus zero.

    Arguments:
        value: the number; None and what is no number are a dash.
        digits: decimals; by its size where they are not told.
    """
    if value is None or not math.isfinite(value):
        return "–"
    if digits is None:
        digits = _digits(abs(value))
    return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def _short(value: float | None) -> float | None:
    """Six digits are enough for the eye, and keep the file small."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.6g}")
