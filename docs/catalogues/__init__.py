"""Pages and pictures that the build of the documentation makes from the code.

What the program knows of itself is written nowhere by hand: keys of scenarios are read from the
schema, variables from the reports, equations from the declared model. ``PAGES`` has a function for
each page; as an extension of Sphinx the package writes all of them, and the pictures, into
``docs/reference`` before sources are read. Nothing is solved. What is built in the end must load
nothing from elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalogues import assumptions, commands, economy, equations, offline, schema
from catalogues.pictures import PICTURES

if TYPE_CHECKING:
    from sphinx.application import Sphinx

FOLDER = "reference"
"""Folder of the pages, beside those that are written by hand."""

PAGES: Mapping[str, Callable[[], str]] = {
    "scenario_keys": schema.scenario_keys,
    "file_keys": schema.file_keys,
    "variables": economy.variables,
    "names": economy.label_names,
    "levers": economy.levers,
    "coupling": economy.coupling,
    "closures": economy.closures,
    "m3c_equations": equations.m3c,
    "assumptions": assumptions.assumptions,
    "commands": commands.commands,
}
"""Pages by the name of their file."""


def write(folder: Path) -> None:
    """Write all pages and pictures, and leave nothing else in the folder.

    A file that would not change is left as it is, so that Sphinx reads only pages that do.
    """
    pages = {f"{name}.md": page().encode() for name, page in PAGES.items()}
    files = pages | {name: picture() for name, picture in PICTURES.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for other in set(folder.iterdir()) - {folder / name for name in files}:
        other.unlink()
    for name, content in files.items():
        file = folder / name
        if not file.exists() or file.read_bytes() != content:
            file.write_bytes(content)


def _check_offline(app: Sphinx, failure: Exception | None) -> None:
    """Assert that the site needs no network."""
    from sphinx.errors import ExtensionError

    found = [] if failure else list(offline.reaching_out(Path(app.outdir)))
    if found:
        told = "\n".join(f"{file}: {address}" for file, address in found)
        raise ExtensionError(f"pages load from elsewhere; ship it with the site:\n{told}")


def setup(app: Sphinx) -> Mapping[str, Any]:
    """Write the pages of a build before it looks for sources, and check the site in the end."""
    app.connect("builder-inited", lambda app: write(Path(app.srcdir, FOLDER)))
    app.connect("build-finished", _check_offline)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
