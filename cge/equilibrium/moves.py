"""Which inputs moved most between two sets of parameters: where to look if a solve fails.

A number moves by the difference as a share of the larger of the two, which treats a tenth and
tenfold alike; what changes its sign moves by more than one. What appears or vanishes, as caps and
limits do when their time comes, moves by a half.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from cge.language.model import Model

Array = npt.NDArray[np.float64]

COUNT = 3
"""Parameters that are named."""

NOTICED = 0.1
"""Smallest move that is named: most parameters move by some per cent from year to year."""


def largest_moves(model: Model, before: Mapping[str, Array], now: Mapping[str, Array]) -> list[str]:
    """The parameters that moved most, each where it moved most, such as ``tariff 2 (was 0.1)``.

    Arguments:
        model: the declared model.
        before: parameters by name.
        now: other values of some of them; products follow their factors and are not named.
    """
    found: list[tuple[float, str]] = []
    for name, value in now.items():
        if name in model.products:
            continue
        new, old = np.broadcast_arrays(np.asarray(value, float), np.asarray(before[name], float))
        moves = _moves(new, old)
        if moves.size and moves.max() > NOTICED:
            at = np.unravel_index(int(moves.argmax()), moves.shape)
            letters = model.parameters[name].letters
            labels = model.dims.labels_at(letters, map(int, at))
            place = f"[{', '.join(labels)}]" if labels else ""
            found.append((float(moves[at]), f"{name}{place} {new[at]:.4g} (was {old[at]:.4g})"))
    ranked = sorted(found, key=lambda each: -each[0])
    return [text for _, text in ranked[:COUNT]]


def _moves(new: Array, old: Array) -> Array:
    """How far each entry moved."""
    largest = np.maximum(np.abs(new), np.abs(old))
    moved = np.divide(np.abs(new - old), largest, out=np.zeros(new.shape), where=largest > 0.0)
    appears = (new == 0.0) != (old == 0.0)
    return np.where(appears, 0.5, moved)
