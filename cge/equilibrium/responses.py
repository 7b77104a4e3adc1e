r"""How the conditions of auxiliary variables respond to the variables, all markets clearing.

With u the unknowns of the economy itself, f its conditions, v the auxiliary variables and g their
conditions without bounds,

.. math:: S = \frac{dg}{dv}\Big|_{f = 0}
            = \frac{\partial g}{\partial v} - \frac{\partial g}{\partial u}
              \Big(\frac{\partial f}{\partial u}\Big)^{-1} \frac{\partial f}{\partial v} .

Where the economy alone is determined (:math:`\partial f / \partial u` regular), the variables are
determined by their conditions if and only if S is regular.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from cge.equilibrium.axes import Axes
from cge.equilibrium.benchmark import benchmark
from cge.equilibrium.conditions import evaluate
from cge.equilibrium.jacobian import NUMERAIRE, jacobian
from cge.equilibrium.state import State, Unknowns
from cge.equilibrium.written import condition
from cge.language.errors import DeclarationError
from cge.language.model import Model

Array = npt.NDArray[np.float64]

STEP = 1e-4
"""Step of central differences in a variable: their error is of the order of its square."""


def responses(model: Model) -> pd.DataFrame:
    """Derivatives of auxiliary conditions in auxiliary variables, at the benchmark.

    The equilibrium responds along with each variable; bounds are left out of account.

    Returns:
        State (rows) by variables (columns), both by the members of the auxiliaries in order,
        such as ``unemployment[north]``.

    Raises:
        DeclarationError: the economy without its auxiliary variables is not determined.
    """
    numbers = model.values()
    state = benchmark(model, numbers)
    directions = _directions(model, numbers, state)

    def conditions(point: Unknowns) -> Array:
        at = _evaluate(model, numbers, point)
        values = [np.asarray(condition(a, at), float).ravel() for a in model.auxiliaries.values()]
        return np.concatenate([np.zeros(0), *values])

    columns = [_along(state.unknowns, d, conditions) for d in directions]
    names = [a.labels(at) for a in model.auxiliaries.values() for at in np.ndindex(a.shape)]
    table = np.stack(columns, axis=1) if columns else np.zeros((0, 0))
    return pd.DataFrame(table, index=names, columns=names)


def _evaluate(model: Model, numbers: Mapping[str, Array], point: Unknowns) -> State:
    with np.errstate(all="ignore"):
        return evaluate(model, Axes(model.dims, np), point, numbers)


def _along(point: Unknowns, direction: Unknowns, function: Callable[[Unknowns], Array]) -> Array:
    """Derivative of a function along a direction, by central differences."""
    longest = max(float(np.max(np.abs(d), initial=0.0)) for d in direction.values())
    step = STEP / max(1.0, longest)
    ahead, behind = (
        function({k: u + sign * step * direction[k] for k, u in point.items()})
        for sign in (1.0, -1.0)
    )
    return np.asarray((ahead - behind) / (2.0 * step), float)


def _directions(model: Model, numbers: Mapping[str, Array], state: State) -> list[Unknowns]:
    """Change of all unknowns with each member of the auxiliary variables."""
    families = model.families()
    own = [key for key in families if key[0] != "a"]
    still: Unknowns = {key: np.zeros(family.shape) for key, family in families.items()}
    moved: list[Unknowns] = []
    for key in (key for key in families if key[0] == "a"):
        for at in np.ndindex(families[key].shape):
            push = np.zeros(families[key].shape)
            push[at] = 1.0
            moved.append({**still, key: push})

    def economy(point: Unknowns) -> Array:
        residual = _evaluate(model, numbers, point).residual
        return np.concatenate([np.ravel(residual[key]) for key in own])

    if not moved:
        return []
    right = np.stack([_along(state.unknowns, d, economy) for d in moved], axis=1)
    answers = -_solve(model, state, own, right)  # unknown of the economy, auxiliary member
    ends = np.cumsum([families[key].size for key in own])[:-1]
    return [
        push | {k: part.reshape(still[k].shape) for k, part in zip(own, parts, strict=True)}
        for push, parts in ((p, np.split(a, ends)) for p, a in zip(moved, answers.T, strict=True))
    ]


def _solve(model: Model, state: State, own: list[str], right: Array) -> Array:
    """Solve with the Jacobian of the economy without its auxiliary variables."""
    try:
        return np.asarray(np.linalg.solve(_matrix(model, state, own), right), float)
    except np.linalg.LinAlgError:
        raise DeclarationError(
            f"{model.name}: without its auxiliary variables ({', '.join(model.auxiliaries)}) the "
            "economy is not determined at the benchmark; see that every market, activity and "
            "income has a condition of its own"
        ) from None


def _matrix(model: Model, state: State, own: list[str]) -> Array:
    """The Jacobian over the keys ``own``, the numeraire in the row of the dropped market."""
    shapes = {key: family.shape for key, family in model.families().items()}
    with np.errstate(all="ignore"):
        blocks = jacobian(state)
    matrix = blocks.matrix(own, own, shapes)
    dead = np.concatenate([np.broadcast_to(state.dead[k], shapes[k]).ravel() for k in own])
    if model.dropped is not None:
        key = f"p:{model.dropped.name}"
        row = sum(model.families()[k].size for k in own[: own.index(key)])
        matrix[row] = blocks.matrix([NUMERAIRE], own, {**shapes, NUMERAIRE: ()})[0]
        dead[row] = False
    return np.asarray(matrix + np.diag(dead.astype(float)), float)
