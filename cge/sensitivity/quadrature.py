r"""Gaussian quadrature: few points whose moments are those of the inputs.

A rule of degree d gives the means of all polynomials up to degree d exactly, hence the mean of an
output that is close to one, and its variance where half the degree suffices.

*Degree three* (``Quadrature``), the systematic sensitivity analysis of GEMPACK (Arndt 1996). For K
inputs that are symmetric about their means, Stroud (1957) has 2K points of equal weight,

.. math:: x_n = \mu + \sigma \circ L \gamma_n , \qquad
          \gamma_{n,2k-1} = \sqrt2 \cos\frac{(2k-1) n \pi}{K}, \quad
          \gamma_{n,2k} = \sqrt2 \sin\frac{(2k-1) n \pi}{K} , \qquad n = 1, \dots, 2K,

and :math:`\gamma_{n,K} = (-1)^n` where K is odd, with :math:`L L^\top` the correlations of the
values. Where an input is skewed, the product of two-point Gauss rules is exact to the same degree;
of its points a subset with weights :math:`w \ge 0` that keeps all moments up to degree three is
chosen by linear programming (DeVuyst and Preckel 2007).

*Any degree in few inputs* (``ProductQuadrature``): all combinations of the N nodes of each input's
own Gauss rule, from the orthogonal polynomials of its distribution (Golub and Welsch 1969), exact
to degree 2N - 1 in each input.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations_with_replacement
from math import comb

import numpy as np
import numpy.typing as npt
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import linprog

from cge.language.errors import DeclarationError
from cge.sensitivity.correlation import of_values
from cge.sensitivity.design import Design, at_scores, correlated
from cge.sensitivity.distributions import Distribution, fine_scores

Array = npt.NDArray[np.float64]

MOST = 20_000
"""Most points of a product of rules."""

SKEWED = 12
"""Most inputs of a rule of degree three for skewed distributions."""


@dataclass(frozen=True)
class Quadrature:
    """The rule of degree three: twice as many points as inputs, if distributions are symmetric."""

    def design(self, laws: Sequence[Distribution], correlation: Array | None) -> Design:
        """Points and weights; see ``Method``.

        Raises:
            DeclarationError: a distribution has no density, or is skewed where inputs are
                correlated or too many.
        """
        _check_continuous(laws)
        skewed = [law for law in laws if not law.symmetric]
        if not skewed:
            return stroud(laws, correlation)
        text = f"{skewed[0].label} ~ {skewed[0]} is skewed"
        if correlation is not None:
            raise DeclarationError(
                f"{text} and inputs are correlated: no rule of degree three is known; use "
                "LatinHypercube, or ProductQuadrature for few inputs"
            )
        if len(laws) > SKEWED:
            raise DeclarationError(
                f"{text}: a rule of degree three begins with 2^{len(laws)} points, for at most "
                f"{SKEWED} inputs; use LatinHypercube, or a symmetric distribution"
            )
        return devuyst_preckel(laws)


@dataclass(frozen=True)
class ProductQuadrature:
    """All combinations of the nodes of each input: exact to degree 2N - 1 in each.

    Correlated inputs are integrated over independent normal scores: exact for polynomials of normal
    inputs, and close to it for smooth functions of others.

    Attributes:
        nodes: number N of nodes of each input.
    """

    nodes: int = 3

    def design(self, laws: Sequence[Distribution], correlation: Array | None) -> Design:
        """Points and weights; see ``Method``.

        Raises:
            DeclarationError: there are too many points, or a distribution has no density.
        """
        _check_continuous(laws)
        if self.nodes < 1:
            raise DeclarationError(f"{self.nodes} nodes: a rule has at least one")
        count = self.nodes ** len(laws)
        if count > MOST:
            raise DeclarationError(
                f"{self.nodes} nodes of each of {len(laws)} inputs are {count} points, more than "
                f"{MOST}; use Quadrature, with twice as many points as inputs, or LatinHypercube"
            )
        rule = f"product of Gauss rules, {self.nodes} nodes each, {count} points"
        if correlation is None:
            points, weights = _product([gauss(law, self.nodes) for law in laws])
            return Design(points, weights, rule, whole=True)
        normal = hermite(self.nodes)
        scores, weights = _product([normal] * len(laws))
        points = at_scores(correlated(scores, correlation), laws)
        return Design(points, weights, f"{rule}, in normal scores", whole=True)


def stroud(laws: Sequence[Distribution], correlation: Array | None) -> Design:
    """The rule of Stroud (1957) for symmetric distributions: degree three, equal weights."""
    size = len(laws)
    mean = np.array([law.mean for law in laws])
    std = np.array([law.std for law in laws])
    n = np.arange(1, 2 * size + 1)[:, None]
    odd = 2 * np.arange(1, size // 2 + 1)[None, :] - 1
    gamma = np.empty((2 * size, size))  # point, input
    gamma[:, 0 : 2 * (size // 2) : 2] = np.sqrt(2.0) * np.cos(odd * n * np.pi / size)
    gamma[:, 1 : 2 * (size // 2) : 2] = np.sqrt(2.0) * np.sin(odd * n * np.pi / size)
    if size % 2:
        gamma[:, -1] = (-1.0) ** n[:, 0]
    of = None if correlation is None else of_values(correlation, laws)
    points = mean + std * correlated(gamma, of)
    rule = f"quadrature of degree 3 (Stroud 1957), {2 * size} points"
    return Design(points, np.full(2 * size, 0.5 / size), rule, whole=True)


def devuyst_preckel(laws: Sequence[Distribution]) -> Design:
    """Few points of degree three for independent distributions of any shape."""
    points, weights = _product([gauss(law, 2) for law in laws])
    most = comb(len(laws) + 3, 3)
    if len(points) > most:
        mean = np.array([law.mean for law in laws])
        std = np.array([law.std for law in laws])
        monomials = np.stack(list(_monomials((points - mean) / std, 3)))  # moment, point
        target = monomials @ weights
        # Far points are dear: a corner of the feasible set close to the means.
        cost = np.sum(((points - mean) / std) ** 4, axis=1)
        found = linprog(cost, A_eq=monomials, b_eq=target, bounds=(0.0, None), method="highs-ds")
        kept = found.x > 1e-12
        points = points[kept]
        exact = np.linalg.lstsq(monomials[:, kept], target, rcond=None)[0]
        weights = np.asarray(exact, float)
    rule = f"quadrature of degree 3 (DeVuyst and Preckel 2007), {len(points)} points"
    return Design(points, weights, rule, whole=True)


def gauss(law: Distribution, nodes: int) -> tuple[Array, Array]:
    """Nodes and weights of the Gauss rule of a distribution.

    The coefficients of its orthogonal polynomials come from the discretised Stieltjes procedure
    (Gautschi 2004, section 2.2).
    """
    z, weights = fine_scores()
    x = (law.at_scores(z) - law.mean) / law.std
    diagonal, off = np.empty(nodes), np.empty(nodes)
    before: Array = np.zeros(x.shape)
    now: Array = np.full(x.shape, 1.0 / np.sqrt(weights.sum()))
    last = 0.0
    for k in range(nodes):
        diagonal[k] = weights @ (x * now**2)
        new = (x - diagonal[k]) * now - last * before
        last = off[k] = np.sqrt(weights @ new**2)
        before, now = now, new / last
    at, vectors = eigh_tridiagonal(diagonal, off[:-1])
    return law.mean + law.std * at, vectors[0] ** 2


def hermite(nodes: int) -> tuple[Array, Array]:
    """The Gauss rule of the standard normal distribution."""
    x, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return x, weights / weights.sum()


def _product(rules: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    """All combinations of nodes, and products of their weights."""
    grid = np.meshgrid(*(x for x, _ in rules), indexing="ij")
    points = np.stack([axis.ravel() for axis in grid], axis=1)  # point, input
    return points, reduce(np.multiply.outer, [w for _, w in rules]).ravel()


def _monomials(points: Array, degree: int) -> Iterator[Array]:
    """All products of at most so many inputs, at points."""
    for d in range(degree + 1):
        for chosen in combinations_with_replacement(range(points.shape[1]), d):
            yield np.prod(points[:, chosen], axis=1)


def _check_continuous(laws: Sequence[Distribution]) -> None:
    for law in laws:
        if not law.continuous:
            raise DeclarationError(
                f"{law.label} ~ {law} has no density: use MonteCarlo or LatinHypercube"
            )
