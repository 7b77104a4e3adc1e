"""The command ``cge check``: is the model an equilibrium model on a dataset?"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cge.cli.shared import CHECK_FAILED, explained, say


def check(
    dataset: Annotated[
        str, typer.Argument(metavar="DATASET", help="An embedded dataset or a folder.")
    ] = "yrd2020",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check the model on a dataset: benchmark, Walras' law, homogeneity, change of numeraire.

    The last three are taken at a shocked equilibrium; all are relative to market value.
    """
    with explained():
        from cge.equilibrium.cache import compilation_told
        from cge.m3c import check as check_model

        with compilation_told(say):
            report: dict[str, Any] = check_model(dataset)
        if as_json:
            typer.echo(json.dumps(report))
        else:
            for name, value in report.items():
                shown = f"{value:.1e}" if isinstance(value, float) else value
                typer.echo(f"{name:<22} {shown}")
        if not report["passed"]:
            raise typer.Exit(CHECK_FAILED)
