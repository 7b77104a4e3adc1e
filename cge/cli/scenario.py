"""The commands ``cge scenarios`` and ``cge scenario``: what ships, and what a file says."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from cge.cli.shared import explained

if TYPE_CHECKING:
    from cge.scenario import Scenario

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Show and validate scenario files."
)


def scenarios(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the scenarios that ship with the program; run one with cge run NAME."""
    with explained():
        from cge.scenario import available_scenarios, load_scenario

        known = [load_scenario(name) for name in available_scenarios()]
        if as_json:
            rows = [{"name": each.name, "description": each.told[0]} for each in known]
            typer.echo(json.dumps(rows, ensure_ascii=False))
            return
        for each in known:
            typer.echo(each.name)
            typer.echo(fill(each.told[0], 92, initial_indent="    ", subsequent_indent="    "))


def embedded() -> list[str]:
    """Names of the scenarios that ship with the program, for help that must be quick."""
    return sorted(file.stem for file in (Path(__file__).parents[1] / "scenarios").glob("*.yaml"))


def complete(incomplete: str) -> list[str]:
    """Embedded scenarios and YAML files that begin with what is typed."""
    folder = Path(incomplete).parent if "/" in incomplete else Path()
    files = [str(file) for file in folder.glob("*.y*ml")] if folder.is_dir() else []
    return sorted(name for name in {*embedded(), *files} if name.startswith(incomplete))


SCENARIO = typer.Argument(
    metavar="SCENARIO",
    help="A YAML file, or an embedded scenario.",
    show_default=False,
    autocompletion=complete,
)


@app.command(short_help="Print a scenario with all defaults filled in.")
def show(scenario: Annotated[str, SCENARIO]) -> None:
    """Print a scenario as YAML, with all defaults filled in: a file to begin one of your own with.

    \b
    cge scenario show enhanced_carbon_neutrality > mine.yaml
    """  # noqa: D301
    with explained():
        from cge.scenario import load_scenario

        typer.echo(load_scenario(scenario).to_yaml(), nl=False)


@app.command(short_help="Check scenario files without running them.")
def validate(scenario: Annotated[list[str], SCENARIO]) -> None:
    """Check scenario files, and what they refer to, without running them.

    \b
    cge scenario validate mine.yaml other.yaml

    Every file is checked; the exit code is 2 where one is wrong, and each error names its line.
    """  # noqa: D301
    wrong = 0
    for name in scenario:
        try:
            with explained():
                from cge.scenario import load_scenario

                typer.echo(f"{name}: {_summary(load_scenario(name))}")
        except typer.Exit as ended:
            wrong = max(wrong, ended.exit_code)
    if wrong:
        raise typer.Exit(wrong)


def _summary(scenario: Scenario) -> str:
    """A scenario in one line."""
    pools = ", ".join(f"{pool.name} ({', '.join(pool.regions)})" for pool in scenario.pools)
    return (
        f"scenario {scenario.name!r} of {scenario.dataset}, {scenario.first}-{scenario.last}, "
        f"{f'pools {pools}' if pools else 'no pools'}"
    )
