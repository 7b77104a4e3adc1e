"""Figures for papers: the exhibits of the report, drawn for print.

A figure is a handful of panels with letters, full names, units on the axes and legends beside the
data; it is saved as PDF, SVG or PNG. ``FIGURES`` says which there are.

    from cge.results.plots import figure, save

    save(figure("electricity", [baseline, policy]), Path("electricity.pdf"))
"""

from cge.results.colours import COLOURS, GREY, TECHNOLOGIES
from cge.results.plots.figures import (
    FIGURES,
    electricity,
    emissions_and_price,
    figure,
    gdp,
)
from cge.results.plots.panels import FORMATS, FigureError, content, drawn, save, write

__all__ = [
    "COLOURS",
    "FIGURES",
    "FORMATS",
    "GREY",
    "TECHNOLOGIES",
    "FigureError",
    "content",
    "drawn",
    "electricity",
    "emissions_and_price",
    "figure",
    "gdp",
    "save",
    "write",
]
