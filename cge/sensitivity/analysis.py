r"""How sure a result is: outputs of a model under uncertain parameters.

With x the uncertain parameters, F their joint distribution and y(x) an output at the equilibrium,

.. math:: \bar y = \int y(x)\, dF(x) \approx \sum_n w_n\, y(x_n) , \qquad
          s_y^2 \approx \sum_n w_n\, (y(x_n) - \bar y)^2 .

The points are those of a ``Method``: Monte Carlo, a Latin hypercube, a quadrature, or Sobol's.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from cge.equilibrium import Budget, Solver
from cge.equilibrium.verbs import solver_of
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.parameters import Values
from cge.sensitivity.correlation import Correlation, correlations
from cge.sensitivity.design import Design, Method
from cge.sensitivity.distributions import Distribution, distributions
from cge.sensitivity.inputs import Inputs
from cge.sensitivity.outputs import Outputs, What
from cge.sensitivity.sobol import Sobol
from cge.sensitivity.solving import Draws, Failure

Array = npt.NDArray[np.float64]


class FailedDraws(UserWarning):
    """Some draws have no equilibrium, and statistics are of the others."""


@dataclass(frozen=True, eq=False)
class Analysis:
    """Outputs of a model under uncertain parameters.

    Attributes:
        model: the model.
        method: how points were chosen.
        laws: distributions of the inputs.
        design: the points and their weights.
        data: outputs, by draw and the letters of each; not a number in draws without equilibrium.
        central: the same outputs where nothing is drawn.
        failed: draws without equilibrium.
    """

    model: Model
    method: Method
    laws: tuple[Distribution, ...]
    design: Design
    data: xr.Dataset
    central: xr.Dataset
    failed: tuple[Failure, ...]

    @cached_property
    def inputs(self) -> pd.DataFrame:
        """Values of the inputs: a row for each draw, a column for each input."""
        columns = [law.label for law in self.laws]
        index = pd.RangeIndex(len(self.design.points), name="draw")
        return pd.DataFrame(self.design.points, index, columns)

    @property
    def failures(self) -> pd.DataFrame:
        """Draws without an equilibrium: their inputs, and ``why``."""
        rows = [one.draw for one in self.failed]
        return self.inputs.loc[rows].assign(why=[one.why for one in self.failed])

    @cached_property
    def solved(self) -> npt.NDArray[np.bool_]:
        """Whether there is an equilibrium, by draw."""
        good = np.ones(len(self.design.points), dtype=bool)
        good[[one.draw for one in self.failed]] = False
        return good

    def mean(self) -> xr.Dataset:
        """Means of the outputs, over the draws that have an equilibrium.

        Raises:
            DeclarationError: a point of a quadrature has none, without which the rest mean nothing.
        """
        weights, data = self._weighed()
        return (weights * data).sum("draw", skipna=False)

    def std(self) -> xr.Dataset:
        """Standard deviations of the outputs; of draws at random the unbiased estimate of variance.

        Raises:
            DeclarationError: see ``mean``.
        """
        weights, data = self._weighed()
        mean = (weights * data).sum("draw", skipna=False)
        size = data.sizes["draw"]
        unbiased = 1.0 if self.design.whole else size / max(size - 1, 1)
        spread = weights * (data - mean) ** 2
        return (unbiased * spread.sum("draw", skipna=False)) ** 0.5

    def quantiles(self, chances: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)) -> xr.Dataset:
        """Quantiles of the outputs, along ``quantile``.

        Raises:
            DeclarationError: the method is a quadrature, whose few points have moments only.
        """
        self._check_sample("quantiles")
        return self.data.isel(draw=self.solved).quantile(list(chances), dim="draw", skipna=False)

    def histogram(self, output: str, bins: int = 20) -> xr.Dataset:
        """How often an output falls into each of so many intervals of equal width.

        Arguments:
            output: name of the output.
            bins: number of intervals between the smallest and the largest value of each member.

        Returns:
            ``count``, ``low`` and ``high`` over ``bin`` and the letters of the output.

        Raises:
            DeclarationError: there is no such output, or the method is a quadrature.
        """
        self._check_sample("a histogram")
        if output not in self.data:
            known = ", ".join(map(str, self.data))
            raise DeclarationError(f"no output {output!r}; outputs are {known}")
        array = self.data[output].isel(draw=self.solved)
        values = array.values  # draw, letters
        count = np.empty((bins, *values.shape[1:]))
        edges = np.empty((bins + 1, *values.shape[1:]))
        for at in np.ndindex(values.shape[1:]):
            cell = values[(slice(None), *at)]
            count[(slice(None), *at)], edges[(slice(None), *at)] = np.histogram(cell, bins)
        dims = ["bin", *map(str, array.dims[1:])]
        coords = {c: array[c] for c in dims[1:]}
        parts = {"count": count.astype(int), "low": edges[:-1], "high": edges[1:]}
        return xr.Dataset({name: (dims, part) for name, part in parts.items()}, coords)

    def indices(self) -> xr.Dataset:
        """Sobol indices of the outputs with intervals; see ``Sobol.indices``.

        Raises:
            DeclarationError: the method is another one, or too many draws failed.
        """
        if not isinstance(self.method, Sobol):
            raise DeclarationError(
                f"Sobol indices need draws by Sobol(...), these are by {self.design.rule}"
            )
        return self.method.indices(self.laws, self.data, self.solved)

    def summary(self) -> pd.DataFrame:
        """A row for each number: its central value, mean, standard deviation and, of a sample, the
        standard error of the mean (Monte Carlo's, which a Latin hypercube undercuts) and the
        quantiles of 5, 50 and 95 per cent.
        """
        columns = {"central": self.central, "mean": self.mean(), "std": self.std()}
        if not self.design.whole:
            columns["error"] = columns["std"] / np.sqrt(self.solved.sum())
            quantiles = self.quantiles([0.05, 0.5, 0.95])
            for chance in (0.05, 0.5, 0.95):
                columns[f"{chance:.0%}"] = quantiles.sel(quantile=chance)
        table = {column: dict(self._members(dataset)) for column, dataset in columns.items()}
        return pd.DataFrame(table).rename_axis("output")

    def __repr__(self) -> str:
        return (
            f"Analysis({self.model.name!r}: {self.design.rule}, {len(self.laws)} inputs, "
            f"{len(self.data)} outputs, {len(self.failed)} draws without equilibrium)"
        )

    def _members(self, dataset: xr.Dataset) -> Iterator[tuple[str, float]]:
        """Every number of a dataset over letters, by the name of its member."""
        for name, array in dataset.items():
            letters = "".join(map(str, self.data[name].dims[1:]))
            values = array.transpose(*letters).values
            for at in np.ndindex(values.shape):
                yield self.model.dims.member(str(name), letters, at), float(values[at])

    def _weighed(self) -> tuple[xr.DataArray, xr.Dataset]:
        """Weights that sum to one, and outputs, of the draws that have an equilibrium."""
        if self.design.whole and self.failed:
            first = self.failed[0]
            raise DeclarationError(
                f"{self.design.rule}: {len(self.failed)} of {len(self.solved)} points have no "
                f"equilibrium, without which the others mean nothing; point {first.draw}: "
                f"{first.why} Narrow the distributions, or use LatinHypercube"
            )
        weights = self.design.weights[self.solved]
        return xr.DataArray(weights / weights.sum(), dims="draw"), self.data.isel(draw=self.solved)

    def _check_sample(self, what: str) -> None:
        if self.design.whole:
            raise DeclarationError(
                f"{self.design.rule}: its points have moments, not {what}; use MonteCarlo or "
                "LatinHypercube"
            )


def analyse(
    model: Model | Solver,
    inputs: Mapping[Any, Any],
    outputs: Mapping[str, What],
    method: Method,
    *,
    changes: Values | None = None,
    correlation: Correlation = None,
    retry: bool = True,
    budget: Budget | None = None,
) -> Analysis:
    """Solve a model at many values of uncertain parameters.

    Every draw starts from the benchmark, so that its numbers depend on nothing but the draw.

    Arguments:
        model: a model, or its solver.
        inputs: frozen distributions of ``scipy.stats`` by parameter, its name, or ``(parameter,
            member)``; for families in ``common(...)`` or ``independent(...)``.
        outputs: handles or functions of the state by name, see ``What``.
        method: ``MonteCarlo``, ``LatinHypercube``, ``Quadrature``, ``ProductQuadrature`` or
            ``Sobol``.
        changes: new values of parameters in all draws: the policy whose effect is uncertain.
        correlation: correlations of normal scores by pairs of entries, ``{(a, b): 0.5}``, or a
            table by labels of inputs.
        retry: whether draws on which Newton's method fails go through all other attempts of
            ``Solver.solve``.
        budget: most that such a draw may cost; that of the solver's options by default.

    Raises:
        DeclarationError: inputs, outputs, correlation or method do not fit the model, or a draw is
            impossible for its parameter, which names the distribution.
        NotSolved: there is no equilibrium where nothing is drawn.

    Warns:
        FailedDraws: draws without an equilibrium; ``Analysis.failures`` lists them.
    """
    solver = solver_of(model) if isinstance(model, Model) else model
    resolved = Inputs.of(solver.model, inputs)
    resolved.check_changes(changes or {})
    laws = distributions(resolved)
    asked = Outputs.of(solver, outputs)
    if isinstance(method, type) or not hasattr(method, "design"):
        raise DeclarationError(
            f"{method!r} is no method; write MonteCarlo(draws), LatinHypercube(draws), "
            "Quadrature(), ProductQuadrature(nodes) or Sobol(draws)"
        )
    design = method.design(laws, correlations(resolved, correlation))
    draws = Draws(solver, resolved, changes or {}, design.points)
    draws.check(laws)
    base = solver.solve(changes)
    central = asked.read(base.unknowns, base.values)
    table, failed = draws.solve(asked, retry=retry, budget=budget)
    data = asked.dataset(table, "draw").assign_coords(draw=np.arange(len(design.points)))
    data.attrs = {"rule": design.rule}
    if failed:
        warnings.warn(
            f"{solver.model.name}: {len(failed)} of {len(design.points)} draws have no equilibrium "
            f"and are left out, which may bias results; see Analysis.failures. Draw "
            f"{failed[0].draw}: {failed[0].why}",
            FailedDraws,
            stacklevel=2,
        )
    return Analysis(
        solver.model,
        method,
        tuple(laws),
        design,
        data,
        asked.dataset({name: np.asarray(value) for name, value in central.items()}),
        tuple(failed),
    )
