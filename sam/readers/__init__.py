"""Readers of official table layouts: input-output tables, inventories, energy, macro series."""

from sam.readers.emissions import (
    INVENTORY_FUELS,
    read_national_inventory,
    read_provincial_inventories,
)
from sam.readers.energy import read_balance_extract, read_energy_2007
from sam.readers.flows import read_largest_flows
from sam.readers.io_table import Defect, ProvincialTable, read_provincial_tables
from sam.readers.macro import read_facts, read_provincial_series
from sam.readers.workbook import Sheet, read_workbook

__all__ = [
    "INVENTORY_FUELS",
    "Defect",
    "ProvincialTable",
    "Sheet",
    "read_balance_extract",
    "read_energy_2007",
    "read_facts",
    "read_largest_flows",
    "read_national_inventory",
    "read_provincial_inventories",
    "read_provincial_series",
    "read_provincial_tables",
    "read_workbook",
]
