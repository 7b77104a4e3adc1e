"""Energy accounts in physical units beside the money of a SAM."""

from sam.energy.carbon import emission_factors, process_emissions, process_factors
from sam.energy.prices import hybrid_consistency, implied_prices
from sam.energy.primary import primary_consumption
from sam.energy.units import (
    KGCE_PER_KWH,
    PJ_PER_MTCE,
    standard_coal_factors,
    to_standard_coal,
    units,
)

__all__ = [
    "KGCE_PER_KWH",
    "PJ_PER_MTCE",
    "emission_factors",
    "hybrid_consistency",
    "implied_prices",
    "primary_consumption",
    "process_emissions",
    "process_factors",
    "standard_coal_factors",
    "to_standard_coal",
    "units",
]
