r"""The search of a fit: misses of targets, and their derivatives in what is free.

Every experiment is solved from where it was last; the misses are
:math:`W^{1/2} (y(x) - t)`, and the equilibrium moves along in their derivatives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import pandas as pd

from cge.equilibrium import Budget, Equilibrium, Solver
from cge.equilibrium.jitted import Jitted
from cge.equilibrium.solver import tangent
from cge.language.errors import DeclarationError
from cge.sensitivity.inputs import Inputs
from cge.sensitivity.outputs import Outputs
from cge.sensitivity.targets import Bounds, Datum, Experiment

Array = npt.NDArray[np.float64]


@dataclass(eq=False)
class Search:
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
    observed: list[Datum]
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
