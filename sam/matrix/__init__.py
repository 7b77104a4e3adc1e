"""The social accounting matrix: payments, files, classifications, GDP, pictures."""

from sam.matrix.files import Source
from sam.matrix.frames import COLUMNS
from sam.matrix.matrix import SAM, UNIT, from_payments
from sam.matrix.rebalancing import Payments, Rebalanced, Total, rebalance

__all__ = [
    "COLUMNS",
    "SAM",
    "UNIT",
    "Payments",
    "Rebalanced",
    "Source",
    "Total",
    "from_payments",
    "rebalance",
]
