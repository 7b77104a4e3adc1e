"""Balancing: the matrix nearest to a prior that meets given totals.

``balance(prior, constraints)`` finds it by cross-entropy or weighted least squares for any linear
totals, hard or with a standard deviation; ``ras`` scales rows and columns.
"""

from sam.balancing.biproportional import ras
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
    "ConstraintBuilder",
    "Constraints",
    "Support",
    "account_constraints",
    "balance",
    "matrix_constraints",
    "ras",
]
