"""The command ``cge data compare``: a dataset beside a national input-output table."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

    from sam.comparison import Comparison
    from sam.dataset import Dataset


LEGEND = (
    "LAB compensation, NTX net production tax, CAP depreciation and surplus; RUR, URB households, "
    "GOV government, FIX fixed capital, STK stocks, EX exports, IM imports; all others are sectors"
)
"""What the codes of a national table mean."""


def comparison_of(dataset: Dataset, table: Path | None) -> Comparison:
    """A dataset held against the table in a file, or the official one that it ships.

    Raises:
        sam.errors.SourceError: the file holds no national table.
        sam.errors.ConcordanceError: its sectors are none that are known.
        sam.errors.DatasetError: the dataset has other sectors, or ships no table and none is given.
    """
    from sam.comparison import compare

    if table is None:
        return compare(dataset)
    from sam.national import model_sectors
    from sam.readers import read_national_table

    return compare(dataset, model_sectors(read_national_table(table)).balanced())


def show(found: Comparison, worst: int) -> None:
    """Print a comparison: blocks, sectors and cells, the worst first, and departures."""
    typer.echo(f"{found.name}, summed over its regions, beside {found.table}; 1e8 CNY")
    typer.echo(f"{LEGEND}\n")
    typer.echo(_table(found.blocks(), ("error",)))
    typer.echo(f"\nSectors, the {worst} worst: output, and error of purchases and of sales\n")
    typer.echo(_table(found.by_sector().head(worst), ("purchases", "sales")))
    typer.echo(f"\nCells, the {worst} worst\n")
    columns = ["row", "column", "official", "dataset", "difference", "reason"]
    typer.echo(_table(found.cells[columns].head(worst), ()))
    if not found.named.empty:
        typer.echo("\nDepartures that the dataset names; share of intermediate flows\n")
        typer.echo(_table(found.departures(), ("share",)))
        for reason, text in found.reasons.items():
            typer.echo(f"  {reason}: {text}")
    typer.echo(f"\n{_summary(found)}")


def record(found: Comparison, worst: int) -> dict[str, Any]:
    """A comparison as plain values for JSON."""
    whole = {
        "dataset": found.name,
        "table": found.table,
        "weighted_error": found.weighted_error,
        "largest_undocumented": found.largest_undocumented.to_dict(),
        "departures": [
            {**line, "why": found.reasons.get(line["reason"], "")}
            for line in found.departures().to_dict("records")
        ],
        "blocks": found.blocks().to_dict("records"),
        "sectors": found.by_sector().to_dict("records"),
        "cells": found.cells.head(worst).to_dict("records"),
    }
    return {name: _plain(value) for name, value in whole.items()}


def _plain(value: Any) -> Any:
    """A value of JSON, null where a ratio of nothing is no number."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _summary(found: Comparison) -> str:
    cell = found.largest_undocumented
    left = (
        f"the largest difference that no departure explains is {cell['undocumented']:,.4g} of "
        f"{cell['official']:,.7g} in {cell['row']} to {cell['column']}"
    )
    return f"weighted error of intermediate flows {found.weighted_error:.2%}; {left}"


def _table(frame: pd.DataFrame, fractions: Sequence[str]) -> str:
    """A table in plain text: fractions in per cent, money with one decimal."""
    shown = frame.copy()
    for column in shown.select_dtypes("float").columns:
        digits = "{:.2%}" if column in fractions else "{:.3f}" if column == "ratio" else "{:,.1f}"
        shown[column] = [digits.format(value) for value in shown[column]]
    return shown.to_string(index=False)
