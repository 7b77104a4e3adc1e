r"""What the conditions leave open at a solution: the null space of the Jacobian.

Where :math:`J v = 0` for some :math:`v \ne 0` the unknowns can move along v without a condition
failing, to first order. That is so for the price of what nobody trades any more, and wherever there
is a continuum of equilibria.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cge.equilibrium.axes import Axes
from cge.equilibrium.jacobian import NUMERAIRE, with_auxiliaries
from cge.equilibrium.state import State

SINGULAR = 1e-11
"""Singular value, relative to the largest, from which a direction counts as open."""

PART = 1e-3
"""Part in such a direction, relative to the largest, from which an unknown counts as open."""


def free_unknowns(state: State, values: Mapping[str, np.ndarray]) -> list[str]:
    """Members of the families whose unknowns are not determined, such as ``P[north, milk]``.

    Arguments:
        state: the economy at a solution, as NumPy arrays.
        values: parameters before auxiliary variables move them.
    """
    families = state.model.families()
    live = np.concatenate(
        [~np.broadcast_to(state.dead[k], f.shape).ravel() for k, f in families.items()]
    )
    matrix = _jacobian(state, values)[np.ix_(live, live)]
    if not matrix.size or not np.isfinite(matrix).all():
        return []
    sizes = np.abs(matrix).max(axis=1, keepdims=True)
    _, singular, directions = np.linalg.svd(matrix / np.where(sizes > 0, sizes, 1.0))
    open_ = np.abs(directions[singular <= SINGULAR * singular[0]])
    moves = np.zeros(len(live), bool)
    moves[live] = (open_ > PART * open_.max(axis=1, keepdims=True, initial=0.0)).any(axis=0)
    labels = [f.labels(at) for f in families.values() for at in np.ndindex(f.shape)]
    return [label for label, free in zip(labels, moves, strict=True) if free]


def _jacobian(state: State, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """All conditions by all unknowns, the numeraire in the place of the dropped market."""
    import jax
    import jax.numpy as jnp

    model, keys = state.model, list(state.model.families())
    if model.auxiliaries:
        from cge.equilibrium.conditions import evaluate

        axes = Axes(model.dims, jnp)
        point = jax.tree.map(jnp.asarray, state.unknowns)
        state = evaluate(model, axes, point, values)
    blocks = with_auxiliaries(model, state.axes, state, values)
    shapes = {**{k: f.shape for k, f in model.families().items()}, NUMERAIRE: ()}
    matrix = np.array(blocks.matrix(keys, keys, shapes), float)
    if model.dropped is not None:
        row = 0
        for key in keys:
            if key == f"p:{model.dropped.name}":
                break
            row += int(np.prod(shapes[key], dtype=int))
        matrix[row] = np.asarray(blocks.matrix([NUMERAIRE], keys, shapes), float)[0]
    return matrix
