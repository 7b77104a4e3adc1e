r"""Where a child of an additive nest has become so dear that the nest is cheaper without it.

The average price responds to that of a child by :math:`(1 - \sigma) \theta + \sigma q`, with its
value share :math:`\theta` and quantity share q (``cge.language.additive``). The declaration refuses
references at which that is negative; prices may come there in a solution all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cge.equilibrium.state import Flow, State
from cge.language.additive import SLACK


def dear(state: State) -> list[str]:
    """Children of additive nests beyond the threshold, in words: the worst of each tree.

    Arguments:
        state: the economy at a solution, as NumPy arrays.
    """
    texts = []
    for flow in state.flows:
        trapped = sorted(_trapped(state, flow))
        if trapped:
            more = f" (and {len(trapped) - 1} more)" if trapped[1:] else ""
            texts.append(
                f"{flow.tree.owner}: {trapped[0][1]}{more}: in an additive nest the average price "
                "moves against it there, and waste looks like a gain"
            )
    return texts


def _trapped(state: State, flow: Flow) -> Iterator[tuple[float, str]]:
    """Responses that are negative, and of whom."""
    axes, unit = state.axes, flow.unit
    for node in flow.tree.additive:
        if node.allow_dear or node.fixed_elasticity == 0.0:
            continue
        for child in flow.tree.children[node]:
            if child not in unit.part:
                continue
            shape = axes.shape(child.letters)
            response = np.broadcast_to(unit.share[child], shape)
            sigma = np.asarray(unit.elasticity[node])
            if sigma.ndim:
                sigma = axes.align(sigma, node.letters, child.letters)
            sigma, part = (np.broadcast_to(x, shape) for x in (sigma, unit.part[child]))
            for found in np.argwhere(response < -SLACK):
                at = tuple(int(k) for k in found)
                value = (response[at] - sigma[at] * part[at]) / (1.0 - sigma[at])
                name = " and ".join(leaf.name for leaf in flow.tree.leaves_below(child))
                place = state.model.dims.member(name, child.letters, at)
                yield (
                    float(response[at]),
                    f"{place} has {value / part[at]:.4g} times the average price, past the "
                    f"threshold {sigma[at] / (sigma[at] - 1.0):.4g}",
                )
