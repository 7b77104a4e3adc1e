"""The command ``cge run``: solve the baseline and a scenario, year by year."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cge.cli.progress import progress
from cge.cli.scenario import complete, embedded
from cge.cli.shared import exit_code, explained, listed, say, stoppable

if TYPE_CHECKING:
    from cge.path import Pathway
    from cge.results import Output
    from cge.scenario import Scenario

MAIN_SCENARIO = "enhanced_carbon_neutrality"


SCENARIOS = typer.Argument(
    metavar="SCENARIO",
    help=f"YAML files, or embedded scenarios: {', '.join(embedded())}. Several share one baseline.",
    show_default=MAIN_SCENARIO,
    autocompletion=complete,
)
OUT = typer.Option("--out", metavar="DIR", help="Folder for the results.")
FIRST = typer.Option("--first", metavar="YEAR", help="First year in place of the scenario's.")
LAST = typer.Option("--last", metavar="YEAR", help="Last year in place of the scenario's.")
CLOSURE = typer.Option(
    "--closure",
    metavar="KIND=NAME",
    help="Who adjusts, in place of the scenario's choice (see cge closures); may be repeated.",
    show_default=False,
)
BASELINE = typer.Option(
    "--baseline",
    metavar="DIR",
    help="Take the baseline of these results instead of solving it.",
    show_default=False,
)
RESUME = typer.Option("--resume", help="Go on with a run that was cut, and left years in DIR.")
JOBS = typer.Option("--jobs", min=1, help="Scenarios to solve at a time, each on a core.")


def run(
    scenario: Annotated[list[str] | None, SCENARIOS] = None,
    out: Annotated[Path, OUT] = Path("results"),
    first: Annotated[int | None, FIRST] = None,
    last: Annotated[int | None, LAST] = None,
    closure: Annotated[list[str] | None, CLOSURE] = None,
    baseline: Annotated[Path | None, BASELINE] = None,
    resume: Annotated[bool, RESUME] = False,
    jobs: Annotated[int, JOBS] = 1,
    no_plots: Annotated[bool, typer.Option("--no-plots", help="Draw no figures.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the table and the files as JSON.")
    ] = False,
) -> None:
    """Solve the baseline and scenarios year by year; print a table and write results.

    \b
    cge run                                       the main scenario, 2020-2060
    cge run mine.yaml --out mine                  a scenario of your own
    cge run mine.yaml --last 2035 --closure labour=fixed_real_wage
    cge run one.yaml two.yaml --jobs 2            two scenarios and their baseline
    cge run --resume                              go on with a run that was cut

    Results are report.html (to read), results.xlsx, results.nc (everything), summary.csv and
    summary.parquet (IAMC long format), regions.yaml, scenario.yaml (to run it again), figures, and
    pathways.zip (for cge compare, cge plot, --baseline and cge.load_pathway). Every year is in
    DIR/unfinished as soon as it is solved, until all are. A baseline is solved once and kept beside
    compiled code (see M3C_CACHE).
    """  # noqa: D301
    with explained(stopped="Stopped before anything was solved; nothing is kept."):
        from cge import results
        from cge.path import assert_balanced

        wanted = scenarios(scenario or [MAIN_SCENARIO], first, last, closure or [])
        given = given_baseline(baseline, wanted)
        with results.output(out) as output, stoppable():
            _tell(output, out, resume)
            paths = _solve(wanted, output, given, resume=resume, jobs=jobs, quiet=as_json)
            files = _write(output, paths, plots=not no_plots)
        with stoppable(f"Stopped while printing; written: {listed(files)}"):
            if as_json:
                typer.echo(json.dumps(_report(paths, files), ensure_ascii=False))
            else:
                _print(paths, files)
            assert_balanced(paths)


def scenarios(
    names: Sequence[str], first: int | None, last: int | None, closure: Sequence[str]
) -> list[Scenario]:
    """Scenarios by file or name, with the years and closures of the command.

    Raises:
        ScenarioError: one does not fit them, or two have one name.
    """
    from cge.scenario import ScenarioError, load_scenario, with_options

    pairs = [text.partition("=") for text in closure]
    wrong = next((text for text, (_, sign, _) in zip(closure, pairs, strict=True) if not sign), "")
    if wrong:
        raise ScenarioError(
            f"--closure {wrong!r}: give a kind and a name, such as labour=fixed_real_wage"
        )
    chosen = {kind.strip(): name.strip() for kind, _, name in pairs}
    loaded = [load_scenario(name) for name in names]
    wanted = [with_options(each, first=first, last=last, closure=chosen) for each in loaded]
    name, times = Counter(each.name for each in wanted).most_common(1)[0]
    if times > 1:
        raise ScenarioError(f"scenario {name!r} is given {times} times; rename one")
    return wanted


def given_baseline(folder: Path | None, wanted: Sequence[Scenario]) -> Pathway | None:
    """The baseline in a folder of results, as far as scenarios go.

    Raises:
        StoreError: there is none.
        ScenarioError: no scenario needs one.
    """
    if folder is None:
        return None
    from cge.path import load_pathway
    from cge.scenario import BASELINE as NAME
    from cge.scenario import ScenarioError

    if any(each.is_baseline for each in wanted):
        raise ScenarioError(
            "--baseline: a scenario without pools and shocks is a baseline itself; leave it out"
        )
    found = load_pathway(folder, NAME)
    return found.until(min(found.years[-1], max(each.last for each in wanted)))


def _tell(output: Output, out: Path, resume: bool) -> None:
    """Say what will be replaced, and what could be gone on with."""
    if replaced := output.replaced():
        kept = "name another with --out to keep them"
        say(f"Replacing {replaced} in {out} when this run is done; {kept}.")
    if output.unfinished.is_dir() and not resume:
        say(
            f"{output.unfinished}: an earlier run was cut; its years are removed when this run is "
            "done, or gone on with by --resume."
        )


def _solve(
    wanted: Sequence[Scenario],
    output: Output,
    given: Pathway | None,
    *,
    resume: bool,
    jobs: int,
    quiet: bool,
) -> list[Pathway]:
    """The baseline and scenarios with caps; what there is, if one fails."""
    from cge.path import StoreError
    from cge.path import run as solve

    last = max(wanted, key=lambda each: each.last)
    baseline = given.scenario if given else last.baseline()
    policies = [each for each in wanted if not each.is_baseline]
    paths: list[Pathway] = [] if given is None else [given]
    how: dict[str, Any] = {"folder": output.unfinished, "resume": resume}
    try:
        with progress([baseline, *policies], quiet=quiet) as on_year:
            if given is None:
                paths.append(solve(baseline, cache=True, on_year=on_year(baseline), **how))
            if jobs > 1 and len(policies) > 1:
                from cge.cli.jobs import solve_beside

                for path in solve_beside(policies, paths[0], jobs=jobs, **how):
                    paths.append(path)
                return paths
            for each in policies:
                paths.append(solve(each, baseline=paths[0], on_year=on_year(each), **how))
    except KeyboardInterrupt as stop:
        say("Stopped.")
        _keep(output, [*paths, *_solved_until(stop)])
        raise
    except (RuntimeError, StoreError) as error:
        if exit_code(error) is not None:
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
        if output.unfinished.is_dir():
            say("The same command with --resume goes on from there.")
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
    for page in (file for file in files if file.suffix == ".html"):
        typer.echo(f"Open {page} in a browser.")


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
