"""The command ``cge plot``: figures of a run for papers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cge.cli.shared import explained, listed

EVERY = "all"

NAME = typer.Argument(
    metavar="[NAME]...", help="Figures, or all; without one, what there is.", show_default=False
)
FROM = typer.Option("--from", metavar="DIR", help="Folder of the results.")
FORMAT = typer.Option("--format", help="Format of the files.")
OUT = typer.Option("--out", metavar="DIR", help="Folder for the figures; created if need be.")
LANGUAGE = typer.Option("--language", help="Language of the words in the figures.")


def plot(
    name: Annotated[list[str] | None, NAME] = None,
    folder: Annotated[Path, FROM] = Path("results"),
    form: Annotated[Literal["pdf", "svg", "png"], FORMAT] = "pdf",
    out: Annotated[Path, OUT] = Path("figures"),
    language: Annotated[Literal["en", "zh"], LANGUAGE] = "en",
) -> None:
    """Draw figures of a run for papers.

    \b
    cge plot                                     what figures there are
    cge plot electricity                         figures/electricity.pdf, of the run in results
    cge plot emissions price --from mine --format svg
    cge plot all --language zh --out 图
    """  # noqa: D301
    with explained():
        from cge.path import load_pathways
        from cge.results.plots import FIGURES, figure, write

        if not name:
            width = max(map(len, FIGURES))
            for each, kind in FIGURES.items():
                typer.echo(f"{each:<{width}}  {kind.meaning}")
            return
        wanted = list(FIGURES) if EVERY in name else list(dict.fromkeys(name))
        paths = load_pathways(folder)
        drawn = {each: figure(each, paths, language) for each in wanted}
        files = write(out, {f"{each}.{form}": made for each, made in drawn.items()})
        typer.echo(f"Written: {listed(files)}")
