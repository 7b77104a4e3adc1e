"""The social accounting matrix: payments, files, classifications, GDP, pictures."""

from sam.matrix.frames import COLUMNS
from sam.matrix.matrix import SAM, UNIT, from_payments

__all__ = ["COLUMNS", "SAM", "UNIT", "from_payments"]
