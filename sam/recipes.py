"""Recipes: functions that build a dataset from a folder of official tables, found by name.

A recipe lives in a package of its own and registers under the entry points of the group
``m3c.recipes``, one line in the metadata of that package, here in a ``setup.cfg``::

    [options.entry_points]
    m3c.recipes =
        mars2050 = my_package.mars:build

Installed beside this package it is found by ``recipe("mars2050")`` and by
``cge data build mars2050``, as the recipe of the embedded dataset is.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from inspect import signature
from pathlib import Path

from sam.dataset import Dataset
from sam.errors import DatasetError

Recipe = Callable[..., Dataset]
"""Builds a dataset from a folder of official tables; one that takes ``year`` of several years."""

GROUP = "m3c.recipes"
"""Group of entry points under which packages register their recipes."""


def available_recipes() -> tuple[str, ...]:
    """Names of the recipes that installed packages register."""
    return tuple(sorted(entry_points(group=GROUP).names))


def recipe(name: str) -> Recipe:
    """The function that builds a dataset from a folder of official tables.

    Arguments:
        name: one of ``available_recipes()``.

    Raises:
        DatasetError: nobody registers such a recipe, several packages do, or what is registered
            cannot be imported or called.
    """
    entry = _entry(name)
    try:
        build = entry.load()
    except (ImportError, AttributeError) as cause:
        raise DatasetError(
            f"{_described(entry)} cannot be imported ({cause}); correct the entry point or what it "
            "imports, and install the package again"
        ) from cause
    if not callable(build):
        raise DatasetError(
            f"{_described(entry)} is no function but {type(build).__name__}; register a function "
            "that takes the folder of official tables and returns a dataset"
        )
    found: Recipe = build
    return found


def _entry(name: str) -> EntryPoint:
    """The one entry point of that name."""
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        known = ", ".join(available_recipes()) or "none"
        raise DatasetError(
            f"no recipe builds {name!r}; recipes: {known}. A package registers one as an entry "
            f"point of the group {GROUP}"
        )
    if len(found) > 1:
        several = "; ".join(sorted(_described(entry) for entry in found))
        raise DatasetError(
            f"{len(found)} packages register a recipe {name!r}: {several}; uninstall or rename all "
            "but one"
        )
    return found[0]


def _described(entry: EntryPoint) -> str:
    """A registration in words: name, package and place."""
    package = entry.dist.name if entry.dist else "an unknown package"
    return f"recipe {entry.name!r} of {package} ({entry.value})"


def built(name: str, sources: Path, year: int | None = None) -> Dataset:
    """The dataset that a recipe makes of a folder of official tables.

    Arguments:
        name: one of ``available_recipes()``.
        sources: folder of official tables.
        year: base year, for a recipe that takes one; its own if omitted.

    Raises:
        DatasetError: there is no such recipe, or a year is given to one that knows a single year.
    """
    make = recipe(name)
    if year is None:
        return make(sources)
    if "year" not in signature(make).parameters:
        raise DatasetError(f"recipe {name!r} builds one base year only; leave out the year")
    return make(sources, year=year)
