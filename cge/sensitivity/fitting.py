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
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.optimize import least_squares

from cge.equilibrium import Budget, Equilibrium, Solver
from cge.equilibrium.jitted import Jitted
from cge.equilibrium.solver import tangent
from cge.equilibrium.verbs import solver_of
from cge.language.errors import DeclarationError
from cge.language.model import Model
from cge.language.parameters import Number, Values, as_values
from cge.sensitivity.inputs import Group, Inputs
from cge.sensitivity.outputs import Outputs, What

Array = npt.NDArray[np.float64]

VANISHING = 1e-7
"""Singular values below this share of the largest are zero: derivatives are good to 1e-10."""


class FitWarning(UserWarning):
    """What is fitted is not determined, or the search has not converged."""


@dataclass(frozen=True, eq=False)
class Bounds:
    """Where a number may be.

    Attributes:
        low: least value; over the members of a family it may be an array.
        high: largest value.
        start: where the search begins; the value in the model by default.
    """

    low: Any = -np.inf
    high: Any = np.inf
    start: Any = None


@dataclass(frozen=True, eq=False)
class Target:
    """What an output should be.

    Attributes:
        value: over the letters of the output, with labels or as ``(letters, array)``.
        weight: weight of the squared miss, the inverse of its variance; zero for members that were
            not observed.
    """

    value: Number
    weight: Number = 1.0


@dataclass(frozen=True, eq=False)
class Experiment:
    """One shock, or one year of history.

    Attributes:
        name: its name.
        changes: new values of parameters.
        targets: what outputs should be, by name; a number stands for ``Target(number)``.
    """

    name: str
    changes: Values
    targets: Mapping[str, Any]


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
    bounds = _bounds(inputs)
    asked = Outputs.of(solver, outputs)
    observed = _observed(asked, experiments)
    for experiment in experiments:
        inputs.check_changes(experiment.changes)
    search = _Search(solver, inputs, asked, experiments, observed, budget)
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


@dataclass(frozen=True)
class _Datum:
    """One number that is observed: where it stands among all outputs."""

    experiment: str
    output: str
    at: int
    target: float
    weight: float


@dataclass(eq=False)
class _Search:
    """Misses and their derivatives, at numbers for the inputs.

    Attributes:
        solver: the compiled model.
        inputs: what is free.
        outputs: what is asked of it.
        experiments: shocks or years.
        observed: all targets.
        budget: most that one solve may cost.
        last: the last equilibrium of each experiment: where the next search for it begins.
        at: the numbers at which they are.
    """

    solver: Solver
    inputs: Inputs[Bounds]
    outputs: Outputs
    experiments: Sequence[Experiment]
    observed: list[_Datum]
    budget: Budget | None
    last: dict[str, Equilibrium] = field(default_factory=dict)
    at: Array | None = None

    def check(self, bounds: pd.DataFrame) -> None:
        """Assert that what the bounds allow is possible.

        Raises:
            DeclarationError: a bound is impossible for its parameter, or leads beyond what is.
        """
        model = self.solver.model
        for k, one in enumerate(self.inputs.all):
            for side in ("low", "high", "start"):
                numbers = bounds["start"].to_numpy(copy=True)
                numbers[k] = value = float(bounds[side].iloc[k])
                if not np.isfinite(value):
                    continue
                placed = self.inputs.place(numbers, self.solver.base)
                try:
                    model.values({one.parameter: placed[one.parameter]})
                except DeclarationError as error:
                    raise DeclarationError(
                        f"{one.label}: {side} {value:g} is impossible: {error}; give other "
                        "Bounds(low, high, start)"
                    ) from error

    def begin(self, start: Array) -> None:
        """Solve all experiments where the search begins.

        Raises:
            NotSolved: one has no equilibrium there.
            DeclarationError: an output is no finite number there.
        """
        for experiment in self.experiments:
            changes = self._changes(experiment, start)
            self.last[experiment.name] = self.solver.solve(changes, budget=self.budget)
        self.at = start.copy()
        for datum, fitted in zip(self.observed, self.fitted(start), strict=True):
            if not np.isfinite(fitted):
                raise DeclarationError(
                    f"experiment {datum.experiment}: {datum.output} is {fitted} where the search "
                    "begins; give another Bounds(start=), or another output"
                )

    def misses(self, numbers: Array) -> Array:
        """Weighted misses of all targets; not numbers where an experiment has no equilibrium."""
        if not self.settle(numbers):
            return np.full(len(self.observed), np.nan)
        target = np.array([datum.target for datum in self.observed])
        misses: Array = self.roots * (self.fitted(numbers) - target)
        return misses

    def settle(self, numbers: Array) -> bool:
        """Whether all experiments have an equilibrium at these numbers, which is then the last."""
        if self.at is not None and np.array_equal(self.at, numbers):
            return True
        solved = {}
        for experiment in self.experiments:
            found = self._solve(experiment, numbers)
            if found is None:
                return False
            solved[experiment.name] = found
        self.last, self.at = solved, np.array(numbers)
        return True

    def jacobian(self, numbers: Array) -> Array:
        """Derivatives of the weighted misses: target, number."""
        if not self.settle(numbers):
            self.begin(numbers)
        slopes = self._of_targets(numbers, self._slopes)
        if not np.isfinite(slopes).all():
            pairs = zip(self.inputs.labels, numbers, strict=True)
            at = ", ".join(f"{label} = {value:.6g}" for label, value in pairs)
            raise DeclarationError(
                f"{self.solver.model.name}: derivatives at {at} are not finite: an output has a "
                "pole there, or the equilibrium is not determined; narrow the bounds"
            )
        weighted: Array = self.roots[:, None] * slopes
        return weighted

    def fitted(self, numbers: Array) -> Array:
        """Outputs at the last equilibria, target by target."""
        return self._of_targets(numbers, self._values)

    @cached_property
    def roots(self) -> Array:
        """Square roots of the weights."""
        return np.sqrt([datum.weight for datum in self.observed])

    def _of_targets(self, numbers: Array, function: Any) -> Array:
        """A function of numbers, parameters and unknowns at the equilibrium of each target."""
        by_experiment = {
            experiment.name: np.asarray(
                function(
                    jnp.asarray(numbers),
                    self.solver.model.values(experiment.changes),
                    self.last[experiment.name].unknowns,
                )
            )
            for experiment in self.experiments
        }
        return np.stack([by_experiment[d.experiment][d.at] for d in self.observed])

    def _solve(self, experiment: Experiment, numbers: Array) -> Equilibrium | None:
        """The equilibrium of an experiment, None where there is none."""
        try:
            found = self.solver.solve(
                self._changes(experiment, numbers),
                start=self.last[experiment.name],
                throw=False,
                budget=self.budget,
            )
        except DeclarationError:
            return None  # a sum of parameters is beyond its limit: the search steps back
        return found if found.solved else None

    def _changes(self, experiment: Experiment, numbers: Array) -> dict[Any, Any]:
        base = self.solver.model.values(experiment.changes)
        placed = self.inputs.place(numbers, base)
        named = {getattr(key, "name", key): value for key, value in experiment.changes.items()}
        return {**named, **placed}

    def _read(self, unknowns: Any, values: Mapping[str, Any]) -> Any:
        """All outputs in a row."""
        return self.outputs.row(self.solver.state(unknowns, values))

    @cached_property
    def _values(self) -> Any:
        """Compiled (numbers, parameters, unknowns at the equilibrium) -> outputs in a row."""

        def row(numbers: Any, values: Mapping[str, Any], unknowns: Any) -> Any:
            at = {**values, **self.inputs.place(numbers, values, jnp)}
            return self._read(unknowns, at)

        return Jitted(row)

    @cached_property
    def _slopes(self) -> Any:
        """Compiled derivatives of the outputs in the numbers, the equilibrium moving along."""

        def along(numbers: Any, values: Mapping[str, Any], unknowns: Any, way: Any) -> Any:
            def placed(x: Any) -> Any:
                return {**values, **self.inputs.place(x, values, jnp)}

            at, change = jax.jvp(placed, (numbers,), (way,))
            moved = tangent(self.solver, unknowns, at, change)
            return jax.jvp(self._read, (unknowns, at), (moved, change))[1]

        def slopes(numbers: Any, values: Mapping[str, Any], unknowns: Any) -> Any:
            ways = jnp.eye(len(self.inputs.all))  # number, number
            return jax.vmap(lambda way: along(numbers, values, unknowns, way), out_axes=1)(ways)

        return Jitted(slopes)


def _bounds(inputs: Inputs[Any]) -> pd.DataFrame:
    """``low``, ``high`` and ``start`` of every number."""
    current = inputs.current(inputs.model.values())
    rows, first = [], 0
    for group in inputs.groups:
        if not isinstance(group.what, Bounds):
            raise DeclarationError(
                f"{group.label}: {group.what!r} are no bounds; write Bounds(low, high)"
            )
        size = len(group.inputs)
        own = group.what
        given = current[first : first + size] if own.start is None else own.start
        sides = [_spread(group, side) for side in (own.low, own.high, given)]
        rows += list(zip(*sides, strict=True))
        first += size
    table = pd.DataFrame(rows, index=inputs.labels, columns=["low", "high", "start"])
    for label, (low, high, start) in zip(table.index, table.to_numpy(), strict=True):
        if not (low < high and low <= start <= high):
            raise DeclarationError(
                f"{label}: bounds {low:g} and {high:g} with the start {start:g}: it must lie "
                "between them, and they must differ; give Bounds(low, high, start)"
            )
    return table


def _spread(group: Group[Any], side: Any) -> Array:
    """A bound of each input of an entry."""
    value = np.asarray(side, float)
    if value.shape not in ((), group.shape, (len(group.inputs),)):
        raise DeclarationError(
            f"{group.label}: a bound has shape {value.shape}; it is a number, or has the shape "
            f"{group.shape} of the members"
        )
    return np.broadcast_to(value.ravel() if value.ndim else value, len(group.inputs))


def _observed(outputs: Outputs, experiments: Sequence[Experiment]) -> list[_Datum]:
    """All targets, checked."""
    names = [experiment.name for experiment in experiments]
    if not names or len(set(names)) != len(names):
        raise DeclarationError(f"experiments need names, each once; found {names or 'none'}")
    model, firsts, first = outputs.model, {}, 0
    for one in outputs.all:
        firsts[one.name] = first
        first += int(np.prod(model.dims.shape(one.letters)))
    data: list[_Datum] = []
    for experiment in experiments:
        for name, written in experiment.targets.items():
            where = f"experiment {experiment.name}: target {name!r}"
            if name not in firsts:
                raise DeclarationError(f"{where} is no output; outputs are {', '.join(firsts)}")
            target = written if isinstance(written, Target) else Target(written)
            letters = next(one.letters for one in outputs.all if one.name == name)
            value, weight = (
                model.dims.spread(array, own, letters)
                for own, array in (
                    as_values(part, letters, model.dims, where)
                    for part in (target.value, target.weight)
                )
            )
            if (weight < 0.0).any():
                raise DeclarationError(f"{where}: a weight is negative")
            for k, at in enumerate(np.ndindex(value.shape)):
                if weight[at] > 0.0:
                    label = model.dims.member(name, letters, at)
                    data.append(
                        _Datum(
                            experiment.name,
                            label,
                            firsts[name] + k,
                            float(value[at]),
                            float(weight[at]),
                        )
                    )
    if not data:
        raise DeclarationError("there is no target with a weight; give an experiment targets")
    return data


def _told(
    search: _Search, bounds: pd.DataFrame, found: Any, variance: Literal["estimated", "given"]
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


def _labelled(search: _Search, numbers: Array) -> dict[str, xr.DataArray]:
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


def _lines(search: _Search, numbers: Array) -> Iterator[dict[str, Any]]:
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
