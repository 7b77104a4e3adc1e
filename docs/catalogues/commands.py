"""The command line, from what ``cge --help`` and that of every command print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from catalogues.markdown import block, page, section
from cge.cli import app

WIDTH = 92
"""Letters in a line."""


def helps() -> Iterator[tuple[str, str]]:
    """Every command with its help, groups before what they hold."""
    yield from _below(typer.main.get_command(app), "cge", None)


def _below(command: Any, name: str, parent: typer.Context | None) -> Iterator[tuple[str, str]]:
    context = typer.Context(
        command,
        parent=parent,
        info_name=name.split()[-1],
        terminal_width=WIDTH,
        max_content_width=WIDTH,
    )
    yield name, command.get_help(context)
    for inner, each in getattr(command, "commands", {}).items():
        yield from _below(each, f"{name} {inner}", context)


def commands() -> str:
    """The page of the command line."""
    return page(
        "The command line",
        "What `--help` prints, command by command. The exit code is 0 when all is done, 1 when a "
        "check failed, 2 for bad input or output that cannot be written, 3 where there is no "
        "solution, 130 and 143 when it was stopped.",
        *(section(f"`{name}`", block(text)) for name, text in helps()),
    )
