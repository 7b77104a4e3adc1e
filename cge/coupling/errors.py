"""Errors of coupling: which item, what is wrong with it, and what to do."""

from __future__ import annotations


class CouplingError(ValueError):
    """What a partner hands over or asks for does not fit the item, its labels or its unit."""


class Missing(CouplingError):
    """Labels are missing."""
