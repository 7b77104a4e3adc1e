"""The command ``cge run``: solve the baseline and a scenario, year by year."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path as File
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cge.cli.shared import NO_SOLUTION, exit_code, explained, listed, say

if TYPE_CHECKING:
    from cge.dynamics import Path
    from cge.scenario import Scenario

MAIN_SCENARIO = "enhanced_carbon_neutrality"


def run(
    scenario: Annotated[
        str,
        typer.Argument(
            metavar="SCENARIO",
            help="A YAML file, or an embedded scenario: baseline, enhanced_carbon_neutrality, "
            "enhanced_carbon_neutrality_rcn_uncapped.",
            show_default=True,
        ),
    ] = MAIN_SCENARIO,
    out: Annotated[
        File, typer.Option("--out", metavar="DIR", help="Folder for the results.")
    ] = File("results"),
    no_plots: Annotated[bool, typer.Option("--no-plots", help="Draw no figures.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the table and the files as JSON.")
    ] = False,
) -> None:
    """Solve the baseline and a scenario year by year; print a table and write results.

    Results are results.nc (everything), summary.csv (IAMC long format), scenario.yaml (to run it
    again), emissions_and_price.png and gdp.png.
    """
    with explained():
        from cge import results
        from cge.scenario import load_scenario

        loaded = load_scenario(scenario)
        results.check_folder(out)
        paths = _solve(loaded, out, quiet=as_json)
        files = results.write_results(out, paths, plots=not no_plots)
        if as_json:
            typer.echo(json.dumps(_report(paths, files), ensure_ascii=False))
        else:
            _print(paths, files)


def _solve(scenario: Scenario, out: File, *, quiet: bool) -> list[Path]:
    """The baseline and, where it has caps, the scenario; what there is, if one fails."""
    from cge.dynamics import run as solve

    baseline = scenario.baseline()
    wanted = [baseline] if baseline == scenario else [baseline, scenario]
    paths: list[Path] = []
    with _progress(wanted, quiet=quiet) as on_year:
        try:
            for each in wanted:
                reference = paths[0] if paths else None
                paths.append(solve(each, baseline=reference, on_year=on_year(each)))
        except RuntimeError as error:
            if exit_code(error) == NO_SOLUTION:
                _keep(out, [*paths, *_solved_until(error)])
            raise
    return paths


def _solved_until(error: RuntimeError) -> list[Path]:
    """The years that were solved before a failure, where the error carries them."""
    path: Path | None = getattr(error, "path", None)
    return [] if path is None or path.solves.empty else [path]


def _keep(out: File, paths: list[Path]) -> None:
    """Write what was computed before a failure, under names that say so."""
    from cge import results

    if paths:
        files = results.write_results(out, paths, partial=True)
        say(f"Solved until then: {listed(files)}")


@contextmanager
def _progress(
    scenarios: Sequence[Scenario], *, quiet: bool
) -> Iterator[Callable[[Scenario], Callable[[int], None]]]:
    """A bar over the years of all scenarios, on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    hidden = quiet or not console.is_terminal
    with Progress(
        *columns, TimeElapsedColumn(), console=console, transient=True, disable=hidden
    ) as bar:
        years = sum(len(scenario.years) for scenario in scenarios)
        task = bar.add_task("calibrating", total=years)

        def on_year(scenario: Scenario) -> Callable[[int], None]:
            def advance(year: int) -> None:
                bar.update(task, advance=1, description=f"{scenario.name} {year}")

            return advance

        yield on_year


def _print(paths: Sequence[Path], files: Sequence[File]) -> None:
    from rich.console import Console

    from cge import results

    console = Console()
    for path in paths:
        if console.is_terminal:
            console.print(results.rich_table(path))
        else:
            typer.echo(results.plain_table(path))
        typer.echo()
    for note in (note for path in paths for note in results.notes(path)):
        typer.echo(note)
    worst, walras = _exactness(paths)
    typer.echo(f"Largest residual {worst:.1e}, Walras {walras:.1e} (relative to market value).")
    typer.echo(f"Written: {listed(files)}")


def _report(paths: Sequence[Path], files: Sequence[File]) -> dict[str, Any]:
    """What ``cge run --json`` prints."""
    from cge import results

    table = results.summary(paths)
    years = results.table_years(table["year"].unique().tolist())
    worst, walras = _exactness(paths)
    return {
        "files": [str(file) for file in files],
        "worst": worst,
        "walras": walras,
        "notes": [note for path in paths for note in results.notes(path)],
        "table": table[table["year"].isin(years)].to_dict(orient="records"),
    }


def _exactness(paths: Sequence[Path]) -> tuple[float, float]:
    """Largest residual and largest Walras imbalance of all years of all paths."""
    worst = max(float(path.solves["worst"].max()) for path in paths)
    return worst, max(float(path.solves["walras"].abs().max()) for path in paths)
