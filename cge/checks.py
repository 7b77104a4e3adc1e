"""Checks of a solved year: how far its accounts are from balancing, and where they are worst.

A run evaluates every ``Check`` of its blocks when it accepts a year, and keeps of each account the
largest relative imbalance with its place. What exceeds ``TOLERANCE`` is an error of the model, not
of the solver: years stay as they are, and ``assert_balanced`` names scenario, year and place.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cge.blocks import Check, Year
from cge.reports import Labels, shaped

TOLERANCE = 1e-8
"""Largest relative imbalance of an account."""

COLUMNS = ("year", "check", "imbalance", "place")
"""What is known of an account in a year: the largest relative imbalance and where it is."""


def imbalances(checks: Sequence[Check], at: Year, labels: Labels) -> list[Mapping[str, Any]]:
    """The worst place of every account of a year, a row of ``COLUMNS`` each.

    Raises:
        DeclarationError: a check gives an array of another shape than its places.
    """
    found: dict[str, tuple[float, str]] = {}
    for check in checks:
        size, place = _worst(check, at, labels)
        if check.name not in found or size > found[check.name][0]:
            found[check.name] = size, f"{check.meaning}{place and f' in {place}'}"
    return [
        dict(zip(COLUMNS, (at.year, name, size, place), strict=True))
        for name, (size, place) in found.items()
    ]


def _worst(check: Check, at: Year, labels: Labels) -> tuple[float, str]:
    """The largest imbalance of a check, and its place; what is no number is infinitely bad."""
    size = np.abs(shaped(check, check.of(at), labels))
    size = np.where(np.isnan(size), np.inf, size)
    where = np.unravel_index(int(np.argmax(size)), size.shape)
    names = [labels[dim][int(k)] for dim, k in zip(check.dims.split(), where, strict=True)]
    return float(size[where]), " ".join(names)
