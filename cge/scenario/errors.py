"""Errors of scenarios: what is wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterable


class ScenarioError(ValueError):
    """A scenario cannot be read, contradicts itself, or does not fit its dataset."""


class Misplaced(ScenarioError):
    """A wrong value, with the keys that lead to it in the document.

    Attributes:
        keys: for example ``("pools", 0, "regions", 2)``.
    """

    def __init__(self, message: str, *keys: str | int) -> None:
        super().__init__(message)
        self.keys = keys


def place(keys: Iterable[str | int]) -> str:
    """Keys as they are written in Python: ``pools[0].regions[2]``."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text
