"""The command ``cge run``: solve the baseline and a scenario, year by year."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cge.cli.progress import progress
from cge.cli.shared import NO_SOLUTION, exit_code, explained, listed, say, stoppable

if TYPE_CHECKING:
    from cge.path import Pathway
    from cge.results import Output
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
        Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")
    ] = Path("results"),
    no_plots: Annotated[bool, typer.Option("--no-plots", help="Draw no figures.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the table and the files as JSON.")
    ] = False,
) -> None:
    """Solve the baseline and a scenario year by year; print a table and write results.

    Results are results.nc (everything), summary.csv (IAMC long format), scenario.yaml (to run it
    again), emissions_and_price.png, gdp.png and electricity.png.
    """
    with explained(stopped="Stopped before anything was solved; nothing is kept."):
        from cge import results
        from cge.path import assert_balanced
        from cge.scenario import load_scenario

        loaded = load_scenario(scenario)
        with results.output(out) as output, stoppable():
            if replaced := output.replaced():
                kept = "name another with --out to keep them"
                say(f"Replacing {replaced} in {out} when this run is done; {kept}.")
            paths = _solve(loaded, output, quiet=as_json)
            files = _write(output, paths, plots=not no_plots)
        with stoppable(f"Stopped while printing; written: {listed(files)}"):
            if as_json:
                typer.echo(json.dumps(_report(paths, files), ensure_ascii=False))
            else:
                _print(paths, files)
            assert_balanced(paths)


def _solve(scenario: Scenario, output: Output, *, quiet: bool) -> list[Pathway]:
    """The baseline and, where it has caps, the scenario; what there is, if one fails."""
    from cge.path import run as solve

    baseline = scenario.baseline()
    wanted = [baseline] if baseline == scenario else [baseline, scenario]
    paths: list[Pathway] = []
    try:
        with progress(wanted, quiet=quiet) as on_year:
            for each in wanted:
                reference = paths[0] if paths else None
                paths.append(solve(each, baseline=reference, on_year=on_year(each)))
    except KeyboardInterrupt as stop:
        say("Stopped.")
        _keep(output, [*paths, *_solved_until(stop)])
        raise
    except RuntimeError as error:
        if exit_code(error) == NO_SOLUTION:
            _keep(output, [*paths, *_solved_until(error)])
        raise
    return paths


def _solved_until(error: BaseException) -> list[Pathway]:
    """The years that were solved before a failure, where the error carries them."""
    path: Pathway | None = getattr(error, "path", None)
    return [] if path is None or path.solves.empty else [path]


def _keep(output: Output, paths: list[Pathway]) -> None:
    """Write what was computed before a failure, under names that say so."""
    from cge.results import OutputError

    if not paths:
        say("No year was solved until then, so nothing is kept.")
        return
    try:
        say(f"Solved until then: {listed(_write(output, paths, partial=True))}")
    except OutputError as error:
        say(str(error))


def _write(
    output: Output, paths: list[Pathway], *, plots: bool = False, partial: bool = False
) -> list[Path]:
    """Write results; where that fails, among temporary files and without figures.

    Raises:
        OutputError: they cannot be written as wanted; says where they are instead.
    """
    from cge.results import OutputError, write_results

    try:
        return output.write(paths, plots=plots, partial=partial)
    except KeyboardInterrupt:
        say("Stopped while results were written: what was there before is as it was.")
        raise
    except OutputError as error:
        told = str(error)
    try:
        elsewhere = Path(tempfile.gettempdir(), f"m3c-results-{secrets.token_hex(4)}")
        write_results(elsewhere, paths, plots=False, partial=partial)
    except (OSError, OutputError) as error:
        raise OutputError(f"{told}. Nor could results be kept elsewhere: {error}") from None
    raise OutputError(f"{told}. This time the results are kept in {elsewhere}")


def _print(paths: Sequence[Pathway], files: Sequence[Path]) -> None:
    from rich.console import Console

    from cge import results
    from cge.path import largest_imbalances

    console = Console()
    for path in paths:
        if console.is_terminal:
            console.print(results.rich_table(path))
        else:
            typer.echo(results.plain_table(path))
        typer.echo()
    typer.echo(f"{results.transition(paths)}\n")
    for note in (note for path in paths for note in results.notes(path)):
        typer.echo(note)
    worst, walras = _exactness(paths)
    typer.echo(f"Largest residual {worst:.1e}, Walras {walras:.1e} (relative to market value).")
    if targets := results.anchors(paths[0]):
        within = f"{results.met(targets)} of {len(targets)} anchors"
        typer.echo(f"{within} of 2020-2025 are met within {results.MET:.0%}.")
    checks = ", ".join(f"{name} {size:.0e}" for name, size in largest_imbalances(paths).items())
    if checks:
        typer.echo(f"Largest imbalance of accounts: {checks}.")
    typer.echo(f"Written: {listed(files)}")


def _report(paths: Sequence[Pathway], files: Sequence[Path]) -> dict[str, Any]:
    """What ``cge run --json`` prints."""
    from cge import results
    from cge.path import largest_imbalances

    table = results.summary(paths)
    years = results.table_years(table["year"].unique().tolist())
    worst, walras = _exactness(paths)
    return {
        "files": [str(file) for file in files],
        "worst": worst,
        "walras": walras,
        "checks": largest_imbalances(paths),
        "anchors": results.anchors(paths[0]),
        "notes": [note for path in paths for note in results.notes(path)],
        "table": table[table["year"].isin(years)].to_dict(orient="records"),
    }


def _exactness(paths: Sequence[Pathway]) -> tuple[float, float]:
    """Largest residual and largest Walras imbalance of all years of all paths."""
    worst = max(float(path.solves["worst"].max()) for path in paths)
    return worst, max(float(path.solves["walras"].abs().max()) for path in paths)
