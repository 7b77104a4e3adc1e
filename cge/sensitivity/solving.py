"""Solving a model at many points: each from the benchmark, with one compiled solver.

A loop over the compiled solver is used, not ``jax.vmap``. Members of a batch take as many rounds as
the slowest, and a batch of another size is compiled anew, which costs more than all draws of most
studies; a loop uses code that is there already, and gives every draw the same numbers whatever the
others are, in memory that does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jax.numpy as jnp
import numpy as np
import numpy.typing as npt

from cge.equilibrium import Budget, NotSolved, Solver
from cge.equilibrium.conditions import LEVEL_WEIGHT
from cge.equilibrium.result import failure
from cge.equilibrium.state import Unknowns
from cge.language.errors import DeclarationError
from cge.language.parameters import Parameter, Values
from cge.language.words import some
from cge.sensitivity.distributions import Distribution
from cge.sensitivity.inputs import Inputs
from cge.sensitivity.outputs import Outputs

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Failure:
    """A draw without an equilibrium.

    Attributes:
        draw: its number.
        why: how the search ended, the worst conditions, and what was tried.
    """

    draw: int
    why: str


@dataclass(frozen=True, eq=False)
class Draws:
    """A model at points for its inputs.

    Attributes:
        solver: the compiled model.
        inputs: what moves.
        changes: new values of parameters in all draws, of which factors are factors.
        points: values of the inputs.  # draw, input
    """

    solver: Solver
    inputs: Inputs[Any]
    changes: Values
    points: Array

    @cached_property
    def base(self) -> dict[str, Any]:
        """All parameters with the changes, where nothing is drawn."""
        return self.solver.model.values(self.changes)

    def placed(self) -> Iterator[dict[str, Any]]:
        """The parameters that are drawn, draw by draw."""
        for point in self.points:
            yield self.inputs.place(point, self.base)

    def whole(self, drawn: Mapping[str, Any]) -> dict[str, Any]:
        """All parameters of a draw; only what is drawn is checked."""
        return self.solver.model.parameters.whole({**self.base, **drawn}, self.base)

    def check(self, laws: Sequence[Distribution]) -> None:
        """Assert that every draw is possible, before any is solved.

        Raises:
            DeclarationError: a number is impossible for its parameter, such as a negative
                elasticity, or takes away all supply of a good; names the draw, the inputs and
                their distributions.
        """
        for draw, drawn in enumerate(self.placed()):
            try:
                self.solver.complete({**self.base, **drawn})
            except DeclarationError as error:
                told = self._told(drawn, laws, draw)
                raise DeclarationError(
                    f"draw {draw} of {len(self.points)} is impossible: {error}. Drawn was {told}; "
                    "truncate the distribution, such as scipy.stats.truncnorm, or choose another"
                ) from error

    def solve(
        self, outputs: Outputs, *, retry: bool, budget: Budget | None
    ) -> tuple[dict[str, Array], list[Failure]]:
        """Outputs of all draws, not a number where there is no equilibrium, and which those are.

        Arguments:
            outputs: what is asked.
            retry: whether draws on which Newton's method fails go through all other attempts.
            budget: most that such a draw may cost.
        """
        model = self.solver.model
        moved = model.parameters.moved_with(self.inputs.parameters)
        sent = {name: jnp.asarray(value) for name, value in self.base.items()}
        failures: list[Failure] = []
        table = {
            one.name: np.full((len(self.points), *model.dims.shape(one.letters)), np.nan)
            for one in outputs.all
        }
        for draw, drawn in enumerate(self.placed()):
            whole = self.whole(drawn)
            values = {**sent, **{name: whole[name] for name in moved}}
            unknowns, why = self._solved(values, drawn, retry, budget)
            if unknowns is None:
                failures.append(Failure(draw, why))
                continue
            for name, value in outputs.read(unknowns, values).items():
                table[name][draw] = value
        return table, failures

    def _solved(
        self, values: dict[str, Any], drawn: dict[str, Any], retry: bool, budget: Budget | None
    ) -> tuple[Unknowns | None, str]:
        """Unknowns at the equilibrium, or why there are none."""
        result = self.solver.iterate(self.solver.start, values, LEVEL_WEIGHT)
        if bool(self.solver.accepts(result)):
            return result.unknowns, ""
        if not retry:
            return None, failure(self.solver.newton(values))
        try:
            fixed: dict[Any, Any] = {
                key: value
                for key, value in self.changes.items()
                if (key.name if isinstance(key, Parameter) else key) not in drawn
            }
            found = self.solver.solve({**fixed, **drawn}, budget=budget)
        except NotSolved as error:
            return None, str(error)
        return found.unknowns, ""

    def _told(self, drawn: Mapping[str, Any], laws: Sequence[Distribution], draw: int) -> str:
        """The inputs that are to blame: those of parameters that are impossible alone, or all."""
        model = self.solver.model
        wrong = [name for name in self.inputs.parameters if not _possible(model, drawn, name)]
        told = [
            f"{one.label} = {self.points[draw, k]:.6g} from {laws[k]}"
            for k, one in enumerate(self.inputs.all)
            if one.parameter in (wrong or self.inputs.parameters)
        ]
        return some(told, 5)


def _possible(model: Any, drawn: Mapping[str, Any], name: str) -> bool:
    try:
        model.values({name: drawn[name]})
    except DeclarationError:
        return False
    return True
