"""National input-output tables of any number of sectors: layout, numbers, balance, aggregation."""

from sam.readers.national_table.reader import NATION_OUTPUT, read_national_table
from sam.readers.national_table.table import NationalTable, Purchases

__all__ = ["NATION_OUTPUT", "NationalTable", "Purchases", "read_national_table"]
