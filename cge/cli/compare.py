"""The command ``cge compare``: pathways side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cge.cli.shared import explained, listed

if TYPE_CHECKING:
    from cge.path import Pathway
    from cge.results.comparison import Comparison

PATHS = typer.Argument(
    metavar="PATHWAY",
    help="Folders of results, scenarios in them (FOLDER:NAME), or names of scenarios in the folder "
    "before (at first: results). The others are compared with the first.",
    show_default=False,
)
VARIABLE = typer.Option("--variable", metavar="NAME", help="Report (see cge variables).")
REGION = typer.Option("--region", metavar="CODE", help="Region or total, such as JS or China.")
SECTOR = typer.Option("--sector", metavar="CODE", help="Sector, such as FER; compares by sector.")
YEAR = typer.Option("--year", metavar="YEAR", help="Year.")
BY = typer.Option("--by", metavar="DIM", help="Dimension that is not added up: sector, fuel...")
CSV = typer.Option("--csv", metavar="FILE", help="Write the table, one value a line.")
EXCEL = typer.Option("--excel", metavar="FILE", help="Write a workbook, a sheet a subject.")
FIGURE = typer.Option("--figure", metavar="FILE", help="Draw levels and per cent (pdf, svg, png).")


def compare(
    paths: Annotated[list[str], PATHS],
    variable: Annotated[list[str] | None, VARIABLE] = None,
    region: Annotated[list[str] | None, REGION] = None,
    sector: Annotated[list[str] | None, SECTOR] = None,
    year: Annotated[list[int] | None, YEAR] = None,
    by: Annotated[list[str] | None, BY] = None,
    decompose: Annotated[
        bool, typer.Option("--decompose", help="Print why CO2 and GDP differ.")
    ] = False,
    csv: Annotated[Path | None, CSV] = None,
    excel: Annotated[Path | None, EXCEL] = None,
    figure: Annotated[Path | None, FIGURE] = None,
) -> None:
    """Compare pathways: levels, differences, per cent, and why they differ.

    \b
    cge compare results                              all that the folder holds
    cge compare results other                        the scenarios of two runs
    cge compare results:baseline results other       three pathways
    cge compare results --variable output --sector FER --region JS --year 2030
    cge compare results --decompose                  CO2 by effect, GDP by expenditure
    cge compare results --excel results.xlsx --figure results.pdf

    Without --variable the main reports are printed; files have all that add up over regions, and
    all regions and years where none is named. Options may be repeated. CO2 is decomposed into
    activity, structure and intensity (LMDI), GDP from the side of expenditure.
    """  # noqa: D301
    with explained():
        from cge.results.comparison import compare_paths, picture

        found = named_paths(paths)
        labels = {"sector": list(sector)} if sector else {}
        dims = list(dict.fromkeys([*(by or []), *labels]))
        how: dict[str, Any] = {
            "variables": variable or [],
            "regions": region or [],
            "by": dims,
            "labels": labels,
        }
        table = compare_paths(found, years=year or [], **how)
        files: list[tuple[Path, bytes]] = []
        if figure is not None:
            years = year or common_years(found)
            files.append((figure, picture(compare_paths(found, years=years, **how), figure)))
        if csv is not None or excel is not None:
            whole = table if dims else everything(found, variable, region, year)
            files += [(csv, whole.to_csv().encode())] if csv is not None else []
            files += [(excel, whole.to_excel())] if excel is not None else []
        written = _write(files)
        typer.echo(table.reasons() if decompose else table.text())
        if written:
            typer.echo(f"\nWritten: {listed(written)}")


def named_paths(words: Sequence[str]) -> dict[str, Pathway]:
    """Pathways by scenario; of scenarios of one name in two folders, with the folder.

    Raises:
        StoreError: there is no such folder or scenario.
    """
    found: list[tuple[Path, Pathway]] = []
    folder = Path("results")
    for word in words:
        place, _, name = word.rpartition(":")
        if Path(word).exists():
            folder, path = Path(word), None
        elif place and Path(place).exists():
            folder, path = Path(place), name
        elif "/" in word or (not found and not folder.exists()):
            folder, path = Path(word), None  # which says that there is none
        else:
            path = word
        found += [(folder, each) for each in _of(folder, path, alone=len(words) == 1)]
    names = [path.scenario.name for _, path in found]
    twice = {name for name in names if names.count(name) > 1}
    return {
        f"{place}:{path.scenario.name}" if path.scenario.name in twice else path.scenario.name: path
        for place, path in found
    }


def _of(folder: Path, name: str | None, *, alone: bool) -> list[Pathway]:
    """The pathway that is named, the last where none is, or all where nothing else is."""
    from cge.path import load_pathway, load_pathways

    return load_pathways(folder) if alone and name is None else [load_pathway(folder, name)]


def everything(
    paths: dict[str, Pathway],
    variables: Sequence[str] | None,
    regions: Sequence[str] | None,
    years: Sequence[int] | None,
) -> Comparison:
    """The comparison that files hold: all reports that add up, regions and years."""
    from cge.results.comparison import compare_paths
    from cge.results.headline import headline

    first = headline(next(iter(paths.values())))
    return compare_paths(
        paths,
        variables=variables or [str(name) for name in first.data_vars],
        regions=regions or [str(name) for name in first["region"].to_numpy()],
        years=years or common_years(paths),
    )


def common_years(paths: dict[str, Pathway]) -> list[int]:
    """Years that all pathways have."""
    return sorted(set.intersection(*(set(path.years) for path in paths.values())))


def _write(files: Sequence[tuple[Path, bytes]]) -> list[Path]:
    """Write the files that are wanted.

    Raises:
        OutputError: one cannot be written.
    """
    from cge.results import OutputError
    from sam.writing import explained as explained_by
    from sam.writing import write_file

    for file, content in files:
        with explained_by(OutputError, f"file {file}", "name another"):
            write_file(file, content)
    return [file for file, _ in files]
