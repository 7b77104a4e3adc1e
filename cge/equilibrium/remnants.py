r"""What is left of markets and incomes that have nearly vanished, and how exactly it is known.

Conditions hold relative to what is traded or earned at a solution, but no finer than to a share of
a millionth of the reference size, :math:`\max(D, S, 10^{-6} \bar q)` (``conditions``): what has
shrunk below that may be found to fewer digits of its own size than a solution promises.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cge.equilibrium.state import State

SHRUNK, DUST = 1e-6, 1e-16
"""Shares of its reference size below which a market or an income counts as a remnant, and as
rounding of nothing.
"""


def inexact(state: State, accuracy: float) -> list[str]:
    """Remnants that are known to fewer digits of their own size, in words.

    Arguments:
        state: the economy at a solution, as NumPy arrays.
        accuracy: what both sides of a market, or income and spending, may differ by, as a share of
            what is left.
    """
    texts = []
    for what, label, left, apart in _remnants(state):
        if apart > accuracy:
            texts.append(
                f"{what} {label} has shrunk to {left:.1e} of its reference size, and is known to "
                f"{apart:.1e} of what is left"
            )
    return texts


def _remnants(state: State) -> Iterator[tuple[str, str, float, float]]:
    """Markets with a price, and incomes, that have nearly vanished: size left, and how far apart
    their two sides are.
    """
    for commodity in state.model.commodities.values():
        if commodity.zero_scale is None:
            demand, supply = state.demands[commodity], state.supplies[commodity]
            for at, left, apart in _small(demand, supply, state.size[commodity]):
                yield "market", commodity.labels(at), left, apart
    for agent, budget in state.model.budgets.items():
        if budget.tree is not None:
            income, spent = state.incomes[agent], state.spending(agent)
            for at, left, apart in _small(income, spent, state.scale[agent]):
                yield "income", agent.labels(at), left, apart


def _small(
    first: np.ndarray, second: np.ndarray, size: np.ndarray
) -> Iterator[tuple[tuple[int, ...], float, float]]:
    """Where two sides are a small part of a size: that part, and their relative difference."""
    first, second, size = np.broadcast_arrays(first, second, size)
    largest = np.maximum(np.abs(first), np.abs(second))
    for found in np.argwhere((largest > DUST * size) & (largest < SHRUNK * size)):
        at = tuple(int(k) for k in found)
        apart = abs(float(first[at] - second[at])) / float(largest[at])
        yield at, float(largest[at] / size[at]), apart
