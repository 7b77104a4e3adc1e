"""Pieces of Markdown that pages are made of, and what docstrings say of attributes."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Any

import pandas as pd

_ENTRY = re.compile(r"(?P<names>\w+(?:, \w+)*): (?P<text>.*)")


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[str] = ()
) -> str:
    """A table, some columns aligned to the right."""
    wide = set(right)
    rule = "|".join("---:" if name in wide else "---" for name in columns)
    lines = [" | ".join(map(cell, row)) for row in (columns, *rows)]
    return "\n".join([f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])])


def framed(frame: pd.DataFrame, right: Iterable[str] = ()) -> str:
    """A frame as a table, without its index."""
    return table(list(map(str, frame.columns)), frame.to_numpy().tolist(), right)


def cell(content: object) -> str:
    """What stands in a cell: one line, without what would end it."""
    return re.sub(r"\s*\n\s*", " ", str(content)).replace("|", r"\|")


def code(text: object) -> str:
    """A name or a value as code."""
    return f"`{text}`"


def block(text: str, language: str = "text") -> str:
    """Lines as they are."""
    return f"```{language}\n{text.rstrip()}\n```"


def folded(summary: str, content: str) -> str:
    """What a reader unfolds."""
    return f"<details><summary>{summary}</summary>\n\n{content}\n\n</details>"


def page(title: str, *parts: str) -> str:
    """A page of parts with an empty line between them."""
    return "\n\n".join([f"# {title}", *filter(None, parts)]) + "\n"


def section(title: str, *parts: str, level: int = 2) -> str:
    """A section of parts with an empty line between them."""
    return "\n\n".join([f"{'#' * level} {title}", *filter(None, parts)])


def subject(module: ModuleType) -> tuple[str, str]:
    """The subject of a module, and what its first sentence says of it."""
    first, _, _ = prose(module).partition("\n\n")
    title, _, rest = " ".join(first.split()).partition(": ")
    return title.rstrip("."), rest[:1].upper() + rest[1:]


def prose(thing: Any) -> str:
    """What a docstring says before it lists attributes or arguments."""
    text = inspect.getdoc(thing) or ""
    return re.split(r"\n\n(?:Attributes|Arguments|Raises|Returns):\n", text)[0].replace("``", "`")


def attributes(cls: type) -> dict[str, str]:
    """What a class says of its attributes, by name."""
    _, _, listed = (inspect.getdoc(cls) or "").partition("Attributes:\n")
    found: dict[str, str] = {}
    names: list[str] = []
    for line in inspect.cleandoc(listed.partition("\n\n")[0]).replace("``", "`").splitlines():
        entry = _ENTRY.fullmatch(line)
        if entry:
            names = entry["names"].split(", ")
            found |= dict.fromkeys(names, entry["text"])
        else:
            found |= {name: f"{found[name]} {line.strip()}" for name in names}
    return found
