"""The pictures of the pages, drawn by the build from numbers that are stored beside the pages.

A full run takes too long for a build. So the panels of a figure (``cge.results.plots``) are stored
as a table, a line for each series, by ``python docs/confrontation.py --solve``, and drawn from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from cge.results.plots import content, drawn
from cge.results.plots.figures import FIGURES
from cge.results.report.exhibits import Exhibit, Series, same
from cge.results.report.numbers import Run

if TYPE_CHECKING:
    from cge.path import Pathway

PATHS = Path(__file__).parents[1] / "paths.csv"
"""Where the panels of the home page's figure are stored."""

PANELS = ("path-co2_net", "path-carbon_price", "path-gdp_real", "path-electricity_demand")
"""Panels of the figure ``comparison`` that the home page shows."""

_ABOUT = ("panel", "title", "unit", "series", "colour", "dash")


def store(paths: Sequence[Pathway], file: Path = PATHS) -> None:
    """Store the panels of the nation in every scenario.

    Arguments:
        paths: solved paths, the baseline first.
        file: where to.
    """
    panels = {each.key: each for each in FIGURES["comparison"].panels(Run.of(paths))}
    table = stored(panels[key] for key in PANELS)
    table.to_csv(file, index=False, float_format="%.6g", lineterminator="\n")


def stored(exhibits: Iterable[Exhibit]) -> pd.DataFrame:
    """Panels as a table: a line for each series, a column for each year."""
    rows = [
        dict(zip(_ABOUT, (e.key, e.title[0], e.unit[0], s.name[0], s.colour, s.dash), strict=True))
        | dict(zip(map(str, s.x), s.y, strict=True))
        for e in exhibits
        for s in e.series
    ]
    return pd.DataFrame(rows)


def exhibits(table: pd.DataFrame) -> list[Exhibit]:
    """The panels that a table holds."""
    years = [int(name) for name in table.columns if name not in _ABOUT]
    found = []
    for key, rows in table.groupby("panel", sort=False):
        series = [
            Series(same(row["series"]), years, _values(row, years), row["colour"], row["dash"])
            for _, row in rows.iterrows()
        ]
        about = rows.iloc[0]
        found.append(Exhibit(str(key), same(about["title"]), same(about["unit"]), "lines", series))
    return found


def _values(row: pd.Series, years: Sequence[int]) -> list[float | None]:
    return [None if pd.isna(row[str(year)]) else float(row[str(year)]) for year in years]


def paths() -> bytes:
    """The nation in the shipped scenarios: emissions, price of carbon, GDP, electricity."""
    return content(drawn(exhibits(pd.read_csv(PATHS))), "svg")


PICTURES: Mapping[str, Callable[[], bytes]] = {"paths.svg": paths}
"""Pictures by the name of their file."""
