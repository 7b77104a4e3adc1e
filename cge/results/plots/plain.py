"""What panels share that are drawn from tables of numbers, not from exhibits of the report."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from cge.results.units import subscripted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH = 44
"""Letters in a line of a title."""


def entitle(axes: Axes, meaning: str) -> None:
    """Write what a report means, up to its first semicolon, above a panel: two lines at most."""
    lines = wrap(subscripted(meaning.split(";")[0]), WIDTH)
    axes.set_title("\n".join(lines[:2]), loc="left", fontsize="small")


def unframed(axes: Axes) -> None:
    """Levels are marked by light lines, without a frame."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="y", alpha=0.3)
