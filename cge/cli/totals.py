"""Control totals of a dataset as people and machines read them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import typer

if TYPE_CHECKING:
    import pandas as pd

    from sam import Dataset

Total: TypeAlias = dict[str, Any]
"""A control total: item, region, unit, target, achieved, deviation, source, quality, note."""

HEADS = ("item", "region", "unit", "target", "achieved", "deviation", "quality", "source")
NUMBERS = ("target", "achieved", "deviation")

TABLE = "table "
"""Prefix of what is missing as a whole table."""


def totals_of(dataset: Dataset) -> list[Total]:
    """All control totals of a dataset (``sam.report``)."""
    from sam.report import control_totals

    return [
        {str(name): value for name, value in row.items()}
        for row in control_totals(dataset).to_dict(orient="records")
    ]


def selected(
    totals: Sequence[Total],
    *,
    region: str | None = None,
    quality: str | None = None,
    worst: int | None = None,
) -> list[Total]:
    """The totals of a region, of a quality, or those that deviate most.

    Arguments:
        totals: control totals.
        region: keep this region.
        quality: keep this quality mark.
        worst: keep this many, the largest deviation first.

    Raises:
        sam.DatasetError: no total has this region or this quality.
    """
    from sam import ranking
    from sam.errors import DatasetError

    kept = list(totals)
    for column, value in (("region", region), ("quality", quality)):
        if value is None:
            continue
        kept = [total for total in kept if total[column] == value]
        if not kept:
            known = ", ".join(sorted({str(total[column]) for total in totals})) or "none"
            raise DatasetError(f"no control total has {column} {value!r}; there are: {known}")
    if worst is None:
        return kept
    order = ranking.worst_first([total["deviation"] for total in kept])
    return [kept[k] for k in order[:worst]]


def records(totals: Iterable[Total]) -> list[Total]:
    """Rows for JSON; what is no finite number is None."""

    def plain(value: Any) -> Any:
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return [{name: plain(value) for name, value in total.items()} for total in totals]


def show(totals: Sequence[Total]) -> None:
    """Print totals, item by item, and their sources by number."""
    from rich.console import Console

    sources = list(dict.fromkeys(_source(total) for total in totals))
    rows = list(_rows(totals, sources))
    console = Console()
    if console.is_terminal:
        _print_rich(console, rows)
    else:
        _print_plain(rows)
    typer.echo("\nSources")
    for k, source in enumerate(sources, start=1):
        typer.echo(f"[{k}] {source}")


def summary(totals: Sequence[Total]) -> str:
    """How many totals, and the worst deviation of each quality."""
    from sam import ranking
    from sam.dataset import QUALITIES

    parts = []
    for quality in QUALITIES:
        part = [total for total in totals if total["quality"] == quality]
        if part:
            worst = part[ranking.worst([total["deviation"] for total in part])]
            place = f"{worst['item']}, {worst['region']}"
            parts.append(f"{len(part)} {quality}, worst {percent(worst['deviation'])} ({place})")
    return f"{len(totals)} control totals: {'; '.join(parts)}" if parts else "No control totals."


def _source(total: Total) -> str:
    return f"{total['source']} ({total['note']})" if total["note"] else str(total["source"])


def _rows(totals: Iterable[Total], sources: Sequence[str]) -> Iterator[list[str]]:
    """Formatted cells; the item only where it changes, the source by number."""
    place = {source: f"[{k}]" for k, source in enumerate(sources, start=1)}
    before = None
    for total in totals:
        yield [
            "" if total["item"] == before else str(total["item"]),
            str(total["region"]),
            str(total["unit"]),
            number(total["target"]),
            number(total["achieved"]),
            percent(total["deviation"]),
            str(total["quality"]),
            place[_source(total)],
        ]
        before = total["item"]


def _print_plain(rows: Sequence[list[str]]) -> None:
    table = [list(HEADS), *rows]
    widths = [max(len(row[k]) for row in table) for k in range(len(HEADS))]
    for row in table:
        cells = zip(HEADS, row, widths, strict=True)
        aligned = (f"{cell:{'>' if head in NUMBERS else '<'}{w}}" for head, cell, w in cells)
        typer.echo("  ".join(aligned).rstrip())


def _print_rich(console: Any, rows: Iterable[list[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=None, pad_edge=False)
    for head in HEADS:
        grid.add_column(head, justify="right" if head in NUMBERS else "left", no_wrap=True)
    for item, *cells in rows:
        grid.add_row(Text(item, style="bold cyan"), *map(Text, cells))
    console.print(grid)


def number(value: float) -> str:
    """An amount with six digits, without an exponent."""
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def percent(value: float) -> str:
    """A fraction in per cent, with its sign unless it rounds to nothing."""
    return f"{100.0 * value:+.2f} %".replace("+0.00 ", "0.00 ").replace("-0.00 ", "0.00 ")


def missing_record(missing: pd.DataFrame) -> dict[str, Any]:
    """Totals that are missing, and tables that are empty, for JSON."""
    tables = missing["item"].str.startswith(TABLE)
    return {
        "missing": missing.loc[~tables, ["item", "region", "source"]].to_dict("records"),
        "empty_tables": missing.loc[tables, "item"].str.removeprefix(TABLE).tolist(),
    }


def show_missing(missing: pd.DataFrame, year: int) -> None:
    """Name the totals of a base year for which those of another year stand in."""
    if missing.empty:
        return
    tables = missing["item"].str.startswith(TABLE)
    numbers = missing[~tables]
    by_item = numbers.groupby("item", sort=False)["region"].agg(", ".join)
    named = "\n".join(f"  {item} ({regions})" for item, regions in by_item.items())
    typer.echo(
        f"Missing totals of {year}: {len(numbers)}, for which those of another year stand in. Put "
        f"numbers of {year} into macro/totals.csv of the sources:\n{named}"
    )
    if tables.any():
        empty = missing.loc[tables, "item"].str.removeprefix(TABLE)
        typer.echo(f"Tables that are empty, as nothing of {year} is at hand: {', '.join(empty)}")
