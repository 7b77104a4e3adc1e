"""The command ``cge ensemble``: scenarios under many draws of assumptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cge.cli.shared import explained, listed, say, stoppable

if TYPE_CHECKING:
    from cge.ensemble import Outcome, Outcomes, Plan

FILE = typer.Argument(metavar="FILE", help="YAML file of the ensemble.", show_default=False)
OUT = typer.Option("--out", metavar="DIR", help="Folder for draws and tables.")
JOBS = typer.Option("--jobs", min=1, help="Processes, each on a core. [default: all cores]")
RESUME = typer.Option("--resume", help="Go on with draws that are in DIR already.")
DASK = typer.Option(
    "--dask",
    metavar="ADDRESS",
    help="Solve on the workers of a dask scheduler, such as tcp://host:8786.",
    show_default=False,
)


def ensemble(
    file: Annotated[Path, FILE],
    out: Annotated[Path, OUT] = Path("ensemble"),
    jobs: Annotated[int | None, JOBS] = None,
    resume: Annotated[bool, RESUME] = False,
    dask: Annotated[str | None, DASK] = None,
    no_plots: Annotated[bool, typer.Option("--no-plots", help="Draw no figures.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print failures and files as JSON.")
    ] = False,
) -> None:
    """Solve scenarios under many draws of assumptions and several closures.

    \b
    cge ensemble mine.yaml                          all draws on all cores, into ensemble/
    cge ensemble mine.yaml --out mine --jobs 4
    cge ensemble mine.yaml --resume                 go on with an ensemble that was cut
    cge ensemble mine.yaml --dask tcp://host:8786   on the workers of a cluster

    Every draw is a Parquet file in DIR/draws as soon as it is solved, the same to the last bit
    wherever it is solved. Then quantiles.csv, regression.csv, indices.csv (of Sobol's draws),
    failures.csv and fan charts are written. Draws that fail are listed with year and reason; all
    others are kept, and the exit code is 3.
    """  # noqa: D301
    with explained(stopped="Stopped. Draws that are solved are kept; --resume goes on."):
        from cge.ensemble import load_ensemble, run_ensemble
        from cge.ensemble.report import text, write_tables

        plan = load_ensemble(file)
        with executor(dask) as (workers, ahead), progress(plan, quiet=as_json) as on_draw:
            found = run_ensemble(
                plan, out, executor=workers, ahead=ahead, jobs=jobs, resume=resume, on_draw=on_draw
            )
        files = write_tables(found, plots=not no_plots)
        with stoppable(f"Stopped while printing; written: {listed(files)}"):
            if as_json:
                typer.echo(json.dumps(_report(found, files), ensure_ascii=False))
            else:
                typer.echo(f"{text(found)}\nWritten: {listed(files)}")
            for failure in found.failures:
                say(f"Failed: {failure}")
            found.check()


@contextmanager
def executor(address: str | None) -> Iterator[tuple[Executor | None, int | None]]:
    """The workers of a dask scheduler, and how many draws to hand out; None for this machine.

    Raises:
        EnsembleError: the library is not installed, or nobody answers.
    """
    if address is None:
        yield None, None
        return
    from cge.ensemble.cluster import connected

    with connected(address) as found:
        yield found


@contextmanager
def progress(plan: Plan, *, quiet: bool) -> Iterator[Callable[[Outcome], None]]:
    """Show which draws are solved: a bar on a terminal, a line each elsewhere."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    count = 0

    def line(outcome: Outcome) -> None:
        nonlocal count
        count += 1
        if not quiet:
            failed = f", {len(outcome.failures)} paths failed" if outcome.failures else ""
            say(f"draw {outcome.draw}: solved ({count} now, {plan.size} in all){failed}")

    with ExitStack() as shown:
        if quiet or not console.is_terminal:
            yield line
            return
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        bar = shown.enter_context(Progress(*columns, console=console, transient=True))
        task = bar.add_task("draws", total=plan.size)
        yield lambda outcome: bar.advance(task)


def _report(found: Outcomes, files: list[Path]) -> dict[str, Any]:
    """What ``cge ensemble --json`` prints."""
    return {
        "files": [str(file) for file in files],
        "draws": found.about["size"],
        "solved": len(found.done),
        "failures": [failure.__dict__ for failure in found.failures],
        "lost": list(found.lost.values()),
    }
