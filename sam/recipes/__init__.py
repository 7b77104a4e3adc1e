"""Recipes that build the embedded datasets from official tables.

``recipe("yrd2020")`` gives the function that builds the dataset from a folder of sources.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from sam.dataset import Dataset
from sam.errors import DatasetError

Recipe = Callable[[Path], Dataset]
"""Builds a dataset from a folder of official tables."""

_MODULES = {"yrd2020": "sam.recipes.yrd2020.build"}


def available_recipes() -> tuple[str, ...]:
    """Names of the datasets that can be rebuilt from their sources."""
    return tuple(sorted(_MODULES))


def recipe(name: str) -> Recipe:
    """The function that builds a dataset from a folder of official tables.

    Arguments:
        name: one of ``available_recipes()``.

    Raises:
        DatasetError: there is no such recipe.
    """
    if name not in _MODULES:
        known = ", ".join(available_recipes())
        raise DatasetError(f"no recipe builds {name!r}; recipes: {known}")
    build: Recipe = import_module(_MODULES[name]).build
    return build
