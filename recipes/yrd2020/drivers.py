r"""What moves the economy from 2020 to 2060: people, growth, work, capital, efficiency.

Population follows the statistics to 2024, the report's totals of the Delta afterwards (shares of
2024), and a projection of the nation elsewhere. Real growth is published to 2025; afterwards it
falls smoothly, never rising again, from one level to a lower one,

.. math:: \ln(1 + g_t) = h_\infty + \frac{d}{1 + e^{(t - \tau)/w}} ,

alike in all four provinces, with the width w assumed and :math:`h_\infty, d, \tau` such that growth
of 2025 is what is published and the Delta has the report's levels of 2030 and 2060. Its level of
2050 is not kept: from there to 2060 the report grows faster than from 2030 to 2050 (2.77 against
2.63 % a year), so a path through all three turns upwards; this one passes 4.5 % above. What sets a
region apart in 2025 fades with the same width, in the rest of China to a gap that stays,

.. math:: g_{rt} = g_t + \gamma_r + (g_{r,2025} - g_{2025} - \gamma_r) \, e^{-(t - 2025)/w} .

The capital stock of 2020 is what past investment and growth imply (Harberger),

.. math:: K = \frac{I / Y}{g + \delta}\, Y .
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import brentq

from recipes.yrd2020.inputs import Inputs, with_rest
from recipes.yrd2020.inventory import DATA, REGIONS
from recipes.yrd2020.sources import provincial_series
from sam.accounts import NATIONAL, RURAL, URBAN
from sam.errors import DatasetError

Array = npt.NDArray[np.float64]

YEARS = tuple(range(2020, 2061))
"""Years of the drivers."""

POOL = "YRD"
"""The four provinces together."""

NOTES = DATA / "driver_notes.csv"
"""Unit, source and quality of each driver by region and period."""

_PLACE = "drivers.csv"
"""A note with this source: each number has the source and the quality of its own row there."""

_LAST = 2024  # last year of the statistics
_GROWN = 2025  # last year whose growth is published
_KEPT = (2030, 2060)  # years whose levels of the report are kept


@dataclass(frozen=True, eq=False)
class Anchors:
    """Published or assumed values of single years.

    Attributes:
        table: columns ``region, variable, year, value, unit, source, quality``; ``*`` is all
            regions.
    """

    table: pd.DataFrame

    def rows(self, variable: str, region: str) -> pd.DataFrame:
        """Rows of a variable, by year.

        Raises:
            DatasetError: there are none.
        """
        mine = self.table["region"].isin((region, "*"))
        rows = self.table[mine & (self.table["variable"] == variable)].sort_values("year")
        if rows.empty:
            raise DatasetError(
                f"drivers.csv: no rows for {variable!r} in region {region!r}; add them"
            )
        return rows

    def path(self, variable: str, region: str, years: Sequence[int] = YEARS) -> Array:
        """Values by year, linear between anchors and constant outside them (year)."""
        rows = self.rows(variable, region)
        known = rows["year"].to_numpy(float), rows["value"].to_numpy(float)
        return np.asarray(np.interp(np.asarray(years, dtype=float), *known))

    def value(self, variable: str, region: str) -> float:
        """The value of a variable with one anchor.

        Raises:
            DatasetError: there is none or more than one.
        """
        rows = self.rows(variable, region)
        if len(rows) != 1:
            raise DatasetError(
                f"drivers.csv: {variable!r} in {region!r} has {len(rows)} rows, not one"
            )
        return float(rows["value"].iloc[0])

    def evidence(self, variable: str, region: str, year: int) -> tuple[str, str]:
        """Source and quality of the value of a year.

        Raises:
            DatasetError: there is no row of this year.
        """
        rows = self.rows(variable, region)
        rows = rows[rows["year"] == year]
        if rows.empty:
            raise DatasetError(f"drivers.csv: no {variable!r} of {year} in {region!r}; add it")
        return str(rows["source"].iloc[0]), str(rows["quality"].iloc[0])


def load_anchors(path: Path) -> Anchors:
    """Read the table of anchors."""
    return Anchors(pd.read_csv(path))


def population(sources: Path, anchors: Anchors) -> Array:
    """People at year end, millions (year, region).

    Raises:
        sam.errors.SourceError: the series of the statistics is missing.
    """
    known = range(YEARS[0], _LAST + 1)
    series = provincial_series(sources, "population", known) / 100.0
    past = np.stack([_by_region("population", series[year]) for year in known])
    future = YEARS[len(past) :]
    report = anchors.rows("population", POOL)
    anchored = [_LAST, *report["year"]], [past[-1, :-1].sum(), *report["value"]]
    pool = np.interp(future, *anchored)
    shares = past[-1, :-1] / past[-1, :-1].sum()
    rest = past[-1, -1] * anchors.path("population_index", REGIONS[-1], future)
    return np.concatenate([past, np.column_stack([pool[:, None] * shares, rest])])


def _by_region(item: str, values: pd.Series) -> Array:
    """A series of one year, the rest of the nation last (region)."""
    return with_rest(item, values[list(REGIONS[:-1])].to_numpy(float), float(values[NATIONAL]))


def urban_share(anchors: Anchors, inputs: Inputs, people: Array) -> Array:
    """Urban share of the population (year, region); the rest is the nation less the four.

    Arguments:
        anchors: shares of later years.
        inputs: shares of the census of 2020.
        people: millions (year, region).
    """
    paths = []
    for region in (*REGIONS[:-1], "CN"):
        start = inputs.value("urban_population_share", region)
        rows = anchors.rows("urban_share", region)
        known = [YEARS[0], *rows["year"]], [start, *rows["value"]]
        paths.append(np.interp(YEARS, *known))
    own, nation = np.column_stack(paths[:-1]), paths[-1]
    rest = (nation * people.sum(1) - (own * people[:, :-1]).sum(1)) / people[:, -1]
    return np.column_stack([own, rest])


def growth(sources: Path, anchors: Anchors) -> Array:
    """Real growth of GDP per year, as a fraction (year from 2021, region).

    Rest of China until 2025 is the nation less the four, weighted by GDP of 2020; growth of the
    Delta begins with the average of the four in 2025.

    Raises:
        sam.errors.SourceError: the GDP series is missing.
    """
    gdp = provincial_series(sources, "gdp", YEARS[:1])
    weights = _by_region("gdp", gdp[YEARS[0]])
    past = range(YEARS[1], _GROWN + 1)
    own = np.column_stack([anchors.path("gdp_growth", name, past) for name in REGIONS[:-1]])
    nation = anchors.path("gdp_growth", "CN", past)
    rest = (nation * weights.sum() - own @ weights[:-1]) / weights[-1]
    begins = float(own[-1] @ weights[:-1] / weights[:-1].sum())
    pool = report_growth(anchors, begins)
    gap = np.array([*np.zeros(len(REGIONS) - 1), anchors.value("growth_gap", REGIONS[-1])])
    apart = np.append(own[-1], rest[-1]) - begins - gap
    since = np.arange(1, len(pool)) / anchors.value("growth_width", POOL)
    future = pool[1:, None] + gap + apart * np.exp(-since)[:, None]
    return np.concatenate([np.column_stack([own, rest]), future])


def report_growth(anchors: Anchors, begins: float) -> Array:
    """Growth of the Delta through levels of the report, falling smoothly (year from 2025).

    Arguments:
        anchors: levels of the report, and the width of the fall in years.
        begins: growth of 2025.

    Raises:
        DatasetError: no path that falls smoothly goes through the levels.
    """
    rows = anchors.rows("gdp", POOL).set_index("year")["value"]
    logs = np.log(rows.loc[[_LAST, *_KEPT]].to_numpy(float))
    width = anchors.value("growth_width", POOL)
    years = np.arange(_LAST + 1, _KEPT[-1] + 1)
    first = years <= _KEPT[0]  # years up to the first level that is kept, the others up to the last

    def path(turn: float) -> Array:
        fallen = 1.0 / (1.0 + np.exp((years - turn) / width))
        parts = [[part.sum(), fallen[part].sum()] for part in (first, ~first)]
        end, drop = np.linalg.solve(np.array(parts, float), np.diff(logs))
        found: Array = end + drop * fallen
        return found

    def gap(turn: float) -> float:
        return float(path(turn)[0] - np.log1p(begins))

    ends = _KEPT[0], _KEPT[-1] - (_KEPT[-1] - _KEPT[0]) / 3
    if gap(ends[0]) * gap(ends[1]) > 0.0:
        raise DatasetError(
            f"drivers.csv: no smooth fall of growth begins with {begins:.4g} in {_GROWN} and meets "
            f"gdp of {POOL} in {_KEPT[0]} and {_KEPT[1]}; correct a level or growth_width"
        )
    turn = float(brentq(gap, *ends, xtol=1e-13, rtol=1e-15))
    grown: Array = np.expm1(path(turn))
    return grown


def labour(anchors: Anchors, people: Array) -> Array:
    """Employment, millions (year, region): level of 2020, population and a common age index."""
    own = [anchors.value("labour", region) for region in REGIONS[:-1]]
    start = with_rest("labour", own, anchors.value("labour", "CN"))
    index = anchors.path("employment_index", "*")
    return np.asarray(start * people / people[0] * index[:, None])


def capital_stock(anchors: Anchors, inputs: Inputs, gdp: Array) -> Array:
    """Capital stock of 2020, 1e8 CNY (region).

    Arguments:
        anchors: past growth and depreciation.
        inputs: investment shares.
        gdp: GDP of 2020, 1e8 CNY (region).
    """
    depreciation = anchors.value("depreciation", "*")
    names = (*REGIONS[:-1], "CN")
    share = np.array([inputs.value("capital_formation", name) for name in names])
    past = np.array([anchors.value("past_growth", name) for name in names])
    own = share[:-1] / (past[:-1] + depreciation) * gdp[:-1]
    nation = share[-1] / (past[-1] + depreciation) * gdp.sum()
    return with_rest("capital stock", own, nation)


def driver_table(sources: Path, anchors: Anchors, inputs: Inputs, gdp: Array) -> pd.DataFrame:
    """All drivers: ``region, variable, year, value, unit, source, quality``.

    Arguments:
        sources: folder of official tables.
        anchors: values of single years.
        inputs: urban shares of 2020 and investment shares.
        gdp: GDP of 2020, 1e8 CNY (region).
    """
    people = population(sources, anchors)
    urban = urban_share(anchors, inputs, people)
    everywhere = np.ones(len(REGIONS))
    efficiency = np.outer(anchors.path("energy_efficiency", "*", YEARS[1:]), everywhere)
    values = {
        f"population_{RURAL}": people * (1.0 - urban),
        f"population_{URBAN}": people * urban,
        "gdp_growth": growth(sources, anchors),
        "labour": labour(anchors, people),
        "capital_stock": capital_stock(anchors, inputs, gdp)[None],
        "depreciation": np.outer(anchors.path("depreciation", "*"), everywhere),
        "energy_efficiency": efficiency,
    }
    notes = pd.read_csv(NOTES, keep_default_na=False)
    return pd.concat(
        [_rows(name, table, notes, anchors) for name, table in values.items()], ignore_index=True
    )


def _rows(variable: str, values: Array, notes: pd.DataFrame, anchors: Anchors) -> pd.DataFrame:
    """One driver as a table that ends in the last year; a single row is that of 2020."""
    first = YEARS[0] if len(values) == 1 else YEARS[-1] - len(values) + 1
    mine = notes[notes["variable"] == variable].to_dict("records")
    rows = []
    for t, r in np.ndindex(values.shape):
        year, region = first + t, REGIONS[r]
        note = next(
            line for line in mine if line["region"] in (region, "*") and int(line["until"]) >= year
        )
        about = (note["source"], note["quality"])
        if note["source"] == _PLACE:
            about = anchors.evidence(variable, region, year)
        rows.append((region, variable, year, float(values[t, r]), note["unit"], *about))
    columns = ["region", "variable", "year", "value", "unit", "source", "quality"]
    return pd.DataFrame(rows, columns=columns)
