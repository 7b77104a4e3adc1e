"""The command ``cge assess``: projects held against the economy without them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cge.cli.run import LAST
from cge.cli.shared import explained, say

if TYPE_CHECKING:
    from cge.projects import Assessment

End = Literal["low", "middle", "high"]

PROJECTS = typer.Argument(
    metavar="PROJECT",
    help="YAML files, or names of shipped projects (cge assess --list); several are run together.",
    show_default=False,
)
SCENARIO = typer.Option("--scenario", metavar="NAME", help="Economy around them.")
END = typer.Option("--end", metavar="END", help="End of their ranges: low, middle or high.")
FINANCE = typer.Option(
    "--finance",
    metavar="WHO",
    help="Who pays: other investment of the region, of the nation, or the world.",
)
CSV = typer.Option("--csv", metavar="FILE", help="Write all regions, years and phases.")


def assess(
    projects: Annotated[list[str] | None, PROJECTS] = None,
    scenario: Annotated[str, SCENARIO] = "current_policies",
    last: Annotated[int | None, LAST] = None,
    end: Annotated[End, END] = "middle",
    finance: Annotated[str, FINANCE] = "region",
    csv: Annotated[Path | None, CSV] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the shipped projects.")] = False,
) -> None:
    """Hold projects against the economy without them: GDP, jobs, CO2, by phase.

    \b
    cge assess offshore_wind --last 2035          a project of the report
    cge assess mine.yaml --end high               one of your own
    cge assess urban_mining green_metallurgy      two together
    cge assess --list                             the shipped ones

    Construction and operation are also run alone. Differences are in the regions of the projects.
    """  # noqa: D301
    with explained(stopped="Stopped; nothing is kept."):
        from cge.projects import assess as held
        from cge.projects import available_projects, load_project
        from cge.scenario import load_scenario

        if listing or not projects:
            for name in available_projects():
                typer.echo(f"{name:20} {load_project(name).title['en']}")
            return
        found = held(
            [load_project(name) for name in projects],
            load_scenario(scenario),
            last=last,
            end=end,
            finance=finance,
            on_year=lambda phase, year: say(f"{phase} {year}"),
        )
        if csv is not None:
            _write(found, csv)
        typer.echo(_text(found))


def _text(found: Assessment) -> str:
    """The table, and what of the change of GDP is of which phase."""
    lines = [", ".join(project.title["en"] for project in found.projects)]
    lines.append(f"in {', '.join(found.regions)}; paid by: {found.finance}; ranges: {found.end}\n")
    for phase in ("construction", "operation", "project"):
        lines.append(f"{phase}\n{found.phase(phase).to_string(float_format='{:,.2f}'.format)}\n")
    parts = found.gdp()
    told = ", ".join(f"{name} {value:,.1f}" for name, value in parts.items())
    return "\n".join([*lines, f"GDP in all years together, 1e8 CNY: {told}."])


def _write(found: Assessment, file: Path) -> None:
    """Write the whole table.

    Raises:
        OutputError: it cannot be written.
    """
    from cge.results import OutputError
    from sam.writing import explained as explained_by
    from sam.writing import write_file

    with explained_by(OutputError, f"file {file}", "name another"):
        write_file(file, found.data.to_csv(index=False, lineterminator="\n").encode())
    say(f"Written: {file}")
