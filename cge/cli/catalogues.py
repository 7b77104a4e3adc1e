"""The commands ``cge closures`` and ``cge variables``: what may be chosen, what is reported."""

from __future__ import annotations

import json
from textwrap import wrap
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cge.cli.shared import explained

if TYPE_CHECKING:
    from cge.blocks import Report

JSON = typer.Option("--json", help="Print JSON.")
DATASET = typer.Option("--dataset", help="An embedded dataset or a folder.")
WORDS = typer.Argument(
    metavar="WORD", help="Only variables that have all of these words.", show_default=False
)


def closures(as_json: Annotated[bool, JSON] = False) -> None:
    """List who may adjust: kinds of closures with their names, the default first.

    \b
    cge run mine.yaml --closure labour=fixed_real_wage
    """  # noqa: D301
    with explained():
        from closures.catalogue import catalogue

        known = catalogue()
        if as_json:
            rows = [{"kind": n.kind, "name": n.name, "meaning": n.meaning} for n in known]
            typer.echo(json.dumps(rows))
            return
        for kind in dict.fromkeys(named.kind for named in known):
            typer.echo(kind)
            for named in (named for named in known if named.kind == kind):
                typer.echo(f"    {named.name:<22} {named.meaning}")


def variables(
    words: Annotated[list[str] | None, WORDS] = None,
    dataset: Annotated[str, DATASET] = "yrd2020",
    as_json: Annotated[bool, JSON] = False,
) -> None:
    """List what results hold: names, dimensions beside the year, units and meaning.

    \b
    cge variables                    all of them
    cge variables electricity TWh    those with both words
    """  # noqa: D301
    with explained():
        known = [report for report in reports(dataset) if _has(report, words or [])]
        if as_json:
            typer.echo(json.dumps([_row(report) for report in known], ensure_ascii=False))
            return
        for report in known:
            dims = f" by {', '.join(report.dims.split())}" if report.dims else ""
            typer.echo(f"{report.name}{dims}, {report.unit}")
            for line in wrap(report.meaning, 92):
                typer.echo(f"    {line}")
        if not known:
            typer.echo(f"No variable has {' and '.join(words or [])}.")


def reports(dataset: str) -> list[Report]:
    """What M3C reports on a dataset."""
    from cge.m3c import declare
    from cge.m3c.check import setting_of

    setting = setting_of(dataset)
    economy = declare(setting.benchmark, setting.assumptions.removal, setting.structure())
    return list(economy.reports)


def _has(report: Report, words: list[str]) -> bool:
    text = f"{report.name} {report.dims} {report.unit} {report.meaning}".casefold()
    return all(word.casefold() in text for word in words)


def _row(report: Report) -> dict[str, Any]:
    """A report as plain values."""
    return {
        "name": report.name,
        "dims": report.dims.split(),
        "unit": report.unit,
        "meaning": report.meaning,
        "total": report.total,
    }
