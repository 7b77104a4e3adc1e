r"""From one year to the next: Newton's method from where the solution is near.

Two years tell where the third may lie, if what is out of balance there is less than where the last
one ended. Where a technology sets in or reaches its limit between them it is more, and the year
before is nearer. Where that fails, half of the way there may do, or another weight of latent levels
against losses; else the parameters of the year move to their values in n equal steps,

.. math:: \theta^{(k)} = \theta_{t-1} + \frac{k}{n} (\theta_t - \theta_{t-1}) ,
          \qquad k = 1, \dots, n , \quad n = 2, 4, 8 ,

each solved from where the one before has led, with several weights, so that what sets in does so
one by one. The other of the two starts comes last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cge.equilibrium import Equilibrium, Solver
from cge.equilibrium.conditions import EVEN_WEIGHT, LEVEL_WEIGHT
from cge.equilibrium.state import Unknowns

Array = npt.NDArray[np.float64]

LITTLE, MIDDLE = 0.01, 0.1
"""Weights of latent levels against losses with which a year begins."""

WEIGHTS = (MIDDLE, EVEN_WEIGHT, LEVEL_WEIGHT)
"""Weights each of which leads where others do not."""

_CLEARLY = 0.9
"""The trend of two years is followed if where it leads is out of balance by less than this share of
what the end of the last one is."""

STEPS = (2, 4, 8)
"""Steps in which the parameters of a year move."""


class Nearby:
    """Attempts to solve a year near those before it, which count their rounds.

    Arguments:
        solver: the solver.
        values: parameters of the year by name, products apart.
    """

    def __init__(self, solver: Solver, values: Mapping[str, Array]) -> None:
        self._solver = solver
        self._values = values
        self.rounds = 0

    def found(self, last: Sequence[Unknowns], solved: Equilibrium | None) -> Equilibrium | None:
        """The equilibrium, None where no attempt leads to it.

        Arguments:
            last: unknowns of the last two years.
            solved: the equilibrium of the last one, where it is at hand.
        """
        if len(last) < 2:
            return None
        before, now = last
        ahead = {key: 2.0 * u - before[key] for key, u in now.items()}
        there, here = self._solver.out_of_balance(self._values, ahead, now)
        follows = there < _CLEARLY * here
        nearer, other = (ahead, now) if follows else (now, ahead)
        between = {key: u + 0.5 * (u - before[key]) for key, u in now.items()}
        for start, weight in ((nearer, MIDDLE), (between, MIDDLE), (now, LITTLE)):
            if (result := self._newton(self._values, start, weight)) is not None:
                return result
        result = None if solved is None else self._in_steps(solved)
        return result or self._any(self._values, other, WEIGHTS)

    def _in_steps(self, solved: Equilibrium) -> Equilibrium | None:
        for steps in STEPS:
            point: Equilibrium | None = solved
            for k in range(1, steps + 1):
                assert point is not None
                values = self._between(solved, k / steps)
                point = self._any(values, point.unknowns, WEIGHTS)
                if point is None:
                    break
            if point is not None:
                return point
        return None

    def _between(self, solved: Equilibrium, share: float) -> Mapping[str, Array]:
        """Parameters on the way from the year before."""
        if share == 1.0:
            return self._values
        return {
            name: (1.0 - share) * np.asarray(solved.values[name], float) + share * value
            for name, value in self._values.items()
        }

    def _any(
        self, values: Mapping[str, Array], start: Unknowns, weights: Sequence[float]
    ) -> Equilibrium | None:
        for weight in weights:
            if (result := self._newton(values, start, weight)) is not None:
                return result
        return None

    def _newton(
        self, values: Mapping[str, Array], start: Unknowns, weight: float
    ) -> Equilibrium | None:
        result = self._solver.newton(values, start, weight)
        self.rounds += result.rounds
        return result if result.solved else None
