"""The table that a run prints: selected years, every region and total."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cge.results.headline import headline, title

if TYPE_CHECKING:
    from cge.path import Pathway

YEARS = (2020, 2025, 2030, 2035, 2050, 2060)
"""Years shown."""


@dataclass(frozen=True)
class Column:
    """A column of the table.

    Attributes:
        name: headline variable.
        title: heading.
        unit: unit shown.
        scale: units of the headline variable in one unit shown.
        digits: decimals shown.
    """

    name: str
    title: str
    unit: str
    scale: float
    digits: int


COLUMNS = (
    Column("gdp_real", "GDP", "trn yuan", 1e4, 2),
    Column("consumption", "Cons.", "trn yuan", 1e4, 2),
    Column("co2_direct", "Direct", "Mt CO2", 1.0, 0),
    Column("co2_indirect", "Indirect", "Mt CO2", 1.0, 0),
    Column("co2_net", "Net", "Mt CO2", 1.0, 0),
    Column("removal", "Removal", "Mt CO2", 1.0, 0),
    Column("carbon_price", "Price", "yuan/t", 1.0, 0),
    Column("welfare_with_saving", "Welfare", "bn yuan", 10.0, 0),
)


FIRST, WIDTH = 5, 9
"""Characters of the first and of every other column."""


def table_years(years: Sequence[int]) -> list[int]:
    """Years of a path that the table shows: the usual ones and the last."""
    return [int(year) for year in years if year in YEARS or year == max(years)]


def rich_table(path: Pathway) -> Group:
    """The table of a path, for a terminal: a part for each region.

    Arguments:
        path: a solved path.
    """
    heads = [["Year", *(column.title for column in COLUMNS)], ["", *(c.unit for c in COLUMNS)]]
    parts: list[RenderableType] = [Text(_title(path), style="bold"), _grid(heads, "dim")]
    for region, rows in _sections(path):
        parts += [Text(f"\n{region}", style="bold cyan"), _grid(rows)]
    return Group(*parts)


def plain_table(path: Pathway) -> str:
    """The table of a path as plain text, for files and pipes.

    Arguments:
        path: a solved path.
    """
    titles = _line("Year", (column.title for column in COLUMNS))
    lines = [_title(path), titles, _line("", (column.unit for column in COLUMNS))]
    for region, rows in _sections(path):
        lines += ["", region, *(_line(year, cells) for year, *cells in rows)]
    return "\n".join(lines)


def notes(path: Pathway) -> list[str]:
    """What a reader of the table has to know about this path, in sentences."""
    return [*_later(path), *_ceiling(path), *_leakage(path)]


def _later(path: Pathway) -> list[str]:
    """Pools that begin after the last year."""
    last = path.scenario.last
    return [
        f"{path.scenario.name}: pool {pool.name!r} begins in {pool.begin}, after the last year "
        f"{last}, and binds nobody here."
        for pool in path.scenario.pools
        if pool.begin is not None and pool.begin > last
    ]


def _ceiling(path: Pathway) -> list[str]:
    """When caps are met at the price ceiling."""
    if path.scenario.removal.ceiling == "none":
        return []
    data = headline(path).sel(region=path.geography.nation)
    bought = data["offsets"].to_numpy()  # year
    years = data["year"].to_numpy()[bought > 0.5]
    if not len(years):
        return []
    return [
        f"{path.scenario.name}: in {_span(years)} caps are met at the price ceiling "
        f"of {path.scenario.removal.ceiling:g} yuan/t, with up to {bought.max():.0f} Mt of "
        "further permits a year (variable offsets in results.nc)."
    ]


def _leakage(path: Pathway) -> list[str]:
    """What regions outside of all pools emit more."""
    if "leakage" not in path.data:
        return []
    leaks = path.data["leakage"].dropna("year")
    if not leaks.size:
        return []
    years = table_years(path.data["year"].to_numpy().tolist())
    shown = leaks.sel(year=[year for year in years if year in leaks["year"]])
    told = ", ".join(
        f"{100.0 * value:.0f} % in {int(year)}"
        for year, value in zip(shown["year"].to_numpy(), shown.to_numpy(), strict=True)
    )
    return [
        f"{path.scenario.name}: of what members of pools emit less than in the baseline, others "
        f"emit more (leakage; less where negative): {told}."
    ]


def _span(years: np.ndarray) -> str:
    """The first and the last of some years."""
    return "-".join(dict.fromkeys(str(int(year)) for year in (years.min(), years.max())))


def _title(path: Pathway) -> str:
    return f"{path.scenario.name} (money at {path.scenario.first} prices)"


def _sections(path: Pathway) -> list[tuple[str, list[list[str]]]]:
    """Each region with its rows: the year and the formatted columns."""
    data = headline(path)
    years = table_years(data["year"].to_numpy().tolist())
    sections = []
    for region in data["region"].to_numpy():
        part = data.sel(region=region, year=years)
        cells = [[_cell(v, column) for v in part[column.name].to_numpy()] for column in COLUMNS]
        rows = [list(row) for row in zip(map(str, years), *cells, strict=True)]
        sections.append((title(path.geography, str(region)), rows))
    return sections


def _cell(value: float, column: Column) -> str:
    if not np.isfinite(value):
        return "-"
    shown = round(value / column.scale, column.digits) + 0.0  # no minus zero
    return f"{shown:,.{column.digits}f}"


def _line(first: str, cells: Iterable[str]) -> str:
    return f"{first:<{FIRST}}" + "".join(f"{cell:>{WIDTH}}" for cell in cells)


def _grid(rows: Iterable[Sequence[str]], style: str = "") -> Table:
    grid = Table.grid()
    grid.add_column(width=FIRST)
    for _ in COLUMNS:
        grid.add_column(width=WIDTH, justify="right", no_wrap=True)
    for row in rows:
        grid.add_row(*row, style=style)
    return grid
