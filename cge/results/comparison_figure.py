"""A comparison as a figure: a panel for each variable, with levels and per cent over the years."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from cge.results.plots import COLOURS, GREY
from cge.results.plots.plain import entitle, unframed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from cge.results.comparison import Comparison

MOST = 6
"""Most variables that a figure shows."""


def comparison_figure(comparison: Comparison) -> Figure:
    """Levels of all pathways above, what the others have more or less below: in per cent, or where
    the first has nothing in the unit.

    The first region, and the first label of other dimensions, are shown.
    """
    variables = comparison.variables[:MOST]
    figure = Figure(figsize=(3.4 * len(variables) + 0.4, 5.6), layout="constrained")
    rows = figure.subplots(2, len(variables), squeeze=False, sharex=True)
    for k, variable in enumerate(variables):
        part = comparison.table[comparison.table["variable"] == variable]
        place = part[["region", *comparison.by]].iloc[0]
        part = part[(part[place.index] == place).all(axis=1)]
        told = [comparison.names.of(str(dim), str(label)) for dim, label in place.items()]
        _panel(rows[0][k], comparison, part, "value")
        rows[0][k].set_ylabel(str(part["unit"].iloc[0]))
        entitle(rows[0][k], comparison.meaning(variable))
        relative = part["per_cent"].notna().any()
        _panel(rows[1][k], comparison, part, "per_cent" if relative else "difference")
        unit = "%" if relative else part["unit"].iloc[0]
        rows[1][k].set_ylabel(f"{unit} against {comparison.reference.replace('_', ' ')}")
        rows[1][k].axhline(0.0, color=GREY, linewidth=0.8)
        rows[1][k].set_xlabel(", ".join(told))
    figure.legend(
        *rows[0][0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=len(comparison.paths),
        frameon=False,
    )
    return figure


def _panel(axes: Axes, comparison: Comparison, part: pd.DataFrame, measure: str) -> None:
    """A line for each pathway."""
    for colour, name in zip(COLOURS, comparison.paths, strict=False):
        if measure != "value" and name == comparison.reference:
            continue
        line = part[part["scenario"] == name]
        axes.plot(line["year"], line[measure], color=colour, label=name.replace("_", " "))
    unframed(axes)
