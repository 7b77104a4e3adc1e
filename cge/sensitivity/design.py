r"""Where a model is solved: points for the inputs, with weights, drawn at random.

With weights :math:`w_n` of points :math:`x_n`, the mean of an output is :math:`\sum_n w_n y(x_n)`.
Monte Carlo draws points independently. A Latin hypercube (McKay, Beckman and Conover 1979) takes
one point from each of N equally probable strata of every input; where inputs are correlated the
strata are paired by ranks (Iman and Conover 1982), so that each input keeps them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from cge.language.errors import DeclarationError
from cge.sensitivity.distributions import Distribution

Array = npt.NDArray[np.float64]

_LEAST = 0.5**53
"""Distance of probabilities from zero and one."""


@dataclass(frozen=True, eq=False)
class Design:
    """Points for all inputs.

    Attributes:
        points: values of the inputs.  # draw, input
        weights: weights that sum to one.  # draw
        rule: what they are, for people.
        whole: whether results mean nothing if a point is missing, as in a quadrature.
    """

    points: Array
    weights: Array
    rule: str
    whole: bool = False


class Method(Protocol):
    """A way to choose points."""

    def design(self, laws: Sequence[Distribution], correlation: Array | None) -> Design:
        """Points for inputs of given distributions and correlation of their normal scores."""


@dataclass(frozen=True)
class MonteCarlo:
    """Independent draws.

    Attributes:
        draws: number of draws. More draws with the same seed begin with the same ones.
        seed: the same seed gives the same draws.
    """

    draws: int
    seed: int = 0

    def design(self, laws: Sequence[Distribution], correlation: Array | None) -> Design:
        """See ``Method``."""
        check_draws(self.draws)
        scores = np.random.default_rng(self.seed).standard_normal((self.draws, len(laws)))
        rule = f"Monte Carlo, {self.draws} draws, seed {self.seed}"
        return equal(at_scores(correlated(scores, correlation), laws), rule)


@dataclass(frozen=True)
class LatinHypercube:
    """One draw from each of as many equally probable strata of every input as there are draws.

    Attributes:
        draws: number of draws.
        seed: the same seed gives the same draws.
    """

    draws: int
    seed: int = 0

    def design(self, laws: Sequence[Distribution], correlation: Array | None) -> Design:
        """See ``Method``."""
        check_draws(self.draws)
        rng = np.random.default_rng(self.seed)
        order = np.tile(np.arange(self.draws)[:, None], (1, len(laws)))
        strata = (rng.permuted(order, axis=0) + rng.random(order.shape)) / self.draws
        scores = scores_of(strata)  # draw, input
        if correlation is not None:
            ranks = np.argsort(np.argsort(correlated(scores, correlation), axis=0), axis=0)
            scores = np.take_along_axis(np.sort(scores, axis=0), ranks, axis=0)
        rule = f"Latin hypercube, {self.draws} draws, seed {self.seed}"
        return equal(at_scores(scores, laws), rule)


def correlated(scores: Array, correlation: Array | None) -> Array:
    """Independent normal scores made correlated."""
    return scores if correlation is None else scores @ np.linalg.cholesky(correlation).T


def scores_of(chances: Array) -> Array:
    """Normal scores of probabilities, which keep a distance from zero and one."""
    return np.asarray(ndtri(np.clip(chances, _LEAST, 1.0 - _LEAST)))


def at_scores(scores: Array, laws: Sequence[Distribution]) -> Array:
    """Values of all inputs at normal scores, by draw and input."""
    return np.stack([law.at_scores(scores[:, k]) for k, law in enumerate(laws)], axis=1)


def equal(points: Array, rule: str) -> Design:
    """Points of equal weight."""
    return Design(points, np.full(len(points), 1.0 / len(points)), rule)


def check_draws(draws: int) -> None:
    """Assert that a number of draws is one, and has a spread."""
    if not isinstance(draws, int | np.integer):
        raise DeclarationError(f"{draws!r} draws: give a whole number")
    if draws < 2:
        raise DeclarationError(f"{draws} draws have no spread; draw at least two")
