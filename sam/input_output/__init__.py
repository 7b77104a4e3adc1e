"""Input-output analysis of a SAM: Leontief inverse, multipliers, footprints, pulls."""

from sam.input_output.footprints import Emissions, Footprint, emissions, footprint
from sam.input_output.leontief import InputOutput, input_output, leontief_inverse
from sam.input_output.multipliers import (
    AccountingMultipliers,
    Decomposition,
    accounting_multipliers,
    decompose,
    multiplier_table,
)
from sam.input_output.pull import compare_with_report, production_pull

__all__ = [
    "AccountingMultipliers",
    "Decomposition",
    "Emissions",
    "Footprint",
    "InputOutput",
    "accounting_multipliers",
    "compare_with_report",
    "decompose",
    "emissions",
    "footprint",
    "input_output",
    "leontief_inverse",
    "multiplier_table",
    "production_pull",
]
