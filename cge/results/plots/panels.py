"""Panels of a figure: exhibits drawn with matplotlib, for a page of a paper.

Two panels stand side by side on the width of a page (180 mm). Each has its letter, its title, its
unit on the axis, and its legend below the data; where all panels show the same things one legend
stands below all of them. Text stays text in PDF and SVG. Equal data give equal files.
"""

from __future__ import annotations

import io
import math
import re
import string
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MultipleLocator
from matplotlib.transforms import offset_copy

from cge.results.colours import GREY
from cge.results.names import Language
from cge.results.report.exhibits import Exhibit, Text, chosen, number
from sam.writing import explained, reserved, write_set

FORMATS: Final = ("pdf", "svg", "png")
"""Formats of files."""

WIDTH, HEIGHT = 7.09, 2.7
"""Width of a page and height of a row of panels, inches."""

CHINESE: Final = (
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC",
    "WenQuanYi Micro Hei", "SimHei", "Noto Serif CJK SC",
)  # fmt: skip
"""Fonts that have Chinese, the first that is installed is used."""

_STYLE: Final[dict[Any, Any]] = {
    "font.size": 7.5,
    "axes.titlesize": 8.0,
    "axes.labelsize": 7.5,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "legend.fontsize": 6.8,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.4,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "pdf.fonttype": 42,
    "svg.fonttype": "none",
    "svg.hashsalt": "m3c-cge",
    "savefig.dpi": 300,
}

_DASHES: Final = {"solid": "-", "dash": "--", "dot": ":"}


class FigureError(ValueError):
    """There is no such figure, nothing to draw in it, no font for it, or no place to write it."""


def drawn(exhibits: Sequence[Exhibit], language: Language = "en") -> Figure:
    """A figure of some exhibits, a panel each.

    Arguments:
        exhibits: what to draw; flows are for the report only.
        language: English or Chinese.

    Raises:
        FigureError: no font for Chinese is installed.
    """
    with mpl.rc_context({**_STYLE, **_fonts(language)}):
        columns = 1 if len(exhibits) == 1 or exhibits[0].kind == "bars" else 2
        rows = [exhibits[k : k + columns] for k in range(0, len(exhibits), columns)]
        heights = [max(_height(exhibit) for exhibit in row) for row in rows]
        figure = Figure(
            figsize=(WIDTH if columns == 2 else 0.72 * WIDTH, sum(heights)),
            layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08),
        )
        grid = figure.subplots(len(rows), columns, squeeze=False, height_ratios=heights)
        places = grid.ravel()
        common = _common(exhibits)
        letters = string.ascii_lowercase if len(exhibits) > 1 else " "
        for axes, exhibit, letter in zip(places, exhibits, letters, strict=False):
            _panel(axes, exhibit, language, letter.strip(), legend=not common)
        for axes in places[len(exhibits) :]:
            axes.set_visible(False)
        if common:
            told = [axes.get_legend_handles_labels() for axes in places[: len(exhibits)]]
            of = {name: handle for pair in told for handle, name in zip(*pair, strict=True)}
            figure.legend(
                list(of.values()),
                list(of),
                loc="outside lower center",
                ncols=5 if len(of) == 5 else 4,
                frameon=False,
            )
    return figure


def content(figure: Figure, form: str, source: str = "") -> bytes:
    """The file of a figure.

    Arguments:
        figure: the figure.
        form: one of ``FORMATS``.
        source: what it was made from, kept among its metadata.
    """
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}, "png": {}}[form]
    key = {"pdf": "Subject", "svg": "Source", "png": "Source"}[form]
    said: dict[str, Any] = {**undated, **({key: source} if source else {})}
    picture = io.BytesIO()
    with mpl.rc_context(_STYLE):
        figure.savefig(picture, format=form, metadata=said)
    return picture.getvalue()


def save(figure: Figure, file: Path) -> Path:
    """Write a figure, in the format that the name of the file ends with.

    Raises:
        FigureError: it ends with no format of ``FORMATS``, or cannot be written.
    """
    return write(file.parent, {file.name: figure})[0]


def write(folder: Path, figures: Mapping[str, Figure]) -> list[Path]:
    """Write figures into a folder, all or none.

    Arguments:
        folder: created where it does not exist.
        figures: by the names of files, which end with a format of ``FORMATS``.

    Raises:
        FigureError: a name ends with none, or the folder cannot be written.
    """
    for name in figures:
        if Path(name).suffix.removeprefix(".") not in FORMATS:
            raise FigureError(f"{name}: name a file that ends with {', '.join(FORMATS)}")
    files = {
        name: content(figure, Path(name).suffix.removeprefix("."))
        for name, figure in figures.items()
    }
    with explained(FigureError, f"folder {folder}", "name another"), reserved(folder) as ours:
        return write_set(ours, files, replacing=files)


def _fonts(language: Language) -> dict[Any, Any]:
    if language == "en":
        return {}
    found = _chinese()
    if found is None:
        raise FigureError(
            f"no font for Chinese is installed; install one of {', '.join(CHINESE)} "
            "(on Debian the package fonts-noto-cjk)"
        )
    return {"font.family": [found, "DejaVu Sans"], "axes.unicode_minus": False}


def _chinese() -> str | None:
    """A font that has Chinese, among those that matplotlib knows, or else on the system."""
    if not (found := _known()):
        _search()
        found = _known()
    return found


def _known() -> str | None:
    """The first font for Chinese that matplotlib knows."""
    names = {font.name for font in font_manager.fontManager.ttflist}
    return next((name for name in CHINESE if name in names), None)


def _search() -> None:
    """Make fonts known that were installed since matplotlib last looked."""
    for file in font_manager.findSystemFonts():
        if re.search("CJK|YaHei|PingFang|WenQuan|SimHei|SourceHan", file):
            font_manager.fontManager.addfont(file)


def _height(exhibit: Exhibit) -> float:
    """Inches that a panel wants."""
    return 0.9 + 0.135 * len(exhibit.series[0].x) if exhibit.kind == "bars" else HEIGHT


def _common(exhibits: Sequence[Exhibit]) -> bool:
    """Whether one legend serves all panels: they show the same things, or nearly so."""
    told = [{one.name for one in exhibit.drawn} for exhibit in exhibits]
    every = set[Text]().union(*told)
    alike = len(every) <= max(map(len, told)) + 2 and min(map(len, told)) > len(every) / 2
    return len(exhibits) > 1 and alike and all(e.kind in ("lines", "stack") for e in exhibits)


def _panel(axes: Axes, exhibit: Exhibit, language: Language, letter: str, *, legend: bool) -> None:
    """Data, title with the letter, unit and legend of a panel."""
    draw = {"stack": _stack, "bars": _bars, "heat": _heat}.get(exhibit.kind, _lines)
    draw(axes, exhibit, language)
    width = 46 if language == "en" else 26
    axes.set_title(fill(chosen(exhibit.title, language), width), loc="left", pad=7)
    if letter:
        axes.annotate(
            letter, (0.0, 1.0), (-16.0, 9.0), xycoords="axes fraction",
            textcoords="offset points", fontweight="bold", fontsize=9.5,
        )  # fmt: skip
    if legend and exhibit.kind != "heat" and (len(exhibit.drawn) > 1 or exhibit.kind == "lines"):
        below = -32.0 if exhibit.kind == "bars" else -18.0
        axes.legend(
            loc="upper left", bbox_to_anchor=(0.0, 0.0), ncols=2, frameon=False,
            bbox_transform=offset_copy(
                axes.transAxes, axes.get_figure(root=True), y=below, units="points"
            ),
            borderaxespad=0.0, columnspacing=1.2, handlelength=1.6,
        )  # fmt: skip


def _over_years(axes: Axes, exhibit: Exhibit, language: Language) -> None:
    """Axes of a panel over the years."""
    axes.set_ylabel(chosen(exhibit.unit, language))
    axes.grid(axis="y", linewidth=0.4, alpha=0.5)
    axes.margins(x=0.0)
    axes.xaxis.set_major_locator(MultipleLocator(exhibit.step))
    low, high = axes.get_ylim()
    if low < 0.0 < high:
        axes.axhline(0.0, color=GREY, linewidth=0.6)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}".replace("-", "−"))


def _lines(axes: Axes, exhibit: Exhibit, language: Language) -> None:
    for one in exhibit.series:
        axes.plot(
            [int(str(x)) for x in one.x], _numbers(one.y), _DASHES[one.dash], color=one.colour,
            label=chosen(one.name, language),
        )  # fmt: skip
    _over_years(axes, exhibit, language)


def _stack(axes: Axes, exhibit: Exhibit, language: Language) -> None:
    """What is above zero and what is below on each other, lines over them."""
    solid = [one for one in exhibit.drawn if not one.line]
    above = [one for one in solid if min(_numbers(one.y)) > -1e-9]
    for part in (above, [one for one in solid if one not in above]):
        if part:
            axes.stackplot(
                [int(str(x)) for x in part[0].x], *(_numbers(one.y) for one in part),
                labels=[chosen(one.name, language) for one in part],
                colors=[one.colour for one in part], linewidth=0.3, edgecolor="white",
            )  # fmt: skip
    for one in (one for one in exhibit.series if one.line):
        years = [int(str(x)) for x in one.x]
        axes.plot(
            years, _numbers(one.y), _DASHES[one.dash], color=one.colour,
            label=chosen(one.name, language), linewidth=1.2,
        )  # fmt: skip
    _over_years(axes, exhibit, language)


def _bars(axes: Axes, exhibit: Exhibit, language: Language) -> None:
    """Horizontal bars, the first category on top."""
    names = [chosen(x, language) if isinstance(x, tuple) else str(x) for x in exhibit.series[0].x]
    places, thick = np.arange(len(names)), 0.8 / len(exhibit.series)
    for k, one in enumerate(exhibit.series):
        offset = (k - (len(exhibit.series) - 1) / 2.0) * thick
        axes.barh(
            places + offset, _numbers(one.y), thick, color=one.colour,
            label=chosen(one.name, language),
        )  # fmt: skip
    axes.set_yticks(places, names)
    axes.invert_yaxis()
    axes.margins(y=0.01)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(chosen(exhibit.unit, language))
    axes.axvline(0.0, color=GREY, linewidth=0.6)
    axes.grid(axis="x", linewidth=0.4, alpha=0.5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}".replace("-", "−"))


def _heat(axes: Axes, exhibit: Exhibit, language: Language) -> None:
    """A matrix with its numbers in the cells, coloured by their square roots."""
    table = np.array([_numbers(one.y) for one in exhibit.series])
    tones = np.sqrt(np.maximum(table, 0.0))
    axes.imshow(tones, cmap="Blues", aspect="auto", vmax=1.1 * max(tones.max(), 1e-9))
    for row, column in np.ndindex(table.shape):
        dark = tones[row, column] > 0.6 * tones.max()
        axes.text(
            column, row, number(float(table[row, column])), ha="center", va="center", fontsize=6.5,
            color="white" if dark else "black",
        )  # fmt: skip
    columns = [chosen(x, language) if isinstance(x, tuple) else str(x) for x in exhibit.series[0].x]
    axes.set_xticks(range(len(columns)), [fill(name, 9) for name in columns])
    axes.set_yticks(range(len(table)), [chosen(one.name, language) for one in exhibit.series])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(chosen(exhibit.unit, language))


def _numbers(values: Sequence[float | None]) -> list[float]:
    """Values that can be drawn; gaps where there is none."""
    return [math.nan if value is None else float(value) for value in values]
