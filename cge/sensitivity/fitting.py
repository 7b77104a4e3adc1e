r"""Fitting: parameters chosen so that outputs meet targets, such as elasticities to history.

With x the parameters that are free, y the outputs of all experiments, t the targets and W the
diagonal of weights,

.. math:: \min_{l \le x \le h} \; (y(x) - t)^\top W (y(x) - t) , \qquad
          V = s^2 (J^\top W J)^{-1} , \quad
          s^2 = \frac{(y - t)^\top W (y - t)}{M - K} ,

where :math:`J = dy/dx` is exact, by the implicit function theorem at every equilibrium, V is the
approximate covariance of x (Gauss-Newton; Seber and Wild 2003, section 2.1), and M and K are the
numbers of targets and of parameters. Directions of x in which no output moves are not identified:
they are the singular vectors of :math:`W^{1/2} J` whose singular values vanish.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.optimize import least_squares

from cge.equilibrium import Budget, Equilibrium, Solver
from cge.equilibrium.verbs import solver_of
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.sensitivity.inputs import Inputs
from cge.sensitivity.outputs import Outputs, What
from cge.sensitivity.search import Search
from cge.sensitivity.targets import Experiment, bounds_of, observed

Array = npt.NDArray[np.float64]

VANISHING = 1e-7
"""Singular values below this share of the largest are zero: derivatives are good to 1e-10."""


class FitWarning(UserWarning):
    """What is fitted is not determined, or the search has not converged."""


@dataclass(frozen=True, eq=False)
class Fit:
    """Fitted parameters.

    Attributes:
        model: the model.
        values: the numbers that were free, by label.
        changes: the parameters that they set, for ``solve``.
        bounds: ``low``, ``high`` and ``start`` of the numbers.
        at_bound: numbers that end at a bound, and which.
        covariance: approximate covariance of the numbers. Not a number for those at a bound, those
            that are not identified, and where the variance of the misses is not known.
        variance: the variance :math:`s^2` that scales it.
        unidentified: directions in which no output moves, in shares of the numbers.
        singular: singular values of the weighted Jacobian, by shares of the numbers.
        residuals: all targets: ``experiment``, ``output``, ``target``, ``fitted``, ``miss``,
            ``weight``.
        equilibria: the equilibrium of each experiment.
        converged: whether the search ended because nothing could be gained.
        message: how it ended.
    """

    model: Model
    values: pd.Series[float]
    changes: dict[str, xr.DataArray]
    bounds: pd.DataFrame
    at_bound: dict[str, str]
    covariance: pd.DataFrame
    variance: float
    unidentified: tuple[str, ...]
    singular: Array
    residuals: pd.DataFrame
    equilibria: Mapping[str, Equilibrium]
    converged: bool
    message: str

    @property
    def std(self) -> pd.Series[float]:
        """Approximate standard errors."""
        return pd.Series(np.sqrt(np.diag(self.covariance)), self.values.index, name="std")

    @property
    def loss(self) -> float:
        """Weighted sum of squared misses."""
        return float((self.residuals["weight"] * self.residuals["miss"] ** 2).sum())

    def table(self) -> pd.DataFrame:
        """A row for each number: value, standard error, bounds, start, the bound where it ends."""
        at = pd.Series(self.at_bound, dtype=object).reindex(self.values.index).fillna("")
        return pd.DataFrame({"value": self.values, "std": self.std, **self.bounds, "at": at})

    def __repr__(self) -> str:
        return (
            f"Fit({self.model.name!r}: {len(self.values)} numbers to {len(self.residuals)} "
            f"targets, loss {self.loss:.3g}, {len(self.unidentified)} directions not identified, "
            f"{len(self.at_bound)} at bounds)"
        )


def fit(
    model: Model | Solver,
    parameters: Mapping[Any, Any],
    outputs: Mapping[str, What],
    experiments: Sequence[Experiment],
    *,
    variance: Literal["estimated", "given"] = "estimated",
    most: int = 100,
    budget: Budget | None = None,
) -> Fit:
    """Choose parameters so that outputs meet targets in all experiments.

    The search is a trust-region method for bounded least squares (Branch, Coleman and Li 1999;
    ``scipy.optimize.least_squares``) with exact derivatives.

    Arguments:
        model: a model, or its solver.
        parameters: ``Bounds`` by parameter, its name, or ``(parameter, member)``; for families in
            ``common(...)`` or ``independent(...)``.
        outputs: handles or functions of the state by name, see ``What``.
        experiments: shocks or years, each with its targets.
        variance: whether the variance of the misses is estimated from them, with weights that are
            relative to each other, or given, with weights that are inverse variances.
        most: most steps of the search.
        budget: most that one solve may cost; that of the solver's options by default.

    Raises:
        DeclarationError: parameters, bounds, outputs or targets do not fit the model.
        NotSolved: an experiment has no equilibrium where the search begins.

    Warns:
        FitWarning: directions are not identified, or the search has not converged.
    """
    if variance not in ("estimated", "given"):
        raise DeclarationError(f"variance {variance!r}: write 'estimated' or 'given'")
    solver = solver_of(model) if isinstance(model, Model) else model
    inputs = Inputs.of(solver.model, parameters)
    bounds = bounds_of(inputs)
    asked = Outputs.of(solver, outputs)
    data = observed(asked, experiments)
    for experiment in experiments:
        inputs.check_changes(experiment.changes)
    search = Search(solver, inputs, asked, experiments, data, budget)
    start = bounds["start"].to_numpy()
    search.check(bounds)
    search.begin(start)
    found = least_squares(
        search.misses,
        start,
        jac=search.jacobian,
        bounds=(bounds["low"].to_numpy(), bounds["high"].to_numpy()),
        method="trf",
        x_scale="jac",
        ftol=1e-15,
        xtol=1e-13,
        gtol=1e-15,
        max_nfev=most,
    )
    return _warned(_told(search, bounds, found, variance))


def _told(
    search: Search, bounds: pd.DataFrame, found: Any, variance: Literal["estimated", "given"]
) -> Fit:
    """The result in labels."""
    numbers, labels = np.asarray(found.x, float), search.inputs.labels
    misses = search.misses(numbers)
    free = np.asarray(found.active_mask) == 0
    scale = np.where(numbers == 0.0, 1.0, np.abs(numbers))
    jacobian = search.jacobian(numbers)
    covariance, singular, directions = _covariance((jacobian * scale)[:, free])
    spare = len(misses) - int(free.sum()) + len(directions)
    estimate = float(misses @ misses / spare) if spare > 0 else np.nan
    scaled = 1.0 if variance == "given" else estimate
    table = np.full((len(labels), len(labels)), np.nan)
    table[np.ix_(free, free)] = scaled * covariance * np.outer(scale[free], scale[free])
    own = [label for label, f in zip(labels, free, strict=True) if f]
    unidentified = tuple(_direction(own, direction) for direction in directions)
    model = search.solver.model
    return Fit(
        model=model,
        values=pd.Series(numbers, labels, name="value"),
        changes=_labelled(search, numbers),
        bounds=bounds,
        at_bound={
            label: "low" if side < 0 else "high"
            for label, side in zip(labels, found.active_mask, strict=True)
            if side
        },
        covariance=pd.DataFrame(table, labels, labels),
        variance=scaled,
        unidentified=unidentified,
        singular=singular,
        residuals=pd.DataFrame(_lines(search, numbers)),
        equilibria=dict(search.last),
        converged=found.status > 0,
        message=str(found.message),
    )


def _warned(result: Fit) -> Fit:
    """A fit, with warnings of what is not determined, and where it has not converged."""
    told = []
    if result.unidentified:
        told.append(
            f"no output moves along {'; '.join(result.unidentified)}: the fit does not determine "
            "it; add targets or experiments, or leave a parameter out"
        )
    if not result.converged:
        told.append(f"the fit has not converged: {result.message} Raise most=, or begin elsewhere")
    for text in told:
        warnings.warn(f"{result.model.name}: {text}", FitWarning, stacklevel=3)
    return result


def _covariance(jacobian: Array) -> tuple[Array, Array, Array]:
    """Inverse of J'J with what is not identified as no number, singular values, directions."""
    size = jacobian.shape[1]
    _, singular, vectors = np.linalg.svd(jacobian, full_matrices=True)
    padded = np.zeros(size)
    padded[: len(singular)] = singular
    lost = padded <= VANISHING * max(padded.max(initial=0.0), 1e-300)
    kept = vectors[~lost]
    inverse = (kept.T / padded[~lost] ** 2) @ kept
    blurred = (np.abs(vectors[lost]) > 1e-6).any(axis=0)
    inverse[blurred, :] = inverse[:, blurred] = np.nan
    return inverse, padded, vectors[lost]


def _direction(labels: Sequence[str], direction: Array) -> str:
    """A direction in words, such as ``0.71 sigma[food] - 0.71 sigma[cloth]``."""
    order = [k for k in np.argsort(-np.abs(direction)) if abs(direction[k]) > 0.05]
    sign = np.sign(direction[order[0]])
    text = " ".join(f"{sign * direction[k]:+.2f} {labels[k]}" for k in order[:6])
    more = f" and {len(order) - 6} more" if len(order) > 6 else ""
    return text.removeprefix("+").replace(" +", " + ").replace(" -", " - ") + more


def _labelled(search: Search, numbers: Array) -> dict[str, xr.DataArray]:
    """The parameters that are set, with labels."""
    model = search.solver.model
    placed = search.inputs.place(numbers, search.solver.base)
    return {
        name: xr.DataArray(
            value,
            coords={c: list(model.dims[c].labels) for c in model.parameters[name].letters},
            dims=list(model.parameters[name].letters),
            name=name,
        )
        for name, value in placed.items()
    }


def _lines(search: Search, numbers: Array) -> Iterator[dict[str, Any]]:
    """All targets and what became of them."""
    for datum, fitted in zip(search.observed, search.fitted(numbers), strict=True):
        yield {
            "experiment": datum.experiment,
            "output": datum.output,
            "target": datum.target,
            "fitted": float(fitted),
            "miss": float(fitted) - datum.target,
            "weight": datum.weight,
        }
