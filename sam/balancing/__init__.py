"""Balancing: the matrix nearest to a prior that meets given totals.

``balance(prior, constraints)`` finds it by cross-entropy or weighted least squares for any linear
totals, hard or with a standard deviation; ``ras`` scales rows and columns.
"""

from sam.balancing.biproportional import gras, ras
from sam.balancing.conflict import Conflict, find_conflict
from sam.balancing.constraints import (
    ConstraintBuilder,
    Constraints,
    account_constraints,
    matrix_constraints,
)
from sam.balancing.measurement import FIVE_POINTS, SEVEN_POINTS, THREE_POINTS, Support
from sam.balancing.method import RELATIVE_DEVIATION, balance
from sam.balancing.result import Balanced

__all__ = [
    "FIVE_POINTS",
    "RELATIVE_DEVIATION",
    "SEVEN_POINTS",
    "THREE_POINTS",
    "Balanced",
    "Conflict",
    "ConstraintBuilder",
    "Constraints",
    "Support",
    "account_constraints",
    "balance",
    "find_conflict",
    "gras",
    "matrix_constraints",
    "ras",
]
