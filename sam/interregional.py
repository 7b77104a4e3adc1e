r"""Interregional trade by gravity with row and column balance.

For each commodity the flow from province :math:`r` to :math:`s` is

.. math:: t_{rs} = a_r b_s \, O_r I_s \, d_{rs}^{-\beta}, \qquad \sum_s t_{rs} = O_r , \;
          \sum_r t_{rs} = I_s , \; t_{rr} = 0 ,

with outflow :math:`O`, inflow :math:`I`, distance :math:`d`; the factors :math:`a, b` are found by
RAS. Published outflows and inflows of a commodity differ over the nation: both are first scaled to
the geometric mean of their national totals.
"""

from __future__ import annotations

import numpy as np

from sam.balancing import ras
from sam.errors import BalancingError

Array = np.ndarray
EARTH_RADIUS_KM = 6371.0
SHORTEST_KM = 60.0
"""Distances below this are taken as this (between neighbouring city centres)."""


def great_circle_distance(latitude: Array, longitude: Array) -> Array:
    """Distances in km between places given in degrees (haversine formula)."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    half_lat = np.sin((lat[:, None] - lat[None, :]) / 2.0) ** 2
    half_lon = np.sin((lon[:, None] - lon[None, :]) / 2.0) ** 2
    chord = half_lat + np.cos(lat)[:, None] * np.cos(lat)[None, :] * half_lon
    return np.asarray(2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord)))


def reconcile_totals(outflow: Array, inflow: Array) -> Array:
    """National trade of each commodity on which outflows and inflows (region, good) agree.

    The geometric mean of the two totals; zero where one of them is zero.
    """
    return np.asarray(np.sqrt(outflow.sum(0) * inflow.sum(0)))


def gravity(outflow: Array, inflow: Array, distance: Array, exponent: float) -> Array:
    """Bilateral flows (origin, destination) of one commodity.

    Arguments:
        outflow: sales to other regions, by region.
        inflow: purchases from other regions, by region, with the same sum.
        distance: km between regions.
        exponent: elasticity of trade to distance, >= 0.

    Raises:
        BalancingError: one region has more trade than all its partners can match.
    """
    regions = outflow.size
    total = float(outflow.sum())
    if total <= 0.0:
        return np.zeros((regions, regions))
    largest = int(np.argmax(outflow + inflow))
    if outflow[largest] + inflow[largest] > total * (1.0 + 1e-9):
        raise BalancingError(
            f"gravity: region {largest} has outflow {outflow[largest]:g} plus inflow "
            f"{inflow[largest]:g} above the national total {total:g}; without trade with itself no "
            "matrix exists. Cut its transit first"
        )
    nearness = np.maximum(distance, SHORTEST_KM) ** -exponent * (1.0 - np.eye(regions))
    return ras(nearness * np.outer(outflow, inflow), outflow, inflow, tol=1e-10)
