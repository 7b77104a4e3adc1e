"""The command line: run scenarios, check the model, build and check base-year data.

Exit codes: 0 done; 1 a check failed; 2 bad input, or output that cannot be written; 3 no solution,
or none was found; 130 stopped by Ctrl-C, 143 by SIGTERM. Everything
heavy is imported inside the commands, so that ``cge --help`` answers at once.
"""

from __future__ import annotations

import logging
from typing import Annotated

import typer

from cge.cli import (
    assess,
    catalogues,
    check,
    compare,
    data,
    ensemble,
    equations,
    plot,
    run,
    scenario,
)
from cge.cli.shared import BAD_INPUT, CHECK_FAILED, NO_SOLUTION
from cge.cli.stdout import printed

__all__ = ["BAD_INPUT", "CHECK_FAILED", "NO_SOLUTION", "app", "main"]

app = typer.Typer(
    name="cge",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command(short_help="Solve the baseline and scenarios, year by year.")(run.run)
app.command(short_help="Compare pathways: levels, differences, per cent, and why.")(compare.compare)
app.command(short_help="Solve scenarios under many draws of assumptions.")(ensemble.ensemble)
app.command(short_help="Hold projects against the economy without them.")(assess.assess)
app.command(short_help="List the scenarios that ship with the program.")(scenario.scenarios)
app.add_typer(scenario.app, name="scenario")
app.command(short_help="List who may adjust: closures by kind.")(catalogues.closures)
app.command(short_help="List what results hold.")(catalogues.variables)
app.command(short_help="Draw figures of a run for papers.")(plot.plot)
app.command(short_help="Check that the model is an equilibrium model on a dataset.")(check.check)
app.command(short_help="Print the equations of the model.")(equations.equations)
app.add_typer(data.app, name="data")


def main() -> None:
    """Entry point of the command ``cge``."""
    for library in ("jax", "matplotlib"):  # what they note in passing is not for users
        logging.getLogger(library).setLevel(logging.ERROR)
    with printed():
        app()


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("m3c-cge"))
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Regional general equilibrium of China under carbon caps, year by year."""
