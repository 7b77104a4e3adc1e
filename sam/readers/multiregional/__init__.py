"""Multi-regional input-output tables in the layout of CEADs."""

from sam.readers.multiregional.table import (
    MultiRegionalTable,
    read_multiregional_sheet,
    read_multiregional_table,
)

__all__ = ["MultiRegionalTable", "read_multiregional_sheet", "read_multiregional_table"]
