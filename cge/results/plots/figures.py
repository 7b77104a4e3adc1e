"""Which figures there are, and the panels of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from cge.results.names import Language
from cge.results.plots.panels import FigureError, drawn
from cge.results.report import carbon, economy, energy, overview
from cge.results.report.exhibits import Exhibit
from cge.results.report.numbers import Run

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from cge.path import Pathway

Panels = Callable[[Run], Sequence[Exhibit]]


@dataclass(frozen=True)
class Kind:
    """A figure that there is.

    Attributes:
        meaning: what it shows.
        panels: its panels, from the paths.
    """

    meaning: str
    panels: Panels


def _comparison(run: Run) -> Sequence[Exhibit]:
    """The nation in every scenario: carbon, its price, electricity, energy, product, welfare."""
    return overview.paths_of_nation(run)


def _emissions_and_price(run: Run) -> Sequence[Exhibit]:
    """Emissions of the last path in two areas, and the price of a permit."""
    return [
        *(each for each in carbon.emissions(run).exhibits if each.key.startswith("co2-last")),
        *carbon.market(run).exhibits[:1],
    ]


FIGURES: Final[Mapping[str, Kind]] = {
    "emissions": Kind(
        "CO2 by source against the cap, by scenario", lambda run: carbon.emissions(run).exhibits
    ),
    "price": Kind(
        "price of a permit, worth of permits, capture and removal",
        lambda run: carbon.market(run).exhibits,
    ),
    "electricity": Kind(
        "generation and capacity by technology, by scenario",
        lambda run: [e for e in energy.electricity(run).exhibits if e.kind == "stack"],
    ),
    "energy": Kind(
        "primary energy by source, final energy by use and carrier",
        lambda run: [e for e in energy.energy(run).exhibits if e.kind == "stack"],
    ),
    "growth": Kind(
        "GDP of regions, and its uses, against the baseline",
        lambda run: economy.growth(run).exhibits,
    ),
    "sectors": Kind(
        "output of sectors against the baseline, and their CO2",
        lambda run: economy.sectors(run).exhibits,
    ),
    "provinces": Kind("CO2 and GDP of regions", lambda run: economy.provinces(run).exhibits),
    "trade": Kind(
        "whom CO2 arises for, and CO2 of electricity between regions",
        lambda run: carbon.trade(run).exhibits,
    ),
    "welfare": Kind(
        "welfare by region, spending and cost of living by household",
        lambda run: economy.welfare(run).exhibits,
    ),
    "investment": Kind(
        "investment in the transition by area", lambda run: economy.investment(run).exhibits
    ),
    "comparison": Kind("the nation in every scenario", _comparison),
}
"""Figures by name."""


def figure(name: str, paths: Sequence[Pathway], language: Language = "en") -> Figure:
    """Draw a figure.

    Arguments:
        name: one of ``FIGURES``.
        paths: solved paths; the first is what the others are compared with, the last is looked
            into.
        language: English or Chinese.

    Raises:
        FigureError: there is no such figure, or nothing to draw in it.
    """
    if name not in FIGURES:
        close = get_close_matches(name, FIGURES, n=1)
        meant = f"; did you mean {close[0]!r}?" if close else ""
        raise FigureError(f"there is no figure {name!r}{meant} There are {', '.join(FIGURES)}")
    panels = FIGURES[name].panels(Run.of(paths))
    if not panels:
        raise FigureError(
            f"figure {name!r}: these paths have nothing to draw in it; it shows "
            f"{FIGURES[name].meaning}"
        )
    return drawn(panels, language)


def emissions_and_price(paths: Sequence[Pathway]) -> Figure:
    """Emissions by source against the cap in two areas, and the price of a permit.

    Arguments:
        paths: solved paths, the baseline first.
    """
    return drawn(_emissions_and_price(Run.of(paths)))


def gdp(paths: Sequence[Pathway]) -> Figure:
    """GDP and its uses against the baseline, or its levels where there is no other path.

    Arguments:
        paths: solved paths, the baseline first.
    """
    return figure("growth", paths)


def electricity(paths: Sequence[Pathway]) -> Figure:
    """Generation and capacity by technology of every path; nothing of paths that report neither.

    Arguments:
        paths: solved paths, the baseline first.
    """
    return figure("electricity", paths)
