r"""Gradients of outputs with respect to all parameters of a model at once.

By the implicit function theorem, with one factorisation of the Jacobian and one transposed solve
for each number that is asked (``cge.equilibrium.sensitivity``),

.. math:: \frac{dy}{d\theta} = \frac{\partial y}{\partial \theta}
          - \frac{\partial y}{\partial u} J^{-1} \frac{\partial f}{\partial \theta} , \qquad
          \epsilon = \frac{\theta}{y} \frac{dy}{d\theta} .
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from cge.equilibrium import Equilibrium, NotSolved, Solver
from cge.equilibrium.result import failure
from cge.equilibrium.verbs import solver_of
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.parameters import Parameter, Values
from cge.sensitivity.outputs import Outputs, What

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Gradients:
    """Derivatives of outputs in all parameters, at an equilibrium.

    Attributes:
        equilibrium: where they are taken.
        outputs: the outputs there.
        kinks: complementarities at a kink, where derivatives are those of the active side only.
    """

    equilibrium: Equilibrium
    outputs: xr.Dataset
    kinks: tuple[str, ...]
    _slopes: Mapping[tuple[str, str], Array]  # letters of the output, of the parameter

    def of(self, output: str, parameter: str | Parameter) -> xr.DataArray:
        """Derivatives of an output in a parameter, in units of the one per unit of the other.

        Returns:
            Over the letters of the output, and ``parameter_r`` for a letter r of the parameter.

        Raises:
            DeclarationError: there is no such output or parameter, or it is a product, which
                follows its factors.
        """
        name = parameter.name if isinstance(parameter, Parameter) else parameter
        model = self.equilibrium.model
        values = self.equilibrium.values
        own = {each: value for each, value in values.items() if each not in model.products}
        model.values({**own, name: values.get(name, 0.0)})  # names what cannot be asked
        if output not in self.outputs:
            known = ", ".join(map(str, self.outputs))
            raise DeclarationError(f"no output {output!r}; outputs are {known}")
        array = self.outputs[output]
        letters = model.parameters[name].letters
        coords: dict[str, Any] = {str(c): array[c] for c in array.dims}
        coords |= {f"parameter_{c}": list(model.dims[c].labels) for c in letters}
        return xr.DataArray(self._slopes[output, name], coords, list(coords), name=output)

    def table(self, least: float = 0.0) -> pd.DataFrame:
        """A row for each number that is asked and each member of each parameter.

        Arguments:
            least: smallest absolute elasticity that is listed.

        Returns:
            Columns ``output``, ``parameter``, ``value`` of the parameter, ``derivative`` and
            ``elasticity``, the per cent that the output changes with a per cent of the parameter;
            the largest elasticity of each output first.
        """
        columns = ["output", "parameter", "value", "derivative", "elasticity"]
        table = pd.DataFrame(self._rows(least), columns=columns)
        size = table["elasticity"].abs()
        order = table.assign(size=size).sort_values(
            ["output", "size"], ascending=[True, False], kind="stable"
        )
        return order.drop(columns="size").reset_index(drop=True)

    def _rows(self, least: float) -> Iterator[tuple[str, str, float, float, float]]:
        model, values = self.equilibrium.model, self.equilibrium.values
        for (output, name), slopes in self._slopes.items():
            array, letters = self.outputs[output], model.parameters[name].letters
            theta = np.asarray(values[name], float)
            level = array.values.reshape(array.shape + (1,) * theta.ndim)
            with np.errstate(divide="ignore", invalid="ignore"):
                elasticity = np.where(level == 0.0, np.nan, slopes * theta / level)
            for at in np.argwhere(~(np.abs(elasticity) < least)):
                place, member = tuple(at[: array.ndim]), tuple(at[array.ndim :])
                yield (
                    model.dims.member(output, "".join(map(str, array.dims)), place),
                    model.dims.member(name, letters, member),
                    float(theta[member]),
                    float(slopes[tuple(at)]),
                    float(elasticity[tuple(at)]),
                )


def gradients(
    model: Model | Solver,
    outputs: Mapping[str, What],
    at: Values | Equilibrium | None = None,
) -> Gradients:
    """Derivatives of outputs with respect to all parameters of a model.

    What is compiled is kept for the outputs asked last: the same handles and functions at another
    point take no compiling.

    Arguments:
        model: a model, or its solver.
        outputs: handles or functions of the state by name, see ``What``.
        at: an equilibrium, or new values of parameters at which one is solved; the benchmark by
            default.

    Raises:
        DeclarationError: outputs do not fit the model.
        NotSolved: there is no equilibrium, or the one that is given is none.
    """
    solver = solver_of(model) if isinstance(model, Model) else model
    asked = Outputs.of(solver, outputs)
    point = at if isinstance(at, Equilibrium) else solver.solve(at)
    if point.model is not solver.model:
        raise DeclarationError(f"the equilibrium is of the model {point.model.name!r}, another one")
    if not point.solved:
        raise NotSolved(failure(point), point)
    found = asked.slopes(point.unknowns, point.values)
    values = asked.read(point.unknowns, point.values)
    slopes: dict[tuple[str, str], Array] = {}
    for name, rows in found.items():
        first = 0
        for one in asked.all if name not in solver.model.products else ():
            shape = values[one.name].shape
            size = int(np.prod(shape))
            part = np.asarray(rows[first : first + size])
            slopes[one.name, name] = part.reshape((*shape, *part.shape[1:]))
            first += size
    dataset = asked.dataset({name: np.asarray(value) for name, value in values.items()})
    return Gradients(point, dataset, tuple(point.kinks()), slopes)
