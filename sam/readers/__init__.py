"""Readers of official table layouts: input-output tables, inventories, energy, macro series."""

from sam.readers.balance_extract import read_balance_extract
from sam.readers.defects import Defect
from sam.readers.employment import read_employment
from sam.readers.energy_2007 import read_energy_2007
from sam.readers.energy_balance import EnergyBalance, read_energy_balances
from sam.readers.flows import read_largest_flows
from sam.readers.inventories import (
    INVENTORY_FUELS,
    read_national_inventories,
    read_national_inventory,
    read_provincial_inventories,
)
from sam.readers.io_table import (
    CODED_LAYOUT,
    FINAL_USES,
    NUMERIC_LAYOUT,
    VALUE_ADDED,
    ProvincialTable,
    Treatment,
    cut_transit,
    read_io_sheet,
    read_io_table,
    read_provincial_tables,
    treat,
    write_template,
)
from sam.readers.macro import read_facts, read_provincial_series
from sam.readers.multiregional import (
    MultiRegionalTable,
    read_multiregional_sheet,
    read_multiregional_table,
)
from sam.readers.national_table import (
    NATION_OUTPUT,
    NationalTable,
    Purchases,
    read_national_table,
)
from sam.readers.units import Unit, find_unit, parse_unit
from sam.readers.workbook import Sheet, read_workbook

__all__ = [
    "CODED_LAYOUT",
    "FINAL_USES",
    "INVENTORY_FUELS",
    "NATION_OUTPUT",
    "NUMERIC_LAYOUT",
    "VALUE_ADDED",
    "Defect",
    "EnergyBalance",
    "MultiRegionalTable",
    "NationalTable",
    "ProvincialTable",
    "Purchases",
    "Sheet",
    "Treatment",
    "Unit",
    "cut_transit",
    "find_unit",
    "parse_unit",
    "read_balance_extract",
    "read_employment",
    "read_energy_2007",
    "read_energy_balances",
    "read_facts",
    "read_io_sheet",
    "read_io_table",
    "read_largest_flows",
    "read_multiregional_sheet",
    "read_multiregional_table",
    "read_national_inventories",
    "read_national_inventory",
    "read_national_table",
    "read_provincial_inventories",
    "read_provincial_series",
    "read_provincial_tables",
    "read_workbook",
    "treat",
    "write_template",
]
