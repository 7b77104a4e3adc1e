"""Energy accounts in physical units beside the money of a SAM.

``energy_uses`` says what becomes of the energy that users buy, ``energy_supply`` where it comes
from, ``implied_prices`` what it costs, ``transformation`` how well energy is made of energy.
``regional_energy`` makes the same of a balance of the China Energy Statistical Yearbook, and
``dataset_tables`` makes tables of a dataset of that.
"""

from sam.energy.accounts import ITEMS, energy_routes, energy_supply, energy_uses
from sam.energy.carbon import emission_factors, process_emissions, process_factors
from sam.energy.prices import hybrid_consistency, implied_prices, purchases
from sam.energy.primary import primary_consumption
from sam.energy.tables import dataset_tables
from sam.energy.transformation import transformation
from sam.energy.units import (
    KGCE_PER_KWH,
    PJ_PER_MTCE,
    standard_coal_factors,
    to_standard_coal,
    units,
)
from sam.energy.yearbook import RegionalEnergy, balance_in_standard_coal, regional_energy

__all__ = [
    "ITEMS",
    "KGCE_PER_KWH",
    "PJ_PER_MTCE",
    "RegionalEnergy",
    "balance_in_standard_coal",
    "dataset_tables",
    "emission_factors",
    "energy_routes",
    "energy_supply",
    "energy_uses",
    "hybrid_consistency",
    "implied_prices",
    "primary_consumption",
    "process_emissions",
    "process_factors",
    "purchases",
    "regional_energy",
    "standard_coal_factors",
    "to_standard_coal",
    "transformation",
    "units",
]
