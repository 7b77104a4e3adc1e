"""Named errors of calibration: what is wrong, where, and what to do."""

from __future__ import annotations


class CalibrationError(ValueError):
    """The base year and the assumptions do not give a benchmark."""


class ElasticityError(CalibrationError):
    """A table of elasticities is incomplete, has unknown labels or values out of range."""


class AssumptionError(CalibrationError):
    """A table of technologies or natural resources is incomplete or contradicts itself."""
