"""Errors of coupling: which item, what is wrong with it, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cge.coupling.convergence import Convergence


class CouplingError(ValueError):
    """What a partner hands over or asks for does not fit the item, its labels or its unit.

    Attributes:
        convergence: the rounds before it, where it ended a coupling.
    """

    convergence: Convergence | None = None


class Missing(CouplingError):
    """Labels are missing."""
