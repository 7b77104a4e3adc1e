"""The command ``cge equations``: the equations of M3C, as they are solved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cge.cli.shared import explained

if TYPE_CHECKING:
    from cge.language.model import Model

BLOCK = typer.Argument(
    metavar="BLOCK",
    help="A commodity, activity, agent or variable, such as PA or Y; without one, what there is.",
    show_default=False,
)
DATASET = typer.Option("--dataset", help="An embedded dataset or a folder.")
AT = typer.Option(
    "--at",
    metavar="LETTER=LABEL",
    help="Only members with this label; may be repeated.",
    show_default=False,
)


def equations(
    block: Annotated[str, BLOCK] = "",
    dataset: Annotated[str, DATASET] = "yrd2020",
    every: Annotated[bool, typer.Option("--all", help="Print all blocks.")] = False,
    at: Annotated[list[str] | None, AT] = None,
    numbers: Annotated[
        bool, typer.Option("--numbers", help="Put base-year numbers in the place of parameters.")
    ] = False,
    latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX.")] = False,
) -> None:
    """Print the equations of the model, one block at a time.

    \b
    cge equations                                          what the model is made of
    cge equations Y                                        production, as text
    cge equations PA --at r=SH --at i=COL --numbers        one market in numbers
    cge equations --all --latex > model.tex                everything, for amsmath
    """  # noqa: D301
    with explained():
        model = declared(dataset)
        if not block and not every:
            typer.echo(str(model))
            return
        found = model.equations(block, at=labels(at or []), numbers=numbers)
        typer.echo(found.latex() if latex else found.text())


def declared(dataset: str) -> Model:
    """M3C on a dataset, with one pool and no closure beside the default ones."""
    from cge.m3c import declare
    from cge.m3c.check import setting_of

    setting = setting_of(dataset)
    economy = declare(setting.benchmark, setting.assumptions.removal, setting.structure())
    return economy.model


def labels(given: list[str]) -> dict[str, str]:
    """Labels by letter from ``LETTER=LABEL``."""
    from cge.language import DeclarationError

    pairs = [text.partition("=") for text in given]
    wrong = next((text for text, (_, sign, _) in zip(given, pairs, strict=True) if not sign), None)
    if wrong is not None:
        raise DeclarationError(f"--at {wrong!r}: give a letter and a label, such as r=SH")
    return {letter.strip(): label.strip() for letter, _, label in pairs}
