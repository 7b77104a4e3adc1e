"""Fan charts: the median of a quantity over the years, and ranges that hold most draws."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cge.results.plots import COLOURS, GREY
from cge.results.plots.plain import entitle, unframed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from cge.ensemble.outcomes import Measure, Outcomes

MOST, ACROSS = 12, 3
"""Most panels of a figure, and panels in a row."""

RANGES = ((0.05, 0.95, 0.15), (0.25, 0.75, 0.3))
"""Ranges that are shaded: lower and upper probability, and how dark."""


def fans(outcomes: Outcomes, measure: Measure, variables: Sequence[str] = ()) -> Figure:
    """A panel for each variable, with a fan for each scenario and closure.

    Arguments:
        outcomes: results of an ensemble; of each variable the first region is shown.
        measure: levels, or per cent against the baseline of the same draw.
        variables: those that are kept by default, as far as there is room.
    """
    tables = {
        name: outcomes.quantiles([name], measure=measure)
        for name in (variables or outcomes.variables)
    }
    shown = [(name, table) for name, table in tables.items() if not table.empty][:MOST]
    across = max(min(ACROSS, len(shown)), 1)
    down = max(ceil(len(shown) / across), 1)
    figure = Figure(figsize=(4.2 * across, 3.2 * down + 0.4), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes, (name, table) in zip(panels, shown, strict=False):
        _fan(axes, table[table["region"] == table["region"].iloc[0]])
        entitle(axes, outcomes.meaning(name))
        against = f" against {outcomes.baseline.replace('_', ' ')}"
        unit = outcomes.unit(name, measure)
        axes.set_ylabel(f"{unit}{against}" if measure == "per_cent" else unit)
        axes.set_xlabel(str(table["region"].iloc[0]))
    for axes in panels[len(shown) :]:
        axes.remove()
    if shown:
        lines, labels = panels[0].get_legend_handles_labels()
        figure.legend(lines, labels, loc="outside lower center", ncols=3, frameon=False)
    return figure


def _fan(axes: Axes, table: pd.DataFrame) -> None:
    """Fans of all scenarios and closures."""
    several = table["closure"].nunique() > 1
    groups = table.groupby(["closure", "scenario"], sort=False)
    for k, ((closure, scenario), rows) in enumerate(groups):
        colour = COLOURS[k % len(COLOURS)]
        name = str(scenario).replace("_", " ")
        label = f"{name} ({closure})" if several else name
        for low, high, dark in RANGES:
            ends = rows[f"{low:g}"], rows[f"{high:g}"]
            axes.fill_between(rows["year"], *ends, color=colour, alpha=dark, linewidth=0)
        axes.plot(rows["year"], rows["0.5"], color=colour, label=label)
    if table["0.05"].min() < 0.0 < table["0.95"].max():
        axes.axhline(0.0, color=GREY, linewidth=0.8)
    unframed(axes)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
