r"""Patterns of trade between regions before the totals are met.

A prior gives for one commodity a non-negative matrix (origin, destination), of which only the
pattern counts: the RAS that follows scales rows and columns, so factors of the origin or the
destination alone (masses, levels) drop out, and what matters is how pairs differ,

.. math:: t^0_{rs} = M_r M_s \, d_{rs}^{-\beta} \quad\text{(gravity)}, \qquad
          t^0_{rs} = M_r M_s \, (c_{rs} + \epsilon (1 - c_{rs})) \quad\text{(borders)} .

Any callable with the signature of ``Prior`` serves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from sam.errors import BalancingError
from sam.interregional.arrays import check_unlabelled

Array = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SHORTEST_KM = 60.0
"""Distances below this are taken as this (between neighbouring city centres)."""


@dataclass(frozen=True, eq=False)
class Proximity:
    """What a prior may know of the regions.

    Attributes:
        distance: km between regions.
        contiguous: which regions touch, or are joined by a line.
        mass: size of regions, as GDP; without it a region's own trade is its mass. It matters to
            a prior read by itself, not once both totals are met.
    """

    distance: Array | None = None  # origin, destination
    contiguous: Mask | None = None  # origin, destination
    mass: Array | None = None  # region

    def __post_init__(self) -> None:
        check_unlabelled(distance=self.distance, contiguous=self.contiguous, mass=self.mass)

    def masses(self, outflow: Array, inflow: Array) -> Array:
        """Product of the sizes of origin and destination (origin, destination)."""
        if self.mass is None:
            return np.asarray(np.outer(outflow, inflow))
        return np.asarray(np.outer(self.mass, self.mass))


class Prior(Protocol):
    """Gives the pattern of one commodity's trade."""

    def __call__(self, outflow: Array, inflow: Array, proximity: Proximity) -> Array:
        """Pattern (origin, destination), non-negative; its diagonal is not read.

        Arguments:
            outflow: sales to other regions, by region.
            inflow: purchases from other regions, by region.
            proximity: distances, borders, sizes.
        """


@dataclass(frozen=True)
class Proportional:
    """Every region buys from all others as they sell: distance does not count."""

    def __call__(self, outflow: Array, inflow: Array, proximity: Proximity) -> Array:
        """Products of masses (origin, destination)."""
        return proximity.masses(outflow, inflow)


@dataclass(frozen=True)
class Gravity:
    """Trade falls with distance.

    Attributes:
        decay: elasticity of trade to distance, >= 0; bulky goods decay fast, electronics slowly.
        shortest: distances below this, km, are taken as this.
    """

    decay: float
    shortest: float = SHORTEST_KM

    def __post_init__(self) -> None:
        if not self.decay >= 0.0 or not self.shortest > 0.0:
            raise BalancingError(
                f"gravity: decay {self.decay:g} must be >= 0 and the shortest distance "
                f"{self.shortest:g} km > 0"
            )

    def __call__(self, outflow: Array, inflow: Array, proximity: Proximity) -> Array:
        """Masses over distance to the power of the decay.

        Raises:
            BalancingError: there are no distances.
        """
        if proximity.distance is None:
            raise BalancingError("gravity: there are no distances between regions; give them in km")
        distance = np.maximum(proximity.distance, self.shortest)
        return np.asarray(proximity.masses(outflow, inflow) * distance**-self.decay)


@dataclass(frozen=True)
class Contiguity:
    """Trade runs between regions that touch or are joined by a line, as in a grid.

    Attributes:
        beyond: weight of pairs that are not joined relative to those that are; 0 forbids them, and
            then the totals may have no solution.
    """

    beyond: float = 0.0

    def __call__(self, outflow: Array, inflow: Array, proximity: Proximity) -> Array:
        """Masses of joined pairs.

        Raises:
            BalancingError: nothing says which regions are joined.
        """
        if proximity.contiguous is None:
            raise BalancingError("contiguity: the proximity does not say which regions are joined")
        weight = np.where(proximity.contiguous, 1.0, self.beyond)
        return np.asarray(proximity.masses(outflow, inflow) * weight)


@dataclass(frozen=True, eq=False)
class Given:
    """A known matrix: a published multi-regional table or statistics of freight.

    Attributes:
        matrix: flows in any unit (origin, destination).
        elsewhere: share of the pattern that is proportional, so that pairs which the matrix leaves
            empty may trade.
    """

    matrix: Array
    elsewhere: float = 0.0

    def __post_init__(self) -> None:
        check_unlabelled(matrix=self.matrix)

    def __call__(self, outflow: Array, inflow: Array, proximity: Proximity) -> Array:
        """The matrix, mixed with proportion.

        Raises:
            BalancingError: the matrix is negative or has another shape.
        """
        size = (outflow.size, inflow.size)
        if self.matrix.shape != size or (self.matrix < 0.0).any():
            raise BalancingError(
                f"given matrix: shape {self.matrix.shape}, smallest cell {self.matrix.min():g}; "
                f"it must be {size} and non-negative"
            )
        even = proximity.masses(outflow, inflow)
        known = self.matrix / max(float(self.matrix.sum()), 1e-300)
        even = even / max(float(even.sum()), 1e-300)
        return np.asarray((1.0 - self.elsewhere) * known + self.elsewhere * even)
