r"""Distributions of single inputs, read through their normal scores.

With :math:`\Phi` the standard normal distribution and F that of an input, every number is drawn as
:math:`x = F^{-1}(\Phi(z))`. Scores z make inputs of any distributions correlated (a Gaussian
copula), and keep digits in both tails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.polynomial.legendre import leggauss
from scipy.special import ndtr

from cge.language.errors import DeclarationError
from cge.sensitivity.inputs import Group, Inputs

Array = npt.NDArray[np.float64]

_EVEN = np.linspace(-3.0, 3.0, 25)
"""Scores at which a distribution is asked whether it is symmetric."""


_REACH, _PANELS, _NODES = 10.0, 800, 8
"""Integrals over a distribution: range of normal scores, panels, and nodes of each."""


@dataclass(frozen=True, eq=False)
class Distribution:
    """The distribution of one input.

    Attributes:
        label: the input.
        group: label of the entry that it is of.
        frozen: a frozen distribution of ``scipy.stats`` with numbers as arguments.
    """

    label: str
    group: str
    frozen: Any

    def __str__(self) -> str:
        """Such as ``norm(loc=2, scale=0.5)``."""
        arguments = [f"{float(a):.6g}" for a in self.frozen.args]
        arguments += [f"{name}={float(a):.6g}" for name, a in self.frozen.kwds.items()]
        return f"{self.frozen.dist.name}({', '.join(arguments)})"

    def at_scores(self, z: Array) -> Array:
        r"""Values at normal scores, :math:`F^{-1}(\Phi(z))`, exact in both tails."""
        upper = z > 0.0
        values = np.empty(z.shape)
        values[~upper] = self.frozen.ppf(ndtr(z[~upper]))
        values[upper] = self.frozen.isf(ndtr(-z[upper]))
        return values

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(self.frozen.mean())

    @property
    def std(self) -> float:
        """Standard deviation."""
        return float(self.frozen.std())

    @property
    def continuous(self) -> bool:
        """Whether it has a density."""
        return hasattr(self.frozen.dist, "pdf")

    @property
    def symmetric(self) -> bool:
        """Whether it is symmetric about its mean."""
        ends = self.at_scores(_EVEN) + self.at_scores(-_EVEN)
        return bool(np.allclose(ends, 2.0 * self.mean, rtol=1e-9, atol=1e-9 * self.std))

    @property
    def normal(self) -> bool:
        """Whether it is a normal distribution."""
        return bool(self.frozen.dist.name == "norm")


def fine_scores() -> tuple[Array, Array]:
    """Normal scores and weights of a fine rule for integrals over any distribution."""
    edges = np.linspace(-_REACH, _REACH, _PANELS + 1)
    nodes, weights = leggauss(_NODES)
    half = 0.5 * np.diff(edges)[:, None]
    z = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes).ravel()
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return z, (half * weights).ravel() * density


def distributions(inputs: Inputs[Any]) -> list[Distribution]:
    """The distribution of each input.

    Raises:
        DeclarationError: something is no frozen distribution of ``scipy.stats``, has impossible
            arguments or no finite spread, or has arguments over other members than the input's.
    """
    return [
        _checked(Distribution(one.label, group.label, frozen))
        for group in inputs.groups
        for one, frozen in zip(group.inputs, _members(group), strict=True)
    ]


def _members(group: Group[Any]) -> list[Any]:
    """The distribution of each input of an entry, with its own arguments."""
    frozen, shape = group.what, group.shape
    if not all(hasattr(frozen, name) for name in ("dist", "args", "kwds", "ppf", "isf")):
        raise DeclarationError(
            f"{group.label}: {frozen!r} is no frozen distribution of scipy.stats, such as "
            "scipy.stats.uniform(1.0, 2.0)"
        )
    own = np.shape(frozen.mean())
    if own == ():
        return [frozen] * len(group.inputs)
    if own != shape:
        raise DeclarationError(
            f"{group.label}: arguments of {frozen.dist.name} have shape {own} where "
            + (f"{shape}, one for each member, is expected" if shape else "one number is drawn")
        )
    args = [np.broadcast_to(a, shape) for a in frozen.args]
    kwds = {name: np.broadcast_to(a, shape) for name, a in frozen.kwds.items()}
    return [
        frozen.dist(*(float(a[at]) for a in args), **{n: float(a[at]) for n, a in kwds.items()})
        for at in np.ndindex(shape)
    ]


def _checked(distribution: Distribution) -> Distribution:
    mean, std = distribution.mean, distribution.std
    if not (np.isfinite(mean) and np.isfinite(std) and std > 0.0):
        raise DeclarationError(
            f"{distribution.label}: {distribution} has mean {mean:.6g} and standard deviation "
            f"{std:.6g}; its arguments are impossible or it has no finite spread"
        )
    return distribution
