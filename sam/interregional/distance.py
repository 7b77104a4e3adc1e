"""Distances between places on the sphere."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sam.interregional.arrays import check_unlabelled

Array = npt.NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0


def great_circle_distance(latitude: Array, longitude: Array) -> Array:
    """Distances in km between places given in degrees (haversine formula)."""
    check_unlabelled(latitude=latitude, longitude=longitude)
    lat, lon = np.radians(latitude), np.radians(longitude)
    half_lat = np.sin((lat[:, None] - lat[None, :]) / 2.0) ** 2
    half_lon = np.sin((lon[:, None] - lon[None, :]) / 2.0) ** 2
    chord = half_lat + np.cos(lat)[:, None] * np.cos(lat)[None, :] * half_lon
    return np.asarray(2.0 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(chord)))
