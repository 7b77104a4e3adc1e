"""Provincial input-output tables of 42 sectors: layouts, numbers, defects, treatment."""

from sam.readers.io_table.defects import FINAL_USES, VALUE_ADDED
from sam.readers.io_table.layout import CODED_LAYOUT, NUMERIC_LAYOUT
from sam.readers.io_table.table import (
    ProvincialTable,
    Treatment,
    read_io_sheet,
    read_io_table,
    read_provincial_tables,
)
from sam.readers.io_table.template import write_template
from sam.readers.io_table.treatment import cut_transit, treat

__all__ = [
    "CODED_LAYOUT",
    "FINAL_USES",
    "NUMERIC_LAYOUT",
    "VALUE_ADDED",
    "ProvincialTable",
    "Treatment",
    "cut_transit",
    "read_io_sheet",
    "read_io_table",
    "read_provincial_tables",
    "treat",
    "write_template",
]
