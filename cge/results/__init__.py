"""Results: tables, a summary in IAMC format, NetCDF and figures of solved paths.

Every function takes paths as ``cge.path.run`` returns them. ``write_results`` writes the files
of a run, into a folder that ``output`` keeps for it; ``check_results`` says whether a folder holds
the whole set of one. ``headline(path)`` gives the main variables by region and in total as an
xarray dataset.
"""

from cge.results.comparison import Comparison, ComparisonError, compare_paths
from cge.results.decomposition import NoDecomposition, emissions_change, gdp_change
from cge.results.facts import MET, anchors, facts_against, met
from cge.results.folder import (
    FILES,
    PARTIAL,
    Output,
    OutputError,
    check_results,
    output,
    write_results,
)
from cge.results.headline import headline
from cge.results.netcdf import combine
from cge.results.summary import summary
from cge.results.table import notes, plain_table, rich_table, table_years
from cge.results.transition import transition

__all__ = [
    "FILES",
    "MET",
    "PARTIAL",
    "Comparison",
    "ComparisonError",
    "NoDecomposition",
    "Output",
    "OutputError",
    "anchors",
    "check_results",
    "combine",
    "compare_paths",
    "emissions_change",
    "facts_against",
    "gdp_change",
    "headline",
    "met",
    "notes",
    "output",
    "plain_table",
    "rich_table",
    "summary",
    "table_years",
    "transition",
    "write_results",
]
