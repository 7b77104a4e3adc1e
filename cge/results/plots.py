"""Figures of a run: emissions with the carbon price, GDP, and what makes electricity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from cge.results.headline import headline, title, totals

if TYPE_CHECKING:
    from cge.path import Pathway

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
"""Okabe and Ito's palette, which colour-blind readers can tell apart."""

GREY = "#777777"

TECHNOLOGIES = {
    "coal": "#4d4d4d", "coal capture": "#8c8c8c", "gas": "#D55E00", "gas capture": "#f0a06a",
    "oil": "#7a3b12", "nuclear": "#CC79A7", "hydro": "#0072B2", "onshore wind": "#56B4E9",
    "offshore wind": "#2f8fbf", "utility solar": "#E69F00", "distributed solar": "#F0E442",
    "biomass": "#009E73", "bioenergy capture": "#66c2a5",
}  # fmt: skip
"""Colours of technologies by name."""


def emissions_and_price(paths: Sequence[Pathway]) -> Figure:
    """Emissions of a group and of the nation, gross, net and capped, and the price of a permit.

    Arguments:
        paths: solved paths, the baseline first.
    """
    figure = Figure(figsize=(13, 4.2), layout="constrained")
    *areas, prices = figure.subplots(1, 3)
    for axes, region in zip(areas, _two_areas(paths[0]), strict=True):
        _emissions(axes, paths, region)
    _prices(prices, paths[-1])
    return figure


def gdp(paths: Sequence[Pathway]) -> Figure:
    """Real GDP by region, and its change against the baseline.

    Arguments:
        paths: solved paths, the baseline first.
    """
    baseline, *others = (headline(path) for path in paths)
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    levels, changes = figure.subplots(1, 2)
    for colour, region in zip(COLOURS, baseline["region"].to_numpy(), strict=False):
        line = baseline["gdp_real"].sel(region=region)
        name = title(paths[0].geography, str(region))
        levels.semilogy(line["year"], line / 1e4, color=colour, label=name)
        for other in others:
            change = 100.0 * (other["gdp_real"].sel(region=region) / line - 1.0)
            changes.plot(change["year"], change, color=colour)
    first = paths[0].scenario
    _frame(levels, f"Real GDP, {first.name}", f"trillion yuan at {first.first} prices")
    levels.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    levels.yaxis.set_major_formatter("{x:g}")
    levels.yaxis.set_minor_formatter(NullFormatter())
    other_name = paths[-1].scenario.name.replace("_", " ") if others else "no other scenario"
    _frame(changes, f"Real GDP, {other_name}", "% against the baseline")
    changes.axhline(0.0, color=GREY, linewidth=0.8)
    levels.legend(frameon=False, fontsize="small", ncols=2)
    return figure


def electricity(paths: Sequence[Pathway]) -> Figure:
    """Generation and capacity of the nation by technology, in the first and in the last path.

    Arguments:
        paths: solved paths, the baseline first.
    """
    shown = list(dict.fromkeys((0, len(paths) - 1)))
    figure = Figure(figsize=(13, 4.2 * len(shown)), layout="constrained")
    rows = figure.subplots(len(shown), 2, squeeze=False)
    for (made, stands), place in zip(rows, shown, strict=True):
        path = paths[place]
        name = path.scenario.name.replace("_", " ")
        _stacked(made, path.data["generation_twh"] / 1e3, f"Electricity, {name}", "PWh a year")
        _stacked(stands, path.data["capacity"] / 1e3, f"Capacity, {name}", "TW")
    rows[0][1].legend(
        *(part[::-1] for part in rows[0][1].get_legend_handles_labels()),
        frameon=False, fontsize="small", loc="upper left",
    )  # fmt: skip
    return figure


def _stacked(axes: Axes, data: xr.DataArray, heading: str, unit: str) -> None:
    """Technologies of a report on each other, over all regions."""
    total = data.sum("region").transpose("technology", "year")
    names = [str(name).replace("_", " ") for name in total["technology"].to_numpy()]
    colours = [TECHNOLOGIES.get(name, GREY) for name in names]
    axes.stackplot(total["year"], total.to_numpy(), labels=names, colors=colours)
    _frame(axes, heading, unit)


def _two_areas(path: Pathway) -> list[str]:
    """The first group of regions and the nation; without groups the nation and its first region."""
    shown = [str(name) for name in path.data["region"].to_numpy()]
    *groups, nation = totals(path.geography, shown)
    return [groups[0], nation] if groups else [nation, shown[0]]


def _emissions(axes: Axes, paths: Sequence[Pathway], region: str) -> None:
    """Gross emissions of all paths; net ones and the cap of the last."""
    shown = [str(name) for name in paths[0].data["region"].to_numpy()]
    for path, style in zip(paths, ("--", "-"), strict=False):
        gross = headline(path)["co2_direct"].sel(region=region)
        label = f"{path.scenario.name.replace('_', ' ')}, before removal"
        colour = GREY if style == "--" else COLOURS[0]
        axes.plot(gross["year"], gross / 1e3, style, color=colour, label=label)
    if paths[-1].scenario.pools:
        net = headline(paths[-1])["co2_net"].sel(region=region)
        axes.plot(net["year"], net / 1e3, color=COLOURS[2], label="after removal")
        members = totals(paths[-1].geography, shown).get(region, [region])
        cap = paths[-1].data["cap"].sel(region=members)
        total = cap.sum("region", skipna=False)  # year, missing where a region has no cap
        axes.plot(total["year"], total / 1e3, ":", color=COLOURS[1], label="cap before removal")
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    _frame(axes, f"Direct CO2, {title(paths[0].geography, region)}", "Gt a year")
    axes.legend(frameon=False, fontsize="small")


def _prices(axes: Axes, path: Pathway) -> None:
    """One line per pool, and a note where there is none."""
    for colour, pool in zip(COLOURS, path.scenario.pools, strict=False):
        price: xr.DataArray = path.data["carbon_price"].sel(region=pool.regions[0])
        axes.plot(price["year"], price, color=colour, label=pool.name)
    _frame(axes, "Price of a permit", "yuan per ton of CO2")
    if path.scenario.pools:
        axes.legend(frameon=False, fontsize="small")
    else:
        axes.text(0.5, 0.5, "no caps", ha="center", transform=axes.transAxes)


def _frame(axes: Axes, heading: str, unit: str) -> None:
    axes.set_title(heading, loc="left", fontsize="medium")
    axes.set_ylabel(unit)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
