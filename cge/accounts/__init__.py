"""Accounts of any declared model: tables, comparisons, welfare, national accounts, decompositions.

Everything here reads equilibria (``cge.equilibrium``) and changes none. The short ways are methods
of ``Equilibrium``: ``to_dataset``, ``to_frame``, ``to_excel``, ``compare``, ``ev``, ``cv``.
"""

from cge.accounts.area import Area, area
from cge.accounts.comparison import Comparison, compare
from cge.accounts.decomposition import Decomposition, decompose
from cge.accounts.indices import (
    Index,
    IndexNumbers,
    consumption_index,
    gdp_index,
    index_numbers,
)
from cge.accounts.line import StraightLine, Unfinished, straight_line
from cge.accounts.macro import macro_table
from cge.accounts.national import Product, Unbalanced, gdp
from cge.accounts.parts import COMPONENTS
from cge.accounts.preferences import expenditure, price_index, utility
from cge.accounts.subtotals import Subtotals, subtotals
from cge.accounts.tables import to_dataset, to_excel, to_frame
from cge.accounts.trade import export_index, import_index, terms_of_trade
from cge.accounts.variables import SUBJECTS, Variable, variables
from cge.accounts.welfare import compensating_variation, cost_of_living, equivalent_variation

__all__ = [
    "COMPONENTS",
    "SUBJECTS",
    "Area",
    "Comparison",
    "Decomposition",
    "Index",
    "IndexNumbers",
    "Product",
    "StraightLine",
    "Subtotals",
    "Unbalanced",
    "Unfinished",
    "Variable",
    "area",
    "compare",
    "compensating_variation",
    "consumption_index",
    "cost_of_living",
    "decompose",
    "equivalent_variation",
    "expenditure",
    "export_index",
    "gdp",
    "gdp_index",
    "import_index",
    "index_numbers",
    "macro_table",
    "price_index",
    "straight_line",
    "subtotals",
    "terms_of_trade",
    "to_dataset",
    "to_excel",
    "to_frame",
    "utility",
    "variables",
]
